"""A card says which weights its figures are of: those of a policy, of an adapter, or of others."""

import pytest

from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest
from training.card import Exported, measured_weights
from training.evaluations import Evaluation

BASE, OWN, OTHER = "b" * 64, "a" * 64, "c" * 64


def said(is_adapter, command="python -m training evaluate", **figures):
    manifest = Manifest("ssg-x", Convention.RELATIVE_1000)
    made = Exported(
        "a/b", manifest, "", 7 if is_adapter else 99, "none" if is_adapter else "nf4", OWN, "apache-2.0", is_adapter
    )
    policy = {"name": "ssg-x", "quantisation": "nf4", "parameters": 99, "device": "cpu"}
    return measured_weights(made, Evaluation("one", {"policy": policy, "command": command, **figures}))


def test_figures_of_an_adapter_are_known_by_its_own_digest():
    assert said(True, weights=BASE, adapter=OWN) == "This very adapter (its base: nf4), measured on cpu."
    assert said(True, weights=BASE, adapter=OTHER).startswith("Another adapter of the same name")


def test_figures_of_the_base_alone_are_not_an_adapter_s():
    assert said(True, weights=BASE) == "The base alone (nf4), without this adapter, measured on cpu."
    before = "python -m training evaluate --adapter runs/adapt/checkpoint"
    for command in (before, ""):
        assert said(True, command=command, weights=BASE).startswith("Whether of this very adapter is not recorded")


def test_figures_of_an_adapter_are_not_its_base_s():
    assert said(False, weights=OWN) == "These very weights, measured on cpu."
    with pytest.raises(BadInput, match=r"is of another policy \(an adapter of it\)"):
        said(False, weights=OWN, adapter=OTHER)
