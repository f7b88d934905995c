"""Adapters beside a policy: switched without loading it again, kept apart, and left out where they cannot be used."""

import itertools
import json
import threading
from dataclasses import replace

import pytest
import torch

from ssg.errors import BadInput, Unavailable
from ssg.grounding.adapters import CONFIG, WEIGHTS, add_adapter, use_adapter
from ssg.grounding.coordinates import Convention
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import FILE_NAME, Manifest
from ssg.grounding.policy import load_policy
from ssg.grounding.specialties import load_adapters
from tests.grounding.making import made_adapter
from training.quantise import quantise

ASKED = [("nodule", None), ("cardiomegaly", None), ("pleural effusion", None)]
OF = {"chest-xray": ("DX",), "chest-ct": ("CT",), "brain-mr": ("MR",)}


@pytest.fixture(scope="module")
def small_checkpoint(tmp_path_factory):
    """The small policy, as wide as NF4 wants it: its blocks hold 64 weights."""
    from tests.small_policy import SHAPE
    from training.model import build_policy

    folder = tmp_path_factory.mktemp("checkpoint")
    for part in build_policy(SHAPE | {"vision_hidden": 64, "text_mlp": 128}, seed=1):
        part.save_pretrained(folder)
    findings = ("cardiomegaly", "pleural effusion", "nodule", "pneumothorax", "hydrocephalus")
    Manifest("small", Convention.RELATIVE_1000, findings, ("lung", "heart"), seen="nothing").write(folder)
    return folder


@pytest.fixture(scope="module")
def folders(small_checkpoint, tmp_path_factory):
    """An adapter for each specialty, by its name."""
    home = tmp_path_factory.mktemp("adapters")
    return {
        name: made_adapter(small_checkpoint, home / name, seed, specialty=name, modalities=codes, present_from=0.1)
        for seed, (name, codes) in enumerate(OF.items())
    }


@pytest.fixture(scope="module")
def nf4_checkpoint(small_checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nf4")
    quantise(small_checkpoint, folder)
    return folder


@pytest.fixture(scope="module", params=["float32", "nf4"])
def checkpoint(request, small_checkpoint, nf4_checkpoint):
    return small_checkpoint if request.param == "float32" else nf4_checkpoint


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


def near(first, second):
    return torch.allclose(first, second, atol=1e-5)


def logits(policy, adapter=""):
    use_adapter(policy.model, adapter)
    with torch.inference_mode():
        return policy.model(input_ids=torch.arange(12)[None]).logits


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


def test_an_adapter_brings_thresholds_and_findings_of_its_own(small_checkpoint, tmp_path, radiograph):
    said = {"present_from": 0.0, "findings": ("brain tumor",), "structures": ()}
    folder = made_adapter(small_checkpoint, tmp_path / "brain-mr", 3, specialty="brain-mr", modalities=("MR",), **said)
    grounder = Grounder(load_policy(small_checkpoint, "cpu", adapters=[str(folder)]))
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


def test_without_adapters_none_can_be_chosen(small_checkpoint, radiograph):
    grounder = Grounder(load_policy(small_checkpoint, "cpu"))
    assert grounder.policy.adapters == {}
    assert grounder.ground(radiograph, ["nodule"], "CT", "CHEST")[0].adapter == ""
    with pytest.raises(BadInput, match="no adapter 'chest-ct': none is loaded"):
        grounder.ground(radiograph, ["nodule"], adapter="chest-ct")


def foreign(folder, small_checkpoint):
    """Matrices of a policy that is twice as wide."""
    from tests.small_policy import SHAPE
    from training.model import build_policy

    wide = folder.parent / "wide"
    for part in build_policy(SHAPE | {"text_hidden": 128, "text_mlp": 192}, seed=1):
        part.save_pretrained(wide)
    (wide / FILE_NAME).write_bytes((small_checkpoint / FILE_NAME).read_bytes())
    made_adapter(wide, folder, 1, specialty="chest-ct")


def other_name(folder, _):
    row = json.loads((folder / FILE_NAME).read_text()) | {"name": "another"}
    (folder / FILE_NAME).write_text(json.dumps(row))


def convention(folder, _):
    row = json.loads((folder / FILE_NAME).read_text()) | {"convention": "resized_pixels"}
    (folder / FILE_NAME).write_text(json.dumps(row))


def not_finite(folder, _):
    from safetensors.torch import load_file, save_file

    state = load_file(folder / WEIGHTS)
    next(iter(state.values()))[0, 0] = float("nan")
    save_file(state, folder / WEIGHTS)


def fewer_matrices(folder, _):
    from safetensors.torch import load_file, save_file

    state = load_file(folder / WEIGHTS)
    state.pop(next(iter(state)))
    save_file(state, folder / WEIGHTS)


def configured(**changes):
    def change(folder, _):
        row = json.loads((folder / CONFIG).read_text()) | changes
        (folder / CONFIG).write_text(json.dumps(row))

    return change


FLAWS = {
    "of another policy": (foreign, "belongs to another policy"),
    "of a policy of another name": (other_name, "belongs to the policy another, and small is loaded"),
    "of another convention": (convention, "writes boxes as resized_pixels, and small as relative_1000"),
    "matrices that are missing": (fewer_matrices, "belongs to another policy"),
    "cut weights": (lambda folder, _: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:500]), "cannot"),
    "no weights": (lambda folder, _: (folder / WEIGHTS).unlink(), f"{WEIGHTS} is missing"),
    "no configuration": (lambda folder, _: (folder / CONFIG).unlink(), f"{CONFIG} is missing"),
    "a configuration that is none": (lambda folder, _: (folder / CONFIG).write_text("[1]"), "cannot be read"),
    "another method": (configured(peft_type="IA3"), "it is a IA3 adapter"),
    "layers that do not exist": (configured(target_modules=["nothing_proj"]), "cannot be read"),
    "a rank of another": (configured(r=2), "belongs to another policy"),
    "a rank that is none": (configured(r=-1), "cannot be read"),
    "numbers that are not finite": (not_finite, "not finite"),
    "a damaged manifest": (lambda folder, _: (folder / FILE_NAME).write_text("{"), f"{FILE_NAME} is damaged"),
}


