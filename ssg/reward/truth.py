"""What the readers' opinions allow as true.

Readers are kept apart. An answer may agree with any one of them as a whole, or finding by finding with whichever
reader it is nearest to; each of these possibilities is a :class:`Truth`, the answer is judged against all of them, and
the best one counts. So a reader's own answer is always right, and nobody is compared with a box that nobody drew.
A reader who marks nothing and is silent about what another one marks is no truth alone: silence excludes nothing, and
whoever answers nothing would agree with it.

A finding that is neither marked nor excluded is unknown and is in no truth.
"""

from __future__ import annotations

from dataclasses import dataclass

from ssg.reward.answers import ReaderAnswer, Reference, Region, unique
from ssg.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's regions of one finding, with their indices among that reader's regions."""

    reader: str
    regions: tuple[Region, ...]
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """One possible truth: for each present finding the readings that may be matched, and the absent findings.

    ``reader`` is the number of the reader whose alone it is, and ``name`` that reader's; None where it is of several.
    """

    reader: int | None
    name: str | None
    present: dict[str, tuple[Reading, ...]]
    absent: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether anything can be judged against it."""
        return bool(self.present or self.absent)


def truths(reference: Reference) -> tuple[Truth, ...]:
    """Every truth that the reference allows, restricted to its question; empty where it says nothing."""
    question = asked_about(reference)
    alone = [_of_readers((reader,), number, question) for number, reader in enumerate(reference.readers)]
    if len(alone) > 1:
        together = _of_readers(reference.readers, None, question)
        heard = [truth for truth in alone if truth.present or set(together.present) <= set(truth.absent)]
        alone = [*heard, together]
    return tuple(truth for truth in alone if truth.known)


def _of_readers(readers: tuple[ReaderAnswer, ...], number: int | None, question: tuple[str, ...] | None) -> Truth:
    readings: dict[str, list[Reading]] = {}
    for reader in readers:
        for finding, indices in _indices(reader).items():
            if _asked(finding, question):
                regions = tuple(reader.regions[index] for index in indices)
                readings.setdefault(finding, []).append(Reading(reader.id, regions, tuple(indices)))
    marked = {region.finding for reader in readers for region in reader.regions}
    excluded = unique(finding for reader in readers for finding in reader.absent)
    # what one reader excludes and another marks, or a special kind of it, is there
    contradicted = {finding for finding in excluded if any(vocabulary().is_a(name, finding) for name in marked)}
    absent = tuple(finding for finding in excluded if finding not in contradicted and _asked(finding, question))
    name = None if number is None else readers[0].id
    # in an order of their own, so that it does not matter who is listed first where two fit equally well
    present = {
        finding: tuple(sorted(found, key=_as_text) if len(found) > 1 else found) for finding, found in readings.items()
    }
    return Truth(number, name, present, absent)


def _as_text(reading: Reading) -> tuple[int, str]:
    return len(reading.regions), " ".join(sorted(str(region) for region in reading.regions))


def asked_about(reference: Reference) -> tuple[str, ...] | None:
    """What is asked: without a question everything but the structures, which findings are only held against.

    A reference that knows nothing but structures asks about them.
    """
    if reference.question is not None:
        return reference.question
    named = unique(
        name for one in reference.readers for name in (*(region.finding for region in one.regions), *one.absent)
    )
    findings = tuple(name for name in named if vocabulary().get(name).kind != "anatomy")
    return findings or None


def _indices(reader: ReaderAnswer) -> dict[str, list[int]]:
    """Where each finding stands among a reader's regions."""
    found: dict[str, list[int]] = {}
    for index, region in enumerate(reader.regions):
        found.setdefault(region.finding, []).append(index)
    return found


def _asked(finding: str, question: tuple[str, ...] | None) -> bool:
    """Whether a finding, or something more general that it is, was asked about."""
    return question is None or any(vocabulary().asks_about(asked, finding) for asked in question)
