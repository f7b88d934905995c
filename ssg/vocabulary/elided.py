"""Parts of a sentence that leave out the finding: "effusion on the left and *none on the right*".

Such a part has a side and says whether, and speaks of a finding that was named before it ("no effusion on the left,
*small on the right*"), or after it ("left *but not right* effusion"). It is taken out of its sentence, so that the rest
is read by itself and the two sides never become one "bilateral"; ellipsis.py then says what it means.

A sentence is looked at as a string with one letter for each word, its class, and the parts are patterns in it.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ssg.vocabulary.forms import Token, words_table
from ssg.vocabulary.lexicon import lexicon, words_of
from ssg.vocabulary.phrases import Mention
from ssg.vocabulary.sentences import Sentence
from ssg.vocabulary.side_words import side_table
from ssg.vocabulary.types import Presence, Side

_CLASSES = (
    ("n", "deny"), ("z", "clear"), ("m", "doubt"), ("e", "turn"), ("v", "verb"), ("w", "seen"), ("f", "filler"),
    ("1", "one"), ("l", "place"), ("a", "tell"), ("u", "judged"), ("q", "same"), ("k", "spare"),
)  # fmt: skip
_JOINTS = dict.fromkeys(("and", "&", "+", "with"), "c") | dict.fromkeys(("or", "nor", "/"), "r")
_JOINTS |= {",": "j", "(": "j", ":": ":", ")": ")"}
# "s" a side and "S" its further words, "p" a preposition, "d" a determiner, "M" a word of a finding, "x" any other

_PLACE = r"[pd]*sS*l*1?(?:r[pd]*sS*l*)?"
_END = r"f*(?=[jcezmn:)]|$)"
_AFTER_NAME = r"(?<![^MsSljce:)1v])"
_PATTERNS = re.compile(
    "|".join(
        (
            # "no, on the right", which answers or corrects the sentence before
            rf"(?P<answered>^[an]j[ev]*[cep]*{_PLACE}$)",
            # "left *but not right* effusion"
            r"(?P<within>(?<=[sS])[jce]*n[d]*sS*l*(?=M))",
            # "none on the right", "is not seen at the left base"; but no list: "no left, right or bilateral effusion"
            rf"(?P<denied>{_AFTER_NAME}[jce:]*[vdf]*n(?!sS*l*[jr]+[dp]*s)[vwfd1]*{_PLACE}{_END})",
            # "on the right there is none", "left: no"
            rf"(?P<denied_behind>(?:^|(?<=[sSl])|[jce])[jce]*(?:d*1)?{_PLACE}[:vd]*n[vw]*{_END})",
            # "normal on the right"; "the right is normal" says that of the lung, not of the finding
            rf"(?P<clear>(?:^|[jce])[jce]*[vd]*z[vwfd]*{_PLACE}{_END})",
            rf"(?P<clear_behind>[jce]+{_PLACE}[:vd]*f*z{_END})",
            # "sparing the left base"
            rf"(?P<spared>[jce]*k{_PLACE}{_END})",
            # "right not assessed", "not sure about the right"
            rf"(?P<not_judged>[jce]+{_PLACE}[:v]*n?v*u{_END}|[jce]+v*n?v*uf*{_PLACE}{_END})",
            # "also on the right"
            rf"(?P<same>[jce]+[vda]*q[1]*{_PLACE}{_END})",
            # "possibly on the right"
            rf"(?P<doubted>(?:^|[jce])[jce]*[vd]*m[dafw1q]*{_PLACE}{_END})",
            # "small on the right", "a small one on left", "but a right one", "left small"
            rf"(?P<told>(?:^|[jce:])[jce:]*[vpd]*[aw1][aw1d]*{_PLACE}{_END})",
            rf"(?P<told_behind>(?:^|[jce])[jce]*(?:d*1)?{_PLACE}[:vd]*[aw]+[v1]*{_END})",
            rf"(?P<turned>[jc]*e[cep]*(?:[pd]*1)?{_PLACE}(?=\)|$))",
        )
    )
)
_OPEN_SIDE = re.compile(r"(?:^|[^pdMsSl])d*sS*$")
_SAID = {
    "answered": Presence.PRESENT,
    "within": Presence.ABSENT,
    "denied": Presence.ABSENT,
    "denied_behind": Presence.ABSENT,
    "clear": Presence.ABSENT,
    "spared": Presence.ABSENT,
    "clear_behind": None,
    "not_judged": None,
    "same": Presence.UNKNOWN,
    "doubted": Presence.UNCERTAIN,
    "told": Presence.PRESENT,
    "told_behind": Presence.PRESENT,
    "turned": Presence.PRESENT,
}


@dataclass(frozen=True, slots=True)
class Part:
    """Words [first, last] of a sentence that speak of a finding without its name; ``span`` are their characters.

    ``side`` is None for the one that was not said ("none elsewhere"). ``presence`` is None where they say nothing of it
    after all, and unknown where they say what was said of the other side ("also on the right"). ``joined`` are the
    words that join them to what stands before. ``within`` tells that the finding follows, ``ahead`` that it may;
    ``answers`` that they are said instead of what was asked or told, and ``reverses`` that they deny just that ("...
    has resolved, *the left one has not*"). ``ends`` tells that it was there before ("*resolved on the right*").
    """

    first: int
    last: int
    side: Side | None
    presence: Presence | None
    span: tuple[int, int]
    joined: str = ""
    within: bool = False
    ahead: bool = False
    answers: bool = False
    reverses: bool = False
    ends: bool = False


def parts(sentence: Sentence, mentions: Sequence[Mention]) -> list[Part]:
    """The parts of a sentence that leave out their finding, in order."""
    letters, marked = _letters(sentence, mentions)
    if not marked:
        return []
    matches = list(_PATTERNS.finditer(letters))
    alone = not set(_outside(letters, matches)) - set("jce:)")
    return [
        _part(sentence, match, letters, marked)
        for match in matches
        if alone or _holds(str(match.lastgroup), letters[: match.start()])
    ]


def without(sentence: Sentence, left_out: Sequence[Part]) -> Sentence:
    """A sentence without these parts; where one stood in the middle, what follows begins anew."""
    rest: list[Token] = []
    at = 0
    for part in left_out:
        rest += sentence.tokens[at : part.first]
        at = part.last + 1
        turns = rest and at < len(sentence.tokens) and not part.within and "(" not in part.joined
        if turns:
            rest.append(Token("but", *part.span))
    rest += sentence.tokens[at:]
    return dataclasses.replace(sentence, tokens=tuple(rest))


def _holds(kind: str, before: str) -> bool:
    """Whether what was said before lets a part mean this: it goes on with a side, or with another that was denied; else
    "small on the right" just describes. And "left but not right" is one part of a finding that follows only where
    "left" does not end a part of its own."""
    if kind in ("answered", "within"):
        return kind == "within" and _OPEN_SIDE.search(before) is not None
    if kind == "turned":
        return "n" in before
    return _SAID[kind] in (None, Presence.ABSENT) or "s" in before or "n" in before


def _outside(letters: str, matches: Sequence[re.Match[str]]) -> str:
    """The letters that no part has: none in a sentence that goes on with the one before it."""
    inside = {place for match in matches for place in range(*match.span())}
    return "".join(letter for place, letter in enumerate(letters) if place not in inside)


def _part(sentence: Sentence, match: re.Match[str], letters: str, marked: dict[int, Side | None]) -> Part:
    kind = str(match.lastgroup)
    first, end = match.span()
    start = first
    while start < end and letters[start] in "jce:)":
        start += 1
    start = min(start, end - 1)
    named = {marked[place] for place in range(first, end) if place in marked}
    joined = "except" if kind == "spared" else " ".join(sentence.words[first:start])
    follows = letters[end : end + 1] in ("c", "e", "j") and not first
    return Part(
        first=first,
        last=end - 1,
        side=named.pop() if len(named) == 1 else Side.BILATERAL,
        presence=_SAID[kind],
        span=(sentence.tokens[start].start, sentence.tokens[end - 1].end),
        joined=joined,
        within=kind == "within",
        answers=kind == "answered",
        reverses=not words_in("not_so").isdisjoint(sentence.words[first:end]),
        ends=not words_in("gone").isdisjoint(sentence.words[first:end]),
        ahead=follows or (first > 0 and letters[first - 1] in "sS"),
    )


def _letters(sentence: Sentence, mentions: Sequence[Mention]) -> tuple[str, dict[int, Side | None]]:
    """The class of each word, and the sides by their places."""
    classes = _classes()
    letters = [classes.get(word, "x") for word in sentence.words]
    elsewhere = words_in("elsewhere")
    marked: dict[int, Side | None] = {place: None for place, word in enumerate(sentence.words) if word in elsewhere}
    for place in marked:
        letters[place] = "s"
    for found in side_table().find(sentence.words):
        marked[found.first] = found.value
        letters[found.first : found.last + 1] = "s" + "S" * (found.last - found.first)
    for mention in mentions:
        for place in mention.core:
            if not (mention.is_place and letters[place] == "l"):
                letters[place] = "M"
                marked.pop(place, None)
    return "".join(letters), marked


@functools.cache
def _classes() -> dict[str, str]:
    """The letter of each word that has one."""
    tools = lexicon()
    letters = dict.fromkeys(tools.big | tools.openers, "a") | dict.fromkeys(tools.prepositions, "p")
    letters |= dict.fromkeys(tools.determiners | words_of("a an another"), "d")
    for letter, section in reversed(_CLASSES):
        letters |= dict.fromkeys(words_in(section), letter)
    return letters | _JOINTS


@functools.cache
def words_in(section: str) -> frozenset[str]:
    """The words of one list of ``[elided]`` in words.toml."""
    return words_of(words_table()["elided"][section])
