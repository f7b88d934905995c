"""What an ingest did: every file, every element that was removed, every series and what is odd about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ssg.casebook.imports.marks import LeftOut
from ssg.casebook.imports.report import Report
from ssg.casebook.ingest.studies import Study
from ssg.counting import counted

KEPT = (
    "pixels",
    "the size of a pixel and the distance of slices",
    "letters of the patient's sides",
    "terms of the DICOM standard: modality, body part, view, side",
    "known words of how it was scanned",
    "the number of days between examinations",
    "of what segmentations and reports mark: boxes, words that are known, codes",
)
"""What is kept of any file, for the person who answers for it."""

ABOUT = {
    "people and places": r"Patient(?!Position|Orientation)|Physician|Operator|Person|Reviewer|Author|Institution"
    r"|Station|Address|Telephone|Comment|History|Department|Hospital|Country|Occupation|Ethnic|Religio|Pregnan"
    r"|Smoking|Visit",
    "days and times": r"Date|Timezone|(Study|Series|Acquisition|Content|Creation|Birth|Procedure|Performed)\w*Time$",
    "numbers and names of files": r"(UID|UIDs|ID|IDs)$|Accession|SerialNumber|Issuer|Filename",
    "texts": r"Description|Protocol|Reason|Diagnos|Text|Label|CodeMeaning|texts|comment|EXIF|XMP|descrip|_name|_file"
    r"|extensions",
    "private, nested and unknown": r"private|unknown|preamble|cannot be read|Overlay",
}
"""What removed elements are about, by their names in DICOM's dictionary; the first that fits."""


