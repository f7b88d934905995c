"""What hints say on each kind of image, and that present and absent cannot be told apart by what they outline."""

import itertools
import re
from dataclasses import replace

import pytest

from ssg.boxes import Box, as_boxes, iou
from ssg.casebook import Case, CaseImage, Series, load_case_sets
from ssg.reward import ReaderAnswer, Region
from ssg.settings import BUNDLED_CASES
from ssg.teaching.finding_hints import finding_hint, finding_hints, kinds_of, what_to_look_for
from ssg.teaching.hints import advice
from ssg.teaching.places import IS_THE_FINDING, alike, landmark_names, marked, target_of
from ssg.teaching.zones import frame_of, plane_of
from ssg.vocabulary import Side, vocabulary

OF_RADIOGRAPHS = r"costophrenic|domes?\b|apex|apices|film|radiograph|heart border|scroll|zone by zone"
SEQUENCES = ("T1", "T2", "FLAIR", "diffusion", "contrast", "susceptibility")


@pytest.fixture(scope="module")
def cases():
    sets, _ = load_case_sets([BUNDLED_CASES])
    return [case for one in sets for case in one.cases if case.is_asked]


@pytest.fixture(scope="module")
def asked(cases):
    """(case, finding, whether it is there, first hint, second hint) of all that bundled cases ask."""
    rows = []
    for case in cases:
        others = alike(case, cases)
        for finding in case.question:
            first, second = (advice(case, finding, step, (), others) for step in (1, 2))
            rows.append((case, finding, bool(marked(case, finding)), first, second))
    return rows


def landmark(hint):
    """The name and the box of a hint's landmark, without the side."""
    for name, box in hint.shown:
        if name.startswith("Landmark: "):
            return re.sub(r"^Landmark: (left |right )?", "", name), box
    return None


# What is told -----------------------------------------------------------------------------------------------------


def test_all_that_bundled_cases_ask_on_ct_and_mr_has_words_of_its_own(asked):
    for case, finding, *_ in asked:
        row = finding_hint(case, finding)
        assert row and row.landmarks, (case.id, finding)
        assert (row.text and row.places) or case.modality == "DX", (case.id, finding)


def test_nothing_that_is_told_on_ct_and_mr_is_advice_for_radiographs_or_stacks(asked):
    for case, _, _, _, second in asked:
        if case.modality in ("CT", "MR"):
            assert not re.search(OF_RADIOGRAPHS, second.sentence, re.IGNORECASE), (case.id, second.sentence)


def test_a_sequence_is_spoken_of_only_where_the_case_names_it(asked):
    seen = set()
    for case, finding, _, _, second in asked:
        if case.modality == "MR":
            told = {name for name in SEQUENCES if name.casefold() in second.sentence.casefold()}
            assert all(name.casefold() in case.view.casefold() for name in told), (case.view, finding, second.sentence)
            seen |= told
    assert {"T1", "T2", "FLAIR", "contrast"} <= seen


@pytest.mark.parametrize(
    ("view", "words"),
    [("axial DWI", "bright on diffusion"), ("axial FLAIR", "On FLAIR"), ("axial", "one artery supplies")],
)
def test_an_infarct_is_looked_for_on_the_sequence_there_is(view, words):
    case = a_slice(view=view, modality="MR", body_part="HEAD")
    assert words in what_to_look_for(case, "infarct")
    assert ("diffusion" in what_to_look_for(case, "infarct")) == ("DWI" in view)


def test_where_no_row_fits_the_definition_stands_for_advice_on_another_kind_of_image():
    entry = vocabulary().get("pneumonia")
    assert entry.modalities[0] == "chest x-ray"
    assert what_to_look_for(a_slice(), "pneumonia") == entry.definition
    assert what_to_look_for(a_slice(modality="DX", view="PA"), "pneumonia") == entry.search_hint


def test_rows_are_of_the_vocabulary():
    for row in finding_hints():
        kinds = set(vocabulary().get(row.finding).modalities)
        assert set(row.kinds) <= kinds, row.finding
        names = {*row.landmarks, *(name for name, *_ in row.places)}
        assert all(vocabulary().get(name).kind == "anatomy" for name in names), row.finding
        assert all(x0 < x1 and y0 < y1 for _, x0, y0, x1, y1 in row.places), row.finding
        said = [row.text, *row.on.values()]
        assert all(one == "" or one.endswith((".", "?")) for one in said), row.finding
    keys = [(row.finding, kind) for row in finding_hints() for kind in row.kinds]
    assert len(keys) == len(set(keys))


# Where it leads ---------------------------------------------------------------------------------------------------


