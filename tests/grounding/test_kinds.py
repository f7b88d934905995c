"""A general finding is asked as all its kinds, a special one as what it is a kind of, and the answer says so."""

from dataclasses import replace

import pytest

from ssg import phantoms
from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention
from ssg.grounding.grounder import Grounder
from ssg.grounding.kinds import MOST_KINDS, answered, asked_as
from ssg.grounding.manifest import Manifest, read_manifest
from ssg.grounding.policy import EMBEDDED, load_policy
from ssg.grounding.types import FindingAnswer, Status
from ssg.reward import Region
from ssg.vocabulary import Side, vocabulary

CHEST = ("chest x-ray",)
OPACITIES = ("consolidation", "pneumonia", "infiltrate", "ground glass opacity", "atelectasis", "pulmonary edema")


def taught(*findings, structures=()):
    return Manifest("fake", Convention.RELATIVE_1000, findings, structures)


def said(finding, present, confidence=0.8, side=Side.LEFT, note=""):
    regions = (Region(finding, Box(0, 0, 9, 9), side, confidence),) if present else ()
    return FindingAnswer(finding, None, present, regions, (), confidence, note)


def told(general, manifest, *answers, side=None):
    """The answer about a finding from those about its kinds."""
    key = (general, side)
    asked = asked_as(key, manifest, CHEST)
    found = {(answer.finding, None): answer for answer in answers}
    return answered(key, asked, {one: found[(one[0], None)] for one in asked.keys})


def opacity(*seen, unread=(), side=None):
    rest = [name for name in OPACITIES if name not in (*seen, *unread)]
    answers = [said(name, True, 0.9 - index / 10) for index, name in enumerate(seen)]
    answers += [said(name, None, None) for name in unread] + [said(name, False, 0.95) for name in rest]
    return told("lung opacity", taught(*OPACITIES), *answers, side=side)


def test_what_was_taught_is_asked_as_itself():
    assert asked_as(("nodule", Side.LEFT), taught("nodule")).keys == (("nodule", Side.LEFT),)
    assert asked_as(("lung lesion", None), taught()).keys == (("lung lesion", None),), "it is not restricted"


def test_a_general_finding_is_there_where_any_kind_is():
    answer = opacity("pneumonia", "atelectasis")
    assert answer.present and answer.confidence == 0.9
    assert [region.called for region in answer.regions] == ["left pneumonia", "left atelectasis"]
    assert answer.note.startswith("Looked for: consolidation, ")
    assert answer.note.endswith(". Seen: pneumonia, atelectasis.")
    assert answer.finding == "lung opacity"
    assert [row["finding"] for row in answer.to_json()["regions"]] == ["pneumonia", "atelectasis"]


def test_it_is_not_there_where_no_kind_of_enough_is():
    answer = opacity()
    assert answer.present is False and answer.confidence == 0.95
    assert answer.note.startswith("Looked for: ") and answer.note.endswith(". None was seen.")
    assert all(name in answer.note for name in OPACITIES)


def test_nobody_knows_where_too_few_kinds_were_looked_for():
    devices = ("endotracheal tube", "central venous catheter", "pacemaker")
    answer = told("support device", taught(*devices), *(said(name, False) for name in devices))
    assert (answer.present, answer.confidence) == (None, None)
    assert (
        "Looked for: endotracheal tube, " in answer.note and "not looked for, such as tracheostomy tube" in answer.note
    )
    for general, kind in (("fracture", "rib fracture"), ("chronic obstructive pulmonary disease", "emphysema")):
        assert told(general, taught(kind), said(kind, False)).present is None, "one kind is no overview"
        assert told(general, taught(kind), said(kind, True)).present is True


def test_nobody_knows_where_a_kind_could_not_be_read():
    answer = opacity(unread=("infiltrate",))
    assert answer.present is None and "about infiltrate could not be read" in answer.note
    assert opacity("pneumonia", unread=("infiltrate",)).present is True


