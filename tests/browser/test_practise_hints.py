"""Practise in the browser: hints with their price, findings that are stated, and what comes after the answer."""

import pytest

from ssg.errors import Unavailable
from tests.browser.conftest import PHONE, arrive

pytestmark = pytest.mark.browser


def open_case(pages, app, case_id, **options):
    address, services = app
    name = next(name for name in services.practice.order if name[1] == case_id)
    page = pages(**options)
    hand = arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    return page, hand, services.practice.case(*name)


def row(page, finding):
    return page.locator(f'#case-absent [data-finding="{finding}"]')


def take(page, finding, step):
    row(page, finding).locator(f".hint-take[data-step='{step}']").click()
    page.wait_for_selector(f'[data-finding="{finding}"] .hints li:nth-child({step})')


def test_a_hint_says_its_price_before_and_comes_back_at_a_reload(pages, app):
    page, hand, _ = open_case(pages, app, "case-06")
    asked = row(page, "pneumothorax")
    assert not asked.locator(".hint-take").is_visible(), "on demand only"
    asked.locator(".hint-open").click()
    assert "costs 5 of 100" in asked.locator(".hint-take").inner_text()
    take(page, "pneumothorax", 1)
    said = asked.locator(".hints").inner_text()
    page.reload()
    hand.wait_for("ready")
    assert asked.locator(".hints").inner_text() == said
    assert "costs 10 of 100" in asked.locator(".hint-take").inner_text()


def test_what_was_outlined_is_seen_again_after_a_reload(pages, app):
    page, hand, _ = open_case(pages, app, "t-4")
    asked = row(page, "meningioma")
    asked.locator(".hint-open").click()
    take(page, "meningioma", 1)
    take(page, "meningioma", 2)
    page.reload()
    hand.wait_for("ready")
    caption = "(said) => document.querySelector('#case-viewer .chain-caption')?.textContent.includes(said)"
    assert not page.evaluate(caption, "Search here")
    asked.get_by_role("button", name="Show it again: hint 2 for meningioma").click()
    for said in ("Search here", "Landmark: "):
        page.wait_for_function(caption, arg=said)


def test_a_nudge_waits_for_a_box(pages, app):
    page, _, _ = open_case(pages, app, "case-11", expect_errors=True)
    asked = row(page, "pneumothorax")
    asked.locator(".hint-open").click()
    take(page, "pneumothorax", 1)
    take(page, "pneumothorax", 2)
    asked.locator(".hint-take[data-step='3']").click()
    asked.get_by_text("Draw it and name it first").wait_for()
    assert "15 of 100" in asked.locator(".hint-panel > .hint").inner_text(), "nothing more is paid"
    assert asked.locator(".hint-take[data-step='3']").is_enabled()


def test_the_landmark_is_outlined_and_what_is_drawn_stays(pages, app):
    page, hand, case = open_case(pages, app, "case-07")
    hand.drag([100, 100], [220, 240])
    page.keyboard.type(case.question[0])
    hand.press("Enter", "Escape")
    before = hand.boxes()
    row(page, "mass").locator(".hint-open").click()
    take(page, "mass", 1)
    take(page, "mass", 2)
    page.wait_for_function(
        "() => document.querySelector('#case-viewer .chain-caption')?.textContent.includes('Landmark: ')"
    )
    assert hand.boxes() == before
    assert row(page, case.question[0]).locator(".drawn-count").inner_text() == "1 drawn"
    hand.drag([300, 300], [380, 380])
    page.keyboard.type("mass")
    hand.press("Enter", "Escape")
    take(page, "mass", 3)
    assert "before you decide" in row(page, "mass").locator(".hints li").last.inner_text()


def test_the_mark_says_what_hints_cost(pages, app):
    page, hand, case = open_case(pages, app, "case-10")
    row(page, "nodule").locator(".hint-open").click()
    take(page, "nodule", 1)
    [region] = case.readers[0].regions
    hand.drag(region.box.corners[:2], region.box.corners[2:])
    page.keyboard.type("nodule")
    hand.press("Enter", "Escape")
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")
    assert "less 5 for hints" in page.locator("#case-feedback").inner_text()


def test_a_diffuse_finding_is_stated_with_side_and_confidence_by_keyboard(pages, app):
    page, hand, _ = open_case(pages, app, "case-14")
    asked = row(page, "pulmonary edema")
    asked.locator("input[data-says=present]").focus()
    page.keyboard.press("Space")
    asked.locator("[data-part=side]").select_option("bilateral")
    with page.expect_response(lambda answer: "/api/drafts" in answer.url):
        asked.locator("[data-grade='4']").press("Enter")
    page.reload()
    hand.wait_for("ready")
    assert asked.locator("input[data-says=present]").is_checked()
    assert asked.locator("[data-part=side]").input_value() == "bilateral"
    assert asked.locator("[data-grade='4']").get_attribute("aria-pressed") == "true"
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")
    assert "rightly stated to be there" in page.locator("#case-feedback").inner_text()
    page.wait_for_selector("#case-again")
    assert asked.locator("input[data-says=present]").is_checked() and asked.locator("input").first.is_disabled()


