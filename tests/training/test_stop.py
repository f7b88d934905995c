"""Ctrl-C and a polite kill: they end a loop after its step, and everything else at once, without a traceback."""

import os
import signal
import subprocess
import sys

import pytest

from training.__main__ import main
from training.loop import StopFlag

ASKED = (signal.SIGINT, signal.SIGTERM)


def test_the_former_handlers_come_back():
    before = [signal.getsignal(name) for name in ASKED]
    with StopFlag() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.asked
    assert [signal.getsignal(name) for name in ASKED] == before
    flag = StopFlag()
    flag.restore()
    flag.restore()
    assert [signal.getsignal(name) for name in ASKED] == before and not flag.asked


def test_the_former_handlers_come_back_after_a_stage(preset, tmp_path):
    before = [signal.getsignal(name) for name in ASKED]
    assert main(["vision", "--preset", str(preset), "--run", str(tmp_path), "--steps", "1", "--workers", "0"]) == 0
    assert [signal.getsignal(name) for name in ASKED] == before


def test_ctrl_c_while_the_prior_is_fitted_stops(preset, taught, tmp_path):
    command = [sys.executable, "-m", "training", "sft", "--preset", str(preset), "--run", str(tmp_path / "run")]
    process = subprocess.Popen(
        [*command, "--steps", "1", "--prior-phantoms", "1000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    while not process.stdout.readline().startswith("Checkpoint: "):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("Stopped.\n") and "Traceback" not in err


@pytest.mark.parametrize(("package", "said"), [("sklearn.tree", True), ("training.gone", False)])
def test_a_package_that_is_missing_is_one_line_and_a_fault_of_ours_is_none(package, said, monkeypatch, capsys):
    import training.quantise

    def missing(_):
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)

    monkeypatch.setattr(training.quantise, "main", missing)
    if not said:
        with pytest.raises(ModuleNotFoundError):
            main(["quantise", "--checkpoint", "x", "--out", "y"])
        return
    assert main(["quantise", "--checkpoint", "x", "--out", "y"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "sklearn is not installed" in line and "pip install -e '.[train]'" in line


def test_ctrl_c_elsewhere_is_one_line(monkeypatch, capsys):
    import training.quantise

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training.quantise, "main", interrupted)
    assert main(["quantise", "--checkpoint", "x", "--out", "y"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_loop_that_fails_gives_the_handlers_back():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="x"), StopFlag():
        raise ValueError("x")
    assert signal.getsignal(signal.SIGINT) == before
