"""The first minutes: an invitation for whoever is new, and a tour that describes and waits and does nothing itself."""

import pytest

from tests.browser.axe import grave_findings
from tests.browser.conftest import PHONE, arrive

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
CARD = ".tour-card:not([hidden])"
LAST, WAITS = 8, 5


def invited(pages, app, **options):
    page = pages(**options)
    arrive(page, app[0], "/", "#ask-viewer")
    page.wait_for_selector("#ask-welcome .invitation")
    return page


def begun(pages, app, **options):
    page = invited(pages, app, **options)
    page.locator(".invitation .go").click()
    until(page, 1)
    return page


def until(page, number):
    page.wait_for_function(
        "([card, said]) => document.querySelector(card)?.querySelector('.tour-count').textContent === said",
        arg=[CARD, f"{number} of {LAST}"],
    )


def judged(page):
    """What the learner does, not the tour."""
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")


def is_over(page):
    page.wait_for_selector(".tour-card", state="detached")
    assert page.locator(".tour-frame").count() == 0


@SIZES
def test_it_goes_through_the_first_case_and_leads_to_the_next(pages, app, options):
    page = begun(pages, app, **options)
    assert "case=t-1" in page.url and "tour" not in page.url.replace("first-steps-tour", "")
    for number in range(1, WAITS + 1):
        until(page, number)
        card, wide = page.locator(CARD).bounding_box(), page.viewport_size
        assert card["x"] >= 0 and card["x"] + card["width"] <= wide["width"]
        assert card["y"] >= 0 and card["y"] + card["height"] <= wide["height"], "the callout is on the screen"
        page.locator(".tour-next").click()
    page.wait_for_selector(".tour-card", state="hidden")
    assert page.locator("#case-viewer .row .label").count() == 0, "nothing was drawn for the learner"
    assert page.locator("#case-absent input:checked").count() == 0
    judged(page)
    for number in range(WAITS + 1, LAST + 1):
        until(page, number)
        page.locator(".tour-next").click()
    is_over(page)
    page.wait_for_function("() => location.search.includes('case=t-2')")
    page.goto(app[0] + "/")
    page.wait_for_selector("#ask-images .gallery a")
    assert page.locator("#ask-welcome .invitation").count() == 0, "who has read a case is not new"


def test_by_keyboard_the_focus_stays_in_the_callout_and_escape_ends_it(pages, app):
    page = begun(pages, app)
    focused = "() => document.activeElement.className"
    page.wait_for_function(f"() => ({focused})() === 'tour-next'")
    page.keyboard.press("Enter")
    until(page, 2)
    assert page.evaluate(focused) == "tour-next"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(focused) == "tour-back"
    page.keyboard.press("Enter")
    until(page, 1)
    page.locator(".tour-next").focus()
    page.keyboard.press("Enter")
    until(page, 2)
    page.locator(".tour-go").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.classList.contains('stage')"), "one can go to what is described"
    page.locator(".tour-skip").focus()
    page.keyboard.press("Escape")
    is_over(page)
    assert page.evaluate("() => document.activeElement.classList.contains('stage')"), "the focus is not lost"


def test_it_is_never_in_the_way_of_drawing(pages, app):
    page = begun(pages, app)
    page.locator(".tour-next").click()
    until(page, 2)
    stage, card = (page.locator(one).bounding_box() for one in ("#case-viewer .stage", CARD))
    assert card["x"] >= stage["x"] + stage["width"] or card["y"] >= stage["y"] + stage["height"]
    x, y = stage["x"] + stage["width"] * 0.6, stage["y"] + stage["height"] * 0.6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 60, steps=4)
    page.mouse.up()
    page.wait_for_selector("#case-viewer .picker:not([hidden])")
    until(page, 2)


def test_a_reload_goes_on_and_an_answer_that_comes_early_takes_it_on(pages, app):
    page = begun(pages, app)
    page.locator(".tour-next").click()
    until(page, 2)
    page.reload()
    until(page, 2)
    judged(page)
    until(page, WAITS + 1)


def test_who_skips_or_declines_is_not_asked_again_and_may_begin_from_the_foot(pages, app):
    page = begun(pages, app)
    page.locator(".tour-skip").click()
    is_over(page)
    page.goto(app[0] + "/")
    page.wait_for_selector("#ask-welcome .invitation", state="attached")
    assert not page.locator("#ask-welcome .invitation").is_visible()
    page.locator("footer.bottom a").click()
    until(page, 1)
    other = invited(pages, app)
    other.locator(".invitation button").click()
    other.wait_for_selector("#ask-welcome .invitation", state="hidden")
    other.reload()
    other.wait_for_selector("#ask-welcome .invitation", state="attached")
    assert not other.locator("#ask-welcome .invitation").is_visible()


@SIZES
def test_axe_finds_nothing_in_it(pages, app, options):
    page = invited(pages, app, **options)
    assert grave_findings(page) == []
    page.locator(".invitation .go").click()
    until(page, 1)
    assert grave_findings(page) == []


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("path", ["/", "/practise", "/report", "/progress", "/library", "/build", "/judging"])
def test_on_a_phone_the_current_page_is_in_sight_and_it_shows_that_there_are_more(pages, app, path, width):
    page = pages(**PHONE | {"viewport": {"width": width, "height": 640}})
    page.goto(app[0] + path)
    page.wait_for_selector(".frame .top nav[data-more]", state="attached")
    page.wait_for_function(
        """() => {
            const nav = document.querySelector(".frame .top nav");
            const [a, b] = [nav, nav.querySelector("[aria-current]")].map((one) => one.getBoundingClientRect());
            return b.left >= a.left - 1 && b.right <= a.right + 1 && b.right <= innerWidth;
        }"""
    )
    more = page.locator(".frame .top nav").get_attribute("data-more")
    assert more, "seven pages do not fit, and a fade says so"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
