"""A full disk and a checkpoint that is cut off: one line that names the file and the remedy, at every stage."""

import errno
import json
import re
import shutil

import pytest
import torch
from safetensors.torch import save_file

from ssg.errors import BadInput, Unavailable
from tests.small_disk import room_for
from training.__main__ import main
from training.dense import DenseHead, dense_classes
from training.loop import Training
from training.runs import RunFolder
from training.trainer_runs import LAST_WRITTEN, last_state
from training.writing import in_one_piece, refusal, require_file, writing


def test_a_state_that_does_not_fit_leaves_the_one_before(tmp_path):
    run = RunFolder(tmp_path, {})
    run.save({"step": torch.tensor(1)})
    with room_for(100_000), pytest.raises(Unavailable, match=r"state\.pt\.part could not be written .* free some"):
        run.save({"step": torch.zeros(1_000_000)})
    assert run.load() == {"step": torch.tensor(1)}
    assert not list(tmp_path.glob("*.part"))


def test_a_device_without_room_is_named(tmp_path, monkeypatch):
    run = RunFolder(tmp_path, {})
    monkeypatch.setattr(torch, "save", lambda _, part: part.symlink_to("/dev/full") or part.write_bytes(b"1"))
    with pytest.raises(Unavailable, match="it goes on from the last state that was saved"):
        run.save({"step": 1})


def test_a_configuration_that_does_not_fit_leaves_the_one_before(tmp_path):
    RunFolder(tmp_path, {"start": "here"})
    before = (tmp_path / "config.json").read_bytes()
    with room_for(10), pytest.raises(Unavailable, match=r"config\.json\S* could not be written"):
        RunFolder(tmp_path, {"start": "there"})
    assert (tmp_path / "config.json").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("stage", ["vision", "sft"])
def test_a_checkpoint_that_does_not_fit_is_one_line(stage, preset, seen, taught, phantom_list, tmp_path, capsys):
    shutil.copytree(seen.parent if stage == "vision" else taught, tmp_path / "run")
    given = ["--start", str(seen)] if stage == "sft" else []
    given += ["--preset", str(preset), "--run", str(tmp_path / "run"), "--real", str(phantom_list), "--write-only"]
    before = {path.name: path.read_bytes() for path in (tmp_path / "run" / "checkpoint").iterdir()}
    with room_for(100_000):
        assert main([stage, *given]) == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "run" / "checkpoint").iterdir()} == before
    err = capsys.readouterr().err
    assert f"{tmp_path / 'run' / '.checkpoint.part'} could not be written" in err and "free some space" in err
    assert "Traceback" not in err


def last_line(capsys):
    err = capsys.readouterr().err
    assert "Traceback" not in err
    return err.splitlines()[-1]


def started(stage, preset, taught, run):
    """The flags of a stage whose state is saved after each of two steps."""
    more = {
        "pretrain": ["--uncalibrated"],
        "adapt": ["--start", str(taught / "checkpoint"), "--specialty", "chest-xray"],
        "grpo": ["--start", str(taught / "checkpoint")],
    }.get(stage, [])
    given = ["--preset", str(preset), "--run", str(run), "--threads", "1", "--steps", "2", "--save-every", "1"]
    return [stage, *given, *more]


@pytest.mark.parametrize(
    ("stage", "file"),
    [("pretrain", ".state.pt.part"), ("vision", ".state.pt.part"), ("adapt", ".state.pt.part"), ("grpo", "states")],
)
def test_a_state_that_does_not_fit_ends_a_stage_with_one_line_and_it_goes_on(
    stage, file, preset, taught, tmp_path, capsys
):
    command = started(stage, preset, taught, tmp_path / "run")
    with room_for(50_000):
        assert main(command) == 2
    said = last_line(capsys)
    assert f"{tmp_path / 'run' / file}" in said and "could not be written" in said
    assert "free some space and start the same command again; it goes on from the last state that was saved" in said
    assert main(command) == 0


