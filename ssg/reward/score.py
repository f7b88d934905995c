"""The reward: one function for students, rollouts, predictions and second readers.

A batch of one (:mod:`ssg.reward.judge`), said in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from ssg.reward import explain, standing
from ssg.reward.agreement import Agreement
from ssg.reward.answers import Answer, Reference
from ssg.reward.breakdown import Breakdown, Certainties, Component, Extra, Match, Missed
from ssg.reward.coherence import Check
from ssg.reward.judge import Judgement, judge
from ssg.reward.relations import relations
from ssg.reward.rubric import COMPONENTS, DEFAULT_RUBRIC, Rubric
from ssg.reward.semantic import certainties
from ssg.reward.sight import Sight
from ssg.reward.truth import Reading, Truth

NO_RELATION = "No relation between what was asked and what is known applies here."


@dataclass(frozen=True, slots=True)
class Pair:
    """Answer region and reference region by their indices, and how well they fit.

    ``shown`` is how surely each shows what it is called, first the answer's; None where no encoder saw the image.
    """

    answer: int
    reference: int
    iou: float
    quality: float
    label_match: float
    shown: Certainties | None


@dataclass(frozen=True, slots=True)
class FindingScore:
    """One present finding against the reading that suits the answer best."""

    finding: str
    reading: Reading
    taking_part: tuple[int, ...]
    pairs: tuple[Pair, ...]
    score: float
    acceptance: float


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer against the truth that suits it best: everything that the sentences are made from."""

    truth: Truth
    findings: tuple[FindingScore, ...]
    alarms: dict[str, tuple[int, ...]]
    components: dict[str, float]
    checks: tuple[Check, ...]
    order: float
    total: float


def score(
    reference: Reference,
    answer: Answer,
    rubric: Rubric = DEFAULT_RUBRIC,
    sight: Sight | None = None,
) -> Breakdown:
    """Judge ``answer`` against ``reference``.

    ``sight`` is the image as an image-text encoder sees it; the semantic component then counts what the regions show.
    Returns a breakdown with total and components in [0, 1]. A reference without any reader's opinion on what was asked
    cannot be scored: the total is then None and the note says so; that is never a zero.
    """
    judgement = judge([reference], [answer], rubric, [sight])
    if judgement.chosen[0] < 0:
        return _unscorable(reference)
    breakdown = _breakdown(judged_of(judgement), reference, answer, rubric)
    if sight is None or not breakdown.matches:  # nothing was asked of it
        return breakdown
    return replace(breakdown, encoder=sight.name, encoder_note=explain.not_asked(breakdown.matches))


def judged_of(judgement: Judgement) -> Judged:
    """The only answer of a batch of one, against the truth that suits it best; it must have one."""
    layout, number = judgement.layout, int(judgement.chosen[0])
    outline = layout.outlines[0]
    truth = outline.truths[int(layout.truth[number])]
    alarmed = np.flatnonzero(layout.judgement_of_exclusion == number)
    alarms = {
        finding: tuple(np.flatnonzero(judgement.claimed[row]).tolist())
        for finding, row in zip(truth.absent, alarmed, strict=True)
    }
    coherent = judgement.coherent
    checks = np.flatnonzero(coherent.owner == coherent.reader[number])
    return Judged(
        truth,
        tuple(
            _finding(judgement, finding, int(slot))
            for finding, slot in zip(truth.present, np.flatnonzero(layout.judgement_of_slot == number), strict=True)
        ),
        {finding: regions for finding, regions in alarms.items() if regions},
        {name: float(judgement.components[name][number]) for name in COMPONENTS},
        tuple(Check(relations()[coherent.relation[at]], float(coherent.degree[at])) for at in checks),
        float(judgement.clinical.order[number]),
        float(judgement.total[number]),
    )


