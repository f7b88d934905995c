"""The words of the pages themselves; sentences about an answer or a file are where they are computed.

Plain strings only. ``{name}`` marks a place that the caller fills in: with ``str.format`` in Python, with ``say`` in
the viewer's JavaScript. Nothing here is HTML; whoever shows it escapes it.
"""

from __future__ import annotations

from ssg import NOTICE as NOTICE

PRODUCT = "SSG"
TAGLINE = "Spatial-semantic grounding for radiology teaching"

PAGES: tuple[tuple[str, str], ...] = (
    ("Ask", "/"),
    ("Practise", "/practise"),
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

PRACTISE: dict[str, str] = {
    "case": "Case {number} of {count}",
    "history": "History",
    "synthetic": "The image was drawn by a computer; no patient is behind it.",
    "task": "Look for",
    "task_hint": "Draw a box around each finding that you see and name it. Tick below what is not there.",
    "absent": "Not there",
    "absent_hint": "Tick each finding that you exclude.",
    "submit": "Submit",
    "submitting": "Judging …",
    "next": "Next case",
    "again": "Try again",
    "all": "All cases",
    "packet": "Your packet",
    "no_packet": "None of this packet's cases is here (any more): make another in the Library.",
    "similar": "Similar cases",
    "not_tried": "not tried",
    "receipt": "Recorded as {receipt}",
    "score": "of 100",
    "components": "How it was judged",
    "weight": "weight {weight}",
    "weight_gated": "weight {weight}, of which {gate} counts",
    "overlap": "IoU {iou}: of all that your box and the reader's cover, {share} lies in both.",
    "name_as_said": "What the name or the side lacks is said above.",
    "nothing_said": (
        "You marked nothing, and nothing is there. Say so with “Not there”: only then is it an answer and no gap."
    ),
    "not_judged": "not judged here",
    "matched": "Found",
    "near": "Near, but not on it",
    "missed": "Missed",
    "extra": "Too much",
    "noted": "Noted by the reader; not asked.",
    "noted_too": "The readers also noted",
    "teaching": "Teaching points",
    "discussion": "Discussion",
    "not_reviewed": "Written for SSG. No clinician has reviewed it.",
    "unstated": "You said nothing about {names}.",
    "no_token": "The token of an answer is text that the page made: reload the page, your draft is kept.",
    "empty_hint": "Choose a case from the list, and its image appears here.",
    "no_cases": "No case set is installed. Set SSG_CASE_SETS to a folder that holds one, then start again.",
    "unscorable": "not scored",
    "offline": "The answer could not be sent. It is kept in this browser: check the connection and submit again.",
}

JUDGING: dict[str, str] = {
    "title": "How it is judged",
    "lead": (
        "What is there is outlined. Move a box, draw another, tick what is not there, and see how each part of the "
        "judgement follows. The same reward marks students and trains the policy."
    ),
    "example": "Example",
    "absent": "Not there",
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

DRAWN: dict[str, str] = {
    "not_an_answer": "The viewer sent something that is not a set of boxes: reload the page and draw again.",
    "other_case": "These boxes belong to another case: reload the page, your draft of this case is kept.",
    "too_many": "{count:,} boxes drawn; at most {most} are judged: delete some.",
    "no_picture": "Box {number} lies on a picture that this case does not have: reload the page.",
    "not_a_box": "Box {number}: a box is four numbers [left, top, right, bottom] in pixels of the image.",
    "bad_box": "Box {number}: {problem}",
    "unnamed": "Box {number} has no finding yet: name it, or delete it.",
    "unknown_label": "Box {number}: '{label}' is not one of the findings of this case: choose one from its list.",
    "bad_side": "Box {number}: the side is left, right, bilateral or midline, or left open.",
    "bad_confidence": "Box {number}: confidence is a whole number from 1 (a guess) to 5 (certain), or left open.",
    "repeated": "Boxes {first} and {second} are the same box with the same finding: delete one.",
}
"""Why a drawn answer is refused."""

VIEWER: dict[str, str] = {
    # What the viewer calls itself and its parts
    "stage": "Image viewer. Press question mark for the keys.",
    "stage_drawing": "Image viewer, drawing. N makes a new box, Tab goes through the boxes, question mark lists keys.",
    "toolbar": "Viewer tools",
    "regions": "Boxes",
    "close": "Close",
    # Tools and buttons
    "tool_draw": "Draw a box",
    "tool_pan": "Move the image",
    "tool_contrast": "Contrast: drag sideways for width, up and down for level",
    "new_box": "New box",
    "undo": "Undo",
    "redo": "Redo",
    "delete": "Delete the selected box",
    "window": "Window and level",
    "window_width": "Window",
    "window_level": "Level",
    "window_reset": "Full range",
    "invert": "Invert the greys",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "fit": "Reset: the whole image, all greys",
    "show_boxes": "Show or hide all boxes",
    "fullscreen": "Full screen",
    "help": "Keys and gestures",
    # Short labels under or beside the icons
    "short_draw": "Draw",
    "short_pan": "Move",
    "short_contrast": "Contrast",
    "short_new": "New box",
    # States of the stage
    "empty": "No image yet",
    "empty_hint": "Choose or upload an image and it appears here.",
    "loading": "Loading the image …",
    "loading_percent": "Loading the image … {percent}%",
    "broken": "The image could not be loaded.",
    "broken_hint": "Check the connection, then try again. What you have drawn is kept.",
    "wrong_size": "The image that arrived is {got}, not {expected}: boxes would be in the wrong place.",
    "retry": "Try again",
    "draft_restored": "Your draft was restored: {boxes}.",
    "draft_unkept": "This browser keeps no drafts: a reload would lose the boxes.",
    # Readouts
    "pixels": "{width} × {height} px",
    "millimetres": "{width} × {height} mm",
    "readout_window": "W {width}  L {level}",
    "readout_inverted": "inverted",
    "readout_zoom": "{percent}%",
    "readout_cursor": "x {x}  y {y}  grey {grey}",
    "readout_place": "x {x}  y {y}",
    "scale": "{mm} mm",
    "scale_cm": "{cm} cm",
    # Naming a box
    "unnamed": "Name this finding",
    "picker": "Finding in box {number}",
    "picker_search": "Search: finding or synonym",
    "picker_none": "No finding of this case is called that.",
    "picker_also": "also: {synonym}",
    "picker_count": "Findings that fit: {count}",
    "side": "Patient's side",
    "side_none": "not stated",
    "side_right": "Right",
    "side_left": "Left",
    "side_bilateral": "Both",
    "side_midline": "Midline",
    "confidence": "How sure?",
    "confidence_value": "{value} of 5",
    "confidence_low": "a guess",
    "confidence_high": "certain",
    "confidence_legend": "1 a guess … 5 certain",
    "done": "Done",
    "repeated": "Box {number} already marks {label} there.",
    "same_box": "There is a box exactly there already; it is selected now.",
    "limit": "{most} boxes are as many as one answer may hold.",
    # The list of boxes
    "group_drawn": "Your boxes",
    "group_reader": "Reader",
    "group_policy": "The policy's boxes",
    "group_chain": "Where to look",
    "group_missed": "Missed",
    "none_drawn": "Nothing drawn yet. Drag on the image, or press N.",
    "none_drawn_touch": "Nothing drawn yet. Drag on the image with one finger.",
    "none_shown": "No boxes on this image.",
    "hide_region": "Hide {name}",
    "show_region": "Show {name}",
    "delete_region": "Delete {name}",
    "rename_region": "Choose the finding of {name}",
    "box_name": "box {number}",
    "percent": "{percent}%",
    # Series and slices
    "slices": "Slices",
    "slice": "Slice",
    "slice_before": "Slice before",
    "slice_after": "Next slice",
    "slice_number": "slice {frame}",
    "slice_of": "Slice {frame} of {count}",
    "slice_count": "{frame} / {count}",
    "say_slice": "Slice {frame} of {count}, {boxes} on it",
    "series": "Series",
    "series_number": "Series {number}",
    # Replay of the chain of boxes
    "chain": "Chain of boxes",
    "chain_step": "Step {step} of {count}: {caption}",
    "chain_back": "Step back",
    "chain_play": "Play the steps",
    "chain_pause": "Pause",
    "chain_forward": "Step forward",
    "chain_end": "Leave the replay",
    "chain_intro": "Where to look, step by step",
    # Spoken by screen readers
    "say_box": "{name} of {count}, {label}, left {x0}, top {y0}, right {x1}, bottom {y1}, {size}",
    "say_unnamed": "not named yet",
    "say_none": "No box selected",
    "say_new": "New {said}. Arrows move it, Shift and arrows resize it, Enter names it.",
    "say_deleted": "{name} deleted, {boxes} left",
    "say_undone": "Undone, {boxes}",
    "say_redone": "Done again, {boxes}",
    "say_hidden": "Boxes hidden",
    "say_shown": "Boxes shown",
    "say_window": "Window {width}, level {level}",
    "say_inverted": "Greys inverted",
    "say_upright": "Greys as stored",
    "say_zoom": "Zoom {percent} percent",
    "say_tool": "Tool: {tool}",
    "one_box": "1 box",
    "many_boxes": "{count} boxes",
    # Keys and gestures
    "help_title": "Keys and gestures",
    "help_note": "Keys work while the viewer has the focus: click into it, or reach it with Tab.",
    "help_boxes": "Boxes",
    "help_view": "View",
    "help_mouse": "Mouse",
    "help_touch": "Touch",
    "help_chain": "Replay",
    "key_new": "New box in the middle",
    "key_cycle": "Next or previous box, then out of the viewer",
    "key_move": "Move the box by 1 pixel",
    "key_resize": "Resize it by 1 pixel at its right and lower edge",
    "key_faster": "The same by 10 pixels",
    "key_name": "Name the box",
    "key_side": "Patient's side: right, left, both, not stated",
    "key_sure": "How sure, from a guess to certain",
    "key_delete": "Delete the box",
    "key_undo": "Undo, redo",
    "key_leave": "Leave the box, or stop what is going on; Tab then leaves the viewer",
    "key_zoom": "Zoom in, out",
    "key_pan": "Move the image, when no box is selected",
    "key_fit": "Reset: the whole image, all greys",
    "key_invert": "Invert",
    "key_hide": "Hide or show all boxes",
    "key_full": "Full screen",
    "key_help": "This page",
    "key_step": "Step back, forward",
    "key_slice": "Slice before, next slice (as the wheel and the arrows up and down do)",
    "key_play": "Play or pause",
    "mouse_draw": "Draw a box, also inside of another",
    "mouse_move": "Move a box, or resize it at its handles",
    "mouse_window": "Window (sideways) and level (up and down)",
    "mouse_pan": "Move the image",
    "mouse_zoom": "Zoom to the pointer",
    "mouse_name": "Name a box",
    "press_draw": "Left drag, Shift + drag",
    "press_move": "Drag",
    "press_window": "Right drag",
    "press_pan": "Middle drag, Space + drag",
    "press_zoom": "Wheel",
    "press_name": "Double click",
    "touch_draw": "One finger draws (the Draw tool) or moves the image (the Move tool)",
    "touch_pan": "Two fingers move and zoom",
    "touch_name": "A second tap on a box names it",
    "touch_window": "The Contrast tool: one finger sets window and level",
    "arrows": "arrows",
    "or": "or",
}
"""The viewer's words, handed to its JavaScript as ``WORDS``."""
