"""The library: all listed cases, found by words, by finding and by what else is known of them.

A text is read twice: by the vocabulary, so that "fluid at the left base" finds effusions on the left and "no
pneumothorax" cases in which one is excluded; and word by word in all that is written about a case. A case that
contradicts what was understood is not found by its words: "no effusion" finds no case that has one.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ssg.casebook import Case, CaseSet
from ssg.errors import BadInput
from ssg.teaching.practice import Practice
from ssg.teaching.text_search import TextSearch, Written
from ssg.vocabulary import Presence, Side, Statement, read, vocabulary

Name = tuple[str, str]
"""(set id, case id)."""

LONGEST_TEXT = 200
ALTERNATIVES = re.compile(r"(?i)[,;/|]|\bor\b")
PLAIN = (
    *("there", "show", "cases", "case", "please", "find", "with", "where", "which", "that", "this"),
    *("image", "images", "patient", "patients"),
)
"""Words that nobody means to find."""

NORMAL, ABNORMAL = "normal", "abnormal"
NEW, TRIED = "new", "tried"


@dataclass(frozen=True, slots=True)
class Entry:
    """A case in the library. ``found`` are the findings that readers mark, with all that these are kinds of."""

    case_set: CaseSet
    case: Case
    found: frozenset[str]
    excluded: frozenset[str]

    @property
    def name(self) -> Name:
        """(set id, case id)."""
        return self.case_set.id, self.case.id

    @property
    def is_normal(self) -> bool:
        """Whether no reader marks anything, under a name of the vocabulary or another."""
        return not self.found and not any(not mark.absent for reader in self.case.readers for mark in reader.other)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; "" and None leave it open. ``kind`` is normal or abnormal, ``tried`` new or tried."""

    text: str = ""
    finding: str = ""
    modality: str = ""
    specialty: str = ""
    difficulty: int | None = None
    case_set: str = ""
    kind: str = ""
    tried: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Wanted:
        """From the parameters of an address; raises BadInput for a value that cannot be meant."""
        text = asked.get("text", "").strip()
        if len(text) > LONGEST_TEXT:
            raise BadInput(f"That is {len(text):,} characters: search with at most {LONGEST_TEXT}.")
        level = asked.get("difficulty", "").strip()
        if level and level not in ("1", "2", "3", "4", "5"):
            raise BadInput("The difficulty is a number from 1 to 5.")
        for key, allowed in (("kind", (NORMAL, ABNORMAL)), ("tried", (NEW, TRIED))):
            if asked.get(key, "") not in ("", *allowed):
                raise BadInput(f"'{asked[key][:40]}' cannot be chosen here: take one of the list.")
        finding = asked.get("finding", "").strip()
        return cls(
            text,
            vocabulary().get(finding).name if finding else "",
            asked.get("modality", "").strip(),
            asked.get("specialty", "").strip(),
            int(level) if level else None,
            asked.get("set", "").strip(),
            asked.get("kind", ""),
            asked.get("tried", ""),
        )


class Library:
    """The cases that ``practice`` lists. What is searched is made anew when the sets have changed."""

    def __init__(self, practice: Practice) -> None:
        self._practice = practice
        self._lock = threading.Lock()
        self._of: object = None
        self._entries: dict[Name, Entry] = {}
        self._text = TextSearch()

    @property
    def entries(self) -> Mapping[Name, Entry]:
        """All cases in their order."""
        return self._read()[0]

    def search(self, wanted: Wanted, tried: Iterable[Name] = ()) -> list[Entry]:
        """The cases that are wanted: in their order, with a text the best first. ``tried`` are the learner's."""
        entries, text = self._read()
        done = frozenset(tried)
        fits = [entry for entry in entries.values() if _fits(entry, wanted, done)]
        if not wanted.text:
            return fits
        said = read(wanted.text).statements
        parts = _alternatives(wanted.text)
        true = {entry.name: _true_of(entry, said, either=len(parts) > 1) for entry in fits}
        rank = {name: place for place, name in enumerate(text.find(wanted.text))}
        for part in parts if len(parts) > 1 else ():
            for name in text.find(part):
                rank.setdefault(name, len(rank))
        both = [entry for entry in fits if true[entry.name] or (entry.name in rank and not _contradicts(entry, said))]
        return sorted(both, key=lambda one: (-true[one.name], rank.get(one.name, len(rank))))

    def not_found(self, wanted: Wanted) -> tuple[str, ...]:
        """The words of a text that stand in no case and that the vocabulary does not need to understand the rest."""
        _, text = self._read()
        said = _meaning(wanted.text)
        return tuple(
            word
            for word in text.unknown(wanted.text)
            if word.lower() not in PLAIN and _meaning(re.sub(rf"(?i)\b{re.escape(word)}\b", " ", wanted.text)) == said
        )

    def nearest(self, wanted: Wanted, tried: Iterable[Name] = (), most: int = 12) -> list[Entry]:
        """Where :meth:`search` finds none: the cases in which most of the text's words stand, without contradiction."""
        entries, text = self._read()
        done, said = frozenset(tried), read(wanted.text).statements
        some = (entries[name] for name in text.find_some(wanted.text))
        return [entry for entry in some if _fits(entry, wanted, done) and not _contradicts(entry, said)][:most]

    def choices(self) -> dict[str, Counter[str]]:
        """What can be chosen, each with the number of its cases: modality, specialty, difficulty, set, finding."""
        found: dict[str, Counter[str]] = {
            key: Counter() for key in ("modality", "specialty", "difficulty", "set", "finding")
        }
        for entry in self.entries.values():
            case = entry.case
            found["modality"][case.modality] += 1
            found["difficulty"][str(case.difficulty)] += 1
            found["set"][entry.case_set.id] += 1
            found["finding"].update(case.present)
            if case.specialty:
                found["specialty"][case.specialty] += 1
        return found

    def _read(self) -> tuple[dict[Name, Entry], TextSearch]:
        with self._lock:
            order = self._practice.order
            if order is not self._of:
                self._entries = {name: _entry(self._practice, name) for name in order}
                self._text = TextSearch((name, _written(entry)) for name, entry in self._entries.items())
                self._of = order
            return self._entries, self._text


