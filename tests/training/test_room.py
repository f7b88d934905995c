"""Too little memory or disk: refused at the start where it surely cannot do, one line with the remedy where it ends."""

import errno
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ssg.grounding.policy import load_policy
from training import room
from training.__main__ import main
from training.adapt import Adapt
from training.full_memory import SMALLER, memory_refusal
from training.least import least
from training.loop import Training
from training.pretrain import Pretrain
from training.runs import RunFolder, read_preset
from training.sft import Sft
from training.vision import Vision

STAGES = {"vision": Vision, "sft": Sft, "adapt": Adapt, "pretrain": Pretrain}
ALL = [*STAGES, "grpo"]


def given(stage, preset, taught, run):
    """The flags of a stage of the test's preset."""
    more = {
        "sft": ["--prior-phantoms", "0"],
        "adapt": ["--start", str(taught / "checkpoint"), "--specialty", "chest-xray"],
        "grpo": ["--start", str(taught / "checkpoint")],
        "pretrain": ["--uncalibrated"],
    }.get(stage, [])
    workers = ["--workers", "0"] if stage != "grpo" else []
    return [stage, "--preset", str(preset), "--run", str(run), "--threads", "1", *workers, *more]


def kept_by(stage, step):
    """Bytes that autograd keeps of a step until the way back, weights left out."""
    weights = {value.untyped_storage().data_ptr() for value in stage.model.parameters()}
    kept, alive = {}, []

    def keep(value):
        storage = value.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        alive.append(value)  # else its place is taken by the next one
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        stage.losses(stage.batch(step))
    return sum(kept.values())


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_a_step_keeps_no_less_than_the_least(stage, mixed, preset, tmp_path, monkeypatch):
    for place in ("least", "vision", "sft", "pretrain"):
        monkeypatch.setattr(f"training.{place}.mixed_precision", lambda device: mixed)
    read = read_preset(str(preset))
    plan = read[stage] | {"batch": 4}
    shape = read["region_text" if stage == "pretrain" else "model"]
    made = STAGES[stage](shape, plan, [], RunFolder(tmp_path, {}), None)
    assert 0 < least(stage, read, plan).activations <= kept_by(made, 0)


@pytest.mark.parametrize(("stage", "share"), [("vision", 0.6), ("sft", 0.4)])
def test_of_what_an_image_more_takes_much_is_counted(stage, share, tmp_path):
    read = read_preset("tiny-cpu")
    counted, kept = [], []
    for batch in (1, 3):
        plan = read[stage] | {"batch": batch, "pool": 4}
        counted.append(least(stage, read, plan).activations)
        kept.append(kept_by(STAGES[stage](read["model"], plan, [], RunFolder(tmp_path / str(batch), {}), None), 0))
    assert share < (counted[1] - counted[0]) / (kept[1] - kept[0]) < 1


@pytest.mark.parametrize("stage", ALL)
def test_files_are_no_smaller_than_the_least(stage, preset, taught, tmp_path):
    run = tmp_path / "run"
    assert main([*given(stage, preset, taught, run), "--steps", "1"]) == 0
    read = read_preset(str(preset))
    need = least(stage, read, read[stage] | {"steps": 1})
    state = [run / "state.pt", *(run / "states").glob("checkpoint-1/*")]
    size = sum(path.stat().st_size for path in state if path.is_file())
    written = sum(path.stat().st_size for path in (run / "checkpoint").glob("*.safetensors"))
    assert 0.5 * size < need.state <= size
    if stage != "pretrain":  # which waits for its levels
        assert 0.5 * written < need.checkpoint <= written


@pytest.mark.parametrize("stage", ALL)
def test_too_little_memory_is_refused_at_the_start(stage, preset, taught, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(room, "free_memory", lambda: 100_000.0)
    assert main(given(stage, preset, taught, tmp_path / "run")) == 2
    err = capsys.readouterr().err
    assert f"{stage} takes at least" in err and f"make {SMALLER[stage]} smaller in a copy" in err
    assert err.count("\n") == 1 and not (tmp_path / "run").exists()


def test_of_a_gpu_its_own_memory_counts(preset, monkeypatch):
    read = read_preset(str(preset))
    need = least("sft", read, read["sft"])
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (10**5, 10**6))
    with pytest.raises(room.Unavailable, match=r"of the GPU \(weights .*, gradients .*, activations"):
        room.require_memory("sft", need)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (10**10, 10**10))
    room.require_memory("sft", need)


@pytest.mark.parametrize("name", ["smoke", "tiny-cpu"])
def test_the_presets_for_cpu_cores_need_no_large_machine(name):
    read = read_preset(name)
    for stage in ALL:
        assert sum(least(stage, read, read[stage]).memory(gpu=False).values()) < 8e9, stage


@pytest.mark.parametrize("stage", ALL)
def test_it_is_known_too_once_a_quantised_policy_was_loaded(stage):
    load_policy("", device="cpu")  # as a run asks one before it teaches the next
    table = read_preset("smoke")
    assert least(stage, table, table[stage]).checkpoint > 0


