"""What an import did: every row, every mark, every label, every picture, in numbers and in words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ssg.casebook.imports.image_files import NO_FILE
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.marks import LeftOut, Reading
from ssg.counting import counted, counted_things
from ssg.errors import BadInput


class Report:
    """What became of a source.

    ``rows`` of the source were kept or refused (:class:`Reading`); of the marks that kept rows hold, ``marks`` counts
    what they became, and ``left_out`` those that came to nothing; ``pictures`` counts what became of the pictures.
    """

    def __init__(self, reading: Reading, labels: Labels) -> None:
        self.reading, self.labels = reading, labels
        self.marks: Counter[str] = Counter()
        self.left_out = LeftOut()
        self.pictures: Counter[str] = Counter()
        self.pictures_left_out = LeftOut()
        self.notes: list[str] = []
        self.cases = 0

    def require_accounted(self) -> None:
        """Raise BadInput where a row was lost: that is an error of the importer, and must not pass in silence."""
        reading = self.reading
        if reading.accounted != reading.rows:
            raise BadInput(
                f"{reading.rows:,} rows were read and {reading.accounted:,} accounted for: please report this."
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        reading = self.reading
        return {
            "source": reading.origin.name,
            "rows": {"read": reading.rows, "kept": dict(reading.kept), "refused": reading.refused.to_json()},
            "marks": {**self.marks, "left_out": self.left_out.to_json()},
            "labels": self._labels(),
            "pictures": {
                "named": len(reading.pictures),
                **self.pictures,
                "left_out": self.pictures_left_out.to_json(),
            },
            "cases": self.cases,
            "notes": [*reading.notes, *self.notes],
        }

    def _labels(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for label, count in sorted(self.labels.counts.items()):
            meaning = self.labels.meanings[label]
            found[label] = {"times": count, "finding": meaning.finding or None}
            if meaning.nothing:
                found[label]["nothing"] = True
            elif not meaning.finding:
                found[label]["candidates"] = list(meaning.candidates)
        return found

    def labels_in_words(self) -> list[str]:
        """How many labels are known, and those that are not, with what they may mean."""
        rows = self._labels()
        free = {label: one for label, one in rows.items() if "candidates" in one}
        lines = [f"{len(rows) - len(free)} are known to the vocabulary, {len(free)} kept as they are written"]
        for label, one in free.items():
            near = f"; did they mean {', '.join(one['candidates'])}?" if one["candidates"] else ""
            lines.append(f"'{label}', {one['times']:,} times{near}")
        return lines

    def nothing_in_words(self) -> str:
        """Why no case was made, where none was, and what to do: without the end of a sentence before it."""
        reading = self.reading
        left = [
            *(f"rows {line}" for line in reading.refused.in_words("refused")),
            *(f"marks {line}" for line in self.left_out.in_words("left out")),
            *(f"pictures {line}" for line in self.pictures_left_out.in_words("left out")),
        ]
        told = "; ".join(left) or f"{counted(reading.rows, 'row')} read"
        if NO_FILE in self.pictures_left_out.counts:
            return f"{told}. Give the folder that holds these pictures."
        return f"{told}. Correct the annotations."

    def in_words(self) -> str:
        """The same as lines for a person."""
        row = self.to_json()
        lines = [row["source"]]
        lines.append(f"rows      {row['rows']['read']:,}, of which are kept: {_counts(row['rows']['kept'])}")
        lines += [f"          {line}" for line in self.reading.refused.in_words("refused")]
        if self.marks or self.left_out.counts:
            lines.append(f"marks     {_counts(self.marks)}")
            lines += [f"          {line}" for line in self.left_out.in_words("left out")]
        lines += [f"{'labels' if number == 0 else '':10}{line}" for number, line in enumerate(self.labels_in_words())]
        lines.append(
            f"pictures  {row['pictures']['named']:,} named{f': {_counts(self.pictures)}' * bool(self.pictures)}"
        )
        lines += [f"          {line}" for line in self.pictures_left_out.in_words("left out")]
        lines += [f"note      {note}" for note in row["notes"]]
        if self.cases:  # none are made yet where it is only looked at
            lines.append(f"cases     {row['cases']:,}")
        return "\n".join(lines)


def _counts(counts: dict[str, int] | Counter[str]) -> str:
    return ", ".join(counted_things(count, what) for what, count in counts.items()) or "none"
