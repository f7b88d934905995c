"""Manifests and folders made by somebody who wants to read elsewhere, to crash, or to stop the app."""

import json
import os
import random

import pytest

from ssg.casebook import InvalidCaseSet, load_case_sets, read_case_set
from ssg.errors import BadInput
from tests.casebook.conftest import png

ELSEWHERE = [
    "../secret.png",
    "images/../../secret.png",
    "/etc/passwd",
    "/tmp/secret.png",
    "images//etc/passwd",
    "images\\..\\secret.png",
    "C:\\secret.png",
    "file:///etc/passwd",
    "images/.png",
    "images/..png",
    "images/sub/c1.png",
    "images/c1.png\x00.png",
    "images/c1.png\n",
    "images/%2e%2e/secret.png",
    "IMAGES/c1.png",
    "images/",
    "",
]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_an_image_elsewhere_is_refused(folder, name):
    (folder.path.parent / "secret.png").write_bytes(png())
    folder.case["image"]["file"] = name
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.save())
    assert [problem.field for problem in caught.value.problems] == ["cases[0].image.file"]


def test_a_link_out_of_the_folder_is_refused(folder):
    secret = folder.path.parent / "secret.png"
    secret.write_bytes(png())
    picture = folder.path / "images" / "c1.png"
    picture.unlink()
    picture.symlink_to(secret)
    with pytest.raises(InvalidCaseSet, match="leads out"):
        read_case_set(folder.path)


def test_a_link_that_is_laid_after_reading_is_refused_too(folder):
    found = read_case_set(folder.path)
    secret = folder.path.parent / "secret.png"
    secret.write_bytes(png())
    picture = folder.path / "images" / "c1.png"
    picture.unlink()
    picture.symlink_to(secret)
    with pytest.raises(BadInput, match="leads out"):
        found.image_bytes(found.case("c1"))


def test_a_folder_of_images_elsewhere_is_refused(folder):
    (folder.path / "images").rename(folder.path.parent / "images")
    (folder.path / "images").symlink_to(folder.path.parent / "images")
    with pytest.raises(InvalidCaseSet, match="leads out"):
        read_case_set(folder.path)


def test_a_manifest_elsewhere_is_refused(folder):
    manifest = folder.path / "case_set.json"
    manifest.rename(folder.path.parent / "manifest.json")
    manifest.symlink_to(folder.path.parent / "manifest.json")
    with pytest.raises(InvalidCaseSet, match="leads out"):
        read_case_set(folder.path)


def test_links_in_a_circle_are_refused(folder):
    picture = folder.path / "images" / "c1.png"
    picture.unlink()
    picture.symlink_to(picture)
    with pytest.raises(InvalidCaseSet, match=r"c1\.png"):
        read_case_set(folder.path)


@pytest.mark.parametrize("name", ["images/c1.png", "case_set.json"])
def test_a_pipe_does_not_stop_the_app(folder, name):
    (folder.path / name).unlink()
    os.mkfifo(folder.path / name)
    sets, problems = load_case_sets([folder.path])
    assert not sets
    assert "not a file" in problems[0].message


def test_a_set_may_itself_be_reached_by_a_link(folder):
    link = folder.path.parent / "link"
    link.symlink_to(folder.path)
    assert read_case_set(link).id == "small"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="a list"),
        pytest.param('"x"', id="a text"),
        pytest.param("{", id="cut off"),
        pytest.param('{"id": 01}', id="not JSON"),
        pytest.param("[" * 100_000, id="nested, never closed"),
        pytest.param("[" * 100_000 + "]" * 100_000, id="nested 100,000 deep"),
        pytest.param('{"a":' * 50_000 + "1" + "}" * 50_000, id="objects 50,000 deep"),
        pytest.param('{"id": ' + "9" * 100_000 + "}", id="an endless number"),
        pytest.param('{"id": 1e999999}', id="an infinite number"),
    ],
)
def test_what_is_no_manifest_is_refused(folder, text):
    (folder.path / "case_set.json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.path)
    assert len(str(caught.value)) < 20_000


@pytest.mark.parametrize("depth", [50, 400, 900])
@pytest.mark.parametrize("key", ["title", "cases", "id", "reviewed", "format"])
def test_a_nested_value_in_any_field_is_refused(folder, key, depth):
    nested: object = 1
    for _ in range(depth):
        nested = [nested]
    folder.manifest[key] = nested
    try:
        folder.save()
    except RecursionError:
        pytest.skip("too deep for the writer of this test")
    with pytest.raises(InvalidCaseSet):
        read_case_set(folder.path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400])
