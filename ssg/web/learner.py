"""Who asks: the learner that the guard has proved by the signed cookie, as Gradio's handlers see the request."""

from __future__ import annotations

import gradio as gr

from ssg.errors import BadInput

NO_INSTRUCTOR = "This is for instructors: sign in on the Build page first."


def learner_of(request: gr.Request) -> str:
    """The learner's opaque id; raises BadInput for a request that did not come through the guard."""
    scope = getattr(request.request, "scope", {})
    learner = scope.get("state", {}).get("learner")
    if not learner:
        raise BadInput("This browser could not be told from others: allow cookies for this address and reload.")
    return str(learner)


def instructor_of(request: gr.Request) -> str:
    """The name of the instructor; raises BadInput for whoever is none."""
    name = getattr(request.request, "scope", {}).get("state", {}).get("instructor")
    if not name:
        raise BadInput(NO_INSTRUCTOR)
    return str(name)
