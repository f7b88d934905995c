"""Words found in what is written about cases: SQLite's full-text index (FTS5), ranked by BM25, kept in memory."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable
from typing import NamedTuple

from ssg.errors import Unavailable

_WORD = re.compile(r"\w+")
MOST_WORDS = 24
"""Of a query that count; what comes behind is left out."""

SHORTEST = 4
"""Letters of a word that is missed where it stands nowhere: "of" and "the" are not."""


class Written(NamedTuple):
    """What is written about a case, by how much a word in it says of the case."""

    title: str
    findings: str
    words: str
    source: str


WEIGHTS = (6.0, 4.0, 2.0, 1.0)
"""How much a word counts in each field of :class:`Written`."""

_CREATE = (
    "CREATE VIRTUAL TABLE written USING fts5(title, findings, words, source, "
    "tokenize = 'porter unicode61 remove_diacritics 2')"
)
_INSERT = "INSERT INTO written (rowid, title, findings, words, source) VALUES (?, ?, ?, ?, ?)"
_FIND = "SELECT rowid FROM written WHERE written MATCH ? ORDER BY bm25(written, ?, ?, ?, ?), rowid"


class TextSearch:
    """An index of cases by name. May be shared by threads."""

    def __init__(self, rows: Iterable[tuple[tuple[str, str], Written]] = ()) -> None:
        self._lock = threading.Lock()
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            self._index.execute(_CREATE)
        except sqlite3.OperationalError as error:
            raise Unavailable(
                f"This Python's SQLite has no full-text search ({error}): use a build with FTS5."
            ) from None
        rows = list(rows)
        self._names = [name for name, _ in rows]
        self._index.executemany(_INSERT, [(number, *written) for number, (_, written) in enumerate(rows)])

    def find(self, text: str) -> list[tuple[str, str]]:
        """Names in whose fields every word of ``text`` stands, or one that begins with it; the best first."""
        return self._found(text, " AND ")

    def find_some(self, text: str) -> list[tuple[str, str]]:
        """Names in whose fields any word of ``text`` stands; the best first."""
        return self._found(text, " OR ")

    def unknown(self, text: str) -> list[str]:
        """The words of ``text``, of four letters or more, that stand in no case, nor begin a word of one."""
        words = dict.fromkeys(word for word in _WORD.findall(text)[:MOST_WORDS] if len(word) >= SHORTEST)
        return [word for word in words if not self.find(word)]

    def _found(self, text: str, joined: str) -> list[tuple[str, str]]:
        words = _WORD.findall(text)[:MOST_WORDS]
        if not words:
            return []
        query = joined.join(f'"{word}"*' for word in words)  # quoted, so that no word is an operator
        with self._lock:
            rows = self._index.execute(_FIND, (query, *WEIGHTS)).fetchall()
        return [self._names[row] for (row,) in rows]
