"""Real files: every transfer syntax in pydicom's test data, and the shared samples, against pydicom's own pipeline."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels.processing import apply_modality_lut, apply_voi

from ssg.imaging.refusals import Problem
from tests.imaging.building import decoded
from tests.imaging.test_dicom_display import bytes_of
from tests.imaging.test_grey import linear

pytestmark = pytest.mark.filterwarnings("ignore:The pixel data is")

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"

SHOWN = {
    "MR_small.dcm": "explicit little endian",
    "MR_small_implicit.dcm": "implicit",
    "MR_small_bigendian.dcm": "big endian",
    "MR_small_RLE.dcm": "RLE",
    "MR_small_jp2klossless.dcm": "JPEG 2000 lossless",
    "MR_small_jpeg_ls_lossless.dcm": "JPEG-LS",
    "MR_small_padded.dcm": "padded",
    "693_J2KI.dcm": "JPEG 2000 lossy",
    "J2K_pixelrep_mismatch.dcm": "JPEG 2000 whose sign contradicts the header",
    "JPEGLSNearLossless_16.dcm": "JPEG-LS near-lossless",
    "JPGExtended.dcm": "JPEG extended, 12 bits",
    "image_dfl.dcm": "deflated",
    "rtdose_1frame.dcm": "32 bits",
    "CT_small.dcm": "no window",
    "examples_overlay.dcm": "overlay, two windows",
    "liver_1frame.dcm": "1 bit",
}

COLOURED = [
    "SC_rgb_dcmtk_+eb+cr.dcm",
    "SC_rgb_dcmtk_+eb+cy+n1.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "SC_rgb_dcmtk_+eb+cy+s4.dcm",
    "SC_rgb_gdcm_KY.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_rle.dcm",
    "SC_rgb_rle_16bit.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "examples_jpeg2k.dcm",
    "examples_palette.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "ExplVR_BigEnd.dcm",
    "SC_rgb_small_odd_big_endian.dcm",
]

REFUSED = {
    "MR_truncated.dcm": "truncated",
    "JPEG2000-embedded-sequence-delimiter.dcm": "damaged",
    "JPEG-lossy.dcm": "damaged",
    "badVR.dcm": "damaged",
    "meta_missing_tsyntax.dcm": "damaged",
    "nested_priv_SQ.dcm": "damaged",
    "UN_sequence.dcm": "no_pixels",
    "priv_SQ.dcm": "no_pixels",
    "no_meta_group_length.dcm": "no_pixels",
    "ExplVR_BigEndNoMeta.dcm": "no_pixels",
    "ExplVR_LitEndNoMeta.dcm": "no_pixels",
    "empty_charset_LEI.dcm": "no_pixels",
    "reportsi.dcm": "no_pixels",
    "rtplan.dcm": "no_pixels",
    "rtplan_truncated.dcm": "no_pixels",
    "rtstruct.dcm": "no_pixels",
    "waveform_ecg.dcm": "no_pixels",
    "dicomdirtests/DICOMDIR": "no_pixels",
    "SC_rgb_rle_2frame.dcm": "multi_frame",
    "rtdose.dcm": "multi_frame",
    "no_meta.dcm": "not_an_image",
    "README.txt": "not_an_image",
    "zipMR.gz": "archive",
}


def bundled(name: str) -> bytes:
    path = BUNDLED / name
    if not path.is_file():
        pytest.skip(f"this version of pydicom does not bundle {name}")
    return path.read_bytes()


def real_values(path: Path) -> np.ndarray:
    dataset = pydicom.dcmread(path)
    return np.asarray(apply_modality_lut(dataset.pixel_array, dataset), float)


def as_shown(path: Path) -> np.ndarray:
    """The picture by pydicom's reading and a slow formula, for a file with a linear window."""
    dataset = pydicom.dcmread(path)
    width, centre = (np.atleast_1d(dataset[keyword].value)[0] for keyword in ("WindowWidth", "WindowCenter"))
    values = real_values(path)
    distinct, places = np.unique(values, return_inverse=True)
    grey = bytes_of([linear(value, float(centre), float(width)) for value in distinct])[places].reshape(values.shape)
    return 255 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey


