"""Proposals of the policy on a case that is being built, and what an instructor makes of each.

A verdict is kept as it was given: the box that was proposed, the one that took its place, and what the readers had
marked until then. :func:`training_verdicts` turns it into the form that the reward's training reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.reward import Answer, ReaderAnswer, Reference, Region
from ssg.reward.verdicts import Verdict
from ssg.store import GivenVerdict
from ssg.teaching.marking_up import is_same, with_reader
from ssg.teaching.workshop import OpenedCase, Workshop
from ssg.vocabulary import vocabulary

MOST_ASKED = 60
"""Findings of one proposal; a policy that knows more is asked for the most urgent ones."""


class Kind(StrEnum):
    """What became of a proposed box."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A region that the policy proposes on a picture of a case; ``policy`` is its name, with its adapter."""

    region: Region
    policy: str


def to_ask(case: Case, modalities: Sequence[str], knows: Callable[[str], bool]) -> tuple[str, ...]:
    """The findings to propose: the case's questions, else what is usual on images of these ``modalities``.

    ``modalities`` are the vocabulary's ("chest x-ray"); ``knows`` says what the policy was trained on. Raises BadInput
    where nothing is left to ask.
    """
    asked = [name for name in case.question if knows(name)]
    if not asked and not case.question:
        usual = [one for one in vocabulary() if one.kind != "anatomy" and set(one.modalities) & set(modalities)]
        usual.sort(key=lambda one: -one.urgency)
        asked = [one.name for one in usual if knows(one.name)][:MOST_ASKED]
    if not asked:
        raise BadInput(
            "The policy was not trained on what is asked of this case: draw the boxes, or choose other questions."
            if case.question
            else "The policy knows no finding of images of this kind: draw the boxes, or choose questions it may know."
        )
    return tuple(asked)


def give_verdict(
    shop: Workshop,
    opened: OpenedCase,
    case: Case,
    proposal: Proposal,
    kind: Kind,
    by: str,
    reader: str = "",
    drawn: Sequence[Region] = (),
    corrected: Region | None = None,
) -> OpenedCase:
    """Keep a verdict; an accepted or corrected box becomes a region of ``reader``, beside what it has ``drawn``.

    ``corrected`` is the box in the proposal's place; it is among ``drawn`` or it is added. Raises Conflict where
    somebody else has saved since the case was ``opened``: then neither the region nor the verdict is kept.
    """
    if kind is Kind.CORRECTED and corrected is None:
        raise BadInput("A corrected proposal needs the box that takes its place.")
    row = _row(case, proposal, kind, corrected, reader)
    work = opened.work
    if kind is not Kind.REJECTED:
        # A reader's boxes have the confidence that the reader gave, never the policy's.
        own = corrected or replace(proposal.region, confidence=None)
        said = next((one for one in case.readers if one.id == reader), None)
        regions = drawn if any(is_same(one, own) for one in drawn) else (*drawn, own)
        fields = with_reader(case, reader, regions, said.absent if said else (), said.unknown if said else ())
        opened = shop.save(work.set_id, work.case_id, fields, work.revision, by)
    shop.store.record_verdict(work.set_id, work.case_id, row, by)
    return opened


def _row(case: Case, proposal: Proposal, kind: Kind, corrected: Region | None, reader: str) -> dict[str, Any]:
    """What is kept of a verdict; boxes are those of the one picture, which counts as the first."""
    picture = proposal.region.picture
    if corrected is not None and corrected.picture != picture:
        raise BadInput("The corrected box lies on another picture than the one that was proposed.")
    image = case.pictures[picture]
    here = [
        ReaderAnswer(tuple(_here(one) for one in each.regions if one.picture == picture), each.absent, each.id)
        for each in case.readers
    ]
    return {
        "kind": kind.value,
        "proposed": _here(proposal.region).to_json(),
        "corrected": None if corrected is None else _here(corrected).to_json(),
        "reference": Reference(image.width, image.height, tuple(here), None, image.spacing_mm).to_json(),
        "reader": reader,
        "picture": picture,
        "image": image.sha256[:32],
        "policy": proposal.policy,
    }


def _here(region: Region) -> Region:
    return replace(region, picture=0, lesion="", phrase="")


def training_verdicts(given: GivenVerdict) -> Iterator[Verdict]:
    """A kept verdict as the reward learns from it: one row, or two of a corrected box (the old one, the new one).

    A box is held against the readers who had marked the finding before; where nobody had, against the instructor's own.
    """
    row: Mapping[str, Any] = given.verdict
    reference = Reference.from_json(row["reference"])
    size = reference.width, reference.height
    proposed, corrected = (_region(row.get(name), *size) for name in ("proposed", "corrected"))
    if proposed is None:
        return
    kind = Kind(row["kind"])
    own = {Kind.ACCEPTED: proposed, Kind.CORRECTED: corrected, Kind.REJECTED: None}[kind]
    truth = _with(reference, own, row.get("reader") or given.made_by)
    marked = any(vocabulary().is_a(one.finding, proposed.finding) for each in reference.readers for one in each.regions)
    image = str(row.get("image", ""))

    def verdict(region: Region, accepted: bool, against: Reference) -> Verdict:
        return Verdict(against, Answer((region,)), accepted, given.made_by, region.finding, image)

    if kind is Kind.ACCEPTED:
        yield verdict(proposed, True, reference if marked else truth)
    elif kind is Kind.REJECTED:
        yield verdict(proposed, False, reference)
    elif corrected is not None:
        yield verdict(proposed, False, truth)
        yield verdict(corrected, True, reference if marked else truth)


def _region(data: Any, width: float, height: float) -> Region | None:
    return None if data is None else Answer.from_json({"regions": [data]}, width, height).regions[0]


def _with(reference: Reference, own: Region | None, reader: str) -> Reference:
    """The reference with a reader's own region added."""
    if own is None:
        return reference
    before = next((one for one in reference.readers if one.id == reader), ReaderAnswer((), (), reader))
    absent = tuple(name for name in before.absent if not vocabulary().is_a(own.finding, name))
    now = ReaderAnswer((*before.regions, own), absent, reader)
    return replace(reference, readers=(*(one for one in reference.readers if one.id != reader), now))