def _finding(judgement: Judgement, finding: str, slot: int) -> FindingScore:
    placed = judgement.placed
    pairing, region = placed.pairing, placed.region[slot]
    reading = judgement.layout.outlines[0].readings[int(judgement.layout.task[placed.task[slot]])]
    seen = None if judgement.seen is None else certainties(judgement.layout, placed, judgement.seen)
    pairs = tuple(
        Pair(
            int(region[row]),
            partner,
            float(pairing.iou[slot, row, partner]),
            float(pairing.quality[slot, row, partner]),
            float(placed.labels[slot, row]),
            None if seen is None else (_known(seen[0][slot, row]), _known(seen[1][slot, row])),
        )
        for row, partner in enumerate(pairing.partner[slot].tolist())
        if partner >= 0
    )
    drawn = tuple(region[pairing.drawn.there[slot]].tolist())
    acceptance = float(judgement.clinical.acceptance[slot])
    return FindingScore(finding, reading, drawn, pairs, float(placed.score[slot]), acceptance)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _breakdown(judged: Judged, reference: Reference, answer: Answer, rubric: Rubric) -> Breakdown:
    present = {name: not np.isnan(value) for name, value in judged.components.items()}
    weights = rubric.weights(present)
    matches, missed, extra = _matches(judged, reference, answer), _missed(judged), _extra(judged, answer)
    why = {
        "spatial": explain.spatial(judged.components["spatial"], matches, missed, extra, judged.truth),
        "semantic": explain.semantic(judged.components["semantic"], matches, missed, answer, judged.truth),
        "clinical": explain.clinical(
            {one.finding: one.acceptance for one in judged.findings}, judged.order, list(judged.alarms)
        ),
    }
    if present["coherence"]:
        why["coherence"] = explain.coherence(judged.checks)
    places = {one.finding: Agreement.load().place(one.finding, one.score) for one in judged.findings}
    percentile = fmean(place.percent for place in places.values()) if places else None
    return Breakdown(
        total=judged.total,
        components={
            name: Component(judged.components[name], weights[name], why[name]) if present[name] else None
            for name in COMPONENTS
        },
        matches=matches,
        missed=missed,
        extra=extra,
        percentile=percentile,
        percentile_note=standing.place(percentile, places),
        reader=judged.truth.name,
        absent_components={} if present["coherence"] else {"coherence": NO_RELATION},
        note=standing.overall(
            judged.total,
            rubric.gated(judged.components["spatial"]),
            percentile,
            answer,
            judged.truth,
            standing.wrong_beside_the_place(matches, missed, extra, answer, judged.truth),
        ),
    )


def _matches(judged: Judged, reference: Reference, answer: Answer) -> tuple[Match, ...]:
    rows = []
    for scored in judged.findings:
        for pair in scored.pairs:
            drawn, read = answer.regions[pair.answer], scored.reading.regions[pair.reference]
            words = explain.pair(drawn, read, pair.iou, reference)
            index = scored.reading.indices[pair.reference]
            rows.append(
                Match(
                    scored.finding,
                    scored.reading.reader,
                    pair.answer,
                    index,
                    drawn,
                    read,
                    pair.iou,
                    pair.quality,
                    pair.label_match,
                    pair.shown,
                    words,
                )
            )
    return tuple(rows)


def _missed(judged: Judged) -> tuple[Missed, ...]:
    rows = []
    for scored in judged.findings:
        hit = {pair.reference for pair in scored.pairs if pair.iou > 0}
        for index, region in enumerate(scored.reading.regions):
            if index not in hit:
                words = explain.missed(region, scored.reading.reader)
                rows.append(
                    Missed(scored.finding, region.side, region.box, scored.reading.reader, words, region.picture)
                )
    return tuple(rows)


def _extra(judged: Judged, answer: Answer) -> tuple[Extra, ...]:
    rows = []
    for scored in judged.findings:
        used = {pair.answer for pair in scored.pairs if pair.iou > 0}
        for index in scored.taking_part:
            if index not in used:
                region = answer.regions[index]
                rows.append(Extra(index, region, explain.surplus(region, scored.reading.regions)))
    for finding, indices in judged.alarms.items():
        rows += [Extra(i, answer.regions[i], explain.false_alarm(answer.regions[i], finding)) for i in indices]
    return tuple(rows)


def _unscorable(reference: Reference) -> Breakdown:
    why = "The reference holds no reader's opinion" + (
        " on what was asked" if reference.readers and reference.question is not None else ""
    )
    return Breakdown(
        total=None,
        components=dict.fromkeys(COMPONENTS),
        percentile_note=f"{why}.",
        absent_components=dict.fromkeys(COMPONENTS, f"{why}."),
        note=f"{why}, so this answer cannot be scored. That is not a zero.",
    )
