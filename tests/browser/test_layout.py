"""What stands where, on a phone and on a desk."""

import itertools

import pytest

from tests.browser.conftest import PHONE, arrive

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(pages, app):
    """``phone(path, viewer)``: a page on a phone."""

    def opened(path, viewer):
        page = pages(**PHONE)
        arrive(page, app[0], path, viewer)
        return page

    return opened


def box(page, selector):
    return page.locator(selector).first.bounding_box()


def test_the_history_stands_above_the_image_on_a_phone(phone):
    page = phone("/practise", "#case-viewer")
    page.wait_for_selector("#case-head .history")
    history, viewer = box(page, "#case-head .history"), box(page, "#case-viewer")
    assert history["y"] + history["height"] <= viewer["y"]


def test_no_two_words_of_the_toolbar_touch_on_a_phone(phone):
    page = phone("/practise", "#case-viewer")
    words = [one.bounding_box() for one in page.locator("#case-viewer .tool.worded span").all()]
    assert len(words) == 4
    for left, right in itertools.pairwise(words):
        assert right["y"] > left["y"] + 10 or right["x"] - (left["x"] + left["width"]) >= 8


def test_the_question_is_asked_on_the_first_screen_of_a_phone(phone):
    page = phone("/", "#ask-viewer")
    button = box(page, "#ask-button")
    assert button["y"] + button["height"] <= 844 * 0.85


def test_every_image_can_be_reached_from_ask(phone, app):
    page = phone("/", "#ask-viewer")
    page.wait_for_selector("#ask-images .gallery a")
    assert page.locator("#ask-images .gallery a").count() == len(app[1].practice)
    last = page.locator("#ask-images .gallery a").last
    last.scroll_into_view_if_needed()
    last.click()
    page.wait_for_function("() => location.search.includes('image=')")
    page.wait_for_selector("#ask-images [aria-current]")
    page.wait_for_timeout(300)
    assert 0 <= box(page, "#ask-images [aria-current]")["x"] < 390  # brought into the strip's sight


def test_how_sure_is_explained_where_it_is_asked(pages, app):
    page = pages()
    hand = arrive(page, app[0], "/practise", "#case-viewer")
    hand.drag([100, 100], [220, 240])
    hand.press("Enter")
    assert hand.find(".picker .legend").inner_text() == "1 a guess … 5 certain"


def test_titles_in_the_list_of_cases_begin_at_one_edge(pages, app):
    page = pages()
    arrive(page, app[0], "/practise", "#case-viewer")
    page.locator("details.cases > summary").click()
    assert page.locator(".cases .title").first.evaluate("(one) => getComputedStyle(one).textAlign") == "left"


def test_a_wrong_address_of_a_case_says_so_and_shows_the_list(pages, app):
    page = pages()
    page.goto(f"{app[0]}/practise?set=nothing&case=nope")
    page.wait_for_selector("#case-head .note")
    assert "no such case" in page.locator("#case-head .note").inner_text()
    assert "upload" not in page.locator("#case-viewer .state").inner_text()
    assert page.locator(".cases .sets summary").first.is_visible()
