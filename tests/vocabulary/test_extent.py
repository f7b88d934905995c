"""What is drawn and what is stated: each finding is focal or diffuse."""

import pytest

from ssg.vocabulary import vocabulary


def test_every_entry_is_focal_or_diffuse():
    assert {finding.extent for finding in vocabulary()} == {"focal", "diffuse"}


@pytest.mark.parametrize("name", ["pulmonary edema", "emphysema", "interstitial lung disease", "scoliosis", "edema"])
def test_what_has_no_one_place_may_be_stated(name):
    assert vocabulary().get(name).is_diffuse


@pytest.mark.parametrize("name", ["nodule", "pneumothorax", "cardiomegaly", "pleural effusion", "rib fracture"])
def test_what_has_a_place_is_drawn(name):
    assert not vocabulary().get(name).is_diffuse


def test_structures_and_devices_are_drawn():
    assert not [one.name for one in vocabulary() if one.kind != "finding" and one.is_diffuse]
