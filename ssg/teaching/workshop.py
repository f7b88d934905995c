"""The workshop: an instructor turns files into cases, draws and writes, checks, publishes a version, and rolls back.

What is being built lies in the database, its pictures in a folder of the set; what is published is a folder of its own
for each version that nobody changes any more.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ssg.boxes import Box
from ssg.casebook import Case, CaseSet, Problem
from ssg.casebook.files import IMAGES
from ssg.casebook.ingest import Ingested, Limits, ingest
from ssg.casebook.ingest.cases import cases_of
from ssg.casebook.ingest.covering import covered_series
from ssg.casebook.problems import InvalidCaseSet
from ssg.casebook.types import LAST_ORDER, UNTOLD_ORIGIN, USUAL_ORDER, stated_by
from ssg.casebook.writing import case_row
from ssg.errors import BadInput
from ssg.store import Conflict, WorkCase, WorkSet, WorkshopStore, WorkVersion
from ssg.teaching.burned_in import FoundTexts
from ssg.teaching.drafts import HEAD, read_case, read_marks, read_set, require_head
from ssg.teaching.picture_files import NAMED, by_content, file_of, files_of
from ssg.teaching.sources import with_source
from ssg.teaching.versions import PublishedVersions, require_number
from ssg.whole import write_whole

SHOWN = "shown"
"""The folder of a set that holds its pictures of 16 bits as they are shown."""

PRIVATE = "private"
"""A licence of pictures that stay in the house."""


def stays_in_the_house(head: Mapping[str, Any]) -> bool:
    """Whether what is said of a set says that its pictures are for nobody outside."""
    return str(head.get("licence") or "").strip().lower().startswith(PRIVATE)


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case that is being built: what stands in its row, the revision of it, and what is wrong with it."""

    work: WorkCase
    case: Case | None
    """None where the row cannot be read as a case."""

    problems: tuple[Problem, ...]


