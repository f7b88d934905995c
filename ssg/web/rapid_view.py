"""Rapid packets: cases one after the other, normal ones among them, and at the end how it went."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from urllib.parse import urlencode

from ssg.errors import BadInput
from ssg.store import Attempt
from ssg.teaching.packets import MOST, balanced, called, packet_id
from ssg.web import words
from ssg.web.ask_view import note
from ssg.web.html import tag, text
from ssg.web.practise_view import Name, PractiseView
from ssg.web.services import Services

W = words.PRACTISE
USUAL = 20
AT_END, AT_ONCE = "end", "once"


@dataclass(frozen=True, slots=True)
class Rapid:
    """Where a learner stands, as an address says it: the packet, when its feedback comes, since when it runs.

    ``mode`` is "end" or "once", "" where it is no rapid packet; ``begun`` is in seconds since 1970; ``attempt`` is the
    receipt of what is shown judged.
    """

    packet: str = ""
    mode: str = ""
    begun: int = 0
    attempt: str = ""

    @property
    def is_rapid(self) -> bool:
        """Whether it is a rapid packet."""
        return bool(self.packet and self.mode)

    @property
    def address(self) -> dict[str, str]:
        """What an address has of it beside the packet."""
        return {"rapid": self.mode, "begun": str(self.begun)} if self.is_rapid else {}

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Rapid:
        """From an address or a handle, which may hold anything."""
        mode, begun = str(asked.get("rapid", "")), str(asked.get("begun", ""))
        return cls(
            str(asked.get("packet", "")),
            mode if mode in (AT_END, AT_ONCE) else "",
            int(begun) if begun.isdecimal() and len(begun) < 12 else 0,
            str(asked.get("attempt", "")),
        )


class RapidView:
    """Makes rapid packets and says how they went."""

    def __init__(self, services: Services, view: PractiseView) -> None:
        self._services = services
        self._view = view

    def begin(self, asked: Mapping[str, str]) -> str:
        """The address of a new packet: of single pictures, which are quicker to read than stacks."""
        mode = AT_ONCE if asked.get("feedback") == AT_ONCE else AT_END
        wanted = asked.get("count", "")
        count = min(max(int(wanted), 1), MOST) if wanted.isdecimal() and len(wanted) < 7 else USUAL
        entries = [one for one in self._services.library.entries.values() if len(one.case.pictures) == 1]
        entries = [one for one in entries if one.case.is_asked]
        if not entries:
            raise BadInput(W["rapid_none"])
        chosen = balanced(entries, min(count, len(entries)), secrets.randbelow(2**31))
        names = [one.name for one in chosen]
        row = {"packet": packet_id(names), "rapid": mode, "begun": str(int(time.time()))}
        return "/practise?" + urlencode({"set": names[0][0], "case": names[0][1], **row})

    def summary(self, learner: str, at: Rapid) -> str:
        """How the packet went: normal or not, the marks, the way to each case. From now on the reference is shown."""
        names = self._view.packet(at.packet)
        answered = {name: self._shown(learner, name, at) for name in names}
        rows = [(name, attempt) for name, attempt in answered.items() if attempt is not None]
        title = tag("h1", text(W["rapid_title"]))
        if not rows:
            begin = tag("a", text(W["rapid_begin"]), href=_address(names[0], at), class_="chip") if names else ""
            said = note(W["rapid_unanswered"] if names else W["no_packet"])
            return tag("section", title, said, begin, class_="rapid-summary")
        calls = [called(self._services.practice.case(*name), attempt.answer) for name, attempt in rows]
        marks = [attempt.mark for _, attempt in rows if attempt.mark is not None]
        facts = [W["rapid_right"].format(right=sum(one.is_right for one in calls), count=len(calls))]
        missed, invented = (sum(getattr(one, kind) for one in calls) for kind in ("is_missed", "is_invented"))
        if missed or invented:
            facts.append(W["rapid_wrong"].format(missed=missed, invented=invented))
        if marks:
            facts.append(W["rapid_mean"].format(mean=f"{100 * fmean(marks):.0f}"))
        tiles = [self._tile(name, answered[name], at) for name in names]
        return tag(
            "section",
            title,
            *(tag("p", text(fact), class_="fact") for fact in facts),
            tag("ul", *tiles, class_="shelf"),
            rapid_links(W["rapid_again"]),
            class_="rapid-summary",
        )

    def _shown(self, learner: str, name: Name, at: Rapid) -> Attempt | None:
        """The learner's last attempt at a case since the packet was begun; the learner is shown its reference now."""
        since = datetime.fromtimestamp(at.begun, UTC)
        mine = self._services.store.attempts(learner, name[1], name[0], limit=1, kind="boxes")
        found = next((one for one in mine if one.recorded_at >= since), None)
        return self._services.practice.reveal(learner, found.receipt) if found else None

    def _tile(self, name: Name, attempt: Attempt | None, at: Rapid) -> str:
        case = self._services.practice.case(*name)
        shown_id = self._services.case_images[name]
        picture = tag("img", src=f"/media/{shown_id}/small.jpg", alt="", loading="lazy").removesuffix("</img>")
        if attempt is None:
            badge, told, kind = "–", tag("span", text(W["rapid_left"]), class_="facts"), ""
        else:
            call = called(case, attempt.answer)
            badge = "–" if attempt.mark is None else f"{100 * attempt.mark:.0f}"
            told = "".join(
                tag("span", text(W[word].format(said=_listed(said))), class_="facts")
                for word, said in (("rapid_you", call.said), ("rapid_they", call.there))
            )
            kind = "right" if call.is_right else "wrong"
        link = tag(
            "a",
            tag("span", picture, tag("span", badge, class_="badge"), class_="picture"),
            tag("span", text(case.title), class_="title"),
            told,
            href=_address(name, at, attempt.receipt if attempt else ""),
        )
        return tag("li", link, class_=kind or None)


def _address(name: Name, at: Rapid, receipt: str = "") -> str:
    row = {"set": name[0], "case": name[1], "packet": at.packet}
    return "/practise?" + urlencode(row | ({"attempt": receipt} if receipt else at.address))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or W["rapid_nothing"]


def rapid_links(title: str = "") -> str:
    """The way into a rapid packet, judged at its end or after each case."""
    links = [
        tag("a", text(W[f"rapid_{mode}"]), href="/practise/rapid?" + urlencode({"feedback": mode}), class_="chip")
        for mode in (AT_END, AT_ONCE)
    ]
    lead = tag("p", text(W["rapid_lead"].format(count=USUAL)), class_="hint")
    head = tag("h2", text(title or W["rapid"]))
    return tag("div", head, lead, tag("div", *links, class_="chips"), class_="rapid-links")


def rapid_task(rows: str) -> str:
    """The one question of a rapid case; what is asked in detail comes in sight where something is there."""
    normal = tag("button", text(W["rapid_normal"]), type="button", attributes={"data-rapid": "normal"})
    something = tag("button", text(W["rapid_something"]), type="button", attributes={"data-rapid": "something"})
    return tag(
        "div",
        tag("h2", text(W["rapid_ask"])),
        tag("div", normal, something, class_="rapid-choice"),
        tag("p", text(W["rapid_keys"]), class_="hint rapid-keys"),
        tag("div", tag("p", text(W["rapid_draw"]), class_="hint"), rows, class_="rapid-rows", hidden=True),
        class_="rapid",
    )
