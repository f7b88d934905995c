"""What a policy is asked where it was not trained on a finding: the kinds of it, or what it is a kind of.

A kind that is seen shows that the general finding is there; it is not there only if no kind is, of enough of them. What
is not there at all is not there as a special kind either; what is there may be another kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ssg.grounding.chain import Key
from ssg.grounding.manifest import Manifest
from ssg.grounding.types import FindingAnswer
from ssg.reward.answers import Region
from ssg.vocabulary import Side, vocabulary

MOST_KINDS = 8
"""Kinds of one general finding that are asked about, side by side on one image."""
COVERED = 0.5
"""Share of a finding's kinds from which on none of them being there means that it is not."""
NAMED = 3
"""Kinds that nobody looked for which a note names as examples."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``keys`` are asked in place of one finding; none where the policy knows no relative of it.

    ``general`` where they are kinds of the finding; ``covers`` then says whether they are enough to exclude it, and
    ``missing`` names kinds that are not among them.
    """

    keys: tuple[Key, ...] = ()
    general: bool = False
    covers: bool = True
    missing: tuple[str, ...] = ()


def asked_as(key: Key, manifest: Manifest, meant: Sequence[str] = ()) -> Asked:
    """A finding itself where the policy was trained on it, else the nearest that it is a kind of, else kinds of it.

    ``meant`` are the vocabulary's modalities of the image, where they are known: only what is looked for there counts.
    "On both sides" is asked as "anywhere": what is on one side only is to be seen as well.
    """
    finding, side = key[0], None if key[1] is Side.BILATERAL else key[1]
    if manifest.knows(finding):
        return Asked(((finding, side),))
    words = vocabulary()
    trained = dict.fromkeys((*manifest.findings, *manifest.structures))
    if above := [name for name in trained if words.is_a(finding, name)]:
        return Asked(((max(above, key=lambda name: len(words.ancestors(name))), side),))
    below = [name for name in trained if words.is_a(name, finding) and _is_looked_for(name, side, meant)]
    below.sort(key=lambda name: len(words.ancestors(name)))  # the most general first, should there be too many
    if not below:
        return Asked()
    kinds = below[:MOST_KINDS]
    missing = tuple(one for one in _direct(finding, side, meant) if not _is_covered(one, kinds, side, meant))
    # one kind alone is no overview: a broken rib is not all that may be broken
    covers = len(kinds) > 1 and _is_covered(finding, kinds, side, meant)
    return Asked(tuple((name, side) for name in kinds), True, covers, missing)


def answered(key: Key, asked: Asked, found: Mapping[Key, FindingAnswer]) -> FindingAnswer:
    """The answer about what was asked by a person, from the answers about what the policy was asked instead."""
    answers = [found[one] for one in asked.keys]
    if not answers:
        note = f"The policy was not trained on {key[0]}, so it cannot say whether it is there."
        return FindingAnswer(*key, None, note=note)
    return _of_kinds(key, asked, answers) if asked.general else _renamed(answers[0], key)


def _of_kinds(key: Key, asked: Asked, answers: Sequence[FindingAnswer]) -> FindingAnswer:
    """One answer about a general finding; its regions keep the names of the kinds that they are.

    It is there as surely as the surest kind is, and not there at most as surely as the least sure one is not.
    """
    looked = f"Looked for: {', '.join(answer.finding for answer in answers)}"
    if seen := sorted((answer for answer in answers if answer.present), key=_sureness, reverse=True):
        regions = tuple(region for answer in seen for region in answer.regions)
        note = f"{looked}. Seen: {', '.join(answer.finding for answer in seen)}."
        note = " ".join(filter(None, (note, _one_side(key, regions))))
        return FindingAnswer(*key, True, regions, seen[0].chain, seen[0].confidence, note)
    if unread := [answer.finding for answer in answers if answer.present is None]:
        note = f"{looked}. None was seen, but what the policy wrote about {', '.join(unread)} could not be read."
        return FindingAnswer(*key, None, note=note)
    if not asked.covers:
        others = f", such as {', '.join(asked.missing[:NAMED])}" if asked.missing else ""
        note = f"{looked}. None was seen, but {key[0]} may be something else that was not looked for{others}."
        return FindingAnswer(*key, None, note=note)
    sure = min(map(_sureness, answers))
    return FindingAnswer(*key, False, (), answers[0].chain, sure, f"{looked}. None was seen.")


def _renamed(answer: FindingAnswer, key: Key) -> FindingAnswer:
    """An answer under the name and side that were asked about, with a note on how they differ.

    A structure is shown as the larger one that it is part of. A finding that is a kind of what was seen may be there or
    not: the regions keep the name of what was seen.
    """
    if (answer.finding, answer.side) == key:
        return answer
    present, regions, notes = answer.present, answer.regions, []
    if answer.finding != key[0]:
        notes.append(f"Looked for: {answer.finding}, the nearest finding that the policy was trained on.")
        if vocabulary().get(key[0]).kind == "anatomy":
            regions = tuple(replace(region, finding=key[0]) for region in regions)
        elif present:
            present = None
            notes.append(f"It was seen; whether it is {key[0]}, the policy cannot say.")
    notes += [answer.note, _one_side(key, regions)]
    return FindingAnswer(*key, present, regions, answer.chain, answer.confidence, " ".join(filter(None, notes)))


def _one_side(key: Key, regions: Sequence[Region]) -> str:
    """What is said where both sides were asked about and one was found."""
    sides = {region.side for region in regions}
    if key[1] is Side.BILATERAL and len(sides) == 1 and sides <= {Side.LEFT, Side.RIGHT}:
        return f"Seen on the {sides.pop()} only."
    return ""


def _sureness(answer: FindingAnswer) -> float:
    return answer.confidence or 0.0


def _direct(finding: str, side: Side | None, meant: Sequence[str]) -> list[str]:
    """The immediate kinds of a finding that are looked for."""
    return [one.name for one in vocabulary() if finding in one.parents and _is_looked_for(one.name, side, meant)]


def _is_covered(finding: str, kinds: Sequence[str], side: Side | None, meant: Sequence[str]) -> bool:
    """Whether a finding is among those asked about, or enough of its immediate kinds are."""
    if finding in kinds:
        return True
    direct = _direct(finding, side, meant)
    return bool(direct) and sum(_is_covered(one, kinds, side, meant) for one in direct) >= COVERED * len(direct)


def _is_looked_for(finding: str, side: Side | None, meant: Sequence[str]) -> bool:
    """Whether a finding can be on such an image, and on a side where one was named."""
    one = vocabulary().get(finding)
    on_a_side = side not in (Side.LEFT, Side.RIGHT) or one.has_sides
    return on_a_side and (not meant or bool(set(meant) & set(one.modalities)))