def test_the_zone_holds_the_finding_where_it_is(asked, cases):
    count = 0
    for case, finding, there, first, second in asked:
        [(_, zone)] = first.shown
        box = target_of(case, finding, alike(case, cases)).box
        assert second.shown[0] == first.shown[0]
        inside = max(zone.x0 - box.x0, zone.y0 - box.y0, box.x1 - zone.x1, box.y1 - zone.y1) < 1e-3
        assert inside, (case.id, finding)
        count += there
    assert count >= 90, "there is something to be held"


def test_the_zone_is_named_by_the_side_and_the_way_the_slice_lies(cases):
    by_id = {case.id: case for case in cases}
    told = {
        (name, finding): advice(by_id[name], finding, 1, (), alike(by_id[name], cases)).sentence
        for name, finding in (("ct-01", "pleural effusion"), ("mr-06", "pituitary tumor"), ("mr-05", "hydrocephalus"))
    }
    assert told == {
        ("ct-01", "pleural effusion"): (
            "Search the back two thirds of the chest, in the right half of the image (the patient's left)."
        ),
        ("mr-06", "pituitary tumor"): "Search the lower half of the head, in the middle third of the image.",
        ("mr-05", "hydrocephalus"): "Search the head in the middle half of the image, from top to bottom.",
    }


def test_cases_of_one_plane_are_alike_whatever_the_sequence(cases):
    case = next(one for one in cases if one.id == "mr-02")
    planes = {(one.modality, plane_of(one.view)) for one in alike(case, cases)}
    assert planes == {("MR", "axial")} and len({one.view for one in alike(case, cases)}) > 1


# What gives nothing away ------------------------------------------------------------------------------------------


def test_a_landmark_is_one_of_the_finding_whether_it_is_there_or_not(asked, cases):
    """The shoulder blade is no way to the aorta, and the sinuses are none to an infarct."""
    used = {}
    for case, finding, there, _, second in asked:
        found = landmark(second)
        if found:
            assert found[0] in landmark_names(case, finding, alike(case, cases)), (case.id, finding, found)
            used.setdefault((kinds_of(case)[0], finding), {True: set(), False: set()})[there].add(found[0])
    for (_, finding), names in used.items():
        assert "scapula" not in names[True] | names[False] or finding == "rib fracture"
        assert "paranasal sinus" not in names[True] | names[False]


def test_what_starts_from_a_landmark_has_the_same_words_present_and_absent(asked):
    texts = {}
    for case, finding, _, _, second in asked:
        rest = re.sub(r"^Start from the .+?, which is outlined\. ", "", second.sentence)
        texts.setdefault((kinds_of(case)[0], case.view, finding), set()).add(rest)
    assert all(len(one) == 1 for one in texts.values())


def test_no_landmark_of_the_table_has_the_outline_of_its_finding(asked, cases):
    """It would not be shown where the finding is; then to see it shown is to know that the finding is not there."""
    clashes = {}
    for case, finding, there, *_ in asked:
        names = landmark_names(case, finding, ()) if there else ()
        boxes = [one.box for one in case.structures if one.finding in names]
        if boxes:
            found = iou(as_boxes(boxes), as_boxes([one.box for one in marked(case, finding)]))
            clash = bool((found >= IS_THE_FINDING).any())
            clashes.setdefault((kinds_of(case)[0], finding), []).append(clash)
    often = {key for key, rows in clashes.items() if any(rows)}
    # A blunted angle is the effusion now and then, on radiographs; a place that is carried over is as often.
    assert often <= {("chest x-ray", "pleural effusion")}


MEASURES = {
    "the zone's share of the picture": lambda case, zone, found: zone.area / (case.width * case.height),
    "how far the zone lies to the right": lambda case, zone, found: zone.centre[0] / case.width,
    "how far down the zone lies": lambda case, zone, found: zone.centre[1] / case.height,
    "whether there is a landmark": lambda case, zone, found: float(found is not None),
    "how far the landmark lies from the zone": lambda case, zone, found: away(case, zone, found),
    "how large the landmark is": lambda case, zone, found: found[1].area / (case.width * case.height) if found else 0,
}


def away(case, zone, found):
    if found is None:
        return 0.0
    (x, y), (u, v) = zone.centre, found[1].centre
    return float(((x - u) ** 2 + (y - v) ** 2) ** 0.5 / case.width)


@pytest.mark.parametrize("measure", MEASURES)
def test_present_and_absent_are_not_told_apart_by_what_is_outlined(asked, measure):
    """Of a case that has a finding and one that has not, which has more of it? By half of the pairs the one."""
    values = {}
    for case, finding, there, first, second in asked:
        value = MEASURES[measure](case, first.shown[0][1], landmark(second))
        values.setdefault((kinds_of(case)[0], finding), {True: [], False: []})[there].append(value)
    pairs = [pair for one in values.values() for pair in itertools.product(one[True], one[False])]
    assert len(pairs) > 1000
    wins = sum((a > b + 1e-9) + 0.5 * (abs(a - b) <= 1e-9) for a, b in pairs)
    assert 0.4 < wins / len(pairs) < 0.6


