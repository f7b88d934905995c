"""The words of the Library page; ``{name}`` marks what the caller fills in."""

from __future__ import annotations

LIBRARY: dict[str, str] = {
    "title": "Library",
    "lead": "All cases, by words, by finding and by what else is known of them.",
    "text": "Search",
    "placeholder": "fluid on the left, no pneumothorax, ankle …",
    "finding": "Finding",
    "modality": "Modality",
    "specialty": "Specialty",
    "difficulty": "Difficulty",
    "set": "Source",
    "kind": "Shows something",
    "tried": "Tried",
    "any": "any",
    "normal": "normal only",
    "abnormal": "something only",
    "new": "not yet",
    "done": "tried only",
    "answers": "Show what is on them",
    "answers_hint": "Otherwise findings stay hidden until you have answered a case.",
    "go": "Search",
    "clear": "Clear",
    "more_filters": "Filters",
    "found": "{count} cases",
    "found_one": "1 case",
    "of_all": " of {count}",
    "none": "No case fits all of this.",
    "not_found": "In no case: {words}.",
    "nearest": "These have some of the words:",
    "too_narrow": "Choose less narrowly, or clear the search.",
    "empty": "No case set is installed: set SSG_CASE_SETS to a folder that holds one.",
    "level_short": "level {level}",
    "best": "best {total}",
    "unscored": "answered",
    "nothing_there": "normal",
    "pictures": "{count} pictures",
    "similar": "Similar",
    "similar_to": "Cases like “{title}”",
    "similar_upload": "Cases that look like your image",
    "no_upload": (
        "This image is not here: an own image is seen by whoever opened it alone, and only the latest ones are kept. "
        "Open it on Ask, then look for cases like it."
    ),
    "compared_with": "Compared with",
    "radiographs": "radiographs",
    "guessed": "The file does not say what kind of image it is. It looks most like {group}: choose another if not.",
    "no_group": "There is no case of this kind ({group}) here; pictures of different kinds are not compared.",
    "back": "All cases",
    "same": "also {findings}",
    "same_normal": "also normal",
    "alike": "looks {percent} % alike",
    "no_encoder": "Only findings are compared now: there is no image-text encoder, or it is still loading.",
    "no_encoder_upload": "Pictures cannot be compared now: there is no image-text encoder, or it is still loading.",
    "some_pictures": "{done} of {count} pictures have been looked at so far; load the page again for the others.",
    "hidden": "By the picture alone; findings are compared, and shown, once you have answered the case.",
    "answer_first": "Answer “{title}” first: without an image-text encoder cases are compared by what is on them.",
    "packet": "Make a packet",
    "packet_hint": (
        "Cases of the above in a mixed order, no finding more often than others; about half are normal, as far as "
        "there are normal ones."
    ),
    "packet_mixed": (
        "Cases of the above in a mixed order, no finding more often than others. Normal ones of the same modality and "
        "part of the body are mixed in, about half, as far as there are any."
    ),
    "packet_chosen": "Cases of the above in a mixed order, no finding more often than others.",
    "packet_there": "There are {count} cases for it.",
    "packet_most": "There are {count} cases for it; a packet has at most {most}.",
    "packet_fewer": "You asked for {asked}: that is more than there are.",
    "packet_too_many": "You asked for {asked}: that is more than a packet has.",
    "packet_count": "Cases",
    "packet_go": "Start",
    "previous": "Previous",
    "next": "Next",
    "page": "Page {page} of {pages}",
}
