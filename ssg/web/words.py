"""The words of the pages themselves; sentences about an answer or a file are where they are computed.

Plain strings only. ``{name}`` marks a place that the caller fills in: with ``str.format`` in Python, with ``say`` in
the viewer's JavaScript. Nothing here is HTML; whoever shows it escapes it.
"""

from __future__ import annotations

from ssg import NOTICE as NOTICE
from ssg.web.words_practise import PRACTISE as PRACTISE

PRODUCT = "SSG"
TAGLINE = "Spatial-semantic grounding for radiology teaching"

PAGES: tuple[tuple[str, str], ...] = (
    ("Ask", "/"),
    ("Practise", "/practise"),
    ("Report", "/report"),
    ("Progress", "/progress"),
    ("Library", "/library"),
    ("Build", "/build"),
    ("Judging", "/judging"),
)
"""Name and path of each page, in the order of the navigation."""

NAVIGATION = "Pages"
SKIP_TO_CONTENT = "Skip to the content"

OUR_FAULT = "Something went wrong on our side; what you did is kept in this browser. Try again, or reload the page."

ASK: dict[str, str] = {
    "title": "Ask the image",
    "lead": "Type a finding in your own words and see where it is, or that it is not there.",
    "field": "What are you looking for?",
    "placeholder": "Is there fluid at the left base?",
    "button": "Ask",
    "upload": "Open an image",
    "upload_hint": (
        "PNG, JPEG or DICOM, up to {megabytes} MB. The file's header is not kept, but text burned into the picture "
        "stays visible: do not upload a picture that names a patient."
    ),
    "images": "Images ({count})",
    "yours": "Yours",
    "examples": "Try",
    "recent": "Asked before",
    "empty": "Type a finding above. The answer appears here and on the image.",
    "asking": "Looking at the image …",
    "nothing_typed": "Type what you are looking for, for example “pleural effusion on the left”.",
    "no_image": "Choose or open an image first.",
    "too_long": "That is {count:,} characters; ask in at most {most}.",
    "present": "seen",
    "absent": "not seen",
    "unknown": "cannot say",
    "confidence": "confidence",
    "did_you_mean": "Did you mean",
    "also": "“{words}” was read as {finding}. It may also mean",
    "asked_as": "You asked",
    "by": "{name} · {quantisation} · {seconds} s on {device}",
    "specialty": "Specialty",
    "automatic": "Automatic",
    "base": "Base",
    "by_specialty": "specialty: {specialty}",
    "by_itself": "specialty: {specialty} (automatic)",
    "no_specialty": "There is no specialty “{specialty}” here, so the image chose.",
    "ai": "AI answer. Check it against the image.",
    "knows_only": "The policy knows {kinds} only.",
    "adapted_to": "The specialty {specialty} was adapted to {kinds} only.",
    "not_a_question": "The page sent something that is no question: reload it and ask again.",
    "alike": "Cases that look like this",
    "drawn": "This image was drawn by a computer; no patient is behind it.",
    "no_policy": "Questions cannot be answered now, everything else works. {problem}",
}

EXAMPLES: dict[str, tuple[str, ...]] = {
    "chest x-ray": (
        "Is there fluid at the left base?",
        "big heart",
        "collapsed lung",
        "nodule or mass",
        "Where is the right hilum?",
    ),
    "chest ct": (
        "Is there fluid on the left?",
        "clot in a pulmonary artery",
        "enlarged lymph nodes",
        "emphysema",
        "Where is the heart?",
    ),
    "brain mr": (
        "Is there a tumor?",
        "Is the midline shifted?",
        "bleeding",
        "white matter disease",
        "Where are the ventricles?",
    ),
}
"""Questions to try, by the vocabulary's modality."""

JUDGING: dict[str, str] = {
    "title": "How it is judged",
    "lead": (
        "What is there is outlined. Move a box, draw another, tick what is not there, and see how each part of the "
        "judgement follows. The same reward marks students and trains the policy."
    ),
    "example": "Example",
    "absent": "Not there",
    "judged": "The judgement",
    "regions": "Box by box",
    "rubric": "Other weights",
    "gate": "Place from which the other parts count in full",
    "alt": "Synthetic chest radiograph",
}

COMPONENT_NAMES: dict[str, str] = {
    "spatial": "Place",
    "semantic": "Meaning",
    "clinical": "Clinical relevance",
    "coherence": "Coherence",
}

ENCODER: dict[str, str] = {
    "none": "none: names are judged by themselves",
    "loading": "The image-text model is still being loaded, so names are judged by themselves.",
    "unavailable": "The image-text model is not available, so names are judged by themselves.",
}

STATUS: dict[str, str] = {
    "policy": "Policy: {status}",
    "ready": "{name}, {parameters} M parameters, {quantisation}, on {device}",
    "specialties": "specialties: {names}",
    "left_out": "adapters that could not be used: {count}",
    "loading": "being loaded",
    "unavailable": "none",
    "lost": "This Space has no persistent storage: attempts are lost when it restarts.",
}
