"""Report in Chromium: write, see what is read, hand in, go from sentences to regions and back; nothing is lost."""

import pytest

from tests.browser.conftest import PHONE, arrive

pytestmark = pytest.mark.browser

CASE = "/report?set=easily-missed&case=em-02"
TEXT = "FINDINGS: Right pneumothorax. No effusion.\nIMPRESSION: Right pneumothorax, possible nodule."
FIELD = "#report-text textarea"


def open_case(pages, app, **options):
    page = pages(**options)
    hand = arrive(page, app[0], CASE, "#case-viewer")
    page.wait_for_selector(FIELD)
    return page, hand


def hand_in(page, text=TEXT):
    page.fill(FIELD, text)
    page.locator("#report-submit").click()
    page.wait_for_selector("#report-feedback .report-rows")
    page.wait_for_selector("#report-submit", state="detached")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_a_report_is_read_while_it_is_written_and_judged_sentence_by_sentence(pages, app, options):
    page, _ = open_case(pages, app, **options)
    page.fill(FIELD, TEXT)
    page.wait_for_selector("#report-read-now li.uncertain")
    assert page.locator("#report-read-now li").count() == 4
    page.locator("#report-submit").click()
    page.wait_for_selector("#report-feedback .report-rows")
    sentences = page.locator("#report-feedback .report-sentences li:not(.section)")
    assert [sentences.nth(at).get_attribute("class") for at in range(3)] == ["good", "good", "near"]
    assert page.locator("#report-feedback .model-answer").inner_text().count("Pneumothorax on the right") == 2
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "nothing sticks out at the side"


def test_a_sentence_shows_its_region_and_a_region_its_sentences(pages, app):
    page, hand = open_case(pages, app)
    hand_in(page)
    hand.wait_for("ready")
    sentence = page.locator("#report-feedback .report-sentences button").first
    sentence.click()
    page.wait_for_selector("#case-viewer li.row.selected")
    assert sentence.get_attribute("aria-pressed") == "true"
    page.locator(f"{hand.root} .stage").press("Escape")
    page.wait_for_selector("#case-viewer li.row.selected", state="detached")
    assert sentence.get_attribute("aria-pressed") == "false"
    page.locator("#case-viewer li.row .row-name").first.click()
    page.wait_for_selector("#report-feedback button[aria-pressed=true]")


def test_after_handing_in_the_page_is_as_after_a_reload(pages, app):
    page, hand = open_case(pages, app)
    hand_in(page)
    seen = "[...document.querySelectorAll('#report-feedback, #case-head, #report-again')].map((one) => one.innerText)"
    before = page.evaluate(seen)
    page.reload()
    hand.wait_for("ready")
    page.wait_for_selector("#report-feedback .report-rows")
    assert page.evaluate(seen) == before


def test_what_is_written_survives_a_reload(pages, app):
    page, hand = open_case(pages, app)
    page.fill(FIELD, "Left effusion")
    page.wait_for_selector("#report-read-now li.present")
    page.reload()
    hand.wait_for("ready")
    page.wait_for_selector(FIELD)
    assert page.input_value(FIELD) == "Left effusion"
    page.wait_for_selector("#report-read-now li.present")


def test_what_cannot_be_judged_is_said_and_stays(pages, app):
    page, _ = open_case(pages, app, expect_errors=True)
    page.fill(FIELD, "A lovely picture.")
    page.locator("#report-submit").click()
    page.wait_for_selector("#report-feedback [role=alert]")
    assert "No finding was read" in page.locator("#report-feedback").inner_text()
    assert page.input_value(FIELD) == "A lovely picture."
    assert page.locator("#report-submit").is_enabled()


def test_without_a_connection_nothing_is_lost(pages, app):
    page, hand = open_case(pages, app, expect_errors=True)
    page.fill(FIELD, TEXT)
    page.wait_for_selector("#report-read-now li.present")
    page.context.set_offline(True)
    page.locator("#report-submit").click()
    page.wait_for_selector("#report-feedback [role=alert]")
    page.fill(FIELD, TEXT + " Written without a connection.")
    page.context.set_offline(False)
    page.reload()
    hand.wait_for("ready")
    page.wait_for_function(f"() => document.querySelector('{FIELD}')?.value.endsWith('connection.')")
    page.locator("#report-submit").click()
    page.wait_for_selector("#report-feedback .report-rows")


def test_what_only_this_browser_has_is_there_when_the_page_opens(pages, app):
    page, hand = open_case(pages, app)
    page.fill(FIELD, "Right pneumothorax.")
    page.wait_for_selector("#report-read-now li.present")
    page.wait_for_timeout(1000)  # the server has it
    shelf = "ssg-report:easily-missed/em-02"
    page.evaluate("([shelf, text]) => localStorage.setItem(shelf, text)", [shelf, "Right pneumothorax. No effusion."])
    page.reload()
    hand.wait_for("ready")
    page.wait_for_function(f"() => document.querySelector('{FIELD}')?.value === 'Right pneumothorax. No effusion.'")
    page.wait_for_function("(shelf) => localStorage.getItem(shelf) === null", arg=shelf)


def test_write_again_and_next_begin_empty(pages, app):
    page, hand = open_case(pages, app)
    hand_in(page)
    page.locator("#report-again").click()
    page.wait_for_selector(FIELD)
    assert page.input_value(FIELD) == ""
    assert page.locator("#report-feedback").inner_text().strip() == ""
    page.locator("#report-next").click()
    page.wait_for_function("() => !location.search.includes('em-02')")
    hand.wait_for("ready")
