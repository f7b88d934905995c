"""A judgement as a learner reads it: the mark, why, what was found, missed and too much, then what to learn from it."""

from __future__ import annotations

from typing import Any

from ssg.casebook import Case, CaseSet
from ssg.store import Attempt
from ssg.web import words
from ssg.web.html import paragraphs, tag, text

W = words.PRACTISE


def of_attempt(attempt: Attempt, case_set: CaseSet, case: Case) -> str:
    """The whole feedback for one attempt."""
    judged = attempt.breakdown
    return tag(
        "section",
        _mark(judged),
        _rows(W["matched"], "good", [row["why"] for row in judged["matches"] if row["iou"] > 0]),
        _rows(W["missed"], "bad", [row["why"] for row in judged["missed"]]),
        _rows(W["extra"], "bad", [row["why"] for row in judged["extra"]]),
        _unstated(attempt, case),
        _components(judged),
        _teaching(case_set, case),
        tag("p", text(W["receipt"].format(receipt=attempt.receipt)), class_="receipt"),
        class_="feedback",
        attributes={"aria-label": W["components"]},
    )


def _mark(judged: dict[str, Any]) -> str:
    total = judged["total"]
    number = text(W["unscorable"]) if total is None else f"{100 * total:.0f}"
    unit = "" if total is None else tag("span", text(W["score"]), class_="unit")
    share = 0 if total is None else round(100 * total)
    ring = tag("div", tag("span", number, class_="number"), unit, class_="ring", style=f"--share:{share}")
    return tag("div", ring, tag("p", text(judged["note"]), class_="verdict"), class_="mark", role="status")


def _rows(title: str, kind: str, sentences: list[str]) -> str:
    if not sentences:
        return ""
    items = "".join(tag("li", text(sentence)) for sentence in sentences)
    return tag("h3", text(title), class_=kind) + tag("ul", items, class_=f"sentences {kind}")


def _unstated(attempt: Attempt, case: Case) -> str:
    said = {row["finding"] for row in attempt.answer["regions"]} | set(attempt.answer["absent"])
    left = [name for name in case.question if name not in said]
    return tag("p", text(W["unstated"].format(names=", ".join(left))), class_="hint") if left else ""


def _components(judged: dict[str, Any]) -> str:
    bars = []
    for name, title in words.COMPONENT_NAMES.items():
        part = judged["components"].get(name)
        if part is None:
            bars.append(_absent_bar(title, judged["absent_components"].get(name, "")))
        else:
            bars.append(_bar(title, part))
    return tag("h3", text(W["components"])) + tag("div", *bars, class_="bars")


def _bar(title: str, part: dict[str, Any]) -> str:
    percent = f"{100 * part['score']:.0f}"
    head = tag(
        "div",
        tag("span", text(title), class_="name"),
        tag("span", text(W["weight"].format(weight=f"{part['weight']:.0%}")), class_="weight"),
        tag("span", percent, class_="value"),
        class_="bar-head",
    )
    fill = tag("div", tag("div", class_="fill", style=f"width:{percent}%"), class_="track")
    return tag("div", head, fill, tag("p", text(part["why"])), class_="bar")


def _absent_bar(title: str, why: str) -> str:
    head = tag(
        "div",
        tag("span", text(title), class_="name"),
        tag("span", text(W["not_judged"]), class_="value none"),
        class_="bar-head",
    )
    return tag("div", head, tag("p", text(why)), class_="bar absent")


def _teaching(case_set: CaseSet, case: Case) -> str:
    points = "".join(tag("li", text(point.text)) for point in case.teaching_points)
    parts = []
    if points:
        parts.append(tag("h3", text(W["teaching"])) + tag("ul", points, class_="teaching"))
    if case.discussion:
        parts.append(tag("h3", text(W["discussion"])) + paragraphs(case.discussion.split("\n\n")))
    if parts and not case_set.reviewed:
        parts.append(tag("p", text(W["not_reviewed"]), class_="hint"))
    return "".join(parts)
