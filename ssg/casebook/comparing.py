"""Two versions of a case set compared: what came, what went, and what changed in what stayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ssg.boxes import as_boxes, iou
from ssg.casebook.types import Case, CaseSet, Reader
from ssg.casebook.writing import case_row
from ssg.counting import counted
from ssg.reward import Region

HEAD = ("id", "title", "version", "licence", "provenance", "reviewed", "synthetic", "description", "citation", "order")
SHORT = 60
"""Characters of a text that are shown of what it was and what it is."""

STAYED = 0.005
"""Pixels that an edge of a box may differ by and is the same: what formats lose in far digits is no change."""

MOVED = 0.5
"""IoU from which a region of the same finding is the same one, moved."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: in which case ("" for the set), what of it (``field``), how it was and is (None: not there)."""

    case: str
    field: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        place = f"case {self.case}, {self.field}" if self.case else self.field
        if self.before is None:
            return f"+ {place}: {self.after}"
        if self.after is None:
            return f"- {place}: {self.before}"
        return f"~ {place}: {self.before} → {self.after}"

    def to_json(self) -> dict[str, str | None]:
        """Plain values for JSON."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def changes(before: CaseSet, after: CaseSet) -> list[Change]:
    """Every difference between two versions, in the order of the later one."""
    found = [
        Change("", name, _short(getattr(before, name)), _short(getattr(after, name)))
        for name in HEAD
        if getattr(before, name) != getattr(after, name)
    ]
    old, new = ({case.id: case for case in one.cases} for one in (before, after))
    found += [Change(name, "case", _short(old[name].title), None) for name in old if name not in new]
    for name, case in new.items():
        if name in old:
            found += _case_changes(old[name], case)
        else:
            found.append(Change(name, "case", None, _short(case.title)))
    kept = [name for name in new if name in old]
    if kept != [name for name in old if name in new]:
        found.append(Change("", "order of cases", "as it was", "another"))
    return found


def _case_changes(old: Case, new: Case) -> Iterator[Change]:
    rows = case_row(old), case_row(new)
    for key in dict.fromkeys([*rows[0], *rows[1]]):
        was, now = (row.get(key) for row in rows)
        if was == now or (key == "structures" and _are_same(old.structures, new.structures)):
            continue
        if key == "readers":
            yield from _reader_changes(old, new)
        elif key in ("image", "series"):
            yield from _picture_changes(old, new)
        elif isinstance(was or now, list):
            yield from _list_changes(new.id, key, was or [], now or [])
        else:
            yield Change(new.id, key, None if was is None else _short(was), None if now is None else _short(now))


def _list_changes(case: str, field: str, was: list[Any], now: list[Any]) -> Iterator[Change]:
    """What came to a list and what went; teaching points by their texts."""
    old, new = (
        [one["text"] if isinstance(one, dict) and "text" in one else one for one in rows] for rows in (was, now)
    )
    gone, came = [one for one in old if one not in new], [one for one in new if one not in old]
    yield from (Change(case, field, _short(one), None) for one in gone)
    yield from (Change(case, field, None, _short(one)) for one in came)
    if not gone and not came:
        yield Change(case, f"{field}, their order or what they are tied to", "as it was", "another")


def _picture_changes(old: Case, new: Case) -> Iterator[Change]:
    was, now = ([image.sha256 for image in case.pictures] for case in (old, new))
    if was != now:
        fresh = counted(sum(one not in was for one in now), "other picture")
        yield Change(new.id, "pictures", _pictures(old), f"{_pictures(new)}, {fresh} among them")
    elif old.series != new.series:
        yield Change(new.id, "how pictures are shown", "as it was", "another")


def _pictures(case: Case) -> str:
    return f"{len(case.pictures)} of {case.width} × {case.height}"


def _reader_changes(old: Case, new: Case) -> Iterator[Change]:
    was, now = ({reader.id: reader for reader in case.readers} for case in (old, new))
    for name in dict.fromkeys([*was, *now]):
        if name not in now:
            yield Change(new.id, f"reader {name}", _said(was[name]), None)
        elif name not in was:
            yield Change(new.id, f"reader {name}", None, _said(now[name]))
        elif was[name] != now[name]:
            yield from _of_reader(new.id, was[name], now[name])


def _of_reader(case: str, old: Reader, new: Reader) -> Iterator[Change]:
    gone, come = _unlike(old.regions, new.regions)
    for region in come:
        before = next((one for one in gone if _is_same(one, region)), None)
        if before is not None:
            gone.remove(before)
        was = None if before is None else _region(before)
        yield Change(case, f"reader {new.id}, region", was, _region(region))
    for region in gone:
        yield Change(case, f"reader {new.id}, region", _region(region), None)
    for what in ("absent", "unknown", "other"):
        was, now = (_short(getattr(reader, what)) for reader in (old, new))
        if was != now:
            yield Change(case, f"reader {new.id}, {what}", was or None, now or None)


def _unlike(old: Sequence[Region], new: Sequence[Region]) -> tuple[list[Region], list[Region]]:
    """The regions that only the one and only the other has; each stands for one."""
    gone, come = list(old), []
    for region in new:
        before = next((one for one in gone if _has_stayed(one, region)), None)
        if before is None:
            come.append(region)
        else:
            gone.remove(before)
    return gone, come


def _are_same(old: Sequence[Region], new: Sequence[Region]) -> bool:
    return len(old) == len(new) and all(map(_has_stayed, old, new))


def _has_stayed(old: Region, new: Region) -> bool:
    near = all(abs(was - now) < STAYED for was, now in zip(old.box, new.box, strict=True))
    return near and replace(old, box=new.box) == new


def _is_same(old: Region, new: Region) -> bool:
    alike = old.finding == new.finding and old.picture == new.picture
    return alike and float(iou(as_boxes([old.box]), as_boxes([new.box]))[0, 0]) >= MOVED


def _region(region: Region) -> str:
    """A region with all that may be another in the next version; edges to the thousandth of a pixel."""
    parts = [f"{region.called} [{', '.join(f'{round(value, 3):.10g}' for value in region.box)}]"]
    parts += [f"on picture {region.picture}"] if region.picture else []
    parts += [f"confidence {region.confidence:.10g}"] if region.confidence is not None else []
    parts += [f"lesion {region.lesion}"] if region.lesion else []
    parts += [f"“{_short(region.phrase)}”"] if region.phrase else []
    return " ".join(parts)


def _said(reader: Reader) -> str:
    return f"{counted(len(reader.regions), 'region')}, {counted(len(reader.absent), 'exclusion')}"


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(getattr(one, "label", one)) for one in value)
    text = " ".join(str(value).split())
    return text if len(text) <= SHORT else f"{text[: SHORT - 3]}..."
