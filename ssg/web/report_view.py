"""What the Report page shows and takes in, as plain values and HTML; the page and the routes both call it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.store import Attempt
from ssg.teaching.report_practice import ReportPractice, WrittenReport
from ssg.web import report_html
from ssg.web.case_scene import case_scene
from ssg.web.practise_body import read_seconds, read_token
from ssg.web.practise_view import Name
from ssg.web.services import Services
from ssg.web.viewer import Scene, Shown
from ssg.web.words_report import REPORT


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """A case to be reported: which of how many, the token of the attempt, the scene, what is written so far."""

    name: Name
    place: tuple[int, int]
    token: str
    case: Case
    scene: Scene
    text: str

    @property
    def handle(self) -> dict[str, str]:
        """What the browser sends back with drafts and reports."""
        return {"set": self.name[0], "case": self.name[1], "token": self.token}


class ReportView:
    """Opens cases, keeps drafts, takes reports. Learners are ids that the guard has proved."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._practice = services.practice
        self.reports = ReportPractice(services.practice, services.store)

    def open(self, learner: str, name: Name) -> OpenedReport:
        """A case to be reported, with what the learner has written of it."""
        case = self._practice.case(*name)
        return self._opened(name, case, self._scene(name, case), self.reports.draft(learner, *name))

    def opened_attempt(self, name: Name, attempt: Attempt) -> OpenedReport:
        """A case with a report on it and the readers' regions."""
        case = self._practice.case(*name)
        return self._opened(name, case, self._judged_scene(name, case), str(attempt.answer["text"]))

    def attempt(self, learner: str, receipt: str) -> Attempt | None:
        """A report of this learner by its receipt."""
        found = self._practice.attempt(learner, receipt)
        return found if found is not None and found.kind == "report" else None

    def next_after(self, learner: str, name: Name) -> Name:
        """The first case behind this one that the learner has not reported, else the one that follows."""
        order = self._practice.order
        if not order:
            raise BadInput("No case set is installed: set SSG_CASE_SETS to a folder that holds one.")
        start = order.index(name) + 1 if name in order else 0
        turned = [*order[start:], *order[:start]]
        reported = self.reports.best(learner)
        return next((one for one in turned if one not in reported and one != name), turned[0])

    def keep_draft(self, learner: str, body: Mapping[str, Any]) -> None:
        """Keep what is written so far."""
        name, _ = self._named(body)
        self.reports.keep_draft(learner, *name, _text_of(body))

    def read(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a text is taken for, without a judgement."""
        _, case = self._named(body)
        return {"html": report_html.as_read(self.reports.read(case, _text_of(body)))}

    def submit(self, learner: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Judge and record a report; what comes back holds the reference, because the attempt is on the disk."""
        name, case = self._named(body)
        written = _text_of(body)
        if not written.strip():
            raise BadInput(REPORT["empty"])
        attempt = self.reports.submit(learner, *name, WrittenReport(read_token(body), written, read_seconds(body)))
        return {
            "receipt": attempt.receipt,
            "total": attempt.total,
            "scene": self._judged_scene(name, case),
            "feedback": self.feedback(name, attempt),
        }

    def feedback(self, name: Name, attempt: Attempt) -> str:
        """The judgement of a report as HTML."""
        case = self._practice.case(*name)
        return report_html.of_attempt(attempt, self._practice.case_set(name[0]), case, _ids(case))

    def _opened(self, name: Name, case: Case, shown: Scene, text: str) -> OpenedReport:
        return OpenedReport(name, self._practice.place_of(*name), secrets.token_hex(12), case, shown, text)

    def _named(self, body: Mapping[str, Any]) -> tuple[Name, Case]:
        name = (str(body.get("set", "")), str(body.get("case", "")))
        return name, self._practice.case(*name)

    def _judged_scene(self, name: Name, case: Case) -> Scene:
        """The case with the readers' regions, because the report is recorded."""
        ids = _ids(case)
        regions = [
            Shown(region, "reader", reader.id, id=ids[reader.id, number])
            for reader in case.readers
            for number, region in enumerate(reader.regions)
        ]
        return self._scene(name, case, regions=regions)

    def _scene(self, name: Name, case: Case, **more: Any) -> Scene:
        url = self._services.pictures_url(name, case)
        return case_scene(f"report/{name[0]}/{name[1]}", case, url, mode="show", keep_draft=False, **more)


def _ids(case: Case) -> dict[tuple[str, int], str]:
    """Names of the readers' regions for the viewer."""
    keys = [(reader.id, number) for reader in case.readers for number in range(len(reader.regions))]
    return {key: f"mark-{place}" for place, key in enumerate(keys, 1)}


def _text_of(body: Mapping[str, Any]) -> str:
    written = body.get("text", "")
    if not isinstance(written, str):
        raise BadInput(REPORT["not_text"])
    return written
