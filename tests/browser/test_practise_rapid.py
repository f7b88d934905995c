"""Rapid packets in the browser: keys on a desk, swipes on a phone, and a summary with each case."""

import pytest

from tests.browser.conftest import PHONE, Hand

pytestmark = pytest.mark.browser


def begin(pages, app, count, feedback="end", **options):
    page = pages(**options)
    hand = Hand(page, app[0], root="#case-viewer")
    page.goto(f"{app[0]}/practise/rapid?count={count}&feedback={feedback}")
    ready(page, hand, 1, count)
    return page, hand


def ready(page, hand, number, count):
    page.wait_for_function(
        "(said) => document.querySelector('#case-head .rapid-bar')?.innerText.includes(said)",
        arg=f"{number} of {count}",
    )
    hand.wait_for("ready")
    page.wait_for_selector("#case-task .rapid")


def test_a_packet_is_read_with_two_keys_and_told_at_the_end(pages, app):
    page, hand = begin(pages, app, 3)
    assert not page.locator("#case-submit").is_visible(), "one question at a time"
    page.keyboard.press("ArrowLeft")
    ready(page, hand, 2, 3)
    assert page.locator("#case-feedback .ring").count() == 0
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#case-submit", state="visible")
    hand.drag([100, 100], [200, 200])
    finding = page.locator("#case-absent [data-finding]").first.get_attribute("data-finding")
    page.keyboard.type(finding)
    hand.press("Enter", "Escape")
    page.locator("#case-submit").click()
    ready(page, hand, 3, 3)
    page.locator("[data-rapid=normal]").click()
    page.wait_for_selector(".rapid-summary")
    assert page.locator(".rapid-summary .shelf li").count() == 3
    assert f"You: {finding}" in page.locator(".rapid-summary").inner_text()
    page.reload()
    page.wait_for_selector(".rapid-summary")
    page.locator(".rapid-summary .shelf a").first.click()
    page.wait_for_selector("#case-feedback .ring")


def test_whoever_sees_something_says_where(pages, app):
    page, _ = begin(pages, app, 2, "once")
    page.locator("[data-rapid=something]").click()
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .note:has-text('draw a box around it')")
    assert page.locator("#case-feedback .ring").count() == 0
    page.locator("[data-rapid=normal]").click()
    page.wait_for_selector("#case-feedback .ring")


def test_feedback_may_come_at_once(pages, app):
    page, hand = begin(pages, app, 2, "once")
    page.locator("[data-rapid=normal]").click()
    page.wait_for_selector("#case-feedback .ring")
    page.locator("#case-next").click()
    ready(page, hand, 2, 2)


def test_on_a_phone_a_swipe_answers(pages, app):
    page, hand = begin(pages, app, 2, **PHONE)
    card = page.locator("#case-task .rapid")
    box = card.bounding_box()
    assert box["y"] + box["height"] <= PHONE["viewport"]["height"] + 1, "within reach without scrolling"
    y, left, right = box["y"] + 20, box["x"] + 40, box["x"] + box["width"] - 40
    hand.touch("touchStart", (right, y))
    hand.touch("touchMove", ((left + right) / 2, y))
    hand.touch("touchMove", (left, y))
    hand.touch("touchEnd")
    ready(page, hand, 2, 2)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
