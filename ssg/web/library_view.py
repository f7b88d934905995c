"""What the Library shows, as HTML: the search, its results, similar cases; and what a packet's address is."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ssg.errors import BadInput, Unavailable
from ssg.teaching.library import NORMAL, Entry, Name, Wanted
from ssg.teaching.packets import MOST as LARGEST_PACKET
from ssg.teaching.packets import balanced, packet_id, with_normals
from ssg.teaching.picture_kinds import RADIOGRAPH, UNKNOWN, Vector, group_of, groups_of, likeliest_group
from ssg.teaching.similar import Likeness, like_case, like_picture
from ssg.web.ask_view import note
from ssg.web.html import tag, text
from ssg.web.library_parts import search_form, tile
from ssg.web.services import Services
from ssg.web.words_library import LIBRARY as W

PAGE = 48
SIMILAR = 12
USUAL_PACKET = 10
_ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks: their best marks by case, and whether what is on the cases is shown to them before they answered."""

    id: str
    best: Mapping[Name, float | None]
    answers: bool

    def may_know(self, entry: Entry) -> bool:
        """Whether what is on a case may be said."""
        return self.answers or entry.name in self.best


class LibraryView:
    """Searches and compares cases for a visitor."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def page(self, learner: str, asked: Mapping[str, str]) -> str:
        """The page for the parameters of an address; what is wrong with them is said where the results would be."""
        library, who = self._services.library, self._visitor(learner, asked)
        if not library.entries:
            return note(W["empty"])
        titles = {one.id: one.title for one in self._services.practice.sets}
        form = search_form(asked, library.choices(), titles, who.answers)
        return form + tag("div", self._results(who, asked), id="library-results", aria_live="polite")

    def results(self, learner: str, asked: Mapping[str, str]) -> str:
        """What is found, or why nothing is, as HTML."""
        return self._results(self._visitor(learner, asked), asked)

    def _results(self, who: Visitor, asked: Mapping[str, str]) -> str:
        try:
            if asked.get("like"):
                return self._like_case(who, asked["like"])
            if asked.get("image"):
                return self._like_upload(who, asked)
            return self._found(who, asked)
        except (BadInput, Unavailable) as error:
            return note(str(error))

    def packet(self, learner: str, asked: Mapping[str, str]) -> str:
        """The address of a new packet of the cases that are wanted.

        That of the search, where there are none, or fewer than are asked for: the page says how many there are.
        """
        try:
            count, seed = max(1, _whole(asked.get("count", ""), USUAL_PACKET)), secrets.randbelow(2**31)
            wanted, best = Wanted.of(asked), self._services.practice.best(learner)
            there = self._to_take_from(wanted, self._services.library.search(wanted, best), best, seed)
            if count > min(len(there), LARGEST_PACKET):
                return "/library?" + urlencode(asked)
            chosen = balanced(there, count, seed)
        except BadInput:  # which the library says in words
            return "/library?" + urlencode(asked)
        return "/practise?" + urlencode({"packet": packet_id(one.name for one in chosen)})

    def _to_take_from(self, wanted: Wanted, found: list[Entry], tried: Iterable[Name], seed: int = 0) -> list[Entry]:
        """What a packet is made of: normal cases are mixed in among those of a finding or of a text."""
        if not found or not _mixes(wanted):
            return found
        normals = self._services.library.search(Wanted(kind=NORMAL, tried=wanted.tried), tried)
        return with_normals(found, normals, seed)

    def _visitor(self, learner: str, asked: Mapping[str, str]) -> Visitor:
        return Visitor(learner, self._services.practice.best(learner), asked.get(_ANSWERS) == "1")

    def _found(self, who: Visitor, asked: Mapping[str, str]) -> str:
        wanted, library = Wanted.of(asked), self._services.library
        found, said = library.search(wanted, who.best), ""
        unknown = library.not_found(wanted) if wanted.text else ()
        missed = tag("p", text(W["not_found"].format(words=_quoted(unknown))), class_="note") if unknown else ""
        if not found and wanted.text:
            found = library.nearest(wanted, who.best)
            said = tag("p", text(f"{W['none']} {W['nearest'] if found else W['too_narrow']}"), class_="note")
        elif not found:
            return missed + tag("p", text(f"{W['none']} {W['too_narrow']}"), class_="note")
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(1, _whole(asked.get("page", ""))), pages)
        shown = found[(page - 1) * PAGE : page * PAGE]
        count = W["found_one"] if len(found) == 1 else W["found"].format(count=len(found))
        if len(found) < len(library.entries):
            count += W["of_all"].format(count=len(library.entries))
        tiles = [self._tile(who, entry) for entry in shown]
        return "".join(
            [
                missed,
                said or tag("p", text(count), class_="count"),
                tag("ul", *tiles, class_="shelf"),
                _turning(asked, page, pages),
                "" if said else _packet_form(asked, wanted, len(self._to_take_from(wanted, found, who.best))),
            ]
        )

    def _like_case(self, who: Visitor, name: str) -> str:
        set_id, _, case_id = name.partition("/")
        case = self._services.practice.case(set_id, case_id)
        entries = self._services.library.entries
        entry = entries.get((set_id, case_id))
        if entry is None:  # one of a set that is not listed
            raise BadInput(f"“{case.title}” is not in the library, so it is compared with nothing there.")
        vectors, said = self._vectors(entries)
        if who.may_know(entry):
            found = like_case(entry, entries.values(), vectors, SIMILAR)
        elif entry.name not in vectors:
            return note(W["answer_first"].format(title=case.title))
        else:  # by its picture alone: cases that share a finding would tell which one
            said.append(W["hidden"])
            others = [one for one in entries.values() if one.name != entry.name]
            found = like_picture(vectors[entry.name], group_of(case.modality), others, vectors, SIMILAR)
        return self._alike(who, W["similar_to"].format(title=case.title), said, found, entry)

    def _like_upload(self, who: Visitor, asked: Mapping[str, str]) -> str:
        name = asked["image"]
        try:
            shown = self._services.images.upload(who.id, name)
        except BadInput:  # of somebody else, or of long ago
            raise BadInput(W["no_upload"]) from None
        vector = self._services.embeddings.of_upload(who.id, name)
        if vector is None:
            raise Unavailable(W["no_encoder_upload"])
        entries = self._services.library.entries
        vectors, said = self._vectors(entries)
        there, told = groups_of(entries.values()), group_of(shown.modality)
        told = "" if told == UNKNOWN else told
        group = asked.get("modality", "") or told
        if not group:
            pixels = self._services.images.pixels(who.id, name)
            group = likeliest_group(pixels, vector, entries.values(), vectors)
        if group not in there:
            said.insert(0, W["no_group"].format(group=_called(group)))
        elif not told and not asked.get("modality"):
            said.insert(0, W["guessed"].format(group=_called(group)))
        found = like_picture(vector, group, entries.values(), vectors, SIMILAR)
        return self._alike(who, W["similar_upload"], said, found, beside=_groups(name, group, there))

    def _vectors(self, entries: Mapping[Name, Entry]) -> tuple[dict[Name, Vector], list[str]]:
        """Embeddings by case, and what is to be said of those that are not there."""
        if self._services.encoder.loaded is None:
            return {}, [W["no_encoder"]]
        ids = {name: self._services.case_images[name] for name in entries if name in self._services.case_images}
        known = self._services.embeddings.of_cases(ids.values())
        vectors = {name: known[shown_id] for name, shown_id in ids.items() if shown_id in known}
        missing = len(vectors) < len(ids)
        return vectors, [W["some_pictures"].format(done=len(vectors), count=len(ids))] if missing else []

    def _alike(
        self,
        who: Visitor,
        title: str,
        said: Sequence[str],
        found: Sequence[Likeness],
        of: Entry | None = None,
        beside: str = "",
    ) -> str:
        tiles = [self._tile(who, one.entry, _why(one, who, of)) for one in found]
        return "".join(
            [
                tag("p", tag("a", text("← " + W["back"]), href="/library")),
                tag("h2", text(title)),
                *(tag("p", text(one), class_="hint") for one in said),
                beside,
                tag("ul", *tiles, class_="shelf"),
            ]
        )

    def _tile(self, who: Visitor, entry: Entry, why: str = "") -> str:
        return tile(entry, self._services.case_images[entry.name], who.best, who.may_know(entry), why)


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word[:40]}”" for word in words)


def _called(group: str) -> str:
    """A group of modalities in words."""
    return W["radiographs"] if group == RADIOGRAPH else group


def _groups(image: str, chosen: str, there: Mapping[str, int]) -> str:
    """Links that compare an own picture with cases of another kind: a file may not say of which it is."""
    links = [
        tag(
            "a",
            text(f"{_called(group)} ({there[group]:,})"),
            href="/library?" + urlencode({"image": image, "modality": group}),
            class_="chip",
            aria_current="true" if group == chosen else None,
        )
        for group in sorted(there, key=lambda one: -there[one])
    ]
    return tag("p", tag("span", text(W["compared_with"])), *links, class_="turning")


def _why(one: Likeness, who: Visitor, of: Entry | None) -> str:
    """Why a case is called similar, as far as this visitor may know what is on both."""
    parts = []
    if of is not None and who.may_know(of) and who.may_know(one.entry):
        if one.shared:
            parts.append(W["same"].format(findings=", ".join(one.shared)))
        elif of.is_normal and one.entry.is_normal:
            parts.append(W["same_normal"])
    if one.picture is not None:
        parts.append(W["alike"].format(percent=round(100 * one.picture)))
    return " · ".join(parts)


def _turning(asked: Mapping[str, str], page: int, pages: int) -> str:
    if pages < 2:
        return ""

    def link(word: str, to: int) -> str:
        return tag("a", text(word), href="/library?" + urlencode({**asked, "page": str(to)}), class_="chip")

    return tag(
        "p",
        link(W["previous"], page - 1) if page > 1 else "",
        tag("span", text(W["page"].format(page=page, pages=pages))),
        link(W["next"], page + 1) if page < pages else "",
        class_="turning",
    )


def _mixes(wanted: Wanted) -> bool:
    """Whether a packet mixes normal cases in: not where it was chosen whether anything is there."""
    return bool(wanted.finding or wanted.text) and not wanted.kind


def _packet_form(asked: Mapping[str, str], wanted: Wanted, there: int) -> str:
    """A packet to be asked for; ``there`` are the cases that it can be made of, and what was asked beyond is said."""
    if there < 2:
        return ""
    most, said = min(there, LARGEST_PACKET), []
    if (count := _whole(asked.get("count", ""), 0)) > most:
        said.append(W["packet_fewer" if count > there else "packet_too_many"].format(asked=count))
    said.append(W["packet_most" if there > most else "packet_there"].format(count=there, most=most))
    kept = "".join(
        tag("input", type="hidden", name=key, value=value).removesuffix("</input>")
        for key, value in asked.items()
        if key not in ("page", "count", _ANSWERS) and value
    )
    usual = min(count or USUAL_PACKET, most)
    number = tag("input", type="number", name="count", value=usual, min=1, max=most, required=True)
    hint = "packet_mixed" if _mixes(wanted) else "packet_chosen" if wanted.kind else "packet_hint"
    return tag(
        "form",
        tag("h2", text(W["packet"])),
        tag("p", text(W[hint]), class_="hint"),
        kept,
        tag("label", text(W["packet_count"]), number.removesuffix("</input>")),
        tag("button", text(W["packet_go"]), type="submit", class_="lib-button"),
        tag("p", text(" ".join(said)), class_="note" if len(said) > 1 else "hint"),
        action="/library/packet",
        method="get",
        class_="packet",
    )


def _whole(written: str, otherwise: int = 1) -> int:
    return int(written) if written.isdecimal() and len(written) < 7 else otherwise
