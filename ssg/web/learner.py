"""Who asks: the learner that the guard has proved by the signed cookie, as Gradio's handlers see the request."""

from __future__ import annotations

import gradio as gr

from ssg.errors import BadInput


def learner_of(request: gr.Request) -> str:
    """The learner's opaque id; raises BadInput for a request that did not come through the guard."""
    scope = getattr(request.request, "scope", {})
    learner = scope.get("state", {}).get("learner")
    if not learner:
        raise BadInput("This browser could not be told from others: allow cookies for this address and reload.")
    return str(learner)
