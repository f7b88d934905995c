"""Verdicts: an expert accepts an answer or does not. What instructors decide in the app teaches the reward.

One verdict is a JSON object, a file of them has one on each line:

    {"reference": {...}, "answer": {...}, "accepted": true, "by": "Dr A", "finding": "mass", "image": "..."}

``finding`` says which finding the verdict is about; without it, it is on the answer as a whole. ``image`` tells images
apart, so that what is measured on is never trained on; without it the reference does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssg.errors import BadInput
from ssg.reward.answers import Answer, Reference
from ssg.vocabulary import vocabulary

FORM = '{"reference": ..., "answer": ..., "accepted": true or false, "by": "..."}'


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expert's verdict on one answer."""

    reference: Reference
    answer: Answer
    accepted: bool
    by: str
    finding: str | None = None
    image: str = ""

    @property
    def image_name(self) -> str:
        """Tells the image from others."""
        text = json.dumps(self.reference.to_json(), sort_keys=True)
        return self.image or hashlib.sha256(text.encode()).hexdigest()[:20]

    @classmethod
    def from_json(cls, data: Any) -> Verdict:
        """Read and check a verdict; raises BadInput that says what is wrong."""
        if not isinstance(data, Mapping):
            raise BadInput(f"a verdict is a JSON object {FORM}, got {type(data).__name__}.")
        if missing := [key for key in ("reference", "answer", "accepted", "by") if key not in data]:
            raise BadInput(f'"{missing[0]}" is missing: a verdict is {FORM}.')
        if not isinstance(data["accepted"], bool):
            raise BadInput(f'"accepted" must be true or false, got {data["accepted"]!r:.40}.')
        for key in ("by", "image"):
            if not isinstance(data.get(key, ""), str):
                raise BadInput(f'"{key}" must be text, got {data[key]!r:.40}.')
        if not data["by"].strip():
            raise BadInput('"by" must say whose verdict it is.')
        reference, finding = Reference.from_json(data["reference"]), data.get("finding")
        return cls(
            reference,
            Answer.from_json(data["answer"], reference.width, reference.height),
            data["accepted"],
            data["by"],
            None if finding is None else vocabulary().get(str(finding)).name,
            data.get("image", ""),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        row: dict[str, Any] = {
            "reference": self.reference.to_json(),
            "answer": self.answer.to_json(),
            "accepted": self.accepted,
            "by": self.by,
        }
        if self.finding is not None:
            row["finding"] = self.finding
        if self.image:
            row["image"] = self.image
        return row


def read_verdicts(path: Path) -> list[Verdict]:
    """A file of verdicts, JSON lines; raises BadInput with the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}): give a file of verdicts, one on each line."
        ) from None
    except UnicodeError as error:
        raise BadInput(f"{path} is not text in UTF-8 ({error}).") from None
    verdicts = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                verdicts.append(Verdict.from_json(json.loads(line)))
            except (ValueError, RecursionError) as error:
                raise BadInput(f"{path}, line {number}: not JSON ({error}).") from None
            except BadInput as error:
                raise BadInput(f"{path}, line {number}: {error}") from None
    if not verdicts:
        raise BadInput(f"{path} holds no verdict: write {FORM} on each line.")
    return verdicts


def write_verdicts(verdicts: list[Verdict], path: Path) -> None:
    """Write a file of verdicts that :func:`read_verdicts` reads."""
    text = "".join(json.dumps(verdict.to_json()) + "\n" for verdict in verdicts)
    path.write_text(text, encoding="utf-8")
