"""Files in, studies out: read within bounds, decoded in workers, laid down, put together, searched for text."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ssg.casebook.imports.picture_files import LARGEST_MB
from ssg.casebook.ingest.ahead import ahead
from ssg.casebook.ingest.alone import LOCK, alone_in
from ssg.casebook.ingest.assembling import studies_of
from ssg.casebook.ingest.marking import marked, without_free_text
from ssg.casebook.ingest.own import OwnPictures
from ssg.casebook.ingest.report import IngestReport
from ssg.casebook.ingest.room import told_where_full
from ssg.casebook.ingest.sources import Archives, Source, Unreadable, sources_of
from ssg.casebook.ingest.spool import Laid, Spool, laid_of
from ssg.casebook.ingest.studies import Study
from ssg.casebook.ingest.text import KnownTexts
from ssg.errors import BadInput, Cancelled, ImageRefused
from ssg.imaging import MAY_PASS, Belonging, DisplayImage, PictureMark, decode_all, kind_of

WORK = ".ingest"
ANNOTATIONS = "DICOM annotations"
SAME = "the same picture is there already"
SAME_FILE = "the same file is there already"
KINDS = {"dicom": "DICOM", "nifti": "NIfTI", "png": "PNG", "jpeg": "JPEG"}
Heard = Callable[[str, int, int], None]
"""Told what is done ("reading", "putting together"), how many, and of how many."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an ingest: megabytes of a file, gigabytes of all decoded pictures; and whether text is looked for."""

    file_mb: float = LARGEST_MB
    decoded_gb: float = 40.0
    look_for_text: bool = True


@dataclass(frozen=True, slots=True)
class Ingested:
    """Studies whose pictures lie in ``images/`` of the folder that was given."""

    studies: tuple[Study, ...]
    report: IngestReport
    own: OwnPictures


def ingest(
    paths: Sequence[Path],
    out: Path,
    limits: Limits | None = None,
    on_step: Heard | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    meanings: Mapping[str, str] | None = None,
) -> Ingested:
    """Take in what ``paths`` (files, folders, zip archives) hold; pictures go to ``out``/images under opaque names.

    Files that are refused make no trouble for the others, and the report names them. ``meanings`` says what labels of
    segmentations and reports mean that the vocabulary does not know. Raises BadInput where nothing can be taken or
    another ingest is at work in ``out``, Unavailable where ``out`` cannot be written, and Cancelled where
    ``is_cancelled`` says so; what was read is read no second time when the same ingest is begun again.
    """
    with ingesting(paths, out, limits, on_step, is_cancelled, meanings) as found:
        return found


@contextmanager
def ingesting(
    paths: Sequence[Path],
    out: Path,
    limits: Limits | None = None,
    on_step: Heard | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    meanings: Mapping[str, str] | None = None,
) -> Iterator[Ingested]:
    """:func:`ingest`, for a block that makes something of it: where that fails, what was read is still there."""
    with alone_in(out), told_where_full(out), closing(Archives()) as archives:
        work = _Ingest(out, limits or Limits(), on_step, is_cancelled, meanings or {})
        yield work.run(paths, archives)
        work.end()


def own_pictures(out: Path) -> OwnPictures:
    """The pictures in ``out`` of an ingest that was cut off, none where there was none."""
    return OwnPictures(out, out / WORK / "wrote.jsonl")


