"""The cases of a set in HTML: a row beside the open one, or a list to be searched, put in order and removed from.

build.js hears the list: it filters, moves and removes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlencode

from ssg.counting import some_of
from ssg.store import WorkCase
from ssg.teaching.picture_files import files_of
from ssg.teaching.workshop import Workshop
from ssg.web.build_html import address, cases_in_words
from ssg.web.html import tag, text
from ssg.web.words_build import BUILD as W

FEW = 2
"""Cases among which nobody looks for one."""


def cases_html(shop: Workshop, set_id: str, here: str = "", moving: bool = False, lost: Collection[str] = ()) -> str:
    """The cases of a set as pictures with their titles; in one row where one of them is open (``here``).

    ``moving`` gives each the buttons that move it in the order; those of :func:`unreadable` (``lost``) get one that
    removes them.
    """
    works = shop.store.cases(set_id)
    if not works:
        return tag("p", text(W["no_cases"]), class_="hint")
    bears = shop.texts.bearing(set_id, works)
    rows = [
        _lost_row(work)
        if work.case_id in lost
        else _case_row(work, here, number if moving else 0, len(works), work.case_id in bears)
        for number, work in enumerate(works, start=1)
    ]
    tools = _tools(len(works)) if moving and len(works) > FEW else ""
    return tools + tag("ol", *rows, class_="work-cases in-row" if here else "work-cases")


def _tools(count: int) -> str:
    """What is done with the whole list: find by title, remove what is chosen, go on to publishing."""
    find = tag("input", type="search", attributes={"data-filter": W["found_of"]}, placeholder=W["find_case"])
    marks = {"data-remove-chosen": W["chosen_sure"], "data-said": W["chosen_remove"]}
    return tag(
        "div",
        tag("label", tag("span", text(W["find_case"]), class_="unheard"), find),
        tag("span", text(W["found_of"].format(found=count, count=count)), class_="hint found", role="status"),
        tag("button", "", type="button", class_="chip", hidden=True, attributes=marks),
        tag("button", text(W["check"]), type="button", class_="chip", attributes={"data-jump": "set-publishing"}),
        class_="case-tools",
    )


def unreadable(shop: Workshop, set_id: str) -> set[str]:
    """The ids of the cases of a set that cannot be opened, since not even their pictures can be read."""
    opened = [shop.open(set_id, work.case_id) for work in shop.store.cases(set_id)]
    return {one.work.case_id for one in opened if one.case is None and shop.pictures_of(one).case is None}


def _lost_row(work: WorkCase) -> str:
    """A case that cannot be opened: no picture and no link, and a button that removes it; build.js hears it."""
    title = str(work.body.get("title") or work.case_id)
    marks = {"data-remove": W["lost_sure"].format(title=title), "data-case": work.case_id, "data-set": work.set_id}
    button = tag("button", text(W["lost_remove"]), type="button", attributes=marks)
    said = tag("span", text(W["lost"]), class_="lost")
    return tag("li", said, tag("span", text(title), class_="title"), tag("div", button, class_="movers"))


def _case_row(work: WorkCase, here: str, number: int, count: int, bears_text: bool) -> str:
    """A case; ``number`` is its place of ``count`` where it can be moved, else 0."""
    told = work.body.get("readers")
    readers = [str(one.get("id", "")) for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    version = urlencode({"v": work.revision})
    image = tag("img", src=f"/workshop/{work.set_id}/{work.case_id}/small.jpg?{version}", alt="", loading="lazy")
    said = str(work.body.get("title") or work.case_id)
    title = tag("span", text(said), class_="title")
    facts = tag("span", text(", ".join(readers) or W["unread"]), class_="facts")
    if bears_text:
        facts += tag("span", text(W["text_flag"]), class_="flag")
    current = "true" if work.case_id == here else None
    tip = said if here else None  # there the picture stands without words
    link = tag("a", image, title, facts, href=address(work.set_id, work.case_id), aria_current=current, title=tip)
    return tag("li", link, _movers(work, number, count) if number else "")


def _movers(work: WorkCase, number: int, count: int) -> str:
    """A mark to choose the case, and what moves it: by one to either side, or to the place that is typed."""
    name = work.body.get("title") or work.case_id
    place = {"data-case": work.case_id, "data-set": work.set_id}
    back, on = (
        tag(
            "button",
            sign,
            type="button",
            attributes={"data-move": by, **place},
            aria_label=_of(words, name),
            title=_of(words, name),
        )
        for sign, by, words in (("←", -1, "move_back"), ("→", 1, "move_on"))
    )
    choose = tag(
        "input", type="checkbox", attributes={"data-choose": True, **place}, aria_label=_of("choose_case", name)
    )
    said = _of("move_to", name)
    typed = {"data-place": True, **place, "min": 1, "max": count, "value": number}
    at = tag("input", type="number", attributes=typed, aria_label=said, title=said)
    return tag("div", choose, back, at, on, class_="movers")


def _of(words: str, name: object) -> str:
    return W[words].format(title=name)


def twice_html(shop: Workshop, made: Sequence[WorkCase]) -> str:
    """Of cases that were just taken in, those whose pictures the set had before."""
    new = {work.case_id for work in made}
    before = {
        file
        for one in made[:1]
        for work in shop.store.cases(one.set_id)
        if work.case_id not in new
        for file in files_of(work.body)
    }
    again = [work for work in made if (files := set(files_of(work.body))) and files <= before]
    if not again:
        return ""
    names = some_of([str(work.body.get("title") or work.case_id) for work in again])
    said = W["have_already"].format(cases=cases_in_words(len(again)), names=names)
    return tag("p", text(said), class_="note", role="alert")


def head_of_case(shop: Workshop, work: WorkCase) -> str:
    """What stands above an open case, in one line: back to its set, to its neighbours, and all cases as pictures."""
    ids = [one.case_id for one in shop.store.cases(work.set_id)]
    at = ids.index(work.case_id)
    links = [tag("a", text(W["back_to_set"]), href=address(work.set_id), class_="chip")]
    for label, place in ((W["previous"], at - 1), (W["next"], at + 1)):
        if 0 <= place < len(ids):
            links.append(tag("a", text(label), href=address(work.set_id, ids[place]), class_="chip"))
    row = cases_html(shop, work.set_id, work.case_id)
    return tag("div", tag("div", *links, class_="chips"), row, class_="work-line")
