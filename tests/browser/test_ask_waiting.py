"""Ask while the policy still looks: what was asked last is answered, on its own image, and what is typed stays."""

import threading
from typing import ClassVar

import numpy as np
import pytest

from ssg.imaging import png_bytes
from tests.browser.conftest import Hand, arrive
from tests.serving import site
from tests.web.fakes import FakeGrounder

pytestmark = pytest.mark.browser


class HeldGrounder(FakeGrounder):
    """A policy that answers only while it is ``free``, and remembers what it was asked."""

    free = threading.Event()
    asked: ClassVar[list[str]] = []

    def ground(self, pixels, texts, *about):
        self.asked.extend(texts)
        assert self.free.wait(60)
        return super().ground(pixels, texts, *about)


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """The site with a policy that can be held up: (address, services)."""
    HeldGrounder.free.set()
    with site(tmp_path_factory.mktemp("slow"), HeldGrounder) as running:
        yield running
        HeldGrounder.free.set()


@pytest.fixture
def waiting(pages, slow):
    """A tab of Ask whose policy is held up after the question "cardiomegaly" has reached it."""
    page = pages()
    arrive(page, slow[0], "/", "#ask-viewer")
    HeldGrounder.asked.clear()
    HeldGrounder.free.clear()
    ask(page, "cardiomegaly")
    until(page, lambda: HeldGrounder.asked == ["cardiomegaly"])
    yield page
    HeldGrounder.free.set()


def field(page):
    return page.locator("#ask-text :is(textarea, input)").first


def ask(page, typed):
    field(page).fill(typed)
    page.locator("#ask-button").click()


def until(page, done):
    for _ in range(200):
        if done():
            return
        page.wait_for_timeout(50)
    raise AssertionError("waited too long")


def answer_to(page, typed):
    """Wait for the answer to a question."""
    page.locator("#ask-answer .asked q", has_text=typed).wait_for()


def upload(page, file):
    ramp = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    file.write_bytes(png_bytes(ramp))
    page.locator("#ask-upload input[type=file]").set_input_files(str(file))
    page.wait_for_function("() => document.querySelector('#ask-viewer canvas').getAttribute('aria-label') === 'Image'")


def test_a_question_asked_while_another_is_answered_is_answered_too(waiting):
    ask(waiting, "big heart")
    HeldGrounder.free.set()
    answer_to(waiting, "big heart")
    assert "q=big+heart" in waiting.url


def test_of_five_quick_questions_the_last_one_stays(waiting):
    for typed in ("nodule", "mass", "collapsed lung", "left effusion"):
        field(waiting).fill(typed)
        field(waiting).press("Enter")
        waiting.wait_for_timeout(60)  # between two keys of a fast hand
    field(waiting).fill("something that is not asked")
    HeldGrounder.free.set()
    answer_to(waiting, "left effusion")
    waiting.wait_for_timeout(500)
    answer_to(waiting, "left effusion")
    assert "q=left+effusion" in waiting.url
    assert HeldGrounder.asked == ["cardiomegaly", "left effusion"]


def test_the_address_holds_what_was_answered_and_the_field_what_is_typed(waiting):
    field(waiting).fill("is there a nod")
    HeldGrounder.free.set()
    answer_to(waiting, "cardiomegaly")
    assert "q=cardiomegaly" in waiting.url
    waiting.reload()
    answer_to(waiting, "cardiomegaly")
    assert field(waiting).input_value() == "is there a nod"


def test_an_answer_is_not_shown_on_another_image(waiting, slow, tmp_path):
    upload(waiting, tmp_path / "mine.png")
    asked_of = waiting.url
    HeldGrounder.free.set()
    waiting.locator("#ask-more .chip", has_text="cardiomegaly").wait_for()  # it is in the history
    waiting.wait_for_timeout(500)
    assert waiting.locator("#ask-answer .finding").count() == 0
    assert waiting.locator("#ask-viewer .row").count() == 0
    assert waiting.locator("#ask-viewer canvas.image").get_attribute("aria-label") == "Image"
    assert waiting.url == asked_of
    assert "q=" not in asked_of
    ask(waiting, "mass")
    answer_to(waiting, "mass")
    assert asked_of.split("?")[1] in waiting.url


def test_an_image_that_is_chosen_meanwhile_stays_chosen(waiting, slow):
    waiting.locator("#ask-images .gallery a").nth(3).click()
    waiting.wait_for_function("() => location.search.includes('image=')")
    Hand(waiting, slow[0], root="#ask-viewer").wait_for("ready")
    chosen = waiting.url
    HeldGrounder.free.set()
    waiting.wait_for_timeout(1500)
    assert waiting.locator("#ask-answer .finding").count() == 0
    assert waiting.locator("#ask-viewer .row").count() == 0
    assert waiting.url == chosen
    waiting.reload()
    waiting.locator("#ask-more .chip", has_text="cardiomegaly").wait_for()  # it is in the history


def test_a_question_that_waits_is_still_in_the_field_after_a_reload(waiting, slow):
    waiting.reload()
    Hand(waiting, slow[0], root="#ask-viewer").wait_for("ready")
    assert field(waiting).input_value() == "cardiomegaly"


def test_half_a_question_is_still_there_on_another_image(pages, slow):
    page = pages()
    hand = arrive(page, slow[0], "/", "#ask-viewer")
    field(page).fill("is there flui")
    page.locator("#ask-images .gallery a").nth(1).click()
    page.wait_for_function("() => location.search.includes('image=')")
    hand.wait_for("ready")
    assert field(page).input_value() == "is there flui"
    chip = page.locator("#ask-more .chip").nth(1)  # which questions are offered depends on the image
    asked = chip.inner_text()
    chip.click()
    answer_to(page, asked)
    assert field(page).input_value() == asked
