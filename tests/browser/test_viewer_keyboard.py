"""The image viewer in a real browser by keyboard alone; names of boxes; what a screen reader is told."""

import pytest

from tests.browser.conftest import Hand

pytestmark = pytest.mark.browser

BOX = [200, 300, 400, 480]


# The keyboard alone


def test_everything_by_keyboard(use):
    viewer = use()
    viewer.focus()
    viewer.press("n")
    said = viewer.heard()
    assert said.startswith("New box 1 of 1, not named yet, left ")
    assert said.endswith("Arrows move it, Shift and arrows resize it, Enter names it.")
    x0, y0, x1, y1 = viewer.boxes()[0]
    viewer.press("ArrowRight", "ArrowRight", "ArrowDown", "Control+ArrowLeft", "Shift+ArrowRight", "Alt+Shift+ArrowUp")
    assert viewer.boxes() == [[x0 - 8, y0 + 1, x1 - 7, y1 - 9]]
    assert f"left {x0 - 8:g}, top {y0 + 1:g}, right {x1 - 7:g}, bottom {y1 - 9:g}" in viewer.heard()
    viewer.press("Enter")
    viewer.page.keyboard.type("ptx")
    viewer.press("Enter", "s", "4")  # the first side, and how sure; the letters and numbers answer what is asked
    assert viewer.heard() == "4 of 5"
    viewer.press("Enter")
    row = viewer.drawn()[0]
    assert (row["label"], row["side"], row["confidence"]) == ("pneumothorax", "right", 4)
    viewer.press("s")
    assert viewer.drawn()[0]["side"] == "left"
    viewer.press("Delete")
    assert viewer.boxes() == []
    assert viewer.heard() == "box 1 deleted, 0 boxes left"


def test_enter_closes_what_is_asked_of_a_box_and_chooses_nothing(use):
    viewer = use()
    viewer.drag([300, 300], [500, 500])
    viewer.page.keyboard.type("ptx")
    viewer.press("Enter")
    grey = viewer.grey(100, 100)
    viewer.page.keyboard.type("invehdm")
    viewer.press("Backspace", "Delete")
    assert viewer.grey(100, 100) == grey and len(viewer.boxes()) == 1, "nothing is done to the image or its boxes"
    assert viewer.find(".picker").is_visible()
    viewer.press("Enter")
    (row,) = viewer.drawn()
    assert (row["label"], row["side"], row["confidence"]) == ("pneumothorax", None, None)
    assert viewer.find(".picker").is_hidden()


def test_a_held_arrow_key_is_one_step_back(use):
    viewer = use()
    viewer.focus()
    viewer.press("n")
    start = viewer.boxes()
    viewer.press(*["ArrowRight"] * 12)
    assert viewer.boxes()[0][0] == start[0][0] + 12
    viewer.press("Control+z")
    assert viewer.boxes() == start


def test_a_second_new_box_does_not_hide_the_first(use):
    viewer = use()
    viewer.focus()
    viewer.press("n", "n")
    first, second = viewer.boxes()
    assert first != second


def test_tab_goes_through_the_boxes_and_out(use):
    viewer = use()
    for x in (100, 400, 700):
        viewer.draw([x, 100, x + 100, 200])
    viewer.page.mouse.click(*viewer.at(900, 900))
    for number in (1, 2, 3):
        viewer.press("Tab")
        assert f"box {number} of 3" in viewer.heard()
    viewer.press("Tab")
    assert not in_stage(viewer)
    viewer.press("Shift+Tab")
    assert in_stage(viewer)
    viewer.press("Tab", "Escape", "Tab")  # out at once, however many boxes there are
    assert not in_stage(viewer)


def in_stage(viewer: Hand) -> bool:
    return viewer.find(".stage").evaluate("(stage) => stage === document.activeElement")


def test_the_toolbar_is_one_stop_and_arrows_go_through_it(use):
    viewer = use()
    viewer.find("[data-tool=draw]").focus()
    viewer.press("ArrowRight")
    assert viewer.page.evaluate("() => document.activeElement.dataset.tool") == "pan"
    viewer.press("End")
    assert viewer.page.evaluate("() => document.activeElement.dataset.name") == "help"
    viewer.press("Tab")
    assert in_stage(viewer)


