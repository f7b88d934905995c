"""The image viewer in a real browser: drawing and looking, by mouse and by finger."""

import json

import pytest

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


def test_a_phone_turned_in_mid_stroke_keeps_what_was_drawn_and_goes_on(use):
    viewer = use("plain", **PHONE)
    start, half = viewer.at(300, 300), viewer.at(500, 500)
    viewer.touch("touchStart", start)
    viewer.touch("touchMove", half)
    viewer.page.set_viewport_size({"width": 844, "height": 390})
    viewer.page.wait_for_selector("#viewer [data-region=drawn-1]")
    viewer.touch("touchMove", (half[0] + 20, half[1] - 20))
    viewer.touch("touchEnd")
    assert near(viewer.boxes()[0], [300, 300, 500, 500], within=4)
    viewer.find("[data-name=undo]").tap()
    assert viewer.boxes() == []
    viewer.swipe([300, 300], [620, 580])
    assert near(viewer.boxes()[0], [300, 300, 620, 580], within=4)


def test_a_keyboard_beside_a_touch_screen_names_a_box(use):
    viewer = use(**PHONE)
    viewer.swipe([300, 300], [700, 700])
    viewer.find(".picker [role=option]").first.wait_for()
    viewer.find(".stage").evaluate("(stage) => stage.focus()")
    viewer.page.keyboard.type("nod")
    assert viewer.find(".picker input").input_value() == "nod"
    viewer.page.keyboard.press("Enter")
    assert [one["label"] for one in viewer.drawn()] == ["nodule"], "N made no second box"


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
