"""The vocabulary itself: looked up by any written form, with its relations of kind (is-a, same group, same word).

Data: ``findings.toml``. Label match after docs/reward.md: same concept or synonym 1, parent or child 0.7, same group
0.4, the wrong side at most 0.3, else 0.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz import fuzz, process

from ssg.errors import UnknownFinding
from ssg.vocabulary.ambiguity import ambiguity_of
from ssg.vocabulary.forms import key, words_table
from ssg.vocabulary.types import Finding, Side, Urgency

FILE = Path(__file__).parent / "findings.toml"

SAME, KIN, GROUP, WRONG_SIDE = 1.0, 0.7, 0.4, 0.3
MOST_CANDIDATES = 5
LEAST_LIKENESS = 72
"""Of 100 (rapidfuzz WRatio); below it a name is not offered as what may have been meant."""


def side_fit(one: Side | None, other: Side | None) -> float:
    """The most that names on these sides may fit: both sides are more than one, and the middle is neither."""
    if one is None or other is None or one is other:
        return SAME
    return KIN if Side.BILATERAL in (one, other) and Side.MIDLINE not in (one, other) else WRONG_SIDE


class Vocabulary:
    """All findings by name. Iterating gives them in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_name = {finding.name: finding for finding in findings}
        self._by_form: dict[tuple[str, ...], str] = {}
        self._spelled: dict[str, str] = {}
        for finding in self:
            for form in finding.written_forms:
                self._by_form.setdefault(key(form), finding.name)
                self._spelled.setdefault(" ".join(key(form)), finding.name)
        self._ancestors = {name: self._above(name) for name in self._by_name}
        self._looked_up = functools.lru_cache(maxsize=4096)(self._look_up)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def get(self, name: str) -> Finding:
        """The finding with this name, synonym or everyday word; raises UnknownFinding with candidates."""
        found = self._by_name.get(name) or self._looked_up(name[:200])
        if found is None:
            raise UnknownFinding(name, self.candidates(name))
        return found

    def _look_up(self, name: str) -> Finding | None:
        found = self._by_form.get(key(name))
        return None if found is None else self._by_name[found]

    def candidates(self, text: str, most: int = MOST_CANDIDATES) -> tuple[str, ...]:
        """Names that a written form may mean, or is most like, likeliest first; empty where nothing is near."""
        words = key(text[:200])
        ambiguity = ambiguity_of().get(words)
        if ambiguity is not None:
            return ambiguity.candidates[:most]
        wanted = " ".join(words)
        if not wanted:
            return ()
        near = process.extract(wanted, list(self._spelled), scorer=fuzz.WRatio, limit=4 * most)
        names = [self._spelled[form] for form, likeness, _ in near if likeness >= LEAST_LIKENESS]
        return tuple(dict.fromkeys(names))[:most]

    def is_a(self, name: str, other: str) -> bool:
        """Whether a finding is the other one, or a special kind of it."""
        return name == other or other in self.ancestors(name)

    def asks_about(self, question: str, name: str) -> bool:
        """Whether who asks for ``question`` asks for this: for itself and its kinds, but not for parts of a whole."""
        return name == question or (self.is_a(name, question) and not self._by_name[name].part)

    def ancestors(self, name: str) -> frozenset[str]:
        """Names of everything that a finding is a special kind of."""
        return self._ancestors.get(name, frozenset())

    def label_match(self, a: str, b: str, side_a: Side | None = None, side_b: Side | None = None) -> float:
        """How well one name fits another, in [0, 1]; symmetric. A side that is not said contradicts nothing."""
        return min(self._kinship(a, b), side_fit(side_a, side_b))

    def _kinship(self, a: str, b: str) -> float:
        if a == b:
            return SAME
        if self.is_a(a, b) or self.is_a(b, a):
            return KIN
        first, second = self._by_name.get(a), self._by_name.get(b)
        return GROUP if first and second and first.group == second.group else 0.0

    def _above(self, name: str) -> frozenset[str]:
        above: set[str] = set()
        waiting = list(self._by_name[name].parents)
        while waiting:
            parent = waiting.pop()
            if parent not in above:
                above.add(parent)
                waiting += self._by_name[parent].parents
        return frozenset(above)


@functools.cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with the package, read once."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["finding"]
    return Vocabulary(_finding(row) for row in rows)


def dataset_label(label: str, modality: str = "chest x-ray") -> Finding | None:
    """The finding that a data set's label names; None where the label says that nothing is there ("No Finding").

    A label that may mean several findings is what ``ambiguous.toml`` reads it as on that modality: the "Edema" of chest
    radiographs is pulmonary edema. Raises UnknownFinding, as :meth:`Vocabulary.get` does, for a label that the
    vocabulary does not have.
    """
    words = key(label)
    if words in _nothing():
        return None
    ambiguity = ambiguity_of().get(words)
    meant = ambiguity.read_as if ambiguity is not None else None
    if meant is not None and modality in vocabulary().get(meant).modalities:
        return vocabulary().get(meant)
    return vocabulary().get(label)


@functools.cache
def _nothing() -> frozenset[tuple[str, ...]]:
    labels = words_table()["labels"]["nothing"].split()
    return frozenset(key(label.replace("_", " ")) for label in labels)


def _finding(row: dict[str, object]) -> Finding:
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Finding(**(fields | {"urgency": Urgency(int(str(row["urgency"])))}))  # type: ignore[arg-type]


def listing(query: str = "") -> list[dict[str, object]]:
    """Entries whose name, synonym, group or modality holds ``query``, as plain values for JSON; all without one."""
    wanted = " ".join(key(query))
    return [
        {
            "name": finding.name,
            "kind": finding.kind,
            "group": finding.group,
            "parents": list(finding.parents),
            "part": finding.part,
            "synonyms": list(finding.synonyms),
            "lay": list(finding.lay),
            "laterality": finding.laterality,
            "urgency": int(finding.urgency),
            "modalities": list(finding.modalities),
            "definition": finding.definition,
            "search_hint": finding.search_hint,
            "mimics": list(finding.mimics),
        }
        for finding in vocabulary()
        if any(wanted in " ".join(key(text)) for text in (*finding.written_forms, finding.group, *finding.modalities))
    ]
