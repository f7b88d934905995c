"""PNG and JPEG of every kind."""

import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from ssg.imaging.refusals import Problem
from tests.imaging.building import decoded, jpeg, png, raw_png

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
RGB = np.stack([RAMP, RAMP[::-1], RAMP.T], axis=-1)
PICTURE = np.add.outer(np.arange(48) * 4, np.arange(32) * 2).astype(np.uint8)


def luma_of(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").convert("L"))


def test_grey_png_is_lossless():
    image = decoded(png(RAMP))
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert (image.samples, image.window, image.notes, image.modality) == (None, None, (), "")


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "L"])
def test_every_png_mode_becomes_grey(mode):
    source = Image.fromarray(RGB).convert(mode)
    image = decoded(png(source))
    np.testing.assert_array_equal(image.pixels, luma_of(source))
    assert image.notes == (("Colour was turned to grey.",) if mode in ("P", "RGB", "RGBA") else ())


def test_a_grey_palette_is_not_called_colour():
    source = Image.fromarray(RAMP).convert("P")
    source.putpalette(np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes())
    image = decoded(png(source))
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.notes == ()


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits_span_black_to_white(bits):
    stored = np.arange(2**bits, dtype=np.uint8)[None]
    source = Image.fromarray(stored).convert("P")
    step = 255 // (2**bits - 1)
    source.putpalette([value for level in range(2**bits) for value in [level * step] * 3])
    np.testing.assert_array_equal(decoded(png(source, bits=bits)).pixels, stored * step)


def test_transparent_parts_are_black():
    alpha = np.full((16, 16), 255, np.uint8)
    alpha[:8] = 0
    image = decoded(png(np.dstack([RGB, alpha])))
    assert not image.pixels[:8].any()
    np.testing.assert_array_equal(image.pixels[8:], luma_of(Image.fromarray(RGB))[8:])
    assert image.notes[0] == "Transparent parts are shown on black."


@pytest.mark.parametrize("transparency", [bytes([0, 255]), 3])
def test_transparency_of_a_palette_opens(transparency):
    source = Image.fromarray(RAMP).convert("P")
    assert decoded(png(source, transparency=transparency)).pixels.shape == (16, 16)


def test_16_bits_keep_their_depth():
    values = np.array([[1000, 1500, 2000], [2500, 3000, 5000]], np.uint16)
    image = decoded(png(values))
    np.testing.assert_array_equal(image.samples + image.samples_offset, values)
    assert image.window == (4000, 3000)
    assert image.pixels.tolist() == [[0, 32, 64], [96, 128, 255]]
    assert "16 bits were reduced to 8" in image.notes[0]


def test_16_bits_over_their_whole_range():
    values = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    np.testing.assert_array_equal(decoded(png(values)).pixels, RAMP)


@pytest.mark.parametrize(("colour_type", "channels"), [(2, 3), (6, 4), (4, 2)], ids=["RGB", "RGBA", "grey and alpha"])
def test_16_bits_beside_grey_are_reduced_and_said(colour_type, channels):
    values = np.full((4, 4, channels), 0xFFFF, ">u2")
    values[..., : 3 if channels > 2 else 1] = np.linspace(0, 65535, 16).round().reshape(4, 4, 1)
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in values))
    image = decoded(raw_png(4, 4, 16, colour_type, packed))
    assert image.samples is None
    assert image.notes == ("16 bits were reduced to 8.",)
    assert np.abs(image.pixels.ravel() - np.linspace(0, 255, 16)).max() <= 1


def test_jpeg_in_grey_and_colour():
    assert np.abs(decoded(jpeg(PICTURE)).pixels.astype(int) - PICTURE).max() <= 4
    colour = Image.fromarray(np.stack([PICTURE, PICTURE // 2, PICTURE // 3], axis=-1))
    image = decoded(jpeg(colour, subsampling=0))
    assert np.abs(image.pixels.astype(int) - luma_of(colour)).max() <= 6
    assert image.notes == ("Colour was turned to grey.",)


def test_cmyk_jpeg_opens():
    source = Image.fromarray(np.stack([PICTURE] * 3, axis=-1)).convert("CMYK")
    assert np.abs(decoded(jpeg(source)).pixels.astype(int) - PICTURE).max() <= 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [jpeg, png])
def test_exif_orientation_is_respected(orientation, kind):
    source = Image.fromarray(PICTURE)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decoded(kind(source, exif=exif))
    source.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(source))
    assert image.pixels.shape == expected.shape
    assert np.abs(image.pixels.astype(int) - expected).max() <= 4
    assert bool(image.notes) == (orientation != 1)


@pytest.mark.parametrize("exif", [b"Exif\x00\x00junk", b"Exif\x00\x00II*\x00\xff\xff\xff\xff"])
def test_broken_exif_does_not_break_the_picture(exif):
    assert decoded(jpeg(PICTURE, exif=exif)).pixels.shape == PICTURE.shape


def test_animated_png_is_refused():
    frames = [Image.fromarray(np.full((4, 4), grey, np.uint8)) for grey in (0, 100, 200)]
    with pytest.raises(Problem) as refused:
        decoded(png(frames[0], save_all=True, append_images=frames[1:]))
    assert (refused.value.code, refused.value.values) == ("multi_frame", {"frames": 3})


@pytest.mark.parametrize("kind", [png, jpeg])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.95])
def test_cut_files_are_called_truncated(kind, share):
    noise = np.random.default_rng(3).integers(0, 256, (64, 64)).astype(np.uint8)
    data = kind(noise)
    with pytest.raises(Problem, match="truncated"):
        decoded(data[: int(len(data) * share)])
