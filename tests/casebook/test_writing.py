"""What is written can be read, is the same, and is never half there."""

import dataclasses
import json
import os
import threading
from pathlib import Path

import pytest

from ssg.boxes import Box
from ssg.casebook import (
    Case,
    CaseImage,
    CaseSet,
    InvalidCaseSet,
    Reader,
    Series,
    TeachingPoint,
    read_case_set,
    write_case_set,
)
from ssg.casebook.writing import manifest_text, write_manifest
from ssg.errors import BadInput
from ssg.reward import Region, Rubric
from ssg.vocabulary import Side
from tests.casebook.conftest import png


def made(seed: int = 0, cases: int = 2, **changes: object) -> tuple[CaseSet, dict[str, bytes]]:
    """A set in memory that uses every field, with its pictures."""
    pictures = [png(seed=seed + number) for number in range(cases)]
    rows = []
    for number, data in enumerate(pictures):
        reader = Reader(
            (Region("nodule", Box(1.5, 2, 9.25, 10), Side.LEFT, 0.75), Region("cardiomegaly", Box(0, 0, 64, 48))),
            ("pneumothorax",),
            id="reader A",
        )
        other = Reader((), ("nodule",), id="B")
        rows.append(
            Case(
                id=f"c{number}",
                title="Ein Fall – “très” beau 胸",
                history="One line.\nAnother one.",
                modality="DX",
                difficulty=3,
                series=(Series.single(CaseImage.of_png(data, (0.25, 0.3))),),
                readers=(reader, other),
                question=("nodule", "pneumothorax"),
                view="PA",
                body_part="CHEST",
                specialty="chest",
                teaching_points=(
                    TeachingPoint("Small [ 1 ] and {round}.", "nodule", 0),
                    TeachingPoint("B says no.", "nodule", None, "B"),
                ),
                discussion="One.\n\nTwo.",
                tags=("a", "b c"),
                rubric=Rubric(spatial=0.5, gate=0.25),
                source="drawn",
            )
        )
    whole = CaseSet("made", "Made", "1.2", "MIT", "Noise.\nAll of it.", True, tuple(rows), True, "For tests.")
    pictures_by_file = {CaseImage.of_png(data).file: data for data in pictures}
    return dataclasses.replace(whole, **changes), pictures_by_file


def test_a_set_that_is_written_and_read_is_the_same(tmp_path):
    original, pictures = made()
    written = write_case_set(original, tmp_path / "set", pictures)
    found = read_case_set(tmp_path / "set")
    assert found == written
    assert dataclasses.replace(found, folder=None) == original
    assert [found.image_bytes(case) for case in found.cases] == list(pictures.values())


def test_a_set_read_by_hand_round_trips(folder, tmp_path):
    found = read_case_set(folder.path)
    write_case_set(found, tmp_path / "copy")
    again = read_case_set(tmp_path / "copy")
    assert dataclasses.replace(again, folder=folder.path) == found


