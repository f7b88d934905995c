"""Build, the list of a set's cases: found by title, put in their places, several removed at once."""

import threading

import pytest

from ssg.casebook import read_case_set
from ssg.errors import BadInput
from ssg.settings import BUNDLED_CASES
from tests.browser.conftest import PHONE, arrive
from tests.casebook.ingest.making import radiograph, save
from tests.serving import site
from tests.web.fakes import FakeGrounder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """(address, the workshop, the id of a set with cases)."""
    with site(tmp_path_factory.mktemp("cases"), FakeGrounder) as (address, services):
        shop = services.workshop
        made = shop.create("Chest basics", "CC0-1.0", "Ann")
        (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
        shop.copy_in(made.id, read_case_set(folder), "Ann")
        yield address, shop, made.id


def opened(page, workplace):
    page.goto(f"{workplace[0]}/build?set={workplace[2]}")
    page.wait_for_selector("#set-cases li")
    return page


IN_SIGHT = "() => document.querySelector('#set-publishing').getBoundingClientRect().top < innerHeight"


def in_sight(page):
    return page.evaluate(IN_SIGHT)


def kept(workplace):
    return [work.case_id for work in workplace[1].store.cases(workplace[2])]


def test_cases_are_found_moved_to_a_place_and_removed_together(pages, workplace):
    page = opened(pages(), workplace)
    before = kept(workplace)
    titles = page.locator("#set-cases .title").all_inner_texts()
    page.locator("#set-cases [data-filter]").fill(titles[4].upper()[:6])
    seen = page.locator("#set-cases li:visible .title").all_inner_texts()
    assert titles[4] in seen and len(seen) < len(titles)
    assert page.locator("#set-cases .found").inner_text() == f"{len(seen)} of {len(titles)}"
    page.locator("#set-cases [data-filter]").fill("")

    with page.expect_response("**/api/workshop/order") as told:
        page.locator("#set-cases [data-place]").nth(4).fill("1")
        page.keyboard.press("Enter")
    assert told.value.ok and kept(workplace) == [before[4], *before[:4], *before[5:]]
    assert page.locator("#set-cases .title").first.inner_text() == titles[4]
    places = page.locator("#set-cases [data-place]")
    assert [places.nth(at).input_value() for at in range(6)] == ["1", "2", "3", "4", "5", "6"]

    button = page.locator("#set-cases [data-remove-chosen]")
    assert button.is_hidden()
    for at in (0, 2):
        page.locator("#set-cases [data-choose]").nth(at).check()
    assert button.inner_text() == "Remove the chosen: 2"
    page.on("dialog", lambda dialog: dialog.accept())
    now = kept(workplace)
    with page.expect_navigation():
        button.click()
    page.wait_for_selector("#set-cases li")
    assert kept(workplace) == [now[1], *now[3:]]
    page.wait_for_selector("#set-removed")


def test_on_a_phone_the_list_is_short_and_publishing_one_press_away(pages, workplace):
    page = opened(pages(**PHONE), workplace)
    box = page.locator("#set-cases").bounding_box()
    assert box["height"] < 75 * len(kept(workplace)), "a case is a line"
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert not in_sight(page)
    page.locator(".case-tools [data-jump]").click()
    page.wait_for_function(IN_SIGHT)


def test_the_image_of_an_open_case_is_whole_on_the_first_screen(pages, workplace):
    address, shop, set_id = workplace
    case_id = shop.store.cases(set_id)[2].case_id
    page = pages()
    arrive(page, address, f"/build?set={set_id}&case={case_id}", "#work-viewer")
    page.wait_for_selector("#work-head .work-cases img")
    stage = page.locator("#work-viewer .stage").bounding_box()
    assert stage["height"] > 600 and stage["y"] + stage["height"] <= 900
    row = page.locator("#work-head .work-cases").bounding_box()
    back = page.locator("#work-head .chip").first.bounding_box()
    assert row["y"] < back["y"] + back["height"] and back["y"] < row["y"] + row["height"], "in one line"


def test_progress_of_what_is_taken_in_has_a_place_of_its_own(pages, workplace, tmp_path, monkeypatch):
    address, shop, _ = workplace
    go_on = threading.Event()

    def slowly(*_args, on_step, **_more):
        on_step("reading", 1, 16)
        go_on.wait(30)
        raise BadInput("That was all.")

    monkeypatch.setattr(shop, "take_in", slowly)
    page = pages()
    page.goto(f"{address}/build?set={shop.create('Slow', 'private', 'Ann').id}")
    page.locator("#set-files input[type=file]").set_input_files(
        [str(path) for path in save(tmp_path, {"xr": radiograph(1)}).iterdir()]
    )
    page.wait_for_selector("#set-files table")
    page.locator("#set-take").click()
    page.wait_for_selector("#set-report .progress-bar")
    try:
        lows = page.evaluate(
            "() => [...document.querySelectorAll('#set-report .progress-text, #set-report .progress-level')]"
            ".map((part) => part.getBoundingClientRect().bottom)"
        )
        assert max(lows) <= page.locator("#set-import").bounding_box()["y"]
    finally:
        go_on.set()
    page.wait_for_selector("#set-report .note")
