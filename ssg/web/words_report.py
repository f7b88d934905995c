"""The words of the Report page."""

from __future__ import annotations

REPORT: dict[str, str] = {
    "title": "Write the report",
    "field": "Your report",
    "placeholder": "Findings: …\nImpression: …",
    "hint": "Say what is there and on which side, and what you looked for and is not. Sentences or notes, in English.",
    "read": "As it is read",
    "read_hint": "What your words are taken for; it is not judged yet.",
    "read_none": "Nothing yet.",
    "submit": "Hand in the report",
    "submitting": "Judging …",
    "again": "Write again",
    "next": "Next case",
    "draw": "Draw on this case",
    "write": "Write a report on this case",
    "offline": "Not connected: your report is kept in this browser. Try again in a moment.",
    "empty": "Write what you see before you hand it in.",
    "not_text": "The report must be text.",
    "sentences": "Your report, sentence by sentence",
    "sentence_hint": "Choose a sentence to see its region, or a region to see its sentences.",
    "no_statement": "names no finding",
    "everything": "everything",
    "everything_else": "everything else",
    "normal": "normal",
    "calls_normal": "calls all else normal",
    "in_general": "in general terms",
    "there": "What is there",
    "not_there": "What is not there",
    "not_judged": "Not judged",
    "parts": "How it was judged",
    "model": "How it may read",
    "model_made": "Put together from what the readers of this case mark and exclude.",
    "model_written": "Written by the authors of this case.",
    "findings": "Findings",
    "impression": "Impression",
    "show": "Show {finding} on the image",
    "unscorable": "–",
    "all_right": "Everything that the readers mark is in your report.",
    "some_right": "{right} of {all} findings are reported in full.",
    "one_wrong": "What is there is not reported in full.",
    "none_there": "Nothing abnormal is marked on this case; what counts is what you exclude.",
    "present": "there",
    "absent": "not there",
    "uncertain": "may be there",
    "weight": "weight {weight}",
    "receipt": "Receipt {receipt}",
}

PARTS: dict[str, str] = {
    "findings": "What is there",
    "sides": "Sides",
    "exclusions": "What is not there",
    "inventions": "Nothing invented",
    "comparison": "Compared with before",
}

KINDS: dict[str, str] = {
    "right": "correct",
    "general": "in general terms",
    "wrong side": "wrong side",
    "hedged": "left open",
    "wrongly excluded": "wrongly excluded",
    "missing": "missing",
    "invented": "not there",
    "rightly excluded": "correct",
    "not excluded": "not said",
    "contradicted": "contradicts itself",
    "not judged": "not judged",
}
"""What stands beside a row, by its kind."""

COMPARED: dict[str, str] = {
    "new": "new",
    "worse": "worse",
    "same": "unchanged",
    "better": "better",
    "resolved": "gone",
}

SIDES: dict[str, str] = {"left": "left", "right": "right", "bilateral": "both sides", "midline": "midline"}