@pytest.fixture(scope="module")
def brains(small_checkpoint, folders):
    """The policy with one adapter."""
    return load_policy(small_checkpoint, "cpu", adapters=[str(folders["brain-mr"])])


@pytest.mark.parametrize("flaw", FLAWS)
def test_one_that_cannot_be_used_is_named_and_the_others_and_the_base_serve(
    flaw, small_checkpoint, brains, folders, tmp_path
):
    spoil, why = FLAWS[flaw]
    bad = tmp_path / "bad"
    bad.mkdir()
    for file in folders["chest-ct"].iterdir():
        (bad / file.name).write_bytes(file.read_bytes())
    spoil(bad, small_checkpoint)
    policy = load_policy(small_checkpoint, "cpu", adapters=[str(bad), str(folders["brain-mr"])])
    assert list(policy.adapters) == ["brain-mr"]
    [problem] = policy.problems
    assert str(bad) in problem and why in problem and "leave it out" in problem
    assert "\n" not in problem and len(problem) < 500
    for adapter in ("", "brain-mr"):
        assert near(logits(policy, adapter), logits(brains, adapter))
    with pytest.raises(BadInput, match="no adapter 'chest-ct'") as caught:
        policy.chosen_adapter("chest-ct")
    assert problem in str(caught.value)


def test_none_is_left_behind_where_the_only_one_cannot_be_used(small_checkpoint, folders, tmp_path):
    foreign(tmp_path / "bad", small_checkpoint)
    policy, before = (load_policy(small_checkpoint, "cpu") for _ in range(2))
    with pytest.raises(Unavailable, match="belongs to another policy"):
        add_adapter(policy.model, tmp_path / "bad", "x")
    assert not [name for name, _ in policy.model.named_parameters() if "lora_" in name]
    assert near(logits(policy), logits(before))
    add_adapter(policy.model, folders["chest-ct"], "x")
    assert not near(logits(policy, "x"), logits(before))


