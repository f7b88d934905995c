"""Verdicts of instructors as rows that the acceptability model learns from.

The model judges boxes. So a verdict counts for a finding where it tells about that finding's boxes: an accepted answer
for each finding that it has regions for; a rejected one for the finding that it names, or for the only one that is
there, and not where the name was wrong, which alone is a reason to reject. What is left out is counted, never dropped
in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ssg.boxes import as_boxes
from ssg.cli.files import json_lines, naming
from ssg.errors import BadInput
from ssg.reward.answers import Region
from ssg.reward.judge import judge
from ssg.reward.score import FindingScore, judged_of
from ssg.reward.verdicts import FORM, Verdict
from ssg.vocabulary import vocabulary
from training.acceptance import VERDICT, Judged

NO_READER = "no reader marks what they are about"
NO_REGION = "the answer has no region of it"
SEVERAL = 'rejected as a whole, with several findings; add "finding"'
MISNAMED = "rejected, under a name or side that is not the readers'"


def read_verdicts(path: Path) -> list[Verdict]:
    """A file of verdicts, JSON lines; raises BadInput with the line that is wrong."""
    verdicts = []
    for where, row in json_lines(path):
        with naming(where):
            verdicts.append(Verdict.from_json(row))
    if not verdicts:
        raise BadInput(f"{path} holds no verdict: write {FORM} on each line.")
    return verdicts


def rows_of(verdicts: Iterable[Verdict]) -> tuple[list[Judged], Counter[str]]:
    """Rows to learn from, and how many findings of verdicts were left out for which reason."""
    rows: list[Judged] = []
    left_out: Counter[str] = Counter()
    for number, verdict in enumerate(verdicts):
        for found in _rows(verdict, number):
            if isinstance(found, Judged):
                rows.append(found)
            else:
                left_out[found] += 1
    return rows, left_out


def _rows(verdict: Verdict, number: int) -> Iterator[Judged | str]:
    judgement = judge([verdict.reference], [verdict.answer])
    present = judged_of(judgement).findings if judgement.chosen[0] >= 0 else ()
    scored = {one.finding: one for one in present if _is_about(verdict, one.finding)}
    if not scored:
        yield NO_READER
    elif verdict.finding is None and not verdict.accepted and len(scored) > 1:
        yield SEVERAL
    else:
        yield from (_row(verdict, one, number) for one in scored.values())


def _is_about(verdict: Verdict, finding: str) -> bool:
    return verdict.finding is None or vocabulary().is_a(finding, verdict.finding)


def _row(verdict: Verdict, scored: FindingScore, number: int) -> Judged | str:
    if not scored.taking_part:
        return NO_REGION
    drawn = [verdict.answer.regions[index] for index in scored.taking_part]
    readers, finding = verdict.reference.readers, scored.finding
    read = [region for reader in readers for region in reader.regions if region.finding == finding]
    if not verdict.accepted and any(_name_fit(one, read) < 1 for one in drawn):
        return MISNAMED
    marks = [[region.box for region in reader.regions if region.finding == finding] for reader in readers]
    elsewhere = [region.box for reader in readers for region in reader.regions if region.finding != finding]
    return Judged(
        image=verdict.image_name,
        finding=finding,
        kind=VERDICT,
        expert=f"{verdict.by}/{number}",
        boxes=as_boxes([region.box for region in drawn]),
        readers=tuple(as_boxes(boxes) for boxes in marks if boxes),
        elsewhere=as_boxes(elsewhere),
        size=(verdict.reference.width, verdict.reference.height),
        accepted=verdict.accepted,
    )


def _name_fit(drawn: Region, read: Sequence[Region]) -> float:
    return max(vocabulary().label_match(drawn.finding, one.finding, drawn.side, one.side) for one in read)