def test_writing_twice_gives_the_same_bytes(tmp_path):
    original, pictures = made()
    write_case_set(original, tmp_path, pictures)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write_case_set(read_case_set(tmp_path), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == first


def test_the_manifest_is_readable_json(tmp_path):
    original, pictures = made()
    write_case_set(original, tmp_path, pictures)
    text = (tmp_path / "case_set.json").read_text(encoding="utf-8")
    assert "“très” beau 胸" in text
    assert '"box": [1.5, 2, 9.25, 10]' in text
    assert "[ 1 ] and {round}" in text
    assert json.loads(text)["cases"][0]["difficulty"] == 3


@pytest.mark.parametrize("value", [[], {}, [[]], [1.0, 2.5], "a\nb", None, True, {"a": [{"b": 1.0}]}, ["x" * 200, "y"]])
def test_the_layout_changes_no_value(value):
    assert json.loads(manifest_text(value)) == value


def test_a_set_that_could_not_be_read_back_is_not_written(tmp_path):
    original, pictures = made()
    bad = dataclasses.replace(original.cases[0], difficulty=9)
    with pytest.raises(InvalidCaseSet, match="difficulty"):
        write_case_set(dataclasses.replace(original, cases=(bad,)), tmp_path / "set", pictures)
    assert not (tmp_path / "set").exists()


def test_a_picture_that_is_not_the_described_one_is_refused(tmp_path):
    original, pictures = made()
    swapped = dict(zip(pictures, reversed(pictures.values()), strict=True))
    with pytest.raises(BadInput, match="of_png"):
        write_case_set(original, tmp_path / "set", swapped)
    assert not (tmp_path / "set").exists()


def test_a_missing_picture_is_named(tmp_path):
    original, _ = made()
    with pytest.raises(BadInput, match="no folder yet"):
        write_case_set(original, tmp_path / "set")


def test_pictures_that_are_no_longer_used_go_and_others_stay(tmp_path):
    original, pictures = made(cases=3)
    write_case_set(original, tmp_path, pictures)
    (tmp_path / "images" / "mine.png").write_bytes(png(seed=77))
    fewer = dataclasses.replace(read_case_set(tmp_path), cases=original.cases[:1])
    write_case_set(fewer, tmp_path)
    names = {path.name for path in (tmp_path / "images").iterdir()}
    assert names == {original.cases[0].image.file.removeprefix("images/"), "mine.png"}


def test_in_a_folder_of_something_else_nothing_is_removed(folder):
    folder.manifest["id"] = "NOT VALID"
    folder.save()
    original, pictures = made()
    write_case_set(original, folder.path, pictures)
    assert (folder.path / "images" / "c1.png").exists()
    assert read_case_set(folder.path).id == "made"


class PowerCut(Exception):
    pass


@pytest.mark.parametrize("writes", range(4))
def test_whenever_it_is_interrupted_old_or_new_is_there(tmp_path, monkeypatch, writes):
    old, pictures = made(seed=0)
    write_case_set(old, tmp_path, pictures)
    new, new_pictures = made(seed=50, title="New")
    real, left = Path.replace, [writes]

    def replace(self, target):
        if left[0] == 0:
            raise PowerCut
        left[0] -= 1
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    if writes < 3:
        with pytest.raises(PowerCut):
            write_case_set(new, tmp_path, new_pictures)
    else:
        write_case_set(new, tmp_path, new_pictures)
    monkeypatch.undo()
    found = read_case_set(tmp_path)
    assert found.title == ("New" if writes == 3 else "Made")
    assert all(found.image_bytes(case) for case in found.cases)
    assert not list(tmp_path.rglob("*.part"))


def test_a_reader_meanwhile_sees_old_or_new(tmp_path):
    sets = [made(seed=seed, title=f"Set {seed}") for seed in (0, 100)]
    write_case_set(sets[0][0], tmp_path, sets[0][1])
    stop, seen, broken = threading.Event(), set(), []

    def read():
        while not stop.is_set():
            try:
                seen.add(json.loads((tmp_path / "case_set.json").read_text(encoding="utf-8"))["title"])
            except (OSError, ValueError) as error:
                broken.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        one, pictures = sets[number % 2]
        write_case_set(one, tmp_path, pictures)
    stop.set()
    reader.join()
    assert not broken
    assert seen <= {"Set 0", "Set 100"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named_by_its_rights(tmp_path):
    tmp_path.chmod(0o500)
    original, pictures = made()
    with pytest.raises(BadInput, match="another folder"):
        write_case_set(original, tmp_path / "set", pictures)


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "set").write_text("x", encoding="utf-8")
    original, pictures = made()
    with pytest.raises(BadInput, match="another folder"):
        write_case_set(original, tmp_path / "set", pictures)


def test_a_manifest_that_is_too_long_to_be_read_back_is_not_written(tmp_path, monkeypatch):
    case_set, pictures = made()
    write_case_set(case_set, tmp_path, pictures)
    before = (tmp_path / "case_set.json").read_bytes()
    monkeypatch.setattr("ssg.casebook.writing.LARGEST_MANIFEST", len(before) - 1)
    for write in (write_manifest, write_case_set):
        with pytest.raises(BadInput, match="2 cases take more than"):
            write(dataclasses.replace(case_set, folder=tmp_path), tmp_path)
    assert (tmp_path / "case_set.json").read_bytes() == before
