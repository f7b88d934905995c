"""Ask and Practise in a real browser: type, draw with mouse and keyboard, submit, read, reload."""

import pytest

from tests.browser.conftest import PHONE, Hand, arrive

pytestmark = pytest.mark.browser


@pytest.fixture
def asking(pages, app):
    """``asking()`` is a tab with the page Ask."""

    def opened():
        page = pages()
        arrive(page, app[0], "/", "#ask-viewer")
        return page

    return opened


def ask(page, typed):
    page.locator("#ask-text textarea, #ask-text input").first.fill(typed)
    page.locator("#ask-button").click()


def test_a_typed_finding_is_shown_on_the_image_and_in_words(asking):
    page = asking()
    ask(page, "is there fluid at the left base?")
    page.wait_for_selector("#ask-answer .finding.present")
    assert "left pleural effusion" in page.locator("#ask-answer .finding").inner_text().lower()
    page.wait_for_selector("#ask-viewer .row .label")
    assert "q=is+there+fluid" in page.url


def test_what_is_not_there_is_an_answer_of_its_own(asking):
    page = asking()
    ask(page, "mass")
    page.wait_for_selector("#ask-answer .finding.absent")


def test_unclear_words_offer_what_they_may_mean(asking):
    page = asking()
    ask(page, "shadow")
    page.wait_for_selector("#ask-answer .unclear .chip")
    page.locator("#ask-answer .unclear .chip").first.click()
    page.wait_for_selector("#ask-answer .finding")


def test_a_question_survives_a_reload(asking):
    page = asking()
    ask(page, "cardiomegaly")
    page.wait_for_selector("#ask-answer .finding.present")
    page.reload()
    page.wait_for_selector("#ask-answer .finding.present")


def test_an_image_of_ones_own_can_be_asked_about(asking, app, tmp_path):
    import numpy as np

    from ssg.imaging import png_bytes

    file = tmp_path / "mine.png"
    file.write_bytes(png_bytes(np.tile(np.arange(256, dtype=np.uint8), (200, 1))))
    page = asking()
    page.locator("#ask-upload input[type=file]").set_input_files(str(file))
    page.wait_for_function("() => location.search.includes('image=')")
    Hand(page, app[0], root="#ask-viewer").wait_for("ready")
    ask(page, "nodule")
    page.wait_for_selector("#ask-answer .finding.present")


def test_a_file_that_is_no_image_is_refused_in_words(asking, tmp_path):
    file = tmp_path / "notes.png"
    file.write_text("no picture at all")
    page = asking()
    page.locator("#ask-upload input[type=file]").set_input_files(str(file))
    page.wait_for_selector("#ask-answer .note")
    assert "notes.png" in page.locator("#ask-answer .note").inner_text()


def first_case(services, number):
    name = services.practice.order[number]
    return name, services.practice.case(*name)


def test_draw_name_exclude_submit_and_read_with_the_mouse(pages, app):
    address, services = app
    name, case = first_case(services, 0)
    region = case.readers[0].regions[0]
    page = pages()
    hand = arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    x0, y0, x1, y1 = (round(value) for value in region.box)
    hand.drag([x0, y0], [x1, y1])
    page.keyboard.type(region.finding)
    hand.press("Enter", "Escape")
    for finding in case.question:
        if finding not in case.present:
            page.get_by_label(finding, exact=True).check()
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")
    assert int(page.locator("#case-feedback .number").inner_text()) >= 95
    assert page.locator("#case-feedback .bar").count() == 4
    page.reload()
    page.wait_for_selector("#case-feedback .ring")
    [attempt] = [one for one in services.practice._store.attempts(learner(page, services)) if one.case_id == case.id]
    assert attempt.receipt in page.locator("#case-feedback").inner_text()


def learner(page, services):
    [cookie] = [one for one in page.context.cookies() if one["name"] == "ssg_learner"]
    return services.cookie.read(cookie["value"])


def test_the_same_by_keyboard_alone(pages, app):
    address, services = app
    name, _ = first_case(services, 1)
    page = pages()
    hand = arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    hand.find(".stage").focus()
    hand.press("n", "ArrowRight", "ArrowRight", "Shift+ArrowDown", "Enter", "Enter", "Escape")
    assert len(hand.boxes()) == 1
    page.locator("#case-submit").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#case-feedback .ring")


def test_a_half_done_answer_survives_a_reload(pages, app):
    address, services = app
    name, case = first_case(services, 2)
    page = pages()
    hand = arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    hand.drag([100, 100], [220, 240])
    page.keyboard.type(case.question[0])
    with page.expect_response(lambda answer: "/api/drafts" in answer.url):
        hand.press("Enter", "Escape")
    page.get_by_label(case.question[-1], exact=True).check()
    page.wait_for_timeout(900)
    page.reload()
    hand.wait_for("ready")
    page.wait_for_selector("#case-viewer .row .label")
    assert page.get_by_label(case.question[-1], exact=True).is_checked()


def test_an_unnamed_box_is_refused_and_nothing_is_lost(pages, app):
    address, services = app
    name, _ = first_case(services, 3)
    page = pages(expect_errors=True)
    hand = arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    hand.draw([100, 100, 220, 240])
    hand.press("Escape")
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .note")
    assert "no finding" in page.locator("#case-feedback .note").inner_text()
    assert len(hand.boxes()) == 1


def test_next_opens_another_case(pages, app):
    address, services = app
    name, case = first_case(services, 4)
    page = pages()
    arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    page.locator("#case-next").click()
    page.wait_for_function(f"() => !document.querySelector('#case-head h1').textContent.includes({case.title!r})")
    assert "case=" in page.url


@pytest.mark.parametrize("path", ["/", "/practise"])
def test_the_phone_layout_fits_the_screen(pages, app, path):
    address, _ = app
    page = pages(**PHONE)
    arrive(page, address, path, "#ask-viewer" if path == "/" else "#case-viewer")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
