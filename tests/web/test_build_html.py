"""What the Build page says of series: how many pictures, which plane, how far apart."""

import pytest

from ssg.casebook import Series
from ssg.web.build_html import plane_of, strips_html
from tests.teaching.test_marking_up import case, image


@pytest.mark.parametrize(
    ("letters", "plane"),
    [
        (("R", "L", "A", "P"), "axial"),
        (("R", "L", "H", "F"), "coronal"),
        (("A", "P", "H", "F"), "sagittal"),
        (("RA", "LP", "HA", "FP"), "coronal"),
        (("R", "L", "", ""), ""),
        (None, ""),
    ],
)
def test_the_plane_is_told_by_the_letters_at_the_edges(letters, plane):
    assert plane_of(Series("s", (image(1),), orientation=letters)) == plane


def test_a_long_series_is_shown_by_some_of_its_pictures():
    html = strips_html("set", [case(frames=40)])
    assert html.count("<img") == 7 + 1 and "small-0.jpg" in html and "small-39.jpg" in html and "small-40.jpg" in html
    assert "40 images" in html and "1 image" in html
