"""The question and the answer as text: written here, read here, and described once as a grammar.

    question   Locate: left pleural effusion; cardiomegaly.
    answer     <think>[{"bbox_2d": [x0, y0, x1, y1], "label": "left lung"}, ...]</think>
               <answer>[{"bbox_2d": [...], "label": "left pleural effusion"},
                        {"label": "cardiomegaly", "absent": true}]</answer>

``<think>`` holds the chain of boxes: where to look first, then the landmark. An answer of ``[]`` says that nothing
asked about is there. Whoever has an answer reads it with :func:`read_answer`. Coordinates are whatever the checkpoint
writes (see ``coordinates``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

PROMPT = "Locate: {findings}."
ANSWER_LIST = "<answer>["
"""What an answer's list begins with; what follows opens a box or closes the list, and so decides presence."""
LONGEST_ANSWER = 20_000
"""Characters; a longer text is cut before reading, so that enormous thinking costs nothing."""
MOST_BOXES = 200

LEFT_OUT = "an entry without four numbers was left out"
"""What is said of an entry that is neither a box nor an absence."""


@dataclass(frozen=True, slots=True)
class WrittenBox:
    """A labelled box as the policy wrote it, in the checkpoint's own units."""

    label: str
    corners: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """What :func:`read_answer` understood.

    ``readable`` is False where no list of boxes could be found at all: that is not the same as an empty list.
    ``repaired`` says in words what had to be mended. ``entries`` are, for each of ``boxes``, the number of the entry of
    the answer that it is, counting all that were meant to be boxes.
    """

    chain: tuple[WrittenBox, ...] = ()
    boxes: tuple[WrittenBox, ...] = ()
    absent: tuple[str, ...] = ()
    readable: bool = True
    repaired: tuple[str, ...] = field(default=())
    entries: tuple[int, ...] = ()


def question(findings: Iterable[str]) -> str:
    """The prompt text for findings as they are said ("left pleural effusion")."""
    return PROMPT.format(findings="; ".join(findings))


def write_answer(chain: Sequence[WrittenBox], boxes: Sequence[WrittenBox], absent: Sequence[str] = ()) -> str:
    """The answer's text. ``absent`` is written out only in the answer to several findings."""
    rows = [_row(box) for box in boxes] + [f'{{"label": {json.dumps(name)}, "absent": true}}' for name in absent]
    return f"<think>[{', '.join(_row(box) for box in chain)}]</think><answer>[{', '.join(rows)}]</answer>"


def _row(box: WrittenBox) -> str:
    corners = ", ".join(f"{corner:g}" for corner in box.corners)
    return f'{{"bbox_2d": [{corners}], "label": {json.dumps(box.label)}}}'


def read_answer(text: str) -> WrittenAnswer:
    """Read a policy's text forgivingly, saying what was repaired; never raises.

    The *last* complete ``<answer>`` counts, as a reader would take somebody's last word; a text that imitates the
    tags inside its thinking gains nothing by it.
    """
    repaired: list[str] = []
    if len(text) > LONGEST_ANSWER:
        text = text[-LONGEST_ANSWER:]
        repaired.append(f"only the last {LONGEST_ANSWER:,} characters were read")
    thinking, answer = _parts(text, repaired)
    rows = _rows(answer, repaired)
    if rows is None:
        return WrittenAnswer(readable=False, repaired=(*repaired, "no list of boxes was found"))
    chain = [box for box in map(_box, _rows(thinking, []) or []) if box]
    boxes, entries, absent = [], [], []
    opened = 0
    for row in rows:
        box = _box(row)
        if box:
            boxes.append(box)
            entries.append(opened)
        elif row.get("absent") is True and isinstance(row.get("label"), str):
            absent.append(row["label"])
        else:
            repaired.append(LEFT_OUT)
        opened += "bbox_2d" in row
    if len(boxes) > MOST_BOXES:
        boxes, entries = boxes[:MOST_BOXES], entries[:MOST_BOXES]
        repaired.append(f"only the first {MOST_BOXES} boxes were read")
    mended = tuple(dict.fromkeys(repaired))
    return WrittenAnswer(tuple(chain), tuple(boxes), tuple(absent), True, mended, tuple(entries))


def _parts(text: str, repaired: list[str]) -> tuple[str, str]:
    ended = text.rfind("</answer>")
    opened = text.rfind("<answer>", 0, ended) if ended >= 0 else -1
    opened = text.rfind("<answer>") if opened < 0 else opened
    if opened < 0:
        repaired.append("the answer's tags were missing")
        head, found, tail = text.rpartition("</think>")
        return (head, tail) if found else ("", text)
    closed = text.find("</answer>", opened)
    if closed < 0:
        repaired.append("the answer was not closed")
        closed = len(text)
    return text[:opened], text[opened + len("<answer>") : closed]


