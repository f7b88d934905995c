"""Every kind of phantom by name: how it is drawn, what can be on it, and at which sites."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ssg.errors import BadInput
from ssg.phantoms.types import Phantom

_MODULES = {
    "chest-xray": ("ssg.phantoms.chest_xray", "chest_xray", "ssg.phantoms.sites", "ssg.phantoms.types"),
    "chest-ct": ("ssg.phantoms.ct", "chest_ct", "ssg.phantoms.ct", "ssg.phantoms.ct"),
    "brain-mr": ("ssg.phantoms.mr", "brain_mr", "ssg.phantoms.mr", "ssg.phantoms.mr"),
}
"""Name: module and function that draw; module of SITES and HELD_OUT_SITES; module of FINDINGS and STRUCTURES."""

KINDS: tuple[str, ...] = tuple(_MODULES)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of phantom. ``body`` is "chest" or "brain", as the vocabulary's modalities begin.

    ``held_out_sites`` are never trained on: what is measured there is measured at a hospital that is new to the policy.
    """

    name: str
    body: str
    draw: Callable[..., Phantom]
    findings: tuple[str, ...]
    structures: tuple[str, ...]
    sites: tuple[str, ...]
    held_out_sites: tuple[str, ...]

    @property
    def training_sites(self) -> tuple[str, ...]:
        """The sites that may be trained on."""
        return tuple(site for site in self.sites if site not in self.held_out_sites)


@cache
def kind_of(name: str) -> Kind:
    """A kind by its name; raises BadInput for one that does not exist."""
    if name not in _MODULES:
        raise BadInput(f"There is no kind of phantom '{str(name)[:60]}': give one of {', '.join(KINDS)}.")
    drawing, function, places, contents = _MODULES[name]
    module, sites, what = (importlib.import_module(one) for one in (drawing, places, contents))
    return Kind(
        name=name,
        body=name.partition("-")[0],
        draw=getattr(module, function),
        findings=what.FINDINGS,
        structures=what.STRUCTURES,
        sites=sites.SITES,
        held_out_sites=sites.HELD_OUT_SITES,
    )


def all_findings(kinds: tuple[str, ...] = KINDS) -> tuple[str, ...]:
    """Every finding that the given kinds draw, once."""
    return tuple(dict.fromkeys(name for kind in kinds for name in kind_of(kind).findings))


def all_structures(kinds: tuple[str, ...] = KINDS) -> tuple[str, ...]:
    """Every structure whose box the given kinds give, once."""
    return tuple(dict.fromkeys(name for kind in kinds for name in kind_of(kind).structures))


def draw(kind: str, seed: int, **how: Any) -> Phantom:
    """Draw one phantom of a kind; ``how`` are the keywords of its function."""
    return kind_of(kind).draw(seed, **how)
