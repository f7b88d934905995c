"""What the Build page says in HTML: sets, cases, what is wrong, how far readers agree, what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from ssg.casebook import Case, Problem
from ssg.casebook.agreement import Pair, differences, kappa_of, pairs
from ssg.store import WorkCase, WorkSet
from ssg.teaching.workshop import Workshop
from ssg.web.build_form import Difference
from ssg.web.html import tag, text
from ssg.web.words_build import BUILD as W


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


def cases_html(shop: Workshop, set_id: str, here: str = "") -> str:
    """The cases of a set as pictures with their titles; in one row where one of them is open (``here``)."""
    works = shop.store.cases(set_id)
    if not works:
        return tag("p", text(W["no_cases"]), class_="hint")
    return tag("ol", *(_case_row(work, here) for work in works), class_="work-cases in-row" if here else "work-cases")


def _case_row(work: WorkCase, here: str) -> str:
    readers = [str(one.get("id", "")) for one in work.body.get("readers", ()) if isinstance(one, Mapping)]
    version = urlencode({"v": work.revision})
    image = tag("img", src=f"/workshop/{work.set_id}/{work.case_id}/small.jpg?{version}", alt="", loading="lazy")
    title = tag("span", text(work.body.get("title") or work.case_id), class_="title")
    facts = tag("span", text(", ".join(readers) or W["unread"]), class_="facts")
    current = "true" if work.case_id == here else None
    return tag("li", tag("a", image, title, facts, href=address(work.set_id, work.case_id), aria_current=current))


def check_html(shop: Workshop, set_id: str) -> str:
    """What is wrong with a set, what is unwise, and what has changed since it was published."""
    made, problems = shop.draft(set_id)
    parts = [_heading(W["problems"], problem_lines(problems))] if problems else []
    if made is not None:
        parts.append(_heading(W["advice"], shop.advice_on(set_id)))
        changed = [str(one) for one in shop.changes_since(set_id)]
        version = shop.store.set(set_id).version
        parts.append(_heading(W["changes"].format(version=version), changed) if version else "")
    said = "".join(parts)
    return said or tag("p", text(W["fine"]), class_="good")


def agreement_html(case: Case) -> str:
    """How far the readers of a case agree on what both state, and who differs where."""
    if len(case.readers) < 2:
        return tag("p", text(W["alone" if case.readers else "unread_yet"]), class_="hint")
    compared = list(pairs(case))
    rows, excluded = [], dict[tuple[str, str], list[str]]()
    for pair in compared:
        if pair.agrees and pair.places is None:
            excluded.setdefault(pair.readers, []).append(pair.finding)
            continue
        both = W["agree_no"] if pair.places is None else W["agree_iou"].format(iou=f"{pair.places:.2f}")
        first, second = pair.readers
        rows.append(W["agree_row"].format(finding=pair.finding, first=first, second=second, both=both))
    for (first, second), names in excluded.items():
        rows.append(W["agree_absent"].format(first=first, second=second, findings=", ".join(names)))
    return "".join(
        (
            tag("ul", *(tag("li", text(row)) for row in rows)),
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
    kappa = W["kappa_none"] if found.kappa is None else f"{found.kappa:.2f}"
    return tag(
        "p", text(W["kappa"].format(kappa=kappa, agreed=f"{found.agreed:.0%}", pairs=found.pairs)), class_="hint"
    )


def address(set_id: str = "", case_id: str = "", reader: str = "") -> str:
    """The address of a set, or of a case of it, on the Build page."""
    asked = {"set": set_id, "case": case_id, "reader": reader}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/build?{query}" if query else "/build"


def cases_in_words(count: int) -> str:
    """ "1 case", "12 cases"."""
    return W["one"] if count == 1 else W["count"].format(count=f"{count:,}")


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Problems without the paths of the server."""
    return [f"{one.case}, {one.field.rpartition('].')[2] or one.field}: {one.message}".lstrip(", ") for one in problems]


def _heading(title: str, lines: Sequence[str]) -> str:
    return tag("h3", text(title)) + tag("ul", *(tag("li", text(line)) for line in lines)) if lines else ""
