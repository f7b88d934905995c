"""Whether a sentence says that a mention is there, is not there, may be there, or was there once.

Cues (cues.py) reach forward over a list (scope_before.py) or back to what stands before them (scope_after.py). What
stands within a phrase ("the heart is *not* enlarged") was found with it (phrases.py) and goes before either.
"""

from __future__ import annotations

from collections.abc import Sequence

from ssg.vocabulary.cues import ALTERNATIVES, CuedSentence, Said
from ssg.vocabulary.gaps import Words
from ssg.vocabulary.lexicon import lexicon
from ssg.vocabulary.phrases import Mention
from ssg.vocabulary.scope_after import said_after
from ssg.vocabulary.scope_before import said_before


def presences(text: Words, mentions: Sequence[Mention]) -> list[Said | None]:
    """What is said of each mention of a sentence; None where it is merely named."""
    sentence = CuedSentence(text, mentions)
    said = said_before(sentence)
    for number, behind in said_after(sentence, said).items():
        said[number] = behind
    for number, mention in enumerate(mentions):
        if mention.denied:
            said[number] = Said.DENIED
        elif mention.doubted and said[number] is not Said.DENIED:
            said[number] = Said.DOUBTED
        elif said[number] is None:
            said[number] = _as_alternative(sentence, number, said)
    return said


def _as_alternative(sentence: CuedSentence, number: int, said: Sequence[Said | None]) -> Said | None:
    """What is said within the phrase before an "or" is said of both: "the heart is not enlarged or displaced"."""
    mention = sentence.mentions[number]
    for before in range(number - 1, -1, -1):
        other = sentence.mentions[before]
        if (other.denied or other.doubted) and other.last < mention.first:
            between = range(other.last + 1, mention.first)
            joined = sentence.has(between, ALTERNATIVES) and not sentence.has(between, lexicon().verbs)
            return said[before] if joined else None
    return None
