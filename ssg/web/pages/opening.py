"""How a page of cases opens: the handle that the browser carries, and what stands there when no case can be opened."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from ssg.errors import SSGError
from ssg.web import words
from ssg.web.learner import learner_of
from ssg.web.practise_view import Name
from ssg.web.services import Services

log = logging.getLogger(__name__)

Outputs = tuple[Any, ...]


def guarded(
    services: Services,
    request: gr.Request,
    opening: Callable[[str], Outputs],
    problem: Callable[[str, str], Outputs],
) -> Outputs:
    """What ``opening`` gives for the learner; what ``problem`` gives where that fails, never a page that stays empty.

    ``problem`` is given a sentence and the learner, "" where nothing of the learner should be asked for.
    """
    learner = ""
    try:
        learner = learner_of(request)
        if not len(services.practice):
            return problem(words.PRACTISE["no_cases"], "")
        return opening(learner)
    except SSGError as error:
        return problem(str(error), learner)
    except Exception:
        log.exception("opening a case")
        return problem(words.OUR_FAULT, "")


def handle_values(handle: str) -> Mapping[str, Any]:
    """What the browser says it has open; empty where it sends anything else."""
    try:
        values = json.loads(handle or "{}")
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def name_in(values: Mapping[str, Any]) -> Name:
    """The case of a handle; ("", "") where it names none."""
    return str(values.get("set", "")), str(values.get("case", ""))
