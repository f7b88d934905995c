"""What the Build page shows and takes in, as plain values and HTML. Callers have proved that they are instructors."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image

from ssg.boxes import Box
from ssg.casebook import Case, CaseSet, Problem
from ssg.casebook.agreement import differences, pairs
from ssg.casebook.files import sha256_of
from ssg.casebook.shown import file_shown
from ssg.errors import BadInput
from ssg.store import WorkCase, WorkSet
from ssg.teaching.marking_up import with_reader
from ssg.teaching.workshop import OpenedCase
from ssg.vocabulary import vocabulary
from ssg.web.case_scene import case_scene
from ssg.web.html import tag, text
from ssg.web.services import Services
from ssg.web.viewer import Scene, Shown, read_drawn
from ssg.web.words_build import BUILD as W

THUMBNAIL = 240
ANY = "nodule"
"""Stands for no name where boxes are read that have none."""
TEXTS = ("title", "history", "findings", "diagnosis", "discussion", "body_part", "view", "specialty")
LISTS = ("differential", "tags")


class BuildView:
    """Sets, cases and their pictures as an instructor sees them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._shop = services.workshop

    # Pictures

    def picture_file(self, set_id: str, case_id: str, number: int) -> Path:
        """The file of a picture of a case that is being built, as it is shown; raises BadInput where there is none."""
        case = self._case(set_id, case_id)
        if number >= len(case.pictures):
            raise BadInput("There is no such image here.")
        folder = self._shop.folder_of(set_id)
        holder = CaseSet(set_id, "", "", "", "", False, (case,), folder=folder)
        return file_shown(holder, case, folder / "shown", number)

    def thumbnail(self, set_id: str, case_id: str) -> bytes:
        """A small JPEG of the picture that stands for a case."""
        path = self.picture_file(set_id, case_id, self._case(set_id, case_id).key_picture)
        with Image.open(path) as picture:
            small = picture.convert("L")
        small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, format="JPEG", quality=82)
        return out.getvalue()

    def _case(self, set_id: str, case_id: str) -> Case:
        opened = self._shop.open(set_id, case_id)
        if opened.case is None:
            # What is wrong with its texts does not hide its pictures.
            opened = self._shop.pictures_of(opened)
        if opened.case is None:
            raise BadInput(f"The case cannot be read: {opened.problems[0].message}")
        return opened.case

    # Drawing

    def scene(self, opened: OpenedCase, case: Case, reader: str) -> Scene:
        """The case with what ``reader`` has drawn, and beside it what the others have."""
        others = [Shown(region, "reader", one.id) for one in case.readers if one.id != reader for region in one.regions]
        own = next((one.regions for one in case.readers if one.id == reader), ())
        work = opened.work
        return case_scene(
            self.scene_id(work, case, reader),
            case,
            f"/workshop/{work.set_id}/{work.case_id}/{{number}}.png?v={_content(case)}",
            labels=[finding.name for finding in vocabulary()],
            ask_confidence=True,
            regions=others,
            drawn=own,
            drawn_at=work.saved_at,
            start=case.key_picture if case.readers else len(case.series[0].frames) // 2,
        )

    @staticmethod
    def scene_id(work: WorkCase, case: Case, reader: str) -> str:
        """What drafts in the browser are kept under; of other pictures a draft is worth nothing."""
        return f"build/{work.set_id}/{work.case_id}/{_content(case)}/{reader}"[:200]

    def drawn_fields(
        self, opened: OpenedCase, case: Case, reader: str, drawn: Any, absent: Sequence[str], unknown: Sequence[str]
    ) -> dict[str, Any]:
        """The fields of the row that say what a reader has drawn and excluded; raises BadInput."""
        labels = [finding.name for finding in vocabulary()]
        scene_id = self.scene_id(opened.work, case, reader)
        regions = read_drawn(drawn, scene_id, *case.sizes[0], labels, case.sizes)
        return with_reader(case, reader, regions, absent, unknown)

    def places_to_cover(self, opened: OpenedCase, case: Case, reader: str, drawn: Any) -> dict[str, list[Box]]:
        """Boxes without a name, by the series that they lie on; raises BadInput where there are none."""
        rows = drawn.get("drawn") if isinstance(drawn, Mapping) else None
        nameless = [row for row in rows or () if isinstance(row, Mapping) and not row.get("label")]
        if not nameless:
            raise BadInput(W["nothing_to_cover"])
        named = {**drawn, "drawn": [{**row, "label": ANY, "side": None} for row in nameless]}
        regions = read_drawn(named, self.scene_id(opened.work, case, reader), *case.sizes[0], [ANY], case.sizes)
        found: dict[str, list[Box]] = {}
        for region in regions:
            series, _ = case.place_of(region.picture)
            found.setdefault(series.id, []).append(region.box)
        return found

    # Texts

    @staticmethod
    def texts_of(body: Mapping[str, Any]) -> dict[str, str]:
        """What stands in the fields of the page, lists with one entry a line."""
        found = {name: str(body.get(name, "")) for name in TEXTS}
        found |= {name: "\n".join(map(str, body.get(name, ()))) for name in LISTS}
        found["points"] = "\n".join(_point_line(point) for point in body.get("teaching_points", ()))
        return found

    @staticmethod
    def fields_of(texts: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the row that the page's texts make; empty ones are taken away."""
        found: dict[str, Any] = {name: texts[name].strip() or None for name in TEXTS if name in texts}
        for name in ("title", "history"):
            if name in found:
                found[name] = found[name] or ""  # a case has these, and is told so where they are missing
        found |= {name: _lines(texts[name]) or None for name in LISTS if name in texts}
        if "points" in texts:
            before = {_point_line(point): point for point in body.get("teaching_points", ())}
            points = [before.get(line) or _point(line) for line in _lines(texts["points"])]
            found["teaching_points"] = points or None
        return found

    # HTML

    def sets_html(self) -> str:
        """All sets as a list of links."""
        works = self._shop.store.sets()
        if not works:
            return tag("p", text(W["no_sets"]), class_="hint")
        return tag("ul", *(self._set_row(work) for work in works), class_="work-sets")

    def _set_row(self, work: WorkSet) -> str:
        count = len(self._shop.store.cases(work.id))
        state = W["unpublished"] if work.version is None else f"{work.version} · {W[work.visibility]}"
        facts = f"{cases_in_words(count)} · {state} · {work.saved_by}"
        link = tag("a", tag("strong", text(work.head.get("title", work.id))), href=address(work.id))
        return tag("li", link, tag("span", text(facts), class_="facts"))

    def cases_html(self, set_id: str, here: str = "") -> str:
        """The cases of a set as pictures with their titles."""
        works = self._shop.store.cases(set_id)
        if not works:
            return tag("p", text(W["no_cases"]), class_="hint")
        return tag("ol", *(self._case_row(work, here) for work in works), class_="work-cases")

    def _case_row(self, work: WorkCase, here: str) -> str:
        readers = [str(one.get("id", "")) for one in work.body.get("readers", ()) if isinstance(one, Mapping)]
        version = urlencode({"v": work.revision})
        image = tag("img", src=f"/workshop/{work.set_id}/{work.case_id}/small.jpg?{version}", alt="", loading="lazy")
        title = tag("span", text(work.body.get("title") or work.case_id), class_="title")
        facts = tag("span", text(", ".join(readers) or W["unread"]), class_="facts")
        current = "true" if work.case_id == here else None
        return tag("li", tag("a", image, title, facts, href=address(work.set_id, work.case_id), aria_current=current))

    def check_html(self, set_id: str) -> str:
        """What is wrong with a set, what is unwise, and what has changed since it was published."""
        made, problems = self._shop.draft(set_id)
        parts = [_heading(W["problems"], problem_lines(problems))] if problems else []
        if made is not None:
            parts.append(_heading(W["advice"], self._shop.advice_on(set_id)))
            changed = [str(one) for one in self._shop.changes_since(set_id)]
            version = self._shop.store.set(set_id).version
            parts.append(_heading(W["changes"].format(version=version), changed) if version else "")
        said = "".join(parts)
        return said or tag("p", text(W["fine"]), class_="good")

    @staticmethod
    def agreement_html(case: Case) -> str:
        """How far the readers of a case agree on what both state, and who differs where."""
        if len(case.readers) < 2:
            return tag("p", text(W["alone"]), class_="hint") if case.readers else ""
        rows = []
        for pair in pairs(case):
            both = W["agree_yes"] if pair.agrees else W["agree_no"]
            if pair.places is not None:
                both = W["agree_iou"].format(iou=f"{pair.places:.2f}")
            first, second = pair.readers
            rows.append(W["agree_row"].format(finding=pair.finding, first=first, second=second, both=both))
        return _heading(W["agreement"], [*rows, *differences(case)])


def _content(case: Case) -> str:
    """Changes with the pictures of a case, so that browsers do not show what they have kept."""
    return sha256_of("".join(picture.sha256 for picture in case.pictures).encode())[:12]


def address(set_id: str = "", case_id: str = "", reader: str = "") -> str:
    """The address of a set, or of a case of it, on the Build page."""
    asked = {"set": set_id, "case": case_id, "reader": reader}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/build?{query}" if query else "/build"


def cases_in_words(count: int) -> str:
    """ "1 case", "12 cases"."""
    return W["one"] if count == 1 else W["count"].format(count=f"{count:,}")


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Problems without the paths of the server."""
    return [f"{one.case}, {one.field.rpartition('].')[2] or one.field}: {one.message}".lstrip(", ") for one in problems]


def _heading(title: str, lines: Sequence[str]) -> str:
    return tag("h3", text(title)) + tag("ul", *(tag("li", text(line)) for line in lines)) if lines else ""


def _lines(value: str) -> list[str]:
    return [" ".join(line.split()) for line in value.split("\n") if line.strip()]


def _point_line(point: Any) -> str:
    if not isinstance(point, Mapping):
        return ""
    finding, said = point.get("finding"), " ".join(str(point.get("text", "")).split())
    return f"{finding}: {said}" if finding else said


def _point(line: str) -> dict[str, str]:
    """A line as a teaching point: tied to the finding before its colon, where the vocabulary knows it."""
    before, colon, after = line.partition(":")
    if colon and after.strip() and before.strip() in vocabulary():
        return {"finding": vocabulary().get(before.strip()).name, "text": after.strip()}
    return {"text": line}
