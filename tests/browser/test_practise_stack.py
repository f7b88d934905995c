"""Practise on a stack that came in as DICOM: found on one of its slices, judged there, kept as a draft."""

from dataclasses import replace

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.casebook import CaseSet, Reader
from ssg.casebook.ingest import Limits, ingest
from ssg.casebook.ingest.cases import cases_of
from ssg.casebook.writing import write_manifest
from ssg.reward import Region
from tests.browser.conftest import PHONE, arrive
from tests.casebook.ingest.making import ct, save
from tests.serving import site
from tests.web.fakes import FakeGrounder

pytestmark = pytest.mark.browser

FRAMES, SIDE = 24, 160
NODULE = (60, 60, 90, 90)


@pytest.fixture(scope="module")
def stack_app(tmp_path_factory):
    """A site with one case: a stack with a nodule on slices 10 to 14, which was taken in from DICOM files."""
    folder = tmp_path_factory.mktemp("stack")
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    volume = np.tile((rows + columns) // 4 - 200, (FRAMES, 1, 1)).astype(np.int16)
    volume[10:15, NODULE[1] : NODULE[3], NODULE[0] : NODULE[2]] = 60
    save(folder / "in", {f"{number}.dcm": one for number, one in enumerate(ct(values=volume))})
    found = ingest([folder / "in"], folder / "set", Limits(look_for_text=False))
    (case,), _ = cases_of(found.studies)
    regions = tuple(Region("nodule", Box(*NODULE), None, None, frame, "n1") for frame in range(10, 15))
    reader = Reader(regions, ("pleural effusion",), "A")

    made = replace(case, title="Cough", history="Cough.", readers=(reader,), question=("nodule", "pleural effusion"))
    write_manifest(CaseSet("stack", "Stacks", "1", "CC0-1.0", "made", False, (made,)), folder / "set")
    with site(folder / "data", FakeGrounder, (folder / "set",)) as running:
        yield running


def opened(pages, app, **options):
    page = pages(**options)
    return page, arrive(page, app[0], "/practise", "#case-viewer")


def go_to(page, slice_number):
    page.locator("#case-viewer .slices input").fill(str(slice_number - 1))
    page.wait_for_function(
        "(wanted) => document.querySelector('#case-viewer .slice-count').textContent.startsWith(wanted)",
        arg=f"{slice_number} /",
    )
    page.wait_for_timeout(300)


def draw_nodule(page, hand):
    hand.drag(NODULE[:2], NODULE[2:])
    page.keyboard.type("nodule")
    hand.press("Enter", "Escape")


def test_a_nodule_on_one_of_its_slices_is_found(pages, stack_app):
    page, hand = opened(pages, stack_app)
    assert page.locator("#case-viewer .slice-count").text_content() == f"{FRAMES // 2 + 1} / {FRAMES}"
    go_to(page, 12)
    draw_nodule(page, hand)
    page.get_by_label("pleural effusion", exact=True).check()
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-again")
    feedback = page.locator("#case-feedback").inner_text()
    assert "100" in feedback and "Missed" not in feedback
    assert page.locator("#case-viewer .row").count() == 6, "the learner's box, and the reader's on five slices"


def test_beside_its_slices_it_is_missed_and_the_list_leads_there(pages, stack_app):
    page, hand = opened(pages, stack_app)
    go_to(page, 3)
    draw_nodule(page, hand)
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-again")
    assert "Missed" in page.locator("#case-feedback").inner_text()
    page.locator("#case-viewer .row-name").last.click()
    page.wait_for_function(
        "() => document.querySelector('#case-viewer .slice-count').textContent.startsWith('15 /')", timeout=5_000
    )


def test_a_draft_comes_back_on_its_slice_from_the_server(pages, stack_app):
    page, hand = opened(pages, stack_app)
    go_to(page, 7)
    draw_nodule(page, hand)
    page.wait_for_timeout(1_200)
    page.evaluate("localStorage.clear()")
    page.reload()
    hand.wait_for("ready")
    assert "slice 7" in page.locator("#case-viewer .facts").inner_text()


def test_it_can_be_used_on_a_phone(pages, stack_app):
    page, _ = opened(pages, stack_app, **PHONE)
    go_to(page, 12)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def shown_on(page, said, picture):
    page.wait_for_function(
        """([said, picture]) => {
            const viewer = document.querySelector("#case-viewer .ssg-viewer");
            return viewer.querySelector(".chain-caption")?.textContent.includes(said)
                && viewer.dataset.seen === String(picture);
        }""",
        arg=[said, picture],
    )


def test_a_hint_leads_to_the_third_of_its_slices(pages, stack_app):
    page, hand = opened(pages, stack_app)
    go_to(page, 3)
    draw_nodule(page, hand)
    row = page.locator('#case-absent [data-finding="nodule"]')
    row.locator(".hint-open").click()
    row.locator(".hint-take").click()
    shown_on(page, "Search here", 12)
    assert "in the middle third of its slices" in row.locator(".hints").inner_text()
    assert len(hand.boxes()) == 1, "what is drawn stays"


def test_the_way_to_what_was_missed_is_replayed_on_its_slice(pages, stack_app):
    page, _ = opened(pages, stack_app)
    go_to(page, 3)
    page.locator("#case-submit").click()
    page.wait_for_selector("#case-again")
    page.locator("[data-replay]").first.click()
    missed = [region.picture for region in stack_app[1].practice.case("stack", case_of(stack_app)).readers[0].regions]
    shown_on(page, "Missed: nodule", missed[0])


def case_of(app):
    return app[1].practice.order[0][1]