def test_a_box_of_numbers_that_are_none_is_refused(folder, number):
    text = json.dumps(folder.manifest).replace("30.5", number, 1)
    (folder.path / "case_set.json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.path)
    assert [problem.field for problem in caught.value.problems] == ["cases[0].readers[0].regions[0].box"]


def test_a_key_given_twice_is_named(folder):
    text = json.dumps(folder.manifest).replace('"reviewed": false', '"reviewed": true, "reviewed": false')
    (folder.path / "case_set.json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidCaseSet, match="'reviewed' is given twice"):
        read_case_set(folder.path)


def test_text_that_is_not_utf8_is_named(folder):
    (folder.path / "case_set.json").write_bytes(b'{"title": "\xff\xfe"}')
    with pytest.raises(InvalidCaseSet, match="UTF-8"):
        read_case_set(folder.path)


def test_a_huge_manifest_is_not_read(folder):
    with (folder.path / "case_set.json").open("r+b") as opened:
        opened.truncate(40 * 2**20)
    with pytest.raises(InvalidCaseSet, match="larger than 32 MiB"):
        read_case_set(folder.path)


def test_a_huge_image_is_not_read(folder):
    with (folder.path / "images" / "c1.png").open("r+b") as opened:
        opened.truncate(70 * 2**20)
    with pytest.raises(InvalidCaseSet, match="larger than 64 MiB"):
        read_case_set(folder.path)


def test_a_picture_that_would_fill_the_memory_is_refused_unopened(folder):
    data = bytearray(png())
    data[16:24] = (100_000).to_bytes(4, "big") * 2
    (folder.path / "images" / "c1.png").write_bytes(data)
    with pytest.raises(InvalidCaseSet, match="25,000,000"):
        read_case_set(folder.path)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + bytes(99), bytes(200)])
def test_what_is_no_png_is_refused(folder, data):
    (folder.path / "images" / "c1.png").write_bytes(data)
    with pytest.raises(InvalidCaseSet, match="not a PNG"):
        read_case_set(folder.path)


def test_foreign_text_cannot_forge_lines_or_colours_of_a_report(folder):
    folder.case["difficulty"] = "3\n/etc/passwd: fine\x1b[32m"
    folder.manifest["bad\nkey\x1b[0m"] = 1
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.save())
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_a_long_foreign_value_is_cut(folder):
    folder.manifest["x" * 1_000_000] = 1
    folder.case["modality"] = "y" * 1_000_000
    folder.case["rubric"] = {"z" * 1_000_000: 1}
    folder.case["readers"][0]["regions"][0]["finding"] = "w" * 1_000_000
    with pytest.raises(InvalidCaseSet) as caught:
        read_case_set(folder.save())
    assert len(str(caught.value)) < 4_000


def _shaken(value: object, rng: random.Random) -> object:
    """The same value with something in it replaced by something else."""
    odd = [None, True, -1, 0, 1e308, float("nan"), "", "x" * 300, [], {}, [[]], {"a": {}}, "\x00", "images/../x", 7]
    if rng.random() < 0.06:
        return rng.choice(odd)
    if isinstance(value, dict):
        return {key: _shaken(one, rng) for key, one in value.items() if rng.random() > 0.02}
    if isinstance(value, list):
        return [_shaken(one, rng) for one in value for _ in range(rng.choice([1, 1, 1, 1, 2]))]
    return value


def test_five_hundred_shaken_manifests_are_read_or_refused(folder):
    rng = random.Random(5)
    refused = 0
    original = json.loads(json.dumps(folder.manifest))
    for _ in range(500):
        folder.manifest = _shaken(original, rng)  # type: ignore[assignment]
        folder.save()
        try:
            read_case_set(folder.path)
        except InvalidCaseSet as error:
            refused += 1
            assert str(error).isascii() or str(error).isprintable() or "\n" in str(error)
    assert refused > 300
