"""Two panes, the magnifier, sizes in millimetres and the mouse's buttons, in a real browser."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

BOX = [40, 40, 120, 100]
SECOND = ".second"


@pytest.fixture
def pair(use):
    """The current stack with the one of a month ago beside it."""
    viewer = use("ct")
    viewer.focus()
    viewer.press("b")
    ready(viewer)
    return viewer


def ready(viewer):
    viewer.page.wait_for_selector(f"{viewer.root} {SECOND}[data-state=ready]")
    viewer.settle()


def slices(viewer):
    return viewer.find(".slice-count").all_text_contents()


def window(viewer, pane=":not(.second)"):
    viewer.settle()
    return viewer.find(f".pane{pane} .readout .window").inner_text()


def zoom(viewer, pane):
    viewer.settle()
    stage = viewer.find(f".pane{pane} .stage")
    scale = float(stage.get_attribute("data-scale"))
    size = stage.evaluate("(stage) => [stage.clientWidth, stage.clientHeight]")
    width, height = (160, 160) if pane == SECOND else (256, 192)
    return scale / min(size[0] / width, size[1] / height)


def test_the_prior_opens_beside_and_is_scrolled_by_millimetres(pair):
    assert pair.find(f"{SECOND} .title").inner_text() == "A month ago"
    assert slices(pair) == ["11 / 20", "5 / 8"]
    assert pair.heard().endswith("shown beside")
    pair.press(*["PageDown"] * 4)  # 8 mm: 2 slices of 4 mm
    assert slices(pair) == ["15 / 20", "7 / 8"]
    pair.press("Home")
    assert slices(pair)[1] == "1 / 8"
    pair.press("b")
    assert pair.find(SECOND).count() == 0 and slices(pair) == ["1 / 20"]


def test_without_millimetres_stacks_go_by_their_share(use):
    viewer = use("shares")
    viewer.focus()
    viewer.press("b")
    ready(viewer)
    viewer.press("End")
    assert slices(viewer) == ["20 / 20", "8 / 8"]


def test_the_link_can_be_let_go_and_taken_up_at_other_slices(pair):
    pair.press("l", "PageDown", "PageDown")
    assert slices(pair) == ["13 / 20", "5 / 8"]
    assert pair.find(f"{SECOND} [aria-pressed]").first.get_attribute("aria-pressed") == "false"
    pair.press("l", "PageDown", "PageDown")
    assert slices(pair) == ["15 / 20", "6 / 8"]


def test_the_second_image_by_keyboard_alone(pair):
    pair.find(f"{SECOND} .stage").focus()
    pair.press("ArrowDown")
    assert slices(pair)[1] == "6 / 8" and slices(pair)[0] == "14 / 20"
    pair.press("2")
    assert window(pair, SECOND) == "W 1500  L -600" and window(pair) == "W 400  L 40"
    assert pair.heard().startswith("Lung")
    pair.press("+")
    assert zoom(pair, SECOND) == pytest.approx(1.25, rel=0.01) and zoom(pair, ":not(.second)") == pytest.approx(1.25)
    pair.press("Escape")
    assert pair.find(".stage").first.evaluate("(stage) => stage === document.activeElement")
    pair.press("i")
    assert "inverted" in window(pair) and "inverted" not in window(pair, SECOND)


def test_nothing_is_drawn_on_the_second_image(pair):
    frame = pair.find(f"{SECOND} .stage").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    pair.page.mouse.move(x, y)
    pair.page.mouse.down()
    pair.page.mouse.move(x + 60, y + 50, steps=4)
    pair.page.mouse.up()
    assert pair.boxes() == []
    pair.press("0")
    pair.draw(BOX)
    assert pair.boxes() == [BOX] and pair.drawn()[0]["picture"] == 10


def test_regions_of_the_prior_are_seen_on_it_and_chosen_there(use):
    viewer = use("compared")
    viewer.focus()
    viewer.press("b")
    ready(viewer)
    viewer.find(".row-name").click()
    viewer.page.wait_for_selector(f"{viewer.root} {SECOND}[data-seen='23']")
    assert slices(viewer)[1] == "4 / 8" and viewer.find(".row.selected").count() == 1
    assert viewer.find(".series button").first.get_attribute("aria-pressed") == "true", "the first pane stays"


def test_both_panes_fit_on_a_phone_one_above_the_other(use):
    viewer = use("ct", **PHONE)
    viewer.find("[data-name=beside]").tap()
    ready(viewer)
    first, second = (one.bounding_box() for one in viewer.find(".stage").all())
    assert second["y"] >= first["y"] + first["height"] and second["height"] > 150
    assert viewer.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_another_case_closes_the_comparison(pair):
    pair.page.get_by_role("button", name="Next", exact=True).click()
    pair.page.wait_for_selector("#viewer .second", state="detached")
    pair.wait_for("ready")
    assert pair.find("[data-name=beside]").count() == 0


# The magnifier


def lens_pixels(viewer, x, y):
    """Alpha of the overlay at an image point: the lens is the only thing that covers it."""
    viewer.settle()
    return viewer.find("canvas.overlay").first.evaluate(
        """(canvas, [x, y]) => {
            const {scale, x: left, y: top} = canvas.parentElement.dataset;
            const ratio = canvas.width / canvas.clientWidth;
            const at = [(+left + x * scale) * ratio, (+top + y * scale) * ratio].map(Math.floor);
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
        }""",
        [x, y],
    )


def test_the_lens_follows_the_pointer_and_goes(use):
    viewer = use("ct")
    viewer.focus()
    viewer.press("m")
    assert viewer.heard() == "Magnifier on"
    viewer.page.mouse.move(*viewer.at(60, 60))
    assert lens_pixels(viewer, 60, 60)[3] == 255
    assert abs(lens_pixels(viewer, 66, 60)[0] - viewer.grey(62, 60)) <= 1
    viewer.page.mouse.move(*viewer.at(200, 60))
    assert lens_pixels(viewer, 60, 60)[3] == 0 and lens_pixels(viewer, 200, 60)[3] == 255
    viewer.draw(BOX)
    assert viewer.boxes() == [BOX], "one draws under the lens"
    viewer.focus()
    viewer.press("Escape")
    assert viewer.find("[data-name=lens]").get_attribute("aria-pressed") == "false"


def test_a_finger_has_the_lens_above_it(use):
    viewer = use("ct", **PHONE)
    viewer.find("[data-name=lens]").tap()
    viewer.find("[data-tool=pan]").tap()
    before = viewer.view()
    x, y = viewer.at(128, 150)
    viewer.touch("touchStart", (x, y))
    viewer.touch("touchMove", (x + 12, y))
    above = viewer.find("canvas.overlay").first.evaluate(
        """(canvas, [x, y]) => {
            const frame = canvas.getBoundingClientRect();
            const ratio = canvas.width / canvas.clientWidth;
            const at = [(x - frame.x) * ratio, (y - frame.y) * ratio].map(Math.round);
            return canvas.getContext("2d").getImageData(...at, 1, 1).data[3];
        }""",
        [x + 12, y - 124],
    )
    viewer.touch("touchEnd")
    assert above == 255 and viewer.view() == before, "the finger moved the lens, not the image"


# Millimetres


def test_the_selected_box_says_its_size_in_millimetres(use):
    viewer = use("ct")
    viewer.draw(BOX)
    assert "40 × 30 mm" in viewer.find(".row .facts").inner_text()
    viewer.focus()
    viewer.press("n")
    assert "mm · " in viewer.heard()


# The mouse


def test_buttons_do_what_is_chosen_and_it_is_kept(use):
    viewer = use("ct")
    viewer.focus()
    viewer.press("?")
    for button, choice in (("Left", "move"), ("Middle", "zoom"), ("Right", "go through slices"), ("Wheel", "zoom")):
        viewer.page.get_by_label(button).locator("visible=true").first.select_option(label=choice)
    viewer.press("Escape")
    viewer.open("ct")  # kept over a reload
    start = viewer.view()
    viewer.drag([120, 120], [120, 90], button="middle")
    assert viewer.view()["scale"] > start["scale"]
    zoomed = viewer.view()
    viewer.drag([120, 90], [140, 90])
    assert viewer.boxes() == [] and viewer.view()["x"] > zoomed["x"]
    viewer.drag([120, 60], [120, 90], button="right")
    assert slices(viewer)[0] != "11 / 20"
    at = slices(viewer)
    viewer.page.mouse.wheel(0, -240)
    viewer.settle()
    assert slices(viewer) == at
    viewer.focus()
    viewer.press("?")
    viewer.page.get_by_role("button", name="As usual").locator("visible=true").first.click()
    viewer.press("Escape")
    viewer.focus()
    viewer.press("0")
    viewer.draw(BOX)
    assert viewer.boxes() == [BOX]


# A phone that is turned


def test_a_phone_turned_in_mid_draw_loses_nothing(use):
    viewer = use("ct", **PHONE)
    viewer.swipe([40, 40], [120, 100])
    viewer.find(".picker").get_by_role("button", name="Close").tap()
    start, half = viewer.at(170, 120), viewer.at(230, 170)
    viewer.touch("touchStart", start)
    viewer.touch("touchMove", half)
    viewer.page.set_viewport_size({"width": 844, "height": 390})
    viewer.page.wait_for_function("() => document.querySelectorAll('#viewer .row').length === 2")
    viewer.touch("touchMove", (half[0] + 20, half[1] - 20))
    viewer.touch("touchEnd")
    first, second = viewer.boxes()
    assert all(abs(a - b) <= 2 for a, b in zip(first, [40, 40, 120, 100], strict=True))
    assert all(abs(a - b) <= 2 for a, b in zip(second, [170, 120, 230, 170], strict=True))
    assert viewer.find(".slice-count").inner_text() == "11 / 20"