def test_only_kinds_that_such_an_image_may_show_on_such_a_side_are_asked():
    manifest = taught("pulmonary edema", "cerebral edema", structures=("trachea", "main bronchus"))
    assert asked_as(("edema", None), manifest, CHEST).keys == (("pulmonary edema", None),)
    assert len(asked_as(("edema", None), manifest).keys) == 2
    assert asked_as(("airway", Side.LEFT), manifest, CHEST).keys == (("main bronchus", Side.LEFT),)
    assert answered(("nodule", None), asked_as(("nodule", None), manifest), {}).present is None


def test_the_kinds_that_are_asked_are_bounded():
    every = [one.name for one in vocabulary() if vocabulary().is_a(one.name, "bone") and one.name != "bone"]
    assert len(every) > MOST_KINDS == len(asked_as(("bone", None), taught(*every)).keys)


def test_both_sides_are_told_of_a_general_finding():
    assert opacity("pneumonia", side=Side.BILATERAL).note.endswith("Seen on the left only.")


def test_a_special_finding_is_asked_as_the_nearest_that_it_is_a_kind_of():
    manifest = taught("brain tumor", "glioma")
    assert asked_as(("glioblastoma", None), manifest).keys == (("glioma", None),)
    absent, seen = (told("glioblastoma", manifest, said("glioma", present)) for present in (False, True))
    assert absent.present is False
    assert seen.present is None, "it may be another glioma"
    assert [region.called for region in seen.regions] == ["left glioma"]
    assert (
        "Looked for: glioma, the nearest" in seen.note and "whether it is glioblastoma, the policy cannot" in seen.note
    )


def test_a_part_is_shown_as_the_structure_that_it_is_part_of():
    answer = told("left ventricle", taught("mass", structures=("heart",)), said("heart", True, side=None))
    assert answer.present and answer.regions[0].called == "left ventricle"
    assert answer.note == "Looked for: heart, the nearest finding that the policy was trained on."


def test_every_general_word_of_the_embedded_policy_says_what_is_looked_for():
    manifest = read_manifest(EMBEDDED)
    kinds = {
        name: asked_as((name, None), manifest, CHEST) for name in ("lung opacity", "support device", "lung lesion")
    }
    assert {name for name, _ in kinds["lung opacity"].keys} == set(OPACITIES)
    assert {name: asked.covers for name, asked in kinds.items()} == {
        "lung opacity": True,
        "support device": False,
        "lung lesion": False,
    }


def test_more_than_can_be_looked_for_at_once_is_refused(small_policy, radiograph, monkeypatch):
    monkeypatch.setattr("ssg.grounding.grounder.MOST_LOOKED_FOR", 7)
    grounder = Grounder(replace(small_policy, manifest=taught(*OPACITIES, structures=("trachea", "main bronchus"))))
    assert len(grounder.ground(radiograph, ["lung opacity", "trachea"])) == 2
    with pytest.raises(BadInput, match="8 findings at once, with all kinds of the general ones"):
        grounder.ground(radiograph, ["lung opacity", "airway"])


def test_the_embedded_policy_answers_a_general_word_as_its_kinds():
    seed = next(
        seed
        for seed in range(100)
        if "pacemaker" in {one.finding for one in phantoms.draw("chest-xray", seed, size=256).findings}
    )
    scene = phantoms.draw("chest-xray", seed)
    grounder = Grounder(load_policy(adapters=()))
    texts = ["support device", "endotracheal tube", "central venous catheter", "pacemaker"]
    general, *kinds = grounder.ground(scene.pixels, texts, "DX", "CHEST")
    [answer] = general.findings
    seen = {one.findings[0].finding for one in kinds if one.status is Status.FOUND}
    assert "pacemaker" in seen
    assert answer.present and {region.finding for region in answer.regions} == seen
    assert answer.confidence == pytest.approx(max(one.findings[0].confidence for one in kinds if one.regions), abs=1e-3)
    assert "Looked for: " in answer.note
