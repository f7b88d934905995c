"""Adapters beside a policy: switched without loading it again, kept apart, and left out where they cannot be used."""

import itertools
import threading
from dataclasses import replace

import pytest
import torch

from ssg.errors import BadInput
from ssg.grounding.adapters import CONFIG, WEIGHTS
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import Manifest, read_manifest
from ssg.grounding.policy import load_policy
from ssg.grounding.specialties import load_adapters
from tests.grounding.making import OF, logits, made_adapter, near
from training.quantise import quantise

ASKED = [("nodule", None), ("cardiomegaly", None), ("pleural effusion", None)]


@pytest.fixture(scope="module")
def nf4_checkpoint(adaptable, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nf4")
    quantise(adaptable, folder)
    return folder


@pytest.fixture(scope="module", params=["float32", "nf4"])
def checkpoint(request, adaptable, nf4_checkpoint):
    return adaptable if request.param == "float32" else nf4_checkpoint


@pytest.fixture(scope="module")
def policy(checkpoint, folders):
    """The policy with all its adapters, whole or in four bits."""
    loaded = load_policy(checkpoint, "cpu", adapters=[str(folder) for folder in folders.values()])
    assert loaded.problems == ()
    return loaded


def answers(grounder, pixels, adapter):
    return grounder.answer(pixels, ASKED, adapter)[0]


def alike(told, other):
    """Whether answers are the same but for the last digits, which depend on where numbers lie in memory."""
    rows = list(zip(told.values(), other.values(), strict=True))
    return all(
        (one.present, [region.box for region in one.regions]) == (two.present, [region.box for region in two.regions])
        and one.confidence == pytest.approx(two.confidence, abs=1e-4)
        for one, two in rows
    )


def test_each_adapter_answers_in_its_own_way_and_the_base_as_without_them(policy, checkpoint, radiograph):
    alone = answers(Grounder(load_policy(checkpoint, "cpu")), radiograph, "")
    grounder = Grounder(policy)
    assert alike(answers(grounder, radiograph, ""), alone)
    told = {name: answers(grounder, radiograph, name) for name in OF}
    assert not any(alike(one, other) for one, other in itertools.combinations([alone, *told.values()], 2))
    assert alike(answers(grounder, radiograph, ""), alone)
    fresh = Grounder(policy)  # nothing kept
    assert all(alike(answers(fresh, radiograph, name), told[name]) for name in reversed(OF))
    assert alike(answers(fresh, radiograph, ""), alone)


def test_a_quantised_base_stays_quantised(nf4_checkpoint, folders):
    loaded = load_policy(nf4_checkpoint, "cpu", adapters=[str(folders["chest-ct"])])
    before = load_policy(nf4_checkpoint, "cpu")
    assert loaded.info == before.info and loaded.info.quantisation == "nf4"
    packed = {name: value for name, value in before.model.named_parameters() if value.dtype == torch.uint8}
    kept = {name.replace(".base_layer", ""): value for name, value in loaded.model.named_parameters()}
    assert packed and all(torch.equal(kept[name], value) for name, value in packed.items())
    assert near(logits(loaded), logits(before))
    assert not near(logits(loaded, "chest-ct"), logits(before))


def test_an_image_is_encoded_once_for_each_adapter(policy, radiograph, monkeypatch):
    grounder, encoded = Grounder(policy), []
    encode = grounder._decoder.encode
    monkeypatch.setattr(grounder._decoder, "encode", lambda *inputs: encoded.append(1) or encode(*inputs))
    for adapter in ("", "chest-ct", "brain-mr", "chest-ct", "", "brain-mr"):
        answers(grounder, radiograph, adapter)
    assert len(encoded) == len(grounder._cache) == 3


def test_an_adapter_brings_thresholds_and_findings_of_its_own(adaptable, tmp_path, radiograph):
    said = {"present_from": 0.0, "findings": ("brain tumor",), "structures": ()}
    folder = made_adapter(adaptable, tmp_path / "brain-mr", 3, specialty="brain-mr", modalities=("MR",), **said)
    grounder = Grounder(load_policy(adaptable, "cpu", adapters=[str(folder)]))
    asked = [("brain tumor", None), ("nodule", None)]
    by_base, by_adapter = (grounder.answer(radiograph, asked, name)[0] for name in ("", "brain-mr"))
    assert by_base["brain tumor", None].present is None and by_base["nodule", None].present is not None
    assert by_adapter["brain tumor", None].present is True  # from a probability of 0 on everything is there
    assert "not trained on nodule" in by_adapter["nodule", None].note


def test_two_questions_with_two_adapters_at_once_get_what_they_get_alone(policy, radiograph):
    alone = {name: answers(Grounder(policy), radiograph, name) for name in ("", *OF)}
    shared, failed = (Grounder(policy), Grounder(policy)), []
    start = threading.Barrier(len(alone))

    def asks(name):
        start.wait(30)
        for turn in range(4):
            grounder = shared[turn % 2]  # two grounders share the one model
            if not alike(answers(grounder, radiograph, name), alone[name]):
                failed.append(name)

    threads = [threading.Thread(target=asks, args=(name,)) for name in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failed == []


@pytest.mark.parametrize(
    ("modality", "body", "adapter"),
    [
        ("DX", "CHEST", "chest-xray"),
        ("CR", "", "chest-xray"),
        ("CT", "", "chest-ct"),
        ("MR", "HEAD", "brain-mr"),
        ("MR", "", "brain-mr"),
        ("MR", "KNEE", ""),
        ("US", "", ""),
        ("", "", ""),
        ("", "CHEST", ""),
    ],
)
def test_the_image_chooses_the_adapter(policy, radiograph, modality, body, adapter):
    [grounding] = Grounder(policy).ground(radiograph, ["nodule"], modality, body)
    assert grounding.adapter == adapter
    assert grounding.to_json()["adapter"] == (adapter or None)


def test_what_an_adapter_was_shown_beside_its_specialty_chooses_nothing(policy):
    adapters = {"chest-xray": policy.manifest.adapted("chest-xray", (), "much", ("DX", "MR"))}
    beside = replace(policy, adapters=adapters)
    assert (beside.adapter_for("DX"), beside.adapter_for("MR")) == ("chest-xray", "")
    everything = replace(policy, adapters={"radiology": policy.manifest.adapted("radiology", (), "much", ("DX", "MR"))})
    assert [everything.adapter_for(code) for code in ("DX", "MR", "CT")] == ["radiology", "radiology", ""]


def test_a_person_chooses_the_adapter(policy, radiograph):
    grounder = Grounder(policy)
    for chosen in ("", "brain-mr"):
        assert grounder.ground(radiograph, ["nodule"], "CT", "CHEST", chosen)[0].adapter == chosen
    with pytest.raises(BadInput, match=r"no adapter 'knee': choose one of chest-xray, chest-ct, brain-mr, base"):
        grounder.ground(radiograph, ["nodule"], adapter="knee")


def test_words_are_read_as_the_adapter_was_taught(policy, radiograph):
    grounder = Grounder(policy)
    for adapter, finding in (("brain-mr", "hydrocephalus"), ("chest-xray", "pleural effusion")):
        [grounding] = grounder.ground(radiograph, ["fluid"], adapter=adapter)
        assert [answer.finding for answer in grounding.findings] == [finding], adapter


def test_without_adapters_none_can_be_chosen(adaptable, radiograph):
    grounder = Grounder(load_policy(adaptable, "cpu"))
    assert grounder.policy.adapters == {}
    assert grounder.ground(radiograph, ["nodule"], "CT", "CHEST")[0].adapter == ""
    with pytest.raises(BadInput, match="no adapter 'chest-ct': none is loaded"):
        grounder.ground(radiograph, ["nodule"], adapter="chest-ct")


@pytest.mark.parametrize(("folder", "name"), [("my.adapter v2", "my-adapter-v2"), ("base", None), ("auto", None)])
def test_one_without_a_specialty_is_called_by_its_folder(adaptable, folders, tmp_path, radiograph, folder, name):
    place = tmp_path / folder
    place.mkdir()
    for file in (CONFIG, WEIGHTS):
        (place / file).write_bytes((folders["chest-ct"] / file).read_bytes())
    policy = load_policy(adaptable, "cpu", adapters=[str(place)])
    if name is None:
        assert "rename its folder" in policy.problems[0]
        return
    assert list(policy.adapters) == [name]
    assert policy.adapter_for("CT", "CHEST") == ""  # only a person chooses it
    assert answers(Grounder(policy), radiograph, name) != answers(Grounder(policy), radiograph, "")


def test_an_adapter_without_thresholds_of_its_own_has_not_those_of_its_base(adaptable, folders, tmp_path):
    base = replace(read_manifest(adaptable), present_from=0.05, present_from_of={"nodule": 0.9})
    adapted = base.adapted("chest-ct", ("nodule",), "much", ("CT",))
    assert [adapted.threshold(name) for name in ("nodule", "mass")] == [0.5, 0.5]
    assert adapted.structures == base.structures
    place = tmp_path / "silent"
    place.mkdir()
    for file in (CONFIG, WEIGHTS):
        (place / file).write_bytes((folders["chest-ct"] / file).read_bytes())
    policy = load_policy(adaptable, "cpu")
    found, _ = load_adapters(policy.model, base, [str(place)], embedded=False)
    assert [found["silent"].threshold(name) for name in ("nodule", "mass")] == [0.5, 0.5]
    assert found["silent"].findings == base.findings


def test_the_embedded_ones_come_with_the_embedded_policy_alone(adaptable, folders, monkeypatch, tmp_path):
    home = tmp_path / "embedded_adapters"
    home.mkdir()
    (home / "chest-ct").symlink_to(folders["chest-ct"])
    (home / "brain-mr").symlink_to(folders["brain-mr"])
    (home / "README.md").write_text("no adapter")
    monkeypatch.setattr("ssg.grounding.specialties.EMBEDDED_ADAPTERS", home)
    monkeypatch.setattr("ssg.grounding.policy.EMBEDDED", adaptable)
    assert list(load_policy("", "cpu", adapters=()).adapters) == ["brain-mr", "chest-ct"]
    assert load_policy("", "cpu").adapters == {}
    assert load_policy(adaptable, "cpu", adapters=()).adapters == {}
    assert list(load_policy("", "cpu", adapters=[str(folders["chest-xray"])]).adapters) == ["chest-xray"]


def test_none_wanted_touches_no_model():
    assert load_adapters(None, Manifest("x", None), None, embedded=True) == ({}, ())


def test_asking_trains_nothing(policy, radiograph):
    answers(Grounder(policy), radiograph, "chest-ct")
    assert not [name for name, value in policy.model.named_parameters() if "lora_" in name and value.requires_grad]


def test_policies_that_share_a_model_share_its_lock(policy):
    assert replace(policy, manifest=policy.manifest).lock is policy.lock
