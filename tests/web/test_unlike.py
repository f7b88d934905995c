"""An upload that cannot be what the policy was shown carries a notice, before and with every answer."""

import numpy as np
import pytest
from PIL import Image

LEARNER = "9" * 32
RAMP = np.tile(np.arange(256, dtype=np.uint8), (256, 1))


def noise(height, width, low, high):
    return np.random.default_rng(3).integers(low, high, (height, width), dtype=np.uint8)


def coloured():
    picture = np.stack([RAMP, RAMP.T, RAMP], axis=-1)
    return Image.fromarray(picture, "RGB")


PICTURES = [
    ("a uniform JPEG", Image.fromarray(np.full((300, 300), 128, np.uint8)), "grey.jpg", "structure"),
    ("faint noise alone", Image.fromarray(noise(300, 300, 120, 136)), "noise.png", "structure"),
    ("a colour PNG", coloured(), "colour.png", "colour"),
    ("one pixel", Image.fromarray(np.zeros((1, 1), np.uint8)), "dot.png", "1 × 1"),
    ("a stamp", Image.fromarray(noise(40, 900, 0, 255)), "stamp.png", "900 × 40"),
]


@pytest.fixture
def uploaded(services, tmp_path):
    """``uploaded(picture, name)``: (what is said at once, what stands in an answer)."""
    from ssg.web.ask_view import AskView

    def opened(picture, name):
        file = tmp_path / name
        picture.save(file)
        view = AskView(services)
        image = view.upload(LEARNER, file, name)
        return view.opened(LEARNER, image), view.ask(LEARNER, image.id, "cardiomegaly").html

    return opened


@pytest.mark.parametrize(("what", "picture", "name", "why"), PICTURES, ids=[row[0] for row in PICTURES])
def test_a_picture_that_is_no_radiograph_is_called_one_that_the_policy_does_not_know(
    uploaded, what, picture, name, why
):
    for said in uploaded(picture, name):
        assert 'class="note"' in said, what
        assert "unlike what the policy was shown" in said
        assert why in said


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_another_grey_picture_has_a_quiet_line_only(uploaded, mode):
    """Grey that is stored as RGB is grey."""
    for said in uploaded(Image.fromarray(RAMP).convert(mode), "ramp.png"):
        assert "frontal chest radiographs only" in said
        assert 'class="note"' not in said


def test_an_image_of_a_case_needs_no_word_of_it(services):
    from ssg.web.ask_view import AskView

    view = AskView(services)
    image = services.case_images["chest-xray-first-steps", "case-01"]
    html = view.ask(LEARNER, image, "cardiomegaly").html
    assert "frontal chest radiographs only" not in html
    assert 'class="note"' not in html
