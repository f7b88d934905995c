"""Build: what is said when the open case was saved, or was not."""

from __future__ import annotations

from ssg.casebook import Case, InvalidCaseSet
from ssg.casebook.types import stated_by
from ssg.teaching.workshop import OpenedCase
from ssg.web.html import tag, text
from ssg.web.pages.build_parts import good, in_words, listed
from ssg.web.words_build import BUILD as W


def saved_html(after: OpenedCase) -> str:
    """That the open case is saved, and what is wrong with it all the same."""
    told = listed(after.problems, W["saved_with"], of_open=True) if after.problems else good(W["saved"])
    if after.case is not None and (left := _not_asked(after.case)):
        told += tag("p", text(W["also_stated"].format(findings=", ".join(left))), class_="hint")
    return tag("div", told, attributes={"data-saved": str(after.work.revision)})


def not_saved(error: Exception) -> str:
    """That the open case is as it was, and why."""
    if isinstance(error, InvalidCaseSet):
        return listed(error.problems, W["not_saved"], of_open=True)
    return tag("p", text(W["not_saved"]), class_="note") + in_words(error)


def _not_asked(case: Case) -> list[str]:
    """What is marked or excluded and not asked, where somebody has said what is."""
    asked = set(case.question)
    return [name for name in stated_by(case.readers) if name not in asked] if asked else []
