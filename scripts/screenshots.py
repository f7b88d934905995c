"""Take the README's screenshots anew, with the shipped policy and the bundled cases.

.venv/bin/python -m scripts.screenshots [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import load_policy
from tests.browser.conftest import DESK, FLAGS, PHONE, arrive
from tests.serving import find_chromium, site

QUESTION, ASKED_OF = "is there fluid at the right base?", "Short of breath on the stairs"
DRAWN = "On the basketball court"
SINGLE = {"device_scale_factor": 1}
"""Pictures of a page are read on a page: twice as many pixels only make the repository larger."""


def main(folder: Path) -> None:
    """Ask and Practise, on a desktop and on a phone; what a judged answer looks like; and Judging."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        site(Path(data), lambda: Grounder(load_policy(adapters=()))) as (address, services),
    ):
        services.desk.wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            for name, form in (("desktop", DESK), ("phone", PHONE | SINGLE)):
                page = browser.new_context(**form).new_page()
                _ask(page, address, services)
                page.screenshot(path=folder / f"ask-{name}.png")
                _practise(page, address, services, name == "desktop")
                page.screenshot(path=folder / f"practise-{name}.png")
                if name == "desktop":
                    _submit(page)
                    page.screenshot(path=folder / "judged-desktop.png")
                    _judging(page, address)
                    page.screenshot(path=folder / "judging-desktop.png")
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


def _submit(page: Page) -> None:
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-feedback .ring")
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
