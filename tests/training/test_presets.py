"""What a preset may hold is checked when it is read, and all that a run needs before its first stage."""

import json
import os
import shutil

import pytest

from ssg.errors import BadInput
from training.__main__ import main
from training.objectives import HALF, RUBRICS
from training.pictures import require_images
from training.preset_entries import ALLOWED, NEEDED
from training.preset_values import OBJECTIVES
from training.rows import read_annotations
from training.run import summarised
from training.run_config import differences, where
from training.runs import PRESETS, RunFolder, read_preset

RUN = '[run]\nstages = ["vision", "sft"]\nkinds = ["chest-xray"]\nsize = 64\n'


def changed(preset, table, line):
    """The text of the preset with one more line in a table, in place of the line of the same entry."""
    name = line.partition(" ")[0]
    out, here = [], ""
    for one in preset.read_text().splitlines():
        here = one.strip("[]") if one.startswith("[") else here
        if not (here == table and one.startswith(f"{name} =")):
            out.append(one)
        if one == f"[{table}]":
            out.append(line)
    return "\n".join(out) + "\n"


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("sft", "lerning_rate = 1", "lerning_rate is no entry of it: did you mean learning_rate?"),
        ("model", "foo = 3", "foo is no entry of it: it has image_pixels"),
        ("grpo", "betta = 0.1", "did you mean beta?"),
        ("sft", 'kinds = ["chest-xray"]', "kinds must be kinds of phantoms"),
        ("sft", "seconds = { a = 1 }", "seconds must be a number above 0"),
        ("model", "image_pixels = 9000", "image_pixels must be the square of a multiple of 32"),
        ("model", "patch_size = 7", "image_pixels must be the square of a multiple of 14"),
        ("model", "text_hidden = 96", "text_hidden must be a multiple of 64"),
        ("grpo", 'train_tower = "x"', "train_tower must be true or false"),
        ("grpo", 'rewards = "nonsense"', "rewards must be one of half, iou, semantic, clinical, full"),
    ],
)
def test_a_slip_in_a_table_is_found_when_it_is_read(table, line, said, preset, tmp_path, capsys):
    path = tmp_path / "odd.toml"
    path.write_text(changed(preset, table, line))
    assert main(["vision", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    err = capsys.readouterr().err
    assert said in err and f"[{table}]" in err and err.count("\n") == 1 and not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("seconds = 5", "seconds must be a table of stages"),
        ("seconds = { foo = 3 }", "seconds must be a table of stages"),
        ('reader_phantoms = "x"', "reader_phantoms must be a whole number of at least 10"),
        ("reader_phantoms = 1", "reader_phantoms must be a whole number of at least 10"),
        ("kinds = { chest-xray = 1.0 }", "kinds must be a list of kinds"),
    ],
)
def test_a_slip_in_the_table_of_a_run_is_found_when_it_is_read(line, said, preset, tmp_path, capsys):
    path = tmp_path / "odd.toml"
    path.write_text(RUN + preset.read_text())
    path.write_text(changed(path, "run", line))
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "run").exists()


@pytest.mark.parametrize(("table", "name"), [(table, name) for table in ("vision", "sft") for name in NEEDED[table]])
def test_an_entry_that_a_later_stage_needs_is_missed_before_the_first(table, name, preset, tmp_path, capsys):
    path = tmp_path / "odd.toml"
    lines = changed(preset, table, f"{name} = 0").replace(f"[{table}]\n{name} = 0\n", f"[{table}]\n")
    path.write_text(RUN + lines)
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    assert f"lacks {name} in [{table}]" in capsys.readouterr().err and not (tmp_path / "run").exists()


def test_every_preset_that_is_shipped_is_known_in_full():
    for path in PRESETS.glob("*.toml"):
        assert read_preset(path.stem)
    assert set(OBJECTIVES) == {HALF, *RUBRICS} and set(NEEDED) <= set(ALLOWED)


def test_a_package_that_a_later_stage_needs_is_missed_before_the_first(preset, tmp_path, monkeypatch, capsys):
    from training import run_steps

    monkeypatch.setitem(run_steps.PACKAGES, "sft", "no_such_package")
    path = tmp_path / "one.toml"
    path.write_text(RUN + preset.read_text())
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    assert "sft needs no_such_package, which is not installed" in capsys.readouterr().err


def test_the_table_of_a_stage_that_has_not_begun_may_be_corrected(preset, tmp_path, capsys):
    path = tmp_path / "one.toml"
    run = ["run", "--preset", str(path), "--run", str(tmp_path / "run")]
    path.write_text(RUN.replace(', "sft"', "") + preset.read_text())
    assert main(run) == 0
    path.write_text(RUN.replace(', "sft"', "") + changed(preset, "sft", "learning_rate = 5e-4"))
    assert main(run) == 0, "no stage has read that table"
    capsys.readouterr()
    path.write_text(RUN.replace(', "sft"', "") + changed(preset, "vision", "learning_rate = 5e-4"))
    assert main(run) == 2
    err = capsys.readouterr().err
    assert "preset.vision.learning_rate was 0.001, is 0.0005" in err and err.count("\n") == 1


