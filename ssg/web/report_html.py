"""A report as a learner reads it back: its sentences with what was read, the findings, the score, a model answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from ssg.casebook import Case, CaseSet
from ssg.reports import ParsedReport
from ssg.store import Attempt
from ssg.teaching.reporting import Kind, model_answer
from ssg.web import feedback
from ssg.web.html import paragraphs, tag, text
from ssg.web.words_report import COMPARED, KINDS, PARTS, REPORT, SIDES

W = REPORT
GOOD = (Kind.RIGHT, Kind.DENIED)
NEAR = (Kind.GENERAL, Kind.HEDGED, Kind.UNSAID)
COLOURS = ("bad", "near", "good", "silent")
"""Classes of rows, the worst first."""

Rows = Sequence[Mapping[str, Any]]


def as_read(report: ParsedReport) -> str:
    """What a report was taken for while it is written."""
    rows = report.to_json()["statements"]
    chips = "".join(tag("li", _statement(row), class_=row["presence"]) for row in rows)
    if report.normal:
        everything = W["everything_else" if rows else "everything"]
        chips += tag("li", tag("strong", text(everything)) + tag("span", text(W["normal"])), class_="absent")
    notes = paragraphs(report.notes if report.text.strip() else (), class_="hint")
    shown = tag("ul", chips, class_="statements") if chips else tag("p", text(W["read_none"]), class_="hint")
    return (shown if chips or not notes else "") + notes


def _statement(row: Mapping[str, Any]) -> str:
    """A statement as a chip: "pleural effusion · left · there"."""
    words = [row["finding"]]
    if row["side"]:
        words.append(SIDES[row["side"]])
    words.append(W[row["presence"]])
    if row["comparison"]:
        words.append(COMPARED[row["comparison"]])
    name, *rest = words
    return tag("strong", text(name)) + "".join(tag("span", text(word)) for word in rest)


def of_attempt(attempt: Attempt, case_set: CaseSet, case: Case, region_ids: Mapping[tuple[str, int], str]) -> str:
    """The whole feedback; ``region_ids`` are the viewer's names of (reader, number of its region)."""
    judged, answer = attempt.breakdown, attempt.answer
    rows = judged["rows"]
    shown = [
        {**row, "ids": [region_ids[key] for key in map(tuple, row["regions"]) if key in region_ids]} for row in rows
    ]
    there = [row for row in shown if row["there"]]
    excluded = [row for row in shown if not row["there"] and row["kind"] != Kind.UNKNOWN]
    return tag(
        "section",
        feedback.mark(judged, _verdict(there)),
        _sentences(answer, shown),
        _group(W["there"], there),
        _group(W["not_there"], sorted(excluded, key=lambda row: row["kind"] in GOOD)),
        _group(W["not_judged"], [row for row in shown if row["kind"] == Kind.UNKNOWN]),
        _parts(judged["parts"]),
        _model(case),
        feedback.teaching(case_set, case),
        tag("p", tag("a", text(W["draw"]), href="/practise?" + _address(attempt))),
        tag("p", text(W["receipt"].format(receipt=attempt.receipt)), class_="receipt"),
        class_="feedback report-feedback",
        attributes={"aria-label": W["parts"]},
    )


def _address(attempt: Attempt) -> str:
    return urlencode({"set": attempt.case_set, "case": attempt.case_id})


def _verdict(there: Rows) -> str:
    if not there:
        return W["none_there"]
    right = sum(row["kind"] == Kind.RIGHT for row in there)
    if right == len(there):
        return W["all_right"]
    return W["one_wrong" if len(there) == 1 else "some_right"].format(right=right, all=len(there))


def _sentences(answer: Mapping[str, Any], rows: Rows) -> str:
    """The report itself, each sentence marked by the worst of what it says, and tied to the regions of that."""
    told: dict[int, list[Mapping[str, Any]]] = {one["sentence"]: [] for one in answer["statements"]}
    for row in rows:
        for number in row["statements"]:
            told.setdefault(answer["statements"][number]["sentence"], []).append(row)
    general = [row for row in rows if row.get("by_normal")]
    for number in answer.get("normal", ()):
        told.setdefault(number, []).extend(general)
    items, section = [], ""
    for number, sentence in enumerate(answer["sentences"]):
        if sentence["section"] != section:
            section = sentence["section"]
            items.append(tag("li", text(section), class_="section"))
        silent = W["no_statement"] if number not in told else KINDS[Kind.UNKNOWN]
        if number in answer.get("normal", ()):
            silent = W["calls_normal"]
        items.append(_sentence(sentence["text"], told.get(number, []), silent))
    hint = tag("p", text(W["sentence_hint"]), class_="hint")
    return tag("h3", text(W["sentences"])) + hint + tag("ol", *items, class_="report-sentences")


def _sentence(words: str, rows: Rows, silent: str) -> str:
    """A sentence with what its rows say of it, ``silent`` where there are none."""
    ids = list(dict.fromkeys(name for row in rows for name in row["ids"]))
    kinds = list(dict.fromkeys(_kind(row) for row in sorted(rows, key=_badness)))
    said = tag("span", text(", ".join(kinds) or silent), class_="judged")
    if not ids:
        return tag("li", tag("span", text(words)), said, class_=_class(rows))
    button = tag("button", text(words), type="button", data_regions=" ".join(ids))
    return tag("li", button, said, class_=_class(rows))


def _kind(row: Mapping[str, Any]) -> str:
    """What stands beside a row."""
    return W["in_general"] if row.get("by_normal") and row["kind"] == Kind.DENIED else KINDS[row["kind"]]


def _badness(row: Mapping[str, Any]) -> int:
    if row["kind"] == Kind.UNKNOWN:
        return 3
    return 2 if row["kind"] in GOOD else 1 if row["kind"] in NEAR else 0


def _class(rows: Rows) -> str:
    return COLOURS[min(map(_badness, rows), default=3)]


def _group(title: str, rows: Rows) -> str:
    if not rows:
        return ""
    return tag("h3", text(title)) + tag("ul", *map(_row, rows), class_="report-rows")


def _row(row: Mapping[str, Any]) -> str:
    kind = tag("span", text(_kind(row)), class_="kind")
    why = tag("span", text(row["why"]))
    if row["ids"]:
        label = W["show"].format(finding=row["finding"])
        why = tag("button", text(row["why"]), type="button", title=label, data_regions=" ".join(row["ids"]))
    return tag("li", kind, why, class_=_class([row]))


def _parts(parts: Iterable[Mapping[str, Any]]) -> str:
    bars = list(map(_bar, parts))
    return tag("h3", text(W["parts"])) + tag("div", *bars, class_="bars") if bars else ""


def _bar(part: Mapping[str, Any]) -> str:
    weight = W["weight"].format(weight=f"{part['weight']:.0%}")
    return feedback.bar(PARTS[part["name"]], part["score"], weight, part["why"])


def _model(case: Case) -> str:
    answer = model_answer(case)
    source = tag("p", text(W["model_written" if answer.is_written else "model_made"]), class_="hint")
    findings = tag("h4", text(W["findings"])) + paragraphs(answer.findings.split("\n"))
    impression = (
        tag("h4", text(W["impression"])) + paragraphs(answer.impression.split("\n")) if answer.impression else ""
    )
    return tag("h3", text(W["model"])) + tag("div", findings, impression, source, class_="model-answer")
