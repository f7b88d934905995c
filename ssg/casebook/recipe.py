"""A set of phantom cases as its author writes it down (TOML): which patient, which findings, which words.

The recipe says what each picture must show; the seed only says which of many such patients. So a set can be made again
after the phantoms have learned to look better: where a seed does not fit any more, the next one that does is taken.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ssg.casebook.fields import IDENTIFIER, IDENTIFIER_FORM, Row
from ssg.casebook.files import LARGEST_MANIFEST, read_bytes
from ssg.casebook.problems import Problems
from ssg.errors import BadInput
from ssg.phantoms import FINDINGS, SITES, FindingSpec
from ssg.phantoms.request import LARGEST, SMALLEST

_SET_KEYS = ("id", "title", "version", "licence", "provenance", "description", "size", "case")
_CASE_KEYS = (
    "id", "seed", "site", "view", "sex", "age", "findings", "question", "title", "history", "difficulty", "point",
    "discussion", "tags", "look",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PointRecipe:
    """A teaching point, tied to the first region of ``finding`` (and ``side``), or to a finding that is absent."""

    text: str
    finding: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class CaseRecipe:
    """One case. ``view``, ``sex`` and ``age`` are what the history takes for granted; "{age}" in it becomes the age.

    ``findings`` are drawn, in the order that matters; None lets the seed decide. ``look`` says what else a person must
    see in the picture, because the words speak of it and no truth is kept of it (sternal wires, a feeding tube).
    """

    id: str
    seed: int
    title: str
    history: str
    question: tuple[str, ...]
    difficulty: int
    findings: tuple[FindingSpec, ...] | None = None
    site: str | None = None
    view: str = ""
    sex: str = ""
    age: tuple[int, int] = (0, 200)
    points: tuple[PointRecipe, ...] = ()
    discussion: str = ""
    tags: tuple[str, ...] = ()
    look: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole set; ``size`` is the side of its images in pixels."""

    id: str
    title: str
    version: str
    licence: str
    provenance: str
    size: int
    cases: tuple[CaseRecipe, ...]
    description: str = ""


def read_recipe(path: Path) -> Recipe:
    """A recipe file; raises :class:`ssg.casebook.InvalidCaseSet` with every problem, each with its field."""
    problems = Problems(path)
    try:
        data = tomllib.loads(read_bytes(path, LARGEST_MANIFEST).decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} is not a TOML file ({error}): correct it there.") from None
    row = Row(data, "", problems, _SET_KEYS)
    recipe = Recipe(
        id=row.matching("id", IDENTIFIER, IDENTIFIER_FORM),
        title=row.text("title", 200),
        version=row.text("version", 40),
        licence=row.text("licence", 200),
        provenance=row.text("provenance", 4_000, lines=True),
        size=row.whole("size", SMALLEST, LARGEST),
        cases=tuple(_case(entry, field, problems) for field, entry in row.items("case", 1_000)),
        description=row.text("description", 4_000, required=False, lines=True),
    )
    problems.raise_if_any()
    return recipe


def _case(data: Any, field: str, problems: Problems) -> CaseRecipe:
    row = Row(data, field, problems, _CASE_KEYS)
    problems.case = row.matching("id", IDENTIFIER, IDENTIFIER_FORM)
    age = row.numbers("age", 2, 0, 200, "[youngest, oldest] in years") or (0, 200)
    points = [_point(entry, where, problems) for where, entry in row.items("point", 20, required=False)]
    case = CaseRecipe(
        id=problems.case,
        seed=row.whole("seed", 0, 2**31),
        title=row.text("title", 200),
        history=row.text("history", 4_000, lines=True),
        question=row.findings("question"),
        difficulty=row.whole("difficulty", 1, 5),
        findings=tuple(_spec(entry, where, problems) for where, entry in row.items("findings", 20, required=False)),
        site=row.choice("site", SITES, required=False) or None,
        view=row.choice("view", ("PA", "AP"), required=False),
        sex=row.choice("sex", ("F", "M"), required=False),
        age=(int(age[0]), int(age[1])),
        points=tuple(points),
        discussion=row.text("discussion", 20_000, required=False, lines=True),
        tags=row.words("tags", 40, 60),
        look=row.text("look", 400, required=False),
    )
    problems.case = ""
    return case


def _spec(data: Any, field: str, problems: Problems) -> FindingSpec:
    row = Row(data, field, problems, ("finding", "side", "severity", "form"))
    side: dict[str, Literal["right", "left"]] = {"right": "right", "left": "left"}
    return FindingSpec(
        row.choice("finding", FINDINGS),
        side.get(row.choice("side", tuple(side), required=False)),
        row.number("severity", 0, 1),
        row.text("form", 40, required=False) or None,
    )


def _point(data: Any, field: str, problems: Problems) -> PointRecipe:
    row = Row(data, field, problems, ("text", "finding", "side"))
    return PointRecipe(
        row.text("text", 2_000, lines=True),
        row.finding("finding", required=False),
        row.choice("side", ("right", "left"), required=False),
    )