class IngestReport:
    """What became of the files of an ingest, and of the frames in them.

    ``files`` are all that were found: each is counted once, in ``taken`` or in ``refused``. ``frames_read`` are those
    in :attr:`frames` and in ``frames_left_out``. ``files_before`` were read when the same ingest was cut off. What
    was marked on pictures is in :attr:`marks` or in ``marks_left_out``.
    """

    def __init__(self) -> None:
        self.files = 0
        self.files_before = 0
        self.frames_read = 0
        self.taken: Counter[str] = Counter()
        self.refused = LeftOut()
        self.frames_left_out = LeftOut()
        self.removed: Counter[str] = Counter()
        self.studies: Sequence[Study] = ()
        self.marks_left_out = LeftOut()
        self.texts_covered = 0
        self.notes: list[str] = []
        self._marks_of_no_case = 0

    @property
    def frames(self) -> int:
        """Frames that series are made of."""
        return sum(len(series.series.frames) for study in self.studies for series in study.series)

    @property
    def marks(self) -> int:
        """Places that segmentations and reports mark on the pictures, without those that no case could take."""
        found = sum(len(series.marks) for study in self.studies for series in study.series)
        return found - self._marks_of_no_case

    @property
    def texts(self) -> int:
        """Places where text seems to be burned in."""
        return sum(len(series.texts) for study in self.studies for series in study.series)

    def take_marks(self, made: Report) -> None:
        """Note what became of the marks when cases were made of the studies."""
        self.marks_left_out.take(made.left_out)
        self._marks_of_no_case += made.left_out.counts.total()
        self.notes += made.labels_in_words() if made.labels.counts else []

    def take_covered(self, studies: Sequence[Study]) -> None:
        """Note that text was covered: ``studies`` are the same ones afterwards."""
        before, self.studies = self.texts, studies
        self.texts_covered += before - self.texts

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON. What burned-in text says is not among them: it may be a name."""
        return {
            "files": {
                "read": self.files,
                "read_before": self.files_before,
                "taken": dict(self.taken),
                "refused": self.refused.to_json(),
            },
            "frames": self.frames,
            "frames_read": self.frames_read,
            "frames_left_out": self.frames_left_out.to_json(),
            "kept": list(KEPT),
            "removed": dict(sorted(self.removed.items(), key=lambda row: (-row[1], row[0]))),
            "studies": [_study_row(study) for study in self.studies],
            "marks": {"on_pictures": self.marks, "left_out": self.marks_left_out.to_json()},
            "burned_in_text": self.texts,
            "burned_in_text_covered": self.texts_covered,
            "notes": list(self.notes),
        }

    def nothing_in_words(self) -> str:
        """Why no picture was taken, where none was."""
        left = [*self.refused.in_words("refused"), *self.frames_left_out.in_words("left out")]
        return "; ".join([f"{counted(self.files, 'file')} looked at", *left])

    def in_words(self) -> str:
        """The same as lines for a person."""
        taken = ", ".join(f"{count:,} {kind}" for kind, count in self.taken.items()) or "none"
        lines = [f"files     {self.files:,}, of which are taken: {taken}; {counted(self.frames, 'frame')} in them"]
        lines += [f"          {told}" for told in self.refused.in_words("refused")]
        if self.files_before:
            lines.append(f"          {self.files_before:,} of them were read before, when this was cut off")
        if self.frames_left_out.counts:
            lines.append(f"frames    {self.frames_read:,}, of which {self.frames:,} are taken")
            lines += [f"          {told}" for told in self.frames_left_out.in_words("left out")]
        lines += self._studies_in_words()
        if self.marks or self.marks_left_out.counts:
            lie = "lies" if self.marks == 1 else "lie"
            lines.append(f"marks     {self.marks:,} of segmentations and reports {lie} on the pictures")
            lines += [f"          {told}" for told in self.marks_left_out.in_words("left out")]
        lines.append(f"kept      {'; '.join(KEPT)}")
        lines += self._removed_in_words()
        if self.texts:
            places = counted(self.texts, "place")
            lines.append(f"text      seems to be burned in at {places}: look at them before you share")
        if self.texts_covered:
            was = "was" if self.texts_covered == 1 else "were"
            places = counted(self.texts_covered, "place")
            lines.append(f"text      {places} where it seemed to be burned in {was} covered")
        return "\n".join([*lines, *(f"note      {note}" for note in self.notes)])

    def _removed_in_words(self) -> list[str]:
        """What was removed, by what it is about; what only tells of machines is counted, and listed in the JSON."""
        if not self.removed:
            return ["removed   nothing else was in the files"]
        lines, rest = [], dict(self.removed)
        for about, pattern in ABOUT.items():
            found = {name: rest.pop(name) for name in sorted(rest) if re.search(pattern, name)}
            if found:
                lines.append(f"{about}: {', '.join(f'{name} {count:,}' for name, count in found.items())}")
        if rest:
            kinds, times = counted(len(rest), "kind"), counted(sum(rest.values()), "time")
            lines.append(f"about machines and techniques: {kinds} of elements, {times}")
        return [f"{'removed' if number == 0 else '':10}{line}" for number, line in enumerate(lines)]

    def _studies_in_words(self) -> list[str]:
        lines = []
        for study in self.studies:
            day = f", day {study.days}" if study.days else ""
            lines.append(f"study     patient {study.patient}{day}: {len(study.series)} series")
            for one in study.series:
                told = one.series.title or "one picture"
                burned = f"; text at {counted(len(one.texts), 'place')}" if one.texts else ""
                lines.append(f"          {one.modality or 'unknown kind'}: {told}{burned}")
                lines += [f"            {note}" for note in one.notes]
        return lines


def _study_row(study: Study) -> dict[str, Any]:
    series = [
        {
            "id": one.series.id,
            "title": one.series.title,
            "modality": one.modality,
            "frames": len(one.series.frames),
            "orientation": one.series.orientation,
            "slice_mm": one.series.slice_mm,
            "spacing_mm": one.series.spacing_mm,
            "notes": list(one.notes),
            "burned_in_text": [{"frame": text.frame, "box": list(text.box)} for text in one.texts],
        }
        for one in study.series
    ]
    return {"patient": study.patient, "days": study.days, "series": series}
