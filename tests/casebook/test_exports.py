"""Case sets in other formats, and back: equal boxes within half a pixel, equal text."""

import csv
import json
import shutil
from dataclasses import replace

import pytest
import yaml

from ssg.boxes import Box
from ssg.casebook import InvalidCaseSet, check_images, read_case_set
from ssg.casebook.exports.formats import WRITERS, export, read_back
from ssg.cli.main import main
from ssg.settings import BUNDLED_CASES
from tests.casebook.test_series import stack  # noqa: F401 - a fixture

BACK = ("coco", "yolo")


def without_boxes(case_set):
    """The set with one box in place of every region's."""
    flat = []
    for case in case_set.cases:
        readers = tuple(
            replace(reader, regions=tuple(replace(region, box=Box(0, 0, 1, 1)) for region in reader.regions))
            for reader in case.readers
        )
        flat.append(replace(case, readers=readers))
    return replace(case_set, cases=tuple(flat), folder=None)


def boxes(case_set):
    return [tuple(region.box) for case in case_set.cases for reader in case.readers for region in reader.regions]


def assert_same(one, other, pixels=0.5):
    assert without_boxes(one) == without_boxes(other)
    assert all(
        abs(a - b) <= pixels
        for was, now in zip(boxes(one), boxes(other), strict=True)
        for a, b in zip(was, now, strict=True)
    )


@pytest.mark.parametrize("form", BACK)
def test_a_stack_with_all_texts_comes_back_the_same(form, stack, tmp_path):  # noqa: F811
    before = read_case_set(stack.path)
    export(before, form, tmp_path / "out")
    after = read_back(tmp_path / "out", tmp_path / "back").case_set
    assert_same(before, after, 0.01)
    assert read_case_set(tmp_path / "back").cases == after.cases and not check_images(after)


@pytest.mark.parametrize("form", BACK)
def test_the_bundled_set_comes_back_by_command(form, tmp_path, capsys):
    source = BUNDLED_CASES / "chest-xray-first-steps"
    assert main(["cases", "export", str(source), "--format", form, "--out", str(tmp_path / "out")]) == 0
    assert main(["cases", "import", str(tmp_path / "out"), "--out", str(tmp_path / "back")]) == 0
    assert "42 cases, as they were exported" in capsys.readouterr().out
    assert_same(read_case_set(source), read_case_set(tmp_path / "back"))
    assert main(["cases", "import", str(tmp_path / "out"), "--out", str(tmp_path / "back")]) == 2
    assert "is there already" in capsys.readouterr().err


def test_coco_is_coco(folder, tmp_path):
    export(read_case_set(folder.path), "coco", tmp_path / "out")
    data = json.loads((tmp_path / "out" / "annotations.json").read_text())
    assert [row["file_name"] for row in data["images"]] == ["c1.png", "c2.png"]
    first = data["annotations"][0]
    assert first["bbox"] == [2, 20, 28.5, 28] and first["area"] == 28.5 * 28 and first["iscrowd"] == 0
    names = {row["id"]: row["name"] for row in data["categories"]}
    assert names[first["category_id"]] == "pleural effusion" and len(data["annotations"]) == 6
    assert all((tmp_path / "out" / "images" / row["file_name"]).is_file() for row in data["images"])


def test_yolo_is_yolo_with_each_reader_apart(folder, tmp_path):
    export(read_case_set(folder.path), "yolo", tmp_path / "out")
    names = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())["names"]
    assert names == {0: "cardiomegaly", 1: "pleural effusion"}
    rows = [line.split() for line in (tmp_path / "out" / "labels" / "c1.txt").read_text().splitlines()]
    assert [row[0] for row in rows] == ["1", "0"]
    assert [float(value) for value in rows[0][1:]] == pytest.approx([16.25 / 64, 34 / 48, 28.5 / 64, 28 / 48])
    assert len((tmp_path / "out" / "labels_of" / "B" / "c1.txt").read_text().splitlines()) == 1


def test_what_was_moved_drawn_and_deleted_elsewhere_comes_back_so(folder, tmp_path):
    export(read_case_set(folder.path), "coco", tmp_path / "out")
    path = tmp_path / "out" / "annotations.json"
    data = json.loads(path.read_text())
    data["annotations"][1]["bbox"] = [1, 2, 10, 20]
    del data["annotations"][0]
    data["categories"] += [{"id": 77, "name": "PTX"}, {"id": 78, "name": "Zorp"}]
    for category in (77, 78):
        data["annotations"].append({"id": 900 + category, "image_id": 1, "category_id": category, "bbox": [5, 5, 6, 7]})
    path.write_text(json.dumps(data))
    with pytest.raises(InvalidCaseSet, match="pneumothorax"):  # reader A excludes it, and it was drawn
        read_back(tmp_path / "out", tmp_path / "back")
    data["annotations"] = [row for row in data["annotations"] if row["category_id"] != 77]
    path.write_text(json.dumps(data))
    case = read_back(tmp_path / "out", tmp_path / "back").case_set.cases[0]
    reader = case.readers[0]
    assert [(one.finding, one.box) for one in reader.regions] == [("cardiomegaly", Box(1, 2, 11, 22))]
    assert [(one.label, one.box) for one in reader.other] == [("Zorp", Box(5, 5, 11, 12))]
    assert case.teaching_points[0].region is None, "its region is gone"


