"""What Practise shows and takes in, as plain values and HTML; the page and the routes both call it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.reward import Answer, Region, Stated
from ssg.store import Attempt
from ssg.teaching import Submission
from ssg.teaching.packets import cases_of
from ssg.web import feedback, words
from ssg.web.case_scene import case_scene
from ssg.web.feedback_check import of_check
from ssg.web.feedback_replay import replays
from ssg.web.practise_body import Body, read_absent, read_seconds, read_stated, read_token
from ssg.web.practise_parts import Said, hints_html, steps_json
from ssg.web.services import Services
from ssg.web.viewer import Scene, Shown, named_only, read_drawn

W = words.PRACTISE
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case as a page needs it: which of how many, the token of the attempt, what is asked, the scene.

    ``attempt`` is the receipt of what is shown judged, "" while it is answered; ``notice`` is told to the learner.
    """

    name: Name
    place: tuple[int, int]
    token: str
    case: Case
    scene: Scene
    said: Said
    packet: str = ""
    attempt: str = ""
    notice: str = ""

    @property
    def absent(self) -> tuple[str, ...]:
        """What is stated to be absent so far."""
        return self.said.absent

    @property
    def handle(self) -> dict[str, str]:
        """What the browser sends back with drafts and attempts."""
        more = {"packet": self.packet, "attempt": self.attempt}
        known = {"set": self.name[0], "case": self.name[1], "token": self.token, "form": form_of(self.case)}
        return known | {key: value for key, value in more.items() if value}


class PractiseView:
    """Opens cases, keeps drafts, takes answers. Learners are ids that the guard has proved."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._practice = services.practice

    def open(self, learner: str, name: Name, packet: str = "") -> OpenedCase:
        """A case ready to be drawn on, with the learner's draft where there is one; ``packet`` is an address's."""
        case = self._practice.case(*name)
        draft = self._practice.draft(learner, *name)
        left, notice = None, ""
        if draft:
            try:
                left = Answer.from_json(draft.answer, case.width, case.height, case.sizes)
            except BadInput:  # the case was published anew with other pictures
                notice = W["draft_lost"]
        shown = self._scene(
            name,
            case,
            labels=case.question,
            ask_confidence=True,
            drawn=left.regions if left else None,
            drawn_at=draft.saved_at if draft and left else None,
        )
        return self._opened(
            name, case, shown, self._said(learner, name, draft.answer if left and draft else {}), packet, notice=notice
        )

    def checked_attempt(self, learner: str, name: Name, attempt: Attempt, packet: str = "") -> OpenedCase:
        """A case with an attempt that was checked and not shown: to be gone on with, and without the reference."""
        if self._practice.draft(learner, *name):
            return self.open(learner, name, packet)
        case = self._practice.case(*name)
        drawn, _ = _drawn_of(case, attempt)
        shown = self._scene(name, case, labels=case.question, ask_confidence=True, drawn=drawn)
        return self._opened(name, case, shown, self._said(learner, name, attempt.answer), packet)

    def _said(self, learner: str, name: Name, answer: Mapping[str, Any]) -> Said:
        asked = self._practice.case(*name).question
        return Said(
            tuple(one for one in answer.get("absent", ()) if one in asked),
            tuple(one for one in Stated.of_answer(answer) if one.finding in asked),
            self._practice.hints(learner, *name),
        )

    def packet(self, packet: str) -> tuple[Name, ...]:
        """The cases of an address's packet."""
        return cases_of(packet, self._practice.order) if packet else ()

    def opened_attempt(self, name: Name, attempt: Attempt, packet: str = "") -> OpenedCase:
        """A case with an attempt at it and the readers' regions, which the learner has been shown."""
        case = self._practice.case(*name)
        said = Said(tuple(attempt.answer["absent"]), Stated.of_answer(attempt.answer))
        _, notice = _drawn_of(case, attempt)
        return self._opened(name, case, self._judged_scene(name, case, attempt), said, packet, attempt.receipt, notice)

    def attempt(self, learner: str, receipt: str) -> Attempt | None:
        """An attempt of this learner by its receipt, where it is one that was drawn."""
        found = self._practice.attempt(learner, receipt)
        return found if found is not None and found.kind == "boxes" else None

    def keep_draft(self, learner: str, body: Body) -> None:
        """Keep what is drawn and ticked so far; boxes without a name wait in the browser only."""
        name, case = self._named(body)
        handed_in = self._handed_in({**body, "drawn": named_only(body.get("drawn")), "token": "draft"}, name, case)
        self._practice.keep_draft(learner, *name, handed_in.regions, handed_in.absent, handed_in.stated)

    def submit(self, learner: str, body: Body) -> dict[str, Any]:
        """Judge and record an answer; what comes back may hold the reference, because the attempt is on the disk.

        With ``check`` it is judged in words alone: nothing of the reference comes back, and a token to go on with.
        """
        name, case = self._named(body)
        attempt = self._practice.submit(learner, *name, self._handed_in(body, name, case))
        if attempt.revealed_at is None:
            handle = {"token": secrets.token_hex(12)}
            return {"receipt": attempt.receipt, "checked": of_check(attempt, case), "handle": handle}
        return self._shown(name, case, attempt)

    def reveal(self, learner: str, receipt: str) -> dict[str, Any]:
        """Show the reference of an attempt that was only checked; raises BadInput where there is no such attempt."""
        attempt = self._practice.reveal(learner, receipt)
        if attempt is None:
            raise BadInput(W["no_attempt"])
        name = (attempt.case_set, attempt.case_id)
        return self._shown(name, self._practice.case(*name), attempt)

    def _shown(self, name: Name, case: Case, attempt: Attempt) -> dict[str, Any]:
        return {
            "receipt": attempt.receipt,
            "total": attempt.total,
            "scene": self._judged_scene(name, case, attempt),
            "feedback": self.feedback(name, attempt),
        }

    def take_hint(self, learner: str, body: Body) -> dict[str, Any]:
        """Pay for a hint and give it: the finding's hints as HTML, and what is to be outlined on the image."""
        name, case = self._named(body)
        finding = str(body.get("finding", ""))[:200]
        drawn = self._handed_in({**body, "drawn": named_only(body.get("drawn")), "token": "hint"}, name, case)
        given = self._practice.take_hint(learner, *name, finding, body.get("step"), drawn)  # type: ignore[arg-type]
        mine = [one for one in given if one.finding == finding]
        steps = steps_json(mine[-1].shown, mine[-1].picture) if mine else []
        paid = sum(one.cost for one in given)
        return {"html": hints_html(finding, mine), "steps": steps, "paid": round(paid, 4)}

    def feedback(self, name: Name, attempt: Attempt) -> str:
        """The judgement of an attempt as HTML."""
        return feedback.of_attempt(attempt, self._practice.case_set(name[0]), self._practice.case(*name))

    def _opened(
        self,
        name: Name,
        case: Case,
        shown: Scene,
        said: Said,
        packet: str,
        attempt: str = "",
        notice: str = "",
    ) -> OpenedCase:
        names = self.packet(packet)
        if name in names:
            place = names.index(name) + 1, len(names)
        else:
            place, packet = self._practice.place_of(*name), ""
        return OpenedCase(name, place, secrets.token_hex(12), case, shown, said, packet, attempt, notice)

    def _named(self, body: Body) -> tuple[Name, Case]:
        """The case that the browser has open; raises BadInput where it was withdrawn or published anew meanwhile."""
        name = (str(body.get("set", "")), str(body.get("case", "")))
        try:
            case = self._practice.case(*name)
        except BadInput:
            raise BadInput(W["withdrawn"]) from None
        if body.get("form", form_of(case)) != form_of(case):
            raise BadInput(W["anew"])
        return name, case

    def _handed_in(self, body: Body, name: Name, case: Case) -> Submission:
        sizes = case.sizes
        regions = read_drawn(body.get("drawn"), _scene_id(name), *sizes[0], case.question, sizes)
        return Submission(
            read_token(body),
            regions,
            read_absent(body, case.question),
            read_seconds(body),
            read_stated(body, case.question),
            is_revealed=body.get("check") is not True,
        )

    def _judged_scene(self, name: Name, case: Case, attempt: Attempt) -> Scene:
        """The case with what was drawn and, because the attempt is recorded, the readers' regions."""
        scene = self._scene(name, case, mode="show", regions=judged_regions(case, attempt), keep_draft=False)
        return scene | {"replays": replays(case, attempt)}

    def _scene(self, name: Name, case: Case, **more: Any) -> Scene:
        url = self._services.pictures_url(name, case)
        return case_scene(_scene_id(name), case, url, **more)


