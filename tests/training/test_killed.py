"""A stage that is killed without a word goes on from its last saved state and ends as if it had been left alone."""

import signal
import subprocess
import sys
import time

import pytest
import torch

from training.__main__ import main


def killed(command, reached, seconds=240):
    """Start a command, and kill it as soon as ``reached`` says so."""
    process = subprocess.Popen(
        [sys.executable, "-m", "training", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline and process.poll() in (None, 0)
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


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
    killed([*command, "--run", str(broken)], (broken / "state.pt").exists)
    last = torch.load(whole / "state.pt", weights_only=True)["step"]
    assert 0 < torch.load(broken / "state.pt", weights_only=True)["step"] <= last
    assert main([*command, "--run", str(broken)]) == 0
    first, second = (torch.load(run / "state.pt", weights_only=True) for run in (whole, broken))
    assert first["step"] == second["step"] == last
    for module, weights in first["modules"].items():
        for name, value in weights.items():
            assert torch.allclose(value, second["modules"][module][name], atol=1e-4), f"{module}: {name}"


def test_a_killed_run_of_all_stages_does_only_what_is_left(preset, tmp_path, capfd):
    path = tmp_path / "two.toml"
    table = (
        '[run]\nstages = ["vision", "sft", "quantise", "threshold", "evaluate"]\nkinds = ["chest-xray"]\nsize = 64\n'
        "threshold_phantoms = 4\nevaluate_phantoms = 4\n"
    )
    small = preset.read_text().replace("[sft]\n", "[sft]\nprior_phantoms = 20\n")
    path.write_text(table + small)
    run = tmp_path / "run"
    command = ["run", "--preset", str(path), "--run", str(run), "--threads", "1"]
    killed(command, (run / "done" / "vision").exists)
    capfd.readouterr()
    assert main(command) == 0
    shown = capfd.readouterr().out
    assert "== vision: done before" in shown and "== sft\n" in shown
    assert "All stages of" in shown and "miou" in shown
    for made in ("policy/model.safetensors", "evaluate/figures.json", "summary.json", "samples", "sft/samples"):
        assert (run / made).exists(), made
    assert main(command) == 0
    assert capfd.readouterr().out.count("done before") == 5
    path.write_text(table + small.replace("steps = 6", "steps = 7"))
    assert main(command) == 2
    assert "another configuration (preset differ)" in capfd.readouterr().err


def test_a_stage_that_does_not_exist_is_named(tmp_path, capsys):
    path = tmp_path / "odd.toml"
    path.write_text('[run]\nstages = ["vision", "dream"]\nkinds = ["chest-xray"]\n')
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    assert "a stage 'dream' that does not exist" in capsys.readouterr().err
    path.write_text("[model]\n")
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "other")]) == 2
    assert "has no table [run]" in capsys.readouterr().err
