"""Cases of several pictures: stacks, dates, and where their regions lie."""

import copy
import hashlib

import pytest

from ssg.casebook import InvalidCaseSet, check_images, read_case_set, write_case_set
from ssg.casebook.writing import to_manifest
from tests.casebook.conftest import HEIGHT, WIDTH, png


def frame(folder, name, width=WIDTH, height=HEIGHT):
    data = png(width, height, seed=len(name))
    (folder.path / "images" / f"{name}.png").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return {"file": f"images/{name}.png", "width": width, "height": height, "sha256": digest}


@pytest.fixture
def stack(folder):
    """The first case as a stack of three slices with a radiograph of half a year before."""
    row = folder.case
    del row["image"]
    row["modality"] = "CT"
    row["series"] = [
        {
            "id": "axial",
            "title": "Axial, lung window",
            "spacing_mm": [0.7, 0.7],
            "slice_mm": 2.5,
            "orientation": ["R", "L", "A", "P"],
            "window": [1500, -600],
            "values": [-1024, 1],
            "frames": [frame(folder, name) for name in ("a1", "a22", "a333")],
        },
        {"id": "before", "modality": "DX", "days": -180, "frames": [frame(folder, "before", 80, 90)]},
    ]
    row["readers"] = [
        {
            "id": "A",
            "regions": [
                {"finding": "nodule", "box": [2, 3, 9, 9], "frame": 1, "lesion": "n1", "phrase": "a nodule of 5 mm"},
                {"finding": "nodule", "box": [2, 3, 10, 10], "frame": 2, "lesion": "n1"},
                {"finding": "nodule", "box": [60, 70, 79, 89], "series": "before", "lesion": "n1"},
            ],
            "absent": ["pneumothorax"],
            "unknown": ["pulmonary embolism"],
            "other": [
                {"label": "Fibrotic streaks", "box": [1, 1, 5, 5], "frame": 2},
                {"label": "Something else", "absent": True},
            ],
        }
    ]
    row["question"] = ["nodule", "pneumothorax"]
    row["teaching_points"] = [{"text": "Scroll.", "region": 2}]
    row |= {
        "findings": "A nodule.",
        "diagnosis": "Nodule",
        "differential": ["vessel", "scar"],
        "report": "A nodule of 5 mm.",
    }
    folder.save()
    return folder


def test_regions_lie_on_the_pictures_that_they_name(stack):
    case = read_case_set(stack.path).cases[0]
    assert [image.file for image in case.pictures] == [f"images/{name}.png" for name in ("a1", "a22", "a333", "before")]
    (reader,) = case.readers
    assert [region.picture for region in reader.regions] == [1, 2, 3]
    assert {region.lesion for region in reader.regions} == {"n1"} and reader.regions[0].phrase == "a nodule of 5 mm"
    assert reader.unknown == ("pulmonary embolism",)
    assert [(one.label, one.absent, one.picture) for one in reader.other] == [
        ("Fibrotic streaks", False, 2),
        ("Something else", True, 0),
    ]
    axial, before = case.series
    assert (axial.slice_mm, axial.window, axial.values, axial.orientation) == (
        2.5, (1500, -600), (-1024, 1), ("R", "L", "A", "P"),
    )  # fmt: skip
    assert (before.modality, before.days) == ("DX", -180) and axial.spacing_mm == (0.7, 0.7)


def test_a_case_is_judged_on_the_picture_of_now_that_is_marked_most(stack):
    case = read_case_set(stack.path).cases[0]
    now = case.pictures[2]
    assert case.key_picture == 2 and (case.width, case.height) == (now.width, now.height)
    reference = case.reference()
    assert [region.picture for region in reference.readers[0].regions] == [2]
    assert (reference.width, reference.height) == (now.width, now.height) and reference.readers[0].absent == (
        "pneumothorax",
    )


def test_what_is_written_reads_back_the_same(stack, tmp_path):
    read = read_case_set(stack.path)
    written = write_case_set(read, tmp_path / "copy")
    again = read_case_set(tmp_path / "copy")
    assert again.cases == read.cases == written.cases
    assert to_manifest(again)["cases"][0]["readers"][0]["regions"][2] == {
        "finding": "nodule", "box": [60, 70, 79, 89], "series": "before", "lesion": "n1",
    }  # fmt: skip
    assert "image" in to_manifest(again)["cases"][1], "a single picture keeps the short form"
    assert not check_images(again)


