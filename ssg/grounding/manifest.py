"""``grounding.json``: what a checkpoint's weights do not say — its coordinates, and what it was trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ssg.errors import Unavailable
from ssg.grounding.coordinates import Convention
from ssg.grounding.image_kinds import ImageKind, shown_kinds
from ssg.whole import write_json

FILE_NAME = "grounding.json"

CONVENTION_OF_ARCHITECTURE = {
    "qwen3_vl": Convention.RELATIVE_1000,
    "qwen3_vl_moe": Convention.RELATIVE_1000,
    "qwen2_5_vl": Convention.RESIZED_PIXELS,
    "qwen2_vl": Convention.RELATIVE_1000,
}
"""What the families write where a checkpoint has no ``grounding.json`` of its own."""

LIKELIER = 0.5
"""The threshold where none was chosen: the likelier answer is given."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checkpoint's way of grounding.

    ``findings`` and ``structures`` are the vocabulary names that it was trained on; no findings means "not
    restricted". ``chain`` where it was taught to write where it looked. ``seen`` says in words what images it knows.
    ``present_from`` is the probability of a box from which a finding is called present, ``present_from_of`` that of
    single findings; both are chosen on data that neither trains nor evaluates (``python -m training threshold``).
    ``specialty`` is what an adapter is for, "" of a checkpoint that stands by itself. ``modalities`` are DICOM's
    codes of the images that it was shown ("DX", "CT", "MR"); none of them, with words in ``seen``, mean radiographs.
    """

    name: str
    convention: Convention
    findings: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    chain: bool = True
    seen: str = ""
    present_from: float = LIKELIER
    present_from_of: Mapping[str, float] = field(default_factory=dict)
    specialty: str = ""
    modalities: tuple[str, ...] = ()
    format: int = 1

    def __post_init__(self) -> None:
        for name, value in {"present_from": self.present_from, **self.present_from_of}.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name}: a threshold must lie between 0 and 1, got {value!r}")

    def threshold(self, finding: str) -> float:
        """The probability of a box from which this finding is called present."""
        return self.present_from_of.get(finding, self.present_from)

    def knows(self, finding: str) -> bool:
        """Whether the checkpoint was trained on this finding or structure."""
        return not self.findings or finding in self.findings or finding in self.structures

    @property
    def shown(self) -> tuple[ImageKind, ...]:
        """The kinds of images that it was shown; empty where that is not known."""
        return shown_kinds(self.modalities, self.seen, self.specialty)

    def adapted(
        self, specialty: str, findings: tuple[str, ...], seen: str, modalities: tuple[str, ...] = ()
    ) -> Manifest:
        """The manifest of an adapter to this checkpoint: what it is for, what it knows, and what it has seen.

        The structures are the base's, which an adapter still knows: it is a small step away from the base. The
        thresholds are none: the base's were chosen by probabilities that the adapter moves, and may be one in twenty.
        """
        own = self.without_thresholds()
        return replace(own, specialty=specialty, findings=findings, seen=seen, modalities=modalities)

    def without_thresholds(self) -> Manifest:
        """The same with the likelier of box and no box deciding, until thresholds are chosen."""
        return replace(self, present_from=LIKELIER, present_from_of={})

    def write(self, folder: Path) -> None:
        """Write beside the weights, in one piece: thresholds are changed where a policy is already in use."""
        write_json(folder / FILE_NAME, asdict(self), ensure_ascii=False)


def read_manifest(folder: Path) -> Manifest:
    """Read ``grounding.json``; raises Unavailable where it is damaged."""
    path = folder / FILE_NAME
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            name=str(data["name"]),
            convention=Convention(data["convention"]),
            findings=names_in(data, "findings"),
            structures=names_in(data, "structures"),
            chain=bool(data.get("chain", True)),
            seen=str(data.get("seen", "")),
            present_from=float(data.get("present_from", LIKELIER)),
            present_from_of={str(name): float(value) for name, value in data.get("present_from_of", {}).items()},
            specialty=str(data.get("specialty", "")),
            modalities=names_in(data, "modalities"),
            format=int(data.get("format", 1)),
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unavailable(
            f"{FILE_NAME} of the checkpoint '{folder.name}' cannot be read ({error}): fetch or write that checkpoint "
            "again, or choose another one (the app: SSG_POLICY)."
        ) from None


def names_in(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of names of a manifest's JSON, empty where it has none; raises ValueError for anything else."""
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(name, str) and name for name in found):
        raise ValueError(f"its {key} must be a list of names, got {found!r:.80}")
    return tuple(found)


def assumed_manifest(name: str, architecture: str) -> Manifest:
    """A manifest for a checkpoint of a known family that brings none."""
    convention = CONVENTION_OF_ARCHITECTURE.get(architecture)
    if convention is None:
        raise Unavailable(
            f"'{name}' is a {architecture or 'nameless'} checkpoint without {FILE_NAME}, so its coordinates are not "
            f"known: use one of {', '.join(sorted(CONVENTION_OF_ARCHITECTURE))}, or put a {FILE_NAME} "
            "beside its weights."
        )
    return Manifest(name, convention, chain=False)