def _entry(practice: Practice, name: Name) -> Entry:
    case_set, case = practice.case_set(name[0]), practice.case(*name)
    above = vocabulary().ancestors
    found = frozenset(other for finding in case.present for other in (finding, *above(finding)))
    excluded = frozenset(finding for reader in case.readers for finding in reader.absent)
    return Entry(case_set, case, found, excluded - found)


def _written(entry: Entry) -> Written:
    case, case_set = entry.case, entry.case_set
    names = [name for finding in case.present for name in (finding, *vocabulary().get(finding).synonyms)]
    points = [point.text for point in case.teaching_points]
    words = [case.history, case.findings, case.diagnosis, *case.differential, case.discussion, case.report, *points]
    return Written(
        " ".join((case.title, case.id)),
        " ".join((*names, *case.tags)),
        " ".join((*words, case.view, case.body_part, case.modality, case.specialty)),
        " ".join((case_set.title, case_set.id, case_set.provenance, case_set.citation, case.source)),
    )


def _fits(entry: Entry, wanted: Wanted, tried: frozenset[Name]) -> bool:
    case = entry.case
    tests: tuple[tuple[bool, Callable[[], bool]], ...] = (
        (bool(wanted.modality), lambda: case.modality == wanted.modality),
        (bool(wanted.specialty), lambda: case.specialty == wanted.specialty),
        (wanted.difficulty is not None, lambda: case.difficulty == wanted.difficulty),
        (bool(wanted.case_set), lambda: entry.case_set.id == wanted.case_set),
        (bool(wanted.finding), lambda: wanted.finding in entry.found),
        (bool(wanted.kind), lambda: entry.is_normal == (wanted.kind == NORMAL)),
        (bool(wanted.tried), lambda: (entry.name in tried) == (wanted.tried == TRIED)),
    )
    return all(test() for asked, test in tests if asked)


def _alternatives(text: str) -> list[str]:
    """The parts of a text of which any will do: "pneumothorax or effusion", and a list with commas."""
    return [part.strip() for part in ALTERNATIVES.split(text) if part.strip()]


def _true_of(entry: Entry, said: Sequence[Statement], either: bool) -> int:
    """How much of what was said is true of a case; 0 where it is not what was meant.

    All of it must be; of ``either`` all that is denied, and of the rest anything.
    """
    true = [one for one in said if _is_true(one, entry)]
    asked = [one for one in said if one.presence is not Presence.ABSENT]
    if not either or not asked:
        return len(true) if len(true) == len(said) else 0
    denied = len(said) - len(asked)
    there = sum(one.presence is not Presence.ABSENT for one in true)
    return len(true) if there and len(true) - there == denied else 0


def _meaning(text: str) -> list[tuple[str, Side | None, Presence]]:
    return [(one.finding, one.side, one.presence) for one in read(text).statements]


def _is_true(said: Statement, entry: Entry) -> bool:
    """Whether a case bears out what was said; what was called possible, where it is there."""
    if said.presence is not Presence.ABSENT:
        return _is_shown(said, entry)
    meant = {said.finding, *said.others}
    if any(vocabulary().is_a(name, other) for name in entry.excluded for other in meant):
        return True
    return said.side in (Side.LEFT, Side.RIGHT) and bool(meant & entry.found) and not _is_shown(said, entry)


def _contradicts(entry: Entry, said: Iterable[Statement]) -> bool:
    """Whether any of what was said is known to be untrue of the case; what no reader states is not known."""
    return any(_is_untrue(one, entry) for one in said)


def _is_untrue(said: Statement, entry: Entry) -> bool:
    meant = {said.finding, *said.others}
    there = bool(meant & entry.found)
    if said.presence is Presence.ABSENT:
        return there and (said.side not in (Side.LEFT, Side.RIGHT) or _is_shown(said, entry))
    if there:
        sides = [side for reader in _sides(meant, entry) for side in reader]
        return bool(sides) and None not in sides and not _is_shown(said, entry)
    return any(vocabulary().is_a(other, name) for name in entry.excluded for other in meant)


def _is_shown(said: Statement, entry: Entry) -> bool:
    """Whether a reader marks the finding on the side that was said; bilateral is a mark of both, or one of each."""
    meant = {said.finding, *said.others}
    if said.side is None:
        return bool(meant & entry.found)
    if said.side is Side.BILATERAL:
        return any(Side.BILATERAL in sides or {Side.LEFT, Side.RIGHT} <= sides for sides in _sides(meant, entry))
    return any(sides & {said.side, Side.BILATERAL, None} for sides in _sides(meant, entry))


def _sides(meant: Iterable[str], entry: Entry) -> list[set[Side | None]]:
    """For each reader the sides on which any of the findings is marked, or a kind of it; None where none is stated."""
    is_a, names = vocabulary().is_a, tuple(meant)
    return [
        {region.side for region in reader.regions if any(is_a(region.finding, other) for other in names)}
        for reader in entry.case.readers
    ]
