"""Verdicts: an expert accepts an answer or does not, and the reward learns from it (``--verdicts`` of its training).

One verdict is a JSON object, a file of them has one on each line:

    {"reference": {...}, "answer": {...}, "accepted": true, "by": "Dr A", "finding": "mass", "image": "..."}

``finding`` says which finding the verdict is about; without it, it is on the answer as a whole. ``image`` tells images
apart, so that what is measured on is never trained on; without it the reference does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ssg.errors import BadInput
from ssg.reward.answers import Answer, Reference, as_mapping
from ssg.vocabulary import vocabulary

FIELDS = ("reference", "answer", "accepted", "by", "finding", "image")
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
        data = as_mapping(data, "A verdict", FIELDS)
        if missing := [key for key in ("reference", "answer", "accepted", "by") if key not in data]:
            raise BadInput(f'"{missing[0]}" is missing: a verdict is {FORM}.')
        if not isinstance(data["accepted"], bool):
            raise BadInput(f'"accepted" must be true or false, got {data["accepted"]!r:.40}.')
        for key in ("by", "image", "finding"):
            if not isinstance(data.get(key) or "", str):
                raise BadInput(f'"{key}" must be text, got {data[key]!r:.40}.')
        if not data["by"].strip():
            raise BadInput('"by" must say whose verdict it is.')
        reference, finding = Reference.from_json(data["reference"]), data.get("finding")
        return cls(
            reference,
            Answer.from_json(data["answer"], reference.width, reference.height),
            data["accepted"],
            data["by"],
            None if finding is None else vocabulary().get(finding).name,
            data.get("image") or "",
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
