"""Images under opaque ids: proved, and in full depth for those who ask for it."""

import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from ssg.casebook import read_case_set
from ssg.errors import BadInput
from ssg.imaging import DisplayImage, windowed
from ssg.settings import BUNDLED_CASES
from ssg.web.case_scene import case_scene
from ssg.web.images import ImageShelf


@pytest.fixture
def case_set(tmp_path):
    folder = tmp_path / "set"
    shutil.copytree(BUNDLED_CASES / "chest-xray-first-steps", folder)
    return read_case_set(folder)


def test_another_picture_of_the_same_size_is_not_shown(tmp_path, case_set):
    first, second = case_set.cases[:2]
    shutil.copy(case_set.image_path(second), case_set.image_path(first))
    shelf = ImageShelf(b"key", tmp_path / "uploads")
    with pytest.raises(BadInput, match=first.image.file):
        shelf.path("anyone", shelf.case_id(case_set, first))
    assert shelf.path("anyone", shelf.case_id(case_set, second)) == case_set.image_path(second)


SAMPLES = np.arange(0, 3200, dtype=np.uint16).reshape(40, 80)


def a_ct(**changes):
    facts = {"samples": SAMPLES.copy(), "samples_offset": -1024.0, "window": (400.0, 40.0), "modality": "CT"}
    pixels = windowed(SAMPLES, -1024.0, 1.0, (400.0, 40.0))
    return DisplayImage(**{"pixels": pixels, **facts, **changes})


def stored(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture)


def test_an_upload_of_full_depth_is_kept_with_what_its_greys_mean(tmp_path):
    shelf = ImageShelf(b"key", tmp_path)
    shown = shelf.add("anna", a_ct())
    assert (stored(shelf.png("anna", shown.id, full_depth=True)) == SAMPLES).all()
    assert stored(shelf.png("anna", shown.id)).dtype == np.uint8
    greys = shelf.upload("anna", shown.id).greys
    assert (greys.values, greys.window, greys.unit) == ((-1024.0, 1.0), (400.0, 40.0), "HU")
    with pytest.raises(BadInput, match="no such image"):
        shelf.png("bert", shown.id, full_depth=True)


def test_an_upload_that_no_window_shows_as_its_file_does_has_8_bits(tmp_path):
    shelf = ImageShelf(b"key", tmp_path)
    table = a_ct(pixels=(SAMPLES % 256).astype(np.uint8))  # through a lookup table of its own
    plain = DisplayImage(pixels=np.zeros((5, 6), np.uint8))
    for image in (table, plain):
        shown = shelf.add("anna", image)
        assert shown.greys is None and shelf.upload("anna", shown.id) == shown
        assert (stored(shelf.png("anna", shown.id, full_depth=True)) == image.pixels).all()


def test_an_upload_of_an_older_version_opens(tmp_path):
    shelf = ImageShelf(b"key", tmp_path)
    shown = shelf.add("anna", a_ct())
    (row,) = tmp_path.rglob("*.json")
    older = json.loads(row.read_text())
    del older["greys"]
    row.write_text(json.dumps(older))
    assert shelf.upload("anna", shown.id).greys is None


def test_the_oldest_uploads_go_with_all_their_files(tmp_path, monkeypatch):
    monkeypatch.setattr("ssg.web.images.MOST_UPLOADS", 1)
    shelf = ImageShelf(b"key", tmp_path)
    shelf.add("anna", a_ct())
    shelf.add("anna", DisplayImage(pixels=np.ones((5, 6), np.uint8)))
    assert len(list(tmp_path.rglob("*.*"))) == 2


def test_a_case_of_full_depth_is_served_whole_and_only_where_it_is_asked_for(client, services):
    name = next(name for name in services.practice.order if "chest-ct" in str(name))
    entry = services.case_images[name]
    full = client.get(f"/media/{entry}.png?depth=full")
    assert full.status_code == 200 and "max-age" in full.headers["cache-control"]
    assert stored(full.content).dtype in (np.uint16, np.int32) and stored(full.content).max() > 255
    assert stored(client.get(f"/media/{entry}.png").content).dtype == np.uint8
    assert client.get(f"/media/{'0' * 32}.png?depth=full").status_code == 404


def test_a_scene_says_what_the_greys_of_a_case_mean():
    ct = read_case_set(BUNDLED_CASES / "chest-ct").cases[0]
    greys = case_scene("ct", ct, "/media/x-{number}.png")["greys"]
    assert greys["unit"] == "HU" and greys["values"][0] < 0 and greys["window"] == list(ct.series[0].window)
    pair = read_case_set(BUNDLED_CASES / "follow-up-pairs").cases[0]
    now, before = case_scene("pair", pair, "/media/x-{number}.png")["series"]
    assert (now["days"], now["greys"]["unit"]) == (0, "") and before["days"] < 0
