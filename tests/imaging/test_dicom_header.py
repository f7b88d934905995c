"""Spacing, orientation and the tags that are kept."""

import numpy as np
import pytest

from tests.imaging.building import dataset, decoded, dicom, written

PIXELS = np.zeros((4, 4), np.uint8)


@pytest.mark.parametrize(
    ("elements", "spacing", "note"),
    [
        ({}, None, ""),
        ({"PixelSpacing": [0.5, 0.5]}, (0.5, 0.5), ""),
        ({"PixelSpacing": [0.5, 0.5], "ImagerPixelSpacing": [0.7, 0.7]}, (0.5, 0.5), ""),
        ({"ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), "by the magnification."),
        (
            {"ImagerPixelSpacing": [0.2, 0.2], "EstimatedRadiographicMagnificationFactor": 1.25},
            (0.2, 0.2),
            "by the magnification (about 1.25).",
        ),
        ({"NominalScannedPixelSpacing": [0.1, 0.1]}, (0.1, 0.1), "scanned film"),
        ({"PixelSpacing": [0, 0]}, None, ""),
        ({"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), "detector"),
        ({"PixelSpacing": [1, 2]}, (1, 2), "not square (1 × 2 mm)"),
        ({"PixelSpacing": 1}, None, ""),
    ],
)
def test_spacing(elements, spacing, note):
    image = decoded(dicom(PIXELS, **elements))
    assert image.spacing_mm == spacing
    assert image.pixels.shape == PIXELS.shape
    assert note in " ".join(image.notes)
    assert bool(note) == bool(image.notes)


@pytest.mark.parametrize(
    ("cosines", "edges"),
    [
        ([1, 0, 0, 0, 1, 0], ("R", "L", "A", "P")),
        ([1, 0, 0, 0, 0, -1], ("R", "L", "H", "F")),
        ([0, 1, 0, 0, 0, -1], ("A", "P", "H", "F")),
        ([-1, 0, 0, 0, 1, 0], ("L", "R", "A", "P")),
        ([0.7, 0.714, 0, 0, 0, -1], ("AR", "PL", "H", "F")),
        ([0.99, 0.14, 0, 0, 0, -1], ("R", "L", "H", "F")),
        ([0, 0, 0, 0, 0, 0], None),
        ([1, 0, 0], None),
    ],
    ids=["axial", "coronal", "sagittal", "mirrored", "oblique", "nearly straight", "zeros", "too few"],
)
def test_orientation_of_the_image_plane(cosines, edges):
    assert decoded(dicom(PIXELS, ImageOrientationPatient=cosines)).orientation == edges


@pytest.mark.parametrize("noise", [-3e-3, -1e-7, 0, 1e-7, 3e-3])
@pytest.mark.parametrize(
    ("across", "down", "edges"),
    [
        ((1, 1, 0), (-1, 1, 0), ("RA", "LP", "AL", "PR")),
        ((1, -1, 0), (1, 1, 0), ("PR", "AL", "RA", "LP")),
        ((1, 0, 0), (0, 1, -1), ("R", "L", "AH", "PF")),
        ((1, 1, 0), (0, 0, -1), ("RA", "LP", "H", "F")),
        ((0, 1, 0), (1, 0, -1), ("A", "P", "RH", "LF")),
    ],
    ids=["turned in its plane", "turned the other way", "tilted", "between coronal and sagittal", "leaning"],
)
def test_directions_at_45_degrees_do_not_hang_on_rounding(across, down, edges, noise):
    turned = [np.array(vector) / np.linalg.norm(vector) for vector in (across, down)]
    angle = noise  # about the normal, and the normal about the rows
    axis = np.cross(*turned)
    rows = turned[0] * np.cos(angle) + turned[1] * np.sin(angle)
    columns = np.cross(axis, rows)
    columns = columns * np.cos(angle) + axis * np.sin(angle)
    cosines = [f"{value:.6f}" for value in (*rows, *columns)]
    assert decoded(dicom(PIXELS, ImageOrientationPatient=cosines)).orientation == edges


@pytest.mark.parametrize("useless", [[0] * 6, [1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0], [1, 0, 0]])
def test_an_image_plane_that_is_none_does_not_hide_the_orientation_in_words(useless):
    image = decoded(dicom(PIXELS, ImageOrientationPatient=useless, PatientOrientation=["L", "F"]))
    assert image.orientation == ("R", "L", "H", "F")


@pytest.mark.parametrize(
    ("words", "edges"),
    [
        (["L", "F"], ("R", "L", "H", "F")),
        (["R", "F"], ("L", "R", "H", "F")),
        (["PL", "F"], ("AR", "PL", "H", "F")),
        (["LE", "CD"], None),
        (["L"], None),
    ],
    ids=["frontal", "from behind", "oblique", "animal", "too few"],
)
def test_orientation_in_words(words, edges):
    assert decoded(dicom(PIXELS, PatientOrientation=words)).orientation == edges


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
def test_the_tags_that_are_kept():
    options = {"BodyPartExamined": "chest", "ViewPosition": "PA", "Laterality": "L", "StudyDescription": "x"}
    assert dict(decoded(dicom(PIXELS, **options)).kept_tags) == {
        "Modality": "CR",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "ImageLaterality": "L",
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": "8",
        "BitsStored": "8",
    }


def test_unknown_values_of_kept_tags_are_dropped():
    image = decoded(dicom(PIXELS, Modality="JOHN DOE", BodyPartExamined="DOE JOHN", ViewPosition="19700101"))
    assert image.modality == ""
    assert set(image.kept_tags) == {"PhotometricInterpretation", "BitsAllocated", "BitsStored"}


def test_unreadable_optional_elements_are_as_good_as_none():
    made = dataset(PIXELS)
    for keyword in ("PixelSpacing", "ImageOrientationPatient", "WindowWidth", "WindowCenter"):
        made.add_new(keyword, "LO", ["a", "b"])
    image = decoded(written(made))
    assert (image.spacing_mm, image.orientation, image.window) == (None, None, None)
