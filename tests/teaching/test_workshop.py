"""From DICOM files to a published version: built together, checked, rolled back; pictures and texts stay together."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.casebook import CaseSet, InvalidCaseSet, check_images, read_case_set
from ssg.casebook.ingest import Limits
from ssg.casebook.shown import file_shown
from ssg.casebook.types import stated_by
from ssg.errors import BadInput, Cancelled
from ssg.settings import BUNDLED_CASES
from ssg.store import Conflict
from ssg.teaching.workshop import SHOWN
from tests.casebook.ingest.making import ct, radiograph, save
from tests.casebook.ingest.test_annotations import complete, segmentation, upright_mask

LIMITS = Limits(look_for_text=False)
READ = {
    "title": "Dyspnoea",
    "history": "Short of breath for two days.",
    "readers": [{"id": "Ann", "regions": [{"finding": "nodule", "box": [4, 4, 12, 12]}], "absent": ["pneumothorax"]}],
}


@pytest.fixture
def built(shop, tmp_path):
    """A set of two radiographs and a stack, of which nobody has read any."""
    files = {f"ct/{number}": one for number, one in enumerate(ct())}
    files |= {f"xr{number}": radiograph(number, StudyInstanceUID=f"1.7.{number}") for number in (1, 2)}
    made = shop.create("Chest basics!", "private", "Ann")
    shop.take_in(made.id, [save(tmp_path / "in", files)], "Ann", limits=LIMITS)
    return made.id


def test_files_become_cases_that_nobody_has_read(shop, built):
    assert built.startswith("chest-basics-") and len(built) == len("chest-basics-") + 8
    cases = [shop.open(built, one.case_id) for one in shop.store.cases(built)]
    assert [one.case.title for one in cases] == ["Chest radiograph", "Chest radiograph 2", "CT"]
    assert all(one.case.readers == () and not one.problems for one in cases)
    assert len({one.work.case_id for one in cases}) == 3
    for one in cases:
        for frame in one.case.pictures:
            assert (shop.folder_of(built) / frame.file).is_file()


def test_marks_that_no_case_takes_are_said_in_the_report(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("ssg.casebook.imports.readers.MOST_MARKS", 1)
    slices = complete(ct())
    drawn = segmentation(slices, upright_mask(slices))
    files = {f"{number}": one for number, one in enumerate([*slices, drawn])}
    made = shop.create("Nodules", "private", "Ann")
    (work,), found = shop.take_in(made.id, [save(tmp_path / "in", files)], "Ann", limits=LIMITS)
    assert len(shop.open(made.id, work.case_id).case.readers[0].regions) == found.report.marks == 1
    assert found.report.marks_left_out.counts.total() == 1 and "1 are known" in found.report.in_words()


def test_a_case_is_saved_with_its_problems_and_published_without(shop, built):
    first = shop.store.cases(built)[0]
    wrong = shop.save(built, first.case_id, READ | {"title": "", "difficulty": 9}, first.revision, "Ann")
    assert wrong.case is None and {one.field.partition(".")[2] for one in wrong.problems} == {"title", "difficulty"}
    with pytest.raises(InvalidCaseSet):
        shop.publish(built, "1.0.0", "", "Ann")
    assert shop.store.versions(built) == []
    right = shop.save(built, first.case_id, READ | {"difficulty": 2}, wrong.work.revision, "Ann")
    assert right.case.question == ("nodule", "pneumothorax") and not right.problems
    version = shop.publish(built, "1.0.0", "the first", "Ann")
    assert version.cases == 3
    made = shop.versions.read(built, "1.0.0")
    assert made.cases[0].title == "Dyspnoea" and made.version == "1.0.0" and not check_images(made)
    assert [work.id for work, _ in shop.versions.in_use()] == [built]


def test_what_is_published_stays_as_it_was(shop, built):
    first = shop.store.cases(built)[0]
    opened = shop.save(built, first.case_id, READ, first.revision, "Ann")
    shop.publish(built, shop.versions.next_number(built), "", "Ann")
    assert shop.versions.changes_since(shop.draft(built)[0]) == []
    shop.save(built, first.case_id, {"title": "Later"}, opened.work.revision, "Bob")
    (change,) = shop.versions.changes_since(shop.draft(built)[0])
    assert (change.field, change.before, change.after) == ("title", "Dyspnoea", "Later")
    assert shop.versions.read(built, "1.0.0").cases[0].title == "Dyspnoea"
    assert shop.versions.next_number(built) == "1.1.0"
    shop.publish(built, "1.1.0", "a title", "Bob")
    shop.store.use_version(built, "1.0.0")
    assert shop.versions.in_use()[0][1].cases[0].title == "Dyspnoea"
    with pytest.raises(BadInput, match="published already"):
        shop.publish(built, "1.0.0", "", "Ann")
    for odd in ("../../x", "latest", "", "1/0"):
        with pytest.raises(BadInput, match="A version is a number"):
            shop.publish(built, odd, "", "Ann")
        with pytest.raises(BadInput, match="no such version"):
            shop.versions.read(built, odd)


def test_two_at_once(shop, built):
    first = shop.store.cases(built)[0]
    shop.save(built, first.case_id, READ, first.revision, "Ann")
    with pytest.raises(Conflict, match="Ann saved this"):
        shop.save(built, first.case_id, {"title": "Bob's"}, first.revision, "Bob")


def test_fields_are_taken_away_by_none_and_pictures_are_not_changed_so(shop, built):
    first = shop.store.cases(built)[0]
    opened = shop.save(built, first.case_id, {**READ, "diagnosis": "x"}, first.revision, "Ann")
    opened = shop.save(built, first.case_id, {"diagnosis": None}, opened.work.revision, "Ann")
    assert opened.case.diagnosis == ""
    for kept in ("id", "image", "series"):
        with pytest.raises(BadInput, match="cannot be changed so"):
            shop.save(built, first.case_id, {kept: "x"}, opened.work.revision, "Ann")


def test_text_is_covered_on_all_frames_and_the_old_pictures_go(shop, built):
    work = shop.store.cases(built)[2]
    before = shop.open(built, work.case_id).case
    (series,) = before.series
    box = Box(1, 1, 4, 4)
    after = shop.cover(built, work.case_id, series.id, [box], work.revision, "Ann").case
    folder = shop.folder_of(built)
    for frame in after.pictures:
        assert np.ptp(np.asarray(Image.open(folder / frame.file))[1:4, 1:4]) == 0
    assert not [frame for frame in before.pictures if (folder / frame.file).exists()]
    assert after.series[0].orientation == series.orientation and after.series[0].window == series.window


def test_cases_of_another_set_are_copied_with_their_pictures(shop):
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    other = read_case_set(folder)
    made = shop.create("Copies", "CC0-1.0", "Ann")
    shop.copy_in(made.id, other, "Ann")
    draft, problems = shop.draft(made.id)
    assert not problems and [case.title for case in draft.cases] == [case.title for case in other.cases]
    assert draft.cases[0].readers == other.cases[0].readers
    shop.publish(made.id, "1.0.0", "", "Ann")
    assert not check_images(shop.versions.read(made.id, "1.0.0"))


def test_what_is_marked_later_on_a_case_that_came_from_elsewhere_is_asked_as_well(shop):
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    bundled = read_case_set(folder).cases
    known = next(one for one in bundled if len(one.readers) == 1 and one.question != stated_by(one.readers))
    other = replace(read_case_set(folder), cases=(replace(known, question=stated_by(known.readers)), known))
    made = shop.create("Copied", "MIT", "Ann").id
    for work, asked in zip(shop.copy_in(made, other, "Ann"), (None, list(known.question)), strict=True):
        assert work.body.get("question") == asked
        (row,) = work.body["readers"]
        more = [{**row, "absent": [*row["absent"], "hiatal hernia"]}]
        after = shop.save(made, work.case_id, {"readers": more}, work.revision, "Ann")
        assert ("hiatal hernia" in after.case.question) is (asked is None)


def test_a_set_needs_a_title_and_a_licence(shop):
    for title, licence in (("", "private"), ("x", " ")):
        with pytest.raises(BadInput, match="needs a title and a licence"):
            shop.create(title, licence, "Ann")
    made = shop.create("Röntgen 日本", "private", "Ann")
    assert made.id.startswith("r-ntgen-")
    assert shop.draft(made.id)[0] is None, "a set without cases is none yet"
    for odd in ("../x", "", "a/b", ".hidden"):
        with pytest.raises(BadInput):
            shop.folder_of(odd)


def test_what_is_said_of_a_set_is_changed_and_published(shop, built):
    before = shop.store.set(built)
    told = {"title": "Chest", "description": "Ten films.", "citation": "", "order": 7, "reviewed": True, "odd": 1}
    after = shop.save_head(built, told, before.revision, "Bob")
    assert (after.head["order"], after.head["reviewed"], after.saved_by) == (7, True, "Bob") and "odd" not in after.head
    made, problems = shop.draft(built)
    assert not problems and (made.title, made.order, made.reviewed, made.citation) == ("Chest", 7, True, "")
    with pytest.raises(Conflict):
        shop.save_head(built, told, before.revision, "Ann")
    for odd in ({"licence": " "}, {"order": -1}, {"order": 10_000}, {"order": 1.5}, {"order": True}):
        with pytest.raises(BadInput, match=r"needs a licence|whole number"):
            shop.save_head(built, odd, after.revision, "Ann")


def test_a_cancelled_ingest_leaves_no_pictures(shop, built, tmp_path):
    images = shop.folder_of(built) / "images"
    before = sorted(images.iterdir())
    files = [save(tmp_path / "more", {f"b{n}": radiograph(n + 10, StudyInstanceUID=f"1.8.{n}") for n in (1, 2)})]
    written = []

    def cancelled():
        return len(sorted(images.iterdir())) > len(before)

    with pytest.raises(Cancelled):
        shop.take_in(
            built, files, "Ann", limits=LIMITS, on_step=lambda *step: written.append(step), is_cancelled=cancelled
        )
    assert any(step[0] == "putting together" for step in written) and sorted(images.iterdir()) == before
    assert len(shop.take_in(built, files, "Ann", limits=LIMITS)[0]) == 2, "begun again, it goes on"


def test_what_readers_mark_outlives_a_mistake_in_the_texts(shop, built):
    first = shop.store.cases(built)[0]
    bob = {"id": "Bob", "regions": [{"finding": "mass", "box": [20, 20, 30, 30]}], "absent": []}
    both = READ | {"readers": [*READ["readers"], bob]}
    marked = shop.save(built, first.case_id, both, first.revision, "Ann")
    for wrong in ({"title": ""}, {"view": "x" * 41}, {"teaching_points": [{"text": "t", "region": 8}]}):
        broken = shop.save(built, first.case_id, wrong, marked.work.revision, "Ann")
        assert broken.case is None
        kept = shop.pictures_of(broken).case
        assert [reader.id for reader in kept.readers] == ["Ann", "Bob"] and kept.readers[1].regions
        mended = both | {"view": None, "teaching_points": None}
        marked = shop.save(built, first.case_id, mended, broken.work.revision, "Ann")
        assert not marked.problems


def test_readers_who_contradict_themselves_are_not_saved(shop, built):
    first = shop.store.cases(built)[0]
    marked = shop.save(built, first.case_id, READ, first.revision, "Ann")
    ann = READ["readers"][0] | {"absent": ["nodule"]}
    with pytest.raises(InvalidCaseSet, match="nodule"):
        shop.save(built, first.case_id, {"readers": [ann]}, marked.work.revision, "Ann")
    assert shop.store.case(built, first.case_id).body["readers"] == READ["readers"]


def test_series_that_would_be_no_case_are_not_saved(shop, built):
    work = shop.store.cases(built)[2]
    opened = shop.open(built, work.case_id)
    for changed in ({"days": 10**9}, {"title": "x" * 300}):
        case = replace(opened.case, series=(replace(opened.case.series[0], **changed),))
        with pytest.raises(InvalidCaseSet):
            shop.arrange(opened, case, work.revision, "Ann")
    assert shop.store.case(built, work.case_id).revision == work.revision


def test_a_head_that_would_be_no_set_is_not_saved(shop, built):
    work = shop.store.set(built)
    with pytest.raises(InvalidCaseSet, match="200"):
        shop.save_head(built, {"title": "x" * 201}, work.revision, "Ann")
    with pytest.raises(InvalidCaseSet, match="200"):
        shop.create("x" * 10_000, "private", "Ann")
    assert shop.open(built, shop.store.cases(built)[0].case_id).case


def test_what_was_covered_stays_in_no_copy_but_in_published_versions_which_are_told_and_removed(shop, built):
    work = shop.store.cases(built)[0]
    case = shop.save(built, work.case_id, READ, work.revision, "Ann").case
    holder = CaseSet(built, "", "", "", "", False, (case,), folder=shop.folder_of(built))
    shown = file_shown(holder, case, shop.folder_of(built) / SHOWN)
    assert shown.parent.name == SHOWN
    for other in shop.store.cases(built)[1:]:
        shop.store.remove_case(built, other.case_id, "Ann")
    shop.publish(built, "1.0.0", "", "Ann")
    now = shop.open(built, work.case_id).work
    covered = shop.cover(built, work.case_id, case.series[0].id, [Box(2, 2, 9, 9)], now.revision, "Ann")
    assert not shown.exists() and shop.versions.holding(built, case.pictures) == ["1.0.0"]
    assert shop.versions.holding(built, covered.case.pictures) == []
    with pytest.raises(BadInput, match="in use"):
        shop.versions.remove(built, "1.0.0")
    shop.publish(built, "1.1.0", "", "Ann")
    shop.versions.remove(built, "1.0.0")
    assert shop.versions.holding(built, case.pictures) == [] and [
        one.version for one in shop.store.versions(built)
    ] == ["1.1.0"]
    assert not shop.versions.folder(built, "1.0.0").exists()
    with pytest.raises(BadInput, match="never published"):
        shop.versions.remove(built, "1.0.0")


@pytest.mark.parametrize("version", ["1..", "99999", "1.2.3.4", "1.0.0-", ""])
def test_a_version_is_one_to_three_numbers(shop, built, version):
    with pytest.raises(BadInput, match="A version is a number"):
        shop.publish(built, version, "", "Ann")


def test_versions_that_were_published_under_other_rules_are_still_there(shop, built):
    shop.store.record_version(built, "1.0.0rc1", "", 3, "Ann")
    assert shop.versions.in_use() == [], "its folder is gone, and nothing breaks"
    assert shop.versions.holding(built, shop.open(built, shop.store.cases(built)[0].case_id).case.pictures) == []
    for wrong in ("..", "1/../..", "", "a"):
        with pytest.raises(BadInput, match="no such version"):
            shop.versions.folder(built, wrong)


def test_a_version_is_later_than_those_before_it(shop, built):
    for work in shop.store.cases(built):
        shop.save(built, work.case_id, {"title": "Dyspnoea"}, work.revision, "Ann")
    shop.publish(built, "1.2.0-draft", "", "Ann")
    shop.publish(built, "1.2", "", "Ann")
    for lower in ("1.0.0", "1.1.9", "1.2.0", "1", "1.2.0-draft2"):
        with pytest.raises(BadInput, match=r"is not later than 1\.2, .* such as 1\.3\.0"):
            shop.publish(built, lower, "", "Ann")
    with pytest.raises(BadInput, match=r"is published already: give the next number, 1\.3\.0"):
        shop.publish(built, "1.2", "", "Ann")
    shop.publish(built, "1.10.0", "", "Ann")
    assert shop.store.set(built).version == "1.10.0"
