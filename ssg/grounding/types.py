"""What a grounding is: the answer to typed words on one image."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ssg.boxes import Box
from ssg.grounding.policy import PolicyInfo
from ssg.reward.answers import Region, said
from ssg.vocabulary import Side


class Status(StrEnum):
    """Found something; looked and found nothing; or could not read the words or the policy's answer."""

    FOUND = "found"
    NOTHING_FOUND = "nothing_found"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Step:
    """One box of the chain: what was looked at, where."""

    label: str
    box: Box

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"label": self.label, "box": self.box.rounded()}


@dataclass(frozen=True, slots=True)
class FindingAnswer:
    """The answer for one finding asked about.

    ``present`` is None where the policy cannot say (it was not trained on the finding, or wrote no readable answer);
    ``note`` then says why. ``confidence`` is the probability of what is said of presence. ``regions`` may be of other
    findings, each named as what it is: kinds of a general one, or what a special one is a kind of; of the latter is
    ``confidence`` then, and ``present`` is None.
    """

    finding: str
    side: Side | None
    present: bool | None
    regions: tuple[Region, ...] = ()
    chain: tuple[Step, ...] = ()
    confidence: float | None = None
    note: str = ""

    @property
    def called(self) -> str:
        """The finding with its side, as one says it."""
        return said(self.finding, self.side)

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON, boxes rounded to a tenth of a pixel."""
        row: dict[str, Any] = {
            "finding": self.finding,
            "side": self.side.value if self.side else None,
            "present": self.present,
            "confidence": None if self.confidence is None else round(self.confidence, 3),
            "regions": [
                {
                    **({"finding": region.finding} if region.finding != self.finding else {}),
                    "box": region.box.rounded(),
                    "side": region.side.value if region.side else None,
                    "confidence": round(region.confidence or 0.0, 3),
                }
                for region in self.regions
            ],
        }
        if self.note:
            row["note"] = self.note
        return row


@dataclass(frozen=True, slots=True)
class Alternative:
    """Words that were taken for one finding and may also mean others."""

    text: str
    finding: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grounding:
    """The answer to one text on one image.

    ``unclear`` are the words that were not understood, with candidates; ``alternatives`` those that were, with the
    finding that they were taken for and what else they may mean.
    """

    text: str
    status: Status
    findings: tuple[FindingAnswer, ...] = ()
    chain: tuple[Step, ...] = ()
    unclear: tuple[tuple[str, tuple[str, ...]], ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    message: str = ""
    image_size: tuple[int, int] = (0, 0)
    policy: PolicyInfo | None = None
    timing_ms: dict[str, float] = field(default_factory=dict)
    adapter: str = ""

    @property
    def regions(self) -> tuple[Region, ...]:
        """All regions of all findings."""
        return tuple(region for finding in self.findings for region in finding.regions)

    def to_json(self) -> dict[str, Any]:
        """The form that ``python -m ssg ground --json`` prints."""
        return {
            "text": self.text,
            "status": self.status.value,
            "image": {"width": self.image_size[0], "height": self.image_size[1]},
            "findings": [finding.to_json() for finding in self.findings],
            "chain": [step.to_json() for step in self.chain],
            "unclear": [{"text": text, "candidates": list(names)} for text, names in self.unclear],
            "alternatives": [
                {"text": one.text, "finding": one.finding, "others": list(one.others)} for one in self.alternatives
            ],
            "message": self.message,
            "policy": self.policy.to_json() if self.policy else None,
            "adapter": self.adapter or None,
            "timing_ms": {key: round(value, 1) for key, value in self.timing_ms.items()},
        }
