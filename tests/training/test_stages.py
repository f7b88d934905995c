"""The stages one after another on a policy that a test can train: resumed exactly, quantised, measured."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from training.__main__ import main


def metrics(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if "loss" in line]


@pytest.fixture(scope="module")
def quantised(taught, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nf4") / "policy"
    assert main(["quantise", "--checkpoint", str(taught / "checkpoint"), "--out", str(folder)]) == 0
    return folder


def test_a_run_folder_says_how_it_came_about(taught):
    assert json.loads((taught / "config.json").read_text())["sft"]["steps"] == 6
    assert json.loads((taught / "environment.json").read_text())["torch"] == torch.__version__
    [line] = metrics(taught)
    assert line["step"] == 6
    assert {"loss", "text", "coordinate", "error", "cover", "corners", "norm"} <= set(line)


def test_a_checkpoint_says_what_images_it_was_shown(taught):
    assert json.loads((taught / "checkpoint" / "grounding.json").read_text())["modalities"] == ["DX"]


@pytest.mark.parametrize(
    ("kinds", "real", "codes"),
    [
        (("chest-xray", "chest-ct", "brain-mr"), (), ("DX", "CT", "MR")),
        (("brain-mr",), (), ("MR",)),
        (("chest-xray",), ("CR", None, "DX"), ("DX",)),
        (("chest-xray",), ("MR", "CT"), ("DX", "MR", "CT")),
    ],
)
def test_what_was_shown_is_said_by_phantoms_and_real_images(kinds, real, codes):
    from training.rows import Row
    from training.sft import modalities_shown

    rows = [Row(Path("x.png"), (9, 9), {}, (), "", {"modality": code} if code else {}) for code in real]
    assert modalities_shown(kinds, rows) == codes


def test_the_second_stage_begins_where_the_first_ended(seen, preset):
    from training.start import starting_policy

    model, _ = starting_policy({}, seen)
    again, _ = starting_policy({}, seen)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    assert (seen / "dense.pt").exists()


def test_a_polite_kill_saves_and_leaves(preset, tmp_path):
    command = [sys.executable, "-m", "training", "vision", "--preset", str(preset), "--run", str(tmp_path / "run")]
    process = subprocess.Popen([*command, "--steps", "100000"], stdout=subprocess.PIPE, text=True)
    while "step 20/" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on from here" in out
    assert torch.load(tmp_path / "run" / "state.pt", weights_only=True)["step"] >= 20


def test_a_run_that_the_clock_has_ended_takes_no_further_step(preset, tmp_path):
    given = ["vision", "--preset", str(preset), "--run", str(tmp_path), "--seconds", "0.01", "--workers", "0"]
    for _ in range(2):
        assert main([*given, "--steps", "1000"]) == 0
        assert torch.load(tmp_path / "state.pt", weights_only=True)["step"] == 1
        assert (tmp_path / "checkpoint" / "model.safetensors").is_file()


def test_another_configuration_is_not_mixed_in(taught, preset, capsys):
    assert main(["sft", "--preset", str(preset), "--run", str(taught), "--steps", "9"]) == 2
    assert "another configuration" in capsys.readouterr().err


def test_the_quantised_checkpoint_is_nf4_and_small(quantised, taught):
    config = json.loads((quantised / "config.json").read_text())["quantization_config"]
    assert config["load_in_4bit"] and config["bnb_4bit_quant_type"] == "nf4"
    whole, packed = ((folder / "model.safetensors").stat().st_size for folder in (taught / "checkpoint", quantised))
    assert packed < 0.6 * whole
    assert not (quantised / "dense.pt").exists()


def test_quantise_takes_the_place_of_nothing_else(taught, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(taught, run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    for out, said in ((run, "is a run folder"), (run / "checkpoint", "the checkpoint's own folder")):
        assert main(["quantise", "--checkpoint", str(run / "checkpoint"), "--out", str(out)]) == 2
        assert said in capsys.readouterr().err
    (tmp_path / "file").write_text("mine")
    assert main(["quantise", "--checkpoint", str(run / "checkpoint"), "--out", str(tmp_path / "file")]) == 2
    assert "is a file" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_another_stage_does_not_begin_in_the_folder_of_a_run(taught, preset, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(taught, run)
    (run / "state.pt").unlink()
    assert main(["vision", "--preset", str(preset), "--run", str(run), "--steps", "1"]) == 2
    assert "another configuration" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["lacks", "nan"])
def test_a_checkpoint_that_is_not_whole_is_no_start(damage, taught, preset, tmp_path, capsys):
    folder = tmp_path / "ck"
    shutil.copytree(taught / "checkpoint", folder)
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if "layers.1.mlp" in name)
    if damage == "lacks":
        del weights[name]
    else:
        weights[name][0] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    for given in (
        ["sft", "--preset", str(preset), "--run", str(tmp_path / "run"), "--start", str(folder)],
        ["quantise", "--checkpoint", str(folder), "--out", str(tmp_path / "nf4")],
    ):
        assert main(given) == 2
        said = capsys.readouterr().err
        assert ("lacks 1 of its weights" if damage == "lacks" else "not finite") in said
    assert not (tmp_path / "nf4").exists()


def test_a_state_with_other_contents_is_one_line(taught, preset, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(taught, run)
    config = json.loads((run / "config.json").read_text())
    same = ["--start", config["start"], "--real", *config["real"], "--steps", str(config["sft"]["steps"])]
    state = torch.load(run / "state.pt", weights_only=True)
    for odd in ({}, {**state, "step": "x"}, {**state, "optimiser": {}}, {**state, "modules": {"tower": {}}}):
        torch.save(odd, run / "state.pt")
        assert main(["sft", "--preset", str(preset), "--run", str(run), *same]) == 2
        assert "delete it and start the same command again" in capsys.readouterr().err


def test_training_that_left_all_bounds_stops_and_keeps_the_state_before(preset, tmp_path, capsys):
    hot = tmp_path / "hot.toml"
    hot.write_text(preset.read_text().replace("learning_rate = 1e-3", "learning_rate = 1e9", 1))
    given = ["vision", "--preset", str(hot), "--run", str(tmp_path / "run"), "--steps", "50", "--workers", "0"]
    assert main(given) == 2
    assert "lower learning_rate" in capsys.readouterr().err
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_an_image_that_a_worker_cannot_read_ends_the_run_in_one_line(preset, phantom_list, tmp_path):
    for path in phantom_list.parent.rglob("*.png"):
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        (tmp_path / path.parent.name / path.name).write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    shutil.copy(phantom_list, tmp_path / "list.json")
    real = preset.read_text().replace("real_share = 0.5", "real_share = 1.0", 1)
    (tmp_path / "real.toml").write_text(real)
    command = [sys.executable, "-m", "training", "vision", "--preset", str(tmp_path / "real.toml"), "--workers", "1"]
    done = subprocess.run(
        [*command, "--run", str(tmp_path / "run"), "--real", str(tmp_path / "list.json")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    [line] = done.stderr.splitlines()
    assert done.returncode == 2 and "mend the file, or leave its entry out" in line


def test_training_may_go_on_from_a_quantised_checkpoint(quantised, preset, tmp_path):
    given = ["--preset", str(preset), "--run", str(tmp_path), "--start", str(quantised), "--steps", "2"]
    assert main(["sft", *given]) == 0


def test_grpo_may_go_on_from_it_and_begins_where_its_reference_is(quantised, preset, tmp_path):
    given = ["--preset", str(preset), "--run", str(tmp_path), "--start", str(quantised), "--steps", "1"]
    assert main(["grpo", *given]) == 0
    [line] = metrics(tmp_path)
    assert line["kl"] == pytest.approx(0, abs=1e-6)


def test_figures_stand_beside_the_prior_s(quantised, phantom_list, capsys):
    given = ["--checkpoint", str(quantised), "--data", str(phantom_list)]
    assert main(["evaluate", *given, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"miou", "acc50", "absent_rejected", "ci95", "by_finding", "by_size", "prior", "n"} <= set(result)
    assert result["n"]["images"] == 12
    assert 0 <= result["miou"] <= 1
    assert 0 < result["prior"]["miou"] < 1
    low, high = result["ci95"]["miou"]
    assert low <= result["miou"] <= high
    assert result["policy"]["quantisation"] == "nf4"
    assert main(["evaluate", *given, "--limit", "3"]) == 0
    shown = capsys.readouterr().out
    assert "prior mIoU" in shown and "95 % intervals" in shown


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["sft", "--preset", "absent"], "choose one of "),
        (["vision", "--start", "absent"], "cannot be started from"),
        (["quantise", "--checkpoint", "absent", "--out", "x"], "holds no checkpoint"),
        (["evaluate", "--data", "absent.json"], "cannot be read"),
        (["evaluate", "--data", "absent.json", "--limit", "0"], "--limit must be at least 1, got 0"),
        (["evaluate", "--data", "absent.json", "--threads", "-1"], "--threads: must be a whole number of at least 1"),
        (["run", "--preset", "smoke", "--threads", "-1"], "--threads: must be a whole number of at least 1, got -1"),
        (["threshold", "--checkpoint", "absent", "--data", "x"], "absent is no checkpoint folder"),
        (["vision", "--preset", "tiny-cpu", "--run", "file/x"], "Not a directory"),
    ],
)
def test_bad_input_is_one_line(arguments, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert complaint in err
    assert err.count("\n") == 1


def test_what_is_quantised_is_not_quantised_again(quantised, tmp_path, capsys):
    assert main(["quantise", "--checkpoint", str(quantised), "--out", str(tmp_path / "again")]) == 2
    assert "is quantised already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (1, "entry 1: an image is an object with its fields, got 1"),
        ({"width": 9, "height": 9}, 'entry 1: "image" must be a path, got None'),
        ({"image": "a.png", "height": 9}, 'entry 1: "width" must be a number of pixels, got None'),
        ({"image": "a.png", "width": 9, "height": 9, "findings": "x"}, "\"findings\" must be a list, got 'x'"),
        (
            {
                "image": "a.png",
                "width": 9,
                "height": 9,
                "findings": [{"label": "nodule", "boxes": [[1, 1, 3, 3]]}],
                "absent": ["nodule"],
            },
            "entry 1: nodule is both marked and absent: decide on one.",
        ),
    ],
)
def test_a_bad_list_is_explained(entry, complaint, tmp_path, capsys):
    path = tmp_path / "list.json"
    path.write_text(json.dumps([entry]))
    assert main(["evaluate", "--data", str(path)]) == 2
    assert complaint in capsys.readouterr().err


def test_a_broken_preset_is_named(tmp_path, capsys):
    path = tmp_path / "broken.toml"
    path.write_text("[vision\n")
    assert main(["vision", "--preset", str(path)]) == 2
    assert "broken.toml is not valid TOML" in capsys.readouterr().err


def test_no_stage_leaves_a_process(preset, tmp_path):
    def children():
        listed = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False)
        return set(listed.stdout.split())

    before = children()
    assert main(["vision", "--preset", str(preset), "--run", str(tmp_path), "--steps", "2", "--workers", "2"]) == 0
    assert children() <= before