def test_what_is_free_is_what_the_system_says(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(room, "LIMIT", tmp_path / "memory.max")
    assert room.free_memory() > 1e8, "all that there is, of a system that says no more"
    room.MEMORY.write_text("MemTotal:  900 kB\nMemAvailable:   400 kB\nSwapFree:  100 kB\nHugePages_Total:  0\n")
    assert room.free_memory() == 500 * 1024
    room.LIMIT.write_text("max\n")
    assert room.free_memory() == 500 * 1024
    room.LIMIT.write_text("2048\n")
    assert room.free_memory() == 2048, "a container may use no more"


@pytest.mark.parametrize("stage", ALL)
def test_too_little_disk_is_refused_at_the_start(stage, preset, taught, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=100_000))
    run = tmp_path / "new" / "run"
    assert main(given(stage, preset, taught, run)) == 2
    err = capsys.readouterr().err
    assert f"{run} will take at least" in err and "free some, or give a --run folder on another disk" in err
    assert err.count("\n") == 1 and not run.exists()


def test_what_is_replaced_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=100))
    room.require_disk(tmp_path, state=60, checkpoint=40, saves=1, kept=1)
    with pytest.raises(room.Unavailable):  # the second state is written beside the first
        room.require_disk(tmp_path, state=60, checkpoint=40, saves=2, kept=1)
    (tmp_path / "state.pt").write_bytes(b"0" * 60)
    room.require_disk(tmp_path, state=60, checkpoint=40, saves=2, kept=1)
    with pytest.raises(room.Unavailable):  # two are kept beside the third
        room.require_disk(tmp_path, state=60, checkpoint=0, saves=9, kept=2)
    (tmp_path / "states" / "checkpoint-1").mkdir(parents=True)
    (tmp_path / "states" / "checkpoint-1" / "optimizer.pt").write_bytes(b"0" * 20)
    room.require_disk(tmp_path, state=60, checkpoint=0, saves=9, kept=2)


def test_a_large_policy_s_adapter_needs_room_too(tmp_path, monkeypatch, capsys):
    from training import large

    monkeypatch.setattr(large, "require_gpu", lambda *_: "a GPU, enough of it")
    monkeypatch.setattr(large, "require_family", lambda *_: None)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=10**9))
    assert main(["large", "sft", "--run", str(tmp_path / "run"), "--steps", "500"]) == 2
    err = capsys.readouterr().err
    assert "will take at least" in err and err.count("\n") == 1 and not (tmp_path / "run").exists()


def on_the_machine():
    torch.empty(10**16)


def in_numpy():
    np.empty(10**16)


def on_a_gpu():
    raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nMore of it.")


@pytest.mark.parametrize("full", [on_the_machine, in_numpy, on_a_gpu])
@pytest.mark.parametrize("stage", STAGES)
def test_memory_that_ends_is_one_line_and_the_run_goes_on(stage, full, preset, taught, tmp_path, monkeypatch, capsys):
    plain, steps = Training._one_step, []

    def step(self, batch):
        steps.append(self.step)
        if self.step == 2 and steps.count(2) == 1:
            full()
        return plain(self, batch)

    monkeypatch.setattr(Training, "_one_step", step)
    command = [*given(stage, preset, taught, tmp_path / "run"), "--steps", "3", "--save-every", "1"]
    assert main(command) == 2
    err = capsys.readouterr().err
    which = "The GPU's memory" if full is on_a_gpu else "The memory of this machine"
    assert f"{which} was full" in err and "goes on from the last state that was saved" in err
    assert f"make {SMALLER[stage]} smaller in a copy of the preset" in err.splitlines()[-1] and "Traceback" not in err
    assert main(command) == 0
    assert steps == [0, 1, 2, 2]


def test_memory_that_ends_in_grpo_is_one_line_and_the_run_goes_on(preset, taught, tmp_path, monkeypatch, capsys):
    from training.rollouts import Rollouts

    plain, steps = Rollouts.begin, []

    def begin(self, step):
        steps.append(step)
        if step == 1 and steps.count(1) == 1:
            on_a_gpu()
        return plain(self, step)

    monkeypatch.setattr(Rollouts, "begin", begin)
    command = [*given("grpo", preset, taught, tmp_path / "run"), "--steps", "2", "--save-every", "1"]
    assert main(command) == 2
    err = capsys.readouterr().err
    said = err.splitlines()[-1]
    assert "The GPU's memory was full" in said and f"make {SMALLER['grpo']} smaller" in said and "Traceback" not in err
    assert main(command) == 0
    assert steps == [0, 0, 1, 0, 1], "the first of each run puts the seed"


@pytest.mark.parametrize(
    ("error", "gpu"),
    [
        (MemoryError(), False),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), False),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. "), False),
        (RuntimeError("Caught _ArrayMemoryError in DataLoader worker process 0.\nOriginal Traceback"), False),
        (RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
    ],
)
def test_memory_that_is_full_is_known_by_what_is_raised(error, gpu):
    said = memory_refusal(error, "large")
    assert said and said.startswith("The GPU's memory" if gpu else "The memory of this machine")
    assert "\n" not in said and "batch, generations or image_pixels" in said
    assert "preset" not in (memory_refusal(error, "evaluate") or "preset")


@pytest.mark.parametrize("other", [RuntimeError("shapes cannot be multiplied"), OSError(errno.ENOENT, "No such file")])
def test_other_errors_are_not_of_memory(other):
    assert memory_refusal(other, "sft") is None
