"""When to meet a finding again: an FSRS card for each, made again from the outcomes.

FSRS is the spaced-repetition scheduler of Ye et al. (Ye, Su & Cao 2022, "A stochastic shortest path algorithm for
optimizing spaced repetition scheduling", KDD), as the library ``fsrs`` has it. Nothing is random, every time is handed
in, and intervals are whole days but for what was just failed, which is due again after ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fsrs import Card, Rating, Scheduler

from ssg.teaching.mastery.outcomes import Outcome
from ssg.teaching.mastery.times import aware

AGAIN_AFTER = timedelta(minutes=10)
"""A finding that was just missed is due again within the same sitting, on another case."""

LONGEST_DAYS = 365
"""A year without a finding is enough, however well it is known."""

ROUGH_BELOW = 0.6
"""Grade below which a right answer was hard: the place is found, but radiologists agree better among themselves."""

EASY_FROM = 0.8
"""Grade from which a right answer may have been easy."""

SURE_FROM = 0.75
"""The learner's own confidence from which it was: 4 of 5 on the page."""

SCHEDULER = Scheduler(
    learning_steps=(AGAIN_AFTER,),
    relearning_steps=(AGAIN_AFTER,),
    maximum_interval=LONGEST_DAYS,
    enable_fuzzing=False,
)


@dataclass(frozen=True, slots=True)
class Spacing:
    """The card of one finding. ``due`` and ``last`` are in UTC; ``stability_days`` is FSRS's.

    ``retrievability`` in [0, 1] is how likely the learner would still see it at the time that was asked for;
    ``reviews`` counts answers that moved the card, ``lapses`` the failed ones, ``lapses_in_a_row`` the latest of them.
    """

    finding: str
    due: datetime
    last: datetime
    retrievability: float
    stability_days: float
    reviews: int
    lapses: int
    lapses_in_a_row: int

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to meet the finding again."""
        return self.due <= aware(now)


def rating_of(outcome: Outcome) -> Rating | None:
    """How well a finding was remembered; None where the answer says nothing of that.

    Again: wrong, in whatever way, or invented. Hard: right with a hint for it, or on a case tried or seen before, or
    with a grade below 0.6. Easy: right with a grade of 0.8 or more, and the learner was sure (0.75). Good: any other
    right answer. Rightly not marking what is absent is no review: nobody has seen the finding by it.
    """
    if not outcome.is_right:
        return Rating.Again
    if not outcome.is_present:
        return None
    if not outcome.is_fresh or outcome.grade < ROUGH_BELOW:
        return Rating.Hard
    sure = outcome.confidence is not None and outcome.confidence >= SURE_FROM
    return Rating.Easy if outcome.grade >= EASY_FROM and sure else Rating.Good


def spacings(outcomes: Iterable[Outcome], now: datetime) -> dict[str, Spacing]:
    """The card of each finding that was reviewed, after one learner's outcomes, oldest first; as it stands at ``now``.

    Times before the card's last review count as it, so that a clock that was set back changes nothing. Raises BadInput
    for a ``now`` without a time zone.
    """
    now = aware(now)
    cards: dict[str, Card] = {}
    counts: dict[str, tuple[int, int, int]] = {}
    for outcome in outcomes:
        rating = rating_of(outcome)
        if rating is None:
            continue
        finding = outcome.finding
        at = aware(outcome.at)
        # given an id and a time, since the library else waits a millisecond for an id from the clock
        card = cards.get(finding) or Card(card_id=len(cards), due=at)
        if card.last_review is not None and card.last_review > at:
            at = card.last_review
        cards[finding], _ = SCHEDULER.review_card(card, rating, at)
        reviews, lapses, row = counts.get(finding, (0, 0, 0))
        failed = rating is Rating.Again
        counts[finding] = reviews + 1, lapses + failed, row + 1 if failed else 0
    return {finding: _spacing(finding, card, counts[finding], now) for finding, card in cards.items()}


def _spacing(finding: str, card: Card, counts: tuple[int, int, int], now: datetime) -> Spacing:
    assert card.last_review is not None and card.stability is not None
    recalled = SCHEDULER.get_card_retrievability(card, max(now, card.last_review))
    return Spacing(finding, card.due, card.last_review, float(recalled), float(card.stability), *counts)
