"""``phantom``: synthetic radiographs in a folder, the same ones for the same seed."""

import json
import os

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def draw(run, tmp_path):
    def drawn(*more, out="phantoms"):
        return run("phantom", "--count", 1, "--size", 64, "--out", tmp_path / out, *more)

    return drawn


def rows_of(folder):
    return json.loads((folder / "annotations.json").read_text())


def test_the_images_and_their_list_are_in_the_folder(draw, tmp_path):
    ran = draw("--seed", 7, "--count", 2, out="new/folder")
    folder = tmp_path / "new" / "folder"
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"2 images and annotations.json in {folder}\n"
    rows = rows_of(folder)
    assert [row["seed"] for row in rows] == [7, 8]
    for row in rows:
        with Image.open(folder / row["image"]) as image:
            assert image.size == (row["width"], row["height"]) == (64, 64)
            assert np.asarray(image).std() > 0


def test_the_same_seed_draws_the_same_phantom_wherever_it_stands_in_the_row(draw, tmp_path):
    draw("--seed", 3, "--count", 2, out="one")
    draw("--seed", 4, out="two")
    (row,), (_, same) = rows_of(tmp_path / "two"), rows_of(tmp_path / "one")
    assert row == same
    assert (tmp_path / "one" / row["image"]).read_bytes() == (tmp_path / "two" / row["image"]).read_bytes()


def test_a_list_of_others_is_not_overwritten(draw, tmp_path):
    folder = tmp_path / "phantoms"
    folder.mkdir()
    theirs = folder / "annotations.json"
    theirs.write_text('[{"image": "a.png"}]')
    assert "give another folder" in draw("--seed", 1).refusal
    assert theirs.read_text() == '[{"image": "a.png"}]'
    theirs.unlink()
    assert draw("--seed", 1).code == draw("--seed", 2).code == 0


def test_what_is_drawn_can_be_scored(draw, run, tmp_path):
    draw("--seed", 1, "--count", 4)
    for row in rows_of(tmp_path / "phantoms"):
        regions = [
            {"finding": entry["label"], "side": entry["side"], "box": box}
            for entry in row["findings"]
            for box in entry["boxes"]
        ]
        answer = {"regions": regions, "absent": row["absent"]}
        reference = {"width": row["width"], "height": row["height"], "readers": [answer]}
        batch = tmp_path / "batch.jsonl"
        batch.write_text(json.dumps({"reference": reference, "answer": answer}))
        assert run("score", "--batch", batch).json["total"] == 1.0


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        ("--seed", "-1", "--seed must be 0 to 4294967295, got -1"),
        ("--seed", "9" * 30, "--seed must be 0 to 4294967295"),
        ("--seed", "9" * 5000, "--seed: invalid int value"),
        ("--seed", "first", "--seed: invalid int value: 'first'"),
        ("--seed", "1.5", "--seed: invalid int value"),
        ("--count", "0", "count of phantoms must be 1 to 100000, got 0"),
        ("--count", "-3", "count of phantoms must be 1 to 100000"),
        ("--count", "1e3", "--count: invalid int value"),
        ("--count", "9" * 20, "count of phantoms must be 1 to 100000"),
        ("--size", "63", "size of phantoms must be 64 to 1024 pixels, got 63"),
        ("--size", "1025", "size of phantoms must be 64 to 1024 pixels"),
        ("--size", "nan", "--size: invalid int value"),
    ],
    ids=lambda value: value[:12],
)
def test_a_number_out_of_range_is_refused_and_nothing_is_written(draw, tmp_path, flag, value, words):
    refusal = draw(flag, value).refusal
    assert refusal.startswith("ssg phantom: ")
    assert words in refusal
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("file", "file cannot be written (Not a directory): give another folder"),
        ("file/below", "below cannot be written (Not a directory): give another folder"),
        ("occupied", "occupied cannot be written (File exists): give another folder"),
        ("listed", "listed cannot be written (Is a directory): give another folder"),
        ("x" * 300, "cannot be written (File name too long): give another folder"),
        pytest.param(
            "locked",
            "locked cannot be written (Permission denied): give another folder",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere"),
        ),
    ],
)
def test_a_folder_that_cannot_be_written_is_named(draw, tmp_path, out, words):
    (tmp_path / "file").touch()
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "images").touch()
    (tmp_path / "listed" / "annotations.json").mkdir(parents=True)
    (tmp_path / "locked").mkdir(mode=0o500)
    assert words in draw(out=out).refusal


def test_without_a_folder_nothing_is_drawn(run):
    assert "the following arguments are required: --out" in run("phantom").refusal
    assert "the path is empty" in run("phantom", "--out", "").refusal


@pytest.mark.parametrize("kind", ["chest-xray", "chest-ct", "brain-mr"])
def test_sites_that_are_trained_on_and_sites_that_are_not_can_be_asked_for(draw, tmp_path, kind):
    from ssg.phantoms import kind_of

    sites = kind_of(kind)
    draw("--kind", kind, "--count", "12", "--trained")
    trained = {row["site"] for row in rows_of(tmp_path / "phantoms")}
    draw("--kind", kind, "--count", "6", "--held-out", out="other")
    held_out = {row["site"] for row in rows_of(tmp_path / "other")}
    assert trained == set(sites.training_sites) and held_out == set(sites.held_out_sites)


@pytest.mark.parametrize("other", [["--held-out"], ["--site", "teaching"]])
def test_trained_sites_are_asked_for_alone(draw, tmp_path, other):
    assert "give it without --held-out and --site" in draw("--trained", *other).refusal
    assert list(tmp_path.iterdir()) == []


def test_the_last_image_too_is_drawn_from_a_seed(draw, tmp_path):
    assert "--seed 4294967295 with --count 2 goes beyond" in draw("--seed", "4294967295", "--count", "2").refusal
    assert list(tmp_path.iterdir()) == []