@pytest.mark.parametrize(
    ("stage", "folder"), [("pretrain", "uncalibrated"), ("adapt", "checkpoint"), ("grpo", "checkpoint")]
)
def test_what_a_stage_ends_with_is_written_in_one_piece_or_not_at_all(
    stage, folder, preset, taught, tmp_path, monkeypatch, capsys
):
    command, made = started(stage, preset, taught, tmp_path / "run"), tmp_path / "run" / folder
    assert main(command) == 0
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    monkeypatch.setattr(Training, "_save", lambda self: None)  # the state is there, and larger
    with room_for(6_000):
        assert main([*command, *(["--write-only"] if stage == "adapt" else [])]) == 2
    said = last_line(capsys)
    part = made.with_name(f".{folder}.part")
    assert f"{part}" in said and "could not be written" in said and "free some space" in said
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before
    assert not part.exists()
    assert main(command) == 0


def test_an_export_that_does_not_fit_leaves_the_one_before(taught, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["export", "--checkpoint", str(taught / "checkpoint"), "--out", str(out), "--run", str(taught)]
    assert main(command) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with room_for(100_000):
        assert main(command) == 2
    said = last_line(capsys)
    assert "could not be written" in said and "free some space" in said
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_quantised_checkpoint_that_does_not_fit_is_one_line(taught, tmp_path, capsys):
    with room_for(100_000):
        assert main(["quantise", "--checkpoint", str(taught / "checkpoint"), "--out", str(tmp_path / "out")]) == 2
    assert "could not be written" in capsys.readouterr().err


def test_a_checkpoint_is_there_as_a_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "checkpoint"
    with pytest.raises(KeyboardInterrupt), in_one_piece(folder) as part:
        (part / "model.safetensors").write_text("half of it")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir()), "neither a folder nor its part is left"
    with in_one_piece(folder) as part:
        for name in ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "grounding.json"):
            (part / name).write_text("old")
    (folder / "notes.txt").write_text("a person's")
    with in_one_piece(folder) as part:
        (part / "model.safetensors").write_text("new")
        (part / "grounding.json").write_text("new")
        assert (folder / "grounding.json").read_text() == "old", "the old one is whole until then"
    left = {path.name: path.read_text() for path in folder.iterdir()}
    assert left == {"model.safetensors": "new", "grounding.json": "new", "notes.txt": "a person's"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x02]q\x00."])
def test_a_state_or_head_that_is_damaged_is_one_line(content, tmp_path):
    run = RunFolder(tmp_path / "run", {})
    (run.path / "state.pt").write_bytes(content)
    with pytest.raises(BadInput, match=r"state\.pt is damaged .* begins anew"):
        run.load()
    (tmp_path / "dense.pt").write_bytes(content)
    with pytest.raises(BadInput, match=r"dense\.pt is damaged .* taught anew"):
        DenseHead(8, dense_classes(["nodule"])).take(tmp_path / "dense.pt")


@pytest.mark.parametrize("write", [torch.save, save_file])
def test_a_stage_that_says_nothing_of_a_full_disk_is_one_line_too(write, tmp_path, monkeypatch, capsys):
    import training.vision

    monkeypatch.setattr(training.vision, "main", lambda _: write({"a": torch.zeros(1_000_000)}, tmp_path / "weights"))
    with room_for(100_000):
        assert main(["vision"]) == 2
    err = capsys.readouterr().err
    assert "free some space" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "other",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        FileNotFoundError(errno.ENOENT, "No such file or directory", "/elsewhere/image.png"),
        ConnectionError("the server went away"),
    ],
)
def test_errors_that_are_not_of_the_disk_pass(other, tmp_path):
    with pytest.raises(type(other)), writing(tmp_path):
        raise other


def test_what_may_not_be_written_is_told_from_a_full_disk(tmp_path):
    said = refusal(PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "a")), tmp_path)
    assert said and f"{tmp_path / 'a'} could not be written" in said and "free some space" not in said


