"""Findings as data, and free text read as statements about them. Knows nothing of boxes, images or models.

types.py        Finding, Side, Presence, Statement, Reading
findings.toml   every finding, structure and device, one entry each
forms.py        written forms made comparable: case, accents, plurals, spelling
catalogue.py    Vocabulary: look up by any written form, is-a, label match, candidates; labels of data sets
words.toml      the words around the findings: sides, denials, doubts
ambiguous.toml  words that mean more than one finding (ambiguity.py)

reading.py      free text -> Reading (statements, and what was unclear): start here, it names its steps
lexicon.py      classes of words, and phrases found by their first word
spelling.py     misspelled words, sides among them
sentences.py    sentences, questions, headings
written.py      the forms that are looked for; gaps.py: what may stand between their words; phrases.py: finds them
meaning.py      what an ambiguous mention is taken for
cues.py         "no", "possible", "history of"; scope_before.py, scope_after.py: how far they reach; presence.py
side_words.py   "left", "bibasal", "L > R"; sides.py: which mention each belongs to
elided.py       "none on the right", "small on the left"; ellipsis.py: what they say of a finding named elsewhere
"""

from collections.abc import Collection

from ssg.vocabulary.catalogue import Vocabulary, dataset_label, listing, vocabulary
from ssg.vocabulary.types import Finding, Presence, Reading, SentenceReading, Side, Statement, Unclear, Urgency

__all__ = [
    "Finding",
    "Presence",
    "Reading",
    "SentenceReading",
    "Side",
    "Statement",
    "Unclear",
    "Urgency",
    "Vocabulary",
    "by_sentence",
    "dataset_label",
    "listing",
    "read",
    "vocabulary",
]


def by_sentence(text: str, modality: str | Collection[str] | None = None) -> list[SentenceReading]:
    """Read free text sentence by sentence; see :func:`ssg.vocabulary.reading.by_sentence`."""
    from ssg.vocabulary.reading import by_sentence as read_sentences

    return read_sentences(text, modality)


def read(text: str, modality: str | Collection[str] | None = None) -> Reading:
    """Read free text; see :func:`ssg.vocabulary.reading.read`."""
    from ssg.vocabulary.reading import read as read_text

    return read_text(text, modality)
