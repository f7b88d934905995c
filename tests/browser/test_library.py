"""The Library in a browser: search without a new page, addresses that bring the search back, a packet to its end."""

import pytest

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])


def opened(page, app, query=""):
    page.goto(f"{app[0]}/library{query}")
    page.locator(".shelf li").first.wait_for()
    return page


@SIZES
def test_a_search_is_an_address_and_no_new_page(pages, app, options):
    page = opened(pages(**options), app)
    page.evaluate("window.stayed = true")
    page.locator("#library-text").fill("no pneumothorax ankle")
    page.locator("#library-text").press("Enter")
    page.wait_for_url("**text=no+pneumothorax+ankle*")
    page.locator("#library-text").fill("swollen")
    page.locator(".lib-button").first.click()
    page.wait_for_url("**text=swollen*")
    page.locator(".more summary").click()
    page.locator("select[name=modality]").select_option("DX")
    page.wait_for_url("**modality=DX*")
    found = page.locator(".shelf li").count()
    assert 0 < found < 20 and page.evaluate("window.stayed") is True
    page.reload()
    page.locator(".shelf li").first.wait_for()
    assert page.locator(".shelf li").count() == found
    assert page.locator("#library-text").input_value() == "swollen"
    assert page.locator("select[name=modality]").input_value() == "DX"  # and the filters are unfolded
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_findings_are_shown_when_they_are_asked_for(pages, app):
    page = opened(pages(), app, "?finding=pneumothorax")
    assert page.locator(".shelf .found").count() == 0
    page.locator(".answers input").check()
    page.wait_for_url("**answers=1*")
    page.locator(".shelf .found").first.wait_for()
    assert all("pneumothorax" in one for one in page.locator(".shelf .found").all_inner_texts())


@SIZES
def test_a_packet_is_gone_through_case_by_case(pages, app, options):
    page = opened(pages(**options), app, "?modality=MR")
    page.locator(".packet input[type=number]").fill("3")
    page.locator(".packet button").click()
    seen = []
    for number in (1, 2, 3, 1):
        page.locator("#case-head .crumb", has_text=f"Case {number} of 3 · Your packet").wait_for()
        seen.append(page.locator("#case-head h1").inner_text())
        assert page.locator("#case-list li").count() == 3
        if number == 2:
            page.reload()  # the address knows the packet
            page.locator("#case-head .crumb", has_text="Case 2 of 3 · Your packet").wait_for()
        page.locator("#case-next").click()
    assert len(set(seen)) == 3 and seen[3] == seen[0]


def test_an_answer_in_a_packet_stays_in_the_packet(pages, app):
    page = opened(pages(), app, "?modality=DX&kind=normal")
    page.locator(".packet input[type=number]").fill("2")
    page.locator(".packet button").click()
    page.locator("#case-head .crumb", has_text="Case 1 of 2").wait_for()
    for box in page.locator("#case-absent input").all():
        box.check()
    page.locator("#case-submit").click()
    page.wait_for_url("**attempt=*packet=*")
    page.locator("#case-list .best", has_text="100").wait_for()
    assert page.locator("#case-list li").count() == 2
    page.locator("#case-feedback a", has_text="Similar cases").click()
    page.locator(".library h2", has_text="Cases like").wait_for()
    assert page.locator(".shelf li").count() == 12


def test_a_case_is_opened_from_its_tile(pages, app):
    page = opened(pages(), app, "?text=swollen+ankles")
    title = page.locator(".shelf .title").first.inner_text()
    page.locator(".shelf a").first.click()
    page.locator("#case-head h1", has_text=title).wait_for()


def test_every_page_can_be_reached_on_a_phone(pages, app):
    page = opened(pages(**PHONE), app)
    nav = page.locator(".frame nav")
    assert nav.get_attribute("data-more"), "what does not fit is faded, so that it is clear that there is more"
    for link in page.locator(".frame nav a").all():
        link.scroll_into_view_if_needed()  # as a finger does
        box = link.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