@pytest.mark.parametrize("size", [0, 5, 20_000])
@pytest.mark.parametrize("stage", ["vision", "quantise"])
def test_a_checkpoint_that_is_cut_off_is_refused(stage, size, preset, taught, tmp_path, capsys):
    cut = tmp_path / "cut"
    shutil.copytree(taught / "checkpoint", cut)
    whole = (cut / "model.safetensors").read_bytes()
    (cut / "model.safetensors").write_bytes(whole[:size])
    given = {
        "vision": ["--preset", str(preset), "--run", str(tmp_path / "run"), "--start", str(cut)],
        "quantise": ["--checkpoint", str(cut), "--out", str(tmp_path / "out")],
    }[stage]
    assert main([stage, *given]) == 2
    assert "wrote to its end" in capsys.readouterr().err


def test_figures_that_do_not_fit_leave_those_before(tmp_path, capsys):
    row = json.dumps({"prediction": [[0, 0, 9, 9]], "reference": [[0, 0, 9, 9]]})
    (tmp_path / "predictions.jsonl").write_text(row + "\n")
    out = tmp_path / "figures.json"
    command = ["evaluate", "--predictions", str(tmp_path / "predictions.jsonl"), "--out", str(out)]
    assert main(command) == 0
    before = out.read_bytes()
    capsys.readouterr()
    with room_for(20):
        assert main(command) == 2
    assert out.read_bytes() == before and json.loads(before)["miou"] == 1
    assert f"{out} could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("cut", ["", '{"global_step": 4, "log_his', None])
def test_a_state_of_a_trainer_that_was_cut_off_is_not_gone_on_from(cut, tmp_path):
    for step, text in ((2, '{"log_history": [{"loss": NaN}]}'), (4, cut)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if text is not None:
            (tmp_path / f"checkpoint-{step}" / LAST_WRITTEN).write_text(text)
    (tmp_path / "checkpoint-x").mkdir()
    (tmp_path / "checkpoint-x" / LAST_WRITTEN).write_text("{}")
    assert last_state(tmp_path) == tmp_path / "checkpoint-2"


def test_a_file_is_not_written_over_what_is_read_or_is_of_another_kind(tmp_path):
    taken = tmp_path / "list.json"
    taken.write_text("[]")
    (tmp_path / "model.safetensors").write_text("weights")
    (tmp_path / "closed").write_text("a file, no folder")
    require_file(None)
    require_file(taken)
    require_file(tmp_path / "new" / "figures.json")
    for path, said in (
        (tmp_path, "is a folder"),
        (tmp_path / "new" / ".." / "list.json", "is what is read from"),
        (tmp_path / "model.safetensors", "no .json file"),
        (tmp_path / "closed" / "figures.json", "cannot be written"),
    ):
        with pytest.raises(BadInput, match=re.escape(said)):
            require_file(path, [taken])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--data", "LIST", "--out", "LIST"], "is what is read from"),
        (["--data", "LIST", "LIST"], "names a list twice"),
        (["--data", "LIST", "--out", "."], "is a folder"),
        (["--predictions", "LIST", "--limit", "3"], "leave --limit out"),
        (["--predictions", "LIST", "--part", "held-out"], "leave --part out"),
        (["--predictions", "LIST", "--checkpoint", "x"], "leave --checkpoint out"),
        (["--data", ""], "the path is empty"),
    ],
)
def test_evaluate_writes_over_nothing_and_leaves_nothing_out_silently(given, said, phantom_list, capsys):
    before = phantom_list.read_bytes()
    assert main(["evaluate", *(str(phantom_list) if word == "LIST" else word for word in given)]) == 2
    assert said in capsys.readouterr().err and phantom_list.read_bytes() == before


@pytest.mark.parametrize("folder", ["run", "checkpoint"])
def test_a_prior_of_nothing_or_beside_nothing_is_refused(folder, taught, capsys):
    place = taught if folder == "run" else taught / "checkpoint"
    before = sorted(path.name for path in place.iterdir())
    assert main(["prior", "--checkpoint", str(place), "--phantoms", "0"]) == 2
    said = capsys.readouterr().err
    assert ("so it is no checkpoint" if folder == "run" else "A prior of nothing") in said
    assert sorted(path.name for path in place.iterdir()) == before
