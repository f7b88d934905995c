"""The reward: one function for students, rollouts, predictions and second readers.

Total = w_spatial · S + gate(S) · Σ w_c · C over the other components that apply; weights come from the rubric and are
renormalised over the components that are there. The answer is judged against every truth that the readers allow
(:mod:`ssg.reward.truth`), and the best one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from ssg.reward import explain
from ssg.reward.agreement import Agreement
from ssg.reward.answers import Answer, Reference
from ssg.reward.breakdown import Breakdown, Component, Extra, Match, Missed
from ssg.reward.coherence import Check, asked_of, check, coherence
from ssg.reward.rubric import COMPONENTS, DEFAULT_RUBRIC, Rubric
from ssg.reward.semantic import label_score
from ssg.reward.spatial import FindingScore, false_alarms, over_findings, score_finding, taking_part
from ssg.reward.truth import Truth, truths

NO_MODEL = "No acceptability model is part of this version."
NO_RELATION = "No relation between what was asked and what is known applies here."


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer against one truth: everything that the components and the sentences are made from."""

    truth: Truth
    findings: tuple[FindingScore, ...]
    alarms: dict[str, tuple[int, ...]]
    spatial: float
    labels: float
    checks: tuple[Check, ...]
    coherence: float | None
    weights: dict[str, float]
    total: float


def score(reference: Reference, answer: Answer, rubric: Rubric = DEFAULT_RUBRIC) -> Breakdown:
    """Judge ``answer`` against ``reference``.

    Returns a breakdown with total and components in [0, 1]. A reference without any reader's opinion on what was asked
    cannot be scored: the total is then None and the note says so; that is never a zero.
    """
    possible = truths(reference)
    if not possible:
        return _unscorable(reference)
    judged = max((_judge(truth, reference, answer, rubric) for truth in possible), key=lambda one: one.total)
    return _breakdown(judged, reference, answer, rubric)


def _judge(truth: Truth, reference: Reference, answer: Answer, rubric: Rubric) -> Judged:
    parts = taking_part(answer.regions, truth)
    findings = tuple(score_finding(name, answer.regions, parts[name], truth) for name in truth.present)
    alarms = {name: regions for name, regions in false_alarms(answer.regions, truth).items() if regions}
    spatial = over_findings([one.score for one in findings], len(truth.absent), len(alarms))
    labels = over_findings([label_score(one, answer.absent) for one in findings], len(truth.absent), len(alarms))
    checks = _checks(truth, reference, answer)
    fitting = coherence(checks)
    weights = rubric.weights({"spatial": True, "semantic": True, "coherence": fitting is not None})
    gated = weights["semantic"] * labels + (weights["coherence"] * fitting if fitting is not None else 0.0)
    total = weights["spatial"] * spatial + rubric.gated(spatial) * gated
    return Judged(truth, findings, alarms, spatial, labels, checks, fitting, weights, total)


def _checks(truth: Truth, reference: Reference, answer: Answer) -> tuple[Check, ...]:
    """The relations of the truth's reader; of several readers, of the one whom the answer fits best."""
    found = [
        tuple(check(one, reader, answer, reference.question) for one in asked_of(reader, reference.question))
        for reader in reference.readers
        if truth.name in (None, reader.id)
    ]
    return max((checks for checks in found if checks), key=lambda checks: coherence(checks) or 0.0, default=())


def _breakdown(judged: Judged, reference: Reference, answer: Answer, rubric: Rubric) -> Breakdown:
    weights = judged.weights
    matches, missed, extra = _matches(judged, reference, answer), _missed(judged), _extra(judged, answer)
    components: dict[str, Component | None] = dict.fromkeys(COMPONENTS)
    components["spatial"] = Component(
        judged.spatial,
        weights["spatial"],
        explain.spatial(judged.spatial, matches, missed, extra, judged.truth),
    )
    components["semantic"] = Component(
        judged.labels,
        weights["semantic"],
        explain.semantic(judged.labels, matches, missed, answer, judged.truth),
    )
    if judged.coherence is not None:
        components["coherence"] = Component(judged.coherence, weights["coherence"], explain.coherence(judged.checks))
    places = {one.finding: Agreement.load().place(one.finding, one.score) for one in judged.findings}
    percentile = fmean(place.percent for place in places.values()) if places else None
    return Breakdown(
        total=judged.total,
        components=components,
        matches=matches,
        missed=missed,
        extra=extra,
        percentile=percentile,
        percentile_note=explain.place(percentile, places),
        reader=judged.truth.name,
        absent_components={"clinical": NO_MODEL} | ({"coherence": NO_RELATION} if judged.coherence is None else {}),
        note=explain.overall(judged.total, rubric.gated(judged.spatial), answer, judged.truth),
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
                rows.append(Missed(scored.finding, region.side, region.box, scored.reading.reader, words))
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
