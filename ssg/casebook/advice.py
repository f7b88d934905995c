"""What is valid in a case set and yet unwise: given answers, sides that look mirrored, no exclusions, pictures twice.

Advice is shown by ``python -m ssg cases validate`` and refuses nothing: an author may have reasons.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from ssg.casebook.kinds import UNKNOWN_MODALITY
from ssg.casebook.likeness import held_by
from ssg.casebook.types import UNTOLD_ORIGIN, Case, CaseSet
from ssg.counting import counted, some_of
from ssg.reward import Region
from ssg.vocabulary import Side, vocabulary
from ssg.vocabulary.forms import key

NO_PROVENANCE = "Say where the pictures are from and how they were de-identified (provenance)."

MOST_NAMED = 8
"""Cases that a sentence names."""

OF_CASE = re.compile(r"case (?P<case>[a-z0-9_-]+): (?P<what>.+)")
MOST_ALONE = 3
"""Cases of which one thing is said that have a line each."""


def advice(case_set: CaseSet) -> list[str]:
    """One sentence for each thing worth a second look, in the order of the cases; then what is of several of them."""
    said = [NO_PROVENANCE] if case_set.provenance == UNTOLD_ORIGIN else []
    said += [f"case {case.id}: {sentence}" for case in case_set.cases for sentence in _of_case(case)]
    return said + [f"cases {_listed(names)} have the same picture: keep one of them." for names in _twice(case_set)]


def together(lines: Sequence[str], named: bool = False) -> list[str]:
    """Advice with one line for what is said of many cases: their number, and (``named``) the first of them."""
    whose: dict[str, list[str]] = {}
    for line in lines:
        if found := OF_CASE.fullmatch(line):
            whose.setdefault(found["what"], []).append(found["case"])
    said: dict[str, None] = {}
    for line in lines:
        found = OF_CASE.fullmatch(line)
        if found is None or len(cases := whose[found["what"]]) <= MOST_ALONE:
            said[line] = None
        else:
            names = f" ({some_of(cases)})" if named else ""
            said[f"{counted(len(cases), 'case')}{names}, of each: {found['what']}"] = None
    return list(said)


def _twice(case_set: CaseSet) -> list[tuple[str, ...]]:
    """Groups of ids of the cases that one picture is in, by its checksum, each group once.

    Pictures of earlier and later examinations are left out: what was new in one case may be old in the next.
    """
    now = ((case.id, series) for case in case_set.cases for series in case.series if not series.days)
    return list(dict.fromkeys(held_by((name, frame) for name, series in now for frame in series.frames)))


def _listed(names: Sequence[str]) -> str:
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED:,} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _of_case(case: Case) -> list[str]:
    found = [f"the {where} names '{finding}', which is the answer." for where, finding in giveaways(case)]
    found += [
        f"'{region.called}' of reader '{reader.id}' lies on the other side of the image: is the image mirrored, or is "
        "the viewer's side meant? Sides are the patient's."
        for reader in case.readers
        for region in reader.regions
        if looks_mirrored(region, case)
    ]
    if case.modality == UNKNOWN_MODALITY:
        found.append(
            f"it does not say what kind of image it is (modality {UNKNOWN_MODALITY}), which the policy goes by."
        )
    excluded = {name for reader in case.readers for name in reader.absent}
    if not case.is_asked:
        found.append("it asks nothing, so Practise leaves it out.")
    if case.present and not excluded & set(case.question):
        found.append("everything asked is there: ask about something that is absent as well.")
    return found


def giveaways(case: Case) -> list[tuple[str, str]]:
    """(where, finding) for each present finding that a learner reads of before answering, by whatever name."""
    shown = {"id": case.id, "title": case.title, "history": case.history, "image's name": case.image.file}
    texts = {where: key(text) for where, text in shown.items()}
    return [
        (where, finding)
        for where, text in texts.items()
        for finding in case.present
        if any(_holds(text, form) for form in _forms(finding))
    ]


@functools.cache
def _forms(finding: str) -> frozenset[tuple[str, ...]]:
    """Every written form of a finding, of what it is, and of its special kinds."""
    words = vocabulary()
    kin = [one for one in words if words.is_a(finding, one.name) or words.is_a(one.name, finding)]
    return frozenset(key(form) for one in kin for form in one.written_forms)


def _holds(text: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return bool(words) and any(text[at : at + len(words)] == words for at in range(len(text) - len(words) + 1))


def looks_mirrored(region: Region, case: Case) -> bool:
    """Whether a finding of one side lies wholly in the other half of a frontal radiograph."""
    middle = case.width / 2
    if not case.is_frontal:
        return False
    return (region.side is Side.LEFT and region.box.x1 < middle) or (
        region.side is Side.RIGHT and region.box.x0 > middle
    )
