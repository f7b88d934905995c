"""A judgement as a learner reads it: the mark, why, what was found, missed and too much, then what to learn from it.

The judgement and its sentences are those of ``ssg.reward``. Here they are sorted, and none of them is said twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from ssg.casebook import Case, CaseSet, TeachingPoint
from ssg.reward import DEFAULT_RUBRIC, Rubric
from ssg.settings import BUNDLED_CASES
from ssg.store import Attempt
from ssg.teaching.mastery import found_from
from ssg.teaching.picture_kinds import RADIOGRAPH, group_of
from ssg.web import words
from ssg.web.html import paragraphs, tag, text
from ssg.web.practise_parts import fold, search_html

W = words.PRACTISE


def of_attempt(attempt: Attempt, case_set: CaseSet, case: Case) -> str:
    """The whole feedback for one attempt: what was right and wrong, what there is to learn; the rest on demand."""
    judged = attempt.breakdown
    touching = [row for row in judged["matches"] if row["iou"] > 0]
    found = [row["why"] for row in touching if row["iou"] >= found_from(row, case)]
    near = [row["why"] for row in touching if row["iou"] < found_from(row, case)]
    verdict, gap = _verdict(attempt), _unstated(attempt, case)
    return tag(
        "section",
        mark(judged, verdict, sum(hint.cost for hint in attempt.hints)),
        _rows(W["matched"], "good", found),
        _rows(W["near"], "near", near),
        _missed(judged["missed"], replayed=bool(attempt.receipt)),
        _rows(W["extra"], "bad", [row["why"] for row in judged["extra"]]),
        _rows(W["stated"], "near", [row["why"] for row in judged.get("stated", ())]),
        "" if verdict == W["nothing_said"] else gap,
        _rows(W["noted_too"], "near", list(dict.fromkeys(_noted(case)))),
        _readers(case) if attempt.receipt else "",
        teaching(case_set, case),
        _place(judged, group_of(case.modality) == RADIOGRAPH),
        fold(W["components"], bars_of(judged, case.rubric or DEFAULT_RUBRIC)),
        search_html(case) if attempt.receipt else "",
        _similar(attempt, case_set, case),
        tag("p", text(W["receipt"].format(receipt=attempt.receipt)), class_="receipt") if attempt.receipt else "",
        class_="feedback",
        attributes={"aria-label": W["components"]},
    )


def _verdict(attempt: Attempt) -> str:
    """The sentence beside the mark; on an empty case saying nothing earns all and answers nothing, so that is told."""
    judged = attempt.breakdown
    silent = not any(attempt.answer.get(part) for part in ("regions", "absent", "stated"))
    if silent and not judged["missed"] and judged["total"] is not None:
        return W["nothing_said"]
    return str(judged["note"])


def mark(judged: dict[str, Any], verdict: str, hints: float = 0.0) -> str:
    """The total of a judgement (a breakdown as JSON) less what ``hints`` cost as a ring, with its verdict."""
    total = judged["total"]
    left = None if total is None else max(total - hints, 0.0)
    number = text(W["unscorable"]) if left is None else f"{100 * left:.0f}"
    unit = "" if left is None else tag("span", text(W["score"]), class_="unit")
    share = 0 if left is None else round(100 * left)
    ring = tag("div", tag("span", number, class_="number"), unit, class_="ring", style=f"--share:{share}")
    costs = ""
    if hints and left is not None:
        told = W["hints_cost"].format(total=f"{100 * total:.0f}", cost=f"{100 * hints:.0f}", mark=f"{100 * left:.0f}")
        costs = tag("p", text(told), class_="hint")
    return tag("div", ring, tag("p", text(verdict), class_="verdict"), class_="mark", role="status") + costs


def _missed(rows: list[dict[str, Any]], replayed: bool) -> str:
    """What was missed, each with the way to it where the viewer can replay one."""
    if not rows:
        return ""
    items = [tag("li", text(row["why"]), " ", _replay(number) if replayed else "") for number, row in enumerate(rows)]
    return tag("h3", text(W["missed"]), class_="bad") + tag("ul", *items, class_="sentences bad")


def _replay(number: int) -> str:
    return tag("button", text(W["replay"]), type="button", class_="link", attributes={"data-replay": number})


def _readers(case: Case) -> str:
    """Whose boxes are seen: all, one's own, or those of one reader after the other."""
    marking = [reader.id for reader in case.readers if reader.regions]
    if not marking:
        return ""
    choices = [("", W["readers_all"]), ("mine", W["readers_mine"])]
    choices += [(f"reader:{name}", W["readers_one"].format(id=name)) for name in marking]
    chips = [
        tag(
            "button",
            text(word),
            type="button",
            class_="chip",
            aria_pressed="false" if whose else "true",
            attributes={"data-whose": whose},
        )
        for whose, word in choices
    ]
    return tag(
        "div",
        tag("span", text(W["readers"]), class_="hint"),
        *chips,
        class_="chips whose",
        role="group",
        aria_label=W["readers"],
    )


