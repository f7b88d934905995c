"""The wizard's report: what is left out stands in plain sight, at the look and after the taking in."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from ssg.casebook.ingest import Limits
from ssg.store import Store
from ssg.teaching.importing import Importing
from ssg.teaching.workshop import Workshop
from ssg.web.pages.build_import import looked_html, taken_html

ROWS = """image,label,xmin,ymin,xmax,ymax
a.png,nodule,1,1,20,20
a.png,mass,500,500,600,600
b.png,nodule,2,2,20,20
c.png,mass,one,2,20,20
b.png,nodule,,,,
"""


@pytest.fixture
def looked_at(tmp_path):
    """A table with two rows that cannot be used and a box outside, and four pictures, two of them with usable rows."""
    given = tmp_path / "data.zip"
    with zipfile.ZipFile(given, "w") as archive:
        archive.writestr("boxes.csv", ROWS)
        for number, name in enumerate("abcd"):
            pixels = np.random.default_rng(number).integers(0, 255, (60, 80), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"{name}.png")
            archive.write(tmp_path / f"{name}.png", f"images/{name}.png")
    with Store(f"sqlite:///{tmp_path / 'ssg.sqlite3'}") as store:
        shop = Workshop(store.workshop, tmp_path / "workshop")
        set_id, importing = shop.create("Imported", "CC0-1.0", "Ann").id, Importing(shop)
        token, _ = importing.lay(set_id, [given], Limits(look_for_text=False), lambda: None)
        yield importing, set_id, token


def in_sight(html):
    return html.partition("<details")[0]


def test_what_will_be_left_out_stands_beside_what_is_here(looked_at):
    importing, set_id, token = looked_at
    seen = in_sight(looked_html(importing.look(set_id, token)))
    assert "Pictures named: 2, of which are here: 2." in seen
    assert "Rows that cannot be used, which will be left out: 2." in seen
    assert "1 × the box is not four numbers: line 5" in seen
    assert "of which no usable row speaks, which will be left out: 2 (images/c.png, images/d.png)." in seen
    assert "Boxes are held against their pictures when they are taken in" in seen


def test_boxes_that_were_left_out_stand_beside_what_was_taken_in(looked_at):
    importing, set_id, token = looked_at
    _, made = importing.take_in(set_id, token, "table", "", "Ann")
    seen = in_sight(taken_html(made))
    assert "Boxes and statements that were left out: 1." in seen
    assert "line 3" in seen
