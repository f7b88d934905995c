"""Ctrl-C is heard, whatever Python is at when it comes."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from ssg.cli.interrupts import interrupts_heard


@pytest.fixture(autouse=True)
def heard_by_default():
    """Tests that a shell runs in its background inherit that Ctrl-C is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class _Pressed:
    """Ctrl-C is pressed while its destructor runs."""

    def __init__(self):
        self.itself = self

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass


def _dropped_and_waited(seconds):
    pressed = _Pressed()
    del pressed
    gc.collect()
    time.sleep(seconds)


def dropped(recwarn):
    """What Python has dropped; what earlier tests left open may be told of at the same moment."""
    return [one for one in recwarn.list if issubclass(one.category, pytest.PytestUnraisableExceptionWarning)]


def test_an_interrupt_in_a_destructor_comes_again(recwarn):
    with pytest.raises(KeyboardInterrupt), interrupts_heard():
        _dropped_and_waited(10)
    assert not dropped(recwarn)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_in_a_callback_of_the_collector_comes_again(recwarn):
    def pressed(phase, _):
        if phase == "stop":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), interrupts_heard():
        gc.callbacks.append(pressed)
        try:
            gc.collect()
        finally:
            gc.callbacks.remove(pressed)
        time.sleep(10)
    assert not dropped(recwarn)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_python_itself_would_have_dropped_it():
    _dropped_and_waited(0.2)


def test_an_interrupt_elsewhere_comes_at_once():
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt), interrupts_heard():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)
    assert time.monotonic() - begin < 5


def test_one_that_comes_again_too_late_is_forgotten():
    with interrupts_heard():
        _dropped_and_waited(0)
    time.sleep(0.2)


def test_another_handler_and_another_thread_are_left_alone():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        with interrupts_heard():
            os.kill(os.getpid(), signal.SIGINT)
        assert seen == [1]
    finally:
        signal.signal(signal.SIGINT, before)

    def elsewhere():
        with interrupts_heard():
            seen.append(2)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [1, 2]


COMPILING = """
import os, signal, sys, time
import numba
from numba.core.codegen import CPUCodeLibrary
from ssg.cli.interrupts import interrupts_heard

plain = CPUCodeLibrary._object_compiled_hook.__func__

def pressed(*given):  # called by LLVM, which cannot be thrown through
    os.kill(os.getpid(), signal.SIGINT)
    return plain(*given)

CPUCodeLibrary._object_compiled_hook = classmethod(pressed)

try:
    with interrupts_heard():
        numba.njit(lambda value: value + 1)(1)
        time.sleep(20)
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_while_numba_compiles_is_not_lost():
    done = subprocess.run(
        [sys.executable, "-c", COMPILING],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert (done.returncode, done.stderr) == (130, "")
