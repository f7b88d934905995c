"""The lists of cases below a case in Practise: all of them by their sets, or those of a packet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from ssg.web import words
from ssg.web.html import tag, text
from ssg.web.practise_view import Name
from ssg.web.services import Services

W = words.PRACTISE


def case_list(
    services: Services,
    learner: str,
    here: Name,
    unfolded: bool = False,
    packet: tuple[str, tuple[Name, ...]] = ("", ()),
    more: Mapping[str, str] | None = None,
) -> str:
    """All cases as links with the best mark of each; a packet's alone where there is one (``more`` to its links)."""
    best = services.practice.best(learner) if learner else {}
    if packet[0]:
        links = {"packet": packet[0], **(more or {})}
        return _listed(services, W["packet"], packet[1], best, here, links, open_=not more, class_="cases")
    order = services.practice.order
    tried = sum(name in best for name in order)
    summary = tag("summary", text(W["all"]), tag("span", f"{tried} / {len(order)}", class_="count"))
    by_set: dict[str, list[Name]] = {}
    for name in order:
        by_set.setdefault(name[0], []).append(name)
    sets = [
        _listed(services, services.practice.case_set(set_id).title, names, best, here, {}, open_=set_id == here[0])
        for set_id, names in by_set.items()
    ]
    return tag("details", summary, tag("div", *sets, class_="sets"), class_="cases", open=unfolded)


def _listed(
    services: Services,
    title: str,
    names: Sequence[Name],
    best: Mapping[Name, float | None],
    here: Name,
    more: Mapping[str, str],
    *,
    open_: bool,
    class_: str | None = None,
) -> str:
    """Cases that belong together, as links: a set's, or a packet's."""
    count = f"{sum(name in best for name in names)} / {len(names)}"
    rows = []
    for number, name in enumerate(names, 1):
        mark, meaning = _mark(best, name)
        link = tag(
            "a",
            tag("span", str(number), class_="number"),
            tag("span", text(services.practice.case(*name).title), class_="title"),
            tag("span", mark, class_="best", title=meaning),
            href="/practise?" + urlencode({"set": name[0], "case": name[1], **more}),
            aria_current="true" if name == here else None,
        )
        rows.append(tag("li", link))
    summary = tag("summary", text(title), tag("span", count, class_="count"))
    return tag("details", summary, tag("ol", *rows), open=open_, class_=class_)


def _mark(best: Mapping[Name, float | None], name: Name) -> tuple[str, str]:
    """A case's best mark as it is listed, and what the sign means where it is no number."""
    if name not in best:
        return "–", W["not_tried"]
    mark = best[name]
    return ("✓", W["unscorable"]) if mark is None else (f"{100 * mark:.0f}", "")
