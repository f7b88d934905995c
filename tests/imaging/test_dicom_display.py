"""What a DICOM image looks like: every photometric, depth, sign, rescale and window, with the exact grey values."""

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from ssg.imaging.refusals import Problem
from tests.imaging.building import dataset, decoded, dicom, items, table, written
from tests.imaging.test_grey import FORMULAS, linear

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
WORDS = np.array([[0, 100, 1000, 2000], [3000, 4000, 4094, 4095]], np.uint16)
SIGNED = np.array([[-2048, -1024, -1, 0], [1, 40, 1000, 2047]], np.int16)


def bytes_of(greys):
    return np.floor(np.array(greys, float) + 0.5).astype(np.uint8)


def test_eight_bits_without_a_window_are_shown_as_they_are():
    image = decoded(dicom(RAMP))
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert (image.samples, image.window, image.inverted, image.notes) == (None, None, False, ())


def test_monochrome1_is_inverted():
    image = decoded(dicom(RAMP, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_array_equal(image.pixels, 255 - RAMP)
    assert image.inverted


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME1", "IDENTITY", True),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME2", "IDENTITY", False),
    ],
)
def test_polarity_is_applied_once(photometric, shape, inverted):
    image = decoded(dicom(RAMP, PhotometricInterpretation=photometric, PresentationLUTShape=shape))
    np.testing.assert_array_equal(image.pixels, 255 - RAMP if inverted else RAMP)
    assert image.inverted == inverted
    assert any("contradicts" in note for note in image.notes) == (photometric == "MONOCHROME1" and shape == "IDENTITY")


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["u", "i"])
@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
def test_every_depth_and_sign_keeps_its_values(bits, kind, syntax):
    if bits == 8 and syntax == RLELossless:
        pytest.skip("pylibjpeg cannot pack 8 bits of 16")
    low = 0 if kind == "u" else -(2 ** (bits - 1))
    values = np.linspace(low, low + 2**bits - 1, 12).round().astype(f"{kind}2").reshape(3, 4)
    options = {"BitsStored": bits, "WindowCenter": low + 2 ** (bits - 1), "WindowWidth": 2**bits}
    image = decoded(dicom(values, *([syntax] if syntax else []), **options))
    expected = [[linear(int(x), options["WindowCenter"], options["WindowWidth"]) for x in row] for row in values]
    np.testing.assert_array_equal(image.pixels, bytes_of(expected))
    assert image.pixels[0, 0] == 0
    assert image.pixels[-1, -1] == 255
    if bits == 8:
        assert image.samples is None
    else:
        np.testing.assert_array_equal(image.samples * image.samples_slope + image.samples_offset, values)
        assert f"{bits} bits were reduced to 8" in image.notes[0]


def test_bits_above_the_stored_ones_are_ignored():
    """Old devices keep an overlay there."""
    clean = decoded(dicom(WORDS, BitsStored=12, WindowCenter=2048, WindowWidth=4096))
    dirty = decoded(dicom(WORDS | 0xF000, BitsStored=12, WindowCenter=2048, WindowWidth=4096))
    np.testing.assert_array_equal(dirty.pixels, clean.pixels)
    np.testing.assert_array_equal(dirty.samples, clean.samples)


@pytest.mark.parametrize("values", [WORDS, SIGNED], ids=["unsigned", "signed"])
def test_values_in_the_upper_bits_are_shifted_down(values):
    upper = ((values.astype(np.int32) << 4) | 7).astype(np.uint16).view(values.dtype)
    image = decoded(dicom(upper, BitsStored=12, HighBit=15))
    np.testing.assert_array_equal(image.samples + image.samples_offset, values)


def test_one_bit_is_black_and_white():
    bits = np.array([[1, 0, 0, 1, 1, 0, 0, 1], [0, 1, 1, 0, 0, 1, 1, 0]], np.uint8)
    packed = np.packbits(bits.ravel(), bitorder="little")
    image = decoded(dicom(bits, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed.tobytes()))
    np.testing.assert_array_equal(image.pixels, bits * 255)


