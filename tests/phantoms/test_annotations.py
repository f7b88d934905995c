"""Phantoms on disk have the format of the other lists and read back."""

import json

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.phantoms import FINDINGS, STRUCTURES, chest_xray, write_phantoms


def test_the_list_has_the_format_of_the_other_data(tmp_path):
    write_phantoms(40, 6, 96, tmp_path)
    rows = json.loads((tmp_path / "annotations.json").read_text(encoding="utf-8"))
    assert len(rows) == 6
    for row in rows:
        assert {"image", "width", "height", "modality", "findings", "absent"} <= set(row)
        assert (row["width"], row["height"], row["modality"], row["body_part"]) == (96, 96, "DX", "CHEST")
        assert set(row["absent"]) <= set(FINDINGS)
        for entry in row["findings"]:
            assert entry["label"] in FINDINGS
            assert entry["boxes"]
            assert all(Box(*box).x1 <= 96 for box in entry["boxes"])
        assert {entry["label"] for entry in row["anatomy"]} <= set(STRUCTURES)
        assert not {entry["label"] for entry in row["findings"]} & set(row["absent"])


def test_images_and_rows_read_back_as_they_were_drawn(tmp_path):
    rows = write_phantoms(3, 2, 64, tmp_path)
    assert json.loads((tmp_path / "annotations.json").read_text(encoding="utf-8")) == rows
    for row in rows:
        drawn = chest_xray(row["seed"], 64)
        with Image.open(tmp_path / row["image"]) as picture:
            assert np.array_equal(np.asarray(picture), drawn.pixels)
        assert [entry["label"] for entry in row["findings"]] == [entry.finding for entry in drawn.findings]


@pytest.mark.parametrize(("count", "size"), [(0, 64), (1, 63), (True, 64), (2.0, 64), (1, "64")])
def test_a_count_or_size_out_of_range_is_refused(tmp_path, count, size):
    with pytest.raises(BadInput):
        write_phantoms(0, count, size, tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(BadInput, match="folder"):
        write_phantoms(0, 1, 64, tmp_path / "file")


@pytest.mark.parametrize(("kind", "modality"), [("chest-ct", "CT"), ("brain-mr", "MR")])
def test_lists_of_every_kind_say_what_they_are(kind, modality, tmp_path):
    rows = write_phantoms(3, 2, 64, tmp_path, kind, sites=("island clinic",))
    assert {row["modality"] for row in rows} == {modality}
    assert {row["site"] for row in rows} == {"island clinic"}
    assert all("level_mm" in row for row in rows)
    assert all(("sequence" in row) == (kind == "brain-mr") for row in rows)


def test_a_site_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no site 'moon base'"):
        write_phantoms(3, 1, 64, tmp_path, "chest-ct", sites=("moon base",))
    with pytest.raises(BadInput, match="no kind of phantom 'knee'"):
        write_phantoms(3, 1, 64, tmp_path, "knee")
