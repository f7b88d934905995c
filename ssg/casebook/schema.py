"""The published JSON Schema of case sets, and foreign objects read by it.

``case_set.schema.json`` is the one place where the form of a manifest is written down: which keys an object has, which
of them it must have, and what each may hold. Editors complete and check a manifest by it; :class:`FormRow` reads one by
it and says what is wrong in words. What a schema cannot say is checked where the values are used (``manifest.py``).
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from ssg.casebook.fields import Row
from ssg.casebook.problems import Problems

SCHEMA_FILE = Path(__file__).parent / "case_set.schema.json"
SET = ""
"""The name of the set's own form, which is the schema itself."""


@functools.cache
def schema() -> dict[str, Any]:
    """The whole schema (JSON Schema, draft 2020-12)."""
    read: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return read


@functools.cache
def form_of(name: str) -> dict[str, Any]:
    """The form of one kind of object: "case", "region", ...; of the set itself by :data:`SET`."""
    form: dict[str, Any] = schema()["$defs"][name] if name else schema()
    return form


@functools.cache
def rule_of(name: str, key: str) -> dict[str, Any]:
    """What ``key`` of such an object may hold; what it refers to is filled in."""
    rule: dict[str, Any] = form_of(name)["properties"][key]
    refers = rule.get("$ref", "").removeprefix("#/$defs/")
    return {**schema()["$defs"][refers], "of": refers, **rule} if refers else rule


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


class FormRow(Row):
    """An object of the manifest at ``field``, of the form ``name``; each method reads a key by the schema's rule."""

    def __init__(self, data: object, field: str, problems: Problems, name: str) -> None:
        super().__init__(data, field, problems, form_of(name)["properties"])
        self._name = name

    def rule(self, key: str) -> dict[str, Any]:
        """The schema's rule for one key."""
        return rule_of(self._name, key)

    def required(self, key: str) -> bool:
        """Whether the schema asks for the key."""
        return key in form_of(self._name)["required"]

    def words_of(self, key: str) -> str:
        """A text."""
        rule = self.rule(key)
        return self.text(key, rule["maxLength"], self.required(key), lines=rule["of"] == "lines")

    def named(self, key: str) -> str:
        """A text of the form that the schema has a pattern for; "" where it may be missing and is."""
        rule = self.rule(key)
        if not self.required(key) and not self.has(key):
            return ""
        return self.matching(key, _pattern(rule["pattern"]), rule["x-form"])

    def one_of(self, key: str) -> str:
        """One of the words that the schema lists."""
        return self.choice(key, self.rule(key)["enum"], self.required(key))

    def count(self, key: str) -> int:
        """A whole number; 0, or the least that it may be, where it is missing."""
        rule = self.rule(key)
        low, high = rule["minimum"], rule["maximum"]
        return self.whole(key, low, high) if self.required(key) or self.has(key) else max(low, 0)

    def amount(self, key: str) -> float | None:
        """A number, or None where it is missing."""
        rule = self.rule(key)
        return self.number(key, rule["minimum"], rule["maximum"])

    def amounts(self, key: str) -> tuple[float, ...] | None:
        """A list of so many numbers, or None where it is missing."""
        rule = self.rule(key)
        item = rule["items"]
        return self.numbers(key, rule["minItems"], item["minimum"], item["maximum"], rule["x-form"])

    def yes(self, key: str) -> bool:
        """true or false; false where it is missing."""
        return self.flag(key, self.required(key))

    def entries(self, key: str) -> list[tuple[str, Any]]:
        """The entries of a list, each with its field."""
        rule = self.rule(key)
        return self.items(key, rule["maxItems"], "minItems" in rule and (self.required(key) or self.has(key)))

    def short_texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each once."""
        rule = self.rule(key)
        return self.words(key, rule["maxItems"], rule["items"]["maxLength"])

    def findings_of(self, key: str) -> tuple[str, ...]:
        """A list of findings as the vocabulary names them, each once."""
        return self.findings(key, self.rule(key)["maxItems"])
