"""A run folder: one process trains in it at a time, files do not stand where it has folders, its states are whole."""

import json
import multiprocessing
import shutil
import time

import pytest

from ssg.errors import BadInput
from training.__main__ import main
from training.run_lock import hold
from training.runs import RunFolder
from training.trainer_runs import LAST_WRITTEN, require_state


def _hold(folder, held):
    hold(folder)
    held.send(True)
    time.sleep(120)


@pytest.fixture
def other(tmp_path):
    """Another process that trains in the folder of a test."""
    spawn = multiprocessing.get_context("spawn")
    held, said = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_hold, args=(tmp_path, said))
    process.start()
    assert held.poll(60)
    yield process
    process.kill()
    process.join()


def test_a_folder_that_another_process_trains_in_is_refused_until_that_one_dies(other, tmp_path, monkeypatch):
    with pytest.raises(BadInput, match=r"is being trained by another process: wait .* or give another --run folder"):
        RunFolder(tmp_path, {})
    assert not (tmp_path / "config.json").exists()
    RunFolder(tmp_path, {}, trains=False)  # to write what was saved disturbs nobody
    monkeypatch.setenv("RANK", "1")
    RunFolder(tmp_path, {})  # it trains together with the first, which holds the folder for both
    monkeypatch.delenv("RANK")
    other.kill()
    other.join()
    for _ in range(2):
        RunFolder(tmp_path, {})  # this process has it, as often as it asks


def test_processes_that_draw_batches_have_no_part_in_the_lock(tmp_path):
    RunFolder(tmp_path, {})
    fork = multiprocessing.get_context("fork")
    drawing = fork.Process(target=time.sleep, args=(0.1,))
    drawing.start()
    drawing.join()
    refused = fork.Queue()
    fork.Process(target=_refused, args=(tmp_path, refused)).start()
    assert "another process" in refused.get(timeout=60), "it is still held when one of them has ended"


def _refused(folder, said):
    from training import run_lock

    run_lock._held.clear()
    try:
        hold(folder)
        said.put("")
    except BadInput as error:
        said.put(str(error))


@pytest.mark.parametrize("name", ["", "checkpoint", "states"])
def test_a_file_where_a_run_has_a_folder_is_said_before_training(name, preset, tmp_path, capsys):
    (tmp_path / "run" / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "run" / name).write_text("mine")
    assert main(["vision", "--preset", str(preset), "--run", str(tmp_path / "run")]) == 2
    err = capsys.readouterr().err
    assert "is a file, where a run has a folder: move it" in err and err.count("\n") == 1
    assert (tmp_path / "run" / name).read_text() == "mine"


def test_a_person_s_files_with_the_names_of_parts_stay(preset, tmp_path):
    for name in ("checkpoint.part", "state.part"):
        (tmp_path / name).write_text("mine")
    assert main(["vision", "--preset", str(preset), "--run", str(tmp_path), "--steps", "1"]) == 0
    assert (tmp_path / "checkpoint" / "config.json").is_file()
    assert all((tmp_path / name).read_text() == "mine" for name in ("checkpoint.part", "state.part"))


@pytest.fixture(scope="module")
def rewarded(preset, taught, tmp_path_factory):
    """The run folder of two steps of GRPO, with a state after each."""
    run = tmp_path_factory.mktemp("grpo") / "run"
    given = ["--preset", str(preset), "--run", str(run), "--start", str(taught / "checkpoint"), "--threads", "1"]
    assert main(["grpo", *given, "--steps", "2", "--save-every", "1", "--watch-every", "0"]) == 0
    return run


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((name, "cut") for name in ("model.safetensors", "optimizer.pt", "scheduler.pt", "config.json")),
        *((name, "gone") for name in ("model.safetensors", "optimizer.pt", "scheduler.pt")),
        ("rng_state.pth", "cut"),
        ("optimizer.pt", "flipped"),
        (LAST_WRITTEN, "empty"),
    ],
)  # fmt: skip
def test_a_damaged_state_is_named(name, damage, rewarded, tmp_path):
    state = tmp_path / "checkpoint-2"
    shutil.copytree(rewarded / "states" / state.name, state)
    require_state(state)
    path = state / name
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "empty":
        path.write_text("{}")
    else:
        half = len(whole) // 2
        path.write_bytes(whole[:half] + (b"" if damage == "cut" else bytes([whole[half] ^ 255]) + whole[half + 1 :]))
    said = f"lacks {name}" if damage == "gone" else f"{name} is cut or damaged"
    said = "lacks *.safetensors" if (damage, name) == ("gone", "model.safetensors") else said
    with pytest.raises(BadInput) as refused:
        require_state(state)
    assert said in str(refused.value) and "delete that folder and start the same command again" in str(refused.value)


def test_a_run_does_not_go_on_from_a_damaged_state(rewarded, preset, taught, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(rewarded, run)
    (run / "states" / "checkpoint-2" / "optimizer.pt").unlink()
    given = ["--preset", str(preset), "--run", str(run), "--start", str(taught / "checkpoint"), "--threads", "1"]
    command = ["grpo", *given, "--steps", "2", "--save-every", "1", "--watch-every", "0"]
    assert main(command) == 2
    err = capsys.readouterr().err
    assert "checkpoint-2 is no whole state (it lacks optimizer.pt)" in err and err.count("\n") == 1
    shutil.rmtree(run / "states" / "checkpoint-2")
    assert main(command) == 0
    assert json.loads((run / "states" / "checkpoint-2" / LAST_WRITTEN).read_text())["global_step"] == 2
