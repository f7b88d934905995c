"""Build: from DICOM files to a set with boxes of two readers that a student opens; two instructors at once."""

from dataclasses import replace

import pytest

from ssg.boxes import Box
from ssg.casebook import read_case_set
from ssg.settings import BUNDLED_CASES
from ssg.teaching.arranging import put_first
from tests.browser.conftest import PHONE, arrive, unfold
from tests.casebook.ingest.making import ct, radiograph, save
from tests.serving import site
from tests.web.fakes import FakeGrounder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """(address, services, files): a site of its own, and the DICOM files of three cases."""
    folder = tmp_path_factory.mktemp("build")
    files = {f"xr{number}.dcm": radiograph(number, StudyInstanceUID=f"1.7.{number}") for number in (1, 2)}
    files |= {f"ct{number}.dcm": one for number, one in enumerate(ct())}
    save(folder / "in", files)
    with site(folder / "data", FakeGrounder) as (address, services):
        yield address, services, [str(path) for path in sorted((folder / "in").iterdir())]


def field(page, name):
    return page.locator(f"#{name} textarea, #{name} input").first


def begun(page, workplace, title="Chest basics"):
    """A set with three cases, by hand."""
    address, _, files = workplace
    page.goto(f"{address}/build")
    field(page, "build-title").fill(title)
    field(page, "build-licence").fill("private")
    page.locator("#build-create").click()
    page.wait_for_url("**/build?set=*")
    page.locator("#set-files input[type=file]").set_input_files(files)
    page.wait_for_selector("#set-files .file-preview, #set-files table")
    page.locator("#set-take").click()
    page.wait_for_selector("#set-report .good", timeout=60_000)
    assert page.locator("#set-report .good").inner_text() == "3 cases taken in."
    page.wait_for_function("() => document.querySelectorAll('#set-cases .work-cases li').length === 3")
    return page.url.partition("set=")[2]


def open_case(page, workplace, set_id, number, reader):
    case_id = workplace[1].workshop.store.cases(set_id)[number].case_id
    return arrive(page, workplace[0], f"/build?set={set_id}&case={case_id}&reader={reader}", "#work-viewer")


def mark(page, hand, box, finding):
    hand.drag(box[:2], box[2:])
    page.keyboard.type(finding)
    hand.press("Enter", "Escape")


def saved(page):
    """Until this very save is told: what was done before may be told there as well."""
    told = "() => document.querySelector('#work-said [data-saved]')?.dataset.saved ?? ''"
    before = page.evaluate(told)
    page.locator("#work-save").click()
    page.wait_for_function(f"(before) => ({told})() && ({told})() !== before", arg=before)
    page.wait_for_selector("#work-said .good")


def test_from_dicom_files_to_a_student(pages, workplace):
    page = pages()
    set_id = begun(page, workplace)
    assert "people and places" in page.locator("#set-report").inner_text()
    for number in range(3):
        hand = open_case(page, workplace, set_id, number, "Ann")
        field(page, "work-title").fill(f"Case {number + 1}")
        field(page, "work-history").fill("Cough for a week.")
        mark(page, hand, [1, 1, 6, 7], "nodule")
        saved(page)
    hand = open_case(page, workplace, set_id, 0, "Bob")
    assert "Reader Ann" in page.locator("#work-viewer .panel").inner_text().replace("READER", "Reader")
    mark(page, hand, [2, 1, 7, 7], "nodule")
    page.locator("#work-absent input").fill("pneumothorax")
    page.keyboard.press("Enter")
    field(page, "work-points").fill("nodule: calcified in its middle\nCompare with earlier films.")
    saved(page)
    _, services, _ = workplace
    first = services.workshop.open(set_id, services.workshop.store.cases(set_id)[0].case_id).case
    assert [reader.id for reader in first.readers] == ["Ann", "Bob"] and first.readers[1].absent == ("pneumothorax",)
    assert first.teaching_points[0].finding == "nodule" and first.teaching_points[1].finding is None

    page.goto(f"{workplace[0]}/build?set={set_id}")
    page.locator("#set-visibility").get_by_text("Everybody").click()
    page.wait_for_selector("#set-said .note:has-text('its pictures stay in the house')")
    assert services.workshop.store.set(set_id).visibility == "private", "it is asked first"
    page.locator("#set-public-sure").click()
    page.locator("#set-publish").click()
    page.wait_for_selector("#set-said .good")
    assert "Version 1.0.0 is published: 3 cases." in page.locator("#set-said").inner_text()

    student = pages()
    hand = arrive(student, workplace[0], f"/practise?set={set_id}", "#case-viewer")
    assert "Case 1" in student.locator("#case-head").inner_text()
    mark(student, hand, [1, 1, 6, 7], "nodule")
    student.locator("#case-submit").click()
    student.wait_for_selector("#case-again")
    assert "nodule" in student.locator("#case-feedback").inner_text()
    assert "calcified in its middle" in student.locator("#case-feedback").inner_text()


