"""Reports as practice: a learner writes, what was read is judged, and the attempt is on the disk before it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.grounding.image_kinds import IMAGE_KINDS, words_on
from ssg.reports import ParsedReport, parse
from ssg.store import Attempt, Draft, Kind, Store
from ssg.teaching.practice import Practice
from ssg.teaching.reporting import judge_report

KIND: Kind = "report"
LONGEST_DRAFT = 200_000
"""Characters of a draft, as many as are read."""


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """What a learner hands in for a case; ``token`` was made when the case was opened."""

    token: str
    text: str
    duration_s: float | None = None


class ReportPractice:
    """Reports on the cases of ``practice``, kept in ``store``."""

    def __init__(self, practice: Practice, store: Store) -> None:
        self._practice, self._store = practice, store

    def read(self, case: Case, text: str) -> ParsedReport:
        """What a report on a case says; raises BadInput for one that is too long."""
        return parse_on(case, text)

    def submit(self, learner: str, set_id: str, case_id: str, written: WrittenReport) -> Attempt:
        """Judge a report and record it once; raises BadInput where it says nothing that could be judged."""
        case = self._practice.case(set_id, case_id)
        report = self.read(case, written.text)
        judgement = judge_report(case, report)
        attempt = self._store.record_attempt(
            token=written.token,
            learner=learner,
            case_set=set_id,
            case_id=case_id,
            case_version=self._practice.case_set(set_id).version,
            answer={"text": written.text, **_as_read(report)},
            breakdown=judgement.to_json(),
            duration_s=written.duration_s,
            kind=KIND,
        )
        self._store.discard_draft(learner, set_id, case_id, kind=KIND)
        return attempt

    def keep_draft(self, learner: str, set_id: str, case_id: str, text: str) -> Draft:
        """Keep an unfinished report; it is on the disk when this returns."""
        self._practice.case(set_id, case_id)
        if len(text) > LONGEST_DRAFT:
            raise BadInput(f"The report has {len(text):,} characters; at most {LONGEST_DRAFT:,} are kept: shorten it.")
        version = self._practice.case_set(set_id).version
        return self._store.save_draft(
            learner=learner, case_set=set_id, case_id=case_id, case_version=version, answer={"text": text}, kind=KIND
        )

    def draft(self, learner: str, set_id: str, case_id: str) -> str:
        """What the learner has written so far."""
        kept = self._store.draft(learner, set_id, case_id, kind=KIND)
        return "" if kept is None else str(kept.answer.get("text", ""))

    def best(self, learner: str) -> Mapping[tuple[str, str], float | None]:
        """The learner's best mark for each case that they have reported."""
        return self._store.best_marks(learner, kind=KIND)


def parse_on(case: Case, text: str) -> ParsedReport:
    """A report on a case, read as words are meant on such images."""
    return parse(text, words_on(IMAGE_KINDS, case.modality, case.body_part))


def _as_read(report: ParsedReport) -> dict[str, Any]:
    """A report as it is recorded: with what was read then, which a later parser may read otherwise."""
    statements = [one.to_json() for one in report.statements]
    sentences = [{"text": one.text, "span": list(one.span), "section": one.section} for one in report.sentences]
    return {
        "sentences": sentences,
        "statements": statements,
        "notes": list(report.notes),
        "normal": list(report.normal),
    }
