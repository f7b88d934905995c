"""How it is judged: whoever moves a box sees the judgement follow."""

import pytest

from ssg.web.demonstrations import SEEDS, demonstration
from tests.browser.conftest import PHONE, arrive, unfold

pytestmark = pytest.mark.browser

FIRST = next(iter(SEEDS))


@pytest.fixture
def judging(pages, app):
    """``judging()`` is (page, hand) of a tab with the page."""

    def opened(**options):
        page = pages(**options)
        hand = arrive(page, app[0], "/judging", "#judging-viewer")
        page.wait_for_selector("#judging-result .ring")
        return page, hand

    return opened


def total(page):
    return int(page.locator("#judging-result .ring .number").inner_text())


def until_total(page, condition):
    page.wait_for_function(
        f"() => ((total) => {condition})(+document.querySelector('#judging-result .ring .number').textContent)"
    )


def test_a_box_that_is_moved_onto_the_mark_earns_more_and_one_that_leaves_it_nothing(judging):
    page, hand = judging()
    began = total(page)
    (box,), (marked,) = (
        [one.box for one in rows] for rows in (demonstration(FIRST).beginning, demonstration(FIRST).marked)
    )
    assert 40 < began < 95
    hand.focus()
    hand.press("Tab")
    hand.drag(box.centre, marked.centre)
    until_total(page, f"total > {began}")
    assert page.locator("#judging-result .bar").count() == 4
    hand.drag(marked.centre, (marked.centre[0] + 2 * marked.width, marked.centre[1]))
    until_total(page, "total < 10")
    assert "not found" in page.locator("#judging-result .verdict").inner_text()


def deny_the_mass(page):
    began = total(page)
    page.locator("#judging-absent label", has_text="mass").click()
    until_total(page, f"total < {began}")


def test_denying_what_is_there_and_other_weights_change_the_total(judging):
    page, _ = judging()
    deny_the_mass(page)
    assert "You state that there is no mass" in page.locator("#judging-result").inner_text()


def test_other_weights_judge_what_stands_there_and_change_nothing_of_it(judging):
    page, hand = judging()
    deny_the_mass(page)
    hand.focus()
    hand.press("Tab")
    hand.drag(demonstration(FIRST).beginning[0].box.centre, (320, 500))
    until_total(page, "total < 10")
    drawn = page.locator("#judging-viewer .row").all_inner_texts()
    unfold(page, "judging-rubric")
    slider = page.locator("#judging-rubric input[type=range]").nth(1)
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    page.wait_for_function("() => /weight 3[0-9]%/.test(document.querySelector('#judging-result').innerText)")
    page.wait_for_timeout(700)  # what would open the example anew comes later than the judgement
    assert page.locator("#judging-absent input:checked").count() == 1
    assert drawn and page.locator("#judging-viewer .row").all_inner_texts() == drawn
    assert total(page) < 10


def test_another_example_brings_its_own_picture_marks_and_question(judging):
    page, hand = judging()
    page.locator("#judging-example input").click()
    page.get_by_role("option", name="Nothing", exact=True).click()
    page.wait_for_function("() => document.querySelector('#judging-result .ring .number').textContent === '100'")
    assert "Nothing is there" in page.locator("#judging-result .verdict").inner_text()
    assert hand.find(".row .label").count() == 0


def test_it_fits_on_a_phone_and_axe_finds_nothing(judging):
    page, _ = judging(**PHONE)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    found = axe.Axe().run(page, context="#content").response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
