"""A judgement as a learner reads it: the mark, why, what was found, missed and too much, then what to learn from it.

The judgement and its sentences are those of ``ssg.reward``. Here they are sorted, and none of them is said twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from ssg.casebook import Case, CaseSet
from ssg.reward import DEFAULT_RUBRIC, Rubric
from ssg.store import Attempt
from ssg.teaching.mastery import found_from
from ssg.web import words
from ssg.web.html import paragraphs, tag, text

W = words.PRACTISE


def of_attempt(attempt: Attempt, case_set: CaseSet, case: Case) -> str:
    """The whole feedback for one attempt."""
    judged = attempt.breakdown
    touching = [row for row in judged["matches"] if row["iou"] > 0]
    found = [row["why"] for row in touching if row["iou"] >= found_from(row, case)]
    near = [row["why"] for row in touching if row["iou"] < found_from(row, case)]
    verdict, gap = _verdict(attempt), _unstated(attempt, case)
    return tag(
        "section",
        mark(judged, verdict),
        _rows(W["matched"], "good", found),
        _rows(W["near"], "near", near),
        _rows(W["missed"], "bad", [row["why"] for row in judged["missed"]]),
        _rows(W["extra"], "bad", [row["why"] for row in judged["extra"]]),
        "" if verdict == W["nothing_said"] else gap,
        _rows(W["noted_too"], "near", list(dict.fromkeys(_noted(case)))),
        components(judged, case.rubric or DEFAULT_RUBRIC),
        _teaching(case_set, case),
        _similar(attempt, case_set, case),
        tag("p", text(W["receipt"].format(receipt=attempt.receipt)), class_="receipt") if attempt.receipt else "",
        class_="feedback",
        attributes={"aria-label": W["components"]},
    )


def _verdict(attempt: Attempt) -> str:
    """The sentence beside the mark; on an empty case saying nothing earns all and answers nothing, so that is told."""
    judged = attempt.breakdown
    silent = not attempt.answer["regions"] and not attempt.answer["absent"]
    if silent and not judged["missed"] and judged["total"] is not None:
        return W["nothing_said"]
    return str(judged["note"])


def mark(judged: dict[str, Any], verdict: str) -> str:
    """The total of a judgement (a breakdown as JSON) as a ring, with its verdict."""
    total = judged["total"]
    number = text(W["unscorable"]) if total is None else f"{100 * total:.0f}"
    unit = "" if total is None else tag("span", text(W["score"]), class_="unit")
    share = 0 if total is None else round(100 * total)
    ring = tag("div", tag("span", number, class_="number"), unit, class_="ring", style=f"--share:{share}")
    return tag("div", ring, tag("p", text(verdict), class_="verdict"), class_="mark", role="status")


def _rows(title: str, kind: str, sentences: list[str]) -> str:
    if not sentences:
        return ""
    items = "".join(tag("li", text(sentence)) for sentence in sentences)
    return tag("h3", text(title), class_=kind) + tag("ul", items, class_=f"sentences {kind}")


def _unstated(attempt: Attempt, case: Case) -> str:
    said = {row["finding"] for row in attempt.answer["regions"]} | set(attempt.answer["absent"])
    left = [name for name in case.question if name not in said]
    return tag("p", text(W["unstated"].format(names=", ".join(left))), class_="hint") if left else ""


def components(judged: dict[str, Any], rubric: Rubric) -> str:
    """The components of a judgement as bars, each with its weight and why."""
    place = judged["components"].get("spatial")
    gate = rubric.gated(place["score"]) if place else 1.0
    bars = []
    for name, title in words.COMPONENT_NAMES.items():
        part = judged["components"].get(name)
        if part is None:
            bars.append(_absent_bar(title, judged["absent_components"].get(name, "")))
        else:
            bars.append(_bar(title, part, 1.0 if name == "spatial" else gate, _why(name, part, judged)))
            if name == "spatial" and judged.get("percentile") is not None:
                bars.append(tag("p", text(judged["percentile_note"]), class_="hint"))
            if name == "semantic" and judged.get("encoder_note"):  # none in what was judged before there was an encoder
                bars.append(tag("p", text(judged["encoder_note"]), class_="hint"))
    return tag("h3", text(W["components"])) + tag("div", *bars, class_="bars")


def _why(name: str, part: dict[str, Any], judged: dict[str, Any]) -> str:
    """Why a component scores so, without the sentences that stand above it already."""
    touching = [row for row in judged["matches"] if row["iou"] > 0]
    left = part["why"]
    for row in touching:
        left = left.replace(row["why"], "")
    left = " ".join(left.split())
    if left == part["why"]:
        return left
    if name != "spatial":
        return left or W["name_as_said"]
    overlap = W["overlap"].format(iou=f"{touching[0]['iou']:.2f}", share=f"{touching[0]['iou']:.0%}")
    return f"{overlap} {left}".strip()


def _bar(title: str, part: dict[str, Any], gate: float, why: str) -> str:
    percent = f"{100 * part['score']:.0f}"
    weight = W["weight" if gate == 1 else "weight_gated"].format(weight=f"{part['weight']:.0%}", gate=f"{gate:.0%}")
    head = tag(
        "div",
        tag("span", text(title), class_="name"),
        tag("span", text(weight), class_="weight"),
        tag("span", percent, class_="value"),
        class_="bar-head",
    )
    fill = tag("div", tag("div", class_="fill", style=f"width:{percent}%"), class_="track")
    return tag("div", head, fill, tag("p", text(why)), class_="bar")


def _absent_bar(title: str, why: str) -> str:
    head = tag(
        "div",
        tag("span", text(title), class_="name"),
        tag("span", text(W["not_judged"]), class_="value none"),
        class_="bar-head",
    )
    return tag("div", head, tag("p", text(why)), class_="bar absent")


def _similar(attempt: Attempt, case_set: CaseSet, case: Case) -> str:
    """The way to similar cases; a preview, of which nothing is recorded, is of a case that is nowhere yet."""
    if not attempt.receipt:
        return ""
    return tag("p", tag("a", text(W["similar"]), href="/library?" + urlencode({"like": f"{case_set.id}/{case.id}"})))


def _noted(case: Case) -> Iterator[str]:
    """What readers marked under names of their own, by their pictures where there are several."""
    for reader in case.readers:
        for mark in reader.other:
            if not mark.absent:
                series, _ = case.place_of(mark.picture)
                where = f" ({series.title})" if len(case.series) > 1 and series.title and mark.box else ""
                yield f"{mark.label}{where}"


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
