"""What is drawn becomes a reader: kept apart from others, tied over slices, with what the viewer does not show."""

import pytest

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, CaseSet, Reader, Series, TeachingPoint
from ssg.casebook.manifest import read_manifest
from ssg.casebook.problems import Problems
from ssg.casebook.writing import to_manifest
from ssg.errors import BadInput
from ssg.reward import Region
from ssg.teaching.marking_up import tied, with_reader


def image(number):
    return CaseImage(f"images/{number}.png", 100, 100, f"{number:064x}")


def case(*readers, frames=1, points=()):
    series = (Series("s", tuple(map(image, range(frames)))), Series("before", (image(99),)))[: 1 + (frames > 1)]
    asked = ("nodule",) if readers else ()
    return Case("c", "t", "h", "CT", 3, series, readers, asked, teaching_points=points)


def region(box=(10, 10, 30, 30), picture=0, finding="nodule", **more):
    return Region(finding, Box(*box), picture=picture, **more)


def saved(before, fields):
    """The case as its set reads it back."""
    manifest = to_manifest(CaseSet("s", "t", "1", "l", "p", False, (before,)))
    row = {name: value for name, value in {**manifest["cases"][0], **fields}.items() if value is not None}
    row.pop("question", None)
    problems = Problems("x")
    made = read_manifest({**manifest, "cases": [row]}, problems)
    problems.raise_if_any()
    return made.cases[0]


def test_the_first_reader_of_a_case_makes_it_askable():
    made = saved(case(), with_reader(case(), "Ann", [region()], ["pleural effusion"]))
    assert made.readers == (Reader((region(),), ("pleural effusion",), "Ann"),) and made.is_asked


def test_readers_are_kept_apart_and_in_their_order():
    one = Reader((region(),), (), "Ann")
    both = saved(case(one), with_reader(case(one), "Bob", [region((12, 12, 33, 33))], []))
    assert [reader.id for reader in both.readers] == ["Ann", "Bob"] and both.readers[0] == one
    again = saved(both, with_reader(both, "Ann", [region((1, 1, 9, 9))], []))
    assert [reader.id for reader in again.readers] == ["Ann", "Bob"] and again.readers[1] == both.readers[1]


def test_whoever_says_nothing_any_more_is_no_reader():
    both = case(Reader((region(),), (), "Ann"), Reader((), ("nodule",), "Bob"))
    assert [one.id for one in saved(both, with_reader(both, "Bob", [], [])).readers] == ["Ann"]
    none = with_reader(case(Reader((region(),), (), "Ann")), "Ann", [], [])
    assert none["readers"] == []
    assert with_reader(case(), "Ann", [], [])["readers"] == []


def test_what_the_viewer_does_not_show_stays_with_a_region():
    old = region(confidence=0.83, lesion="n1", phrase="a nodule")
    before = case(Reader((old,), (), "Ann"))
    same = saved(before, with_reader(before, "Ann", [region(confidence=0.8)], []))
    assert same.readers[0].regions == (old,)
    surer = saved(before, with_reader(before, "Ann", [region(confidence=0.2)], []))
    assert surer.readers[0].regions[0].confidence == 0.2 and surer.readers[0].regions[0].phrase == "a nodule"
    moved = saved(before, with_reader(before, "Ann", [region((11, 11, 31, 31))], []))
    assert moved.readers[0].regions[0].phrase == ""


def test_boxes_on_neighbouring_slices_are_one_lesion():
    stack = case(frames=12)
    drawn = [region(picture=at) for at in (2, 3, 6)] + [region((70, 70, 90, 90), 3), region(picture=11)]
    drawn += [region(picture=3, finding="mass"), region(picture=12)]
    names = [one.lesion for one in tied(stack, drawn)]
    assert names[0] and names[0] == names[1] == names[2]
    assert names[3:] == ["", "", "", ""], "elsewhere, too far, another finding, another series"


def test_ties_that_are_there_stay_and_lesions_that_were_named_apart_stay_apart():
    stack = case(frames=12)
    first = tied(stack, [region(picture=2, lesion="n1"), region(picture=3)])
    assert [one.lesion for one in first] == ["n1", "n1"]
    apart = [region(picture=1, lesion="a"), region(picture=7, lesion="b"), region(picture=4)]
    assert [one.lesion for one in tied(stack, apart)][:2] == ["a", "b"]
    nearer = [*apart[:2], region((12, 12, 32, 32), 4), region((12, 12, 32, 32), 5, lesion="b")]
    assert [one.lesion for one in tied(stack, nearer)] == ["a", "b", "b", "b"], "of the one that it overlaps best"
    chain = [region(picture=at) for at in (1, 4, 7)]
    assert len({one.lesion for one in tied(stack, chain)}) == 1, "what nobody named is tied in chains"
    bridged = [*chain[:2], region((40, 10, 60, 30), 1, lesion="b"), region((30, 10, 50, 30), 2, lesion="a")]
    assert [one.lesion for one in tied(stack, bridged)][2:] == ["b", "a"]
    taken = [region((50, 50, 60, 60), 1, lesion="lesion-1"), region(picture=5), region(picture=6)]
    assert [one.lesion for one in tied(stack, taken)] == ["lesion-1", "lesion-2", "lesion-2"]


def test_teaching_points_follow_their_region_or_stay_with_its_finding():
    points = (TeachingPoint("Look here.", region=1), TeachingPoint("And think."))
    two = case(Reader((region(), region((50, 50, 60, 60))), (), "Ann"), points=points)
    kept = saved(two, with_reader(two, "Ann", [region((50, 50, 60, 60))], []))
    assert (kept.teaching_points[0].region, kept.teaching_points[0].finding) == (0, "nodule")
    lost = saved(two, with_reader(two, "Ann", [region()], []))
    assert lost.teaching_points[0].region is None and lost.teaching_points[0].finding == "nodule"
    assert lost.teaching_points[1].text == "And think."


@pytest.mark.parametrize("name", ["", "../x", "a" * 80, "Ann\n"])
def test_odd_names_are_refused(name):
    with pytest.raises(BadInput, match="cannot be a reader's name"):
        with_reader(case(), name, [region()], [])
