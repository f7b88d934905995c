"""The choice of a specialty on Ask: seen where adapters are loaded, heard by the policy, kept by links and reloads."""

import threading

import pytest

from tests.browser.conftest import PHONE, arrive
from tests.serving import site
from tests.web.fakes import FakeGrounder
from tests.web.test_specialties import ADAPTERS, ALL

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def special(tmp_path_factory):
    """The site with a policy that has adapters: (address, services)."""
    with site(tmp_path_factory.mktemp("special"), lambda: FakeGrounder(ALL, ADAPTERS)) as running:
        assert running[1].desk.wait(60)
        yield running


def choose(page, title):
    page.locator("#ask-specialty input").click()
    page.get_by_role("option", name=title).click()


def ask(page, typed):
    page.locator("#ask-text textarea, #ask-text input").first.fill(typed)
    page.locator("#ask-button").click()


def facts(page, said):
    page.locator("#ask-answer .facts", has_text=said).wait_for()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_what_is_chosen_answers_and_stays_chosen(pages, special, options):
    page = pages(**options)
    arrive(page, special[0], "/", "#ask-viewer")
    assert page.locator("#ask-specialty input").input_value() == "Automatic"
    ask(page, "cardiomegaly")
    facts(page, "specialty: Base (automatic)")
    assert "specialty" not in page.url
    choose(page, "Brain MR")
    ask(page, "nodule")
    facts(page, "specialty: Brain MR")
    assert "specialty=brain-mr" in page.url
    page.reload()
    facts(page, "specialty: Brain MR")
    assert page.locator("#ask-specialty input").input_value() == "Brain MR"
    page.locator("#ask-more .chip").first.click()
    page.wait_for_url("**q=Is+there*")
    facts(page, "specialty: Brain MR")
    choose(page, "Automatic")
    page.locator("#ask-more .chip").nth(1).click()
    page.wait_for_url("**q=big+heart*")
    facts(page, "specialty: Base (automatic)")


def test_there_is_none_without_adapters(pages, app):
    page = pages()
    arrive(page, app[0], "/", "#ask-viewer")
    ask(page, "cardiomegaly")
    page.wait_for_selector("#ask-answer .finding.present")
    assert not page.locator("#ask-specialty").is_visible()


def test_an_old_link_is_answered_and_not_passed_on(pages, app):
    page = pages()
    arrive(page, app[0], "/?q=cardiomegaly&specialty=brain-mr", "#ask-viewer")
    page.wait_for_selector("#ask-answer .finding.present")
    page.locator("#ask-more .chip").nth(1).click()
    page.wait_for_url("**q=big+heart*")
    page.wait_for_selector("#ask-answer .finding.present")
    assert "specialty" not in page.url


def test_the_choice_appears_with_a_policy_that_was_still_being_loaded(pages, tmp_path):
    done = threading.Event()
    with site(tmp_path, lambda: done.wait(60) and FakeGrounder(ALL, ADAPTERS)) as (address, _):
        page = pages()
        arrive(page, address, "/", "#ask-viewer")
        assert not page.locator("#ask-specialty").is_visible()
        done.set()
        ask(page, "cardiomegaly")
        facts(page, "specialty: Base (automatic)")
        page.locator("#ask-specialty input").wait_for()
        page.close()  # before its server goes


@pytest.mark.parametrize("adapters", [ADAPTERS, {}], ids=["others", "none"])
def test_a_bookmark_of_a_specialty_that_is_gone_is_answered_and_forgotten(pages, tmp_path, adapters):
    done = threading.Event()
    with site(tmp_path, lambda: done.wait(60) and FakeGrounder(ALL, adapters)) as (address, _):
        page = pages()
        arrive(page, address, "/?q=cardiomegaly&specialty=old", "#ask-viewer")
        done.set()
        page.locator("#ask-answer .note", has_text="no specialty “old”").wait_for()
        page.wait_for_selector("#ask-answer .finding.present")
        page.wait_for_function("() => location.search.includes('q=cardiomegaly')")
        assert "specialty" not in page.url
        if adapters:
            page.locator("#ask-specialty input").wait_for()
            assert page.locator("#ask-specialty input").input_value() == "Automatic"
        ask(page, "nodule")
        page.locator("#ask-answer .asked q", has_text="nodule").wait_for()
        assert page.locator("#ask-answer .note").count() == 0
        page.close()