def _place(judged: dict[str, Any], is_radiograph: bool = True) -> str:
    """The place among pairs of radiologists, who read radiographs; nothing where nothing is there."""
    percentile = judged.get("percentile")
    if percentile is None:
        return ""
    scale = tag("div", tag("div", class_="at", style=f"left:{round(percentile)}%"), class_="scale", aria_hidden="true")
    said = tag("p", text(judged["percentile_note"]), class_="hint")
    limits = "" if is_radiograph else tag("p", text(W["place_hint"]), class_="hint")
    return tag("h3", text(W["place"])) + tag("div", scale, said, limits, class_="place")


def _rows(title: str, kind: str, sentences: list[str]) -> str:
    if not sentences:
        return ""
    items = "".join(tag("li", text(sentence)) for sentence in sentences)
    return tag("h3", text(title), class_=kind) + tag("ul", items, class_=f"sentences {kind}")


def _unstated(attempt: Attempt, case: Case) -> str:
    said = {row["finding"] for row in (*attempt.answer["regions"], *attempt.answer.get("stated", ()))}
    said |= set(attempt.answer["absent"])
    left = [name for name in case.question if name not in said]
    return tag("p", text(W["unstated"].format(names=", ".join(left))), class_="hint") if left else ""


def components(judged: dict[str, Any], rubric: Rubric) -> str:
    """The components of a judgement with their title, and the place among radiologists."""
    return tag("h3", text(W["components"])) + bars_of(judged, rubric) + _place(judged)


def bars_of(judged: dict[str, Any], rubric: Rubric) -> str:
    """The components of a judgement as bars, each with its weight and why."""
    place = judged["components"].get("spatial")
    gate = rubric.gated(place["score"]) if place else 1.0
    bars = []
    for name, title in words.COMPONENT_NAMES.items():
        part = judged["components"].get(name)
        if part is None:
            bars.append(_absent_bar(title, judged["absent_components"].get(name, "")))
        else:
            bars.append(
                bar(title, part["score"], _weight(part, 1.0 if name == "spatial" else gate), _why(name, part, judged))
            )
            if name == "semantic" and judged.get("encoder_note"):  # none in what was judged before there was an encoder
                bars.append(tag("p", text(judged["encoder_note"]), class_="hint"))
    return tag("div", *bars, class_="bars")


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


def _weight(part: dict[str, Any], gate: float) -> str:
    return W["weight" if gate == 1 else "weight_gated"].format(weight=f"{part['weight']:.0%}", gate=f"{gate:.0%}")


def bar(title: str, score: float, weight: str, why: str) -> str:
    """A part of a score: its name, what it weighs in words, and a bar of ``score`` in [0, 1] above why."""
    percent = f"{100 * score:.0f}"
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


def _about(point: TeachingPoint, case: Case) -> str:
    """The finding that a teaching point is tied to, before it, unless its words name it already."""
    named = point.finding
    if named is None and point.region is not None:
        named = next(one for one in case.readers if point.reader in (None, one.id)).regions[point.region].finding
    if named is None or named in point.text.lower():
        return ""
    return tag("strong", text(W["point_of"].format(finding=named))) + " "


def _is_bundled(case_set: CaseSet) -> bool:
    """Whether a set came with SSG, so that its texts are ours and no instructor's."""
    return case_set.folder is not None and BUNDLED_CASES in case_set.folder.resolve().parents


def teaching(case_set: CaseSet, case: Case) -> str:
    """What a case teaches: its points and its discussion."""
    points = "".join(tag("li", _about(point, case), text(point.text)) for point in case.teaching_points)
    parts = []
    if points:
        parts.append(tag("h3", text(W["teaching"])) + tag("ul", points, class_="teaching"))
    if case.discussion:
        parts.append(tag("h3", text(W["discussion"])) + paragraphs(case.discussion.split("\n\n")))
    if parts and not case_set.reviewed:
        parts.append(tag("p", text(W["not_reviewed_ours" if _is_bundled(case_set) else "not_reviewed"]), class_="hint"))
    return "".join(parts)