class Workshop:
    """Sets in ``folder`` and in ``store``. Callers pass the instructor's name and have checked that they are one."""

    def __init__(self, store: WorkshopStore, folder: Path) -> None:
        self.store, self._folder = store, folder
        self.versions = PublishedVersions(store, self.folder_of)
        self.texts = FoundTexts(self.folder_of)
        self._asking = threading.Lock()
        self._taking_in: set[str] = set()

    def create(self, title: str, licence: str, by: str, provenance: str = "") -> WorkSet:
        """A new set; its id is made of the title and some letters that nobody can guess."""
        head = {
            "title": title.strip(),
            "licence": licence.strip(),
            "provenance": provenance.strip() or UNTOLD_ORIGIN,
            "reviewed": False,
            "synthetic": False,
        }
        if not head["title"] or not head["licence"]:
            raise BadInput("A set needs a title and a licence, such as CC-BY-4.0, or 'private'.")
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "set"
        set_id = f"{slug}-{secrets.token_hex(4)}"
        require_head(self.folder_of(set_id), head)
        made = self.store.create_set(set_id, head, by)
        self.folder_of(made.id).mkdir(parents=True, exist_ok=True, mode=0o700)
        return made

    def save_head(self, set_id: str, fields: Mapping[str, Any], revision: int, by: str) -> WorkSet:
        """Save what is said of a set: some of HEAD; an empty value takes one away. Raises Conflict, or BadInput."""
        head = {**self.store.set(set_id).head, **{name: fields[name] for name in HEAD if name in fields}}
        for name in ("title", "licence", "provenance"):
            if not str(head.get(name) or "").strip():
                raise BadInput(f"A set needs a {name}: fill it in.")
        require_head(self.folder_of(set_id), head)
        order = head.get("order", USUAL_ORDER)
        if isinstance(order, bool) or not isinstance(order, int) or not 0 <= order <= LAST_ORDER:
            raise BadInput(f"The order of a set is a whole number of 0 to {LAST_ORDER:,}, not {order!r:.20}.")
        return self.store.save_set(set_id, head, revision, by)

    def folder_of(self, set_id: str) -> Path:
        """Where the pictures of a set lie; raises BadInput for an id that is none."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", set_id):
            raise BadInput("There is no such set here: it may have been removed.")
        return self._folder / set_id

    def take_in(
        self,
        set_id: str,
        paths: Sequence[Path],
        by: str,
        *,
        cases_by: str = "study",
        limits: Limits | None = None,
        on_step: Callable[[str, int, int], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> tuple[list[WorkCase], Ingested]:
        """Files, folders and archives become cases at the end of the set; raises as :func:`ingest` does."""
        self.store.set(set_id)
        with self._alone(set_id), self._without_orphans(set_id):
            found = ingest(paths, self.folder_of(set_id), limits, on_step, is_cancelled)
            cases, marks = cases_of(found.studies, cases_by)
            found.report.take_marks(marks)
            self.texts.note(set_id, found.studies)
            return [self._add(set_id, case, by) for case in self._told_apart(set_id, cases)], found

    def _told_apart(self, set_id: str, cases: Sequence[Case]) -> list[Case]:
        """Cases with a number behind a title that another one of the set has: "Image", "Image 2"."""
        known = {str(work.body.get("title") or "") for work in self.store.cases(set_id)}
        found, counts = [], Counter[str]()
        for case in cases:
            title = case.title
            while title in known:
                counts[case.title] += 1
                title = f"{case.title} {counts[case.title] + 1}"
            known.add(title)
            found.append(replace(case, title=title))
        return found

    @contextmanager
    def _alone(self, set_id: str) -> Iterator[None]:
        """One ingest into a set at a time: they share a folder to work in."""
        with self._asking:
            if set_id in self._taking_in:
                raise BadInput("Pictures are being taken into this set right now: wait until that is done.")
            self._taking_in.add(set_id)
        try:
            yield
        finally:
            self._taking_in.discard(set_id)

    @contextmanager
    def _without_orphans(self, set_id: str) -> Iterator[None]:
        """Where what follows breaks off, pictures that it has written for no case are removed."""
        images = self.folder_of(set_id) / IMAGES
        before = {path.name for path in images.iterdir()} if images.is_dir() else set()
        try:
            yield
        except BaseException:
            new = {path.name for path in images.iterdir()} - before if images.is_dir() else set()
            self._drop_unused(set_id, {f"{IMAGES}/{name}" for name in new})
            raise

    def copy_in(self, set_id: str, other: CaseSet, by: str, *, tell_apart: bool = False) -> list[WorkCase]:
        """The cases of a set that was imported or pulled, with their pictures, at the end of this one.

        What the other set says of where it is from is said of this one too (:func:`with_source`).
        ``tell_apart`` numbers titles that nobody has given: all radiographs of a table are called alike.
        """
        images = self.folder_of(set_id) / IMAGES
        images.mkdir(parents=True, exist_ok=True)
        added = []
        with self._alone(set_id), self._without_orphans(set_id):
            for case in self._told_apart(set_id, other.cases) if tell_apart else other.cases:
                for number, picture in enumerate(case.pictures):
                    path = self.folder_of(set_id) / file_of(picture)
                    if not path.is_file():
                        write_whole(path, other.image_bytes(case, number))
                added.append(self._add(set_id, by_content(case), by))
            self._tell_source(set_id, other, [work.case_id for work in added], by)
        return added

    def _tell_source(self, set_id: str, other: CaseSet, case_ids: Sequence[str], by: str) -> None:
        is_first = len(self.store.cases(set_id)) == len(case_ids)
        while True:
            work = self.store.set(set_id)
            try:
                self.store.save_set(set_id, with_source(work.head, other, case_ids, is_first), work.revision, by)
                return
            except Conflict:  # somebody has saved what is said of the set meanwhile: that is kept too
                continue

    def _add(self, set_id: str, case: Case, by: str) -> WorkCase:
        """A case under an id of its own, which says nothing of how many there are."""
        row = case_row(case) | {"id": f"case-{secrets.token_hex(4)}"}
        if case.question == stated_by(case.readers):  # all that is stated: what is marked later is asked as well
            row.pop("question", None)
        return self.store.add_case(set_id, row["id"], row, by)

    def open(self, set_id: str, case_id: str) -> OpenedCase:
        """A case with what is wrong with it."""
        work = self.store.case(set_id, case_id)
        case, problems = read_case(self.folder_of(set_id), work.body)
        return OpenedCase(work, case, problems)

    def pictures_of(self, opened: OpenedCase) -> OpenedCase:
        """A case whose row has problems, as its pictures with what the readers mark on them, else its pictures alone.

        None for its case where those cannot be read either.
        """
        body = opened.work.body
        folder = self.folder_of(opened.work.set_id)
        case = read_marks(folder, body)[0] or read_marks(folder, {**body, "readers": []})[0]
        return OpenedCase(opened.work, case, opened.problems)

    def save(self, set_id: str, case_id: str, fields: Mapping[str, Any], revision: int, by: str) -> OpenedCase:
        """Save some fields of a case (those of the manifest); None takes one away. Raises Conflict.

        What is wrong with a case does not keep it from being saved, only from being published; but what its readers
        mark is read first: raises InvalidCaseSet where that, or what it would take the place of, cannot be.
        """
        before = self.store.case(set_id, case_id)
        if "readers" in fields:
            for body in (before.body, {**before.body, **fields}):
                marked, problems = read_marks(self.folder_of(set_id), body)
                if marked is None:
                    raise InvalidCaseSet(problems)
        kept = {"id", "image", "series"}
        if forbidden := kept & set(fields):
            raise BadInput(f"{', '.join(sorted(forbidden))} of a case cannot be changed so.")
        body = {name: value for name, value in {**before.body, **fields}.items() if value is not None}
        self.store.save_case(set_id, case_id, body, revision, by)
        return self.open(set_id, case_id)

    def cover(
        self, set_id: str, case_id: str, series_id: str, boxes: Sequence[Box], revision: int, by: str
    ) -> OpenedCase:
        """Cover places of a series in black on all of its frames; the pictures without cover are removed."""
        opened = self.open(set_id, case_id)
        if opened.case is None:
            raise BadInput(f"The case cannot be read: {opened.problems[0].message}")
        folder = self.folder_of(set_id)
        series = tuple(covered_series(one, boxes, folder) if one.id == series_id else one for one in opened.case.series)
        return self.arrange(opened, replace(opened.case, series=series), revision, by)

    def arrange(self, opened: OpenedCase, case: Case, revision: int, by: str) -> OpenedCase:
        """Save other pictures of a case, or their order, with the regions on them; pictures that it has no more go.

        Raises Conflict where somebody has saved since ``revision``, and InvalidCaseSet for what would be no case.
        """
        work, row = opened.work, case_row(case)
        placed = ("image", "series", "readers", "structures")
        kept = {name: row[name] for name in placed if name in row}
        body = {name: value for name, value in work.body.items() if name not in placed} | kept
        made, problems = read_case(self.folder_of(work.set_id), body)
        if made is None:
            raise InvalidCaseSet(problems)
        self.store.save_case(work.set_id, work.case_id, body, revision, by)
        self._drop_unused(work.set_id, set(files_of(work.body)))
        return self.open(work.set_id, work.case_id)

    def _drop_unused(self, set_id: str, files: set[str]) -> None:
        """Remove pictures that no case of the set has any more; those of published versions lie elsewhere."""
        used = {file for work in self.store.cases(set_id, removed_too=True) for file in files_of(work.body)}
        gone, folder = files - used, self.folder_of(set_id)
        for file in gone:
            (folder / file).unlink(missing_ok=True)
        stems = {Path(file).stem for file in gone}
        for shown in (folder / SHOWN).iterdir() if stems and (folder / SHOWN).is_dir() else ():
            if shown.name[:NAMED] in stems:
                shown.unlink(missing_ok=True)

    def draft(self, set_id: str) -> tuple[CaseSet | None, tuple[Problem, ...]]:
        """The whole set as it is now, None where anything is wrong with it; and all that is."""
        cases = [one.body for one in self.store.cases(set_id)]
        return read_set(self.folder_of(set_id), set_id, self.store.set(set_id).head, cases)

    def publish(self, set_id: str, version: str, note: str, by: str) -> WorkVersion:
        """Write the set as it is as a version and put it into use. Raises InvalidCaseSet with every problem.

        A case that asks nothing is published too: it can be shown, and Practise leaves it out.
        """
        require_number(version)
        made, problems = self.draft(set_id)
        if made is None:
            raise InvalidCaseSet(problems)
        return self.versions.publish(made, version, note, by)
