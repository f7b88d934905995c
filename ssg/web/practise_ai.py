"""What the policy sees on a case that a learner has been shown: on demand, labelled as AI, no part of a mark."""

from __future__ import annotations

import logging
from typing import Any

from ssg.casebook import Case
from ssg.errors import SSGError
from ssg.grounding.types import FindingAnswer, Grounding
from ssg.web import words
from ssg.web.ask_view import chain_steps, note
from ssg.web.html import tag, text
from ssg.web.practise_parts import steps_json
from ssg.web.practise_view import PractiseView
from ssg.web.services import Services

log = logging.getLogger(__name__)
W = words.PRACTISE
MOST_ASKED = 8
"""Findings that the policy is asked about at once: each takes its time."""


def seen(services: Services, view: PractiseView, learner: str, receipt: str) -> dict[str, Any]:
    """What the policy says to the question of an attempt: HTML, regions and steps for the viewer; never an error.

    Nothing is said of an attempt whose reference the learner has not been shown: it would be help.
    """
    attempt = view.attempt(learner, receipt) if receipt else None
    if attempt is None or attempt.revealed_at is None:
        return {"html": note(W["ai_gone"])}
    name = (attempt.case_set, attempt.case_id)
    try:
        case = services.practice.case(*name)
        pixels = services.images.case_pixels(services.case_images[name])
        asked = list(case.question[:MOST_ASKED])
        told = services.desk.ground(pixels, asked, case.modality, case.body_part)
    except SSGError as error:
        return {"html": note(W["ai_none"].format(problem=error)), "attempt": receipt}
    except Exception:
        log.exception("asking the policy about a case")
        return {"html": note(W["ai_none"].format(problem=words.OUR_FAULT)), "attempt": receipt}
    answers = [answer for grounding in told for answer in grounding.findings]
    return {
        "attempt": receipt,
        "html": _html(answers),
        "regions": _regions(case, answers),
        "steps": _steps(case, told),
    }


def _html(answers: list[FindingAnswer]) -> str:
    lines = []
    for one in answers:
        state = "unknown" if one.present is None else "seen" if one.present else "unseen"
        said = W[f"ai_{state}"].format(name=one.finding)
        lines.append(tag("li", text(said[:1].upper() + said[1:])))
    title, label = tag("h3", text(W["ai_title"])), tag("p", text(W["ai_label"]), class_="hint")
    return tag("section", title, label, tag("ul", *lines), class_="ai-answer", role="status")


def _regions(case: Case, answers: list[FindingAnswer]) -> list[dict[str, Any]]:
    """The policy's boxes as the viewer shows them; on a stack they lie on the picture that stands for the case."""
    return [
        {
            "id": f"ai-{number}",
            "kind": "policy",
            "reader": "",
            "box": list(region.box),
            "label": region.finding,
            "side": region.side,
            "confidence": region.confidence,
            "note": W["ai_label"],
            "picture": case.key_picture,
        }
        for number, region in enumerate((region for one in answers for region in one.regions), 1)
    ]


def _steps(case: Case, told: list[Grounding]) -> list[dict[str, Any]]:
    """The chain of the first finding that the policy sees, on the picture that stands for the case."""
    steps = next((steps for grounding in told if (steps := chain_steps(grounding))), [])
    return steps_json([(step.caption or step.label, tuple(step.box)) for step in steps], case.key_picture)
