"""The words of the Progress page."""

from __future__ import annotations

PROGRESS: dict[str, str] = {
    "title": "Your progress",
    "lead": "From your own attempts; only you see it.",
    "empty_title": "Nothing here yet",
    "empty": "Read a case, and this page shows what you know, what you miss, and what is due again.",
    "start": "Read the first case",
    "cases": "cases read",
    "lately": "lately, of 100",
    "known": "findings known",
    "due": "due again",
    "next": "Next",
    "go": "Read it",
    "mastery": "What you know",
    "mastery_hint": (
        "How likely you know each finding today: learned, and not forgotten since. The line holds nine tenths of the "
        "belief: long where little was answered."
    ),
    "course": "Marks over time",
    "course_hint": "Each answer, and a running mean of about ten. Hints are taken off.",
    "mistakes": "What goes wrong",
    "mistakes_hint": "Mistakes of the latest {among} findings that you were asked. Low and high are of the image.",
    "no_mistakes": "No mistake among the latest {among} findings.",
    "froc": "Finding, against false boxes (FROC)",
    "froc_hint": (
        "Of all that was there, the share that you boxed, against false boxes on each image; each point takes your "
        "boxes of at least that confidence. {at}: {figure} ({low} to {high})."
    ),
    "froc_half": "At half a false box an image",
    "froc_all": "With all your boxes, {false} false ones an image",
    "lroc": "Normal or not, and where (LROC)",
    "lroc_hint": (
        "Abnormal images on which your surest box lies right, against normal images that you boxed. Area: {figure} "
        "({low} to {high}); guessing has nearly none."
    ),
    "calibration": "Whether certain means right",
    "calibration_hint": "Of the boxes of each confidence, the share that hits. Below the line is too sure.",
    "too_sure": "You are surer than right: by {bias} on average.",
    "too_unsure": "You are better than you think: by {bias} on average.",
    "just_sure": "Your confidence fits what you find.",
    "few_boxes": "Give your boxes a confidence; from five boxes on this tells whether it can be trusted.",
    "class": "Among all learners",
    "class_hint": "Mean mark of first tries. Only quartiles are shown, and nobody's name or mark.",
    "class_place": "You do better than {below} of {others} others.",
    "you": "you",
    "others": "the others: middle half",
    "middle": "their middle",
    "table": "As a table",
    "all": "All others",
    "finding": "finding",
    "now": "known today",
    "asked": "asked",
    "right": "right",
    "due_on": "due",
    "due_now": "now",
    "drawn": "drawn",
    "written": "reports",
    "mean": "running mean",
    "attempt": "attempt",
    "mark": "mark",
    "false_per_image": "false boxes an image",
    "found": "share found",
    "normal_boxed": "share of normal images boxed",
    "abnormal_located": "share of abnormal images located",
    "confidence": "your confidence",
    "hits": "share that hits",
    "boxes": "{count} boxes",
    "ideal": "as sure as right",
    "count": "how often",
    "mean_mark": "mean mark",
}
"""Sentences; {figure}, {low}, {high}, {bias}, {below} are per cent."""
