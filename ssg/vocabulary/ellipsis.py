"""What the parts of a sentence mean that leave out their finding (elided.py): statements of their own.

They speak of the nearest finding before them that can have a side, with all that is coordinated with it, and a sentence
that is nothing else speaks of the one before it. What they say of a finding that was merely named is all that is
said of it: "effusion, not left" tells of no effusion, "small effusion, not left" of one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ssg.vocabulary.catalogue import vocabulary
from ssg.vocabulary.elided import Part, words_in
from ssg.vocabulary.forms import Token
from ssg.vocabulary.lexicon import COORDINATORS, lexicon
from ssg.vocabulary.sentences import Sentence
from ssg.vocabulary.types import Presence, Side, Statement

_NAMING = frozenset((":", "there", ".", "(", ")", "but"))
_PAUSES = frozenset((",", ":", "(", ")"))
_TURNED = {Presence.PRESENT: Presence.ABSENT, Presence.ABSENT: Presence.PRESENT}
_OTHER = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence says; ``turned`` are the spans of phrases that name a finding by its absence ("clear lungs")."""

    sentence: Sentence
    statements: Sequence[Statement] = ()
    turned: Collection[tuple[int, int]] = ()


def completed(told: Told, left_out: Sequence[Part], here: bool) -> list[Statement] | None:
    """All that a sentence says, its parts without a finding included, in order of mention.

    ``here`` tells that ``told`` is the rest of their sentence, and not the sentence before. None where one of the parts
    has no finding that it may speak of.
    """
    found: dict[Statement, list[Statement]] = {statement: [statement] for statement in told.statements}
    for part in left_out:
        meant = list(_meant(part, told))
        if not meant:
            return None
        for statement in meant:
            found[statement] = _with_part(found[statement], statement, part, told, here)
    return sorted((one for group in found.values() for one in group), key=lambda one: one.span)


def _with_part(group: list[Statement], statement: Statement, part: Part, told: Told, here: bool) -> list[Statement]:
    """What is said of one finding so far, and what a part adds to it or puts right."""
    if part.presence is None:
        return group
    presence = statement.presence if part.presence is Presence.UNKNOWN else part.presence
    if part.reverses and statement.presence is Presence.ABSENT and words_in("gone").intersection(told.sentence.words):
        presence = Presence.PRESENT
    if statement.span in told.turned:
        presence = _TURNED.get(presence, presence)
    side = _OTHER.get(statement.side) if part.side is None and statement.side is not None else part.side
    if side is None:
        return group
    said = dataclasses.replace(statement, side=side, presence=presence, span=part.span)
    if group[:1] != [statement]:
        return [*group, said]
    if part.answers or _is_whole(told.sentence, statement, part, here):
        return [dataclasses.replace(said, span=statement.span)]
    if statement.presence is presence:
        return [_spread(statement, side)]
    remains = presence is Presence.PRESENT or part.ends
    if remains and statement.side in (None, Side.BILATERAL) and side in _OTHER:
        return [dataclasses.replace(statement, side=_OTHER[side]), said]
    if statement.side in (side, Side.BILATERAL):
        return group  # only another place of the same side: "bilateral opacities sparing the right apex"
    return [statement, said]


def _spread(statement: Statement, side: Side) -> Statement:
    """A statement of one side that is said of another one too; a denial without a side was said of both."""
    if statement.side is None and statement.presence is Presence.ABSENT:
        return statement
    return dataclasses.replace(statement, side=side if statement.side in (None, side) else Side.BILATERAL)


def _meant(part: Part, told: Told) -> Iterator[Statement]:
    """The statements about the findings that a part speaks of."""
    sided = [one for one in told.statements if _may_have_side(one)]
    before = [one for one in sided if one.span[0] < part.span[0]]
    after = [one for one in sided if one.span[0] > part.span[0]] if part.ahead or part.within else []
    if part.within or not before:
        yield from after[:1]
        return
    last = before.pop()
    yield last
    for earlier in reversed(before):
        alike = (earlier.side, earlier.presence) == (last.side, last.presence)
        if not alike or not _are_listed(told.sentence, earlier, last):
            return
        yield earlier
        last = earlier


def _may_have_side(statement: Statement) -> bool:
    finding = vocabulary().get(statement.finding)
    return finding.has_sides and finding.kind != "anatomy"


def _are_listed(sentence: Sentence, first: Statement, second: Statement) -> bool:
    """Whether nothing but a list's joints stand between two findings: "effusion and a small pneumothorax"."""
    tools = lexicon()
    between = [token.text for token in sentence.tokens if first.span[1] <= token.start < second.span[0]]
    return all(word in COORDINATORS or word in tools.skipped - tools.cues for word in between)


def _is_whole(sentence: Sentence, statement: Statement, part: Part, here: bool) -> bool:
    """Whether a part is all that is said of a finding: the finding is only named, or the part is its predicate."""
    if statement.side is not None or statement.presence is not Presence.PRESENT:
        return False
    if here and not part.joined and part.span[0] > statement.span[0]:
        return True
    if not set(part.joined.split()) <= _PAUSES:
        return False
    tools = lexicon()
    return all(
        token.text in _NAMING or token.text in tools.determiners or token.text in tools.verbs
        for token in _beside(sentence, statement, part)
    )


def _beside(sentence: Sentence, statement: Statement, part: Part) -> list[Token]:
    """The words around a finding in its member of a list, up to the part."""
    first, last = statement.span
    outside = [token for token in sentence.tokens if token.end <= first or last <= token.start < part.span[0]]
    joints = [token.end for token in outside if token.text in COORDINATORS and token.end <= first]
    start = max(joints, default=0)
    return [token for token in outside if token.start >= start and token.text not in COORDINATORS]
