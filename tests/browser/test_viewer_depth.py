"""Pictures of 16 bits in a real browser: true window and level, presets, what cannot be decoded, what cannot be had."""

import re

import pytest

pytestmark = pytest.mark.browser

SOFT, LUNG, STROKE = "W 400  L 40", "W 1500  L -600", "W 40  L 40"
AIR, FAT, WATER, LIVER, BONE = ((x, 60) for x in (20, 70, 130, 180, 235))
BOX = [40, 40, 120, 100]


def window(viewer):
    viewer.settle()
    return viewer.find(".pane:not(.second) .readout .window").inner_text()


def shown(unit, width, level):
    """Grey of a Hounsfield unit, DICOM PS3.3 C.11.2.1.2."""
    return round(min(max((unit - (level - 0.5)) / (width - 1) + 0.5, 0), 1) * 255)


def near(got, expected):
    return abs(got - expected) <= 1


def test_a_ct_opens_with_its_window_and_says_hounsfield_units(use):
    viewer = use("ct")
    assert window(viewer) == SOFT
    for place, unit in ((AIR, -1000), (FAT, -100), (WATER, 0), (LIVER, 90), (BONE, 1000)):
        assert near(viewer.grey(*place), shown(unit, 400, 40))
    viewer.page.mouse.move(*viewer.at(180.5, 60.5))
    assert viewer.find(".cursor").first.inner_text() == "x 180  y 60  90 HU"


def test_number_keys_are_presets_and_are_announced(use):
    viewer = use("ct")
    viewer.focus()
    viewer.press("2")
    assert window(viewer) == LUNG
    assert viewer.heard() == "Lung: window 1500, level -600"
    assert near(viewer.grey(*FAT), shown(-100, 1500, -600)) and 0 < viewer.grey(*AIR) < 255
    for key, readout in {"1": SOFT, "3": "W 150  L 90", "4": "W 2500  L 480", "5": "W 80  L 40"}.items():
        viewer.press(key)
        assert window(viewer) == readout
    viewer.press("7")
    assert window(viewer) == STROKE and viewer.grey(*WATER) == 0 and viewer.grey(*LIVER) == 255
    viewer.press("8")
    assert window(viewer) == SOFT


def test_number_keys_say_how_sure_while_a_box_is_selected(use):
    viewer = use("ct")
    viewer.draw(BOX)
    viewer.focus()
    viewer.press("2")  # the box that was drawn is still selected
    assert viewer.drawn()[0]["confidence"] == 2 and window(viewer) == SOFT
    assert viewer.heard() == "2 of 5"
    viewer.press("Escape", "2")
    assert viewer.drawn()[0]["confidence"] == 2 and window(viewer) == LUNG


def test_presets_without_a_keyboard(use):
    viewer = use("ct")
    viewer.find("[data-name=levels]").click()
    viewer.find(".preset").filter(has_text="Liver").click()
    assert window(viewer) == "W 150  L 90"
    assert viewer.find(".levels output").first.inner_text() == "150"


def test_a_drag_goes_through_real_values(use):
    viewer = use("ct")
    viewer.drag([120, 90], [160, 90], button="right")
    width, level = window(viewer).split()[1::2]
    assert int(width) > 400 and int(level) == 40
    viewer.drag([120, 60], [120, 90], button="right")
    assert int(window(viewer).split()[3]) > 40
    assert viewer.boxes() == []


def test_a_window_stays_through_the_stack(use):
    viewer = use("ct")
    viewer.focus()
    viewer.press("7", "PageDown")
    viewer.page.wait_for_selector(f"{viewer.root}[data-seen='11']")
    assert window(viewer) == STROKE


def test_a_deep_picture_without_a_window_shows_its_range_and_has_shares(use):
    viewer = use("deep")
    assert window(viewer) == "W 4093  L 2046" or window(viewer) == "W 4093  L 2047"
    assert viewer.grey(2, 100) <= 1 and viewer.grey(1021, 100) >= 254
    viewer.focus()
    viewer.press("5")
    assert viewer.heard().startswith("Dark parts: window ")
    assert viewer.grey(2, 100) <= 2 and viewer.grey(600, 100) == 255


def test_low_values_are_white_where_the_series_says_so(use):
    viewer = use("mono1")
    assert viewer.grey(2, 100) >= 254 and viewer.grey(1021, 100) <= 1
    assert "inverted" not in viewer.find(".readout").inner_text()
    viewer.focus()
    viewer.press("i")
    assert viewer.grey(2, 100) <= 1 and "inverted" in viewer.find(".readout").inner_text()


@pytest.mark.parametrize(("name", "why"), [("interlaced", "is interlaced"), ("torn", "is damaged")])
def test_what_cannot_be_decoded_is_shown_with_8_bits_and_said(use, name, why):
    viewer = use(name)
    assert why in viewer.find(".notice").inner_text()
    assert window(viewer) == "W 255  L 128"
    assert near(viewer.grey(512, 100), 128)


def test_a_browser_without_workers_decodes_on_the_page(pages, use):
    page = pages()
    page.add_init_script("window.Worker = class { constructor() { throw new Error('refused'); } }")
    viewer = use("ct", page=page)
    assert window(viewer) == SOFT and near(viewer.grey(*LIVER), shown(90, 400, 40))


def test_a_worker_that_a_policy_stops_is_no_error(pages, use):
    page = pages()
    page.add_init_script(
        "window.Worker = class { constructor() { setTimeout(() => this.onerror(new Event('error')), 20); } "
        "postMessage() {} terminate() {} }"
    )
    viewer = use("ct", page=page)
    assert window(viewer) == SOFT and near(viewer.grey(*LIVER), shown(90, 400, 40))


def test_a_browser_that_cannot_inflate_shows_8_bits(pages, use):
    page = pages()
    page.add_init_script("delete window.DecompressionStream; delete window.Worker")
    viewer = use("deep", page=page)
    assert "Shown with 8 of its bits" in viewer.find(".notice").inner_text()


def test_the_network_is_lost_in_a_stack_and_comes_back(pages, use):
    page = pages(expect_errors=True)
    late = re.compile(r"/images/ct-0-1[5-9]\.png")
    page.route(late, lambda route: route.abort())
    viewer = use("ct", page=page)
    viewer.draw(BOX)
    viewer.press("Escape")
    viewer.find(".slices input").fill("18")
    viewer.wait_for("broken")
    assert "The image could not be loaded." in viewer.find(".state").inner_text()
    viewer.drag(BOX[:2], BOX[2:])  # nothing is drawn on a slice that is not there
    viewer.find(".slices input").fill("11")  # what had come can still be seen
    viewer.wait_for("ready")
    viewer.find(".slices input").fill("18")
    viewer.wait_for("broken")
    page.unroute(late)
    viewer.page.get_by_role("button", name="Try again").click()
    viewer.page.wait_for_selector(f"{viewer.root}[data-seen='18'][data-state=ready]")
    assert viewer.boxes() == [BOX]
