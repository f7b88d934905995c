"""The table of what each part of the reward is worth."""

import json

import pytest

from training.__main__ import main
from training.ablate import table
from training.longer import step_seconds


def test_a_table_of_means_and_intervals():
    found = {
        "start": [{"miou": 0.5}],
        "full": [{"miou": 0.6, "semantic": 0.7}, {"miou": 0.7, "semantic": 0.7}, {"miou": 0.8, "semantic": 0.7}],
    }
    lines = table(found).splitlines()
    assert lines[0].startswith("| taught by | runs | mIoU | Acc@0.5 |")
    assert "| SFT only | 1 | 0.500 | – |" in lines[2]
    assert "| 3 | 0.700 ± 0.248 |" in lines[3] and "0.700 ± 0.000" in lines[3]


def test_each_objective_is_taught_once_and_measured(preset, taught, phantom_list, tmp_path, capsys):
    command = ["ablate", "--preset", str(preset), "--start", str(taught / "checkpoint"), "--run", str(tmp_path)]
    command += ["--data", str(phantom_list), "--objectives", "start", "half", "--seeds", "0", "1", "--steps", "1"]
    assert main(command) == 0
    first = capsys.readouterr().out
    assert "0/1 at IoU 0.5" in first
    assert (tmp_path / "half-1" / "checkpoint").is_dir() and (tmp_path / "ablation.md").is_file()
    before = (tmp_path / "half-1" / "figures.json").stat().st_mtime_ns
    assert main(command) == 0
    assert (tmp_path / "half-1" / "figures.json").stat().st_mtime_ns == before
    assert main([*command[:-1], "2"]) == 2
    assert "another configuration (steps was 1, is 2)" in capsys.readouterr().err, "rows of one table are comparable"
    (tmp_path / "half-1" / "figures.json").write_text('{"miou": 0.')
    assert main(command) == 2
    err = capsys.readouterr().err
    assert f"{tmp_path / 'half-1' / 'figures.json'} is not valid JSON" in err and err.count("\n") == 1


def test_sft_goes_on_for_as_long_as_grpo_took(preset, taught, phantom_list, tmp_path, capsys):
    command = ["ablate", "--preset", str(preset), "--start", str(taught / "checkpoint"), "--run", str(tmp_path)]
    command += ["--data", str(phantom_list), "--seeds", "0", "--steps", "1", "--objectives", "longer"]
    assert main(command) == 2
    assert "give --objectives both" in capsys.readouterr().err
    assert main([*command, "full"]) == 0
    printed = capsys.readouterr().out
    assert printed.index("SFT only, for as long again") < printed.index("coherence (the reward)")
    config = json.loads((tmp_path / "longer-0" / "config.json").read_text())
    assert config["sft"]["seconds"] == pytest.approx(step_seconds(tmp_path / "full-0")) and config["sft"]["seconds"] > 0
    manifests = [json.loads((folder / "grounding.json").read_text()) for folder in
                 (taught / "checkpoint", tmp_path / "longer-0" / "checkpoint")]  # fmt: skip
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize("seeds", [["1", "1"]])
def test_seeds_that_repeat_are_refused(seeds, preset, taught, tmp_path, capsys):
    command = ["ablate", "--preset", str(preset), "--start", str(taught / "checkpoint"), "--run", str(tmp_path)]
    assert main([*command, "--data", "x.json", "--seeds", *seeds]) == 2
    assert "--seeds must differ" in capsys.readouterr().err


def test_the_reward_is_also_added_up_the_other_way(preset, taught, phantom_list, tmp_path, capsys):
    command = ["ablate", "--preset", str(preset), "--start", str(taught / "checkpoint"), "--run", str(tmp_path)]
    command += ["--data", str(phantom_list), "--seeds", "0", "--steps", "1", "--objectives", "full-normalised"]
    assert main(command) == 0
    assert "each component normalised before they are added" in capsys.readouterr().out
    plan = json.loads((tmp_path / "full-normalised-0" / "config.json").read_text())["grpo"]
    assert (plan["rewards"], plan["aggregation"]) == ("full", "normalize_then_sum")
