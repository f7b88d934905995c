"""One stage run by another, with the flags that a person would give."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType

from ssg.cli.main import Parser


def stage_module(name: str) -> ModuleType:
    """The module of a stage, by its name on the command line."""
    return importlib.import_module(f"training.{name.replace('-', '_')}")


def run_stage(name: str, flags: Sequence[str]) -> None:
    """Run a stage in this process; raises what it raises."""
    module = stage_module(name)
    parser = Parser(prog=f"python -m training {name}")
    module.add_arguments(parser)
    module.main(parser.parse_args(list(flags)))
