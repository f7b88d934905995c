"""Build: what is said when the open case was saved, or was not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from ssg.casebook import Case, InvalidCaseSet
from ssg.casebook.types import stated_by
from ssg.teaching.workshop import OpenedCase
from ssg.vocabulary import vocabulary
from ssg.web.html import tag, text
from ssg.web.pages.build_parts import good, in_words, listed
from ssg.web.words_build import BUILD as W

LONGEST_NAME = 60
ANY_BOX = re.compile(r".+ #[0-9]{1,4}")


def saved_html(after: OpenedCase) -> str:
    """That the open case is saved, and what is wrong with it all the same."""
    told = listed(after.problems, W["saved_with"], of_open=True) if after.problems else good(W["saved"])
    if after.case is not None and (left := _not_asked(after.case)):
        told += tag("p", text(W["also_stated"].format(findings=", ".join(left))), class_="hint")
    loose = [tag("p", text(line)) for line in untied(after.work.body)]
    told += tag("div", *loose, class_="note", role="status") if loose else ""
    return tag("div", told, attributes={"data-saved": str(after.work.revision)})


def untied(body: Mapping[str, Any]) -> list[str]:
    """Teaching points that begin as if they were tied, with a name that is nearly a finding's, a sentence each."""
    names = [finding.name for finding in vocabulary()]
    said = []
    for point in body.get("teaching_points") or ():
        before, colon, _ = str(point.get("text", "")).partition(":")
        if not colon or point.get("finding") or point.get("region") is not None or len(before) > LONGEST_NAME:
            continue
        if ANY_BOX.fullmatch(before.strip()):
            said.append(W["no_such_reader"].format(before=before.strip()))
        elif near := get_close_matches(before.strip().lower(), names, n=1, cutoff=0.8):
            said.append(W["untied"].format(before=before.strip(), near=near[0]))
    return said


def not_saved(error: Exception) -> str:
    """That the open case is as it was, and why."""
    if isinstance(error, InvalidCaseSet):
        return listed(error.problems, W["not_saved"], of_open=True)
    return tag("p", text(W["not_saved"]), class_="note") + in_words(error)


def _not_asked(case: Case) -> list[str]:
    """What is marked or excluded and not asked, where somebody has said what is."""
    asked = set(case.question)
    return [name for name in stated_by(case.readers) if name not in asked] if asked else []
