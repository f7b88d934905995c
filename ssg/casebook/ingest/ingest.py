"""Files in, studies out: read within bounds, decoded in workers, laid down, put together, searched for text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ssg.casebook.files import IMAGES
from ssg.casebook.ingest.alone import alone_in
from ssg.casebook.ingest.assembling import studies_of
from ssg.casebook.ingest.marking import marked, without_free_text
from ssg.casebook.ingest.report import IngestReport
from ssg.casebook.ingest.sources import Archives, Source, Unreadable, sources_of
from ssg.casebook.ingest.spool import Laid, Spool, laid_of
from ssg.casebook.ingest.studies import Study
from ssg.casebook.ingest.text import KnownTexts
from ssg.errors import BadInput, Cancelled, ImageRefused
from ssg.imaging import MAY_PASS, Belonging, DisplayImage, PictureMark, decode_all, kind_of, many_files
from ssg.whole import write_whole

WORK = ".ingest"
AHEAD = 4
"""Files that are read at a time; two worker processes decode them."""

ANNOTATIONS = "DICOM annotations"
SAME = "the same picture is there already"
KINDS = {"dicom": "DICOM", "nifti": "NIfTI", "png": "PNG", "jpeg": "JPEG"}
Heard = Callable[[str, int, int], None]
"""Told what is done ("reading", "putting together"), how many, and of how many."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an ingest: megabytes of a file, gigabytes of all decoded pictures; and whether text is looked for."""

    file_mb: float = 200.0
    decoded_gb: float = 40.0
    look_for_text: bool = True


@dataclass(frozen=True, slots=True)
class Ingested:
    """Studies whose pictures lie in ``images/`` of the folder that was given."""

    studies: tuple[Study, ...]
    report: IngestReport


def ingest(
    paths: Sequence[Path],
    out: Path,
    limits: Limits | None = None,
    on_step: Heard | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Ingested:
    """Take in what ``paths`` (files, folders, zip archives) hold; pictures go to ``out``/images under opaque names.

    Files that are refused make no trouble for the others, and the report names them. Raises BadInput where nothing can
    be taken, ``out`` cannot be written or another ingest is at work there, and Cancelled where ``is_cancelled`` says
    so; what was read is read no second time when the same ingest is begun again.
    """
    with alone_in(out), closing(Archives()) as archives:
        return _Ingest(out, limits or Limits(), on_step, is_cancelled).run(paths, archives)


class _Ingest:
    def __init__(self, out: Path, limits: Limits, on_step: Heard | None, is_cancelled: Callable[[], bool] | None):
        self._out, self._limits = out, limits
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
        sources = list(sources_of(paths, archives, report.refused.add))
        report.files = len(sources) + report.refused.counts.total()
        self._spool = Spool(self._out / WORK, int(self._limits.decoded_gb * 2**30), sources)
        laid = self._once_each(self._laid(sources))
        if laid:
            report.studies = marked(self._assembled(laid), self._told, report.marks_left_out)
        self._end_files()
        self._spool.end()
        if not laid:
            raise BadInput(f"No picture was taken.\n{report.in_words()}")
        return Ingested(tuple(report.studies), report)

    def _laid(self, sources: Sequence[Source]) -> list[Laid]:
        laid: list[Laid] = []
        for number, (source, row) in enumerate(self._read(sources)):
            if "refused" in row:
                self._report.refused.add(row["refused"], source.name)
            else:
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

    def _read(self, sources: Sequence[Source]) -> Iterator[tuple[Source, dict[str, Any]]]:
        """What each file gave, in order, a few read ahead."""
        with many_files(), ThreadPoolExecutor(AHEAD) as threads:
            waiting: list[tuple[Source, Future[dict[str, Any]]]] = []
            coming = iter(sources)

            def begin(count: int) -> None:
                waiting.extend((source, threads.submit(self._one, source)) for source in islice(coming, count))

            begin(2 * AHEAD)
            try:
                while waiting:
                    source, future = waiting.pop(0)
                    self._require_wanted()
                    row = future.result()
                    begin(1)
                    yield source, row
            finally:
                for _, future in waiting:
                    future.cancel()

    def _one(self, source: Source) -> dict[str, Any]:
        """Read and lay down the frames of one file."""
        before = self._spool.before(source)
        if before is not None:
            return before | {"before": True}
        frames: list[dict[str, Any]] = []
        marks: list[list[Any]] = []

        def keep(image: DisplayImage, belonging: Belonging) -> None:
            self._require_wanted()
            frames.append(self._spool.lay(source, image, belonging))

        def mark(found: list[PictureMark]) -> None:
            marks.extend(list(astuple(without_free_text(one))) for one in found)

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
        row = {"kind": kind, "frames": frames, "marks": marks, "removed": dict(removed.elements)}
        return self._spool.end_file(source, row)

    def _once_each(self, laid: list[Laid]) -> list[Laid]:
        """Frames of files that are there twice are taken once."""
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
        images = self._out / IMAGES
        images.mkdir(parents=True, exist_ok=True)
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            self._on_step("putting together", done, len(laid))

        def write(name: str, data: bytes) -> None:
            self._require_wanted()
            path = self._out / name
            if not path.is_file():
                write_whole(path, data)
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
