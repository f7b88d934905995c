"""The command line itself: exit codes, one line for every refusal, and an output that may end early."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssg import NOTICE
from ssg.cli import main as command_line
from ssg.cli.main import COMMANDS, main
from tests.conftest import REPOSITORY

FULL = Path("/dev/full")
HELPS = [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]


def program(*arguments, **more):
    """A command as a person starts it."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": REPOSITORY, "check": False} | more
    return subprocess.run([sys.executable, "-m", "ssg", *arguments], **settings)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "ssg: the following arguments are required: COMMAND; `python -m ssg --help` lists"),
        (["scor"], "ssg: argument COMMAND: invalid choice: 'scor' (choose from"),
        (["a\nb\x1b[2J"], "ssg: argument COMMAND: invalid choice"),
        (["--verbose", "score"], "ssg: unrecognized arguments: --verbose"),
        (["settings", "more"], "ssg settings: unrecognized arguments: more"),
        (["vocabulary", "--jso"], "ssg vocabulary: unrecognized arguments: --jso"),
    ],
    ids=lambda value: " ".join(map(ascii, value)) if isinstance(value, list) else "",
)
def test_wrong_use_is_said_in_one_line(run, arguments, words):
    assert run(*arguments).refusal.startswith(words)


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_help_is_printed_and_all_is_well(capsys, arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    out, err = capsys.readouterr()
    assert out
    assert err == ""


def test_the_help_says_what_this_is_not(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert NOTICE in " ".join(capsys.readouterr().out.split())


def test_a_stop_with_the_keyboard_is_no_error_of_ours(run, monkeypatch):
    def interrupted(_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "_run", interrupted)
    ran = run("settings")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_a_program_ends_with_the_code_and_the_line():
    done = program("score", "--reference", "no such file", "--answer", "ans.json")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == (
        b"ssg score: no such file cannot be read (No such file or directory): "
        b"give a file that exists and that you may read.\n"
    )


@pytest.mark.parametrize("arguments", [["settings"], ["vocabulary", "--json"]], ids=" ".join)
def test_a_reader_that_goes_away_is_no_error(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    done = program(*arguments, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["settings"], ["vocabulary", "--json"]], ids=" ".join)
def test_an_output_without_room_is_said_in_one_line(arguments):
    with FULL.open("wb") as full:
        done = program(*arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"ssg {arguments[0]}: the output cannot be written (No space left on device): give it more room.\n"
    )


def test_a_terminal_that_knows_few_letters_gets_the_rest_escaped():
    done = program("settings", env={**os.environ, "PYTHONIOENCODING": "ascii", "SSG_POLICY": "gradué"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"gradu\xe9" in done.stdout
