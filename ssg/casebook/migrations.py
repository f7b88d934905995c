"""Manifests of earlier formats as manifests of the present one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ssg.casebook.problems import shown

FORMAT = "ssg-case-set/2"
"""A later format gets another number, and a step below that leads to it."""


def _of_first(data: dict[str, Any]) -> dict[str, Any]:
    """Format 1 had one picture a case, which is a form of the second format as well."""
    return {**data, "format": FORMAT}


STEPS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"ssg-case-set/1": _of_first}
"""For each earlier format, the way to the next one."""


def migrated(data: Any) -> Any:
    """A manifest of any earlier format in the present one; what is no manifest as it stands."""
    while isinstance(data, dict) and (step := STEPS.get(str(data.get("format")))):
        data = step(data)
    return data


def format_problem(given: object) -> str:
    """What is wrong with a format that is not the present one."""
    if given is None:
        return f'this is missing: write "format": "{FORMAT}".'
    if isinstance(given, str) and re.fullmatch(r"ssg-case-set/\d+", given):
        return f"{shown(given)} is another format than '{FORMAT}': use the SSG that wrote it, or a newer one."
    return f"{shown(given)} is not a format of case sets: write '{FORMAT}'."
