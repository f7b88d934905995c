"""What others did to an export comes back: classes, copies, zip files; and what cannot be is refused by its place."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from ssg.boxes import Box
from ssg.casebook import InvalidCaseSet, read_case_set
from ssg.casebook.exports.formats import WRITERS, export, read_back
from ssg.cli.main import main
from ssg.errors import BadInput
from tests.casebook.test_series import stack  # noqa: F401 - a fixture

C1 = [("pleural effusion", Box(2, 20, 30.5, 48)), ("cardiomegaly", Box(20, 10, 50, 40))]
"""What reader A marks on both cases of the small set."""


def marks(reader):
    return [(region.finding, region.box) for region in reader.regions]


def near(found, expected):
    assert [name for name, _ in found] == [name for name, _ in expected]
    for (_, one), (_, other) in zip(found, expected, strict=True):
        assert all(abs(a - b) < 0.01 for a, b in zip(one, other, strict=True))


@pytest.fixture
def yolo(folder, tmp_path):
    export(read_case_set(folder.path), "yolo", tmp_path / "out")
    return tmp_path / "out" / "labels" / "c1.txt"


class Coco:
    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "annotations.json"
        self.data = json.loads(self.path.read_text())

    def back(self, out: Path):
        self.path.write_text(json.dumps(self.data))
        return read_back(self.folder, out)


@pytest.fixture
def coco(folder, tmp_path):
    export(read_case_set(folder.path), "coco", tmp_path / "out")
    return Coco(tmp_path / "out")


def test_lines_of_yolo_in_another_order_are_the_same_regions(yolo, tmp_path):
    lines = yolo.read_text().splitlines()
    yolo.write_text("\n".join(reversed(lines)))
    back = read_back(tmp_path / "out", tmp_path / "back")
    near(marks(back.case_set.cases[0].readers[0]), C1)
    assert back.changed == ()
    assert back.case_set.cases[0].readers[0].regions[0].side == "right"


def test_a_line_of_yolo_with_another_class_has_that_finding(yolo, tmp_path):
    effusion, heart = yolo.read_text().splitlines()
    yolo.write_text(f"{heart}\n0{effusion[1:]}\n")  # both orders and the class are other ones
    back = read_back(tmp_path / "out", tmp_path / "back")
    case = back.case_set.cases[0]
    near(marks(case.readers[0]), [("cardiomegaly", C1[0][1]), C1[1]])
    assert case.readers[0].regions[0].side is None, "a heart has no side"
    assert back.changed == ("case c1, reader A: 'pleural effusion' is 'cardiomegaly' now",)
    assert case.teaching_points[0].region == 0


def test_lines_of_yolo_that_came_and_went_are_told_from_those_that_stayed(yolo, tmp_path):
    heart = yolo.read_text().splitlines()[1]
    yolo.write_text(f"1 0.9 0.1 0.05 0.05\n{heart}\n0 0.1 0.9 0.1 0.1 0.75\n")
    back = read_back(tmp_path / "out", tmp_path / "back")
    found = back.case_set.cases[0].readers[0].regions
    near([(one.finding, one.box) for one in found[:1]], C1[1:])
    assert [one.finding for one in found] == ["cardiomegaly", "pleural effusion", "cardiomegaly"]
    assert found[1].side is None, "it lies elsewhere: it is another one"
    assert sorted(line.partition(": ")[2] for line in back.changed) == [
        "'cardiomegaly' was drawn since",
        "'pleural effusion' is gone",
        "'pleural effusion' was drawn since",
    ]


def test_what_was_drawn_since_in_the_file_of_a_reader_is_that_reader_s(yolo, tmp_path):
    theirs = tmp_path / "out" / "labels_of" / "B" / "c1.txt"
    theirs.write_text(theirs.read_text() + "0 0.5 0.5 0.25 0.25\n")
    readers = read_back(tmp_path / "out", tmp_path / "back").case_set.cases[0].readers
    near(marks(readers[0]), C1)
    assert [one.finding for one in readers[1].regions] == ["pleural effusion", "cardiomegaly"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("7 0.5 0.5 0.2 0.2", "labels/c1.txt, line 3: its class '7' is named nowhere"),
        ("1 0.5 0.5 0.2", "labels/c1.txt, line 3: '1 0.5 0.5 0.2' is no box"),
        ("1 0.1 0.1 0.2 0.2 0.4 0.4 0.5", "labels/c1.txt, line 3"),
        ("1 0.5 0.5 0.2 0", "no width or no height"),
        ("1 0.9 0.5 0.9 0.2", "labels/c1.txt, line 3: its box"),
    ],
)
def test_a_line_of_yolo_that_cannot_be_is_named(line, said, yolo, tmp_path):
    yolo.write_text(yolo.read_text() + line)
    with pytest.raises(InvalidCaseSet) as error:
        read_back(tmp_path / "out", tmp_path / "back")
    assert said in str(error.value)


def test_an_export_to_yolo_of_before_still_comes_back_by_class(yolo, tmp_path):
    path = tmp_path / "out" / "numbers.json"
    rows = json.loads(path.read_text())
    path.write_text(json.dumps({name: [number for number, _ in entries] for name, entries in rows.items()}))
    yolo.write_text("\n".join(reversed(yolo.read_text().splitlines())))
    near(marks(read_back(tmp_path / "out", tmp_path / "back").case_set.cases[0].readers[0]), C1)


def test_an_export_to_yolo_without_its_labels_is_refused_and_nothing_is_taken_for_deleted(yolo, tmp_path):
    shutil.rmtree(yolo.parent)
    with pytest.raises(BadInput, match="has no folder labels/"):
        read_back(tmp_path / "out", tmp_path / "back")


def test_names_of_yolo_may_be_a_list(yolo, tmp_path):
    (tmp_path / "out" / "data.yaml").write_text("names: [cardiomegaly, pleural effusion]\n")
    near(marks(read_back(tmp_path / "out", tmp_path / "back").case_set.cases[0].readers[0]), C1)


def test_another_category_of_coco_is_taken_and_told(coco, tmp_path):
    hearts = next(row["id"] for row in coco.data["categories"] if row["name"] == "cardiomegaly")
    coco.data["annotations"][0]["category_id"] = hearts
    back = coco.back(tmp_path / "back")
    case = back.case_set.cases[0]
    near(marks(case.readers[0]), [("cardiomegaly", C1[0][1]), C1[1]])
    assert back.changed == ("case c1, reader A: 'pleural effusion' is 'cardiomegaly' now",)


def test_what_is_asked_follows_what_is_marked(coco, tmp_path):
    hearts = next(row["id"] for row in coco.data["categories"] if row["name"] == "cardiomegaly")
    for row in coco.data["annotations"]:
        row["category_id"] = hearts
    back = coco.back(tmp_path / "back")
    assert back.case_set.cases[0].question == ("pneumothorax",)
    assert "case c1: 'pleural effusion' is asked no more, since no reader states it" in back.changed


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("category_id", 777, "annotations[1] (id 2): its category_id 777 is named nowhere"),
        ("image_id", 777, "annotations[1] (id 2): its image_id 777 is that of no image"),
        ("bbox", [50, 40, 30, 20], "annotations[1] (id 2) (case ): its box"),
        ("bbox", [5, 5, 0, 9], "annotations[1] (id 2)"),
        ("bbox", "everywhere", "annotations[1] (id 2): its bbox 'everywhere' is not four numbers"),
    ],
)
def test_an_annotation_that_cannot_be_is_named_in_its_own_file(key, value, said, coco, tmp_path):
    coco.data["annotations"][1][key] = value
    with pytest.raises(InvalidCaseSet) as error:
        coco.back(tmp_path / "back")
    assert said.replace(" (case )", "") in str(error.value)
    assert "annotations.json" in str(error.value) and "export the set again" not in str(error.value)
    assert not (tmp_path / "back" / "case_set.json").exists()


def test_a_copied_annotation_is_kept_beside_its_original(coco, tmp_path):
    copy = json.loads(json.dumps(coco.data["annotations"][0]))
    coco.data["annotations"].append({**copy, "id": 99, "bbox": [40, 20, 10, 10]})
    back = coco.back(tmp_path / "back")
    reader = back.case_set.cases[0].readers[0]
    near(marks(reader), [*C1, ("pleural effusion", Box(40, 20, 50, 30))])
    assert reader.regions[2].side == "right" and len(back.changed) == 1


def test_a_copy_at_the_same_place_is_refused_by_its_name(coco, tmp_path):
    coco.data["annotations"].append({**coco.data["annotations"][0], "id": 99})
    with pytest.raises(InvalidCaseSet, match=r"annotations\[6\] \(id 99\).*same box twice"):
        coco.back(tmp_path / "back")


def test_an_annotation_on_another_picture_of_its_case_moves_and_on_another_case_is_new(stack, tmp_path):  # noqa: F811
    before = read_case_set(stack.path)
    export(before, "coco", tmp_path / "out")
    coco = Coco(tmp_path / "out")
    number = next(n for n, region in enumerate(before.cases[0].readers[0].regions))
    row = next(one for one in coco.data["annotations"] if one["ssg"]["number"] == number)
    other = next(one["id"] for one in coco.data["images"] if one["id"] != row["image_id"])
    row["image_id"] = other
    back = coco.back(tmp_path / "back")
    case = back.case_set.cases[0]
    name = next(one["file_name"] for one in coco.data["images"] if one["id"] == other)
    assert Path(case.pictures[case.readers[0].regions[number].picture].file).name == name
    assert "is on another picture" in back.changed[0]


def test_a_box_on_a_case_that_nobody_has_read_is_an_annotator_s(folder, tmp_path):
    folder.case.update(readers=[])
    for name in ("question", "teaching_points"):
        folder.case.pop(name)
    export(read_case_set(folder.save()), "coco", tmp_path / "out")
    coco = Coco(tmp_path / "out")
    category = coco.data["categories"][0]["id"]
    coco.data["annotations"].append({"id": 70, "image_id": 1, "category_id": category, "bbox": [5, 5, 10, 10]})
    readers = coco.back(tmp_path / "back").case_set.cases[0].readers
    assert [(one.id, len(one.regions)) for one in readers] == [("annotator", 1)]


def test_a_case_whose_last_box_is_deleted_is_one_that_nobody_has_read(coco, tmp_path):
    rest = json.loads((coco.folder / "ssg.json").read_text())
    rest["cases"][0]["readers"][0]["absent"] = []
    (coco.folder / "ssg.json").write_text(json.dumps(rest))
    coco.data["annotations"] = [row for row in coco.data["annotations"] if row["image_id"] != 1]
    case = coco.back(tmp_path / "back").case_set.cases[0]
    assert case.readers == () and not case.is_asked


def packed(folder: Path, out: Path, within: str = "") -> Path:
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            archive.write(path, within + path.relative_to(folder).as_posix())
    return out


@pytest.mark.parametrize("within", ["", "set/"])
@pytest.mark.parametrize("form", ["coco", "yolo"])
def test_a_zip_file_of_an_export_comes_back_as_its_folder_does(form, within, folder, tmp_path, capsys):
    export(read_case_set(folder.path), form, tmp_path / "out")
    path = packed(tmp_path / "out", tmp_path / "out.zip", within)
    assert main(["cases", "import", str(path), "--out", str(tmp_path / "back")]) == 0
    assert "2 cases, as they were exported" in capsys.readouterr().out
    near(marks(read_case_set(tmp_path / "back").cases[0].readers[0]), C1)


def test_a_zip_file_of_csv_is_refused_as_its_folder_is(folder, tmp_path, capsys):
    export(read_case_set(folder.path), "csv", tmp_path / "out")
    path = packed(tmp_path / "out", tmp_path / "out.zip")
    more = ["--out", str(tmp_path / "back"), "--licence", "private"]
    assert main(["cases", "import", str(path), *more]) == 2
    said = capsys.readouterr().err
    assert "is a CSV export of SSG in a zip file" in said and "regions.csv" in said
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("as_zip", [False, True])
def test_annotations_beside_pictures_are_never_left_out_in_silence(as_zip, coco, tmp_path, capsys):
    (coco.folder / "ssg.json").unlink()
    path = packed(coco.folder, tmp_path / "data.zip") if as_zip else coco.folder
    more = ["--out", str(tmp_path / "back"), "--licence", "private"]
    assert main(["cases", "import", str(path), *more]) == 0
    assert "marks     6 regions" in capsys.readouterr().out
    assert set(read_case_set(tmp_path / "back").cases[0].present) == {"pleural effusion", "cardiomegaly"}
    more[1] = str(tmp_path / "alone")
    assert main(["cases", "import", str(path), "--format", "pictures", *more]) == 0
    assert read_case_set(tmp_path / "alone").cases[0].readers == ()


@pytest.mark.parametrize("form", [*WRITERS, "zip"])
def test_a_set_with_a_damaged_picture_is_not_exported(form, folder, tmp_path):
    case_set = read_case_set(folder.path)
    path = folder.path / "images" / "c2.png"
    path.write_bytes(path.read_bytes()[:-20] + bytes(20))
    with pytest.raises(BadInput, match=r"c2\.png is not the picture"):
        export(case_set, form, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_that_was_given_is_still_there_when_the_export_is_refused(folder, tmp_path):
    case_set = read_case_set(folder.path)
    shutil.copyfile(folder.path / "images" / "c1.png", folder.path / "images" / "c2.png")
    (tmp_path / "out").mkdir()
    with pytest.raises(BadInput, match=r"c2\.png"):
        export(case_set, "coco", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
