"""What a stage is given at its start: numbers, presets, checkpoints and run folders that cannot be are one line."""

import json
from importlib.metadata import version

import pytest

from ssg.errors import BadInput
from training.__main__ import main
from training.runs import Preset, read_preset


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        *(("--steps", value) for value in ("0", "-5", "many")),
        *(("--seconds", value) for value in ("0", "-1", "nan", "inf", "soon")),
        *(("--workers", value) for value in ("-1", "1.5")),
        *(("--save-every", value) for value in ("0", "-1")),
        ("--threads", "0"),
    ],
)
@pytest.mark.parametrize("stage", ["vision", "sft", "adapt", "pretrain"])
def test_numbers_that_cannot_be_are_refused(stage, flag, value, tmp_path, capsys):
    assert main([stage, "--run", str(tmp_path / "run"), flag, value]) == 2
    err = capsys.readouterr().err
    assert f"argument {flag}: must be a" in err and err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_no_workers_is_a_choice(preset, tmp_path):
    given = ["--preset", str(preset), "--run", str(tmp_path), "--steps", "1", "--workers", "0"]
    assert main(["vision", *given]) == 0
    assert json.loads((tmp_path / "config.json").read_text())["vision"]["workers"] == 0


@pytest.mark.parametrize("entry", ["steps = 0", "batch = 0", "workers = -1", "seconds = 0", 'steps = "6"'])
def test_numbers_of_a_preset_that_cannot_be_are_refused(entry, preset, tmp_path, capsys):
    name = entry.partition(" ")[0]
    lines = preset.read_text().replace("[vision]\n", f"[vision]\n{entry}\n")
    head, _, rest = lines.partition(f"[vision]\n{entry}\n")
    own, mark, others = rest.partition("[sft]")
    own = "\n".join(line for line in own.splitlines() if not line.startswith(f"{name} ="))
    path = tmp_path / "odd.toml"
    path.write_text(f"{head}[vision]\n{entry}\n{own}\n{mark}{others}")
    assert main(["vision", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    assert f"{name} must be a" in capsys.readouterr().err


ODD = [
    ("vision", "learning_rate", '"1e-3"'),
    ("vision", "learning_rate", "0"),
    ("vision", "learning_rate", "nan"),
    ("vision", "clip", "-1"),
    ("vision", "warmup", "-3"),
    ("vision", "batch", "true"),
    ("vision", "real_share", "2.0"),
    ("vision", "reuse", "0"),
    ("vision", "pool", '"x"'),
    ("vision", "kinds", "{}"),
    ("vision", "kinds", "{ foot = 1.0 }"),
    ("vision", "kinds", "{ chest-xray = -1.0 }"),
    ("vision", "train_seeds", "[0, 10]"),
    ("vision", "train_seeds", "[2000000, 1000000]"),
    ("vision", "train_seeds", "[5]"),
    ("sft", "slow", "3"),
    ("sft", "brief", "-0.1"),
    ("grpo", "generations", "1"),
    ("grpo", "temperature", "0"),
    ("grpo", "beta", "-1"),
    ("grpo", "constrained", '"no"'),
    ("grpo", "iterations", "0"),
    ("grpo", "loss", '"mine"'),
    ("grpo", "rewards", "3"),
    ("adapt", "rank", "0"),
    ("pretrain", "regions", "0"),
    ("model", "patch_size", "0"),
    ("model", "vision_heads", "3"),
    ("model", "text_kv_heads", "0"),
    ("model", "deepstack", "[5]"),
    ("model", "vision_layers", "1.5"),
    ("region_text", "text_length", "0"),
]


@pytest.mark.parametrize(("table", "name", "value"), ODD)
def test_what_no_stage_can_work_with_is_refused_when_the_preset_is_read(table, name, value, preset, tmp_path):
    head, mark, rest = preset.read_text().partition(f"[{table}]\n")
    own, end, others = rest.partition("\n[")
    own = "\n".join(line for line in own.splitlines() if not line.startswith(f"{name} ="))
    odd = tmp_path / "odd.toml"
    odd.write_text(f"{head}{mark}{name} = {value}\n{own}\n{end}{others}")
    with pytest.raises(BadInput, match=rf"^\[{table}\] .*{name} must .*correct the preset"):
        read_preset(str(odd))


def test_a_preset_that_is_no_table_or_no_text_is_one_line(tmp_path):
    odd = tmp_path / "odd.toml"
    odd.write_text("run = 5\n")
    with pytest.raises(BadInput, match=r"run of the preset .* must be a table"):
        read_preset(str(odd))
    odd.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="is not a UTF-8 text file"):
        read_preset(str(odd))


def test_a_pace_for_a_part_that_is_not_there_is_refused(preset, tmp_path, capsys):
    odd = tmp_path / "odd.toml"
    odd.write_text(preset.read_text().replace("slow = { tower = 0.3 }", "slow = { nobody = 0.3 }"))
    assert main(["sft", "--preset", str(odd), "--run", str(tmp_path / "run")]) == 2
    assert "slow names 'nobody'" in capsys.readouterr().err


def test_a_schedule_without_warm_up_is_one(preset, tmp_path):
    path = tmp_path / "cold.toml"
    path.write_text(preset.read_text().replace("warmup = 2", "warmup = 0"))
    given = ["--preset", str(path), "--run", str(tmp_path / "run"), "--steps", "1", "--workers", "0"]
    assert main(["vision", *given]) == 0


@pytest.mark.parametrize(
    ("table", "key"),
    [("vision", "learning_rate"), ("vision", "train_seeds"), ("vision", "batch"), ("model", "vision_heads")],
)
def test_a_key_that_a_preset_lacks_is_named(table, key, preset, tmp_path, capsys):
    path = tmp_path / "short.toml"
    lines = preset.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith(f"{key} =")))
    given = ["--preset", str(path), "--run", str(tmp_path / "run"), "--steps", "1", "--workers", "0"]
    assert main(["vision", *given]) == 2
    assert f"short.toml' lacks {key} in [{table}]" in capsys.readouterr().err


