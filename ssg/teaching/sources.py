"""Where the cases of a set were taken from: what a source asks for goes along, and licences that differ are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ssg.casebook import CaseSet
from ssg.casebook.types import UNTOLD_ORIGIN

SOURCES = "taken_from"
"""Field of a draft's head, beside those of the manifest: title, licence and case ids of each source."""


def with_source(head: Mapping[str, Any], other: CaseSet, case_ids: Sequence[str], is_first: bool) -> dict[str, Any]:
    """The head of a set into which the cases of another set came, under ``case_ids``.

    Provenance and citation are those of both, a description is taken where there is none. The licence stays as it is:
    it is the instructor's to say, and :func:`unlike_licences` tells where it is not the source's. With ``is_first`` the
    set had no cases before, and is synthetic where the other one is.
    """
    source = {"title": other.title, "licence": other.licence, "cases": list(case_ids)}
    told, more = (
        "" if text == UNTOLD_ORIGIN else text for text in (str(head.get("provenance") or ""), other.provenance)
    )
    return {
        **head,
        "provenance": _joined(told, more, " ") or UNTOLD_ORIGIN,
        "citation": _joined(str(head.get("citation") or ""), other.citation, "\n"),
        "description": head.get("description") or other.description,
        "synthetic": other.synthetic and (is_first or bool(head.get("synthetic"))),
        SOURCES: [*_sources(head), source],
    }


def unlike_licences(head: Mapping[str, Any], case_ids: Collection[str]) -> list[str]:
    """A sentence for each source whose licence is another than the set's, while any of its cases is in the set."""
    licence = str(head.get("licence") or "")
    found = {
        (str(one.get("title")), str(one.get("licence")))
        for one in _sources(head)
        if set(one.get("cases") or ()) & set(case_ids)
    }
    return [
        f"“{title}” is under “{theirs}”, and this set says “{licence}”: write a licence that both allow, or take "
        "those cases out before others see them."
        for title, theirs in sorted(found)
        if theirs.strip().casefold() != licence.strip().casefold()
    ]


def _sources(head: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    told = head.get(SOURCES)
    return [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []


def _joined(told: str, more: str, between: str) -> str:
    """Both texts, the second only where the first does not hold it."""
    if not more.strip() or more.strip() in told:
        return told
    return f"{told}{between if told else ''}{more.strip()}"
