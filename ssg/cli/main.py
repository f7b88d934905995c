"""Finds the command, runs it, turns errors into words and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from ssg import NOTICE, __version__
from ssg.errors import SSGError

COMMANDS = {
    "ground": "type a finding, get regions of an image",
    "score": "judge an answer against a reference",
    "phantom": "write synthetic radiographs with exact truth",
    "vocabulary": "list or search the findings that are known",
    "settings": "show every setting, its source and its meaning",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command: 0 done, 2 wrong use or bad input, 130 stopped with Ctrl-C."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m ssg", description="Spatial-semantic grounding.", epilog=NOTICE)
    parser.add_argument("--version", action="version", version=f"ssg {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[:1].upper() + summary[1:] + ".")
        if given[:1] == [name]:
            importlib.import_module(f"ssg.cli.{name}").add_arguments(command)
    parsed = parser.parse_args(given)
    try:
        importlib.import_module(f"ssg.cli.{parsed.command}").main(parsed)
    except SSGError as error:
        print(f"ssg {parsed.command}: {one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader (head, less) went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def one_line(error: BaseException) -> str:
    """An error's text on one line, without control characters."""
    text = " ".join(str(error).split())
    return "".join(letter if letter.isprintable() else "?" for letter in text)