def test_of_two_versions_each_difference_is_chosen(pages, workplace):
    page, other = pages(), pages()
    set_id = begun(page, workplace, "Together")
    hand = open_case(page, workplace, set_id, 0, "Ann")
    his = open_case(other, workplace, set_id, 0, "Ann")
    field(page, "work-diagnosis").fill("first diagnosis")
    field(page, "work-findings").fill("first findings")
    mark(page, hand, [1, 1, 6, 7], "nodule")
    saved(page)
    field(other, "work-diagnosis").fill("second diagnosis")
    mark(other, his, [2, 1, 7, 7], "nodule")
    other.locator("#work-save").click()
    other.wait_for_selector("#work-said .note")
    assert "saved this case at" in other.locator("#work-said").inner_text()
    assert field(other, "work-diagnosis").input_value() == "second diagnosis", "nothing of it is lost"
    sides = other.locator("#work-sides").inner_text()
    assert "first diagnosis" in sides and "second diagnosis" in sides and "nodule [" in sides
    ticked = other.locator("#work-taken input:checked").count()
    assert ticked == 1, "only the findings were not touched here, and are taken from the other version"
    assert other.locator("#work-viewer .panel").inner_text().count("nodule") == 2, "both boxes are seen"
    other.locator("#work-save").click()
    other.wait_for_timeout(1000)
    assert field(page, "work-diagnosis").input_value() == "first diagnosis"
    shop = workplace[1].workshop
    kept = shop.store.cases(set_id)[0].body["diagnosis"]
    assert kept == "first diagnosis", "Save does not save over what somebody else has saved"
    other.locator("#work-join").click()
    other.wait_for_selector("#work-said .good")
    page.reload()
    page.wait_for_function("() => document.querySelector('#work-diagnosis textarea, #work-diagnosis input')?.value")
    assert field(page, "work-diagnosis").input_value() == "second diagnosis"
    assert field(page, "work-findings").input_value() == "first findings"
    case = workplace[1].workshop.open(set_id, workplace[1].workshop.store.cases(set_id)[0].case_id).case
    assert [round(one.box.x0) for one in case.readers[0].regions] == [2]


