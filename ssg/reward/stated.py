"""Findings that are stated and not drawn: judged by name and side alone, beside the boxes and never through them.

A diffuse finding has no one place, so that a box of it would be an invention. Who states one is asked two things: is it
there, and on which side? The judgement of the boxes is that of all other findings, as if they alone had been asked; the
statements are then put beside it (docs/reward.md, "What is stated"):

    total = mean over the present findings, drawn or stated × (1 − ½ · share of the absent findings that were claimed)

and 1 − that share where nothing is there, as over several findings of boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssg.errors import InvalidAnswer
from ssg.reward.answers import Answer, Reference, Region, said
from ssg.reward.breakdown import Breakdown, StatedScore
from ssg.reward.truth import Truth, truths
from ssg.vocabulary import Presence, Side, vocabulary
from ssg.vocabulary.catalogue import side_fit

MOST_STATED = 100
"""An answer that states more is refused: no case asks as many findings."""

SAYABLE = (Presence.PRESENT, Presence.UNCERTAIN)
"""What is stated of a finding; what is stated to be absent stands in the answer's ``absent``."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A finding that somebody states without a box: there, or not sure. ``confidence`` lies in [0, 1]."""

    finding: str
    presence: Presence = Presence.PRESENT
    side: Side | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        if self.presence not in SAYABLE:
            raise InvalidAnswer(f"{self.finding} is stated to be there or uncertain; absent ones stand in “absent”.")
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise InvalidAnswer(f"confidence must lie between 0 and 1, got {self.confidence!r}.")

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        row: dict[str, Any] = {"finding": self.finding, "presence": self.presence.value}
        if self.side is not None:
            row["side"] = self.side.value
        if self.confidence is not None:
            row["confidence"] = self.confidence
        return row

    @classmethod
    def of_answer(cls, answer: Mapping[str, Any]) -> tuple[Stated, ...]:
        """What an answer as JSON states, as :meth:`to_json` wrote it; most answers state nothing."""
        return tuple(
            cls(row["finding"], Presence(row["presence"]), _side(row.get("side")), row.get("confidence"))
            for row in answer.get("stated", ())
        )


def _side(value: str | None) -> Side | None:
    return None if value is None else Side(value)


def counted(stated: Iterable[Stated], answer: Answer) -> tuple[Stated, ...]:
    """The statements that count: of what is drawn the box speaks, and each finding is stated once.

    Raises InvalidAnswer where one is also denied, or there are more than MOST_STATED.
    """
    drawn = {region.finding for region in answer.regions}
    rows = {one.finding: one for one in stated if one.finding not in drawn}
    if len(rows) > MOST_STATED:
        raise InvalidAnswer(f"{len(rows):,} findings stated; at most {MOST_STATED} are judged.")
    for finding in rows:
        if finding in answer.absent:
            raise InvalidAnswer(f"You stated {finding} to be there and to be absent: keep one of the two.")
    return tuple(rows.values())


def question_of_boxes(question: Sequence[str] | None, stated: Iterable[Stated]) -> tuple[str, ...] | None:
    """What the boxes are asked: everything but the findings that are stated to be there."""
    there = {one.finding for one in stated if one.presence is Presence.PRESENT}
    return None if question is None else tuple(name for name in question if name not in there)


def with_stated(boxes: Breakdown, reference: Reference, stated: Sequence[Stated]) -> Breakdown:
    """The judgement of the boxes with that of the statements; ``reference`` has the whole question.

    Without statements it is the judgement of the boxes, to the last bit. A statement on which no reader has an opinion
    is not judged and counts nowhere.
    """
    if not stated:
        return boxes
    known = truths(reference)
    whole = known[-1] if known else Truth(None, None, {}, ())  # the last one is that of all readers together
    rows = tuple(_judged(one, whole) for one in stated)
    said_there = [one for one in rows if one.presence is Presence.PRESENT and one.score is not None]
    total = _total(boxes.total, [(one, _is_there(one.finding, whole)) for one in said_there], whole)
    return replace(boxes, total=total, stated=rows, note=_note(boxes, rows, whole))


def _total(boxes: float | None, said_there: Sequence[tuple[StatedScore, bool]], whole: Truth) -> float | None:
    right = [one.score or 0.0 for one, there in said_there if there]
    wrong = [one for one, there in said_there if not there]
    stated = {one.finding for one, _ in said_there}
    drawn = [name for name in whole.present if not any(vocabulary().asks_about(one, name) for one in stated)]
    absent = len(whole.absent)
    if not said_there:
        return boxes
    # where boxes had nothing to find, their total says what share of the absent findings they left alone
    claimed = float(len(wrong))
    if not drawn and boxes is not None:
        claimed += (1 - boxes) * (absent - len(wrong))
    share = claimed / absent if absent else 0.0
    there = len(drawn) + len(right)
    if not there:
        return 1 - share
    return (len(drawn) * (boxes or 0.0) + sum(right)) / there * (1 - share / 2)


def _is_there(finding: str, whole: Truth) -> bool:
    return any(vocabulary().asks_about(finding, name) for name in whole.present)


def _judged(one: Stated, whole: Truth) -> StatedScore:
    called, score = said(one.finding, one.side), None
    marked = {
        reading.reader: [*reading.regions]
        for name, readings in whole.present.items()
        if vocabulary().asks_about(one.finding, name)
        for reading in readings
    }
    excluded = any(vocabulary().is_a(one.finding, name) for name in whole.absent)
    if one.presence is Presence.UNCERTAIN:
        told = "mark it" if marked else "exclude it" if excluded else "say nothing of it"
        words = f"You were not sure about {one.finding}: the readers {told}."
    elif marked:
        sides = {reader: _side_of(regions) for reader, regions in marked.items()}
        score = max(side_fit(one.side, side) for side in sides.values())
        words = f"{called[:1].upper()}{called[1:]}: rightly stated to be there. Its place is not judged."
        if score < 1:
            read = next(side for side in sides.values() if side is not None)
            words = f"{one.finding[:1].upper()}{one.finding[1:]} is there, but not as {called}: "
            words += f"the readers call it {said(one.finding, read)}."
    elif excluded:
        score, words = 0.0, f"False alarm: you stated {called}, and the readers exclude it."
    else:
        words = f"No reader says anything about {one.finding}, so that it is stated is not judged."
    return StatedScore(one.finding, one.presence, one.side, one.confidence, score, words)


def _side_of(regions: Sequence[Region]) -> Side | None:
    """The side on which a reader's regions lie together."""
    sides = {region.side for region in regions}
    if len(sides) > 1 and None not in sides:
        return Side.BILATERAL
    return sides.pop() if len(sides) == 1 else None


def _note(boxes: Breakdown, rows: Sequence[StatedScore], whole: Truth) -> str:
    """The sentence on the whole, where that of the boxes alone would say too much or too little."""
    there = [one for one in rows if one.score is not None]
    if not there:
        return boxes.note
    right = [one for one in there if one.score]
    alarms = len(there) - len(right)
    listed = ", ".join(said(one.finding, one.side) for one in right)
    told = f"What you stated without a box is judged by name and side alone: {listed}." if right else ""
    if alarms:
        costs = "A finding that you stated is excluded by the readers and costs its share."
        told = f"{told} {costs}".strip() if alarms == 1 else f"{told} {alarms} findings that you stated are excluded "
        told += "" if alarms == 1 else "by the readers and cost their share."
    if boxes.total is None or not (boxes.matches or boxes.missed or boxes.extra):
        return told.strip()
    return f"{boxes.note} {told.strip()}"