def test_sizes_of_zones_overlap_finding_by_finding(asked):
    """Where a finding is there and absent often enough to say so, half of the one lie within the range of the other."""
    sizes = {}
    for case, finding, there, first, _ in asked:
        share = first.shown[0][1].area / frame_of(case, 0).area
        sizes.setdefault((kinds_of(case)[0], finding), {True: [], False: []})[there].append(share)
    often = {key: one for key, one in sizes.items() if min(len(one[True]), len(one[False])) >= 4}
    assert len(often) >= 6
    for key, one in often.items():
        low, high = min(one[True]) - 1e-9, max(one[True]) + 1e-9
        within = [low <= share <= high for share in one[False]]
        assert sum(within) >= len(within) / 2, key


# Slices of our own ------------------------------------------------------------------------------------------------

LUNGS = (Region("lung", Box(20, 60, 140, 270), Side.RIGHT), Region("lung", Box(170, 60, 290, 270), Side.LEFT))


MIDDLE = Region("mediastinum", Box(20, 60, 290, 270))


def a_slice(regions=(), structures=LUNGS, count=1, **more):
    frames = tuple(CaseImage(f"images/{number}.png", 300, 300, "0" * 64) for number in range(count))
    row = {"modality": "CT", "view": "axial", "body_part": "CHEST", "id": "own"} | more
    reader = ReaderAnswer(tuple(regions), (), id="A")
    question = ("nodule", "goiter")
    modality, name = row.pop("modality"), row.pop("id")
    boxes = tuple(replace(one, picture=number) for number in range(count) for one in structures)
    return Case(name, name, "", modality, 1, (Series("", frames),), (reader,), question, structures=boxes, **row)


def test_an_absent_finding_is_led_to_any_third_of_a_stack():
    """Else "the middle third of its slices" would mean that it is not there."""
    told = {advice(a_slice(count=24, id=f"s{n}"), "nodule", 1, (), ()).sentence.split(", ")[-1] for n in range(20)}
    assert told == {f"in the {one} third of its slices." for one in ("first", "middle", "last")}


def test_a_typical_place_lies_in_its_structure_on_either_side():
    boxes = [target_of(a_slice(id=f"s{n}"), "nodule", ()).box for n in range(40)]
    assert all(any(box.x0 >= lung.box.x0 and box.x1 <= lung.box.x1 for lung in LUNGS) for box in boxes)
    assert {box.centre[0] < 150 for box in boxes} == {True, False}


def test_what_others_have_on_one_side_is_looked_for_on_both():
    there = a_slice([Region("nodule", Box(40, 100, 60, 120))], id="there")
    zones = {advice(a_slice(id=f"s{n}"), "nodule", 1, (), (there,)).sentence for n in range(40)}
    assert any("(the patient's left)" in one for one in zones) and any("(the patient's right)" in one for one in zones)


def test_a_finding_of_which_nothing_is_known_has_no_landmark_present_or_absent():
    case = a_slice([Region("goiter", Box(120, 70, 180, 110))])
    for one in (case, replace(case, readers=(ReaderAnswer((), ("goiter",), id="A"),))):
        assert [name for name, _ in advice(one, "goiter", 2, (), ()).shown] == ["Search here"]


def test_what_sticks_out_of_the_structures_is_held_all_the_same():
    case = a_slice([Region("nodule", Box(0, 100, 30, 130))])
    told = advice(case, "nodule", 1, (), ())
    assert told.shown[0][1] == Box(0, 100, 100, 200) and "of the image" in told.sentence


def test_a_place_outside_of_what_is_marked_of_the_body_leads_nobody_there():
    """Another case's structures may be marked in part only, its finding beyond them."""
    there = a_slice([Region("goiter", Box(5, 5, 15, 15))], id="there")
    assert target_of(a_slice(), "goiter", (there,)) == target_of(a_slice(), "goiter", ())


def test_one_of_a_pair_is_no_landmark_for_the_other_side():
    case = a_slice([Region("nodule", Box(30, 100, 50, 120))], structures=(LUNGS[1], MIDDLE))
    assert landmark(advice(case, "nodule", 2, (), ())) is None


def test_a_nudge_on_an_axial_slice_says_front_and_back():
    case = a_slice([Region("nodule", Box(30, 200, 50, 220))])
    told = advice(case, "nodule", 3, [Region("nodule", Box(30, 100, 50, 120))], ())
    assert "further to the back" in told.sentence
