"""axe-core finds nothing serious or critical on any page in any state that a person meets, on a desk and on a phone."""

import pytest

from tests.browser.axe import grave_findings
from tests.browser.conftest import PHONE, Hand, arrive
from tests.serving import site
from tests.web.fakes import FakeGrounder

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
CASE = "set=chest-xray-first-steps&case=case-07"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A site of its own, in which an instructor has a set: (address, services, the set, one of its cases)."""
    with site(tmp_path_factory.mktemp("accessible"), FakeGrounder) as (address, services):
        shop = services.workshop
        set_id = shop.create("Chest films of our rounds", "CC-BY-4.0", "Dr Ann Example").id
        shop.copy_in(set_id, services.practice.case_set("first-steps-tour"), "Dr Ann Example")
        services.desk.wait()
        yield address, services, set_id, shop.store.cases(set_id)[0].case_id


def no_grave(page):
    assert grave_findings(page) == []


def submitted(page, address, path=f"/practise?{CASE}"):
    """A judged case, with what was found, missed and excluded."""
    hand = arrive(page, address, path, "#case-viewer")
    page.locator("#case-absent input[data-says=absent]").first.check()
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")
    page.wait_for_selector("#case-again", state="visible")
    hand.wait_for("ready")
    return hand


@SIZES
def test_ask(pages, place, options):
    page = pages(**options)
    arrive(page, place[0], "/", "#ask-viewer")
    page.wait_for_selector("#ask-images .gallery a")
    no_grave(page)
    for typed, answer in (("left effusion", ".finding.present"), ("mass", ".finding.absent"), ("shadow", ".unclear")):
        page.locator("#ask-text textarea, #ask-text input").first.fill(typed)
        page.locator("#ask-button").click()
        page.wait_for_selector(f"#ask-answer {answer}")
        no_grave(page)


@SIZES
def test_practise_while_drawing(pages, place, options):
    page = pages(**options)
    hand = arrive(page, place[0], f"/practise?{CASE}", "#case-viewer")
    no_grave(page)
    hand.focus()
    hand.press("n", "Enter")
    hand.find(".picker").wait_for()
    no_grave(page)  # the box is asked for its name
    hand.press("Enter", "Escape")
    no_grave(page)


@SIZES
def test_practise_with_hints_open_and_lists_unfolded(pages, place, options):
    page = pages(**options)
    arrive(page, place[0], f"/practise?{CASE}", "#case-viewer")
    first = page.locator("#case-absent .ask-row").first
    first.locator(".hint-open").click()
    for step in (1, 2):
        first.locator(f".hint-take[data-step='{step}']").click()
        first.locator(f".hints li:nth-child({step})").wait_for()
    page.locator(".search-list summary").click()
    page.locator("details.cases > summary").click()
    no_grave(page)


@SIZES
def test_practise_judged(pages, place, options):
    page = pages(**options)
    submitted(page, place[0])
    no_grave(page)
    for fold in page.locator("#case-feedback details > summary").all():
        fold.click()
    page.locator("#case-ai").click()
    page.wait_for_selector("#case-ai-answer .ai-answer")
    no_grave(page)


@SIZES
def test_practise_checked_only(pages, place, options):
    page = pages(**options)
    arrive(page, place[0], f"/practise?{CASE}", "#case-viewer")
    page.locator("#case-check").click()
    page.wait_for_selector("#case-feedback .checked")
    no_grave(page)


@SIZES
def test_a_rapid_packet_and_its_summary(pages, place, options):
    page = pages(**options)
    hand = Hand(page, place[0], root="#case-viewer")
    page.goto(f"{place[0]}/practise/rapid?count=2&feedback=end")
    for number in (1, 2):
        page.wait_for_function(
            "(said) => document.querySelector('#case-head .rapid-bar')?.innerText.includes(said)", arg=f"{number} of 2"
        )
        hand.wait_for("ready")
        page.wait_for_selector("#case-task .rapid")
        if number == 1:
            no_grave(page)
        page.locator("[data-rapid=normal]").click()
    page.wait_for_selector(".rapid-summary")
    no_grave(page)


@SIZES
def test_a_stack_with_another_beside_it(pages, place, options):
    page = pages(**options)
    services = place[1]
    set_id, case_id = next(name for name in services.practice.order if len(services.practice.case(*name).series) > 1)
    hand = arrive(page, place[0], f"/practise?set={set_id}&case={case_id}", "#case-viewer")
    no_grave(page)
    hand.focus()
    hand.press("b")
    page.wait_for_selector(f"{hand.root} .second[data-state=ready]")
    hand.settle()
    no_grave(page)
    hand.press("?")
    page.wait_for_selector(f"{hand.root} .help")
    no_grave(page)


@SIZES
def test_report_while_it_is_written_and_judged(pages, place, options):
    page = pages(**options)
    arrive(page, place[0], "/report?set=easily-missed&case=em-02", "#case-viewer")
    page.wait_for_selector("#report-text textarea")
    no_grave(page)
    page.fill("#report-text textarea", "Right pneumothorax. No effusion. Possible nodule.")
    page.wait_for_selector("#report-read-now li.uncertain")
    no_grave(page)
    page.locator("#report-submit").click()
    page.wait_for_selector("#report-feedback .report-rows")
    page.wait_for_selector("#report-submit", state="detached")
    no_grave(page)


@SIZES
def test_progress_empty_and_full(pages, place, options):
    page = pages(**options)
    page.goto(f"{place[0]}/progress")
    page.wait_for_selector("#progress-head .empty-state")
    no_grave(page)
    submitted(page, place[0])
    page.goto(f"{place[0]}/progress")
    page.wait_for_selector("#progress-head .tiles")
    page.wait_for_selector("#progress-grid .js-plotly-plot .main-svg")
    for table in page.locator("#progress-grid details > summary").all():
        table.click()
    no_grave(page)


@SIZES
def test_library_with_and_without_a_result(pages, place, options):
    page = pages(**options)
    page.goto(f"{place[0]}/library?text=fluid+on+the+left")
    page.wait_for_selector(".shelf li")
    page.locator(".more summary").first.click()
    no_grave(page)
    page.goto(f"{place[0]}/library?text=zzzz")
    page.wait_for_selector("#library-results")
    no_grave(page)


@SIZES
def test_build_its_sets_a_set_and_a_case(pages, place, options):
    address, _, set_id, case_id = place
    page = pages(**options)
    page.goto(f"{address}/build")
    page.wait_for_selector("#build-sets .work-sets")
    no_grave(page)
    page.goto(f"{address}/build?set={set_id}")
    page.wait_for_selector("#set-cases .work-cases img")
    no_grave(page)
    hand = arrive(page, address, f"/build?set={set_id}&case={case_id}&reader=Ann", "#work-viewer")
    page.wait_for_selector("#work-title")
    no_grave(page)
    hand.focus()
    hand.press("n", "Enter", "Enter", "Escape")
    no_grave(page)


@SIZES
def test_judging(pages, place, options):
    page = pages(**options)
    arrive(page, place[0], "/judging", "#judging-viewer")
    page.wait_for_selector("#judging-result .ring")
    no_grave(page)


@SIZES
def test_the_help_of_the_viewer(pages, place, options):
    page = pages(**options)
    hand = arrive(page, place[0], f"/practise?{CASE}", "#case-viewer")
    hand.focus()
    hand.press("?")
    page.wait_for_selector("#case-viewer dialog[open], #case-viewer .help:not([hidden])")
    no_grave(page)
