"""What images a manifest says that a model was shown, and as what words on an image are read."""

import json

import pytest

from ssg.errors import Unavailable
from ssg.grounding.coordinates import Convention
from ssg.grounding.image_kinds import (
    BRAIN_MR,
    CHEST_CT,
    CHEST_XRAY,
    IMAGE_KINDS,
    in_order,
    in_words,
    known_body_part,
    modalities_of,
    shown_kinds,
    title_of,
    words_on,
)
from ssg.grounding.manifest import FILE_NAME, Manifest, read_manifest
from ssg.grounding.policy import EMBEDDED
from ssg.grounding.region_text import RegionText
from ssg.imaging import BODY_PARTS
from ssg.phantoms import KINDS
from ssg.vocabulary import read, vocabulary

ALL = IMAGE_KINDS


def test_kinds_are_those_of_the_phantoms_and_terms_are_the_standards():
    assert tuple(kind.specialty for kind in ALL) == KINDS
    assert modalities_of(KINDS) == ("DX", "CT", "MR")
    assert all(kind.bodies <= BODY_PARTS for kind in ALL)
    known = {name for finding in vocabulary() for name in finding.modalities}
    assert {kind.words for kind in ALL} <= known


@pytest.mark.parametrize(
    ("manifest", "kinds"),
    [
        ({"modalities": ("DX", "CT", "MR")}, ALL),
        ({"modalities": ("MR",), "seen": "brains"}, (BRAIN_MR,)),
        ({"modalities": ("CR",)}, (CHEST_XRAY,)),
        ({"seen": "chest radiographs"}, (CHEST_XRAY,)),
        ({"specialty": "chest-ct", "seen": "chest CT slices"}, (CHEST_CT,)),
        ({"specialty": "knees", "seen": "knees"}, ()),
        ({}, ()),
    ],
)
def test_a_manifest_says_what_was_shown(manifest, kinds):
    assert shown_kinds(**({"modalities": ()} | manifest)) == kinds
    assert Manifest("x", Convention.RELATIVE_1000, **manifest).shown == kinds


def test_a_modality_that_is_none_of_ours_is_a_kind_of_any_body_part():
    [kind] = shown_kinds(("US",))
    assert kind.fits("US", "LIVER") and not kind.fits("DX") and in_words([kind]) == "US images"


@pytest.mark.parametrize(
    ("kind", "modality", "body", "fits"),
    [
        (CHEST_XRAY, "DX", "CHEST", True),
        (CHEST_XRAY, "CR", "", True),
        (CHEST_XRAY, "DX", "HAND", False),
        (CHEST_CT, "CT", "CHESTABDOMEN", True),
        (CHEST_CT, "CT", "head", False),
        (BRAIN_MR, "MR", "HEAD", True),
        (BRAIN_MR, "MR", "brain", True),
        (BRAIN_MR, "MR", "KNEE", False),
        (BRAIN_MR, "MR", "somewhere", True),  # no term of DICOM's: not held against it
        (BRAIN_MR, "CT", "HEAD", False),
        (BRAIN_MR, "", "", True),
    ],
)
def test_an_image_fits_by_modality_and_body_part(kind, modality, body, fits):
    assert kind.fits(modality, body) is fits


@pytest.mark.parametrize(
    ("said", "term"), [("chest", "CHEST"), (" Brain ", "BRAIN"), ("left foot of J. D.", ""), ("", "")]
)
def test_only_the_standards_terms_are_body_parts(said, term):
    assert known_body_part(said) == term


@pytest.mark.parametrize(
    ("shown", "modality", "body", "words"),
    [
        ((CHEST_XRAY,), "", "", ("chest x-ray",)),
        ((), "", "", ("chest x-ray",)),
        ((), "CR", "", ("chest x-ray",)),
        ((), "CT", "", ()),
        ((CHEST_XRAY,), "MR", "", ()),
        (ALL, "CT", "", ("chest ct",)),
        (ALL, "MR", "", ("brain mr",)),
        (ALL, "", "", ("chest x-ray", "chest ct", "brain mr")),
        ((BRAIN_MR,), "", "", ("brain mr",)),
        (ALL, "MR", "LSPINE", ("spine mr",)),
        (ALL, "CT", "ABDOMEN", ("abdominal ct",)),
        (ALL, "CT", "CHESTABDOMEN", ("chest ct", "abdominal ct")),
        (ALL, "DX", "KNEE", ("bone x-ray",)),
        (ALL, "MR", "KNEE", ()),
    ],
)
def test_words_are_read_by_the_body_part_else_by_what_was_shown(shown, modality, body, words):
    assert words_on(shown, modality, body) == words


@pytest.mark.parametrize(
    ("modality", "finding", "offered"),
    [
        ("MR", "hydrocephalus", False),
        ("CT", "pleural effusion", False),
        ("DX", "pleural effusion", False),
        ("", "pleural effusion", True),
    ],
)
def test_fluid_in_a_brain_is_read_as_that_of_a_brain(modality, finding, offered):
    """On a picture of unknown kind the brain's is offered beside the chest's."""
    [statement] = read("fluid", words_on(ALL, modality)).statements
    assert statement.finding == finding
    assert ("hydrocephalus" in statement.others) is offered


def test_titles_and_kinds_in_words():
    assert [title_of(kind.specialty) for kind in ALL] == ["Chest X-ray", "Chest CT", "Brain MR"]
    assert title_of("knees") == "knees" and title_of("") == ""
    assert in_order(["a", "brain-mr", "z", "chest-xray"]) == ("chest-xray", "brain-mr", "a", "z")
    assert in_words(ALL) == "frontal chest radiographs, chest CT slices and brain MR slices"
    assert in_words([CHEST_CT]) == "chest CT slices"
    assert in_words([]) == ""


def test_a_manifest_keeps_its_modalities_and_refuses_what_is_no_list(tmp_path):
    manifest = Manifest("x", Convention.RELATIVE_1000, modalities=("DX", "MR"))
    manifest.write(tmp_path)
    assert read_manifest(tmp_path) == manifest
    row = json.loads((tmp_path / FILE_NAME).read_text()) | {"modalities": "MR"}
    (tmp_path / FILE_NAME).write_text(json.dumps(row))
    with pytest.raises(Unavailable, match=r"its modalities must be a list of names, got 'MR'"):
        read_manifest(tmp_path)


def test_what_ships_says_what_it_was_shown():
    assert CHEST_XRAY in read_manifest(EMBEDDED).shown
    assert CHEST_XRAY in RegionText.load().manifest.shown