def test_the_help_closes_with_escape_and_gives_the_focus_back(use):
    viewer = use()
    viewer.focus()
    viewer.press("?")
    assert viewer.find("dialog").get_attribute("open") is not None
    viewer.press("Escape")
    assert viewer.find("dialog").get_attribute("open") is None
    assert in_stage(viewer)


def test_the_keyboard_is_never_trapped(use):
    viewer = use("show")
    viewer.find("[data-tool=pan]").focus()
    inside = "() => document.querySelector('#viewer .ssg-viewer').contains(document.activeElement)"
    for key in ("Tab", "Shift+Tab"):
        presses = 0
        while viewer.page.evaluate(inside):
            viewer.press(key)
            presses += 1
            assert presses < 40
        viewer.press("Shift+Tab" if key == "Tab" else "Tab")


def test_no_key_is_taken_outside_of_the_viewer(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.page.get_by_role("button", name="Hide", exact=True).focus()
    viewer.press("Delete", "n", "i")
    assert viewer.boxes() == [BOX]


# Naming


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("fluid", "pleural effusion"),
        ("ptx", "pneumothorax"),
        ("efusion", "pleural effusion"),
        ("CARDIO", "cardiomegaly"),
    ],
)
def test_the_picker_finds_by_synonym_and_with_a_slip(use, typed, found):
    viewer = use()
    viewer.drag(BOX[:2], BOX[2:])
    viewer.page.keyboard.type(typed)
    assert viewer.find("[role=option]").first.locator("span").inner_text() == found
    viewer.press("Enter", "Escape")
    assert viewer.drawn()[0]["label"] == found


def test_nothing_is_found_and_nothing_is_lost(use):
    viewer = use()
    viewer.drag(BOX[:2], BOX[2:])
    viewer.page.keyboard.type("zzzz")
    assert viewer.find(".picker li").inner_text() == "No finding of this case is called that."
    viewer.press("Enter", "Escape")
    assert viewer.drawn()[0]["label"] is None


def test_the_same_finding_in_the_same_place_is_refused(use):
    viewer = use()
    viewer.drag(BOX[:2], BOX[2:])
    viewer.page.keyboard.type("heart")
    viewer.press("Enter", "Escape", "Escape")
    viewer.page.keyboard.down("Shift")
    viewer.drag([BOX[0], BOX[1]], [BOX[2], BOX[3] + 1])
    viewer.page.keyboard.up("Shift")
    viewer.page.keyboard.type("heart")
    viewer.press("Enter")
    assert viewer.find(".notice").inner_text() == "Box 1 already marks cardiomegaly there."
    assert viewer.drawn()[1]["label"] is None


def test_the_only_finding_of_a_case_names_the_box_by_itself(use):
    viewer = use("plain")
    viewer.drag(BOX[:2], BOX[2:])
    assert viewer.drawn()[0]["label"] == "cardiomegaly"
    assert not viewer.find(".picker").is_visible()


def test_the_list_names_hides_and_deletes(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.draw([600, 600, 700, 700])
    viewer.find("[data-region=drawn-1] .row-name").click()
    assert viewer.find(".picker input").is_visible()
    viewer.find(".picker [role=option]").nth(4).click()
    viewer.press("Escape")
    assert viewer.drawn()[0]["label"] == "cardiomegaly"
    viewer.page.get_by_role("button", name="Hide box 2").click()
    assert "faded" in viewer.find("[data-region=drawn-2]").get_attribute("class")
    viewer.page.get_by_role("button", name="Delete box 1").click()
    assert viewer.boxes() == [[600, 600, 700, 700]]


def test_what_is_hidden_cannot_be_moved(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.press("h")
    assert viewer.heard() == "Boxes hidden"
    viewer.press("ArrowRight", "Delete")
    viewer.find("[data-region=drawn-1] .row-name").click()
    viewer.press("Escape")
    assert viewer.boxes() == [BOX]
    assert viewer.find("[data-name=eye]").get_attribute("aria-pressed") == "false"


# Accessibility


@pytest.mark.parametrize("name", ["small", "show"])
def test_axe_finds_nothing(use, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    viewer = use(name)
    if name == "small":
        viewer.drag(BOX[:2], BOX[2:])
    found = axe.Axe().run(viewer.page, context="#viewer").response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found] == []
