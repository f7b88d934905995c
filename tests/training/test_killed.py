"""A stage that is killed without a word, at the worst of places, ends by the same command as if it had been left alone.

What is compared is equal or, where floating point may be summed in another order, equal to 1e-4.
"""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ssg.cli.files import read_json
from ssg.errors import BadInput
from ssg.grounding.manifest import read_manifest
from ssg.phantoms import write_phantoms
from ssg.reward import Acceptability
from tests.training.killing import killed
from training.__main__ import main
from training.metrics_file import read_metrics
from training.strategies import STRATEGIES
from training.trainer_runs import last_state

NOISE = 1e-4
IN_WRITING = "ssg.whole:os.fsync"
"""A file is written, and has not taken the place of the one before."""

CLOCKS = ("took", "seconds_a_step", "waiting_share", "step_time", "time")
"""Figures that are no two times the same."""


def figures(path):
    return {name: value for name, value in json.loads(path.read_text()).items() if name != "command"}


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def assert_same_weights(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.allclose(value, second[name], atol=NOISE), name


@pytest.mark.parametrize("stage", ["pretrain", "vision", "sft", "adapt"])
def test_a_killed_stage_ends_with_the_same_weights(stage, preset, taught, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    given = {
        "pretrain": ["--uncalibrated"],
        "vision": [],
        "sft": ["--prior-phantoms", "0"],
        "adapt": ["--start", str(taught / "checkpoint"), "--specialty", "chest-xray"],
    }[stage]
    command = [stage, "--preset", str(preset), "--threads", "1", "--save-every", "2", *given]
    assert main([*command, "--run", str(whole)]) == 0
    killed([*command, "--run", broken], at="training.loop:Training._one_step", times=4)
    last = torch.load(whole / "state.pt", weights_only=True)["step"]
    assert torch.load(broken / "state.pt", weights_only=True)["step"] == 2 < last
    assert main([*command, "--run", str(broken)]) == 0
    first, second = (torch.load(run / "state.pt", weights_only=True) for run in (whole, broken))
    assert first["step"] == second["step"] == last
    assert first["modules"].keys() == second["modules"].keys()
    for module, weights in first["modules"].items():
        assert_same_weights(weights, second["modules"][module])


def test_grpo_that_is_killed_while_it_saves_ends_with_the_same_policy_and_figures(preset, taught, tmp_path):
    given = ["--preset", str(preset), "--start", str(taught / "checkpoint"), "--threads", "1", "--save-every", "2"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert main(["grpo", *given, "--run", str(whole)]) == 0
    killed(["grpo", *given, "--run", broken], at="transformers.trainer_callback:TrainerState.save_to_json", times=2)
    assert (broken / "states" / "checkpoint-4").is_dir() and last_state(broken / "states").name == "checkpoint-2"
    assert main(["grpo", *given, "--run", str(broken)]) == 0
    assert_same_weights(*(load_file(run / "checkpoint" / "model.safetensors") for run in (whole, broken)))
    for name in ("grounding.json", "location_prior.json"):
        assert (broken / "checkpoint" / name).read_bytes() == (whole / "checkpoint" / name).read_bytes()
    logged = read_metrics(broken)
    assert [line["step"] for line in logged if "reward" in line] == [1, 2, 3, 4]
    first, second = (steps_of(run) for run in (whole, broken))
    assert first.keys() == second.keys() == {0, 1, 2, 3, 4}
    for step, values in first.items():
        assert second[step] == pytest.approx(values, abs=NOISE), step
    assert {"kl", "entropy", "rewards/spatial/mean", "rewards/semantic/mean"} <= set(second[1])
    gaming = next(line["gaming"] for line in logged if "gaming" in line)
    assert set(gaming) == set(STRATEGIES) and all(0 <= value < 0.6 for value in gaming.values())
    assert {step for step, values in second.items() if "held out: absent_rejected" in values} == {0, 2, 4}


def steps_of(run):
    """The figures of each step as they were logged last, without those of the clock."""
    found = {}
    for line in read_metrics(run):
        numbers = {name: value for name, value in line.items() if isinstance(value, (int, float))}
        numbers |= {f"held out: {name}": value for name, value in line.get("held_out", {}).items()}
        kept = {name: value for name, value in numbers.items() if name not in CLOCKS}
        found.setdefault(line["step"], {}).update(kept)
    return found


def test_a_reward_model_that_is_killed_while_it_is_written_is_the_same(readers, accepted, tmp_path):
    out = tmp_path / "acceptability.npz"
    command = ["reward-model", "--annotations", str(readers), "--out", str(out)]
    killed(command, at=IN_WRITING)
    assert not out.exists()
    with pytest.raises(BadInput, match="cannot be read as an acceptability model"):
        Acceptability.read(out)
    assert main(command) == 0
    with np.load(out) as made, np.load(accepted) as wanted:
        assert made.files == wanted.files
        for name in set(made.files) - {"date"}:
            assert (made[name] == wanted[name]).all(), name


@pytest.fixture(scope="module")
def quantised(taught, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nf4") / "policy"
    assert main(["quantise", "--checkpoint", str(taught / "checkpoint"), "--out", str(folder)]) == 0
    return folder


def test_quantising_that_is_killed_gives_the_same_files(taught, quantised, tmp_path):
    command = ["quantise", "--checkpoint", str(taught / "checkpoint"), "--out", str(tmp_path / "policy")]
    killed(command, at="training.writing:put")
    assert not (tmp_path / "policy").exists() and (tmp_path / ".policy.part" / "model.safetensors").is_file()
    assert main(command) == 0
    assert files(tmp_path / "policy") == files(quantised)
    assert not (tmp_path / ".policy.part").exists()


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """An annotation list of four phantoms."""
    folder = tmp_path_factory.mktemp("few")
    write_phantoms(100, 4, 64, folder)
    return folder / "annotations.json"


@pytest.fixture(scope="module")
def decided(quantised, few, tmp_path_factory):
    """The quantised policy with thresholds, and what was said of them, left alone."""
    folder = tmp_path_factory.mktemp("decided") / "policy"
    shutil.copytree(quantised, folder)
    out = folder.parent / "threshold.json"
    command = ["threshold", "--checkpoint", str(folder), "--data", str(few), "--figures", str(out)]
    assert main(command) == 0
    return folder


def test_choosing_thresholds_that_is_killed_leaves_a_policy_and_chooses_the_same(quantised, decided, few, tmp_path):
    policy, out = tmp_path / "policy", tmp_path / "threshold.json"
    shutil.copytree(quantised, policy)
    command = ["threshold", "--checkpoint", str(policy), "--data", str(few), "--figures", str(out)]
    killed(command, at=IN_WRITING)
    assert read_manifest(policy) == read_manifest(quantised), "the one before is whole"
    assert main(command) == 0
    assert files(policy) == files(decided)
    assert read_manifest(policy) != read_manifest(quantised)
    assert read_json(out) == read_json(decided.parent / "threshold.json")


@pytest.fixture(scope="module")
def evaluated(decided, few, tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluated") / "figures.json"
    assert main(["evaluate", "--checkpoint", str(decided), "--data", str(few), "--out", str(out)]) == 0
    return out


def test_measuring_that_is_killed_leaves_no_figures_or_the_same(decided, evaluated, few, tmp_path):
    out = tmp_path / "figures.json"
    command = ["evaluate", "--checkpoint", str(decided), "--data", str(few), "--out", str(out)]
    killed(command, at=IN_WRITING)
    assert not out.exists()
    assert main(command) == 0
    assert figures(out) == figures(evaluated)


def test_an_export_that_is_killed_among_its_files_is_whole_the_next_time(taught, decided, evaluated, tmp_path):
    command = ["export", "--checkpoint", str(decided), "--run", str(taught), "--evaluation", f"phantoms={evaluated}"]
    whole, broken = tmp_path / "whole" / "out", tmp_path / "broken" / "out"
    assert main([*command, "--out", str(whole)]) == 0
    assert main(["export", "--checkpoint", str(taught / "checkpoint"), "--out", str(broken)]) == 0
    before = files(broken)
    killed([*command, "--out", broken], at="pathlib:Path.replace", times=5)
    assert before != files(broken) != files(whole), "some files are of the one, some of the other"
    assert main([*command, "--out", str(broken)]) == 0
    assert files(broken) == files(whole)
    assert [path.name for path in broken.parent.iterdir()] == ["out"]


RUN = """[run]
stages = ["reward-model", "pretrain", "vision", "sft", "grpo", "adapt", "quantise", "threshold", "evaluate", "export"]
reader_phantoms = 20
kinds = ["chest-xray"]
adapt = ["chest-xray"]
size = 64
threshold_phantoms = 4
evaluate_phantoms = 4

"""
KILLS = {
    "pretrain": ("training.loop:Training._one_step", 4),
    "sft": ("training.loop:Training._one_step", 6 + 6 + 3),  # after those of pretrain and vision
    "grpo": ("training.trainer_runs:Lines.on_log", 2),
    "adapt-chest-xray": ("training.loop:Training._one_step", 2),
    "threshold": ("ssg.grounding.manifest:write_json", 3),  # after those of the adapter and of quantise
    "evaluate": ("ssg.phantoms.annotations:write_json", 1),
    "export": ("training.export:put", 1),
}
"""In which step a run is killed, one time after the other, and where."""


def test_a_run_that_is_killed_in_one_stage_after_another_ends_with_the_same_figures(preset, tmp_path, capfd):
    path = tmp_path / "all.toml"
    small = preset.read_text().replace("[sft]\n", "[sft]\nprior_phantoms = 20\n")
    small = small.replace("[pretrain]\n", "[pretrain]\ncalibrate_on = 2\nmeasure_on = 2\n")
    path.write_text(RUN + small)
    whole, broken = tmp_path / "whole" / "run", tmp_path / "broken" / "run"
    command = ["run", "--preset", str(path), "--threads", "1"]
    assert main([*command, "--run", str(whole)]) == 0
    steps = list(read_json(whole / "summary.json"))
    for step, (at, times) in KILLS.items():
        killed([*command, "--run", broken], at, times)
        done = {mark.name for mark in (broken / "done").iterdir()}
        assert done == set(steps[: steps.index(step)]), f"killed in {step}"
    capfd.readouterr()
    assert main([*command, "--run", str(broken)]) == 0
    shown = capfd.readouterr().out
    assert "== evaluate-chest-xray: done before" in shown and "== export\n" in shown and "All stages of" in shown
    first, second = (read_json(run / "summary.json") for run in (whole, broken))
    assert list(first) == list(second) == steps
    for step in steps:
        wanted, found = ({k: v for k, v in one[step].items() if k not in CLOCKS} for one in (first, second))
        assert wanted and found == pytest.approx(wanted, abs=NOISE), step
    for name in ("evaluate", "evaluate-chest-xray"):
        wanted, found = (figures(run / name / "figures.json")["by_finding"] for run in (whole, broken))
        assert found == wanted
    for made in ("samples/000-chest-xray.png", "adapt-chest-xray/samples/000-chest-xray.png", "grpo/curves.html",
                 "export/model.safetensors", "export-chest-xray/adapter_model.safetensors"):  # fmt: skip
        assert (broken / made).is_file() and (whole / made).is_file(), made
    assert main([*command, "--run", str(broken)]) == 0
    assert capfd.readouterr().out.count("done before") == len(steps)
    path.write_text(RUN + small.replace("steps = 6", "steps = 7"))
    assert main([*command, "--run", str(broken)]) == 2
    assert "another configuration (preset." in capfd.readouterr().err


def test_a_stage_that_does_not_exist_is_named(tmp_path, capsys):
    path = tmp_path / "odd.toml"
    path.write_text('[run]\nstages = ["vision", "dream"]\nkinds = ["chest-xray"]\n')
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    assert "a stage 'dream' that does not exist" in capsys.readouterr().err
    path.write_text("[model]\n")
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "other")]) == 2
    assert "has no table [run]" in capsys.readouterr().err
