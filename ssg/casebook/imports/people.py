"""What a table tells of a patient, in the words of a request form: an age in years and a sex, never more."""

from __future__ import annotations

from ssg.casebook.imports.csv_rows import number

UNTOLD = "No history is given with this picture."
OLDEST = 89
"""Ages above it name people, by the de-identification rules of HIPAA (45 CFR 164.514): they are not kept."""

NAMES = {"m": "man", "male": "man", "f": "woman", "female": "woman"}


def person(age: str, sex: str) -> str:
    """ "57-year-old man."; "" where neither is known. Ages come as "57", "057Y" or "57.0"."""
    letters = age.strip().upper()
    years = number(letters.removesuffix("Y"))
    name = NAMES.get(sex.strip().lower(), "patient")
    if years is None or not 0 < years < 120:
        return "" if name == "patient" else f"{name.capitalize()}."
    if years > OLDEST:
        return f"{name.capitalize()} of 90 years or more."
    return f"{years:.0f}-year-old {name}."
