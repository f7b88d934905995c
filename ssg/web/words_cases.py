"""The words of a set's list of cases on the Build page, of its versions, and of what a save says."""

from __future__ import annotations

CASES: dict[str, str] = {
    "find_case": "Find a case by its title",
    "found_of": "{found} of {count}",
    "choose_case": "Choose “{title}”",
    "chosen_remove": "Remove the chosen: {count}",
    "chosen_sure": "Remove {count} from the set? They will stand under “Removed cases”.",
    "move_to": "Place of “{title}”: type another to move it there",
    "untied": "A teaching point begins with “{before}:” and is tied to no finding. Did you mean “{near}:”?",
    "no_such_reader": "A teaching point begins with “{before}:” and is tied to no box: there is no such reader.",
    "in_use": "Version {version} is in use now: {cases}.",
    "used": "in use",
    "new_set": "A new set",
    "same_title": "There is a set “{title}” already: open that one, or choose another title.",
    "case_removed": "“{title}” is removed. It stands under “Removed cases” and can be brought back.",
    "not_saved": "Not saved:",
    "too_large": (
        "A file of more than {megabytes} MB is refused: split it, or make a set of it where the server runs, with "
        "“python -m ssg cases import”."
    ),
    "have_already": "{cases} of these are of pictures that the set has already: {names}. Remove what is there twice.",
}
