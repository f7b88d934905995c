"""Lists that are trained on: neighbouring slices stay together, and what cannot be trained on is refused at once."""

import json

import numpy as np
import pytest
from PIL import Image

from ssg.errors import BadInput
from ssg.phantoms import kind_of
from training.lists import read_rows, real_rows
from training.pictures import load_scene
from training.rows import is_held_out, part_of, with_mined_absences

HELD_OUT, TRAINED = "4", "7"


def a_row(**changes):
    found = [{"label": "nodule", "boxes": [[60, 10, 80, 30]]}]
    return {"image": "a.png", "width": 100, "height": 80, "patient": TRAINED, "findings": found} | changes


@pytest.fixture
def listed(tmp_path):
    def write(*rows):
        Image.new("L", (100, 80)).save(tmp_path / "a.png")
        path = tmp_path / "annotations.json"
        path.write_text(json.dumps(list(rows)))
        return path

    return write


def stretches(rows):
    """Rows in runs of numbers that follow each other."""
    rows = sorted(rows, key=lambda row: row.source["figshare_id"])
    runs = [[rows[0]]]
    for row in rows[1:]:
        if row.source["figshare_id"] == runs[-1][-1].source["figshare_id"] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def slices(numbers):
    rows = [a_row(figshare_id=number, image=f"{number}.png") for number in numbers]
    for row in rows:
        del row["patient"]
    return rows


def test_a_stretch_of_neighbouring_slices_is_never_cut(listed):
    kept = [number for number in range(1, 3065) if not 97 <= number % 150 <= 147]
    runs = stretches(read_rows(listed(*slices(kept))))
    assert len(runs) == 21
    assert [len({row.group for row in run}) for run in runs] == [1] * 21
    assert len({run[0].group for run in runs}) == 21
    assert {is_held_out(run[0]) for run in runs} == {True, False}


def test_the_real_list_s_stretches_are_never_cut(shared_data):
    rows = read_rows(shared_data / "brain-mri-train" / "annotations.json")
    runs = stretches(rows)
    assert len(runs) > 15
    for run in runs:
        assert len({is_held_out(row) for row in run}) == 1, run[0].group
    assert part_of(rows, "held-out") and part_of(rows, "training")


def test_a_list_that_nothing_can_be_trained_on_is_refused(listed):
    path = listed(a_row(patient=HELD_OUT), a_row(patient=HELD_OUT))
    with pytest.raises(BadInput, match=r"annotations\.json: all its patients are held out"):
        real_rows([path])
    path = listed(a_row(patient=HELD_OUT), a_row(findings=[]))
    with pytest.raises(BadInput, match=r"annotations\.json: of no image .* is anything known"):
        real_rows([path])
    assert len(real_rows([listed(a_row(patient=HELD_OUT), a_row())])) == 1


def test_an_image_that_is_not_what_its_row_says_is_refused_before_training(listed, tmp_path):
    path = listed(a_row(), a_row(image="gone.png"))
    with pytest.raises(BadInput, match=r"annotations\.json, entry 2: .*gone\.png cannot be read \(No such file"):
        real_rows([path])
    with pytest.raises(BadInput, match=r"entry 2: .*a\.png has 100 × 80 pixels, its entry says 90 × 80"):
        real_rows([listed(a_row(), a_row(width=90))])
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(BadInput, match=r"entry 1: .*text\.png cannot be read \(it is no image\)"):
        real_rows([listed(a_row(image="text.png"))])
    assert real_rows([listed(a_row(), a_row(image="gone.png", patient=HELD_OUT))]), "held-out images are not read"


@pytest.mark.parametrize(
    ("mined", "complaint"), [(5, "must be a list of names, got 5"), ([None], r"must be a list of names"),
                             ("Effusion", "must be a list"), (["zzz"], "zzz")],
)  # fmt: skip
def test_bad_mined_labels_are_named_with_file_and_row(listed, mined, complaint):
    with pytest.raises(BadInput, match=rf"annotations\.json, entry 2: .*{complaint}"):
        read_rows(listed(a_row(), a_row(image_labels_textmined=mined)))


@pytest.mark.parametrize("changes", [{"absent": [None]}, {"findings": [{"label": None, "boxes": []}]}])
def test_a_name_that_is_no_text_is_one_sentence(listed, changes):
    with pytest.raises(BadInput, match=r"annotations\.json, entry 1"):
        read_rows(listed(a_row(**changes)))


def test_a_row_that_nothing_was_mined_of_stays_as_it_is(listed):
    [row] = read_rows(listed(a_row(image_labels_textmined=None)))
    assert with_mined_absences(row) is row


def test_grey_of_16_bits_is_shown_over_its_range(listed, tmp_path):
    deep = np.linspace(1000, 5000, 8000).reshape(80, 100).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    [row] = read_rows(listed(a_row(image="deep.png")))
    pixels = load_scene(row).pixels
    assert pixels.dtype == np.uint8 and pixels.shape == (80, 100)
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert np.abs(pixels.astype(float) - (deep - 1000.0) / 4000 * 255).max() <= 1


def test_grey_of_16_bits_looks_as_in_the_app(listed, tmp_path):
    from ssg.imaging import open_image

    deep = np.random.default_rng(0).integers(0, 4096, (80, 100)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    [row] = read_rows(listed(a_row(image="deep.png")))
    assert np.array_equal(load_scene(row).pixels, open_image(tmp_path / "deep.png").pixels)


def test_phantoms_of_sites_that_are_kept_apart_are_not_trained_on(listed):
    kept_apart, trained = kind_of("brain-mr").held_out_sites[0], kind_of("brain-mr").training_sites[0]
    rows = [a_row(kind="brain-mr", site=site, image="a.png") for site in (kept_apart, trained)]
    path = listed(*rows, a_row(site=kept_apart))
    assert [row.source["site"] for row in real_rows([path])] == [trained, kept_apart], (
        "a real hospital may be called so"
    )
    assert [row.source["site"] for row in part_of(read_rows(path), "held-out")] == [kept_apart]
