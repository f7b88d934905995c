"""Text burned into pictures is found, said and covered; the words themselves are stored nowhere."""

import json
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ssg.casebook.ingest import Limits, ingest, ingesting, text
from ssg.casebook.ingest.covering import covered_studies
from ssg.errors import Cancelled, Unavailable
from ssg.imaging import burned_in, text_in
from tests.casebook.ingest.making import ct, save
from tests.imaging.building import dicom, png

NAME = "DOE JANE 1933"


def written_on(grey, words=NAME, at=(30, 24), size=22, ink=255):
    picture = Image.fromarray(grey)
    ImageDraw.Draw(picture).text(at, words, font=ImageFont.load_default(size), fill=ink)
    return np.asarray(picture)


@pytest.fixture
def plain():
    rows, columns = np.mgrid[0:300, 0:400]
    return (60 + 40 * np.sin(rows / 60) + 40 * np.cos(columns / 45)).astype(np.uint8)


def test_text_is_found_where_it_stands(plain):
    (found,) = text_in(written_on(plain))
    assert found.words.replace(" ", "").upper() == NAME.replace(" ", "") and found.score > 0.8
    assert found.box.x0 == pytest.approx(30, abs=8) and found.box.y0 == pytest.approx(28, abs=9)
    assert not text_in(plain)
    assert not text_in(written_on(plain, "L", size=40)), "the marker of a side"


def test_a_picture_with_text_is_flagged_and_covered_on_demand(plain, tmp_path):
    folder = save(tmp_path / "in", {"a.png": png(written_on(plain)), "b.png": png(plain)})
    with ingesting([folder], tmp_path / "out") as found:
        flagged = [one for study in found.studies for one in study.series if one.texts]
        assert len(flagged) == 1 and found.report.texts == 1
        assert "seems to be burned in at 1 place:" in found.report.in_words()
        said = json.dumps(found.report.to_json()) + found.report.in_words()
        assert "JANE" not in said.upper(), "it may be a name"
        before = {path.name for path in (tmp_path / "out" / "images").iterdir()}
        covered = covered_studies(found.studies, found.own)
    covered_one = next(one for study in covered for one in study.series if one.series.id == flagged[0].series.id)
    after = {path.name for path in (tmp_path / "out" / "images").iterdir()}
    assert len(before - after) == 1, "the picture with the name on it is gone"
    assert not text_in(np.asarray(Image.open(tmp_path / "out" / covered_one.series.frames[0].file)))


def test_what_was_looked_at_before_a_kill_is_not_looked_at_again(plain, tmp_path, monkeypatch):
    pictures = {f"{number}.png": png(written_on(plain + np.uint8(number))) for number in range(3)}
    folder = save(tmp_path / "in", {**pictures, "plain.png": png(plain)})
    looked = []
    monkeypatch.setattr(text, "text_in", lambda pixels: looked.append(1) or text_in(pixels))
    with pytest.raises(Cancelled):
        ingest([folder], tmp_path / "out", is_cancelled=lambda: len(looked) == 2)
    found = ingest([folder], tmp_path / "out")
    assert len(looked) == 4 and found.report.texts == 3
    texts = [one.texts[0] for study in found.studies for one in study.series if one.texts]
    assert len({(one.words, one.box) for one in texts}) == 1
    assert not (tmp_path / "out" / ".ingest").exists()


def test_text_on_one_slice_of_a_stack_is_found_and_covered_on_all(tmp_path):
    volume = np.tile(np.add.outer(np.arange(256), np.arange(256)).astype(np.int16) // 4, (9, 1, 1))
    volume[6] = written_on((volume[6] // 2).astype(np.uint8), ink=255).astype(np.int16) * 4
    slices = ct(values=volume)
    folder = save(tmp_path / "in", {f"{number}.dcm": one for number, one in enumerate(slices)})
    with ingesting([folder], tmp_path / "out") as found:
        ((series,),) = [study.series for study in found.studies]
        assert [text.frame for text in series.texts] == [6]
        ((clean,),) = [study.series for study in covered_studies(found.studies, found.own)]
    box = series.texts[0].box
    for frame in clean.series.frames:
        numbers = np.asarray(Image.open(tmp_path / "out" / frame.file))
        assert np.ptp(numbers[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]) == 0


def test_without_an_ocr_it_is_said_and_can_be_left_out(plain, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    burned_in._reader.cache_clear()
    folder = save(tmp_path / "in", {"a.png": png(plain), "b.dcm": dicom(plain.astype(np.uint16))})
    with pytest.raises(Unavailable, match="pip install rapidocr"):
        ingest([folder], tmp_path / "out")
    assert len(ingest([folder], tmp_path / "out", Limits(look_for_text=False)).studies) == 2
    burned_in._reader.cache_clear()