def test_lines_of_yolo_that_others_wrote_are_the_first_reader_s(folder, tmp_path):
    export(read_case_set(folder.path), "yolo", tmp_path / "out")
    (tmp_path / "out" / "labels" / "c1.txt").write_text("0 0.5 0.5 0.25 0.25\n")
    case = read_back(tmp_path / "out", tmp_path / "back").case_set.cases[0]
    assert [(one.finding, one.box) for one in case.readers[0].regions] == [("cardiomegaly", Box(24, 18, 40, 30))]
    assert len(case.readers[1].regions) == 1


def test_csv_has_everything_that_is_said_and_no_formula(folder, tmp_path):
    folder.case["title"] = "=1+1"
    folder.case["readers"][0]["other"] = [{"label": "Zorp", "absent": True}]
    folder.case["readers"][0]["unknown"] = ["nodule"]
    export(read_case_set(folder.save()), "csv", tmp_path / "out")
    rows = list(csv.DictReader((tmp_path / "out" / "regions.csv").open()))
    first = [row for row in rows if row["case"] == "c1"]
    assert [(row["reader"], row["finding"], row["presence"]) for row in first] == [
        ("A", "pleural effusion", "present"),
        ("A", "cardiomegaly", "present"),
        ("A", "pneumothorax", "absent"),
        ("A", "nodule", "unknown"),
        ("A", "Zorp", "absent"),
        ("B", "pleural effusion", "present"),
    ]
    assert [float(first[0][name]) for name in ("x0", "y0", "x1", "y1")] == [2, 20, 30.5, 48]
    texts = list(csv.DictReader((tmp_path / "out" / "cases.csv").open()))
    assert texts[0]["title"] == "'=1+1" and texts[0]["history"].startswith("58-year-old man.")


def test_hugging_face_s_library_reads_the_layout(folder, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    case_set = read_case_set(folder.path)
    export(case_set, "huggingface", tmp_path / "out")
    read = datasets.load_dataset("imagefolder", data_dir=str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))[
        "train"
    ]
    rows = {row["case"]: row for row in read}
    assert set(rows) == {"c1", "c2"} and rows["c1"]["image"].size == (64, 48)
    assert rows["c1"]["objects"]["bbox"][0] == [2, 20, 28.5, 28]
    assert rows["c1"]["objects"]["category"] == ["pleural effusion", "cardiomegaly", "pleural effusion"]
    assert read_case_set(tmp_path / "out").cases == case_set.cases, "it is a case set as well"


@pytest.mark.parametrize("form", WRITERS)
def test_nothing_is_written_over(form, folder, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert main(["cases", "export", str(folder.path), "--format", form, "--out", str(tmp_path / "out")]) == 2
    assert "is there already" in capsys.readouterr().err and len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize(
    ("form", "damage"),
    [
        *(("coco", name) for name in ("ssg.json", "annotations.json", "images")),
        *(("yolo", name) for name in ("ssg.json", "data.yaml", "numbers.json", "images")),
    ],
)
def test_of_a_damaged_export_each_problem_is_a_line(form, damage, folder, tmp_path, capsys):
    export(read_case_set(folder.path), form, tmp_path / "out")
    place = tmp_path / "out" / damage
    if damage == "images":
        shutil.rmtree(place)
    else:
        place.write_text("[1, 2")
    assert main(["cases", "import", str(tmp_path / "out"), "--out", str(tmp_path / "back")]) == 2
    err = capsys.readouterr().err
    assert err and all(line.startswith("ssg cases: ") for line in err.splitlines())
    assert not (tmp_path / "back" / "case_set.json").exists()


@pytest.mark.parametrize("given", ["", "case_set.json", ".."])
def test_a_case_set_is_not_imported_as_pictures(given, folder, tmp_path, capsys):
    out = tmp_path / "elsewhere" / "out"
    more = ["--out", str(out), "--licence", "private"]
    assert main(["cases", "import", str(folder.path / given), *more]) == 2
    said = capsys.readouterr().err
    assert "is a case set of SSG already" in said and "cases validate" in said and not out.exists()
    if not given:
        assert main(["cases", "import", str(folder.path), "--format", "pictures", *more]) == 0


def test_an_export_to_hugging_face_is_a_set_and_one_to_csv_names_what_brings_it_back(folder, tmp_path, capsys):
    before = read_case_set(folder.path)
    more = ["--out", str(tmp_path / "out"), "--licence", "private"]
    export(before, "huggingface", tmp_path / "hub")
    assert main(["cases", "import", str(tmp_path / "hub"), *more]) == 2
    assert "is a case set of SSG already" in capsys.readouterr().err
    export(before, "csv", tmp_path / "csv")
    assert main(["cases", "import", str(tmp_path / "csv"), *more]) == 2
    command = capsys.readouterr().err.split("`")[1].split()[3:]
    assert command[:2] == ["cases", "import"]
    assert main([*command[:-4], *more]) == 0
    assert boxes(read_case_set(tmp_path / "out"))