def test_32_bits_are_coarsened_to_16():
    values = np.array([[0, 65536 * 4, 65536 * 8]], np.uint32)
    image = decoded(dicom(values, Modality="RTDOSE", RescaleSlope=0.5))
    assert image.pixels.tolist() == [[0, 128, 255]]
    np.testing.assert_allclose(image.samples * image.samples_slope, values * 0.5, atol=image.samples_slope)
    assert any("32 bits were reduced to 8" in note for note in image.notes)


@pytest.mark.parametrize("function", FORMULAS)
def test_rescale_comes_before_the_window(function):
    options = {"RescaleSlope": "2.5", "RescaleIntercept": "-1024", "VOILUTFunction": function}
    image = decoded(dicom(SIGNED, BitsStored=12, WindowCenter="40", WindowWidth="400", **options))
    expected = [[FORMULAS[function](2.5 * x - 1024, 40, 400) for x in map(int, row)] for row in SIGNED]
    np.testing.assert_array_equal(image.pixels, bytes_of(expected))
    assert image.window == (400, 40)
    np.testing.assert_allclose(image.samples_offset + image.samples_slope * image.samples, 2.5 * SIGNED - 1024)


def test_a_negative_slope_turns_the_samples_round():
    image = decoded(dicom(WORDS, BitsStored=12, RescaleSlope=-2, RescaleIntercept=10, WindowCenter=0, WindowWidth=9000))
    np.testing.assert_allclose(image.samples_offset + image.samples_slope * image.samples, 10.0 - 2 * WORDS)
    assert image.samples_slope == 2
    assert image.pixels[0, 0] > image.pixels[1, 3]


def test_a_slope_of_zero_is_ignored_and_said():
    image = decoded(dicom(WORDS, BitsStored=12, RescaleSlope=0, RescaleIntercept=0))
    assert image.samples_slope == 1
    assert any("slope is 0" in note for note in image.notes)


def test_an_unreadable_slope_is_refused():
    made = dataset(WORDS)
    made.add_new("RescaleSlope", "LO", "steep")
    with pytest.raises(Problem, match="damaged") as refused:
        decoded(written(made))
    assert refused.value.values["what"] == "RescaleSlope is not a number"


def test_the_first_of_several_windows_is_shown():
    image = decoded(dicom(WORDS, BitsStored=12, WindowCenter=[2048, 40], WindowWidth=[4096, 400]))
    assert image.window == (4096, 2048)
    assert "The file has 2 windows; its first one is shown." in image.notes


@pytest.mark.parametrize("width", [0, -5])
def test_a_window_without_width_is_ignored(width):
    image = decoded(dicom(WORDS, BitsStored=12, Modality="OT", WindowCenter=100, WindowWidth=width))
    assert image.window == (4095, 2047.5)
    assert any("no width" in note for note in image.notes)


def test_a_narrow_linear_window_of_small_numbers_is_taken_as_exact():
    """Diffusion maps: values of some thousandths, and a window narrower than 1, which LINEAR cannot have."""
    options = {"RescaleSlope": "0.000001", "WindowCenter": "0.001", "WindowWidth": "0.002"}
    image = decoded(dicom(np.array([[0, 1000, 2000, 3000]], np.uint16), BitsStored=12, **options))
    assert image.pixels.tolist() == [[0, 128, 255, 255]]


def test_modality_table_before_window():
    entries = [0, 100, 200, 4095]
    stored = np.array([[-2, -1, 0, 1, 2]], np.int16)
    made = dataset(stored, BitsStored=12, WindowCenter=2048, WindowWidth=4096)
    made.ModalityLUTSequence = table(entries, -1, vr="SS")
    image = decoded(written(made))
    assert (image.samples * image.samples_slope + image.samples_offset).tolist() == [[0, 0, 100, 200, 4095]]
    expected = [[linear(x, 2048, 4096) for x in (0, 0, 100, 200, 4095)]]
    np.testing.assert_array_equal(image.pixels, bytes_of(expected))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, "1.2.840.10008.1.2.1"])
