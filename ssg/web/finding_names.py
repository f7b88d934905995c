"""The names that an instructor chooses of in lists: findings, those that are usual on such an image first."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ssg.grounding.image_kinds import IMAGE_KINDS, words_on
from ssg.vocabulary import Finding, vocabulary


def names_for(modality: str, body_part: str, kept: Iterable[str] = ()) -> list[str]:
    """Findings of images of these DICOM terms, then all others, each alphabetical; structures of the body are none.

    What is ``kept`` of other names stands at the end, so that what was chosen once can be shown.
    """
    kinds = words_on(IMAGE_KINDS, modality, body_part)
    found = [one for one in vocabulary() if one.kind != "anatomy"]
    names = [one.name for one in sorted(found, key=lambda one: (not _is_usual(one, kinds), one.name))]
    return names + sorted(set(kept) - set(names))


def _is_usual(finding: Finding, kinds: Collection[str]) -> bool:
    return any(kind in finding.modalities for kind in kinds)
