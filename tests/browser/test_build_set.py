"""Build, one set: its head, its order, folders, data sets of other formats, downloads, and what was removed."""

import pytest

from ssg.casebook import read_case_set
from ssg.settings import BUNDLED_CASES
from tests.browser.conftest import PHONE, unfold
from tests.casebook.ingest.making import ct, save
from tests.serving import site
from tests.teaching.test_importing import picture
from tests.web.fakes import FakeGrounder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """(address, services, the id of a set with cases)."""
    with site(tmp_path_factory.mktemp("set"), FakeGrounder) as (address, services):
        made = services.workshop.create("Chest basics", "CC0-1.0", "Ann")
        (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
        services.workshop.copy_in(made.id, read_case_set(folder), "Ann")
        yield address, services, made.id


@pytest.fixture
def opened(pages, workplace):
    """The page of the set."""
    page = pages()
    page.goto(f"{workplace[0]}/build?set={workplace[2]}")
    page.wait_for_selector("#set-cases li")
    return page


def test_the_head_of_a_set_is_edited_and_a_second_one_is_told(opened, workplace):
    _, services, set_id = workplace
    store = services.workshop.store
    unfold(opened, "set-about")
    opened.locator("#set-order input").fill("12")
    opened.locator("#set-description textarea").fill("For the third year.")
    now = store.set(set_id)
    store.save_set(set_id, now.head, now.revision, "Bob")
    opened.locator("#set-save").click()
    opened.wait_for_selector("#set-saved .note")
    assert "Bob changed the set" in opened.locator("#set-saved").inner_text()
    opened.locator("#set-save").click()
    opened.wait_for_selector("#set-saved .good")
    head = store.set(set_id).head
    assert head["order"] == 12 and head["description"] == "For the third year."
    made, problems = services.workshop.draft(set_id)
    assert not problems and made.order == 12


def test_cases_are_moved_and_stay_where_they_were_put(opened, workplace):
    _, services, set_id = workplace
    before = [work.case_id for work in services.workshop.store.cases(set_id)]
    with opened.expect_response("**/api/workshop/order"):
        opened.locator("#set-cases [data-move='1']").first.click()
    assert [work.case_id for work in services.workshop.store.cases(set_id)][:2] == [before[1], before[0]]
    titles = opened.locator("#set-cases .title").all_inner_texts()
    opened.reload()
    opened.wait_for_selector("#set-cases li")
    assert opened.locator("#set-cases .title").all_inner_texts() == titles


def test_a_folder_is_taken_in_and_its_series_are_shown(opened, workplace, tmp_path):
    save(tmp_path / "in", {f"deep/{number}.dcm": one for number, one in enumerate(ct())})
    with opened.expect_file_chooser() as chosen:
        opened.locator("#set-files-folder button").click()
    chosen.value.set_files(str(tmp_path / "in"))
    opened.wait_for_selector("#set-files .file-preview, #set-files table")
    opened.locator("#set-take").click()
    opened.wait_for_selector("#set-report .strip img", timeout=60_000)
    assert "6 images · axial · 0.8 × 0.5 mm · every 3 mm" in opened.locator("#set-report .strip").inner_text()
    loaded = "() => [...document.querySelectorAll('#set-report .strip img')].some((one) => one.naturalWidth > 0)"
    opened.wait_for_function(loaded)


def test_a_data_set_is_looked_at_then_taken_in(opened, workplace, tmp_path):
    _, services, set_id = workplace
    table = tmp_path / "boxes.csv"
    table.write_text(
        "image,label,xmin,ymin,xmax,ymax\na.png,nodule,1,1,20,20\na.png,blobby,1,1,9,9\nb.png,mass,1,1,9,9\n"
    )
    before = len(services.workshop.store.cases(set_id))
    unfold(opened, "set-import")
    files = [str(table), str(picture(tmp_path / "a.png"))]
    opened.locator("#import-files input[type=file]").set_input_files(files)
    opened.wait_for_selector("#import-files .file-preview, #import-files table")
    opened.locator("#import-look").click()
    opened.wait_for_selector("#import-take")
    told = opened.locator("#import-report").inner_text()
    assert "Format table. Pictures named: 2, of which are here: 1." in told and "Labels without a name here: 1" in told
    assert len(services.workshop.store.cases(set_id)) == before
    meanings = opened.locator("#import-meanings textarea")
    assert meanings.input_value() == "blobby ="
    meanings.fill("blobby = massive")
    opened.locator("#import-take").click()
    opened.get_by_text("Line 1 of the labels").wait_for()
    meanings.fill("blobby = mass")
    opened.locator("#import-take").click()
    opened.wait_for_selector("#import-report .good")
    work = services.workshop.store.cases(set_id)[-1]
    assert services.workshop.open(set_id, work.case_id).case.present == ("nodule", "mass")


def test_what_was_removed_is_brought_back(pages, workplace):
    address, services, set_id = workplace
    store = services.workshop.store
    opened = pages(expect_errors=True)  # pictures that are still asked for when their set goes are not found
    opened.goto(f"{address}/build?set={set_id}")
    opened.wait_for_selector("#set-cases li")
    count, last = len(store.cases(set_id)), store.cases(set_id)[-1]
    store.remove_case(set_id, last.case_id, "Bob")
    opened.reload()
    opened.wait_for_selector("#set-removed")
    unfold(opened, "set-removed")
    opened.locator("#set-removed-choice label").first.click()
    opened.locator("#set-bring-back").click()
    opened.wait_for_function("(count) => document.querySelectorAll('#set-cases li').length === count", arg=count)
    assert store.cases(set_id)[-1].case_id == last.case_id
    opened.locator("#set-remove").click()
    opened.wait_for_selector("#home-removed")
    assert set_id not in [work.id for work in store.sets()]
    unfold(opened, "home-removed")
    opened.locator("#home-removed-choice label").first.click()
    opened.locator("#home-bring-back").click()
    opened.wait_for_selector("#set-cases li")
    assert set_id in [work.id for work in store.sets()]


def test_a_push_without_a_version_or_a_token_is_told(opened, workplace, monkeypatch):
    _, services, set_id = workplace
    unfold(opened, "set-away")
    opened.wait_for_selector("#set-exports a")
    assert opened.locator("#set-exports a").count() == 5
    opened.locator("#set-hub-name input").fill("somebody/chest")
    opened.locator("#set-push").click()
    opened.wait_for_selector("#set-pushed .note")
    assert "Publish a version first" in opened.locator("#set-pushed").inner_text()
    services.workshop.publish(set_id, "1.0.0", "", "Ann")
    pushed = []
    monkeypatch.setattr("ssg.web.pages.build_away.push_set", lambda *given: pushed.append(given) or "https://hub/x")
    opened.locator("#set-push").click()
    opened.wait_for_selector("#set-pushed .good")
    assert pushed == [(services.workshop.versions.folder(set_id, "1.0.0"), "somebody/chest", True)]


def test_a_case_that_cannot_be_opened_is_removed_when_that_is_confirmed(pages, workplace):
    address, services, _ = workplace
    made = services.workshop.create("Broken", "private", "Ann")
    services.workshop.store.add_case(made.id, "a", {"title": "No pictures"}, "Ann")
    page = pages()
    page.goto(f"{address}/build?set={made.id}")
    page.wait_for_selector("#set-cases [data-remove]")
    page.once("dialog", lambda asked: asked.dismiss())
    page.locator("#set-cases [data-remove]").click()
    assert services.workshop.store.cases(made.id)
    page.once("dialog", lambda asked: asked.accept())
    page.locator("#set-cases [data-remove]").click()
    page.wait_for_selector("#set-removed")
    assert not services.workshop.store.cases(made.id)


def test_what_kind_of_images_they_are_is_said_of_all_cases_at_once(opened, workplace):
    _, services, set_id = workplace
    shop = services.workshop
    first = shop.store.cases(set_id)[0]
    shop.save(set_id, first.case_id, {"view": None}, first.revision, "Ann")
    said = [work.body.get("view") for work in shop.store.cases(set_id)]
    unfold(opened, "set-kinds")
    opened.locator("#set-kinds-say").click()
    opened.wait_for_selector("#set-kinds-said .note")
    opened.locator("#set-kind-view input, #set-kind-view textarea").fill("oblique")
    opened.locator("#set-kinds-say").click()
    opened.wait_for_selector("#set-kinds-said .good")
    assert [work.body["view"] for work in shop.store.cases(set_id)] == [view or "oblique" for view in said]


def test_the_page_of_a_set_fits_a_phone(pages, workplace):
    page = pages(**PHONE)
    page.goto(f"{workplace[0]}/build?set={workplace[2]}")
    page.wait_for_selector("#set-cases li")
    for name in ("set-about", "set-import", "set-away"):
        unfold(page, name)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_version_is_removed_and_publishing_does_not_say_who_sees_it(pages, tmp_path):
    with site(tmp_path / "data", FakeGrounder) as (address, services):
        shop = services.workshop
        made = shop.create("Seen", "CC0-1.0", "Ann")
        (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
        shop.copy_in(made.id, read_case_set(folder), "Ann")
        shop.publish(made.id, "1.0.0", "", "Ann")
        shop.store.set_visibility(made.id, "public", "Ann")
        page = pages()
        page.goto(f"{address}/build?set={made.id}")
        page.wait_for_selector("#set-cases li")
        shop.store.set_visibility(made.id, "private", "Bob")
        page.locator("#set-publish").click()
        page.wait_for_selector("#set-said .good")
        assert shop.store.set(made.id).visibility == "private", "what Bob has withdrawn stays withdrawn"
        page.locator("#set-versions input").nth(1).check()
        page.locator("#set-drop").click()
        page.locator("#set-drop-sure").click()
        page.wait_for_selector("#set-said .good:has-text('1.0.0 is removed')")
        assert [one.version for one in shop.store.versions(made.id)] == ["1.1.0"]
        page.close()