def test_voi_table_after_rescale_with_a_first_value_below_zero(syntax):
    made = dataset(WORDS[:1], BitsStored=12, RescaleSlope=1, RescaleIntercept=-1024)
    made.VOILUTSequence = table([0, 1000, 4095], 65536 - 1024, 12)
    image = decoded(written(made, syntax))
    assert image.pixels.tolist() == [[0, 255, 255, 255]]
    made.VOILUTSequence = table(list(range(4096)), 65536 - 1024, 12)
    image = decoded(written(made, syntax))
    np.testing.assert_array_equal(image.pixels, bytes_of(WORDS[:1] / 4095 * 255))
    assert "lookup table of the file" in image.notes[0]
    assert image.window is not None


def test_a_voi_table_wins_over_a_window_and_is_inverted_with_monochrome1():
    stored = np.array([[0, 1, 2]], np.uint8)
    made = dataset(stored, PhotometricInterpretation="MONOCHROME1", WindowCenter=1, WindowWidth=2)
    made.VOILUTSequence = table([0, 51, 255], 0, 8)
    assert decoded(written(made)).pixels.tolist() == [[255, 204, 0]]


def test_tables_of_bytes_and_tables_deeper_than_they_say():
    made = dataset(np.array([[0, 1, 2, 3]], np.uint8))
    made.VOILUTSequence = table([0, 0, 0, 0], 0, 8)
    made.VOILUTSequence[0].LUTData = bytes([0, 10, 20, 255])
    assert decoded(written(made)).pixels.tolist() == [[0, 10, 20, 255]]
    made.VOILUTSequence = table([0, 1000, 2000, 4095], 0, 8)
    np.testing.assert_array_equal(decoded(written(made)).pixels, bytes_of([[0, 62.27, 124.54, 255]]))


def test_a_broken_voi_table_is_ignored_and_a_broken_modality_table_refused():
    made = dataset(np.array([[0, 100, 255]], np.uint8))
    made.VOILUTSequence = items(LUTExplanation="nothing else")
    image = decoded(written(made))
    assert image.pixels.tolist() == [[0, 100, 255]]
    assert any("cannot be read" in note for note in image.notes)
    made.ModalityLUTSequence = items(LUTExplanation="nothing else")
    with pytest.raises(Problem, match="damaged"):
        decoded(written(made))


def test_without_a_window_scanners_cut_the_tails_and_others_show_the_range():
    values = np.full((20, 20), 1000, np.uint16)
    values[:10] = 2000
    values[0, 0], values[0, 1] = 0, 4095
    scanned = decoded(dicom(values, BitsStored=12, Modality="CT"))
    assert scanned.window == (1000, 1500)
    assert any("names no window" in note for note in scanned.notes)
    assert decoded(dicom(values, BitsStored=12, Modality="OT")).window == (4095, 2047.5)


@pytest.mark.parametrize("padding", [{"PixelPaddingValue": -2000}, {"PixelPaddingValue": 63536}], ids=["SS", "as US"])
def test_padding_takes_no_part_in_the_window(padding):
    values = np.full((20, 20), -2000, np.int16)
    values[5:15, 5:10], values[5:15, 10:15] = 100, 300
    made = dataset(values, Modality="CT")
    made.add_new("PixelPaddingValue", "SS" if padding["PixelPaddingValue"] < 0 else "US", padding["PixelPaddingValue"])
    made.RescaleSlope, made.RescaleIntercept = 1, -24
    image = decoded(written(made))
    assert image.window == (200, 176)
    assert image.pixels[0, 0] == 0


def test_a_padding_range_is_left_out_and_an_image_of_padding_alone_still_opens():
    values = np.array([[0, 5, 9, 100, 200]], np.uint16)
    image = decoded(dicom(values, Modality="OT", PixelPaddingValue=0, PixelPaddingRangeLimit=10))
    assert image.window == (100, 150)
    nothing = decoded(dicom(np.zeros((4, 4), np.uint16), PixelPaddingValue=0))
    assert nothing.pixels.shape == (4, 4)


