"""Parts of Practise as HTML: what is known of a case, what is asked of each finding, hints, what a reader checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ssg.casebook import Case, CaseSet
from ssg.grounding.image_kinds import IMAGE_KINDS, words_on
from ssg.reward import Stated
from ssg.teaching.hints import COSTS, STEPS, Advice
from ssg.teaching.searching import search_list
from ssg.vocabulary import Presence, vocabulary
from ssg.web import words
from ssg.web.html import paragraphs, tag, text
from ssg.web.viewer.scene import GRADES, SIDES, grade
from ssg.web.words_viewer import VIEWER

W = words.PRACTISE
INPUT_ENDS = "</input>"


@dataclass(frozen=True, slots=True)
class Said:
    """What a learner has said of a case beside the boxes, and the hints that were paid for."""

    absent: tuple[str, ...] = ()
    stated: tuple[Stated, ...] = ()
    hints: tuple[Advice, ...] = ()


def head_html(case: Case, case_set: CaseSet, crumb: str) -> str:
    """What is known of a case before it is read: where it stands (``crumb``), its title, its history."""
    parts = [
        tag("p", text(crumb), class_="crumb"),
        tag("h1", text(case.title)),
        tag("h2", text(W["history"])),
        paragraphs([case.history], class_="history"),
        tag("p", text(W["synthetic"]), class_="hint") if case_set.synthetic else "",
    ]
    return "".join(parts)


def asked_html(case: Case, said: Said, judged: bool, hints: bool = True) -> str:
    """Each finding that is asked, with how it is answered; ``judged``: as it was, and nothing can be changed.

    ``hints`` are offered before the answer only, and neither in an exam nor in a rapid packet.
    """
    hint = "" if judged else tag("p", text(W["task_hint"]), class_="hint")
    return tag("h2", text(W["task"])) + hint + rows_html(case, said, judged, hints)


def rows_html(case: Case, said: Said, judged: bool, hints: bool) -> str:
    """The findings that are asked, a row each, without a title."""
    rows = [_row(case, number, name, said, judged, hints and not judged) for number, name in enumerate(case.question)]
    return tag("ul", *rows, class_="ask-rows", id="case-absent")


def _row(case: Case, number: int, name: str, said: Said, judged: bool, hints: bool) -> str:
    diffuse = vocabulary().get(name).is_diffuse
    stated = next((one for one in said.stated if one.finding == name), None)
    named = tag("span", text(name), class_="name", id=f"ask-{number}")
    count = tag("span", "", class_="drawn-count", aria_live="off")
    controls = _state(number, name, said, stated, judged) if diffuse else _tick(number, name in said.absent, judged)
    taken = tuple(one for one in said.hints if one.finding == name)
    more = _more_of(name, stated, judged) if diffuse else ""
    if hints:
        opens = tag(
            "button",
            text(W["hint"]),
            type="button",
            class_="hint-open",
            aria_expanded="true" if taken else "false",
            aria_controls=f"hints-{number}",
            aria_label=W["hint_for"].format(finding=name),
        )
        panel = hints_html(name, taken)
        more += tag("div", panel, class_="hint-panel", id=f"hints-{number}", hidden=not taken, aria_live="polite")
    else:
        opens = ""
    line = tag("div", named, count, tag("span", controls, opens, class_="controls"), class_="ask-line1")
    extent = "diffuse" if diffuse else "focal"
    return tag("li", line, more, attributes={"data-finding": name, "data-extent": extent}, class_="ask-row")


def _tick(number: int, ticked: bool, judged: bool) -> str:
    word = tag("span", text(W["not_there"]), id=f"no-{number}")
    box = tag(
        "input",
        type="checkbox",
        checked=ticked,
        disabled=judged,
        aria_labelledby=f"ask-{number} no-{number}",
        attributes={"data-says": "absent"},
    ).removesuffix(INPUT_ENDS)
    return tag("label", box, word, class_="say")


def _state(number: int, name: str, said: Said, stated: Stated | None, judged: bool) -> str:
    """There, not sure or not there: one of them, or none of them yet."""
    now = stated.presence.value if stated else "absent" if name in said.absent else ""
    choices = []
    for says, word in (("present", "there"), ("uncertain", "not_sure"), ("absent", "not_there")):
        spoken = W["says"].format(finding=name, says=W[word].lower())
        if says == "absent":
            labelled: dict[str, object] = {"aria-labelledby": f"ask-{number} no-{number}"}
        else:
            labelled = {"aria-label": spoken}
        one = tag(
            "input",
            type="radio",
            name=f"says-{number}",
            checked=says == now,
            disabled=judged,
            attributes={"data-says": says, **labelled},
        ).removesuffix(INPUT_ENDS)
        shown = tag("span", text(W[word]), id=f"no-{number}" if says == "absent" else None)
        choices.append(tag("label", one, shown, class_="say"))
    return tag("span", *choices, class_="segments", title=W["state_hint"], role="radiogroup", aria_label=name)


def _more_of(name: str, stated: Stated | None, judged: bool) -> str:
    """Side and confidence of what is stated to be there; out of sight until it is."""
    there = stated is not None and stated.presence is Presence.PRESENT
    parts = []
    if vocabulary().get(name).has_sides:
        now = stated.side if stated else None
        options = [tag("option", text(W["side_none"]), value="", selected=now is None)]
        options += [
            tag("option", text(VIEWER[f"side_{side.value}"]), value=side.value, selected=side is now)
            for side in SIDES
            if side.value != "midline"
        ]
        choice = tag("select", *options, disabled=judged, attributes={"data-part": "side"})
        parts.append(tag("label", tag("span", text(W["side"])), choice))
    sure = grade(stated.confidence) if stated else None
    grades = "".join(_grade(name, one, one == sure, judged) for one in range(1, GRADES + 1))
    parts.append(tag("span", tag("span", text(W["sure"])), tag("span", grades, class_="grades"), class_="sure"))
    return tag("div", *parts, class_="stated-more", hidden=not there)


def _grade(name: str, value: int, chosen: bool, judged: bool) -> str:
    return tag(
        "button",
        str(value),
        type="button",
        disabled=judged,
        aria_pressed="true" if chosen else "false",
        aria_label=W["sure_of"].format(finding=name, grade=value),
        attributes={"data-grade": value},
    )


def hints_html(name: str, taken: Sequence[Advice]) -> str:
    """The hints of a finding that were paid for, and what the next one is and costs."""
    given = [tag("li", text(one.sentence), _again(one)) for one in taken]
    step = len(taken) + 1
    parts = [tag("ol", *given, class_="hints")] if given else []
    if step in COSTS:
        costs = W["hint_cost"].format(cost=f"{100 * COSTS[step]:.0f}")
        offer = W["hint_take"].format(step=step, what=W[f"hint_{step}"], costs=costs)
        parts.append(tag("button", text(offer), type="button", class_="hint-take", attributes={"data-step": step}))
    if not given:
        parts.append(tag("p", text(W["hint_never"]), class_="hint"))
    else:
        paid = f"{100 * sum(one.cost for one in taken):.0f}"
        done = "" if len(taken) < len(STEPS) else f" {W['hints_done']}"
        parts.append(tag("p", text(W["hints_paid"].format(cost=paid) + done), class_="hint"))
    return "".join(parts)


def _again(one: Advice) -> str:
    """What a hint outlined, to be seen once more, also after a reload; nothing of a hint that was not paid for."""
    if not one.shown:
        return ""
    shown = json.dumps(steps_json(one.shown, one.picture))
    said = W["hint_again_of"].format(finding=one.finding, step=one.step)
    again = tag(
        "button",
        text(W["hint_again"]),
        type="button",
        class_="link hint-again",
        aria_label=said,
        attributes={"data-shown": shown},
    )
    return f" {again}"


def search_html(case: Case) -> str:
    """What a reader checks on such an image, on demand."""
    kinds = words_on(IMAGE_KINDS, case.modality, case.body_part)
    found = search_list(kinds, case.view)
    steps = [tag("li", tag("strong", text(where)), " ", text(what)) for where, what in found.steps]
    summary = tag("summary", text(W["search"]))
    note = tag("p", text(W["search_note"]), class_="hint")
    return tag("details", summary, tag("h3", text(found.title)), tag("ol", *steps), note, class_="fold search-list")


def fold(title: str, *inside: str, open_: bool = False, class_: str = "") -> str:
    """Something to be looked at on demand."""
    return tag("details", tag("summary", text(title)), *inside, open=open_, class_=f"fold {class_}".strip())


def steps_json(shown: Iterable[tuple[str, Iterable[float]]], picture: int) -> list[dict[str, object]]:
    """Boxes to be outlined one after the other on a picture, as the viewer takes the steps of a chain."""
    return [
        {"label": name, "box": [float(value) for value in box], "caption": name, "picture": picture}
        for name, box in shown
    ]
