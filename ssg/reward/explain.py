"""Says in sentences, with numbers, what the components found; computes no score of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ssg.boxes import Box, as_boxes, iou
from ssg.reward.answers import Answer, Reference, Region, said
from ssg.reward.breakdown import Extra, Match, Missed
from ssg.reward.coherence import Check
from ssg.reward.semantic import SHOWN
from ssg.reward.truth import Truth
from ssg.vocabulary import Side, vocabulary

SIZE_TOLERANCE = 1.35
"""Area ratio up to which a box counts as the right size; radiologists differ by as much among themselves."""

HOLDS = 0.95
"""Degree from which a relation is said to hold."""

VERBS = {
    "inside": "lies in",
    "contains": "contains",
    "overlaps": "overlaps",
    "touches": "touches",
    "apart": "lies apart from",
    "above": "lies above",
    "implies": "goes with",
}
"""How the kinds of relations are said."""

RIGHT_PLACE = 0.3
"""IoU from which a box that is called by the other side is told that its place is right."""

UNSEEN = 0.05
"""By how much less sure an encoder must be of a box than of the reader's for it to be told."""

OFFSET_TOLERANCE = 0.12
"""Offset of the centre, as a share of the reader's box, up to which it counts as the right place."""


def pair(drawn: Region, read: Region, overlap: float, reference: Reference) -> str:
    """One matched pair: place, size and name."""
    if overlap == 0 and (there := _exchanged(drawn, [r for one in reference.readers for r in one.regions])):
        return there
    parts = [_place(drawn.box, read.box, overlap, reference), _size(drawn.box, read.box)]
    words = " ".join(part for part in parts if part)
    name = _name(drawn, read)
    return f"{_capital(said(read.finding, read.side))}: {words}{' ' + name if name else ''} (IoU {overlap:.2f})"


def _place(drawn: Box, read: Box, overlap: float, reference: Reference) -> str:
    dx, dy = drawn.centre[0] - read.centre[0], drawn.centre[1] - read.centre[1]
    near = abs(dx) <= OFFSET_TOLERANCE * read.width and abs(dy) <= OFFSET_TOLERANCE * read.height
    if overlap > 0 and near:
        return "right place."
    directions = []
    if abs(dy) > OFFSET_TOLERANCE * read.height:
        directions.append(f"{_distance(abs(dy), 0, read.height, reference)} too {'low' if dy > 0 else 'high'}")
    if abs(dx) > OFFSET_TOLERANCE * read.width:
        side = "right" if dx > 0 else "left"
        directions.append(f"{_distance(abs(dx), 1, read.width, reference)} too far to the image's {side}")
    start = (
        "your box touches the reader's, but its centre lies" if overlap > 0 else "your box misses it: its centre lies"
    )
    return f"{start} {' and '.join(directions) or 'beside it'}."


def _distance(pixels: float, axis: int, extent: float, reference: Reference) -> str:
    """In centimetres or millimetres where the spacing is known, else as a share of the reader's box."""
    if reference.spacing_mm is not None:
        mm = pixels * reference.spacing_mm[axis]
        return f"{mm / 10:.1f} cm" if mm >= 10 else f"{mm:.0f} mm"
    return f"{pixels / extent:.1f} {'heights' if axis == 0 else 'widths'} of the reader's box"


def _size(drawn: Box, read: Box) -> str:
    ratio = drawn.area / read.area
    if ratio > SIZE_TOLERANCE:
        return f"Your box is {_times(ratio)} the reader's area."
    if ratio < 1 / SIZE_TOLERANCE:
        return f"Your box is only {ratio:.0%} of the reader's area."
    return "Your box has the right size." if drawn != read else ""


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times"


def _name(drawn: Region, read: Region) -> str:
    if vocabulary().label_match(drawn.finding, read.finding, drawn.side, read.side) == 1:
        return ""
    return f"You call it {said(drawn.finding, drawn.side)}; the reader calls it {said(read.finding, read.side)}."


def missed(region: Region, reader: str) -> str:
    """A region that no box of the answer touches."""
    return f"Missed: {said(region.finding, region.side)}, marked by {reader}."


def surplus(region: Region, readings: Sequence[Region]) -> str:
    """A region of a finding that is there, but not there."""
    if there := _exchanged(region, readings):
        return there
    sides = {one.side for one in readings}
    if region.side in (Side.LEFT, Side.RIGHT) and sides and sides <= {_opposite(region.side)}:
        return f"Wrong side: {region.finding} is on the {_opposite(region.side)}, you marked it on the {region.side}."
    return f"Extra: no reader marks {said(region.finding, region.side)} there."


def _exchanged(drawn: Region, marked: Sequence[Region]) -> str:
    """Said of a box that lies right and is called by the other side."""
    if drawn.side not in (Side.LEFT, Side.RIGHT):
        return ""
    other = _opposite(drawn.side)
    there = [
        one.box for one in marked if one.side is other and one.finding == drawn.finding and one.picture == drawn.picture
    ]
    if not there or float(iou(as_boxes([drawn.box]), as_boxes(there)).max()) < RIGHT_PLACE:
        return ""
    return f"Right place, wrong side: this is the {other} {drawn.finding}; sides are the patient's, not the image's."


def _opposite(side: Side) -> Side:
    return Side.RIGHT if side is Side.LEFT else Side.LEFT


def false_alarm(region: Region, finding: str) -> str:
    """A region of a finding that the readers exclude."""
    return f"False alarm: you marked {said(region.finding, region.side)}, and the readers exclude {finding}."


