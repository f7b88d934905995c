"""Findings as data, and free text read as statements about them. Knows nothing of boxes, images or models.

types.py        Finding, Side, Presence, Statement, Reading
findings.toml   every finding, structure and device, one entry each
forms.py        written forms made comparable: case, accents, plurals, spelling
catalogue.py    Vocabulary: look up by any written form, is-a, label match, candidates
words.toml      the words around the findings: sides, denials, doubts
ambiguous.toml  words that mean more than one finding
reading.py      free text -> Reading (statements, and what was unclear)
"""

from ssg.vocabulary.catalogue import Vocabulary, listing, vocabulary
from ssg.vocabulary.types import Finding, Presence, Reading, Side, Statement, Unclear, Urgency

__all__ = [
    "Finding",
    "Presence",
    "Reading",
    "Side",
    "Statement",
    "Unclear",
    "Urgency",
    "Vocabulary",
    "listing",
    "read",
    "vocabulary",
]


def read(text: str, modality: str | None = None) -> Reading:
    """Read free text; see :func:`ssg.vocabulary.reading.read`."""
    from ssg.vocabulary.reading import read as read_text

    return read_text(text, modality)
