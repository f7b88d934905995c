"""The reward once more, as plain as it can be written: one answer, one finding, one box after the other.

It is what ``benchmarks/reward.py`` compares with, and what the tests hold the fast one to. Nothing else uses it.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linear_sum_assignment

from ssg.boxes import Box
from ssg.reward import Answer, ReaderAnswer, Reference, Region
from ssg.reward.acceptability import Acceptability
from ssg.reward.coherence import HELD
from ssg.reward.evidence import curve_of
from ssg.reward.forest import Forest
from ssg.reward.pairing import TIE
from ssg.reward.relations import BRUSHED, FAR, MIXED, NEAR, PARTLY, WHOLLY, Relation, relations
from ssg.reward.semantic import SHOWN
from ssg.reward.truth import Truth, asked_about, truths
from ssg.vocabulary import Side, vocabulary

Regions = list[tuple[int, Region]]
Pairs = list[tuple[int, int]]


def plain_total(reference: Reference, answer: Answer) -> float | None:
    """The total by the default weights; None where the answer cannot be scored."""
    return max((_against(truth, reference, answer)["total"] for truth in truths(reference)), default=None)


def plain_components(reference: Reference, answer: Answer) -> dict[str, float] | None:
    """Total and components against the truth that suits the answer best."""
    judged = [_against(truth, reference, answer) for truth in truths(reference)]
    return max(judged, key=lambda one: one["total"]) if judged else None


def _against(truth: Truth, reference: Reference, answer: Answer) -> dict[str, float]:
    readers = [reference.readers[truth.reader]] if truth.reader is not None else reference.readers
    unasked = {r.finding for reader in readers for r in reader.regions} - set(truth.present)
    part = _taking_part(answer, truth, unasked)
    places, names, acceptances, weights, first_seen, order = [], [], [], [], [], []
    for finding, readings in truth.present.items():
        drawn = part[finding]
        judged = [_finding([r for _, r in drawn], list(reading.regions)) for reading in readings]
        place, pairs, marked = max(judged, key=lambda one: one[0] + TIE * _fit([r for _, r in drawn], one[2], one[1]))
        boxes = [region.box for _, region in drawn]
        places.append(place)
        spoken = [(a, b) for a, b in pairs if not _denied(drawn[a][1].finding, answer)]
        names.append(0.0 if finding in answer.absent else _names([r for _, r in drawn], marked, spoken))
        own = [region.box for region in marked]
        itself = [(index, index) for index in range(len(own))]
        fit = sum(_label(drawn[a][1], marked[b]) for a, b in pairs) / max(len(pairs), 1)
        accepted = _acceptance(boxes, own, pairs, finding) * fit if pairs and finding not in answer.absent else 0.0
        acceptances.append(min(accepted / _acceptance(own, own, itself, finding), 1.0))
        weights.append(int(vocabulary().get(finding).urgency) + 1.0)
        touching = [
            index for index, one in drawn if any(_common(one.box, m.box) and _label(one, m) >= 0.4 for m in marked)
        ]
        first_seen.append(min(touching, default=None))
        order.append(weights[-1])
    claims = {f: [i for i, r in enumerate(answer.regions) if vocabulary().is_a(r.finding, f)] for f in truth.absent}
    claimed = {finding: min(regions) for finding, regions in claims.items() if regions}
    share = len(claimed) / len(claims) if claims else 0.0
    urgent = {finding: int(vocabulary().get(finding).urgency) + 1.0 for finding in claims}
    urgent_share = sum(urgent[finding] for finding in claimed) / sum(urgent.values()) if claims else 0.0
    if places:
        spatial = sum(places) / len(places) * (1 - 0.5 * share)
        semantic = sum(names) / len(names) * (1 - 0.5 * share)
        accepted = sum(w * p for w, p in zip(weights, acceptances, strict=True)) / sum(weights)
        reported = [at for at in (*first_seen, *claimed.values()) if at is not None]
        gained = sum(
            gain / math.log2(2 + sum(other < at for other in reported))
            for gain, at in zip(order, first_seen, strict=True)
            if at is not None
        )
        best = order if truth.reader is not None else sorted(order, reverse=True)
        ideal = sum(gain / math.log2(2 + rank) for rank, gain in enumerate(best))
        clinical = 0.8 * accepted * (1 - 0.5 * urgent_share) + 0.2 * min(gained / ideal, 1.0)
    else:
        spatial = semantic = 1 - share
        clinical = 1 - urgent_share
    coherence = _coherence(truth, reference, answer)
    t = min(spatial / 0.3, 1.0)
    gate = t * t * (3 - 2 * t)
    others = 0.25 * semantic + 0.20 * clinical + (0.15 * coherence if coherence is not None else 0.0)
    total = (0.40 * spatial + gate * others) / (0.85 if coherence is None else 1.0)
    return {
        "total": total,
        "spatial": spatial,
        "semantic": semantic,
        "clinical": clinical,
        "coherence": math.nan if coherence is None else coherence,
    }


def _taking_part(answer: Answer, truth: Truth, unasked: set[str]) -> dict[str, Regions]:
    words = vocabulary()
    part: dict[str, Regions] = {finding: [] for finding in truth.present}
    for index, region in enumerate(answer.regions):
        fits = {finding: words.label_match(region.finding, finding) for finding in (*truth.present, *truth.absent)}
        best = max([*fits.values(), *(words.label_match(region.finding, name) for name in unasked)], default=0.0)
        fitting = sorted(finding for finding, fit in fits.items() if fit == best and finding in truth.present)
        if best >= 0.4 and fitting:
            nearest = max(fitting, key=lambda name: _nearness(region, name, truth))
            part[nearest].append((index, region))
    return part


def _nearness(region: Region, finding: str, truth: Truth) -> float:
    marked = [other for reading in truth.present[finding] for other in reading.regions]
    return max(_quality(region.box, other.box) if _label(region, other) >= 0.4 else 0.0 for other in marked)


def _finding(drawn: list[Region], marked: list[Region]) -> tuple[float, Pairs, list[Region]]:
    if not drawn:
        return 0.0, [], marked
    quality = np.array([[_quality(a.box, b.box) if _label(a, b) >= 0.4 else 0.0 for b in marked] for a in drawn])
    fit = np.array([[_label(a, b) if _common(a.box, b.box) > 0 else 0.0 for b in marked] for a in drawn])
    rows, columns = linear_sum_assignment(np.where(quality > 0, quality + TIE * fit, 0.0), maximize=True)
    pairs = [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if quality[r, c] > 0]
    return sum(float(quality[pair]) for pair in pairs) / max(quality.shape), pairs, marked


def _fit(drawn: list[Region], marked: list[Region], pairs: Pairs) -> float:
    return sum(_label(drawn[a], marked[b]) for a, b in pairs) / max(len(drawn), len(marked))


def _names(drawn: list[Region], marked: list[Region], pairs: Pairs) -> float:
    earned = sum(_label(drawn[a], marked[b]) * min(_iou(drawn[a].box, marked[b].box) / SHOWN, 1.0) for a, b in pairs)
    return earned / max(len(drawn), len(marked))


def _denied(finding: str, answer: Answer) -> bool:
    return any(vocabulary().is_a(finding, name) for name in answer.absent)


def _label(a: Region, b: Region) -> float:
    return vocabulary().label_match(a.finding, b.finding, a.side, b.side)


def _common(a: Box, b: Box) -> float:
    return max(min(a.x1, b.x1) - max(a.x0, b.x0), 0.0) * max(min(a.y1, b.y1) - max(a.y0, b.y0), 0.0)


def _iou(a: Box, b: Box) -> float:
    common = _common(a, b)
    return common / (a.area + b.area - common)


def _quality(a: Box, b: Box) -> float:
    distance = math.hypot(a.centre[0] - b.centre[0], a.centre[1] - b.centre[1])
    diagonal = math.hypot(max(a.x1, b.x1) - min(a.x0, b.x0), max(a.y1, b.y1) - min(a.y0, b.y0))
    return 0.9 * _iou(a, b) + 0.1 * (1 - distance / diagonal)


def _acceptance(drawn: list[Box], marked: list[Box], pairs: Pairs, finding: str) -> float:
    """P(an expert accepts), the features worked out one by one; see ssg/reward/likeness.py."""
    larger = max(len(drawn), len(marked))
    overlaps = [_iou(drawn[a], marked[b]) for a, b in pairs]
    qualities = [_quality(drawn[a], marked[b]) for a, b in pairs]
    best = max(range(len(pairs)), key=lambda i: qualities[i], default=None)
    a, b = (drawn[0], marked[0]) if best is None else (drawn[pairs[best][0]], marked[pairs[best][1]])
    covered = sum(min(sum(_common(one, other) for one in drawn), other.area) for other in marked)
    covering = sum(min(sum(_common(one, other) for other in marked), one.area) for one in drawn)
    area, marked_area = sum(box.area for box in drawn), sum(box.area for box in marked)
    full = len(drawn) == len(marked) == len(pairs)
    likeness = [
        sum(overlaps) / larger,
        sum(qualities) / larger,
        sum(o + _enclosed(drawn[i], marked[j]) for o, (i, j) in zip(overlaps, pairs, strict=True)) / larger,
        0.0 if best is None else overlaps[best],
        min(overlaps) if full else 0.0,
        abs(a.centre[0] - b.centre[0]) / b.width,
        abs(a.centre[1] - b.centre[1]) / b.height,
        max(a.width / b.width, 1),
        max(a.height / b.height, 1),
        max(b.width / a.width, 1),
        max(b.height / a.height, 1),
        covered / marked_area,
        covering / area,
        covered / (area + marked_area - min(covered, covering)),
        max(len(drawn) - len(marked), 0),
        max(len(marked) - len(drawn), 0),
    ]
    row = [*likeness, *likeness, likeness[0], likeness[13], 1, -1, -1, len(marked), *curve_of(finding)]
    return 1 / (1 + math.exp(-_walk(Acceptability.load().compared, row)))


def _enclosed(a: Box, b: Box) -> float:
    hull = (max(a.x1, b.x1) - min(a.x0, b.x0)) * (max(a.y1, b.y1) - min(a.y0, b.y0))
    return (a.area + b.area - _common(a, b)) / hull


def _walk(forest: Forest, row: list[float]) -> float:
    score = forest.start
    for root in forest.roots:
        node = root
        while forest.left[node] != node:
            node = (forest.left if row[forest.feature[node]] <= forest.threshold[node] else forest.right)[node]
        score += forest.value[node]
    return float(score)


def _coherence(truth: Truth, reference: Reference, answer: Answer) -> float | None:
    readers = [reference.readers[truth.reader]] if truth.reader is not None else reference.readers
    found = [_of_reader(reader, asked_about(reference), answer) for reader in readers]
    return max((one for one in found if one is not None), default=None)


def _of_reader(reader: ReaderAnswer, question: tuple[str, ...] | None, answer: Answer) -> float | None:
    held, weights = 0.0, 0.0
    for relation in relations():
        asked = [_is_asked(name, question) for name in (relation.a, relation.b)]
        own = _degrees(relation, list(reader.regions), list(reader.regions))
        if not any(asked) or not own or sum(own) / len(own) < HELD:
            continue
        degrees = _degrees(relation, *(list(answer.regions if given else reader.regions) for given in asked))
        degree = min(sum(degrees) / max(len(degrees), len(own)) / (sum(own) / len(own)), 1.0)
        if relation.is_presence and any(vocabulary().is_a(relation.b, name) for name in answer.absent):
            degree = 0.0
        held += relation.weight * degree
        weights += relation.weight
    return held / weights if weights else None


def _is_asked(name: str, question: tuple[str, ...] | None) -> bool:
    words = vocabulary()
    return question is None or any(words.asks_about(asked, name) or words.asks_about(name, asked) for asked in question)


def _degrees(relation: Relation, of_a: list[Region], of_b: list[Region]) -> list[float]:
    words = vocabulary()
    first = [r for r in of_a if words.is_a(r.finding, relation.a)]
    second = [r for r in of_b if words.is_a(r.finding, relation.b) and not words.is_a(r.finding, relation.a)]
    kind = relation.kind
    if kind == "contains":
        first, second, kind = second, first, "inside"
    degrees = []
    for a in first:
        partners = [b for b in second if not (relation.same_side and {a.side, b.side} == {Side.LEFT, Side.RIGHT})]
        if partners:
            held = [_held(kind, a.box, b.box) for b in partners]
            degrees.append(min(held) if kind == "apart" else max(held))
    return degrees


def _held(kind: str, a: Box, b: Box) -> float:
    if kind == "implies":
        return 1.0
    if kind == "inside":
        return min(_common(a, b) / a.area / WHOLLY, 1.0)
    if kind == "above":
        return min(max(0.5 + (b.centre[1] - a.centre[1]) / (0.4 * b.height), 0.0), 1.0)
    if kind == "touches":
        gap = math.hypot(max(a.x0 - b.x1, b.x0 - a.x1, 0.0), max(a.y0 - b.y1, b.y0 - a.y1, 0.0))
        diagonal = min(math.hypot(a.width, a.height), math.hypot(b.width, b.height))
        return min(max((FAR - gap / diagonal) / (FAR - NEAR), 0.0), 1.0)
    common = _common(a, b) / min(a.area, b.area)
    if kind == "overlaps":
        return min(common / PARTLY, 1.0)
    return min(max((MIXED - common) / (MIXED - BRUSHED), 0.0), 1.0)
