"""Series and slices in a real browser: scrolled by wheel, keys and slider; boxes lie on the slice of their drawing."""

import json

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

BOX = [180, 150, 260, 230]


@pytest.fixture
def stack(use):
    return use("stack")


def count(viewer):
    return viewer.find(".slice-count").text_content()


def until(viewer, slice_of, grey):
    """The slice has arrived: the counter says so, and its grey is seen at a place where every slice has its own."""
    viewer.page.wait_for_function(
        "([count]) => document.querySelector('#viewer .slice-count').textContent === count", arg=[slice_of]
    )
    for _ in range(100):
        viewer.settle()
        if viewer.grey(300, 250) == grey:
            return
        viewer.page.wait_for_timeout(30)
    assert viewer.grey(300, 250) == grey


def test_the_first_slice_is_the_one_that_the_scene_names(stack):
    until(stack, "13 / 40", 48)
    assert stack.find(".slices input").get_attribute("aria-valuetext") == "Slice 13 of 40"


def test_slices_go_by_wheel_keys_buttons_and_slider(stack):
    stack.page.mouse.move(*stack.at(200, 200))
    stack.page.mouse.wheel(0, 120)
    until(stack, "14 / 40", 52)
    stack.page.mouse.wheel(0, -120)
    until(stack, "13 / 40", 48)
    stack.focus()
    stack.press("PageDown", "PageDown", "ArrowDown", "ArrowUp", "PageUp")
    until(stack, "14 / 40", 52)
    stack.find(".slices button").last.click()
    until(stack, "15 / 40", 56)
    stack.find(".slices input").fill("39")
    until(stack, "40 / 40", 156)
    stack.focus()
    stack.press("PageDown")
    until(stack, "40 / 40", 156)
    assert "Slice 40 of 40" in stack.heard() or "Slice" in stack.heard()


def test_the_wheel_with_control_zooms(stack):
    before = stack.view()["scale"]
    stack.page.mouse.move(*stack.at(200, 200))
    stack.page.keyboard.down("Control")
    stack.page.mouse.wheel(0, -120)
    stack.page.keyboard.up("Control")
    stack.settle()
    assert stack.view()["scale"] > before and count(stack) == "13 / 40"


def test_view_and_window_stay_while_slices_go_by(stack):
    stack.press("+", "+")
    stack.settle()
    view = stack.view()
    stack.focus()
    stack.press("i", "PageDown")
    until(stack, "14 / 40", 255 - 52)
    assert stack.view() == view


def test_a_box_lies_on_the_slice_that_it_was_drawn_on(stack):
    stack.drag(BOX[:2], BOX[2:])
    stack.page.keyboard.type("heart")
    stack.press("Enter", "Escape")
    stack.focus()
    stack.press("Escape", "PageDown")
    until(stack, "14 / 40", 52)
    stack.drag(BOX[:2], BOX[2:])
    stack.page.keyboard.type("nodule")
    stack.press("Enter", "Escape")
    answer = json.loads(stack.submitted())
    assert [(row["finding"], row["box"], row["picture"]) for row in answer] == [
        ("cardiomegaly", BOX, 12),
        ("nodule", BOX, 13),
    ]
    facts = stack.find(".facts").all_text_contents()
    assert "slice 13" in facts[0] and "slice 14" in facts[1]


def test_a_box_that_is_chosen_in_the_list_brings_its_slice(stack):
    stack.draw(BOX)
    stack.press("Escape")
    stack.find(".slices input").fill("30")
    until(stack, "31 / 40", 120)
    stack.find(".row-name").first.click()
    until(stack, "13 / 40", 48)


def test_series_keep_their_slice_and_their_window(stack):
    stack.find(".series button").last.click()
    until_series = "1 / 5"
    stack.page.wait_for_function(
        "(count) => document.querySelector('#viewer .slice-count').textContent === count", arg=until_series
    )
    stack.wait_for("ready")
    stack.draw([10, 120, 60, 180])
    stack.press("Escape")
    assert stack.drawn()[0]["picture"] == 40
    stack.find(".series button").first.click()
    until(stack, "13 / 40", 48)
    assert stack.find(".series button").first.get_attribute("aria-pressed") == "true"


def test_a_draft_comes_back_on_its_slices(use):
    stack = use("stack")
    stack.draw(BOX)
    stack.focus()
    stack.press("Escape", "PageDown")
    until(stack, "14 / 40", 52)
    stack.draw(BOX)
    stack.press("Escape")
    stack.page.reload()
    stack.wait_for("ready")
    assert [row.get("picture") for row in stack.drawn()] == [12, 13]


def test_the_bar_fits_on_a_phone(use):
    stack = use("stack", **PHONE)
    frame = stack.find(".stack").bounding_box()
    assert frame["width"] <= 412 and stack.find(".slices input").bounding_box()["width"] >= 60
    assert stack.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
