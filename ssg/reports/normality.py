"""Sentences that call the whole examination normal ("Normal chest.", "No acute disease."), or all that is not named
("otherwise normal").

A sentence is cut into clauses, and a clause counts only where every word of it is known here: "normal variant", "not
entirely normal" and "normal heart" are not. What only says "normal" must stand alone, and not below an organ.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ssg.reports.layout import words_table

USUAL_REGION = "chest"
"""Of which a report is where nothing tells what was examined."""


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause of a sentence, and the word or sign before it."""

    before: str
    words: str


def calls_all_normal(
    sentence: str, modality: str | Collection[str] | None, heading: str = "", *, is_of_part: bool = False
) -> bool:
    """Whether a sentence, with the sign that ends it, calls the whole examination or all the rest of it normal.

    ``heading`` is the organ that it stands below, or ""; ``is_of_part`` tells that the sentence before it only named
    one, so that "normal" alone is said of that.
    """
    text = " ".join(sentence.lower().replace("’", "'").split())
    if text.endswith("?") or not _patterns().maybe.search(text):
        return False
    own = _own_regions(modality)
    is_of_part = is_of_part or bool(heading and not _is_whole(heading.lower(), own))
    text = text.rstrip(".!; ").replace("otherwise, ", "otherwise ")
    said = ""
    for number, clause in enumerate(_clauses(text)):
        names_whole = _is_whole(said, own)
        is_of_part = (
            is_of_part or (clause.before == ":" and not names_whole) or _is_told_of_part(said, clause, text, own)
        )
        is_first = number == 0 or (clause.before in (":", "dash") and names_whole)
        if _counts(clause, own, is_first, is_of_part, text):
            return True
        said = clause.words
    return False


def _counts(clause: _Clause, own: frozenset[str], is_first: bool, is_of_part: bool, sentence: str) -> bool:
    patterns = _patterns()
    words = patterns.opening.sub("", clause.words)
    if clause.before == "except":  # "apart from a small effusion the chest is normal"
        last = patterns.ending.search(words)
        return last is not None and _is_whole(last["whole"], own)
    is_rest = patterns.rest.search(words) is not None
    if clause.before in ("with", "having") and not is_rest:  # "compatible with a normal chest"
        return False
    for pattern in (patterns.named, patterns.after, patterns.nothing_in, patterns.nothing_on):
        found = pattern.fullmatch(words)
        if found and _is_whole(found["whole"], own):
            return True
    if is_of_part:
        return False
    if found := patterns.nothing.fullmatch(words):
        return not set((found["what"] or "").split()) & _regions() - own
    if patterns.otherwise.fullmatch(words):
        return not _goes_on(clause, sentence)
    return is_first and patterns.alone.fullmatch(words) is not None


def _is_told_of_part(said: str, clause: _Clause, sentence: str, own: frozenset[str]) -> bool:
    """Whether "without abnormality" is said of a part: "the osseous structures are without acute abnormality"."""
    if not clause.words.startswith("without "):
        return False
    before = set(sentence.partition(clause.words)[0].split())
    subject = re.sub(r" (?:is|are|appears?)$", "", said)
    return bool(before & _regions() - own) or (subject != said and not _is_whole(subject, own))


def _goes_on(clause: _Clause, sentence: str) -> bool:
    """Whether "otherwise clear" is said of the subject of the sentence: "the lungs are hyperinflated but otherwise
    clear"."""
    before = sentence.partition(clause.words)[0]
    has_subject = clause.before in ("but", "and") and re.search(r"\b(?:is|are|appears?)\b", before) is not None
    return has_subject or ("clear" in clause.words and re.search(r"\blungs?\b", before) is not None)


def _is_whole(words: str, own: frozenset[str]) -> bool:
    """Whether words name the whole examination: "PA chest radiograph", "the chest", not "the abdomen" of a chest."""
    table = words_table()["normal"]
    said = set(re.sub(r"\bx[ -]?rays?\b", "xray", words).split())
    regions, exam = said & _regions(), said & set(table["exam"].split())
    is_known = not said - regions - exam - set(table["view"].split())
    return is_known and bool(exam or regions) and (bool(exam) or regions <= own)


def _own_regions(modality: str | Collection[str] | None) -> frozenset[str]:
    """The words for the region of what was examined."""
    regions: dict[str, str] = words_table()["normal"]["regions"]
    names = (modality,) if isinstance(modality, str) else tuple(modality or ())
    examined = {name.split()[0] for name in names if name.split()} & set(regions) or {USUAL_REGION}
    return frozenset(word for name in examined for word in regions[name].split())


