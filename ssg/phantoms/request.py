"""What a caller may ask of a phantom of any kind: seed, size, severity and the findings that are to be drawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.random import Generator

from ssg.errors import BadInput
from ssg.phantoms.types import FindingSpec

SMALLEST, LARGEST = 64, 1024
"""Pixels a side."""
LAST_SEED = 2**63 - 1


class Department(Protocol):
    """Where images come from."""

    @property
    def name(self) -> str:
        """What it is called."""


Site = TypeVar("Site", bound=Department)


def require_drawable(seed: int, size: int, severity: float | None) -> None:
    """Raises BadInput for a seed, a size or a severity that nothing can be drawn with."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed <= LAST_SEED:
        raise BadInput(f"The seed of a phantom must be a whole number from 0 to {LAST_SEED}, got {seed!r}.")
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or not SMALLEST <= size <= LARGEST:
        raise BadInput(f"The size of a phantom must be {SMALLEST} to {LARGEST} pixels, got {size!r}.")
    if severity is not None and not lies_within(severity, 0, 1):
        raise BadInput(f"The severity must lie between 0 and 1, got {severity!r}.")


def one_of(sites: Sequence[Site], rng: Generator, name: str | None) -> Site:
    """One site at random, or the named one; raises BadInput for a name that does not exist."""
    pick = int(rng.integers(len(sites)))  # drawn in any case: what follows is the same whether or not the site is named
    if name is None:
        return sites[pick]
    for site in sites:
        if site.name == name:
            return site
    known = ", ".join(site.name for site in sites)
    raise BadInput(f"There is no site '{str(name)[:60]}': give one of {known}.")


def lies_within(value: object, low: float, high: float) -> bool:
    """Whether ``value`` is a number (no truth value, no text) from ``low`` to ``high``."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and bool(low <= value <= high)


def as_specs(
    given: Sequence[FindingSpec | dict[str, Any] | str],
    names: Sequence[str],
    midline: Collection[str],
    forms: Mapping[str, Sequence[str]] | None = None,
) -> list[FindingSpec]:
    """Findings to draw as they were asked for, with sides and severities still open where they were left open.

    ``names`` can be drawn, those in ``midline`` have no side, and ``forms`` lists the variants of each, if they are
    checked here. Raises BadInput, which names the entry and what could stand there.
    """
    if isinstance(given, (str, dict, FindingSpec)):
        raise BadInput(f"The findings to draw are a list, got {str(given)[:120]}: put it in square brackets.")
    specs = [_as_spec(entry) for entry in given]
    for spec in specs:
        _require_known(spec, names, midline)
        if forms is not None and spec.form is not None and spec.form not in forms.get(spec.finding, ()):
            known = ", ".join(forms.get(spec.finding, ())) or "none: leave it out"
            raise BadInput(f"The form of {spec.finding} cannot be '{str(spec.form)[:60]}'; it has {known}.")
    return specs


def at_severity(specs: Sequence[FindingSpec], severity: float | None) -> list[FindingSpec]:
    """The same findings, all of one severity where it is given."""
    return list(specs) if severity is None else [replace(spec, severity=severity) for spec in specs]


def _as_spec(given: FindingSpec | dict[str, Any] | str) -> FindingSpec:
    if isinstance(given, FindingSpec):
        return given
    if isinstance(given, str):
        return FindingSpec(given)
    known = [field.name for field in fields(FindingSpec)]
    if not isinstance(given, dict) or "finding" not in given or set(given) - set(known):
        shown = sorted(map(str, given)) if isinstance(given, dict) else repr(given)[:120]
        raise BadInput(f"A finding to draw is its name, or has {', '.join(known)}; got {shown}.")
    return FindingSpec(**given)


def _require_known(spec: FindingSpec, names: Sequence[str], midline: Collection[str]) -> None:
    if spec.finding not in names:
        raise BadInput(f"'{str(spec.finding)[:60]}' cannot be drawn: give one of {', '.join(names)}.")
    if spec.side not in (None, "right", "left"):
        raise BadInput(f"The side of {spec.finding} must be 'right', 'left' or None, got {str(spec.side)[:40]!r}.")
    if spec.side is not None and spec.finding in midline:
        raise BadInput(f"{spec.finding.capitalize()} has no side: leave it out.")
    if spec.severity is not None and not lies_within(spec.severity, 0, 1):
        raise BadInput(f"The severity of {spec.finding} must lie between 0 and 1, got {spec.severity!r}.")
