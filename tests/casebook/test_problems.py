"""Everything that is wrong is said at once, with file and field, in words that name the remedy."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ssg.casebook import InvalidCaseSet, read_case_set
from ssg.errors import BadInput

Row = dict[str, Any]


def put(*path: str | int, value: Any) -> Callable[[Row], None]:
    def change(manifest: Row) -> None:
        place: Any = manifest
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[Row], None]:
    def change(manifest: Row) -> None:
        place: Any = manifest
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


C = ("cases", 0)
R = (*C, "readers", 0)
BOX = (*R, "regions", 0, "box")
IMAGE_AT, REGION_AT = "cases[0].image", "cases[0].readers[0].regions[0]"
BOX_AT = f"{REGION_AT}.box"

# what is changed, the field that is named, words of the message
ONE_PROBLEM = [
    pytest.param(drop("format"), "format", "ssg-case-set/2", id="no format"),
    pytest.param(put("format", value="ssg-case-set/7"), "format", "newer", id="a later format"),
    pytest.param(put("format", value=3), "format", "not a format", id="another format"),
    pytest.param(put("id", value="My Set"), "id", "lower-case", id="a set id that no address can hold"),
    pytest.param(put("title", value=" "), "title", "empty", id="an empty title"),
    pytest.param(put("title", value="two\nlines"), "title", "line breaks", id="a title of two lines"),
    pytest.param(put("version", value=1.0), "version", "1.0.0", id="a version that is a number"),
    pytest.param(drop("licence"), "licence", "missing", id="no licence"),
    pytest.param(drop("provenance"), "provenance", "missing", id="no provenance"),
    pytest.param(put("reviewed", value="no"), "reviewed", "true or false", id="reviewed in words"),
    pytest.param(put("cases", value=[]), "cases", "empty", id="no case"),
    pytest.param(put("cases", value={"c1": 1}), "cases", "list", id="cases as an object"),
    pytest.param(put("licenze", value="MIT"), "licenze", "did you mean 'licence'", id="a misspelled key of the set"),
    pytest.param(put(*C, "histroy", value="x"), "cases[0].histroy", "did you mean 'history'", id="a misspelled key"),
    pytest.param(put("cases", 1, value="c2"), "cases[1]", "object", id="a case that is a text"),
    pytest.param(put("cases", 1, "id", value="c1"), "cases[1].id", "share the id", id="two cases with one id"),
    pytest.param(put(*C, "id", value="../c1"), "cases[0].id", "lower-case", id="a case id with a path"),
    pytest.param(put(*C, "id", value="x" * 65), "cases[0].id", "at most 64", id="a long case id"),
    pytest.param(drop(*C, "history"), "cases[0].history", "missing", id="no history"),
    pytest.param(put(*C, "history", value="x" * 5000), "cases[0].history", "at most 4,000", id="a novel as history"),
    pytest.param(put(*C, "history", value="a\x00b"), "cases[0].history", "control", id="a NUL in the history"),
    pytest.param(put(*C, "history", value="a\ud800b"), "cases[0].history", "control", id="half a surrogate pair"),
    pytest.param(put(*C, "title", value="a\u202eb"), "cases[0].title", "control", id="text that turns around"),
    pytest.param(put(*C, "modality", value="X-ray"), "cases[0].modality", "DX", id="an unknown modality"),
    pytest.param(put(*C, "difficulty", value=6), "cases[0].difficulty", "1 to 5", id="difficulty 6"),
    pytest.param(put(*C, "difficulty", value=True), "cases[0].difficulty", "1 to 5", id="difficulty true"),
    pytest.param(put(*C, "difficulty", value="3"), "cases[0].difficulty", "1 to 5", id="difficulty as a text"),
    pytest.param(put(*C, "tags", value=["a", 7]), "cases[0].tags[1]", "text", id="a tag that is a number"),
    pytest.param(
        put(*C, "structures", value=[{"finding": "nodule", "box": [1, 1, 9, 9]}]),
        "cases[0].structures[0]",
        "no structure",
        id="a finding among the structures",
    ),
    pytest.param(
        put(*C, "structures", value=[{"finding": "lung", "box": [1, 1, 9999, 9]}]),
        "cases[0].structures[0].box",
        "outside",
        id="a structure outside of the image",
    ),
    pytest.param(put(*C, "rubric", value={"spatal": 1}), "cases[0].rubric", "spatal", id="a misspelled weight"),
    pytest.param(put(*C, "rubric", value={"spatial": 0}), "cases[0].rubric", "above 0", id="no weight on the place"),
    pytest.param(put(*C, "rubric", value={"spatial": "x"}), "cases[0].rubric", "number", id="a weight in words"),
    pytest.param(put(*C, "rubric", value=[1]), "cases[0].rubric", "object", id="a list of weights"),
    # image
    pytest.param(drop(*C, "image"), "cases[0].image", "missing", id="no image"),
    pytest.param(put(*C, "image", value="images/c1.png"), "cases[0].image", "object", id="an image that is a text"),
    pytest.param(drop(*C, "image", "sha256"), f"{IMAGE_AT}.sha256", "sha256sum", id="no checksum"),
    pytest.param(put(*C, "image", "sha256", value="ab"), f"{IMAGE_AT}.sha256", "64 digits", id="half a checksum"),
    pytest.param(put(*C, "image", "width", value=0), f"{IMAGE_AT}.width", "from 1", id="no width"),
    pytest.param(put(*C, "image", "width", value=64.5), f"{IMAGE_AT}.width", "whole", id="half a pixel"),
    pytest.param(put(*C, "image", "width", value=65), "cases[0].image", "64 × 48", id="an image of another size"),
    pytest.param(put(*C, "image", "spacing_mm", value=[1]), f"{IMAGE_AT}.spacing_mm", "row, column", id="one spacing"),
    pytest.param(put(*C, "image", "spacing_mm", value=[0, 1]), f"{IMAGE_AT}.spacing_mm", "millimetres", id="zero"),
    pytest.param(put(*C, "image", "file", value="images/c9.png"), f"{IMAGE_AT}.file", "missing", id="a missing image"),
    pytest.param(put(*C, "image", "file", value="images/c1.jpg"), f"{IMAGE_AT}.file", "PNG", id="a JPEG"),
    # readers
    pytest.param(drop(*C, "readers"), "cases[0].readers", "[] where nobody", id="no reader"),
    pytest.param(
        lambda data: data["cases"][1].update(readers=[], question=["nodule"], teaching_points=[]),
        "cases[1].question",
        "nothing can be asked",
        id="asked without a reader",
    ),
    pytest.param(
        put(*C, "readers", value=[{"id": "A"}]), "cases[0].readers", "no reader says", id="a silent reader"
    ),
    pytest.param(put(*C, "readers", 1, "id", value="A"), "cases[0].readers[1].id", "share the id", id="one name twice"),
    pytest.param(drop(*R, "id"), "cases[0].readers[0].id", "reader A", id="a reader without a name"),
    pytest.param(put(*R, "regions", value={}), "cases[0].readers[0].regions", "list", id="regions as an object"),
    pytest.param(put(*R, "absent", value="x"), "cases[0].readers[0].absent", "list", id="absent as a text"),
    pytest.param(put(*R, "absent", value=[3]), "cases[0].readers[0].absent[0]", "by a text", id="a number is absent"),
    pytest.param(
        put(*R, "absent", value=["pneumothorax", "PTX"]), "cases[0].readers[0].absent[1]", "twice", id="absent twice"
    ),
    pytest.param(
        put(*R, "absent", value=["pneumothorax", "effusion"]),
        "cases[0].readers[0].absent",
        "decide",
        id="marked and excluded",
    ),
    pytest.param(
        put(*R, "regions", 1, value={"finding": "pleural effusion", "side": "right", "box": [2, 20, 30.5, 48]}),
        "cases[0].readers[0].regions",
        "twice",
        id="one box twice",
    ),
    # regions
    pytest.param(drop(*R, "regions", 0, "finding"), f"{REGION_AT}.finding", "missing", id="no finding"),
    pytest.param(
        put(*R, "regions", 1, "finding", value="cardiomegli"),
        "cases[0].readers[0].regions[1].finding",
        "cardiomegaly",
        id="an unknown finding, with candidates",
    ),
    pytest.param(
        put(*R, "regions", 1, "side", value="left"),
        "cases[0].readers[0].regions[1].side",
        "no side",
        id="a side where there is none",
    ),
    pytest.param(
        put(*R, "regions", 0, "side", value="port"),
        "cases[0].readers[0].regions[0].side",
        "left, right",
        id="a nautical side",
    ),
    pytest.param(
        put(*R, "regions", 0, "confidence", value=2),
        "cases[0].readers[0].regions[0].confidence",
        "from 0 to 1",
        id="more than certain",
    ),
    pytest.param(drop(*BOX), BOX_AT, "missing", id="no box"),
    pytest.param(put(*BOX, value=[1, 2, 3]), BOX_AT, "four numbers", id="three corners"),
    pytest.param(put(*BOX, value="1 2 3 4"), BOX_AT, "four numbers", id="a box in words"),
    pytest.param(put(*BOX, value=[1, 2, 3, True]), BOX_AT, "four numbers", id="a true edge"),
    pytest.param(put(*BOX, value=[9, 2, 3, 9]), BOX_AT, "out of order", id="inverted"),
    pytest.param(put(*BOX, value=[9, 2, 9, 9]), BOX_AT, "no area", id="no area"),
    pytest.param(put(*BOX, value=[0, 0, 64, 49]), BOX_AT, "outside", id="below the image"),
    pytest.param(put(*BOX, value=[-1, 0, 64, 48]), BOX_AT, "outside", id="left of the image"),
    # question and teaching points
    pytest.param(put(*C, "question", value=[]), "cases[0].question", "nothing is asked", id="an empty question"),
    pytest.param(
        put(*C, "question", value=["pleural effusion", "mass"]),
        "cases[0].question",
        "never be judged",
        id="asked and unknown",
    ),
    pytest.param(
        put(*C, "question", value=["pleural effusion", "xyzzy"]),
        "cases[0].question[1]",
        "vocabulary",
        id="asked in riddles",
    ),
    pytest.param(
        put(*C, "teaching_points", 0, "region", value=2),
        "cases[0].teaching_points[0].region",
        "2 regions",
        id="a point at a region that is not there",
    ),
    pytest.param(
        put(*C, "teaching_points", 0, "reader", value="Z"),
        "cases[0].teaching_points[0].reader",
        "no reader",
        id="a point at nobody's region",
    ),
    pytest.param(
        put(*C, "teaching_points", 0, "finding", value="cardiomegaly"),
        "cases[0].teaching_points[0].finding",
        "not 'cardiomegaly'",
        id="a point that calls its region something else",
    ),
    pytest.param(
        drop(*C, "teaching_points", 1, "text"),
        "cases[0].teaching_points[1].text",
        "missing",
        id="a point without a text",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field", "words"), ONE_PROBLEM)
def test_one_mistake_is_one_problem_with_its_field(folder, change, field, words):
    change(folder.manifest)
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.save())
    assert [problem.field for problem in caught.value.problems] == [field], str(caught.value)
    (problem,) = caught.value.problems
    assert words in problem.message
    assert problem.file == folder.path / "case_set.json"


def test_all_mistakes_of_a_set_are_reported_at_once(folder):
    """Each mistake in a case of its own, so that none hides another."""
    original = copy.deepcopy(folder.manifest)
    folder.manifest["cases"], fields = [], []
    for param in ONE_PROBLEM:
        change, field, _ = param.values
        if not field.startswith("cases[0]"):
            continue
        changed = copy.deepcopy(original)
        change(changed)
        number = len(fields)
        if changed["cases"][0].get("id") == "c1":
            changed["cases"][0]["id"] = f"n{number}"
        folder.manifest["cases"].append(changed["cases"][0])
        fields.append(field.replace("cases[0]", f"cases[{number}]", 1))
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.save())
    assert len(fields) > 40
    assert [problem.field for problem in caught.value.problems] == fields
    assert len(str(caught.value).splitlines()) == len(fields)


def test_the_problem_names_the_case(folder):
    folder.manifest["cases"][1]["difficulty"] = 0
    with pytest.raises(BadInput, match=r"cases\[1\]\.difficulty \(case c2\): 0 cannot be used"):
        read_case_set(folder.save())


def test_a_bad_image_and_a_bad_text_are_reported_together(folder):
    (folder.path / "images" / "c1.png").unlink()
    (folder.path / "images" / "c2.png").write_bytes(b"GIF89a" * 10)
    del folder.case["history"]
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.save())
    assert [problem.field for problem in caught.value.problems] == [
        f"{IMAGE_AT}.file",
        "cases[0].history",
        "cases[1].image.file",
    ]


def test_thousands_of_problems_are_counted_not_listed(folder):
    folder.case["tags"] = [1] * 40
    folder.manifest["cases"] = [copy.deepcopy(folder.case) for _ in range(40)]
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.save())
    assert len(caught.value.problems) == 201
    assert "more problems" in caught.value.problems[-1].message
