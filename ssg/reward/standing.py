"""Says in a sentence what an answer is worth as a whole, and where it stands among radiologists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ssg.reward.agreement import Place
from ssg.reward.answers import Answer
from ssg.reward.breakdown import Extra, Match, Missed
from ssg.reward.truth import Truth

AMONG_FEW, AMONG_HALF = 10, 50
"""Per cent of the pairs of radiologists that are further apart, below which an answer is said to lie apart."""


def place(percentile: float | None, places: Mapping[str, Place]) -> str:
    """Where the spatial scores of the present findings lie among pairs of radiologists, and by which curve."""
    if percentile is None:
        return "Nothing is there, so nothing has a place among radiologists."
    percent = round(percentile)
    if percent == 0:
        words = "Radiologists are closer to one another than this to the reader"
    elif percent == 100:
        words = "As close to the reader as any two radiologists are to one another"
    else:
        words = f"Closer to the reader than {percent}% of radiologists are to one another"
    average = " on average over the findings" if len(places) > 1 else ""
    return f"{words}{average} ({'; '.join(_curve(finding, one) for finding, one in places.items())})."


def _curve(finding: str, place: Place) -> str:
    curve = place.curve
    if curve.finding == finding:
        return f"{finding}, {curve.pairs:,} pairs of chest radiographs"
    if curve.finding is None:
        return f"too few pairs for {finding}: by all {curve.pairs:,} pairs of chest radiographs"
    return f"too few pairs for {finding}: by the {curve.pairs:,} of {curve.finding}"


def overall(
    total: float, gate: float, percentile: float | None, answer: Answer, truth: Truth, wrong: Sequence[str] = ()
) -> str:
    """One sentence on the total; ``wrong`` are clauses on what is wrong beside the place."""
    if not truth.present and not answer.regions:
        return "Nothing is there, and you marked nothing."
    if not truth.present and total == 1:
        return "Nothing of what was asked is there, and you marked nothing of it."
    if not truth.present:
        return "Nothing of what was asked is there; each finding that you marked all the same costs its share."
    if gate < 0.05:
        return "The place was not found, so the other components do not count."
    if gate < 0.995:
        return f"The place is only partly right, so the other components count {gate:.0%}."
    if total == 1:
        return "Place and name agree fully."
    if wrong:
        return f"The place is found, so every component counts in full; but {' and '.join(wrong)}."
    return f"The place is found, so every component counts in full; {_standing(percentile or 0)}."


def wrong_beside_the_place(
    matches: Sequence[Match], lost: Sequence[Missed], extra: Sequence[Extra], answer: Answer, truth: Truth
) -> list[str]:
    """What an answer that found a place gets wrong all the same, as clauses, the worst first."""
    denied = [name for name in truth.present if name in answer.absent]
    clauses = [
        (bool(denied), "something that is there is denied"),
        (bool(lost), "something is missed"),
        (any(match.label_match < 1 for match in matches if match.iou > 0), "a name or a side is wrong"),
        (bool(extra), "something is marked that no reader marks"),
    ]
    return [words for there, words in clauses if there]


def _standing(percentile: float) -> str:
    """How a place among radiologists is to be taken."""
    if percentile < AMONG_FEW:
        return "but radiologists are nearly always closer to one another"
    if percentile < AMONG_HALF:
        return "most radiologists are closer to one another"
    return "it is as close as radiologists are to one another"
