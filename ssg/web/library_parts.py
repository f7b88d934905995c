"""Pieces of the Library page: the search, and a case as a tile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from ssg.casebook import Case
from ssg.teaching.library import ABNORMAL, NEW, NORMAL, TRIED, Entry, Name
from ssg.web.html import tag, text
from ssg.web.words_library import LIBRARY as W

Choice = tuple[str, str]
"""(value, what is read)."""


def search_form(
    asked: Mapping[str, str], choices: Mapping[str, Counter[str]], set_titles: Mapping[str, str], answers: bool
) -> str:
    """The search: a form of plain HTML, so that each search is an address."""
    words = tag(
        "input",
        type="search",
        name="text",
        id="library-text",
        value=asked.get("text", ""),
        placeholder=W["placeholder"],
        maxlength=200,
        autocomplete="off",
    ).removesuffix("</input>")
    levels = sorted(choices["difficulty"])
    selects = [
        _select("finding", _counted(choices["finding"]), asked),
        _select("modality", _counted(choices["modality"]), asked),
        _select("specialty", _counted(choices["specialty"]), asked),
        _select("difficulty", [(one, f"{one} ({choices['difficulty'][one]})") for one in levels], asked),
        _select("set", [(one, f"{set_titles[one]} ({count})") for one, count in choices["set"].items()], asked),
        _select("kind", [(ABNORMAL, W["abnormal"]), (NORMAL, W["normal"])], asked),
        _select("tried", [(NEW, W["new"]), (TRIED, W["done"])], asked),
    ]
    shown = tag("input", type="checkbox", name="answers", value="1", checked=answers).removesuffix("</input>")
    narrowed = any(
        asked.get(name) for name in ("finding", "modality", "specialty", "difficulty", "set", "kind", "tried")
    )
    filters = tag(
        "details",
        tag("summary", text(W["more_filters"])),
        tag("div", *selects, class_="filters"),
        tag("label", shown, text(W["answers"]), title=W["answers_hint"], class_="answers"),
        class_="more",
        open=narrowed,
    )
    line = tag(
        "div",
        tag("label", tag("span", text(W["text"]), class_="unseen"), words, class_="grow"),
        tag("button", text(W["go"]), type="submit", class_="lib-button"),
        tag("a", text(W["clear"]), href="/library", class_="clear"),
        class_="line",
    )
    return tag("form", line, filters, action="/library", method="get", id="library-form", role="search")


def tile(entry: Entry, shown_id: str, best: Mapping[Name, float | None], may_know: bool, why: str = "") -> str:
    """A case: its picture, title and set; what is on it where that may be said."""
    case, address = entry.case, urlencode({"set": entry.name[0], "case": entry.name[1]})
    picture = tag("img", src=f"/media/{shown_id}/small.jpg", alt="", loading="lazy").removesuffix("</img>")
    badge = tag("span", text(_best(best, entry.name)), class_="badge") if entry.name in best else ""
    link = tag(
        "a",
        tag("span", picture, badge, class_="picture"),
        tag("span", text(case.title), class_="title"),
        tag("span", text(_facts(case)), class_="facts"),
        tag("span", text(entry.case_set.title), class_="facts"),
        href="/practise?" + address,
    )
    findings = tag("p", text(_findings(case)), class_="found") if may_know else ""
    reason = tag("p", text(why), class_="why") if why else ""
    alike = tag("a", text(W["similar"]), href="/library?" + urlencode({"like": "/".join(entry.name)}), class_="alike")
    return tag("li", link, findings, reason, alike)


def _select(name: str, choices: Iterable[Choice], asked: Mapping[str, str]) -> str:
    options = [
        tag("option", text(said), value=value, selected=asked.get(name, "") == value)
        for value, said in [("", W["any"]), *choices]
    ]
    return tag("label", tag("span", text(W[name])), tag("select", *options, name=name))


def _counted(choices: Counter[str]) -> list[Choice]:
    return [(name, f"{name} ({choices[name]})") for name in sorted(choices)]


def _facts(case: Case) -> str:
    parts = [f"{case.modality} {case.view}".strip(), W["level_short"].format(level=case.difficulty)]
    if len(case.pictures) > 1:
        parts.append(W["pictures"].format(count=len(case.pictures)))
    return " · ".join(parts)


def _findings(case: Case) -> str:
    return ", ".join(case.present) or W["nothing_there"]


def _best(best: Mapping[Name, float | None], name: Name) -> str:
    total = best[name]
    return W["unscored"] if total is None else W["best"].format(total=f"{100 * total:.0f}")
