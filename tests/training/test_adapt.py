"""Adapters: the base stays as it is, the adapter is small and changes the answers, and a run goes on after a kill."""

import json
import shutil

import pytest
import torch

from ssg.grounding.adapters import add_adapter
from training.__main__ import main
from training.prior import LocationPrior
from training.provenance import digest_of
from training.start import starting_policy


@pytest.fixture(scope="module")
def adapted(preset, taught, phantom_list, tmp_path_factory):
    run = tmp_path_factory.mktemp("adapt")
    given = ["--preset", str(preset), "--run", str(run), "--start", str(taught / "checkpoint")]
    assert main(["adapt", *given, "--specialty", "chest-xray", "--real", str(phantom_list)]) == 0
    return run / "checkpoint"


def test_an_adapter_is_small_and_says_what_it_is_for(adapted, taught):
    manifest = json.loads((adapted / "grounding.json").read_text())
    assert manifest["specialty"] == "chest-xray"
    assert "phantom chest radiographs" in manifest["seen"]
    assert manifest["modalities"] == ["DX"]
    small, whole = (
        (folder / name).stat().st_size
        for folder, name in ((adapted, "adapter_model.safetensors"), (taught / "checkpoint", "model.safetensors"))
    )
    assert small < 0.2 * whole
    assert not (adapted / "model.safetensors").exists()
    assert (adapted / "location_prior.json").exists()


def test_only_the_adapter_learned(adapted, taught):
    model, _ = starting_policy({}, taught / "checkpoint")
    before = {name: value.clone() for name, value in model.named_parameters()}
    add_adapter(model, adapted, "specialty")
    base = {name: value for name, value in model.named_parameters() if "lora_" not in name}
    assert len(base) == len(before)
    assert all(torch.equal(value, before[name.replace(".base_layer", "")]) for name, value in base.items())
    ups = [value for name, value in model.named_parameters() if "lora_B" in name]
    assert ups and any(bool(value.abs().max() > 0) for value in ups)


def test_an_adapter_needs_a_base(preset, tmp_path, capsys):
    assert main(["adapt", "--preset", str(preset), "--run", str(tmp_path), "--specialty", "brain-mr"]) == 2
    assert "An adapter needs a base" in capsys.readouterr().err


def test_an_adapter_is_measured_beside_its_own_prior(adapted, taught, phantom_list, tmp_path, capsys):
    own = shutil.copytree(adapted, tmp_path / "own")
    wrong = {
        source: {key: [0, 0, 0.001, 0.001] for key in boxes} for source, boxes in LocationPrior.read(own).boxes.items()
    }
    LocationPrior(wrong).write(own)
    given = ["--checkpoint", str(taught / "checkpoint"), "--adapter", str(own), "--data", str(phantom_list)]
    given += ["--limit", "2", "--json"]
    assert main(["evaluate", *given]) == 0
    assert json.loads(capsys.readouterr().out)["prior"]["miou"] < 0.01
    (own / "location_prior.json").unlink()
    assert main(["evaluate", *given]) == 0
    assert json.loads(capsys.readouterr().out)["prior"]["miou"] > 0.05, "the base's stands in"


def test_an_adapter_is_measured_and_gets_thresholds_of_its_own(adapted, taught, phantom_list, tmp_path, capsys):
    base = ["--checkpoint", str(taught / "checkpoint"), "--adapter", str(adapted)]
    assert main(["evaluate", *base, "--data", str(phantom_list), "--limit", "4", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"]["images"] == 4
    assert figures["weights"] == digest_of(taught / "checkpoint")
    assert figures["adapter"] == digest_of(adapted) != figures["weights"]
    before = (taught / "checkpoint" / "grounding.json").read_text()
    assert main(["threshold", *base, "--data", str(phantom_list)]) == 0
    assert (taught / "checkpoint" / "grounding.json").read_text() == before
    manifest = json.loads((adapted / "grounding.json").read_text())
    assert manifest["specialty"] == "chest-xray" and manifest["present_from"] != 0.5
    assert (
        main(["evaluate", "--checkpoint", str(taught / "checkpoint"), "--adapter", str(tmp_path), "--data", "x"]) == 2
    )
    assert capsys.readouterr().err.count("\n") == 1
