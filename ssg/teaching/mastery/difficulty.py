"""How hard a case is before enough learners have tried it: by its severity, its size, and how far readers agree.

The scale is that of the Rasch model, in logits: a learner of ability a solves a case of difficulty d at first sight
with a probability of 1 / (1 + exp(d - a)), where 0 is the middling learner. Each difficulty has its standard deviation;
:mod:`ssg.teaching.mastery.calibration` joins to it what attempts say, on the same scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean

from ssg.casebook import Case
from ssg.casebook.agreement import pairs
from ssg.casebook.lesions import lesions_of
from ssg.reward import Region
from ssg.vocabulary import vocabulary

OF_LEVEL = 0.75
"""Logits for each step of a case's level, 1 (plain) to 5 (easily missed); level 3 is 0.

Synthetic cases have their phantom's severity there (1 + 4 × (1 - severity)), others what their author thinks. A case
of level 1 is then solved by 82 % of middling learners, one of level 5 by 18 %.
"""

OF_HALVING = 0.15
"""Logits for each halving of the area of the smallest lesion."""

MIDDLING_SHARE = 0.02
"""Share of the picture's area at which size changes nothing."""

OF_DISAGREEMENT = 1.5
"""Logits from readers who agree fully to those who do not at all; they do so by MIDDLING_AGREEMENT on the whole."""

MIDDLING_AGREEMENT = 0.65

UNKNOWN_SD, AUTHOR_SD = 1.2, 0.8
"""Standard deviations of what is known by nothing but the level, and by size or agreement as well. No reader can say
beforehand what learners find hard to more than that."""

MOST = 4.0
"""Logits; nothing is called harder, or easier."""

EASIER_NORMAL = 0.5
"""Logits by which a case is easier in which nothing that is asked is there: who says nothing is right."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """``logits`` (0 the middle, higher is harder) and their standard deviation ``sd``.

    ``learners`` is of how many first attempts it was estimated, 0 where it is by the case itself alone.
    """

    logits: float
    sd: float
    learners: int = 0

    @property
    def level(self) -> int:
        """The same as a level of 1 to 5, for people."""
        return min(max(round(3 + self.logits / OF_LEVEL), 1), 5)


def by_case(case: Case) -> Difficulty:
    """The difficulty of a case by what is known of it."""
    logits = OF_LEVEL * (case.difficulty - 3)
    asked = [region for reader in case.readers for region in reader.regions if _is_asked(region.finding, case)]
    if not asked:
        return Difficulty(_clamped(logits - EASIER_NORMAL), AUTHOR_SD)
    known = False
    share = _smallest_share(case)
    if share is not None:
        # a plain level already says that it is large, so size counts as much as it is not told by that
        logits += OF_HALVING * math.log2(MIDDLING_SHARE / share)
        known = True
    agreed = _agreement(case)
    if agreed is not None:
        logits += OF_DISAGREEMENT * (MIDDLING_AGREEMENT - agreed)
        known = True
    return Difficulty(_clamped(logits), AUTHOR_SD if known else UNKNOWN_SD)


def _smallest_share(case: Case) -> float | None:
    """The area of the smallest lesion that is asked, by its largest box, as a share of its picture."""
    lesions = [lesion for reader in case.readers for lesion in lesions_of(reader)]
    shares = [max(_share(one, case) for one in lesion) for lesion in lesions if _is_asked(lesion[0].finding, case)]
    return max(min(shares), 1e-5) if shares else None


def _share(region: Region, case: Case) -> float:
    picture = case.pictures[region.picture]
    return region.box.area / (picture.width * picture.height)


def _agreement(case: Case) -> float | None:
    """Mean agreement of the readers on what is there: IoU where two mark it, 0 where one marks and one excludes it."""
    found = [pair.places if pair.places is not None else 0.0 for pair in pairs(case) if any(pair.present)]
    return fmean(found) if found else None


def _is_asked(finding: str, case: Case) -> bool:
    return any(vocabulary().asks_about(asked, finding) for asked in case.question)


def _clamped(logits: float) -> float:
    return min(max(logits, -MOST), MOST)
