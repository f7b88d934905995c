"""What is told of a picture that cannot be what the policy was shown."""

import numpy as np
import pytest

from ssg.grounding.image_kinds import BRAIN_MR, CHEST_XRAY, IMAGE_KINDS
from ssg.grounding.unlike import strangeness, unlike

RAMP = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
CHESTS = (CHEST_XRAY,)


@pytest.mark.parametrize("modality", ["", "CR", "DX"])
def test_a_radiograph_passes(modality):
    assert unlike(RAMP, CHESTS, modality, "CHEST" if modality else "") == ""


@pytest.mark.parametrize("modality", ["CT", "MR", "US"])
def test_another_modality_is_named(modality):
    said = unlike(RAMP, CHESTS, modality)
    assert said == (
        "The policy has only seen frontal chest radiographs: "
        f"what it answers about this image ({modality}) means little."
    )
    assert strangeness(RAMP, CHESTS, modality) == f"its modality is {modality}"


@pytest.mark.parametrize(
    ("modality", "body"), [("DX", ""), ("CR", "CHEST"), ("CT", "CHEST"), ("CT", ""), ("MR", "HEAD"), ("MR", "BRAIN")]
)
def test_what_a_policy_of_all_kinds_was_shown_passes(modality, body):
    assert unlike(RAMP, IMAGE_KINDS, modality, body) == ""


@pytest.mark.parametrize(("modality", "body"), [("MR", "KNEE"), ("CT", "HEAD"), ("DX", "HAND"), ("MR", "CHEST")])
def test_another_part_of_the_body_is_named(modality, body):
    assert unlike(RAMP, IMAGE_KINDS, modality, body) == (
        "The policy has only seen frontal chest radiographs, chest CT slices and brain MR slices: "
        f"what it answers about this image ({modality}, {body}) means little."
    )
    assert strangeness(RAMP, IMAGE_KINDS, modality, body) == f"its body part is {body}"


def test_a_body_part_that_is_no_term_is_not_held_against_it():
    assert unlike(RAMP, IMAGE_KINDS, "MR", "the usual") == ""


def test_an_adapter_is_named_by_its_specialty():
    assert unlike(RAMP, (BRAIN_MR,), "DX", specialty="Brain MR") == (
        "The specialty Brain MR was adapted to brain MR slices only: "
        "what it answers about this image (DX) means little."
    )


@pytest.mark.parametrize("shown", [CHESTS, IMAGE_KINDS, ()])
@pytest.mark.parametrize(
    ("pixels", "notes", "why"),
    [
        (np.full((300, 300), 128, np.uint8), (), "hardly any structure"),
        (RAMP[:40], (), "only 256 × 40 pixels"),
        (RAMP, ("Colour was turned to grey.",), "in colour"),
    ],
)
def test_every_reason_is_named(shown, pixels, notes, why):
    assert why in unlike(pixels, shown, notes=notes)