def test_a_constant_image_is_mid_grey():
    assert set(decoded(dicom(np.full((4, 4), 700, np.uint16))).pixels.ravel()) == {128}


def test_enhanced_objects_keep_their_transforms_in_functional_groups():
    made = dataset(SIGNED, BitsStored=12, NumberOfFrames=1, Modality="CT")
    made.SharedFunctionalGroupsSequence = items(
        PixelValueTransformationSequence=items(RescaleSlope=1, RescaleIntercept=-1024),
        PixelMeasuresSequence=items(PixelSpacing=[0.5, 0.5]),
    )
    made.PerFrameFunctionalGroupsSequence = items(
        FrameVOILUTSequence=items(WindowCenter=40, WindowWidth=400),
        PlaneOrientationSequence=items(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
    )
    image = decoded(written(made))
    assert (image.samples_offset, image.window) == (-2048 - 1024, (400, 40))
    assert (image.spacing_mm, image.orientation) == ((0.5, 0.5), ("R", "L", "A", "P"))


COLOURS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[7, 7, 7], [255, 255, 255], [0, 0, 0]]], np.uint8)
LUMA = [[76, 150, 29], [7, 255, 0]]


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("syntax", [None, RLELossless, ExplicitVRBigEndian])
def test_rgb_becomes_grey(planar, syntax):
    pixels = COLOURS.transpose(2, 0, 1).copy() if planar else COLOURS
    made = dataset(COLOURS, PlanarConfiguration=planar, PixelData=pixels.tobytes())
    if syntax == RLELossless and planar:
        pytest.skip("pydicom packs planar 0 only")
    image = decoded(written(made, *([syntax] if syntax else [])))
    assert image.pixels.tolist() == LUMA
    assert image.notes == ("Colour was turned to grey.",)


def test_grey_in_rgb_is_not_called_colour():
    assert decoded(dicom(np.repeat(RAMP[..., None], 3, axis=2))).notes == ()


@pytest.mark.parametrize("bits", [8, 16])
def test_palette_becomes_grey(bits):
    stored = np.array([[0, 1, 2, 2]], np.uint8)
    made = dataset(stored, PhotometricInterpretation="PALETTE COLOR")
    for colour, channel in zip(("Red", "Green", "Blue"), COLOURS[0].T, strict=True):
        entries = channel.astype(np.uint16) * (257 if bits == 16 else 1)
        made.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [3, 0, bits])
        made.add_new(f"{colour}PaletteColorLookupTableData", "OW", entries.astype("<u2").tobytes())
    image = decoded(written(made))
    assert image.pixels.tolist() == [[76, 150, 29, 29]]
    assert image.notes == ("Colour was turned to grey.",)


def test_ybr_keeps_its_luminance():
    ybr = np.stack([RAMP, np.full_like(RAMP, 90), np.full_like(RAMP, 200)], axis=-1)
    image = decoded(dicom(ybr, PhotometricInterpretation="YBR_FULL"))
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.notes == ("Colour was turned to grey.",)


def test_subsampled_ybr_keeps_its_luminance():
    pairs = np.stack([RAMP[:, ::2], RAMP[:, 1::2], np.full((16, 8), 90, np.uint8), np.full((16, 8), 9, np.uint8)], -1)
    made = dataset(np.zeros((16, 16, 3), np.uint8), PhotometricInterpretation="YBR_FULL_422", PixelData=pairs.tobytes())
    np.testing.assert_array_equal(decoded(written(made)).pixels, RAMP)


def test_missing_photometric_and_representation_are_guessed():
    image = decoded(dicom(RAMP, PhotometricInterpretation=None, PixelRepresentation=None))
    np.testing.assert_array_equal(image.pixels, RAMP)


def test_burned_in_text_is_said():
    assert any("burned into" in note for note in decoded(dicom(RAMP, BurnedInAnnotation="YES")).notes)
