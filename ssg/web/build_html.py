"""What the Build page says in HTML: sets, cases, what is wrong, how far readers agree, what differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from ssg.casebook import Case, CaseSet, Problem, Series
from ssg.casebook.advice import advice, together
from ssg.casebook.agreement import APART, Pair, differences, independent, kappa_of, pairs
from ssg.casebook.types import starts_of
from ssg.counting import some_of
from ssg.store import WorkSet, WorkVersion
from ssg.teaching.sources import unlike_licences
from ssg.teaching.workshop import Workshop, stays_in_the_house
from ssg.web.build_form import Difference
from ssg.web.html import tag, text
from ssg.web.words_build import BUILD as W

IN_STRIP = 7
"""Pictures of a series that stand for it."""

AXES = {"R": "x", "L": "x", "A": "y", "P": "y", "H": "z", "F": "z", "S": "z", "I": "z"}
PLANES = {frozenset("xy"): "axial", frozenset("xz"): "coronal", frozenset("yz"): "sagittal"}


def sets_html(shop: Workshop) -> str:
    """All sets as a list of links."""
    works = shop.store.sets()
    if not works:
        return tag("p", text(W["no_sets"]), class_="hint")
    return tag("ul", *(_set_row(shop, work) for work in works), class_="work-sets")


def _set_row(shop: Workshop, work: WorkSet) -> str:
    count = len(shop.store.cases(work.id))
    state = W["unpublished"] if work.version is None else f"{work.version} · {W[work.visibility]}"
    facts = f"{cases_in_words(count)} · {state} · {work.saved_by}"
    link = tag("a", tag("strong", text(work.head.get("title", work.id))), href=address(work.id))
    return tag("li", link, tag("span", text(facts), class_="facts"))


def strips_html(set_id: str, cases: Sequence[Case], files: Mapping[str, Sequence[Sequence[str]]] | None = None) -> str:
    """Each series of cases as a row of small pictures, with how many there are, of which plane, how far apart.

    ``files`` are the names of the files that each series of a case came of, by the id of the case.
    """
    rows = []
    for case in cases:
        starts = starts_of(case.series)
        names = (files or {}).get(case.id) or [()] * len(case.series)
        rows += [
            _strip(set_id, case, series, starts[series.id], _from(names[at]) if at < len(names) else "")
            for at, series in enumerate(case.series)
        ]
    return tag("ul", *rows, class_="strips")


def _from(names: Sequence[str]) -> str:
    """Which files a series came of, in words."""
    told = W["from_files"].format(names=some_of(names)) if names else ""
    return told + W["of_files"].format(count=f"{len(names):,}") if len(names) > 1 else told


def _strip(set_id: str, case: Case, series: Series, first: int, told: str) -> str:
    count = len(series.frames)
    shown = sorted({round(step * (count - 1) / max(IN_STRIP - 1, 1)) for step in range(IN_STRIP)})
    pictures = [
        tag("img", src=f"/workshop/{set_id}/{case.id}/small-{first + frame}.jpg", alt="", loading="lazy")
        for frame in shown
    ]
    facts = [series.modality or case.modality, images_in_words(count)]
    if plane := plane_of(series):
        facts.append(W[plane])
    if series.spacing_mm:
        facts.append("{:.2g} × {:.2g} mm".format(*series.spacing_mm))
    if series.slice_mm and count > 1:
        facts.append(W["every"].format(mm=f"{series.slice_mm:.2g}"))
    name = tag("a", text(": ".join(filter(None, (case.title, series.title)))), href=address(set_id, case.id))
    said = [tag("span", text(one), class_="facts") for one in (" · ".join(facts), told) if one]
    return tag("li", name, *said, tag("div", *pictures), class_="strip")


def plane_of(series: Series) -> str:
    """ "axial", "coronal" or "sagittal" by the letters at the edges; "" where they are unknown or lie otherwise."""
    if series.orientation is None:
        return ""
    axes = frozenset(AXES.get(letters[:1], "") for letters in (series.orientation[0], series.orientation[2]))
    return PLANES.get(axes, "")


def check_html(shop: Workshop, set_id: str, made: CaseSet | None, problems: Sequence[Problem]) -> str:
    """What is wrong with a draft of a set, what is unwise, and what has changed since it was published."""
    names = _names(shop, set_id)
    there = shop.store.cases(set_id)
    if not there:  # of a set without cases that is all there is to say, but for its head
        problems = [one for one in problems if one.field != "cases"]
    parts = [] if there else [tag("p", text(W["no_cases_yet"]), class_="hint")]
    parts += [_heading(W["problems"], problem_lines(problems), names)] if problems else []
    if made is not None:
        work = shop.store.set(set_id)
        unwise = [W["public_private"]] if work.visibility == "public" and stays_in_the_house(work.head) else []
        unwise += unlike_licences(work.head, [case.id for case in made.cases])
        lines = [*(W["text_in"].format(case=one) for one in shop.texts.bearing(set_id, there)), *advice(made)]
        parts.append(_heading(W["advice"], [*unwise, *together(lines)], names))
        changed = [str(one) for one in shop.versions.changes_since(made)]
        if changed:
            parts.append(_heading(W["changes"].format(version=work.version), changed, names))
        elif work.version:
            parts.append(tag("p", text(W["unchanged"].format(version=work.version)), class_="hint"))
        compared = [pair for case in made.cases for pair in pairs(case)]
        parts.append(tag("h3", text(W["agreement"])) + kappa_html(compared) if compared else "")
    said = "".join(parts)
    return said if "<li" in said or not there else tag("p", text(W["fine"]), class_="good") + said


def agreement_html(case: Case) -> str:
    """How far the readers of a case agree on what both state, and who differs where."""
    if len(readers := independent(case)) < 2:
        return tag("p", text(W["alone" if readers else "unread_yet"]), class_="hint")
    compared = list(pairs(case))
    rows, excluded = [], dict[tuple[str, str], list[str]]()
    for pair in compared:
        if pair.agrees and pair.places is None:
            excluded.setdefault(pair.readers, []).append(pair.finding)
            continue
        if pair.places is None or pair.places < APART:  # who differs, and how, is told below
            continue
        both, (first, second) = W["agree_iou"].format(iou=f"{pair.places:.2f}"), pair.readers
        rows.append(W["agree_row"].format(finding=pair.finding, first=first, second=second, both=both))
    for (first, second), names in excluded.items():
        rows.append(W["agree_absent"].format(first=first, second=second, findings=", ".join(names)))
    return "".join(
        (
            tag("ul", *(tag("li", text(row)) for row in rows)) if rows else "",
            kappa_html(compared),
            _heading(W["differ"], differences(case)),
        )
    )


def sides_html(rows: Sequence[Difference], name: str) -> str:
    """What differs between the page and what somebody has saved, side by side."""
    head = tag("tr", *(tag("th", text(one), scope="col") for one in ("", W["mine"], name)))
    lines = [
        tag(
            "tr",
            tag("th", text(f"{number}. {row.what}"), scope="row"),
            *(tag("td", text(side or "–")) for side in (row.mine, row.theirs)),
        )
        for number, row in enumerate(rows, start=1)
    ]
    if not lines:
        return tag("p", text(W["no_difference"]), class_="hint")
    return tag("table", tag("thead", head), tag("tbody", *lines), class_="sides-table")


def kappa_html(compared: Sequence[Pair]) -> str:
    """Kappa of presence over what was compared, in words; nothing where nothing was."""
    found = kappa_of(compared)
    if not found.pairs:
        return ""
    if found.pairs == 1:
        return tag("p", text(W["kappa_same" if found.agreed == 1 else "kappa_differ"]), class_="hint")
    kappa = W["kappa_none"] if found.kappa is None else f"{found.kappa:.2f}"
    return tag(
        "p", text(W["kappa"].format(kappa=kappa, agreed=f"{found.agreed:.0%}", pairs=found.pairs)), class_="hint"
    )


def address(set_id: str = "", case_id: str = "", reader: str = "") -> str:
    """The address of a set, or of a case of it, on the Build page."""
    asked = {"set": set_id, "case": case_id, "reader": reader}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/build?{query}" if query else "/build"


def version_in_words(one: WorkVersion, used: str | None) -> str:
    """A published version on one line, with its date, and whether it is the one in use."""
    day = f"{one.made_at:%Y-%m-%d}"
    parts = (
        one.version,
        W["used"] if one.version == used else "",
        day,
        cases_in_words(one.cases),
        one.made_by,
        one.note,
    )
    return " · ".join(filter(None, parts))


def images_in_words(count: int) -> str:
    """ "1 image", "12 images"."""
    return W["images_one"] if count == 1 else W["images"].format(count=f"{count:,}")


def cases_in_words(count: int) -> str:
    """ "1 case", "12 cases"."""
    return W["one"] if count == 1 else W["count"].format(count=f"{count:,}")


def problem_lines(problems: Iterable[Problem], of_open: bool = False) -> list[str]:
    """Problems without the paths of the server; of the case that is open (``of_open``) without its id."""
    return [
        f"{'' if of_open else one.case}, {one.field.rpartition('].')[2] or one.field}: {one.message}".lstrip(", ")
        for one in problems
    ]


def _names(shop: Workshop, set_id: str) -> dict[str, str]:
    """A link for the id of each case, which says nothing to a person."""
    found = {}
    for work in shop.store.cases(set_id, removed_too=True):
        found[work.case_id] = text(W["case_gone"].format(title=str(work.body.get("title") or "–")[:80]))
    for number, work in enumerate(shop.store.cases(set_id), start=1):
        title = str(work.body.get("title") or "–")
        named = text(W["case_number"].format(number=number, title=title[:80]))
        found[work.case_id] = tag("a", named, href=address(set_id, work.case_id))
    return found


def _heading(title: str, lines: Sequence[str], names: Mapping[str, str] | None = None) -> str:
    """A list under a heading; ids of cases in it are written as ``names`` has them."""
    known = names or {}
    rows = [
        tag("li", *(known.get(part) or text(part) for part in re.split(r"(?:\bcases? )?(case-[0-9a-f]{8})", line)))
        for line in lines
    ]
    return tag("h3", text(title)) + tag("ul", *rows) if rows else ""
