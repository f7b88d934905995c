"""Sets and cases that are being built, read from the rows of the store: whole, one case, or its marks alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ssg.casebook import Case, CaseSet, InvalidCaseSet, Problem
from ssg.casebook.files import MANIFEST
from ssg.casebook.manifest import read_manifest
from ssg.casebook.migrations import FORMAT
from ssg.casebook.problems import Problems

HEAD = ("title", "licence", "provenance", "description", "citation", "reviewed", "synthetic", "order")
"""What is said of a set, beside its id and its version."""

DRAFT = "0.0.0"
"""The version that a set has while it is built; published ones are given by whoever publishes them."""

HEAD_OF_ONE = {"title": "-", "licence": "-", "provenance": "-", "reviewed": False, "synthetic": False}
PLAIN = {"title": "-", "history": "-", "modality": "OT", "difficulty": 1, "readers": []}
"""What a set and a case say where only a part of a row is read."""

Row = Mapping[str, Any]
Found = tuple[Problem, ...]


def read_set(folder: Path, set_id: str, head: Row, cases: Sequence[Row]) -> tuple[CaseSet | None, Found]:
    """The set of these rows with its pictures in ``folder``, None where anything is wrong; and all that is."""
    problems = Problems(folder / MANIFEST)
    said = {name: value for name, value in head.items() if name in HEAD and value not in ("", None)}
    manifest = {"format": FORMAT, "id": set_id, "version": DRAFT, **said, "cases": list(cases)}
    return read_manifest(manifest, problems, folder), problems.listed()


def read_case(folder: Path, body: Row) -> tuple[Case | None, Found]:
    """One case, whatever may be wrong with its set."""
    made, problems = read_set(folder, "draft", HEAD_OF_ONE, [body])
    return made.cases[0] if made else None, problems


def read_marks(folder: Path, body: Row) -> tuple[Case | None, Found]:
    """The pictures of a case and what its readers mark on them, whatever may be wrong with its texts."""
    placed = {name: body[name] for name in ("id", "image", "series", "readers") if name in body}
    return read_case(folder, PLAIN | placed)


def require_head(folder: Path, head: Row) -> None:
    """Raise InvalidCaseSet where something is wrong with what is said of a set."""
    _, problems = read_set(folder, "draft", head, [])
    if wrong := tuple(one for one in problems if not one.field.startswith("cases")):
        raise InvalidCaseSet(wrong)