class _Ingest:
    def __init__(
        self,
        out: Path,
        limits: Limits,
        on_step: Heard | None,
        is_cancelled: Callable[[], bool] | None,
        meanings: Mapping[str, str],
    ) -> None:
        self._out, self._limits, self._meanings = out, limits, meanings
        self._on_step = on_step or (lambda *_: None)
        self._is_cancelled = is_cancelled or (lambda: False)
        self._report = IngestReport()
        self._told: list[tuple[str, list[PictureMark]]] = []
        self._gave: dict[int, tuple[str, str, int]] = {}
        """Name, kind and number of frames of each file that gave something, by its place among the files."""

        self._lost: dict[int, list[str]] = {}
        """Why frames of a file are left out, one reason for each."""

    def run(self, paths: Sequence[Path], archives: Archives) -> Ingested:
        report = self._report
        self._own = own_pictures(self._out)
        found = sources_of(paths, archives, report.refused.add)
        sources = list(found if not self._is_inside(paths) else filter(self._is_given, found))
        report.files = len(sources) + report.refused.counts.total()
        self._spool = Spool(self._out / WORK, int(self._limits.decoded_gb * 2**30), sources)
        laid = self._once_each(self._laid(sources))
        if laid:
            report.studies = marked(self._assembled(laid), self._told, report.marks_left_out)
        self._end_files()
        if not laid:
            self.end()
            raise BadInput(
                f"No picture was taken: {report.nothing_in_words()}. Give DICOM, NIfTI, PNG or JPEG files, or folders "
                "and zip archives of them."
            )
        return Ingested(tuple(report.studies), report, self._own)

    def _is_inside(self, paths: Sequence[Path]) -> bool:
        """Whether the folder that is written into lies in one that is read."""
        out = self._out.resolve()
        return any(out.is_relative_to(path.resolve()) for path in paths if path.is_dir())

    def _is_given(self, source: Source) -> bool:
        """Whether a file is none that an ingest itself has written, before it was cut off or now."""
        try:
            inside = source.path.resolve().relative_to(self._out.resolve())
        except ValueError:
            return True
        return inside.as_posix() not in (*self._own.names, LOCK) and inside.parts[0] != WORK

    def end(self) -> None:
        """Take away what was laid down."""
        self._spool.end()

    def _laid(self, sources: Sequence[Source]) -> list[Laid]:
        laid: list[Laid] = []
        known: set[str] = set()
        with ahead(sources, self._one) as coming:
            for number, (source, row) in enumerate(coming):
                self._require_wanted()
                if "refused" in row:
                    self._report.refused.add(row["refused"], source.name)
                elif row["content"] in known:
                    self._report.refused.add(SAME_FILE, source.name)
                else:
                    known.add(row["content"])
                    self._gave[number] = (source.name, row["kind"], len(row["frames"]))
                    self._report.removed.update(row["removed"])
                    laid += [laid_of(frame, source, number) for frame in row["frames"]]
                    if row["marks"]:
                        self._told.append((source.name, [_mark(mark) for mark in row["marks"]]))
                self._report.files_before += row.get("before", False)
                self._on_step("reading", number + 1, len(sources))
        self._report.frames_read = len(laid)
        return laid

    def _end_files(self) -> None:
        """Count each file once: as taken where any of its frames is, else as left out for the reason of its frames."""
        for number, (name, kind, frames) in self._gave.items():
            lost = self._lost.get(number, [])
            if frames and len(lost) == frames:
                self._report.refused.add(lost[-1], name)
            else:
                self._report.taken[KINDS[kind] if frames else ANNOTATIONS] += 1

    def _leave_out(self, why: str, frame: Laid) -> None:
        self._report.frames_left_out.add(why, frame.source)
        self._lost.setdefault(frame.number, []).append(why)

    def _one(self, source: Source) -> dict[str, Any]:
        """Read and lay down the frames of one file."""
        before = self._spool.before(source)
        # Marks keep only words that are known, and what is known may be more by now.
        if before is not None and (not before.get("marks") or before["known"] == self._known):
            return before | {"before": True}
        frames: list[dict[str, Any]] = []
        marks: list[list[Any]] = []

        def keep(image: DisplayImage, belonging: Belonging) -> None:
            self._require_wanted()
            frames.append(self._spool.lay(source, image, belonging))

        def mark(found: list[PictureMark]) -> None:
            marks.extend(list(astuple(without_free_text(one, self._meanings))) for one in found)

        limit = self._limits.file_mb
        try:
            data = source.read(int(limit * 2**20))
            removed = decode_all(data, source.name, self._spool.salt, keep, mark, largest_mb=limit)
            kind = kind_of(data, volumes=True)
        except Unreadable as error:
            self._spool.forget(frames)
            return self._spool.end_file(source, {"refused": str(error), "may_pass": error.may_pass})
        except ImageRefused as error:
            self._spool.forget(frames)
            return self._spool.end_file(source, {"refused": error.reason, "may_pass": error.code in MAY_PASS})
        except BaseException:
            self._spool.forget(frames)
            raise
        if not frames and not marks:
            return self._spool.end_file(source, {"refused": "it marks nothing on any picture"})
        row: dict[str, Any] = {"kind": kind, "frames": frames, "marks": marks, "removed": dict(removed.elements)}
        return self._spool.end_file(source, row | {"content": self._keyed(data), "known": self._known})

    @cached_property
    def _known(self) -> str:
        """What stands for the labels whose meaning was given."""
        return self._keyed(json.dumps(sorted(self._meanings)).encode())

    def _keyed(self, data: bytes) -> str:
        return hmac.new(self._spool.salt, data, hashlib.sha256).hexdigest()

    def _once_each(self, laid: list[Laid]) -> list[Laid]:
        """Frames of DICOM files that differ in their headers alone are taken once; the same files are not here."""
        seen: set[tuple[str, int, str]] = set()
        kept = []
        for one in laid:
            name = (one.belonging.instance, one.belonging.number, one.digest)
            if one.belonging.instance and name in seen:
                self._leave_out(SAME, one)
                continue
            seen.add(name)
            kept.append(one)
        return kept

    def _assembled(self, laid: list[Laid]) -> list[Study]:
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            self._on_step("putting together", done, len(laid))

        def write(name: str, data: bytes) -> None:
            self._require_wanted()
            self._own.write(name, data)
            count()

        def repeated(frame: Laid) -> None:
            self._leave_out(SAME, frame)
            count()

        texts = KnownTexts(self._out / WORK / "texts.jsonl") if self._limits.look_for_text else None
        return studies_of(laid, self._spool.numbers, write, repeated, texts)

    def _require_wanted(self) -> None:
        if self._is_cancelled():
            raise Cancelled("The ingest was cancelled.")


def _mark(row: list[Any]) -> PictureMark:
    instance, frame, label, meaning, (left, top, right, bottom), lesion, size = row
    known = None if size is None else (size[0], size[1])
    return PictureMark(instance, frame, label, meaning, (left, top, right, bottom), lesion, known)
