"""Which adapters stand beside a policy: found, read into its model, and named by their specialties.

An adapter that cannot be used is no reason not to start: what is wrong with it is told, and the base serves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ssg.errors import Unavailable
from ssg.grounding.adapters import CONFIG, add_adapter
from ssg.grounding.checkpoints import Source
from ssg.grounding.manifest import FILE_NAME, Manifest, read_manifest

EMBEDDED_ADAPTERS = Path(__file__).parent / "embedded_adapters"
"""The adapters that ship with the package, a folder each; they belong to the embedded policy."""

CHOSE = "SSG_ADAPTERS"
BASE, AUTOMATIC = "base", "auto"
"""Words for the base alone and for the choice by the image, where people choose; no adapter is called so."""


def load_adapters(
    model: Any,
    base: Manifest,
    wanted: Sequence[str] | None,
    embedded: bool,
    named: bool = True,
    chose: str = CHOSE,
) -> tuple[dict[str, Manifest], tuple[str, ...]]:
    """Read adapters into a loaded model: (manifests by name, what is wrong with those that could not be used).

    ``wanted`` are folders or Hub names; empty means the embedded ones, if ``embedded`` says that the policy is the
    embedded one; None means none. ``named`` says that the policy has a name of its own; else it is called by where it
    was loaded from, which may be anywhere, and an adapter is told by its convention and the shapes of its matrices.
    ``chose`` is what to correct where one cannot be found.
    """
    if wanted is None:
        return {}, ()
    sources = list(wanted) or (embedded_adapters() if embedded else [])
    found: dict[str, Manifest] = {}
    problems = []
    for source in sources:
        try:
            name, manifest = _added(model, base, source, found, named, chose)
            found[name] = manifest
        except Unavailable as error:
            problems.append(str(error))
    return found, tuple(problems)


def embedded_adapters() -> list[str]:
    """The folders of the adapters that are shipped."""
    return [str(path.parent) for path in sorted(EMBEDDED_ADAPTERS.glob(f"*/{CONFIG}"))]


def _added(
    model: Any, base: Manifest, source: str, taken: dict[str, Manifest], named: bool, chose: str
) -> tuple[str, Manifest]:
    asked = Source("adapter", source, chose, EMBEDDED_ADAPTERS)
    with asked.loading():
        folder = asked.folder()
        manifest = _manifest_of(folder, base, named)
        name = _name_of(manifest, source, taken)
        add_adapter(model, folder, name)
    return name, manifest


def _manifest_of(folder: Path, base: Manifest, named: bool) -> Manifest:
    """What an adapter says of itself; one that says nothing is taken to know what its base knows, as yet unmeasured."""
    if not (folder / FILE_NAME).exists():
        return replace(base.without_thresholds(), specialty="")
    try:
        manifest = read_manifest(folder)
    except Unavailable:
        raise Unavailable(
            f"The adapter in {folder} cannot be read ({FILE_NAME} is damaged): fetch it again, or leave it out."
        ) from None
    if named and manifest.name != base.name:
        raise Unavailable(
            f"The adapter in {folder} belongs to the policy {manifest.name[:80]}, and {base.name[:80]} is loaded: "
            "leave it out, or load its policy."
        )
    if manifest.convention != base.convention:
        raise Unavailable(
            f"The adapter in {folder} writes boxes as {manifest.convention}, and {base.name[:80]} as "
            f"{base.convention}: leave it out, or load its policy."
        )
    return manifest


def _name_of(manifest: Manifest, source: str, taken: dict[str, Manifest]) -> str:
    """By its specialty, else by its folder; in letters that torch takes for the name of a module."""
    name = re.sub(r"[^\w-]+", "-", manifest.specialty or Path(source).name).strip("-")
    if name in ("", BASE, AUTOMATIC):
        raise Unavailable(f"The adapter '{source}' is called '{name}', which means something else: rename its folder.")
    if name in taken:
        raise Unavailable(f"The adapter '{source}' is a second one called '{name}': leave one of them out.")
    return name
