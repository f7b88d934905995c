"""The image viewer in a real browser: mouse, keyboard and finger, and what reaches the server."""

import json

import pytest

from tests.browser import viewer_app
from tests.browser.conftest import PHONE, Hand

pytestmark = pytest.mark.browser

BOX = [200, 300, 400, 480]


def near(box, expected, within=1.0):
    return all(abs(a - b) <= within for a, b in zip(box, expected, strict=True))


# Drawing with the mouse


@pytest.mark.parametrize(("name", "box"), [("small", [211, 307, 401, 483]), ("large", [1013, 615, 1490, 1201])])
def test_a_drawn_box_comes_back_in_exact_pixels(use, name, box):
    viewer = use(name)
    viewer.draw(box)
    assert viewer.boxes() == [box]
    viewer.find(".stage").dblclick(position=middle(viewer, box))
    viewer.page.keyboard.type("heart")
    viewer.press("Enter", "Escape")
    assert json.loads(viewer.submitted()) == [{"finding": "cardiomegaly", "box": box}]


def middle(viewer: Hand, box) -> dict[str, float]:
    x, y = viewer.at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    frame = viewer.find(".stage").bounding_box()
    return {"x": x - frame["x"], "y": y - frame["y"]}


@pytest.mark.parametrize("name", ["small", "large"])
def test_and_while_zoomed(use, name):
    viewer = use(name)
    viewer.page.mouse.move(*viewer.at(620, 430))
    for _ in range(8):
        viewer.page.mouse.wheel(0, -240)
        viewer.settle()
    assert viewer.view()["scale"] > 3
    viewer.draw([601, 411, 643, 449])
    assert viewer.boxes() == [[601, 411, 643, 449]]


def test_a_box_may_begin_and_end_beside_the_image_and_stays_inside(use):
    viewer = use()
    viewer.draw([-40, 900, 300, 1024 + 10])
    assert viewer.boxes() == [[0, 900, 300, 1024]]


def test_a_slip_of_the_hand_is_no_box(use):
    viewer = use()
    viewer.drag([300, 300], [302, 302])
    assert viewer.boxes() == []


