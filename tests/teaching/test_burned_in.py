"""Text that seems to be burned into pictures is known until it is covered, or somebody has said that it may stay."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, CaseSet, Series
from ssg.casebook.ingest import Limits
from ssg.casebook.writing import write_case_set
from ssg.errors import Cancelled
from ssg.imaging import Writing
from ssg.teaching.burned_in import FILE
from ssg.teaching.workshop import Workshop
from ssg.web.build_cases import cases_html
from ssg.web.build_html import check_html
from tests.casebook.ingest.making import save
from tests.imaging.building import png

PLACE = Box(5, 5, 30, 15)


@pytest.fixture
def shop(shop, monkeypatch):
    monkeypatch.setattr(
        "ssg.casebook.ingest.text.text_in", lambda pixels: [Writing(PLACE, "DOE", 0.9)] if pixels[0, 0] % 2 else []
    )
    return shop


def grey(first):
    return np.tile(np.arange(first, first + 60, dtype=np.uint8), (50, 1))


@pytest.fixture
def taken(shop, tmp_path):
    """A set of two cases, the first with text on it: (its id, the ids of the cases)."""
    folder = save(tmp_path / "in", {"a.png": png(grey(1)), "b.png": png(grey(2))})
    made = shop.create("Texts", "private", "Ann").id
    works, _ = shop.take_in(made, [folder], "Ann", limits=Limits())
    return made, [work.case_id for work in works]


def test_it_is_told_of_its_case_until_it_is_covered(shop, taken):
    made, (first, second) = taken
    cases = [shop.open(made, one).case for one in (first, second)]
    assert [shop.texts.of(made, case) for case in cases] == [[(0, PLACE)], []]
    assert cases_html(shop, made).count("text?") == 1
    said = check_html(shop, made, *shop.draft(made))
    assert "text seems to be burned into it" in said and said.count("burned into") == 1
    assert "DOE" not in (shop.folder_of(made) / FILE).read_text(), "it may be a name"
    work = shop.store.case(made, first)
    shop.cover(made, first, cases[0].series[0].id, [PLACE], work.revision, "Ann")
    assert shop.texts.of(made, shop.open(made, first).case) == []
    assert "text?" not in cases_html(shop, made)


def test_it_may_stay(shop, taken):
    made, (first, _) = taken
    shop.texts.leave(made, shop.open(made, first).case)
    assert shop.texts.places(made) == {} and "text?" not in cases_html(shop, made)
    assert Workshop(shop.store, shop.folder_of(made).parent).texts.places(made) == {}, "after a restart too"


def test_pictures_that_come_in_another_way_are_looked_at(shop, tmp_path):
    data = [png(grey(first)) for first in (1, 2, 3)]
    frames = [CaseImage.of_png(one) for one in data]
    frames = [replace(one, file=f"images/{number}.png") for number, one in enumerate(frames)]
    series = Series("s", tuple(frames[:2])), Series("t", tuple(frames[2:]))
    case = Case("c", "t", "h", "OT", 1, series, (), ())
    given = CaseSet("s", "t", "1", "private", "p", False, (case,))
    other = write_case_set(given, tmp_path / "other", dict(zip((one.file for one in frames), data, strict=True)))
    made = shop.create("Texts", "private", "Ann").id
    heard = []
    assert shop.texts.look(made, other, lambda: heard.append(1)) == 1 and len(heard) == 3
    (work,) = shop.copy_in(made, other, "Ann")
    assert shop.texts.of(made, shop.open(made, work.case_id).case) == [(0, PLACE), (2, PLACE)]

    def stop():
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        shop.texts.look(made, other, stop)


def test_a_line_that_a_kill_cut_short_is_passed_over(shop, taken):
    made, (first, _) = taken
    path = shop.folder_of(made) / FILE
    path.write_text(path.read_text() + json.dumps({"file": "images/x.png", "boxes": []})[:20])
    assert shop.texts.of(made, shop.open(made, first).case) == [(0, PLACE)]