def test_proposals_are_accepted_corrected_and_rejected(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Proposed")
    hand = open_case(page, workplace, set_id, 1, "Ann")
    shop = workplace[1].workshop
    work = shop.store.cases(set_id)[1]
    field(page, "work-history").fill("being typed")
    unfold(page, "work-proposals")
    page.locator("#work-propose").click()
    page.wait_for_selector("#work-proposal input", state="attached")
    count = page.locator("#work-proposal input").count()
    assert count > 3 and "findings looked for" in page.locator("#work-proposed").inner_text()
    page.locator("#work-accept").click()
    page.wait_for_selector("#work-proposed .good")
    page.locator("#work-reject").click()
    page.wait_for_function(f"() => document.querySelectorAll('#work-proposal input').length === {count - 2}")
    page.locator("#work-correct").click()
    page.wait_for_selector("#work-take-moved")
    page.locator("#work-take-moved").click()
    page.wait_for_selector("#work-proposed .note[role=alert]")
    assert "move it first" in page.locator("#work-proposed").inner_text()
    hand.find(".panel [data-focus^='row:drawn']").last.click()
    hand.focus()
    hand.press("ArrowRight")
    page.locator("#work-take-moved").click()
    page.wait_for_function(f"() => document.querySelectorAll('#work-proposal input').length === {count - 3}")
    assert field(page, "work-history").input_value() == "being typed"
    case = shop.open(set_id, work.case_id).case
    assert [reader.id for reader in case.readers] == ["Ann"] and len(case.readers[0].regions) == 2
    kinds = [one.verdict["kind"] for one in shop.store.verdicts(set_id)]
    assert kinds == ["accepted", "rejected", "corrected"]
    last = shop.store.verdicts(set_id)[-1].verdict
    assert last["proposed"]["box"] != last["corrected"]["box"]
    saved(page)


def test_text_that_was_found_is_marked_and_covered(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Texts")
    shop = workplace[1].workshop
    work = shop.store.cases(set_id)[0]
    case = shop.open(set_id, work.case_id).case
    shop.texts._write(set_id, {case.pictures[2].file: (Box(1, 1, 4, 3), Box(5, 7, 8, 9))})
    page.goto(f"{workplace[0]}/build?set={set_id}")
    page.locator("#set-cases .flag").wait_for()
    assert "text seems to be burned into it" in page.locator("#set-check").inner_text()
    hand = open_case(page, workplace, set_id, 0, "Ann")
    mark(page, hand, [5, 1, 8, 5], "nodule")
    assert "at 2 places" in page.locator("#work-text-told").inner_text()
    page.locator("#work-text-mark").click()
    page.wait_for_function("() => document.querySelectorAll('#work-viewer .panel .row').length === 3")
    unfold(page, "work-more")
    page.locator("#work-blacken").click()
    page.locator("#work-sure").click()
    page.locator("#work-text").wait_for(state="hidden")
    page.wait_for_selector("#work-said .good")
    assert "2 places" in page.locator("#work-said").inner_text()
    assert "nodule" in page.locator("#work-viewer .panel .row").inner_text(), "the box that has a name stays"
    assert shop.texts.of(set_id, shop.open(set_id, work.case_id).case) == []


def choose_reader(page, name):
    field(page, "work-reader").fill(name)
    page.keyboard.press("Enter")


def test_another_reader_takes_over_and_no_text_is_lost(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Taking over")
    panel = page.locator("#work-viewer .panel")
    hand = open_case(page, workplace, set_id, 0, "Ann")
    mark(page, hand, [1, 1, 4, 4], "nodule")
    saved(page)
    mark(page, hand, [5, 6, 8, 10], "nodule")  # which stays Ann's draft
    field(page, "work-history").fill("Cough for a week.")
    choose_reader(page, "Bob")
    page.wait_for_url("**reader=Bob")
    assert "Nothing drawn yet" in panel.inner_text()
    assert field(page, "work-history").input_value() == "Cough for a week."
    mark(page, hand, [2, 1, 7, 7], "nodule")
    saved(page)
    shop = workplace[1].workshop
    case = shop.open(set_id, shop.store.cases(set_id)[0].case_id).case
    assert {one.id: len(one.regions) for one in case.readers} == {"Ann": 1, "Bob": 1}
    assert case.history == "Cough for a week."
    choose_reader(page, "Ann")
    page.wait_for_url("**reader=Ann")
    # Bob's box and her two: her draft is there again.
    page.wait_for_function("() => document.querySelectorAll('#work-viewer .panel .row').length === 3")
    page.locator("#work-absent input").fill("pneumothorax")
    page.keyboard.press("Enter")
    choose_reader(page, "Bob")
    page.wait_for_selector("#work-said .note")
    assert "The reader stays Ann" in page.locator("#work-said").inner_text()
    assert field(page, "work-reader").input_value() == "Ann" and page.url.endswith("reader=Ann")
    saved(page)
    case = shop.open(set_id, shop.store.cases(set_id)[0].case_id).case
    assert {one.id: (len(one.regions), one.absent) for one in case.readers} == {
        "Ann": (2, ("pneumothorax",)),
        "Bob": (1, ()),
    }


def test_readers_are_compared_and_adjudicated(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Compared")
    for name, box in (("Ann", [1, 1, 6, 7]), ("Bob", [2, 1, 7, 7])):
        hand = open_case(page, workplace, set_id, 0, name)
        mark(page, hand, box, "nodule")
        saved(page)
    unfold(page, "work-readers")
    page.wait_for_selector("#work-holds input:checked", state="attached")
    assert "Ann and Bob both mark it, IoU" in page.locator("#work-agreement").inner_text()
    page.locator("#work-adjudicate").click()
    page.wait_for_selector("#work-said .good")
    shop = workplace[1].workshop
    case = shop.open(set_id, shop.store.cases(set_id)[0].case_id).case
    assert [reader.id for reader in case.readers] == ["Ann", "Bob", "adjudicated"]
    assert case.readers[2].regions[0].box == case.readers[0].regions[0].box


def two_dates(shop):
    """A set of one case of two dates that nobody has read: the id of the set, and the case."""
    folder = next(path for path in BUNDLED_CASES.iterdir() if "follow" in path.name)
    known = read_case_set(folder)
    two = next(case for case in known.cases if len(case.series) == 2)
    made = shop.create("Follow-up", "CC0-1.0", "Ann")
    unread = replace(two, readers=(), question=(), teaching_points=())
    (work,) = shop.copy_in(made.id, replace(known, cases=(unread,)), "Ann")
    return made.id, work


def test_the_window_that_learners_meet_first_is_set_where_there_are_levels_for_it(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Windows")
    open_case(page, workplace, set_id, 0, "Ann")
    unfold(page, "work-series")
    field(page, "work-series-width").fill("400")
    field(page, "work-series-level").fill("40")
    page.locator("#work-series-save").click()
    page.wait_for_selector("#work-said .good")
    shop = workplace[1].workshop
    assert shop.open(set_id, shop.store.cases(set_id)[0].case_id).case.series[0].window == (400.0, 40.0)
    page.wait_for_function("() => /W(indow)? ?400/.test(document.querySelector('#work-viewer .readout').innerText)")
    open_case(page, workplace, *(lambda made, work: (made, 0, "Ann"))(*two_dates(shop)))
    unfold(page, "work-series")
    assert page.locator("#work-series-width").is_hidden(), "8 bits are shown as they are"


def test_series_are_named_put_first_and_left_out(pages, workplace):
    address, services, _ = workplace
    shop = services.workshop
    made, work = two_dates(shop)
    before = shop.open(made, work.case_id).case
    page = pages()
    hand = arrive(page, address, f"/build?set={made}&case={work.case_id}&reader=Ann", "#work-viewer")
    mark(page, hand, [100, 100, 200, 200], "nodule")
    field(page, "work-history").fill("being typed")
    unfold(page, "work-series")
    page.locator("#work-series-choice input").nth(1).check()
    page.wait_for_function(
        f"() => document.querySelector('#work-series-days input').value === '{before.series[1].days}'"
    )
    field(page, "work-series-title").fill("Half a year before")
    field(page, "work-series-days").fill("-0.5")
    page.locator("#work-series-save").click()
    page.wait_for_selector("#work-series-said .note:has-text('whole number')")
    field(page, "work-series-days").fill("-183")
    page.locator("#work-series-save").click()
    page.wait_for_function("() => document.querySelector('#work-series').innerText.includes('-183 days')")
    after = shop.open(made, work.case_id).case
    assert (after.series[1].title, after.series[1].days) == ("Half a year before", -183)
    assert page.locator("#work-series-choice input").nth(1).is_checked()
    page.locator("#work-series-first").click()
    page.wait_for_selector("#work-series-choice label:first-of-type:has-text('1. Half a year')")
    after = shop.open(made, work.case_id).case
    assert [one.id for one in after.series] == [one.id for one in before.series][::-1]
    assert "nodule" in page.locator("#work-viewer .panel .row").inner_text(), "the box that is not saved is there yet"
    page.locator("#work-series-choice input").nth(1).check()
    page.locator("#work-series-out").click()
    page.locator("#work-series-sure").click()
    page.wait_for_selector("#work-series-said .note")
    assert "You have drawn on this series" in page.locator("#work-series-said").inner_text()
    page.locator("#work-series-choice input").nth(0).check()
    page.locator("#work-series-out").click()
    page.locator("#work-series-sure").click()
    page.wait_for_function("() => document.querySelectorAll('#work-series-choice label').length === 1")
    after = shop.open(made, work.case_id).case
    assert [one.id for one in after.series] == [before.series[0].id]
    assert field(page, "work-history").input_value() == "being typed"
    saved(page)
    (marked,) = shop.open(made, work.case_id).case.readers[0].regions
    assert marked.picture == 0 and shop.open(made, work.case_id).case.history == "being typed"


def test_a_draft_is_restored_and_saved(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Drafted")
    hand = open_case(page, workplace, set_id, 0, "Ann")
    mark(page, hand, [1, 1, 6, 7], "nodule")
    shop = workplace[1].workshop
    work = shop.store.cases(set_id)[0]
    shop.save(set_id, work.case_id, {"discussion": "Bob's words"}, work.revision, "Bob")
    # as if it had been drawn an hour ago: what Bob has written since says nothing of Ann's boxes
    page.evaluate("""() => { for (const key of Object.keys(localStorage)) if (key.startsWith("ssg.draft.")) {
        const draft = JSON.parse(localStorage.getItem(key));
        localStorage.setItem(key, JSON.stringify({ ...draft, saved: draft.saved - 3600e3 }));
    } }""")
    page.reload()
    page.wait_for_selector("#work-viewer .panel .row")
    page.wait_for_timeout(1500)
    assert "nodule" in page.locator("#work-viewer .panel .row").inner_text()
    saved(page)
    (ann,) = shop.open(set_id, work.case_id).case.readers
    assert [one.finding for one in ann.regions] == ["nodule"]


def test_a_mistake_in_the_texts_costs_no_boxes(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Mistaken")
    hand = open_case(page, workplace, set_id, 0, "Ann")
    mark(page, hand, [1, 1, 6, 7], "nodule")
    saved(page)
    field(page, "work-title").fill("")
    page.locator("#work-save").click()
    page.wait_for_selector("#work-said .note")
    assert "nodule" in page.locator("#work-viewer .panel .row").inner_text()
    field(page, "work-title").fill("Case 1")
    saved(page)
    shop = workplace[1].workshop
    (ann,) = shop.open(set_id, shop.store.cases(set_id)[0].case_id).case.readers
    assert [one.finding for one in ann.regions] == ["nodule"]


def test_boxes_follow_their_pictures_when_another_changes_the_series(pages, workplace):
    address, services, _ = workplace
    shop = services.workshop
    made, work = two_dates(shop)
    page = pages()
    hand = arrive(page, address, f"/build?set={made}&case={work.case_id}&reader=Ann", "#work-viewer")
    mark(page, hand, [100, 100, 200, 200], "nodule")
    opened = shop.open(made, work.case_id)
    drawn_on = opened.case.pictures[0]
    shop.arrange(opened, put_first(opened.case, opened.case.series[1].id).case, opened.work.revision, "Bob")
    page.locator("#work-save").click()
    page.wait_for_selector("#work-said .note")
    assert "Bob saved this case" in page.locator("#work-said").inner_text()
    page.locator("#work-join").click()
    page.wait_for_selector("#work-said .good")
    case = shop.open(made, work.case_id).case
    (marked,) = case.readers[0].regions
    assert marked.picture == 1 and case.pictures[1] == drawn_on


def test_what_is_typed_is_not_left_behind_unasked(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Typed")
    open_case(page, workplace, set_id, 0, "Ann")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    field(page, "work-history").fill("Cough for a week.")
    page.wait_for_timeout(500)
    page.get_by_role("link", name="Next").click()
    page.wait_for_timeout(1000)
    assert asked == ["beforeunload"] and field(page, "work-history").input_value() == "Cough for a week."
    saved(page)
    page.wait_for_timeout(500)
    page.get_by_role("link", name="Next").click()
    page.wait_for_selector("#work-head a:has-text('Previous')")
    assert asked == ["beforeunload"]


def test_removing_a_case_that_is_gone_is_told(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Gone")
    open_case(page, workplace, set_id, 0, "Ann")
    store = workplace[1].workshop.store
    store.remove_case(set_id, store.cases(set_id)[0].case_id, "Bob")
    unfold(page, "work-more")
    page.locator("#work-remove").click()
    page.wait_for_selector("#work-said .note")


def test_what_kind_of_picture_it_is_and_its_weights_are_said(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Kinds")
    hand = open_case(page, workplace, set_id, 0, "Ann")
    mark(page, hand, [1, 1, 6, 7], "nodule")
    unfold(page, "work-kind")
    for name, value in (("view", "AP"), ("body_part", "CHEST"), ("specialty", "chest"), ("weights", "spatial = x")):
        field(page, f"work-{name}").fill(value)
    page.locator("#work-modality input").click()
    page.get_by_role("option", name="CR", exact=True).click()
    page.locator("#work-save").click()
    page.wait_for_selector("#work-said .note")
    assert "Write a weight as" in page.locator("#work-said").inner_text()
    field(page, "work-weights").fill("spatial = 0.6\nclinical = 0.1")
    saved(page)
    shop = workplace[1].workshop
    case = shop.open(set_id, shop.store.cases(set_id)[0].case_id).case
    assert (case.modality, case.view, case.body_part, case.specialty) == ("CR", "AP", "CHEST", "chest")
    assert (case.rubric.spatial, case.rubric.clinical) == (0.6, 0.1)


def test_a_case_is_previewed_as_a_learner_sees_it(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Previewed")
    hand = open_case(page, workplace, set_id, 0, "Ann")
    mark(page, hand, [1, 1, 6, 7], "nodule")
    field(page, "work-history").fill("Cough for a week.")
    field(page, "work-points").fill("Ann #1: calcified in its middle")
    page.locator("#work-absent input").fill("pulmonary edema")
    page.keyboard.press("Enter")
    saved(page)
    shop = workplace[1].workshop
    work = shop.store.cases(set_id)[0]
    assert shop.open(set_id, work.case_id).case.teaching_points[0].region == 0
    path = f"/build?set={set_id}&case={work.case_id}&preview=1"
    hand = arrive(page, workplace[0], path, "#preview-viewer")
    assert "Cough for a week." in page.locator("#preview-head").inner_text()
    assert "Ann" not in page.locator("#preview-viewer .panel").inner_text()
    mark(page, hand, [1, 1, 6, 7], "nodule")
    edema = page.locator("#preview-task [data-finding='pulmonary edema']")
    edema.locator("input[data-says=present]").check()
    edema.locator("[data-grade='2']").click()
    assert page.locator("#preview-task [data-finding=nodule] .drawn-count").inner_text() == "1 drawn"
    page.locator("#preview-submit").click()
    page.wait_for_selector("#preview-feedback .feedback")
    assert edema.locator("input[data-says=present]").is_checked()
    assert edema.locator("input[data-says=present]").is_disabled()
    assert "pulmonary edema" in page.locator("#preview-feedback").inner_text()
    assert "calcified in its middle" in page.locator("#preview-feedback").inner_text()
    assert "Recorded" not in page.locator("#preview-feedback").inner_text()


def test_what_is_wrong_is_said_and_keeps_it_from_being_published(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "Unfinished")
    open_case(page, workplace, set_id, 1, "Ann")
    field(page, "work-title").fill("")
    page.locator("#work-save").click()
    page.wait_for_selector("#work-said .note")
    assert "title" in page.locator("#work-said").inner_text()
    page.goto(f"{workplace[0]}/build?set={set_id}")
    page.wait_for_selector("#set-check li")
    assert "title" in page.locator("#set-check").inner_text()
    assert page.locator("#set-publish").is_disabled()
    assert not workplace[1].workshop.store.versions(set_id)


def test_wrong_files_are_refused_in_words(pages, workplace, tmp_path):
    address, _, _ = workplace
    page = pages()
    set_id = begun(page, workplace, "Odd files")
    (tmp_path / "notes.txt").write_text("hello")
    page.locator("#set-files input[type=file]").set_input_files([str(tmp_path / "notes.txt")])
    page.wait_for_selector("#set-files .file-preview, #set-files table")
    page.locator("#set-take").click()
    page.wait_for_selector("#set-report .note")
    assert "it is text, not an image" in page.locator("#set-report").inner_text()
    page.goto(f"{address}/build?set=nowhere")
    page.wait_for_selector("#build-head .note")
    assert "no such set" in page.locator("#build-head").inner_text()
    assert set_id


def test_text_is_blackened_on_all_slices_when_that_is_wanted(pages, workplace):
    page = pages()
    set_id = begun(page, workplace, "With text")
    hand = open_case(page, workplace, set_id, 0, "Ann")
    shop = workplace[1].workshop
    case_id = shop.store.cases(set_id)[0].case_id
    before = shop.open(set_id, case_id).case
    unfold(page, "work-more")
    page.locator("#work-blacken").click()
    page.locator("#work-sure").click()
    page.wait_for_selector("#work-said .note")
    assert "Draw a box around the text first" in page.locator("#work-said").inner_text()
    mark(page, hand, [1, 1, 3, 7], "nodule")
    hand.draw([4, 1, 7, 6])
    page.locator("#work-blacken").click()
    page.locator("#work-sure").click()
    page.wait_for_selector("#work-said .good")
    assert page.locator("#work-said").inner_text() == "1 place blackened."
    after = shop.open(set_id, case_id).case
    assert len(after.pictures) == len(before.pictures)
    assert not {one.file for one in before.pictures} & {one.file for one in after.pictures}
    page.wait_for_function("() => document.querySelectorAll('#work-viewer .row').length === 1")
    assert "nodule" in page.locator("#work-viewer .row").inner_text(), "what has a name stays, though it is not saved"


def test_it_can_be_used_on_a_phone(pages, workplace):
    page = pages(**PHONE)
    set_id = begun(page, workplace, "On a phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    open_case(page, workplace, set_id, 2, "Ann")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_the_key_nothing_is_seen(pages, tmp_path):
    with site(tmp_path / "data", FakeGrounder, (BUNDLED_CASES,), instructor_key="open sesame") as (address, services):
        services.workshop.create("Zebra stripes", "private", "Ann")
        page = pages(expect_errors=True)
        page.goto(f"{address}/build")
        field(page, "build-name").fill("Ann")
        assert "Zebra stripes" not in page.content()
        page.locator("#build-key input").fill("guess")
        page.locator("#build-enter").click()
        page.wait_for_selector("#build-refused .note")
        assert "not the key" in page.locator("#build-refused").inner_text()
        page.locator("#build-key input").fill("open sesame")
        page.locator("#build-enter").click()
        page.wait_for_selector("#build-sets a")
        assert "Zebra stripes" in page.locator("#build-sets").inner_text()
        page.get_by_text("Sign out").click()
        page.wait_for_selector("#build-enter")