@pytest.mark.parametrize("name", SHOWN, ids=SHOWN.values())
def test_values_are_those_that_pydicom_reads(name):
    image = decoded(bundled(name))
    expected = real_values(BUNDLED / name)
    if image.samples is None:
        np.testing.assert_array_equal(image.pixels, bytes_of(expected * (255 / max(expected.max(), 1))))
    else:
        values = image.samples_offset + image.samples_slope * image.samples
        np.testing.assert_allclose(values, expected, atol=image.samples_slope - 1)


@pytest.mark.parametrize("name", [name for name in SHOWN if name.startswith(("MR_small", "693", "J2K_p", "examples"))])
def test_windowed_files_look_as_the_formula_says(name):
    np.testing.assert_array_equal(decoded(bundled(name)).pixels, as_shown(BUNDLED / name))


def test_one_image_in_seven_syntaxes_is_one_picture():
    names = [name for name in SHOWN if name.startswith("MR_small")]
    assert len({decoded(bundled(name)).digest for name in names}) == 1


@pytest.mark.parametrize("name", COLOURED)
def test_colour_is_the_luma_of_what_pydicom_reads(name):
    image = decoded(bundled(name))
    dataset = pydicom.dcmread(BUNDLED / name)
    array = dataset.pixel_array
    if array.ndim == 2:
        array = pydicom.pixels.processing.apply_color_lut(array, dataset)
    scale = 255 / np.iinfo(array.dtype).max
    expected = array.astype(float) @ [0.299, 0.587, 0.114] * scale
    off = np.abs(image.pixels - expected)
    assert np.median(off) <= 1
    assert off.max() <= 10  # Y of colours that RGB cannot hold, which pydicom cuts
    assert "Colour was turned to grey." in image.notes


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_what_is_no_picture_is_refused(name, code):
    with pytest.raises(Problem) as refused:
        try:
            decoded(bundled(name))
        except (RuntimeError, ValueError):  # of pydicom: the worker calls it damaged
            raise Problem("damaged") from None
    assert refused.value.code == code


def test_every_bundled_file_opens_or_is_refused():
    for path in sorted(BUNDLED.rglob("*")):
        if path.is_file():
            try:
                decoded(path.read_bytes())
            except (Problem, RuntimeError):
                continue


@pytest.fixture(scope="module")
def samples(shared_data):
    return shared_data / "dicom-samples" / "files"


@pytest.mark.parametrize("name", ["693_J2KR", "693_UNCI", "MR2_UNCI", "RG3_J2KR", "MR-SIEMENS-DICOM-WithOverlays"])
def test_shared_samples_look_as_the_formula_says(samples, name):
    path = samples / f"{name}.dcm"
    np.testing.assert_array_equal(decoded(path.read_bytes()).pixels, as_shown(path))


def test_modality_and_voi_tables_are_those_of_pydicom(samples):
    image = decoded((samples / "mlut_18.dcm").read_bytes())
    np.testing.assert_array_equal(image.samples, real_values(samples / "mlut_18.dcm"))
    image = decoded((samples / "vlut_04.dcm").read_bytes())
    dataset = pydicom.dcmread(samples / "vlut_04.dcm")
    bits = dataset.VOILUTSequence[0].LUTDescriptor[2]
    expected = apply_voi(dataset.pixel_array, dataset) * (255 / (2**bits - 1))
    np.testing.assert_array_equal(image.pixels, bytes_of(expected))


@pytest.mark.parametrize("name", ["RG1_J2KI", "RG3_J2KI"])
def test_bones_are_white(samples, name):
    """MONOCHROME1 radiographs: real values are high where much radiation arrived, and that is black."""
    image = decoded((samples / f"{name}.dcm").read_bytes())
    assert image.inverted
    dark, bright = image.samples[image.pixels < 40].mean(), image.samples[image.pixels > 200].mean()
    assert dark > bright


def test_a_slice_of_a_real_series(shared_data):
    image = decoded((shared_data / "ct-abdomen-totalseg" / "dicom" / "slice10.dcm").read_bytes())
    assert (image.window, image.modality, image.orientation) == ((300, 40), "CT", ("R", "L", "A", "P"))
    assert image.samples_offset + int(image.samples.min()) == -1024
