"""Adjudication: what holds is a reader of its own, and the others stay as they are."""

from dataclasses import replace

import pytest

from ssg.casebook import Reader
from ssg.errors import BadInput
from ssg.teaching.adjudicating import ADJUDICATED, adjudicated, chosen_now, said_of
from tests.teaching.test_marking_up import case, region, saved

ANN = Reader((region(), region((50, 50, 70, 70), finding="mass")), ("pneumothorax",), "Ann")
BOB = Reader((region((12, 10, 32, 30)),), ("pneumothorax", "mass"), "Bob")


def test_what_the_readers_agree_on_is_chosen_at_first():
    here = case(ANN, BOB)
    assert len(said_of(here)) == 5
    assert chosen_now(here) == ["Ann/0/nodule", "absent/pneumothorax"]


def test_what_is_chosen_becomes_a_reader_and_is_changed_later():
    here = case(ANN, BOB)
    after = saved(here, adjudicated(here, ["Bob/0/nodule", "Ann/1/mass"]))
    assert [one.id for one in after.readers] == ["Ann", "Bob", ADJUDICATED]
    assert after.readers[:2] == here.readers, "the others are kept apart"
    assert [one.box for one in after.readers[2].regions] == [ANN.regions[1].box, BOB.regions[0].box]
    assert set(chosen_now(after)) == {"Bob/0/nodule", "Ann/1/mass"}
    again = saved(after, adjudicated(after, ["Ann/0/nodule", "absent/mass"]))
    assert again.readers[2].regions == (ANN.regions[0],) and again.readers[2].absent == ("mass",)


def test_what_was_drawn_as_the_adjudicator_is_offered_too():
    own = replace(Reader((region((80, 80, 90, 90)), ANN.regions[0]), (), ADJUDICATED))
    here = case(ANN, own)
    assert [one.key for one in said_of(here) if one.readers == (ADJUDICATED,)] == ["adjudicated/0/nodule"]
    assert chosen_now(here) == ["Ann/0/nodule", "adjudicated/0/nodule"]


def test_what_cannot_hold_is_refused():
    here = case(ANN, BOB)
    with pytest.raises(BadInput, match="Choose what holds"):
        adjudicated(here, ["Eve/0/nodule"])
    with pytest.raises(BadInput, match="'mass' is chosen as marked and as not there"):
        adjudicated(here, ["Ann/1/mass", "absent/mass"])
