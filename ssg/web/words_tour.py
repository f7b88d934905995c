"""The words of the first minutes: the invitation to the tour, and its callouts."""

from __future__ import annotations

TOUR: dict[str, str] = {
    "invite_title": "New here?",
    "invite": "A tour of two minutes goes through a first case with you.",
    "begin": "Take the tour",
    "not_now": "Not now",
    "again": "Tour of two minutes",
    "label": "Tour",
    "count": "{number} of {count}",
    "next": "Next",
    "back": "Back",
    "skip": "Skip the tour",
    "wait": "I will",
    "finish": "Finish",
    "following": "Next case",
    "go_there": "Go to what is described",
}

CALLOUTS: tuple[dict[str, str], ...] = (
    {
        "at": "#case-head .history",
        "title": "Read the history",
        "text": "Who is examined, and why. It says what to look for first.",
    },
    {
        "at": "#case-viewer .stage",
        "title": "Draw what you see",
        "text": "Press “Draw”, drag a box around it and choose its name. With the keyboard: N, then the arrows.",
        "touch": "Drag with one finger to draw a box around it, then choose its name. Two fingers zoom.",
    },
    {
        "at": "#case-absent",
        "title": "What is asked",
        "text": "Each of these is there or not. Tick “Not there” for what you exclude: that counts as well.",
    },
    {
        "at": "#case-absent .hint-open",
        "title": "If you are stuck",
        "text": "A hint leads your search, and says before what it costs. It never gives the answer.",
    },
    {
        "at": "#case-submit",
        "title": "Now it is your turn",
        "text": "Look, draw, exclude, and submit. The tour waits for you and goes on with the judgement.",
        "then": "wait",
    },
    {
        "at": "#case-feedback .ring",
        "when": "judged",
        "title": "How you did",
        "text": "The mark, and in words what was found, missed or too much. The image now shows the readers' boxes.",
    },
    {
        "at": "nav a[href='/progress']",
        "when": "judged",
        "title": "Your progress",
        "text": "What you know and what is due again. The next case is chosen by it.",
    },
    {
        "at": "#case-next",
        "when": "judged",
        "title": "That was the tour",
        "text": "Go on with the next case. The tour stays at the foot of every page.",
        "then": "finish",
    },
)
"""In their order. ``at`` is the element that is described; ``touch`` is said instead where fingers draw; ``when``
"judged" waits for the judgement; ``then`` "wait" leaves the learner alone until it comes, "finish" ends the tour."""
