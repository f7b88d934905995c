"""Labels that only near candidates are offered for; boxes in one column; tables that lack something."""

import numpy as np
import pytest
from PIL import Image

from ssg.casebook import read_case_set
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.table import read
from ssg.cli.main import main


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Épanchement", ()),
        ("Rundherd", ()),
        ("Herz", ()),
        ("Cardiomegalie", ("cardiomegaly",)),
        ("Fractura", ("fracture",)),
        ("pleural_effusion_small", ("pleural effusion", "pleura")),
    ],
)
def test_only_what_is_near_a_label_is_offered_for_it(label, expected):
    assert Labels("chest x-ray").meaning(label).candidates == expected


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    grey = np.random.default_rng(0).integers(0, 255, (40, 60), dtype=np.uint8)
    Image.fromarray(grey).save(folder / "a.png")
    return folder


@pytest.mark.parametrize("written", ['"[10, 5, 20, 30]"', '"10 5 20 30"', '"(10; 5; 20.0; 30)"'])
def test_a_box_in_one_column_is_read_as_coco_has_it(written, pictures, tmp_path, capsys):
    table = tmp_path / "boxes.csv"
    table.write_text(f"image,label,bbox\na.png,nodule,{written}\n")
    more = ["--images", str(pictures), "--out", str(tmp_path / "set"), "--licence", "private"]
    assert main(["cases", "import", str(table), *more]) == 0
    assert "bbox is taken as [x, y, width, height]" in capsys.readouterr().out
    (case,) = read_case_set(tmp_path / "set").cases
    assert tuple(case.readers[0].regions[0].box) == (10, 5, 30, 35)


def test_a_box_in_one_column_that_is_none_is_refused_and_counted(tmp_path):
    table = tmp_path / "boxes.csv"
    table.write_text('image,label,bbox\na.png,nodule,"[1, 2, 3]"\nb.png,nodule,"[1, 2, x, 4]"\n')
    reading = read([table])
    assert reading.refused.counts == {"the box is not four numbers": 2} and not reading.pictures


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("picture,colour", "none that is known to hold the label or the box"),
        ("patient,finding,xmin,ymin,xmax,ymax", "none that is known to hold the image"),
        ("image,label", "none that is known to hold the box (or whether it is there)"),
    ],
)
def test_what_a_table_lacks_is_named(columns, said, tmp_path, capsys):
    table = tmp_path / "boxes.csv"
    table.write_text(f"{columns}\n1,2,3,4,5,6\n")
    assert main(["cases", "import", str(table)]) == 2
    err = capsys.readouterr().err
    assert said in err and "--format" in err and err.count("\n") == 1
