"""What Practise shows and takes in, as plain values and HTML; the page and the routes both call it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.reward import Answer, Region
from ssg.store import Attempt
from ssg.teaching import Submission
from ssg.teaching.packets import cases_of
from ssg.web import feedback, words
from ssg.web.case_scene import case_scene
from ssg.web.services import Services
from ssg.web.viewer import Scene, Shown, named_only, read_drawn

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case as a page needs it: which of how many, the token of the attempt, what is asked, the scene."""

    name: Name
    place: tuple[int, int]
    token: str
    case: Case
    scene: Scene
    absent: tuple[str, ...]
    packet: str = ""

    @property
    def handle(self) -> dict[str, str]:
        """What the browser sends back with drafts and attempts."""
        packet = {"packet": self.packet} if self.packet else {}
        return {"set": self.name[0], "case": self.name[1], "token": self.token, **packet}


class PractiseView:
    """Opens cases, keeps drafts, takes answers. Learners are ids that the guard has proved."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._practice = services.practice

    def open(self, learner: str, name: Name, packet: str = "") -> OpenedCase:
        """A case ready to be drawn on, with the learner's draft where there is one; ``packet`` is an address's."""
        case = self._practice.case(*name)
        draft = self._practice.draft(learner, *name)
        left = Answer.from_json(draft.answer, case.width, case.height, case.sizes) if draft else None
        shown = self._scene(
            name,
            case,
            labels=case.question,
            ask_confidence=True,
            drawn=left.regions if left else None,
            drawn_at=draft.saved_at if draft else None,
        )
        return self._opened(name, case, shown, left.absent if left else (), packet)

    def packet(self, packet: str) -> tuple[Name, ...]:
        """The cases of an address's packet."""
        return cases_of(packet, self._practice.order) if packet else ()

    def opened_attempt(self, name: Name, attempt: Attempt, packet: str = "") -> OpenedCase:
        """A case with an attempt at it and the readers' regions."""
        case = self._practice.case(*name)
        return self._opened(
            name, case, self._judged_scene(name, case, attempt), tuple(attempt.answer["absent"]), packet
        )

    def attempt(self, learner: str, receipt: str) -> Attempt | None:
        """An attempt of this learner by its receipt, where it is one that was drawn."""
        found = self._practice.attempt(learner, receipt)
        return found if found is not None and found.kind == "boxes" else None

    def keep_draft(self, learner: str, body: Mapping[str, Any]) -> None:
        """Keep what is drawn and ticked so far; boxes without a name wait in the browser only."""
        name, case = self._named(body)
        regions = self._drawn({**body, "drawn": named_only(body.get("drawn"))}, name, case)
        self._practice.keep_draft(learner, *name, regions, self._absent(body, case))

    def submit(self, learner: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Judge and record an answer; what comes back may hold the reference, because the attempt is on the disk."""
        name, case = self._named(body)
        regions = self._drawn(body, name, case)
        handed_in = Submission(_token(body), regions, self._absent(body, case), _seconds(body))
        attempt = self._practice.submit(learner, *name, handed_in)
        return {
            "receipt": attempt.receipt,
            "total": attempt.total,
            "scene": self._judged_scene(name, case, attempt),
            "feedback": self.feedback(name, attempt),
        }

    def feedback(self, name: Name, attempt: Attempt) -> str:
        """The judgement of an attempt as HTML."""
        return feedback.of_attempt(attempt, self._practice.case_set(name[0]), self._practice.case(*name))

    def _opened(self, name: Name, case: Case, shown: Scene, absent: tuple[str, ...], packet: str) -> OpenedCase:
        names = self.packet(packet)
        if name in names:
            place = names.index(name) + 1, len(names)
        else:
            place, packet = self._practice.place_of(*name), ""
        return OpenedCase(name, place, secrets.token_hex(12), case, shown, absent, packet)

    def _named(self, body: Mapping[str, Any]) -> tuple[Name, Case]:
        name = (str(body.get("set", "")), str(body.get("case", "")))
        return name, self._practice.case(*name)

    def _drawn(self, body: Mapping[str, Any], name: Name, case: Case) -> tuple[Region, ...]:
        sizes = case.sizes
        return read_drawn(body.get("drawn"), _scene_id(name), *sizes[0], case.question, sizes)

    def _absent(self, body: Mapping[str, Any], case: Case) -> tuple[str, ...]:
        ticked = body.get("absent") or []
        if not isinstance(ticked, list) or not all(isinstance(one, str) for one in ticked):
            raise BadInput("The findings stated to be absent must be a list of names.")
        for one in ticked:
            if one not in case.question:
                raise BadInput(f"'{one[:60]}' was not asked about in this case.")
        return tuple(dict.fromkeys(ticked))

    def _judged_scene(self, name: Name, case: Case, attempt: Attempt) -> Scene:
        """The case with what was drawn and, because the attempt is recorded, the readers' regions."""
        return self._scene(name, case, mode="show", regions=judged_regions(case, attempt), keep_draft=False)

    def _scene(self, name: Name, case: Case, **more: Any) -> Scene:
        shown_id = self._services.case_images[name]
        url = f"/media/{shown_id}.png" if len(case.pictures) == 1 else f"/media/{shown_id}-{{number}}.png"
        return case_scene(_scene_id(name), case, url, **more)


def judged_regions(case: Case, attempt: Attempt) -> list[Shown]:
    """What was drawn, and what the readers mark: missed or not, or noted beside it."""
    missed = [(row["reader"], tuple(row["box"]), row.get("picture", 0)) for row in attempt.breakdown["missed"]]
    answer = Answer.from_json(attempt.answer, case.width, case.height, case.sizes)
    drawn = [Shown(region, "drawn") for region in answer.regions]
    read = [
        Shown(region, "missed" if (reader.id, tuple(region.box), region.picture) in missed else "reader", reader.id)
        for reader in case.readers
        for region in reader.regions
    ]
    noted = [  # what was not asked and has no name of the vocabulary, such as what is gone since
        Shown(Region(mark.label, mark.box, picture=mark.picture), "reader", reader.id, note=words.PRACTISE["noted"])
        for reader in case.readers
        for mark in reader.other
        if mark.box and not mark.absent
    ]
    return [*drawn, *read, *noted]


def _scene_id(name: Name) -> str:
    return f"{name[0]}/{name[1]}"


def _token(body: Mapping[str, Any]) -> str:
    """The token as the page made it: anything else, written as text, would make many answers one attempt."""
    token = body.get("token")
    if not isinstance(token, str) or not token:
        raise BadInput(words.PRACTISE["no_token"])
    return token


def _seconds(body: Mapping[str, Any]) -> float | None:
    """How long the learner says that it took; a day at most, and nothing that is no number."""
    value = body.get("seconds")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        return None
    return float(value)
