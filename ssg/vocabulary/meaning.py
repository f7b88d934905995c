"""What a mention is taken for: words with several meanings are decided by the modality, by an organ named beside them,
or by ``ambiguous.toml``; else they stay open."""

from __future__ import annotations

import functools
from collections.abc import Sequence, Set
from dataclasses import dataclass

from ssg.vocabulary.ambiguity import Ambiguity
from ssg.vocabulary.catalogue import vocabulary
from ssg.vocabulary.forms import key
from ssg.vocabulary.phrases import Mention


@dataclass(frozen=True, slots=True)
class Meaning:
    """A finding, or None where the words stay open; ``others`` are what else they may mean."""

    finding: str | None
    others: tuple[str, ...] = ()


def meanings(mentions: Sequence[Mention], modalities: Set[str]) -> list[Meaning]:
    """The meaning of each mention of a sentence, on an image of one of these modalities; without any, all are open."""
    places = tuple(mention.form.finding for mention in mentions if mention.is_place)
    return [
        Meaning(mention.form.finding)
        if mention.form.ambiguity is None
        else _decided(mention.form.ambiguity, modalities, places)
        for mention in mentions
    ]


def _decided(ambiguity: Ambiguity, modalities: Set[str], places: tuple[str, ...]) -> Meaning:
    left = ambiguity.candidates
    if modalities:
        on_it = tuple(name for name in left if not modalities.isdisjoint(vocabulary().get(name).modalities))
        left = tuple(name for name in left if name in on_it or name in ambiguity.always) if on_it else left
    if places and all(vocabulary().get(name).kind == "finding" for name in left) and not ambiguity.describes:
        left = tuple(name for name in left if any(_lies_in(name, place) for place in places)) or left
    if len(left) == 1 and len(ambiguity.candidates) > 1:
        return Meaning(left[0])
    if ambiguity.read_as in left:
        return Meaning(ambiguity.read_as, tuple(name for name in left if name != ambiguity.read_as))
    return Meaning(None, left)


@functools.lru_cache(maxsize=1024)
def _lies_in(finding: str, place: str) -> bool:
    """Whether a finding is one of this structure, or of what that is part of, by what it is called."""
    words = {word for form in vocabulary().get(finding).written_forms for word in key(form)}
    return any(set(key(name)) <= words for name in (place, *vocabulary().ancestors(place)))


def is_explained(ambiguity: Ambiguity, clear: Sequence[str]) -> bool:
    """Whether the findings beside open words already say what they mean: "a shadow, likely a nodule"."""
    return bool(clear) and (
        ambiguity.describes or any(_are_kin(name, candidate) for name in clear for candidate in ambiguity.candidates)
    )


def _are_kin(name: str, other: str) -> bool:
    words = vocabulary()
    return words.is_a(name, other) or words.is_a(other, name) or words.get(name).group == words.get(other).group