def spatial(
    score: float, matches: Sequence[Match], lost: Sequence[Missed], extra: Sequence[Extra], truth: Truth
) -> str:
    """The spatial component in one or two sentences."""
    if not truth.present:
        return _nothing_present(extra)
    if score == 1:
        return "Exactly where the reader marked it, and nothing missed or added."
    touching = [match for match in matches if match.iou > 0]
    parts = []
    if len(touching) == 1 and not lost:
        parts.append(touching[0].words)
    elif touching:
        best = max(touching, key=lambda match: match.iou)
        parts.append(f"{_count(len(touching), 'region')} in place; the best one has an IoU of {best.iou:.2f}.")
    if lost:
        parts.append(f"Missed: {_listed(said(row.finding, row.side) for row in lost)}.")
    if extra:
        parts.append(f"{_count(len(extra), 'region')} too many.")
    return " ".join(parts) or "Nothing was marked where the readers see something."


def _nothing_present(extra: Sequence[Extra]) -> str:
    if not extra:
        return "Nothing to find here, and you marked nothing of it."
    return f"Nothing to find here, but you marked {_listed(said(e.region.finding, e.region.side) for e in extra)}."


def semantic(score: float, matches: Sequence[Match], lost: Sequence[Missed], answer: Answer, truth: Truth) -> str:
    """The names, and what the regions show of them, in one or two sentences."""
    denied = [finding for finding in truth.present if finding in answer.absent]
    renamed = [match for match in matches if match.iou > 0 and match.label_match < 1]
    parts = []
    if denied:
        parts.append(f"You state that there is no {_listed(denied)}, and the readers mark it.")
    parts += [_name(match.region, match.reference_region) or match.words for match in renamed]
    if lost and not denied:
        parts.append(f"Not named where it is: {_listed(said(row.finding, row.side) for row in lost)}.")
    parts += _less_shown(matches)
    if parts:
        return " ".join(parts)
    if score == 1:
        return "Every name fits what the readers call it." if truth.present else "Rightly nothing named."
    if not truth.present:
        return "What you named, the readers exclude."
    if any(0 < match.iou < SHOWN for match in matches):
        return f"A box that overlaps the reader's by less than {SHOWN:g} shows only a part of what it names."
    if matches and _loss(worst := max(matches, key=_loss)) > 0:
        called = said(worst.region.finding, worst.region.side)
        return (
            f"The names fit, but the image-text model sees {called} a little less in your region than in the reader's."
        )
    return "Some names fit; surplus regions or findings that the readers exclude cost the rest."


def _less_shown(matches: Sequence[Match]) -> list[str]:
    """The regions that show their name less than the reader's do, the worst first."""
    lost = sorted((match for match in matches if match.iou > 0 and _loss(match) >= UNSEEN), key=_loss, reverse=True)
    more = [f"So it is with {_count(len(lost) - 2, 'more region')}."] if len(lost) > 2 else []
    return [*map(_shown, lost[:2]), *more]


def _loss(match: Match) -> float:
    if match.shown is None or match.shown[0] is None or match.shown[1] is None:
        return 0.0
    return max(match.shown[1] - match.shown[0], 0.0)


def _shown(match: Match) -> str:
    drawn, marked = match.shown or (0.0, 0.0)
    called, read = (said(one.finding, one.side) for one in (match.region, match.reference_region))
    other = "" if called == read else f" shows {read}"
    return (
        f"The image-text model is {drawn:.0%} sure that your region shows {called}, and {marked:.0%} sure "
        f"{'that' if other else 'of'} the reader's{other}."
    )


def not_asked(matches: Sequence[Match]) -> str:
    """Which findings an image-text encoder could not tell; empty where it could tell all."""
    named = [
        one.finding
        for match in matches
        for one, shown in zip((match.region, match.reference_region), match.shown or (), strict=False)
        if shown is None
    ]
    return f"The image-text model cannot tell {_listed(named)}: those names are judged by themselves." if named else ""


def clinical(acceptance: Mapping[str, float], order: float, alarms: Sequence[str]) -> str:
    """How likely an expert accepts each finding's regions, and whether the urgent ones come first."""
    accepted = [f"{name} with a probability of {p:.0%}" for name, p in acceptance.items() if p > 0]
    refused = [name for name, p in acceptance.items() if p == 0]
    parts = []
    if accepted:
        parts.append(f"An expert would accept your {_listed(accepted)}.")
    if refused:
        parts.append(f"There is nothing of yours that an expert would accept for {_listed(refused)}.")
    if len(acceptance) > 1 and accepted and order < HOLDS:
        parts.append("Report the urgent findings first, and leave none out.")
    if alarms:
        parts.append(f"An expert would not accept {_listed(alarms)}, which the readers exclude.")
    return " ".join(parts) or "There is nothing that an expert would object to."


def coherence(checks: Sequence[Check]) -> str:
    """Which relations do not hold, with the reason, the worst first."""
    broken = sorted((one for one in checks if one.degree < HOLDS), key=lambda one: one.degree)
    if not broken:
        others = f", and {_count(len(checks) - 1, 'more relation')}" if len(checks) > 1 else ""
        return f"Fits together: {_related(checks[0])}{others}."
    reasons = " ".join(f"Not so: {_related(one)}. {one.relation.why}" for one in broken[:2])
    return reasons if len(checks) == 1 else f"{len(checks) - len(broken)} of {len(checks)} relations hold. {reasons}"


def _related(one: Check) -> str:
    return f"“{one.relation.a} {VERBS[one.relation.kind]} {one.relation.b}”"


def _listed(names: object) -> str:
    unique = list(dict.fromkeys(names))  # type: ignore[call-overload]
    if len(unique) > 5:
        return f"{', '.join(unique[:5])} and {len(unique) - 5} more"
    return " and ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