def judged_regions(case: Case, attempt: Attempt) -> list[Shown]:
    """What was drawn, and what the readers mark: missed or not, or noted beside it."""
    missed = [(row["reader"], tuple(row["box"]), row.get("picture", 0)) for row in attempt.breakdown["missed"]]
    drawn = [Shown(region, "drawn") for region in _drawn_of(case, attempt)[0]]
    read, noted = [], []
    for reader in case.readers:
        for region in reader.regions:
            is_missed = (reader.id, tuple(region.box), region.picture) in missed
            read.append(Shown(region, "missed" if is_missed else "reader", reader.id))
        for mark in reader.other:  # what was not asked and has no name of the vocabulary, such as what is gone since
            if mark.box and not mark.absent:
                shown = Region(mark.label, mark.box, picture=mark.picture)
                noted.append(Shown(shown, "reader", reader.id, note=W["noted"]))
    return [*drawn, *read, *noted]


def _scene_id(name: Name) -> str:
    return f"{name[0]}/{name[1]}"


def form_of(case: Case) -> str:
    """What an answer was drawn on: other where a case is published anew with other pictures or another question."""
    said = "\n".join([*(one.sha256 for one in case.pictures), *case.question])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _drawn_of(case: Case, attempt: Attempt) -> tuple[tuple[Region, ...], str]:
    """What was drawn, and what is to be said where it does not fit the case any more."""
    try:
        return Answer.from_json(attempt.answer, case.width, case.height, case.sizes).regions, ""
    except BadInput:
        return (), W["drawn_lost"]