def test_a_configuration_imports_nothing_that_it_names(small_checkpoint, folders, tmp_path, monkeypatch):
    """PEFT would import the module of ``megatron_core``."""
    bad = tmp_path / "bad"
    bad.mkdir()
    for file in folders["chest-ct"].iterdir():
        (bad / file.name).write_bytes(file.read_bytes())
    configured(megatron_config={"x": 1}, megatron_core="planted")(bad, None)
    (tmp_path / "planted.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(load_policy(small_checkpoint, "cpu", adapters=[str(bad)]).adapters) == ["chest-ct"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("absent/adapter/here", "does not exist: correct SSG_ADAPTERS"), ("/nowhere", "does not exist")],
)
def test_one_that_is_not_there_is_named(small_checkpoint, name, why):
    [problem] = load_policy(small_checkpoint, "cpu", adapters=[name]).problems
    assert name in problem and why in problem


def test_a_policy_that_is_called_by_its_folder_takes_adapters_of_another_name(small_checkpoint, folders, tmp_path):
    """A checkpoint of the Hub without a manifest may lie anywhere."""
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in small_checkpoint.iterdir():
        if file.name != FILE_NAME:
            (bare / file.name).write_bytes(file.read_bytes())
    policy = load_policy(bare, "cpu", adapters=[str(folders["chest-ct"])])
    assert (list(policy.adapters), policy.problems) == (["chest-ct"], ())


def test_a_second_one_of_a_name_is_left_out(small_checkpoint, folders):
    policy = load_policy(small_checkpoint, "cpu", adapters=[str(folders["chest-ct"])] * 2)
    assert list(policy.adapters) == ["chest-ct"]
    assert "second one called 'chest-ct'" in policy.problems[0]


@pytest.mark.parametrize(("folder", "name"), [("my.adapter v2", "my-adapter-v2"), ("base", None), ("auto", None)])
def test_one_without_a_specialty_is_called_by_its_folder(small_checkpoint, folders, tmp_path, radiograph, folder, name):
    place = tmp_path / folder
    place.mkdir()
    for file in (CONFIG, WEIGHTS):
        (place / file).write_bytes((folders["chest-ct"] / file).read_bytes())
    policy = load_policy(small_checkpoint, "cpu", adapters=[str(place)])
    if name is None:
        assert "rename its folder" in policy.problems[0]
        return
    assert list(policy.adapters) == [name]
    assert policy.adapter_for("CT", "CHEST") == ""  # only a person chooses it
    assert answers(Grounder(policy), radiograph, name) != answers(Grounder(policy), radiograph, "")


def test_the_embedded_ones_come_with_the_embedded_policy_alone(small_checkpoint, folders, monkeypatch, tmp_path):
    home = tmp_path / "embedded_adapters"
    home.mkdir()
    (home / "chest-ct").symlink_to(folders["chest-ct"])
    (home / "brain-mr").symlink_to(folders["brain-mr"])
    (home / "README.md").write_text("no adapter")
    monkeypatch.setattr("ssg.grounding.specialties.EMBEDDED_ADAPTERS", home)
    monkeypatch.setattr("ssg.grounding.policy.EMBEDDED", small_checkpoint)
    assert list(load_policy("", "cpu", adapters=()).adapters) == ["brain-mr", "chest-ct"]
    assert load_policy("", "cpu").adapters == {}
    assert load_policy(small_checkpoint, "cpu", adapters=()).adapters == {}
    assert list(load_policy("", "cpu", adapters=[str(folders["chest-xray"])]).adapters) == ["chest-xray"]


def test_none_wanted_touches_no_model():
    assert load_adapters(None, Manifest("x", None), None, embedded=True) == ({}, ())


def test_asking_trains_nothing(policy, radiograph):
    answers(Grounder(policy), radiograph, "chest-ct")
    assert not [name for name, value in policy.model.named_parameters() if "lora_" in name and value.requires_grad]


def test_policies_that_share_a_model_share_its_lock(policy):
    assert replace(policy, manifest=policy.manifest).lock is policy.lock