@functools.cache
def _regions() -> frozenset[str]:
    return frozenset(word for words in words_table()["normal"]["regions"].values() for word in words.split())


def _clauses(sentence: str) -> Iterator[_Clause]:
    before = ""
    start = 0
    for found in [*_patterns().breaks.finditer(sentence), None]:
        end = found.start() if found else len(sentence)
        words = sentence[start:end].strip()
        if words or not start:
            yield _Clause(before, words)
        if found:
            before, start = found.lastgroup or found[0].strip(), found.end()


@dataclass(frozen=True, slots=True)
class _Patterns:
    """How clauses say so; ``whole`` is what must name the examination."""

    maybe: re.Pattern[str]
    breaks: re.Pattern[str]
    opening: re.Pattern[str]
    rest: re.Pattern[str]
    named: re.Pattern[str]
    after: re.Pattern[str]
    ending: re.Pattern[str]
    nothing: re.Pattern[str]
    nothing_in: re.Pattern[str]
    nothing_on: re.Pattern[str]
    otherwise: re.Pattern[str]
    alone: re.Pattern[str]


@functools.cache
def _patterns() -> _Patterns:
    table = words_table()["normal"]

    def either(name: str) -> str:
        written = sorted(table[name].split(), key=len, reverse=True)
        return "(?:" + "|".join(re.escape(phrase).replace("_", " ") for phrase in written) + ")"

    regions = "(?:" + "|".join(map(re.escape, sorted(_regions(), key=len, reverse=True))) + ")"
    adverbs = rf"(?:(?:otherwise|{either('clearly')}) )*"
    tail = r"(?: for (?:\w+ )?(?:patient's )?(?:stated )?age| in appearance| throughout| overall| otherwise)*"
    fine = rf"{adverbs}{either('fine')}{tail}"
    alone = rf"{adverbs}{either('alone')}{tail}"
    seems = rf"(?:{either('seems')} )?"
    what = rf"(?P<what>(?:(?:{either('limited')}|{regions}|cardiac (?:or|and) pulmonary) )*{either('nothing')})"
    seen = rf"(?: (?:is |are |was |were |has been |have been )?{either('seen')})?"
    evidence = r"(?:(?:radiographic |radiological )?(?:evidence|signs?|indication) (?:of|for) (?:an? |any )?)?"
    plainly = r"(?:nothing|nil) (?:abnormal|acute|focal|to report)"
    none = rf"(?:(?:no|nil|without|negative for) {evidence}{what}|{plainly}){seen}"
    others = rf"(?:(?:the )?(?:rest|remainder)|everything(?: else)?|all(?: else)?) {seems}{fine}"
    return _Patterns(
        maybe=re.compile(rf"\b(?:{either('fine')}|no|nil|nothing|without)\b"),
        breaks=re.compile(
            rf"\b(?P<except>{either('except')})\b|(?P<but>\bbut\b)"
            r"|(?P<with>\b(?:with|in|on)(?= (?:an? |the )?otherwise\b))"
            r"|(?P<and>\band\b(?= (?:no|not|without|there|the|otherwise|all|is|are)\b))|(?P<having>\bwith\b)"
            r"|\b(?=without\b)|(?<!\w)(?P<dash>[-–—]+)(?!\w)|[,;:().]"
        ),
        opening=re.compile(rf"^(?:{either('opening')} )?(?:(?:an?|the) (?=otherwise|{either('fine')}))?"),
        rest=re.compile(r"\b(?:otherwise|rest|remainder)\b"),
        named=re.compile(rf"{fine} (?P<whole>[\w' -]+?){tail}"),
        after=re.compile(rf"(?:(?:the )?(?:rest|remainder) of )?(?P<whole>[\w' -]+?) {seems}{fine}"),
        ending=re.compile(rf"\b(?P<whole>(?:the|this) (?:\w+ ){{0,3}}[\w-]+) {either('seems')} {fine}$"),
        nothing=re.compile(none),
        nothing_in=re.compile(rf"{none} (?:in|on|within|of) (?P<whole>[\w' -]+)"),
        nothing_on=re.compile(rf"(?P<whole>[\w' -]+?) {either('shows')} {none}"),
        otherwise=re.compile(rf"otherwise {alone}|{alone} otherwise|{others}"),
        alone=re.compile(rf"{alone}"),
    )
