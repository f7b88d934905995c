"""Practise keeps what a learner did: ticks through a hasty reload, and after Submit all that a reload would show."""

import pytest

from tests.browser.conftest import arrive

pytestmark = pytest.mark.browser


def open_case(pages, app, number, expect_errors=False, clock_hours=0):
    address, services = app
    name = services.practice.order[number]
    page = pages(expect_errors)
    if clock_hours:
        page.add_init_script(f"{{ const now = Date.now; Date.now = () => now() + {clock_hours * 3_600_000}; }}")
    hand = arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    return page, hand, services.practice.case(*name)


def shown(page):
    """What stands on the page beside the image, as a person sees it."""
    return page.evaluate(
        """() => {
            const seen = (one) => one && one.checkVisibility() ? one.innerText.trim() : null;
            const ticks = [...document.querySelectorAll("#case-absent input")];
            const part = (id) => seen(document.querySelector(id));
            return {
                parts: ["#case-head", "#case-task", "#case-submit", "#case-feedback", "#case-again"].map(part),
                next: document.querySelector("#case-next").className.includes("primary"),
                ticks: ticks.map(({ checked, disabled }) => [checked, disabled]),
                list: document.querySelector("#case-list .count").innerText,
                boxes: [...document.querySelectorAll("#case-viewer .row .label")].map(seen),
            };
        }"""
    )


def test_after_submit_the_page_looks_as_after_a_reload(pages, app):
    page, hand, case = open_case(pages, app, 6)
    hand.drag([100, 100], [220, 240])
    page.keyboard.type(case.question[0])
    hand.press("Enter", "Escape")
    page.get_by_label(case.question[-1], exact=True).check()
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-again")
    page.wait_for_selector("#case-submit", state="detached")
    before = shown(page)
    assert before["next"]
    assert [True, True] in before["ticks"]
    assert before["list"] == f"1 / {len(app[1].practice)}"
    page.reload()
    hand.wait_for("ready")
    page.wait_for_selector("#case-again")
    assert shown(page) == before


def test_try_again_after_submit_begins_empty(pages, app):
    page, _, case = open_case(pages, app, 7)
    page.get_by_label(case.question[-1], exact=True).check()
    page.locator("#case-submit").click()
    page.locator("#case-again").click()
    page.wait_for_selector("#case-submit")
    page.wait_for_selector("#case-viewer .ssg-viewer[data-mode=draw]")
    assert not page.get_by_label(case.question[-1], exact=True).is_checked()
    assert page.locator("#case-submit").is_enabled()
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")


def test_the_keyboard_goes_on_where_it_was_after_submit(pages, app):
    page, _, _ = open_case(pages, app, 10)
    page.locator("#case-submit").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#case-feedback .ring")
    page.wait_for_function("() => document.activeElement.id === 'case-feedback'")


def test_and_after_a_refused_answer(pages, app):
    page, hand, _ = open_case(pages, app, 11, expect_errors=True)
    hand.drag([100, 100], [220, 240])
    hand.press("Escape")
    page.locator("#case-submit").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#case-feedback .note")
    page.wait_for_function("() => document.activeElement.id === 'case-submit'")


def test_a_clock_that_is_wrong_loses_no_box(pages, app):
    page, hand, case = open_case(pages, app, 12, clock_hours=-2)
    hand.drag([100, 100], [220, 240])
    page.keyboard.type(case.question[0])
    with page.expect_response(lambda answer: "/api/drafts" in answer.url):
        hand.press("Enter", "Escape")
    hand.drag([300, 100], [420, 240])
    hand.press("Escape")
    page.wait_for_timeout(1000)
    page.reload()
    hand.wait_for("ready")
    assert len(hand.boxes()) == 2


def test_a_tick_survives_a_reload_at_once(pages, app):
    page, hand, case = open_case(pages, app, 8)
    for finding in case.question[:2]:
        page.get_by_label(finding, exact=True).check()
    page.reload()
    hand.wait_for("ready")
    page.wait_for_function("() => document.querySelectorAll('#case-absent input:checked').length === 2")


def test_ticks_without_a_connection_are_there_when_it_is_back(pages, app):
    page, hand, _ = open_case(pages, app, 15, expect_errors=True)
    tick = page.locator("#case-absent input[data-says=absent]")
    tick.nth(0).check()
    page.wait_for_timeout(1000)  # the server has it
    page.context.set_offline(True)
    tick.nth(1).check()
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback [role=alert]")
    page.context.set_offline(False)
    page.reload()
    hand.wait_for("ready")
    page.wait_for_function("() => document.querySelectorAll('#case-absent input:checked').length === 2")
    assert tick.nth(0).is_checked() and tick.nth(1).is_checked()
    page.wait_for_function("() => Object.keys(localStorage).every((key) => !key.startsWith('ssg-said:'))")
    page.evaluate("localStorage.clear()")
    page.reload()
    hand.wait_for("ready")
    page.wait_for_selector("#case-absent input")
    assert page.locator("#case-absent input:checked").count() == 2, "the server has them now"


def test_a_stroke_is_sent_when_the_page_is_left(pages, app):
    page, hand, case = open_case(pages, app, 9)
    hand.drag([100, 100], [220, 240])
    page.keyboard.type(case.question[0])
    with page.expect_response(lambda answer: "/api/drafts" in answer.url):
        hand.press("Enter", "Escape")
    hand.press("ArrowRight")
    page.wait_for_timeout(350)  # told to the page by now, and not yet sent
    [left] = [box[0] for box in hand.boxes()]
    page.goto("about:blank")
    [cookie] = [one for one in page.context.cookies() if one["name"] == "ssg_learner"]
    learner, name = app[1].cookie.read(cookie["value"]), app[1].practice.order[9]
    for _ in range(100):
        if app[1].practice.draft(learner, *name).answer["regions"][0]["box"][0] == left:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the last stroke did not arrive")