def _rows(text: str, repaired: list[str]) -> list[dict[str, Any]] | None:
    start = text.find("[")
    if start < 0:
        return None
    try:
        rows, _ = json.JSONDecoder().raw_decode(text[start:])
        whole = rows if isinstance(rows, list) else None
    except (ValueError, RecursionError):  # ValueError: also of a number with thousands of digits
        repaired.append("the list of boxes was not valid JSON")
        whole = [row for row in map(_object, re.findall(r"\{[^{}]{1,400}\}", text)) if row is not None]
        if not whole:
            return None
    if whole is None:
        return None
    if whole and all(isinstance(value, (int, float)) for value in whole):
        repaired.append("a bare list of numbers was read as one box")
        whole = [{"bbox_2d": whole, "label": ""}]
    rows = [row for row in whole if isinstance(row, dict)]
    if len(rows) < len(whole):
        repaired.append(LEFT_OUT)
    return rows


def _object(text: str) -> dict[str, Any] | None:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _box(row: dict[str, Any]) -> WrittenBox | None:
    corners = row.get("bbox_2d", row.get("bbox", row.get("box")))
    if not isinstance(corners, list) or len(corners) != 4:
        return None
    if not all(
        isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e7 for value in corners
    ):
        return None
    x0, y0, x1, y1 = (float(value) for value in corners)
    ordered = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    if ordered[0] == ordered[2] or ordered[1] == ordered[3]:
        return None
    label = row.get("label", row.get("finding", ""))
    return WrittenBox(label if isinstance(label, str) else "", ordered)


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """What an answer to one question may look like: its labels and its largest coordinates.

    ``chain_labels`` may be named while thinking; ``labels`` in the answer. ``lists_absent`` where several findings
    were asked about, so that each can be excluded by name. At most ``most`` boxes in the answer and four in the chain.
    """

    labels: tuple[str, ...]
    chain_labels: tuple[str, ...] = ()
    lists_absent: bool = False
    limit: int = 1000
    most: int = 8

    def regex(self) -> str:
        """The form as a regular expression (for the ``regex`` module)."""
        number = rf"(?:0|[1-9]\d{{0,{len(str(self.limit)) - 1}}})"
        corners = rf"\[{number}, {number}, {number}, {number}\]"
        thinking = _list_of(rf'\{{"bbox_2d": {corners}, "label": "{_either(self.chain_labels)}"\}}', 4)
        found = rf'\{{"bbox_2d": {corners}, "label": "{_either(self.labels)}"\}}'
        denied = rf'\{{"label": "{_either(self.labels)}", "absent": true\}}'
        answer = _list_of(rf"(?:{found}|{denied})" if self.lists_absent else found, self.most)
        thinking = thinking if self.chain_labels else r"\[\]"
        return rf"<think>{thinking}</think><answer>{answer}</answer>"

    def ebnf(self) -> str:
        """The form in the EBNF of xgrammar (GBNF)."""
        digits = " | ".join(['"0"', *("[1-9]" + " [0-9]" * extra for extra in range(len(str(self.limit))))])
        entry = "found | denied" if self.lists_absent else "found"
        chain = _gbnf_list("looked", 4) if self.chain_labels else '"[]"'
        rules = [
            f'root ::= "<think>" {chain} "</think><answer>" {_gbnf_list("entry", self.most)} "</answer>"',
            f"entry ::= {entry}",
            r'looked ::= "{\"bbox_2d\": " corners ", \"label\": \"" place "\"}"',
            r'found ::= "{\"bbox_2d\": " corners ", \"label\": \"" name "\"}"',
            r'denied ::= "{\"label\": \"" name "\", \"absent\": true}"',
            'corners ::= "[" number ", " number ", " number ", " number "]"',
            f"number ::= {digits}",
            f"name ::= {_gbnf_either(self.labels)}",
            f"place ::= {_gbnf_either(self.chain_labels or self.labels)}",
        ]
        return "\n".join(rules)


def _either(labels: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(json.dumps(label)[1:-1]) for label in labels) + ")"


def _list_of(entry: str, most: int) -> str:
    return rf"\[(?:{entry}(?:, {entry}){{0,{most - 1}}})?\]"


def _gbnf_either(labels: Sequence[str]) -> str:
    return " | ".join(json.dumps(json.dumps(label)[1:-1]) for label in labels)


def _gbnf_list(rule: str, most: int) -> str:
    return f'"[" ({rule} (", " {rule}){{0,{most - 1}}})? "]"'
