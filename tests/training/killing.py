"""Stages in processes of their own that are killed by SIGKILL at a given place.

The processes are forked from one that has loaded torch and the stages, which takes longer than most of what they do.
"""

import importlib
import multiprocessing
import os
import signal
import sys

FORKS = multiprocessing.get_context("forkserver")
LOADED = ("grpo_run", "adapt", "threshold", "quantise", "export", "run", "reward_model", "pretrain")
FORKS.set_forkserver_preload([f"training.{name}" for name in LOADED])


def killed(command, at, times=1):
    """Run a stage until ``at`` ("module:name.of.function") is called the ``times``-th time: there it is killed."""
    process = FORKS.Process(target=_until, args=([str(word) for word in command], at, times))
    process.start()
    process.join(240)
    ended = process.exitcode
    process.kill()
    assert ended == -signal.SIGKILL, f"it was alive until it was killed, and ended by that alone: {ended}"


def _until(command, at, times):
    """In the process that is to die."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1), os.dup2(nothing, 2)
    multiprocessing.set_start_method("fork", force=True)  # as in a process that a person has started
    module, _, path = at.partition(":")
    *owners, name = path.split(".")
    owner = importlib.import_module(module)
    for one in owners:
        owner = getattr(owner, one)
    real, left = getattr(owner, name), times

    def deadly(*given, **named):
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)

    setattr(owner, name, deadly)
    from training.__main__ import main

    sys.exit(main(command))