def test_a_damaged_slice_is_named_with_its_place(stack):
    case_set = read_case_set(stack.path)
    (stack.path / "images" / "a22.png").write_bytes(png(seed=77))
    (problem,) = check_images(case_set)
    assert problem.field == "cases[0].series[0].frames[1]" and "is not the picture" in problem.message


@pytest.mark.parametrize("number", ["ssg-case-set/1", "ssg-case-set/2"])
def test_sets_of_earlier_formats_are_read_and_written_in_the_present_one(number, folder, tmp_path):
    folder.manifest["format"] = number
    read = read_case_set(folder.save())
    write_case_set(read, tmp_path / "new")
    assert '"format": "ssg-case-set/2"' in (tmp_path / "new" / "case_set.json").read_text()
    assert read_case_set(tmp_path / "new").cases == read.cases


S, A, OTHER = "cases[0].series[0]", "cases[0].readers[0].regions[0]", "cases[0].readers[0].other"


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (lambda row: row["series"][0].update(frames=[]), f"{S}.frames", "empty"),
        (lambda row: row["series"][1].update(id="axial"), "cases[0].series[1].id", "two series share"),
        (lambda row: row["series"][0].update(window=[0, 40]), f"{S}.window", "width above 0"),
        (lambda row: row["series"][0].update(values=[0, -1]), f"{S}.values", "slope above 0"),
        (lambda row: row["series"][0].update(orientation=["R", "L", "L", "P"]), f"{S}.orientation", "opposite edges"),
        (lambda row: row["series"][0].update(orientation=["R", "L", "R", "L"]), f"{S}.orientation", "opposite edges"),
        (lambda row: row["series"][0].update(orientation="RLAP"), f"{S}.orientation", "opposite edges"),
        (lambda row: row["series"][0].update(days="before"), f"{S}.days", "whole number"),
        (lambda row: row["series"][0].update(slice_mm=-1), f"{S}.slice_mm", "number from"),
        (lambda row: row["series"][0]["frames"].append(row["series"][1]["frames"][0]), f"{S}.frames", "of one size"),
        (lambda row: row.update(image=row["series"][1]["frames"][0]), "cases[0].image", "both image and series"),
        (lambda row: row["readers"][0]["regions"][0].update(frame=3), f"{A}.frame", "3 frames, counted from 0"),
        (lambda row: row["readers"][0]["regions"][0].update(series="coronal"), f"{A}.series", "it has axial, before"),
        (lambda row: row["readers"][0]["regions"][0].update(box=[60, 70, 79, 89]), f"{A}.box", "outside"),
        (lambda row: row["readers"][0].update(unknown=["nodule"]), "cases[0].readers[0].unknown", "decide"),
        (lambda row: row["readers"][0]["other"][1].update(box=[1, 1, 2, 2]), f"{OTHER}[1].absent", "no box"),
        (lambda row: row["readers"][0]["other"][0].pop("label"), f"{OTHER}[0].label", "missing"),
        (lambda row: row["series"][0]["frames"][2].update(file="images/none.png"), f"{S}.frames[2].file", "missing"),
        (lambda row: row.update(differential="vessel"), "cases[0].differential", "list"),
    ],
)  # fmt: skip
def test_one_mistake_in_a_stack_is_one_problem_with_its_field(change, field, words, stack):
    change(stack.case)
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(stack.save())
    assert [problem.field for problem in caught.value.problems] == [field], str(caught.value)
    assert words in caught.value.problems[0].message


def test_oblique_edges_have_more_letters(stack):
    stack.case["series"][0]["orientation"] = ["RA", "LP", "HA", "FP"]
    assert read_case_set(stack.save()).cases[0].series[0].orientation == ("RA", "LP", "HA", "FP")


def test_the_same_finding_at_two_places_of_a_stack_is_no_box_given_twice(stack):
    regions = stack.case["readers"][0]["regions"]
    regions.append(copy.deepcopy(regions[0]) | {"frame": 0})
    assert len(read_case_set(stack.save()).cases[0].readers[0].regions) == 4
