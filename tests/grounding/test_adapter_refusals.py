"""Adapters that cannot be used: each is named with its remedy, and the base and the other adapters serve."""

import json

import pytest

from ssg.errors import BadInput, Unavailable
from ssg.grounding.adapters import CONFIG, WEIGHTS, add_adapter
from ssg.grounding.manifest import FILE_NAME
from ssg.grounding.policy import load_policy
from tests.grounding.making import logits, made_adapter, near


def foreign(folder, adaptable):
    """Matrices of a policy that is twice as wide."""
    from tests.small_policy import SHAPE
    from training.model import build_policy

    wide = folder.parent / "wide"
    for part in build_policy(SHAPE | {"text_hidden": 128, "text_mlp": 192}, seed=1):
        part.save_pretrained(wide)
    (wide / FILE_NAME).write_bytes((adaptable / FILE_NAME).read_bytes())
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
def brains(adaptable, folders):
    """The policy with one adapter."""
    return load_policy(adaptable, "cpu", adapters=[str(folders["brain-mr"])])


@pytest.mark.parametrize("flaw", FLAWS)
def test_one_that_cannot_be_used_is_named_and_the_others_and_the_base_serve(flaw, adaptable, brains, folders, tmp_path):
    spoil, why = FLAWS[flaw]
    bad = tmp_path / "bad"
    bad.mkdir()
    for file in folders["chest-ct"].iterdir():
        (bad / file.name).write_bytes(file.read_bytes())
    spoil(bad, adaptable)
    policy = load_policy(adaptable, "cpu", adapters=[str(bad), str(folders["brain-mr"])])
    assert list(policy.adapters) == ["brain-mr"]
    [problem] = policy.problems
    assert str(bad) in problem and why in problem and "leave it out" in problem
    assert "\n" not in problem and len(problem) < 500
    for adapter in ("", "brain-mr"):
        assert near(logits(policy, adapter), logits(brains, adapter))
    with pytest.raises(BadInput, match="no adapter 'chest-ct'") as caught:
        policy.chosen_adapter("chest-ct")
    assert problem in str(caught.value)


def test_none_is_left_behind_where_the_only_one_cannot_be_used(adaptable, folders, tmp_path):
    foreign(tmp_path / "bad", adaptable)
    policy, before = (load_policy(adaptable, "cpu") for _ in range(2))
    with pytest.raises(Unavailable, match="belongs to another policy"):
        add_adapter(policy.model, tmp_path / "bad", "x")
    assert not [name for name, _ in policy.model.named_parameters() if "lora_" in name]
    assert near(logits(policy), logits(before))
    add_adapter(policy.model, folders["chest-ct"], "x")
    assert not near(logits(policy, "x"), logits(before))


def test_a_configuration_imports_nothing_that_it_names(adaptable, folders, tmp_path, monkeypatch):
    """PEFT would import the module of ``megatron_core``."""
    bad = tmp_path / "bad"
    bad.mkdir()
    for file in folders["chest-ct"].iterdir():
        (bad / file.name).write_bytes(file.read_bytes())
    configured(megatron_config={"x": 1}, megatron_core="planted")(bad, None)
    (tmp_path / "planted.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(load_policy(adaptable, "cpu", adapters=[str(bad)]).adapters) == ["chest-ct"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("absent/adapter/here", "does not exist: correct SSG_ADAPTERS"), ("/nowhere", "does not exist")],
)
def test_one_that_is_not_there_is_named(adaptable, name, why):
    [problem] = load_policy(adaptable, "cpu", adapters=[name]).problems
    assert name in problem and why in problem


def test_a_policy_that_is_called_by_its_folder_takes_adapters_of_another_name(adaptable, folders, tmp_path):
    """A checkpoint of the Hub without a manifest may lie anywhere."""
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in adaptable.iterdir():
        if file.name != FILE_NAME:
            (bare / file.name).write_bytes(file.read_bytes())
    policy = load_policy(bare, "cpu", adapters=[str(folders["chest-ct"])])
    assert (list(policy.adapters), policy.problems) == (["chest-ct"], ())


def test_a_second_one_of_a_name_is_left_out(adaptable, folders):
    policy = load_policy(adaptable, "cpu", adapters=[str(folders["chest-ct"])] * 2)
    assert list(policy.adapters) == ["chest-ct"]
    assert "second one called 'chest-ct'" in policy.problems[0]
