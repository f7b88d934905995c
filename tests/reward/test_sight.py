"""What an image-text encoder sees of the regions: it can cost a name, never earn one, and never costs the reader."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssg.boxes import Box
from ssg.errors import BadInput, InvalidAnswer
from ssg.reward import Answer, ReaderAnswer, Reference, Region, score, score_many
from ssg.vocabulary import Side
from tests.reward.strategies import answers, references

HEART, NEARLY, CORNER = Box(300, 400, 700, 800), Box(300, 400, 700, 799), Box(300, 400, 700, 900)


class Eyes:
    """Sees in each region what ``told`` says, else anything, but always the same in the same region."""

    name = "eyes"

    def __init__(self, told=None, seed=0):
        self.told, self.seed, self.asked = told or {}, seed, []

    def shown(self, regions):
        self.asked += regions
        return np.array([self.told.get(region, self.of(region)) for region in regions])

    def of(self, region):
        return hashlib.sha256(f"{self.seed}{region}".encode()).digest()[0] / 255


def one(*regions, absent=()):
    return Reference(1024, 1024, (ReaderAnswer(regions, absent),))


def semantic(reference, answer, eyes):
    return score(reference, answer, sight=eyes).components["semantic"].score


def test_a_name_counts_less_by_how_much_more_the_readers_region_shows_it():
    marked, drawn = Region("cardiomegaly", HEART), Region("cardiomegaly", CORNER)
    found = score(one(marked), Answer((drawn,)), sight=Eyes({marked: 0.9, drawn: 0.3}))
    assert found.components["semantic"].score == pytest.approx(0.4)
    assert found.matches[0].shown == (0.3, 0.9)
    assert "30%" in found.components["semantic"].why and "90%" in found.components["semantic"].why
    row = found.to_json()["matches"][0]
    assert (row["shown"], row["reference_shown"]) == (0.3, 0.9)
    assert found.to_json()["encoder"] == "eyes"


def test_what_the_encoder_cannot_see_in_the_readers_region_it_cannot_miss():
    marked, drawn = Region("cardiomegaly", HEART), Region("cardiomegaly", CORNER)
    assert semantic(one(marked), Answer((drawn,)), Eyes({marked: 0.1, drawn: 0.05})) == pytest.approx(0.95)
    assert semantic(one(marked), Answer((drawn,)), Eyes({marked: 0.1, drawn: 1.0})) == 1
    assert score(one(marked), Answer((drawn,)), sight=Eyes({marked: 0.1, drawn: 1.0})).total < 1


def test_without_an_encoder_nothing_is_said_of_the_image():
    found = score(one(Region("cardiomegaly", HEART)), Answer((Region("cardiomegaly", CORNER),)))
    assert found.matches[0].shown is None and found.to_json()["matches"][0]["shown"] is None
    assert "image shows" not in found.components["semantic"].why


def test_what_the_encoder_cannot_tell_costs_nobody_anything_and_is_said():
    marked, drawn = Region("lung opacity", HEART), Region("consolidation", CORNER)
    blind = score(one(marked), Answer((drawn,)))
    for told in ({marked: np.nan, drawn: 0.03}, {marked: 0.9, drawn: np.nan}, {marked: np.nan, drawn: np.nan}):
        found = score(one(marked), Answer((drawn,)), sight=Eyes(told))
        assert found.total == blind.total
        assert "sure" not in found.components["semantic"].why
        names = [
            name for region, name in ((marked, "lung opacity"), (drawn, "consolidation")) if np.isnan(told[region])
        ]
        assert all(name in found.encoder_note for name in names) and "by themselves" in found.encoder_note
        assert [value is None for value in found.matches[0].shown] == [np.isnan(told[drawn]), np.isnan(told[marked])]
    json.dumps(found.to_json(), allow_nan=False)


def test_how_sure_somebody_is_does_not_change_what_a_region_shows():
    marked = Region("cardiomegaly", HEART)
    eyes = Eyes({marked: 0.7, replace(marked, confidence=0.9): 0.2})
    assert score(one(marked), Answer((replace(marked, confidence=0.9),)), sight=eyes).total == 1


@pytest.mark.parametrize(
    ("box", "sure", "words"),
    [
        (NEARLY, 0.88, "sees cardiomegaly a little less"),
        (Box(600, 400, 1000, 800), 0.9, "overlaps the reader's by less than 0.3"),
        (NEARLY, 0.5, "50% sure"),
        (NEARLY, 0.95, "Every name fits what"),
    ],
)
def test_why_says_what_cost_something(box, sure, words):
    marked, drawn = Region("cardiomegaly", HEART), Region("cardiomegaly", box)
    found = score(one(marked), Answer((drawn,)), sight=Eyes({marked: 0.9, drawn: sure}))
    assert words in found.components["semantic"].why


def test_many_regions_that_show_less_are_not_all_told():
    marked = [Region("nodule", Box(100 * x, 10, 100 * x + 50, 60)) for x in range(6)]
    drawn = [replace(region, box=replace(region.box, y1=61)) for region in marked]
    told = dict.fromkeys(marked, 0.9) | dict.fromkeys(drawn, 0.3)
    why = score(one(*marked), Answer(tuple(drawn)), sight=Eyes(told)).components["semantic"].why
    assert why.count("30% sure") == 2 and "4 more regions" in why


def test_a_name_that_the_region_does_not_show_costs_more_than_one_that_it_does():
    marked = Region("pleural effusion", HEART, Side.LEFT)
    there, not_there = Region("atelectasis", HEART, Side.LEFT), Region("pneumonia", HEART, Side.LEFT)
    eyes = Eyes({marked: 0.9, there: 0.9, not_there: 0.1})
    by_name = {r: score(one(marked), Answer((r,))).components["semantic"].score for r in (there, not_there)}
    for region, factor in ((there, 1.0), (not_there, 0.2)):
        assert semantic(one(marked), Answer((region,)), eyes) == pytest.approx(by_name[region] * factor)


@settings(max_examples=80)
@given(references(), answers(most=6), st.integers(0, 5))
def test_it_never_earns_anything_and_never_costs_a_reader(reference, answer, seed):
    eyes = Eyes(seed=seed)
    blind, seeing = score(reference, answer), score(reference, answer, sight=eyes)
    assert 0 <= seeing.total <= blind.total <= 1
    for name in ("spatial", "clinical", "coherence"):
        parts = [found.components[name] for found in (blind, seeing)]
        assert len({part and part.score for part in parts}) == 1 or seeing.reader != blind.reader
    for reader in reference.readers:
        own = Answer(reader.regions, reader.absent)
        assert score(reference, own, sight=eyes).total == score(reference, own).total


@settings(max_examples=40)
@given(st.lists(st.tuples(references(), answers(most=6), st.integers(-1, 3)), min_size=1, max_size=5))
def test_many_are_judged_as_one_by_one(made):
    eyes = [None if seed < 0 else Eyes(seed=seed) for _, _, seed in made]
    asked, given_answers = [row[0] for row in made], [row[1] for row in made]
    many = score_many(asked, given_answers, sights=eyes)
    for row, (reference, answer, sight) in enumerate(zip(asked, given_answers, eyes, strict=True)):
        assert many.total[row] == score(reference, answer, sight=sight).total


def test_each_region_is_asked_about_once():
    regions = tuple(Region("nodule", Box(x, 10, x + 50, 60)) for x in (0, 100, 200))
    reference = Reference(1024, 1024, (ReaderAnswer(regions[:2], id="a"), ReaderAnswer(regions[1:], id="b")))
    eyes = Eyes()
    score(reference, Answer(regions), sight=eyes)
    assert sorted(map(str, eyes.asked)) == sorted(map(str, regions))


@pytest.mark.parametrize("given_numbers", [[2.0], [-1.0], [], [0.5, 0.5]])
def test_an_encoder_that_gives_no_probabilities_is_refused(given_numbers):
    class Broken:
        name = "broken"

        def shown(self, regions):
            return np.array(given_numbers)

    with pytest.raises(BadInput, match="encoder broken must give one number from 0 to 1 for each of 1 regions"):
        score(one(Region("mass", HEART)), Answer((Region("mass", HEART),)), sight=Broken())


def test_one_image_for_each_answer():
    reference, answer = one(Region("mass", HEART)), Answer((Region("mass", HEART),))
    with pytest.raises(InvalidAnswer, match="2 answers and 1 images"):
        score_many([reference, reference], [answer, answer], sights=[Eyes()])
