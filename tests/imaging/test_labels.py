"""Masks give the numbers that they store, whatever is shown of them; what holds none is refused with the reason."""

import numpy as np
import pytest
from PIL import Image

from ssg.imaging.refusals import Problem
from ssg.imaging.sniffing import kind_of
from ssg.imaging.worker import decode_all
from tests.imaging.building import dicom, jpeg, png
from tests.imaging.test_nifti import nifti

SHAPE = (40, 50)
AFFINE = np.diag([-0.7, -0.8, -3.0, 1.0])


def mask(*values, dtype=np.uint8):
    """Squares of 10 × 10 pixels, one for each value, from the left."""
    made = np.zeros(SHAPE, dtype)
    for number, value in enumerate(values):
        made[5:15, 12 * number : 12 * number + 10] = value
    return made


def numbers(data):
    (found,) = [image for image, _ in decode_all(data, kind_of(data, volumes=True), b"salt", labels=True)]
    assert (found.samples_offset, found.samples_slope) == (0, 1)
    return found.samples


def palette(values, colours):
    image = Image.fromarray(values, "P")
    image.putpalette(colours)
    return image


VOC = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]


@pytest.mark.parametrize("bits", [None, 2, 4])
def test_a_palette_gives_indices(bits):
    packed = {} if bits is None else {"bits": bits}
    assert (numbers(png(palette(mask(1, 2, 3), VOC), **packed)) == mask(1, 2, 3)).all()


def test_grey_of_few_and_of_many_bits_keeps_its_numbers():
    assert (numbers(png(Image.fromarray(mask(1) > 0))) == mask(1)).all()
    assert (numbers(png(mask(1000, 3, dtype=np.uint16))) == mask(1000, 3, dtype=np.uint16)).all()
    rows = b"".join(b"\0" + bytes([0b00011011]) * 3 for _ in range(12))
    found = numbers(raw_of(12, 12, 2, rows))
    assert found[0].tolist() == [0, 1, 2, 3] * 3


def raw_of(width, height, depth, rows):
    import zlib

    from tests.imaging.building import raw_png

    return raw_png(width, height, depth, 0, zlib.compress(rows))


def test_one_colour_is_a_mask_and_several_are_not():
    colour = np.zeros((*SHAPE, 3), np.uint8)
    colour[..., 0] = mask(255)
    assert (numbers(png(colour)) > 0).tolist() == (mask(1) > 0).tolist()
    colour[30:, :, 2] = 255
    with refused("several colours"):
        numbers(png(colour))
    clear = np.dstack([np.full(SHAPE, 255, np.uint8)] * 3 + [mask(255)])
    assert (numbers(png(clear)) == mask(255)).all(), "what is transparent is nothing"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (jpeg(mask(200)), "JPEG changes"),
        (png(palette(mask(1), [255, 255, 255, 0, 0, 0])), "black is not its first"),
        (nifti(np.dstack([mask(1) * 0.5]), AFFINE), "no whole numbers"),
        (nifti(np.dstack([mask(1) - 1.0]), AFFINE), "below 0"),
        (nifti(np.dstack([mask(1) * 70000.0]), AFFINE), "above 65,535"),
        (nifti(np.dstack([np.where(mask(1), np.inf, 0)]), AFFINE), "no numbers or infinite"),
        (nifti(np.dstack([np.where(mask(1), np.nan, 0)]), AFFINE), "no numbers or infinite"),
    ],
)
def test_what_holds_no_labels_is_refused(data, why):
    with refused(why):
        numbers(data)


def refused(why):
    return pytest.raises(Problem, check=lambda problem: problem.code == "no_mask" and why in problem.values["what"])


@pytest.mark.parametrize(
    "shown",
    [
        {"WindowWidth": 2, "WindowCenter": 1},
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"PresentationLUTShape": "INVERSE"},
        {"RescaleSlope": 1, "RescaleIntercept": -1024},
        {"RescaleSlope": 0.3, "RescaleIntercept": 0},
    ],
)
def test_dicom_gives_stored_values_however_they_are_shown(shown):
    for dtype in (np.uint8, np.uint16):
        assert (numbers(dicom(mask(1, 2, 3, dtype=dtype), **shown)) == mask(1, 2, 3)).all()


def test_dicom_is_rescaled_where_that_makes_labels():
    stored = mask(1, 2, dtype=np.uint16) + 1024
    assert (numbers(dicom(stored, RescaleSlope=1, RescaleIntercept=-1024)) == mask(1, 2)).all()


def test_dicom_with_a_palette_gives_indices():
    words = {f"{colour}PaletteColorLookupTableDescriptor": [4, 0, 16] for colour in ("Red", "Green", "Blue")}
    words |= {
        f"{colour}PaletteColorLookupTableData": np.array([0, 3, 2, 1], "<u2").tobytes()
        for colour in ("Red", "Green", "Blue")
    }
    data = dicom(mask(1, 2, 3), PhotometricInterpretation="PALETTE COLOR", **words)
    assert (numbers(data) == mask(1, 2, 3)).all()