def test_a_box_can_be_moved(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.drag([300, 400], [350, 330])
    assert viewer.boxes() == [[250, 230, 450, 410]]
    viewer.drag([350, 330], [5000, 330])
    assert viewer.boxes()[0][2] == 1024 and viewer.boxes()[0][0] == 824


@pytest.mark.parametrize(
    ("handle", "expected"),
    [
        ((200, 300), [170, 340, 400, 480]),
        ((300, 300), [200, 340, 400, 480]),
        ((400, 300), [200, 340, 370, 480]),
        ((400, 390), [200, 300, 370, 480]),
        ((400, 480), [200, 300, 370, 520]),
        ((300, 480), [200, 300, 400, 520]),
        ((200, 480), [170, 300, 400, 520]),
        ((200, 390), [170, 300, 400, 480]),
    ],
)
def test_each_handle_resizes(use, handle, expected):
    viewer = use()
    viewer.draw(BOX)
    viewer.drag(handle, [handle[0] - 30, handle[1] + 40])
    assert viewer.boxes() == [expected]


def test_shift_draws_inside_of_another_box(use):
    viewer = use()
    viewer.draw([100, 100, 900, 900])
    viewer.page.keyboard.down("Shift")
    viewer.draw([400, 400, 500, 500])
    viewer.page.keyboard.up("Shift")
    assert viewer.boxes() == [[100, 100, 900, 900], [400, 400, 500, 500]]


def test_delete_undo_redo(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.draw([600, 600, 700, 700])
    viewer.press("Delete")
    assert viewer.boxes() == [BOX]
    viewer.press("Control+z")
    assert viewer.boxes() == [BOX, [600, 600, 700, 700]]
    viewer.press("Control+z", "Control+z")
    assert viewer.boxes() == []
    viewer.press("Control+y", "Control+Shift+Z")
    assert viewer.boxes() == [BOX, [600, 600, 700, 700]]
    viewer.find("[data-name=undo]").click()
    assert viewer.boxes() == [BOX]


def test_escape_stops_a_stroke(use):
    viewer = use()
    viewer.page.mouse.move(*viewer.at(200, 300))
    viewer.page.mouse.down()
    viewer.page.mouse.move(*viewer.at(400, 480))
    viewer.press("Escape")
    viewer.page.mouse.up()
    assert viewer.boxes() == []


# View and window


def test_the_wheel_zooms_to_the_pointer(use):
    viewer = use()
    x, y = viewer.at(700, 250)
    viewer.page.mouse.move(x, y)
    before = viewer.view()["scale"]
    viewer.page.mouse.wheel(0, -240)
    assert viewer.view()["scale"] > before * 1.2
    assert near(viewer.at(700, 250), (x, y), within=0.5)


def test_zero_shows_the_whole_image_again(use):
    viewer = use()
    before = viewer.view()
    viewer.focus()
    viewer.press("+", "+", "ArrowLeft", "i")
    assert viewer.view() != before
    viewer.press("0")
    assert viewer.view() == before
    assert "inverted" not in viewer.find(".readout").inner_text()


def test_the_middle_button_and_space_move_the_image(use):
    viewer = use()
    viewer.focus()
    viewer.press("+", "+", "+")
    start = viewer.view()
    viewer.drag([500, 500], [560, 500], button="middle")
    assert viewer.view()["x"] > start["x"] + 20
    viewer.page.keyboard.down("Space")
    viewer.drag([500, 500], [500, 560])
    viewer.page.keyboard.up("Space")
    assert viewer.view()["y"] > start["y"] + 20
    assert viewer.boxes() == []


def test_a_right_drag_sets_window_and_level(use):
    viewer = use("ramp")
    assert viewer.grey(512, 512) == 128
    viewer.drag([500, 500], [500, 700], button="right")
    darker = viewer.grey(512, 512)
    assert darker < 110
    viewer.drag([500, 500], [60, 500], button="right")
    assert viewer.grey(80, 512) == 0 and viewer.grey(1000, 512) == 255
    width, level = viewer.find(".readout .window").inner_text().split()[1::2]
    assert int(width) < 255 and int(level) > 128
    assert viewer.boxes() == []


def test_i_inverts_and_says_so(use):
    viewer = use("ramp")
    left, right = viewer.grey(40, 512), viewer.grey(980, 512)
    assert near((left, right), (10, 245))
    viewer.focus()
    viewer.press("i")
    assert (viewer.grey(40, 512), viewer.grey(980, 512)) == (255 - left, 255 - right)
    assert viewer.heard() == "Greys inverted"
    assert "inverted" in viewer.find(".readout").inner_text()


def test_the_full_window_shows_every_grey_as_it_is_stored(use):
    viewer = use("ramp")
    viewer.page.mouse.move(*viewer.at(512, 512))
    for _ in range(6):
        viewer.page.mouse.wheel(0, -240)
    shown = [viewer.grey(4 * grey + 2, 512) for grey in range(126, 131)]
    assert shown == [126, 127, 128, 129, 130]


def test_window_and_level_without_a_mouse(use):
    viewer = use("ramp")
    viewer.find("[data-name=levels]").press("Enter")
    viewer.press("ArrowLeft")
    assert viewer.find(".levels output").first.inner_text() == "254"
    viewer.press("Tab", "ArrowRight", "ArrowRight", "Escape")
    assert viewer.find(".readout .window").inner_text() == "W 254  L 130"
    assert viewer.page.evaluate("() => document.activeElement.className").startswith("stage")


def test_colour_stays_colour(use):
    viewer = use("colour")
    assert viewer.find(".readout .window").inner_text() == "W 255  L 128"
    viewer.page.mouse.move(*viewer.at(100.5, 50.5))
    assert viewer.find(".readout .cursor").inner_text() == "x 100  y 50"


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
    viewer.press("Enter")
    viewer.press("Enter")  # the first side
    viewer.press("Escape", "4")
    row = viewer.drawn()[0]
    assert (row["label"], row["side"], row["confidence"]) == ("pneumothorax", "right", 4)
    assert viewer.heard() == "4 of 5"
    viewer.press("s")
    assert viewer.drawn()[0]["side"] == "left"
    viewer.press("Delete")
    assert viewer.boxes() == []
    assert viewer.heard() == "box 1 deleted, 0 boxes left"


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


# To the server and back


def test_a_submit_right_after_a_draw_has_the_newest_box(use):
    viewer = use("plain")
    for number in range(3):
        box = [100 + 200 * number, 200, 180 + 200 * number, 300]
        viewer.drag(box[:2], box[2:])
        viewer.page.evaluate("() => { document.querySelector('#answer textarea').value = ''; }")
        viewer.page.get_by_role("button", name="Submit").click()
        viewer.page.wait_for_function(
            "(count) => { try { return JSON.parse(document.querySelector('#answer textarea').value).length === count } "
            "catch { return false } }",
            arg=number + 1,
        )
        answer = json.loads(viewer.page.locator("#answer textarea").input_value())
        assert answer[-1]["box"] == box


def test_an_unnamed_box_is_refused_in_words(use):
    viewer = use()
    viewer.draw(BOX)
    assert viewer.submitted() == "Box 1 has no finding yet: name it, or delete it."


def test_the_event_input_follows_every_burst(use):
    viewer = use("plain")
    viewer.drag(BOX[:2], BOX[2:])
    viewer.press(*["ArrowRight"] * 20)
    viewer.page.wait_for_function(
        "(left) => document.querySelector('#changes textarea').value.includes(`[${left}.0, 300.0`)", arg=BOX[0] + 20
    )


def test_the_event_select_says_which_box(use):
    viewer = use("show")
    viewer.find("[data-region=effusion] .row-name").click()
    viewer.page.wait_for_function("() => document.querySelector('#chosen textarea').value.includes('effusion')")
    assert json.loads(viewer.page.locator("#chosen textarea").input_value()) == {
        "case_id": "small",
        "id": "effusion",
        "label": "pleural effusion",
    }
    assert viewer.find(".row.selected .note").inner_text() == "The meniscus climbs along the chest wall."


def test_the_next_case_starts_empty_and_keeps_the_tool(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.find("[data-tool=contrast]").click()
    viewer.page.get_by_role("button", name="Next").click()
    viewer.page.wait_for_function("() => document.querySelector('#viewer .panel').innerText.includes('Nothing drawn')")
    viewer.wait_for("ready")
    assert viewer.find("[data-tool=contrast]").get_attribute("aria-pressed") == "true"
    viewer.find("[data-tool=draw]").click()
    viewer.draw([1000, 1000, 1200, 1300])
    assert viewer.boxes() == [[1000, 1000, 1200, 1300]]


def test_a_solution_shows_on_the_same_view_and_draws_no_more(use):
    viewer = use()
    viewer.focus()
    viewer.press("+", "+")
    before = viewer.view()["scale"]
    viewer.page.get_by_role("button", name="Solve").click()
    viewer.page.wait_for_selector("#viewer [data-region=effusion]")
    assert viewer.view()["scale"] == before
    assert viewer.find("[data-tool=draw]").count() == 0
    viewer.drag([200, 200], [300, 300])
    viewer.focus()
    viewer.press("n", "Delete")
    assert viewer.find("[data-region]").count() == 6


def test_a_viewer_taken_off_the_page_and_put_back_has_its_boxes(use):
    viewer = use("plain")
    viewer.drag(BOX[:2], BOX[2:])
    viewer.page.get_by_role("button", name="Hide", exact=True).click()
    viewer.page.wait_for_selector("#viewer .ssg-viewer", state="detached")
    viewer.page.get_by_role("button", name="Show again").click()
    viewer.wait_for("ready")
    assert viewer.find("[data-region=drawn-1] .label").inner_text() == "cardiomegaly"
    assert json.loads(viewer.submitted())[0]["box"] == BOX


# Drafts


def test_a_draft_survives_a_reload(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.open("small")
    assert viewer.find(".notice").inner_text() == "Your draft was restored: 1 box."
    assert viewer.boxes() == [BOX]
    assert viewer.submitted() == "Box 1 has no finding yet: name it, or delete it."


def test_a_draft_wins_over_the_boxes_that_python_names_and_goes_with_the_solution(use):
    viewer = use("drawn")
    assert [row["label"] for row in viewer.drawn()] == []  # nothing of its own to say
    viewer.draw(BOX)
    viewer.open("drawn")
    assert viewer.boxes() == [[360, 480, 700, 790], BOX]
    viewer.page.get_by_role("button", name="Solve").click()
    viewer.page.wait_for_selector("#viewer [data-region=effusion]")
    viewer.open("small")
    assert viewer.find("[data-region]").count() == 0


def test_a_browser_that_keeps_nothing_is_no_error(pages, use):
    page = pages()
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
    viewer = use(page=page)
    viewer.draw(BOX)
    assert viewer.find(".notice").inner_text() == "This browser keeps no drafts: a reload would lose the boxes."
    assert viewer.boxes() == [BOX]


# When things go wrong


def test_a_broken_image_says_so_and_can_be_tried_again(use):
    viewer_app.failures["broken"] = 1
    viewer = use("broken", state="broken", expect_errors=True)
    assert "The image could not be loaded." in viewer.find(".state").inner_text()
    viewer.page.get_by_role("button", name="Try again").click()
    viewer.wait_for("ready")
    viewer.draw(BOX)
    assert viewer.boxes() == [BOX]


def test_an_image_of_another_size_is_not_drawn_on(use):
    viewer = use("wrong", state="broken")
    assert "2500 × 2048 px, not 1024 × 1024 px" in viewer.find(".state").inner_text()
    viewer.find(".stage").drag_to(viewer.find(".stage"), source_position={"x": 50, "y": 50})
    assert viewer.boxes() == []


def test_a_slow_image_shows_how_much_has_come(use):
    viewer = use("slow", state="loading")
    viewer.page.wait_for_function("() => document.querySelector('#viewer progress')?.value > 0.2")
    assert "Loading the image … " in viewer.find(".state").inner_text()
    viewer.wait_for("ready")


def test_no_image_says_what_to_do(use):
    viewer = use("empty", state="empty")
    assert viewer.find(".state").inner_text().splitlines()[0] == "No image yet"
    assert not viewer.find(".toolbar").is_visible()


# Sizes


def test_a_viewer_in_a_hidden_tab_lays_itself_out_when_it_is_seen(use):
    viewer = use()
    viewer.page.get_by_role("tab", name="Second").click()
    second = Hand(viewer.page, viewer.address, "#second")
    second.wait_for("ready")
    second.find(".stage").scroll_into_view_if_needed()
    second.draw([1000, 800, 1300, 1100])
    assert second.boxes() == [[1000, 800, 1300, 1100]]


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_boxes_are_exact_at_every_pixel_ratio(use, ratio):
    viewer = use(viewport={"width": 1024, "height": 768}, device_scale_factor=ratio)
    viewer.draw([300, 310, 501, 522])
    assert near(viewer.boxes()[0], [300, 310, 501, 522])
    canvas = viewer.find("canvas.image").evaluate("(canvas) => canvas.width / canvas.clientWidth")
    assert canvas == pytest.approx(ratio, rel=0.01)


def test_a_resized_window_fits_again_or_keeps_its_middle(use):
    viewer = use()
    viewer.page.set_viewport_size({"width": 1024, "height": 768})
    viewer.page.wait_for_timeout(100)
    frame, view = viewer.find(".stage").bounding_box(), viewer.view()
    assert view["scale"] == pytest.approx(min(frame["width"], frame["height"]) / 1024, rel=0.01)
    viewer.draw(BOX)
    assert near(viewer.boxes()[0], BOX)


def test_a_browser_without_full_screen_fills_the_window(pages, use):
    page = pages()
    page.add_init_script("Element.prototype.requestFullscreen = () => Promise.reject(new Error('no'))")
    viewer = use(page=page)
    viewer.focus()
    viewer.press("f")
    viewer.page.wait_for_selector(f"{viewer.root}.filling")
    box = viewer.page.locator(viewer.root).bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1440, 900)
    viewer.draw(BOX)
    assert viewer.boxes() == [BOX]
    viewer.press("Escape", "Escape", "Escape")
    assert viewer.page.locator(f"{viewer.root}.filling").count() == 0


# Fingers


def test_a_finger_draws(use):
    viewer = use("plain", **PHONE)
    viewer.swipe([300, 300], [620, 580])
    assert near(viewer.boxes()[0], [300, 300, 620, 580], within=2)


def test_two_fingers_zoom_and_drop_the_stroke(use):
    viewer = use("plain", **PHONE)
    before = viewer.view()["scale"]
    (x0, y0), (x1, y1) = viewer.at(400, 400), viewer.at(600, 600)
    viewer.touch("touchStart", (x0, y0))
    viewer.touch("touchStart", (x0, y0), (x1, y1))
    for part in (10, 25, 40):
        viewer.touch("touchMove", (x0 - part, y0 - part), (x1 + part, y1 + part))
    viewer.touch("touchEnd")
    assert viewer.view()["scale"] > before * 1.5
    assert near(viewer.at(500, 500), ((x0 + x1) / 2, (y0 + y1) / 2), within=2)
    assert viewer.boxes() == []


def test_a_phone_turned_in_mid_stroke_draws_nothing_and_goes_on(use):
    viewer = use("plain", **PHONE)
    start, half = viewer.at(300, 300), viewer.at(500, 500)
    viewer.touch("touchStart", start)
    viewer.touch("touchMove", half)
    viewer.page.set_viewport_size({"width": 844, "height": 390})
    viewer.page.wait_for_timeout(150)
    viewer.touch("touchMove", (half[0] + 20, half[1] - 20))
    viewer.touch("touchEnd")
    assert viewer.boxes() == []
    viewer.swipe([300, 300], [620, 580])
    assert near(viewer.boxes()[0], [300, 300, 620, 580], within=4)


def test_a_second_tap_names_a_box(use):
    viewer = use(**PHONE)
    viewer.swipe([300, 300], [700, 700])
    viewer.find(".picker").get_by_role("button", name="Close").tap()
    viewer.page.touchscreen.tap(*viewer.at(500, 500))
    assert viewer.find(".picker input").is_visible()
    viewer.find(".picker [role=option]").nth(4).tap()
    assert viewer.drawn()[0]["label"] == "cardiomegaly"


def test_nothing_is_wider_than_a_phone(use):
    viewer = use("show", **PHONE)
    assert viewer.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for button in viewer.find(".toolbar button").all():
        box = button.bounding_box()
        assert box["width"] >= 30 and box["height"] >= 44


# The chain of boxes


def test_the_chain_replays_step_by_step(use):
    viewer = use("show")
    viewer.focus()
    viewer.press("]")
    assert viewer.heard() == "Step 1 of 3: Look at the left lung base first."
    assert viewer.find(".chain-caption").inner_text() == "Step 1 of 3: Look at the left lung base first."
    viewer.press("]", "]", "]", "[")
    assert "Step 2 of 3" in viewer.find(".chain-caption").inner_text()
    viewer.press("Escape")
    assert viewer.find(".chain-caption").inner_text() == "Where to look, step by step"


# Accessibility


@pytest.mark.parametrize("name", ["small", "show"])
def test_axe_finds_nothing(use, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    viewer = use(name)
    if name == "small":
        viewer.drag(BOX[:2], BOX[2:])
    found = axe.Axe().run(viewer.page, context="#viewer").response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found] == []
