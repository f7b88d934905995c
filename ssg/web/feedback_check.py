"""A judgement in words alone, for whoever wants to try again: what is right, and nothing of where or what else."""

from __future__ import annotations

from ssg.casebook import Case
from ssg.reward.answers import unique
from ssg.store import Attempt
from ssg.vocabulary import vocabulary
from ssg.web import words
from ssg.web.feedback import found_from
from ssg.web.html import tag, text

W = words.PRACTISE


def of_check(attempt: Attempt, case: Case) -> str:
    """What an answer that is only checked is told: which of its findings are right, and no box, place or name more."""
    total, answer = attempt.mark, attempt.answer
    told = [_checked(finding, attempt, case) for finding in unique(row["finding"] for row in answer["regions"])]
    told += [_checked_word(row["finding"], row["score"]) for row in attempt.breakdown.get("stated", ())]
    told += [_checked_word(finding, _denied(finding, case)) for finding in answer["absent"]]
    said = {row["finding"] for row in (*answer["regions"], *answer.get("stated", ()))} | set(answer["absent"])
    silent = sum(name not in said for name in case.question)
    lines = [line for line in told if line]
    if silent:
        lines.append(tag("li", text(W["checked_silent"].format(count=silent, of=len(case.question)))))
    score = W["checked_unscored"] if total is None else W["checked_total"].format(total=f"{100 * total:.0f}")
    show = tag("button", text(W["show_me"]), type="button", class_="chip", attributes={"data-show": attempt.receipt})
    go_on = tag("button", text(W["go_on"]), type="button", class_="chip", attributes={"data-go-on": True})
    return tag(
        "section",
        tag("h3", text(W["checked"])),
        tag("p", text(score), role="status"),
        tag("ul", *lines, class_="sentences"),
        tag("div", go_on, show, class_="chips"),
        class_="feedback checked",
        attributes={"aria-label": W["checked"]},
    )


def _checked(finding: str, attempt: Attempt, case: Case) -> str:
    """One finding that was drawn: right where each of its boxes is, near where one is off."""
    matches = [row for row in attempt.breakdown["matches"] if row["finding"] == finding and row["iou"] > 0]
    right = [row for row in matches if row["iou"] >= found_from(row, case)]
    extra = [row for row in attempt.breakdown["extra"] if row["finding"] == finding]
    if not matches and not extra and not _marked(finding, case) and _denied(finding, case) is None:
        return ""
    whole = bool(right) and len(right) == len(matches) and not extra
    return _checked_word(finding, 1.0 if whole else 0.5 if matches else 0.0)


def _checked_word(finding: str, score: float | None) -> str:
    if score is None:
        return ""
    kind = "right" if score == 1 else "near" if score > 0 else "wrong"
    colour = {"right": "good", "near": "near", "wrong": "bad"}[kind]
    return tag("li", text(_capital(W[f"checked_{kind}"].format(name=finding))), class_=colour)


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def _marked(finding: str, case: Case) -> bool:
    return any(vocabulary().asks_about(finding, name) for name in case.present)


def _denied(finding: str, case: Case) -> float | None:
    """How right it is that a finding is denied; None where no reader says anything about it."""
    if _marked(finding, case):
        return 0.0
    excluded = {name for reader in case.readers for name in reader.absent}
    return 1.0 if any(vocabulary().is_a(finding, name) for name in excluded) else None
