"""Finds the command, runs it, turns errors into words and exit codes."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from types import ModuleType
from typing import NoReturn

from ssg import NOTICE, __version__
from ssg.cli.interrupts import interrupts_heard
from ssg.cli.words import lines_of, one_line
from ssg.errors import BadInput, SSGError
from ssg.whole import DISK_FULL

COMMANDS = {
    "ground": "type a finding, get regions of an image",
    "score": "judge an answer against a reference",
    "phantom": "write synthetic radiographs with exact truth",
    "cases": "validate, list or draw case sets",
    "parse-report": "read a report in free text, sentence by sentence",
    "vocabulary": "list or search the findings that are known",
    "settings": "show every setting, its source and its meaning",
}

OUTPUT_FULL = (*DISK_FULL, errno.EIO)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error is said."""

    def error(self, message: str) -> NoReturn:
        """Raise BadInput in place of printing the usage and leaving the program."""
        raise BadInput(f"{message}; `{self.prog} --help` lists what can be given.")


def main(arguments: list[str] | None = None) -> int:
    """Run one command: 0 done, 2 wrong use or bad input, 130 stopped with Ctrl-C."""
    given = sys.argv[1:] if arguments is None else arguments
    name = f"ssg {given[0]}" if given and given[0] in COMMANDS else "ssg"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal need not know every letter
    try:
        with interrupts_heard():
            _run(given)
            sys.stdout.flush()
    except SSGError as error:
        for line in lines_of(error.each):
            print(f"{name}: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader (head, less) went away
        _drop_output()
    except OSError as error:
        if error.filename is None and error.errno not in OUTPUT_FULL:
            raise
        print(f"{name}: {one_line(_said(error))}", file=sys.stderr)
        if error.filename is None:
            _drop_output()
        return 2
    return 0


def _said(error: OSError) -> str:
    """What failed on a disk, in words: of a file where the error names one, else of the output."""
    if error.filename is None:
        return f"the output cannot be written ({error.strerror}): give it more room."
    remedy = "free some space" if error.errno in OUTPUT_FULL else "correct the path, or see to its rights"
    return f"{error.filename} cannot be used ({error.strerror}): {remedy}."


def _run(given: list[str]) -> None:
    parser = Parser(prog="python -m ssg", description="Spatial-semantic grounding.", epilog=NOTICE, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"ssg {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        about = summary[:1].upper() + summary[1:] + "."
        command = commands.add_parser(name, help=summary, description=about, allow_abbrev=False)
        if given[:1] == [name]:
            _module(name).add_arguments(command)
    parsed, unknown = parser.parse_known_args(given)
    if unknown:
        commands.choices[parsed.command].error(f"unrecognized arguments: {' '.join(unknown)[:200]}")
    _module(parsed.command).main(parsed)


def _module(command: str) -> ModuleType:
    return importlib.import_module(f"ssg.cli.{command.replace('-', '_')}")


def _drop_output() -> None:
    """What is still buffered goes nowhere, so that Python does not fail on it a second time at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