def test_paths_are_the_same_however_they_are_spelled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / "sft"
    before = {"start": "runs/vision/checkpoint", "real": ["lists/a.json"], "where": where(run)}
    for now in (
        {"start": str(tmp_path / "runs" / "vision" / "checkpoint"), "real": [str(tmp_path / "lists" / "a.json")]},
        {"start": "runs/../runs/vision/checkpoint", "real": ["./lists/a.json"]},
    ):
        assert differences(before, now, run) == []
    assert differences(before, {"start": "runs/other/checkpoint", "real": []}, run) == [
        "start was 'runs/vision/checkpoint', is 'runs/other/checkpoint'",
        "real was ['lists/a.json'], is []",
    ]
    moved = tmp_path / "moved" / "sft"
    now = {"start": "moved/vision/checkpoint", "real": ["lists/a.json"]}
    assert differences(before, now, moved) == [], "the run and what it began from were moved together"


def test_a_run_folder_that_was_moved_goes_on(preset, tmp_path):
    path = tmp_path / "one.toml"
    path.write_text(RUN + preset.read_text())
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "a" / "run")]) == 0
    shutil.move(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / "run" / "done" / "sft").unlink()
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "b" / "run")]) == 0


def test_what_was_logged_after_the_state_is_forgotten(tmp_path):
    run = RunFolder(tmp_path, {})
    for step in (20, 40, 60):
        run.log(step=step, loss=1.0)
    run.log(note="no step")
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 80, "lo')
    run.forget_after(40)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row.get("step") for row in rows] == [20, 40, None]


def test_a_damaged_image_ends_training_with_its_state_saved(preset, phantom_list, tmp_path, capsys):
    folder = tmp_path / "list"
    shutil.copytree(phantom_list.parent, folder)
    picture = next(iter(sorted((folder / "images").iterdir()))) if (folder / "images").is_dir() else None
    picture = picture or next(iter(sorted(folder.glob("*.png"))))
    for path in picture.parent.glob("*.png"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    given = ["--preset", str(preset), "--run", str(tmp_path / "run"), "--real", str(folder / "annotations.json")]
    assert main(["vision", *given, "--workers", "0"]) == 2
    err = capsys.readouterr().err
    assert "truncated" in err and "entry" in err and "mend the file, or leave its entry out" in err


def test_evaluate_looks_at_all_images_before_it_asks(taught, phantom_list, tmp_path, capsys):
    rows = json.loads(phantom_list.read_text())
    for row in rows:
        row["image"] = str((phantom_list.parent / row["image"]).resolve())
    rows[-1]["image"] = str(tmp_path / "gone.png")
    (tmp_path / "list.json").write_text(json.dumps(rows))
    assert main(["evaluate", "--checkpoint", str(taught / "checkpoint"), "--data", str(tmp_path / "list.json")]) == 2
    err = capsys.readouterr().err
    assert "entry 12" in err and "gone.png cannot be read (No such file or directory)" in err


@pytest.mark.parametrize(("side", "value"), [("width", 0), ("width", True), ("height", -3)])
def test_sizes_that_cannot_be_are_named(side, value, phantom_list, tmp_path):
    rows = json.loads(phantom_list.read_text())
    rows[0][side] = value
    (tmp_path / "list.json").write_text(json.dumps(rows))
    with pytest.raises(BadInput, match=f'entry 1: "{side}" must be a number of pixels, at least 1'):
        read_annotations(tmp_path / "list.json")


def test_a_pipe_in_place_of_an_image_is_refused(phantom_list, tmp_path):
    rows = json.loads(phantom_list.read_text())[:1]
    os.mkfifo(tmp_path / "pipe.png")
    rows[0]["image"] = "pipe.png"
    (tmp_path / "list.json").write_text(json.dumps(rows))
    with pytest.raises(BadInput, match=r"pipe\.png is no regular file: mend the file, or leave its entry out"):
        require_images(read_annotations(tmp_path / "list.json"))


def test_a_foreign_mark_is_no_stage(tmp_path):
    (tmp_path / "done").mkdir()
    for name in ("sft", "foo"):
        (tmp_path / "done" / name).write_bytes(b"\xff 1 second")
    assert set(summarised(tmp_path, ["sft", "vision"])) == {"sft"}


def test_states_hold_no_card_of_trl_s(preset, taught, tmp_path):
    given = ["--preset", str(preset), "--run", str(tmp_path), "--start", str(taught / "checkpoint"), "--threads", "1"]
    assert main(["grpo", *given, "--steps", "1", "--save-every", "1", "--watch-every", "0"]) == 0
    assert not list((tmp_path / "states").rglob("README.md"))


def test_a_preset_that_is_no_mapping_of_tables_is_refused(tmp_path):
    (tmp_path / "odd.toml").write_text("steps = 3\n")
    with pytest.raises(BadInput, match="must be a table"):
        read_preset(str(tmp_path / "odd.toml"))