def test_a_check_hides_the_reference_until_it_is_asked_for(pages, app):
    page, hand, case = open_case(pages, app, "case-21")
    hand.drag([100, 100], [220, 240])
    page.keyboard.type(case.question[0])
    hand.press("Enter", "Escape")
    page.locator("#case-check").click()
    page.wait_for_selector("#case-feedback .checked")
    assert page.locator("#case-viewer .ssg-viewer[data-mode=draw]").count() == 1
    assert len(hand.boxes()) == 1
    page.reload()
    hand.wait_for("ready")
    page.wait_for_selector("#case-feedback .checked")
    assert page.locator("#case-viewer .row .label").count() == 1, "one's own box, and no reader's"
    page.locator("[data-go-on]").click()
    page.locator("#case-check").click()
    page.wait_for_selector("[data-show]")
    page.locator("[data-show]").click()
    page.wait_for_selector("#case-feedback .ring")
    page.wait_for_selector("#case-viewer .ssg-viewer[data-mode=show]")
    page.wait_for_selector("#case-again")
    assert page.locator("#case-viewer .row .label").count() > 1


def test_the_way_to_what_was_missed_is_replayed(pages, app):
    page, _, _ = open_case(pages, app, "case-03")
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-again")
    page.locator("[data-replay]").first.click()
    for said in ("Look here first", "Landmark: ", "Missed: "):
        page.wait_for_function(
            "(said) => document.querySelector('#case-viewer .chain-caption')?.textContent.includes(said)", arg=said
        )


def test_readers_are_seen_one_by_one(pages, app):
    page, hand, case = open_case(pages, app, "case-25")
    hand.drag([100, 100], [220, 240])
    page.keyboard.type(case.question[-1])
    hand.press("Enter", "Escape")
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-again")
    rows = page.locator("#case-viewer .row .label")
    whole = 1 + len(case.readers[0].regions)
    count = "(wanted) => document.querySelectorAll('#case-viewer .row .label').length === wanted"
    assert rows.count() == whole
    page.get_by_role("button", name="Mine", exact=True).click()
    page.wait_for_function(count, arg=1)
    page.get_by_role("button", name=f"Reader {case.readers[0].id}", exact=True).click()
    page.wait_for_function(count, arg=whole)
    page.get_by_role("button", name="Mine", exact=True).click()
    page.wait_for_function(count, arg=1)
    page.get_by_role("button", name="All", exact=True).click()
    page.wait_for_function(count, arg=whole)


def test_what_the_ai_sees_is_labelled_and_beside_the_readers(pages, app):
    page, _, _ = open_case(pages, app, "case-18")
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-ai")
    page.locator("#case-ai").click()
    page.wait_for_selector("#case-ai-answer .ai-answer")
    assert "no part in your mark" in page.locator("#case-ai-answer").inner_text()
    assert "The policy's boxes" in page.locator("#case-viewer").inner_text()
    page.locator("#case-next").click()
    page.wait_for_selector("#case-viewer .ssg-viewer[data-mode=draw]")
    assert page.locator("#case-ai-answer .ai-answer").count() == 0


def test_without_a_policy_that_is_said(pages, app, monkeypatch):
    def none(*_):
        raise Unavailable("The policy could not be loaded; the log says why.")

    monkeypatch.setattr(app[1].desk, "ground", none)
    page, _, _ = open_case(pages, app, "case-19")
    page.locator("#case-submit").click()
    page.locator("#case-ai").click()
    page.locator("#case-ai-answer .note", has_text="could not be loaded").wait_for(state="visible")


def test_the_search_list_is_there_on_demand(pages, app):
    page, _, _ = open_case(pages, app, "case-20")
    assert not page.get_by_text("Behind the clavicles").is_visible()
    page.get_by_text("What a reader checks here").click()
    assert page.get_by_text("Behind the clavicles").is_visible()
    assert page.get_by_text("No clinician has reviewed it").is_visible()


def test_a_phone_that_is_turned_in_mid_draw_loses_nothing(pages, app):
    page, hand, case = open_case(pages, app, "case-23", **PHONE)
    page.locator("#case-viewer .stage").scroll_into_view_if_needed()
    hand.swipe([150, 200], [350, 420])
    page.keyboard.press("Escape")
    before = hand.boxes()
    assert len(before) == 1
    (x0, y0), (x1, y1) = hand.at(400, 300), hand.at(500, 400)
    hand.touch("touchStart", (x0, y0))
    hand.touch("touchMove", ((x0 + x1) / 2, (y0 + y1) / 2))
    page.set_viewport_size({"width": 844, "height": 390})
    hand.settle()
    hand.touch("touchEnd")
    page.set_viewport_size({"width": 390, "height": 844})
    hand.settle()
    boxes = hand.boxes()
    assert boxes[0] == before[0], "what was drawn before stays as it was"
    assert all(0 <= one[0] < one[2] <= case.width and 0 <= one[1] < one[3] <= case.height for one in boxes)


@pytest.mark.parametrize("options", [{}, PHONE])
def test_hints_and_statements_fit_the_screen(pages, app, options):
    page, _, _ = open_case(pages, app, "case-17" if options else "case-26", **options)
    for button in page.locator(".hint-open").all():
        button.click()
    for choice in page.locator("input[data-says=present]").all():
        choice.check(force=True)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