def test_tables_within_tables_name_themselves():
    plan = Preset("mine", {"sft": {"slow": {"tower": 0.5}}})["sft"]
    for other in (plan, plan | {"steps": 3}):
        with pytest.raises(BadInput, match=r"'mine' lacks head in \[sft.slow\]"):
            other["slow"]["head"]
        with pytest.raises(BadInput, match=r"'mine' lacks clip in \[sft\]"):
            other["clip"]
    assert (plan | {"steps": 3})["steps"] == 3 and "steps" not in plan
    assert json.loads(json.dumps(read_preset("smoke"))) == read_preset("smoke")


@pytest.mark.parametrize(
    ("change", "there", "here"),
    [
        (("text_hidden = 64", "text_hidden = 128"), "text_hidden 64", "text_hidden 128"),
        (("image_pixels = 4096", "image_pixels = 9216"), "image_pixels 4096", "image_pixels 9216"),
        (("deepstack = [0]", "deepstack = [1]"), "deepstack [0]", "deepstack [1]"),
    ],
)
@pytest.mark.parametrize("stage", ["vision", "sft", "adapt", "grpo"])
def test_a_checkpoint_of_another_shape_is_refused(stage, change, there, here, preset, seen, tmp_path, capsys):
    path = tmp_path / "other.toml"
    path.write_text(preset.read_text().replace(*change))
    given = ["--preset", str(path), "--run", str(tmp_path / "run"), "--start", str(seen)]
    given += ["--specialty", "brain-mr"] if stage == "adapt" else []
    assert main([stage, *given]) == 2
    err = capsys.readouterr().err
    assert f"{seen} has another shape ({there}) than the preset's [model] ({here})" in err


@pytest.mark.parametrize("stage", ["vision", "sft"])
def test_nothing_untrained_is_written(stage, preset, tmp_path, capsys):
    run = tmp_path / "typo"
    assert main([stage, "--preset", str(preset), "--run", str(run), "--write-only"]) == 2
    assert f"{run} holds no saved state" in capsys.readouterr().err
    assert not run.exists()


@pytest.mark.parametrize("left", ["", '{"vision": {"steps"', "[]"])
def test_a_damaged_configuration_is_refused_with_the_remedy(left, preset, tmp_path, capsys):
    given = ["--preset", str(preset), "--run", str(tmp_path), "--steps", "1", "--workers", "0"]
    assert main(["vision", *given]) == 0
    (tmp_path / "config.json").write_text(left)
    assert main(["vision", *given]) == 2
    assert f"{tmp_path / 'config.json'} is damaged" in capsys.readouterr().err
    (tmp_path / "config.json").unlink()
    assert main(["vision", *given]) == 0


def test_the_environment_names_the_trainers(taught):
    kept = json.loads((taught / "environment.json").read_text())
    assert {name: kept[name] for name in ("trl", "peft", "bitsandbytes")} == {
        name: version(name) for name in ("trl", "peft", "bitsandbytes")
    }
