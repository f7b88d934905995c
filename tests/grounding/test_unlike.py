"""What is told of a picture that cannot be what the policy was shown."""

import numpy as np
import pytest

from ssg.grounding.unlike import unlike

RAMP = np.tile(np.arange(256, dtype=np.uint8), (256, 1))


@pytest.mark.parametrize("modality", ["", "CR", "DX"])
def test_a_radiograph_passes(modality):
    assert unlike(RAMP, modality) == ""


@pytest.mark.parametrize("modality", ["CT", "MR", "US"])
def test_another_modality_is_named(modality):
    assert f"about this image ({modality}) means little" in unlike(RAMP, modality)


@pytest.mark.parametrize(
    ("pixels", "notes", "why"),
    [
        (np.full((300, 300), 128, np.uint8), (), "hardly any structure"),
        (RAMP[:40], (), "only 256 × 40 pixels"),
        (RAMP, ("Colour was turned to grey.",), "in colour"),
    ],
)
def test_every_reason_is_named(pixels, notes, why):
    assert why in unlike(pixels, "", notes)
