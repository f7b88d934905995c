"""Take the screenshots of README and guides anew, with the shipped policy and the bundled cases.

.venv/bin/python -m scripts.screenshots [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import load_policy
from tests.browser.conftest import DESK, FLAGS, PHONE, arrive
from tests.serving import find_chromium, site

QUESTION, ASKED_OF = "is there fluid at the right base?", "Short of breath on the stairs"
DRAWN = "On the basketball court"
HINTED = "Breathless at night"
REPORT = "Right pneumothorax. No pleural effusion. Possible nodule on the left. The heart is of normal size."
KEY = "teaching"
SINGLE = {"device_scale_factor": 1}
"""Pictures of a page are read on a page: twice as many pixels only make the repository larger."""


def main(folder: Path) -> None:
    """Each page on a desktop and on a phone; and what a judged answer looks like."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        site(Path(data), lambda: Grounder(load_policy(adapters=())), instructor_key=KEY) as (address, services),
    ):
        services.desk.wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            for name, form in (("desktop", DESK), ("phone", PHONE | SINGLE)):
                page = browser.new_context(**form).new_page()
                page.set_default_timeout(120_000)  # on a busy machine a page takes its time
                _ask(page, address, services)
                page.screenshot(path=folder / f"ask-{name}.png")
                _practise(page, address, services, name == "desktop")
                page.screenshot(path=folder / f"practise-{name}.png")
                if name == "desktop":
                    _submit(page)
                    page.screenshot(path=folder / "judged-desktop.png")
                    _judging(page, address)
                    page.screenshot(path=folder / "judging-desktop.png")
                for part in _student(page, address, services):
                    page.screenshot(path=folder / f"{part}-{name}.png")
                _library(page, address)
                page.screenshot(path=folder / f"library-{name}.png")
                for part in _build(page, address, services):
                    page.screenshot(path=folder / f"{part}-{name}.png")
            browser.close()


def _named(services: Any, title: str) -> tuple[str, str]:
    return next(name for name in services.practice.order if services.practice.case(*name).title == title)


def _ask(page: Page, address: str, services: Any) -> None:
    image = services.case_images[_named(services, ASKED_OF)]
    arrive(page, address, f"/?image={image}", "#ask-viewer")
    page.locator("#ask-text textarea, #ask-text input").first.fill(QUESTION)
    page.locator("#ask-button").click()
    page.wait_for_selector("#ask-answer .finding", timeout=60_000)
    page.wait_for_timeout(1500)


def _practise(page: Page, address: str, services: Any, by_mouse: bool) -> None:
    """A case with one box of the student's, a little off what the reader marked."""
    name = _named(services, DRAWN)
    hand = arrive(page, address, f"/practise?set={name[0]}&case={name[1]}", "#case-viewer")
    if by_mouse:
        region = services.practice.case(*name).readers[0].regions[0]
        x0, y0, x1, y1 = region.box
        hand.drag([x0 + 8, y0 + 20], [x1 - 2, y1 - 30])
        page.keyboard.type(region.finding)
        hand.press("Enter", "Escape")
        page.get_by_label("rib fracture", exact=True).check()
    page.wait_for_timeout(800)


def _judging(page: Page, address: str) -> None:
    arrive(page, address, "/judging", "#judging-viewer")
    page.wait_for_selector("#judging-result .ring")
    page.wait_for_timeout(1500)


def _student(page: Page, address: str, services: Any) -> Iterator[str]:
    """What the student guide shows; each is yielded when it is to be seen."""
    set_id, case_id = _named(services, HINTED)
    hand = arrive(page, address, f"/practise?set={set_id}&case={case_id}", "#case-viewer")
    row = page.locator("#case-absent [data-finding]").first
    row.locator(".hint-open").click()
    for step in (1, 2):
        row.locator(f".hint-take[data-step='{step}']").click()
        row.locator(f".hints li:nth-child({step})").wait_for()
    page.wait_for_function("() => document.querySelector('#case-viewer .chain-caption').textContent.includes('2 of')")
    _above(page, "#case-absent" if page.viewport_size and page.viewport_size["width"] < 860 else "body")
    yield "hints"
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-again", state="visible")
    arrive(page, address, "/report?set=easily-missed&case=em-02", "#case-viewer")
    page.fill("#report-text textarea", REPORT)
    page.locator("#report-submit").click()
    page.wait_for_selector("#report-feedback .report-rows")
    page.wait_for_selector("#report-submit", state="detached")
    hand.wait_for("ready")
    _above(page, "#report-feedback")
    yield "report"
    page.goto(f"{address}/practise/rapid?count=20&feedback=end")
    page.wait_for_selector("#case-task .rapid")
    hand.wait_for("ready")
    page.wait_for_timeout(800)
    yield "rapid"
    page.goto(f"{address}/progress")
    page.wait_for_selector("#progress-grid .js-plotly-plot .main-svg")
    page.wait_for_timeout(1500)
    yield "progress"


def _above(page: Page, selector: str) -> None:
    """Scroll so that an element begins a little below the middle of the screen, the image above it."""
    page.evaluate(
        "(one) => scrollTo(0, one.getBoundingClientRect().top + scrollY - innerHeight * 0.45)",
        page.query_selector(selector),
    )
    page.wait_for_timeout(1200)


def _library(page: Page, address: str) -> None:
    page.goto(f"{address}/library?text=fluid+on+the+left")
    page.locator(".shelf li").first.wait_for()
    _pictures_are_there(page)


def _build(page: Page, address: str, services: Any) -> Iterator[str]:
    """A set of an instructor's, then the editor of one of its cases; each is yielded when it is to be seen."""
    shop = services.workshop
    set_id = next((one.id for one in shop.store.sets()), "")
    if not set_id:
        set_id = shop.create("Chest films of our teaching rounds", "CC-BY-4.0", "Dr Ann Example").id
        shop.copy_in(set_id, services.practice.case_set("easily-missed"), "Dr Ann Example")
    page.goto(f"{address}/build")
    page.locator("#build-name input, #build-name textarea").first.fill("Dr Ann Example")
    page.locator("#build-key input").fill(KEY)
    page.locator("#build-enter").click()
    page.locator("#build-sets").wait_for()
    page.goto(f"{address}/build?set={set_id}")
    page.locator(".work-cases img").first.wait_for()
    _pictures_are_there(page)
    yield "build"
    case_id = shop.store.cases(set_id)[1].case_id
    page.goto(f"{address}/build?set={set_id}&case={case_id}")
    page.wait_for_selector("#work-viewer .ssg-viewer[data-state=ready]", state="attached")
    page.wait_for_timeout(1500)
    yield "build-case"


def _pictures_are_there(page: Page) -> None:
    """Until all pictures in sight are painted; those below are only loaded when they come into it."""
    seen = "[...document.images].filter((one) => one.getBoundingClientRect().top < innerHeight)"
    page.wait_for_function(f"() => {seen}.every((one) => one.complete && one.naturalWidth)")
    page.wait_for_timeout(800)


def _submit(page: Page) -> None:
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
