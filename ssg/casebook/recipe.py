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
from ssg.casebook.types import LAST_ORDER, USUAL_ORDER
from ssg.errors import BadInput
from ssg.phantoms import FindingSpec
from ssg.phantoms.kinds import KINDS, Kind, kind_of
from ssg.phantoms.request import LARGEST, SMALLEST

_SET_KEYS = ("id", "title", "version", "licence", "provenance", "description", "order", "size", "kind", "case")
_CASE_KEYS = (
    "id", "kind", "seed", "site", "view", "sex", "age", "findings", "question", "title", "history", "difficulty",
    "point", "discussion", "tags", "look", "sequence", "level", "window", "before",
)  # fmt: skip
_BEFORE_KEYS = ("days", "findings", "site", "title")

USUAL_KIND = "chest-xray"
"""The kind of phantom of a recipe that names none."""

VIEWS: dict[str, tuple[str, ...]] = {
    "chest-xray": ("PA", "AP"),
    "chest-ct": ("axial",),
    "brain-mr": ("axial", "coronal", "sagittal"),
}
_ONLY_OF: dict[str, tuple[str, ...]] = {
    "sequence": ("brain-mr",),
    "level": ("chest-ct", "brain-mr"),
    "window": ("chest-ct",),
    "before": ("chest-xray",),
}
"""What only some kinds of phantom have."""
_SEQUENCES = ("T1", "T1 post contrast", "T2", "FLAIR")
_WINDOWS = ("lung", "soft", "wide", "bone")
_LONGEST_AGO = 36_500


@dataclass(frozen=True, slots=True)
class PointRecipe:
    """A teaching point, tied to the first region of ``finding`` (and ``side``), or to a finding that is absent."""

    text: str
    finding: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class BeforeRecipe:
    """An earlier examination of the same patient: ``days`` before the one that is asked about, as a negative number.

    A finding that stays is listed at the same place as in the case, and so lies at the same place of the body.
    """

    days: int
    findings: tuple[FindingSpec, ...] = ()
    site: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class CaseRecipe:
    """One case. ``view``, ``sex`` and ``age`` are what the history takes for granted; "{age}" in it becomes the age.

    ``findings`` are drawn, in the order that matters; None lets the seed decide. ``look`` says what else a person must
    see in the picture, because the words speak of it and no truth is kept of it (sternal wires, a feeding tube).
    ``sequence`` of MR, ``window`` of CT and the ``level`` of both (mm, as the phantom counts it) are drawn where they
    are left open. ``before`` are earlier radiographs of the same patient.
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
    kind: str = USUAL_KIND
    sequence: str | None = None
    level: float | None = None
    window: str | None = None
    before: tuple[BeforeRecipe, ...] = ()


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
    order: int = USUAL_ORDER


def read_recipe(path: Path) -> Recipe:
    """A recipe file; raises :class:`ssg.casebook.InvalidCaseSet` with every problem, each with its field."""
    problems = Problems(path)
    try:
        data = tomllib.loads(read_bytes(path, LARGEST_MANIFEST).decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} is not a TOML file ({error}): correct it there.") from None
    row = Row(data, "", problems, _SET_KEYS)
    kind = row.choice("kind", KINDS, required=False) or USUAL_KIND
    recipe = Recipe(
        id=row.matching("id", IDENTIFIER, IDENTIFIER_FORM),
        title=row.text("title", 200),
        version=row.text("version", 40),
        licence=row.text("licence", 200),
        provenance=row.text("provenance", 4_000, lines=True),
        size=row.whole("size", SMALLEST, LARGEST),
        cases=tuple(_case(entry, field, problems, kind) for field, entry in row.items("case", 1_000)),
        description=row.text("description", 4_000, required=False, lines=True),
        order=row.whole("order", 0, LAST_ORDER, required=False) if row.has("order") else USUAL_ORDER,
    )
    problems.raise_if_any()
    return recipe


def _case(data: Any, field: str, problems: Problems, usual: str) -> CaseRecipe:
    row = Row(data, field, problems, _CASE_KEYS)
    problems.case = row.matching("id", IDENTIFIER, IDENTIFIER_FORM)
    kind = kind_of(row.choice("kind", KINDS, required=False) or usual)
    for key, kinds in _ONLY_OF.items():
        if key in row.data and kind.name not in kinds:
            row.note(key, f"only {' and '.join(kinds)} have this, and the case is a {kind.name}: leave it out.")
    age = row.numbers("age", 2, 0, 200, "[youngest, oldest] in years") or (0, 200)
    points = [_point(entry, where, problems) for where, entry in row.items("point", 20, required=False)]
    case = CaseRecipe(
        id=problems.case,
        seed=row.whole("seed", 0, 2**31),
        title=row.text("title", 200),
        history=row.text("history", 4_000, lines=True),
        question=row.findings("question"),
        difficulty=row.whole("difficulty", 1, 5),
        findings=_specs(row, problems, kind),
        site=row.choice("site", kind.sites, required=False) or None,
        view=row.choice("view", VIEWS[kind.name], required=False),
        sex=row.choice("sex", ("F", "M"), required=False),
        age=(int(age[0]), int(age[1])),
        points=tuple(points),
        discussion=row.text("discussion", 20_000, required=False, lines=True),
        tags=row.words("tags", 40, 60),
        look=row.text("look", 400, required=False),
        kind=kind.name,
        sequence=row.choice("sequence", _SEQUENCES, required=False) or None,
        level=row.number("level", -130, 200),
        window=row.choice("window", _WINDOWS, required=False) or None,
        before=tuple(_before(entry, where, problems, kind) for where, entry in row.items("before", 5, required=False)),
    )
    problems.case = ""
    return case


def _before(data: Any, field: str, problems: Problems, kind: Kind) -> BeforeRecipe:
    row = Row(data, field, problems, _BEFORE_KEYS)
    return BeforeRecipe(
        days=row.whole("days", -_LONGEST_AGO, -1),
        findings=_specs(row, problems, kind),
        site=row.choice("site", kind.sites, required=False) or None,
        title=row.text("title", 80, required=False),
    )


def _specs(row: Row, problems: Problems, kind: Kind) -> tuple[FindingSpec, ...]:
    return tuple(_spec(entry, where, problems, kind) for where, entry in row.items("findings", 20, required=False))


def _spec(data: Any, field: str, problems: Problems, kind: Kind) -> FindingSpec:
    row = Row(data, field, problems, ("finding", "side", "severity", "form"))
    side: dict[str, Literal["right", "left"]] = {"right": "right", "left": "left"}
    return FindingSpec(
        row.choice("finding", kind.findings),
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
