"""Programs that open images leave no process behind, however they end, and share none after a fork."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.imaging.test_workers import SMALL, needs_proc

REPOSITORY = Path(__file__).resolve().parents[2]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def run_python(code, **options):
    return subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, **options)


OPEN_ONE = f"""
import os, sys, time
from ssg.imaging import decode_upload, opening
image = decode_upload({SMALL!r}, "a.png")
"""


def test_a_program_that_ends_leaves_no_process():
    program = run_python(OPEN_ONE + "print(opening._POOL.idle_pids[0])")
    pid = int(program.communicate(timeout=30)[0])
    assert program.returncode == 0
    assert not is_running(pid)


@needs_proc
def test_a_program_that_is_killed_leaves_no_process():
    program = run_python(OPEN_ONE + "print(opening._POOL.idle_pids[0], flush=True); time.sleep(60)")
    pid = int(program.stdout.readline())
    assert is_running(pid)
    program.kill()
    program.communicate()
    deadline = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(pid)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_program_has_workers_of_its_own():
    code = """
child = os.fork()
decode_upload(DATA, "a.png")
print(opening._POOL.idle_pids[0], flush=True)
if child:
    os.waitpid(child, 0)
    decode_upload(DATA, "a.png")
else:
    opening._POOL.close()
    os._exit(0)
"""
    program = run_python(OPEN_ONE + f"DATA = {SMALL!r}\n" + code)
    pids = program.communicate(timeout=60)[0].split()
    assert program.returncode == 0
    assert len(set(pids)) == 2
