"""``region_text.json``: what the weights of an image-text encoder do not say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.errors import Unavailable
from ssg.grounding.image_kinds import ImageKind, shown_kinds
from ssg.grounding.manifest import names_in
from ssg.reward.forest import sigmoid
from ssg.reward.wording import KINDS
from ssg.vocabulary import vocabulary

FILE_NAME = "region_text.json"


@dataclass(frozen=True, slots=True)
class Curve:
    """Probability = sigmoid(weights · leads + offset): an encoder's temperature, on images of one kind.

    A lead is by how much, in logits, the words of a region fit it better than one kind of their counterfactuals
    (:data:`ssg.reward.wording.KINDS`). No weight is negative.
    """

    weights: tuple[float, ...] = (1 / len(KINDS),) * len(KINDS)
    offset: float = 0.0

    def probability(self, leads: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely regions of these leads (n, kinds) show what they are called, (n,)."""
        return sigmoid(leads @ np.array(self.weights) + self.offset)

    @classmethod
    def read(cls, data: Any) -> Curve:
        """From JSON; raises KeyError, TypeError or ValueError where it is none."""
        found = cls(tuple(float(data["weights"][kind]) for kind in KINDS), float(data["offset"]))
        if not np.isfinite([*found.weights, found.offset]).all() or min(found.weights) < 0:
            raise ValueError("its weights and offsets must be finite, and no weight negative")
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"weights": dict(zip(KINDS, self.weights, strict=True)), "offset": self.offset}


@dataclass(frozen=True, slots=True)
class RegionTextManifest:
    """How sure an encoder is, and of what; fitted on held-out images by ``python -m training pretrain``.

    It is surer of drawn images, which it has seen most of, than of real ones. So there is a ``curve`` for drawn images
    and may be one for ``real`` ones, and the ``probe``, a logistic function of the mean of an image's patches (their
    weights, then an offset), says which kind an image is of.

    ``findings`` are those that the encoder tells, None means "not restricted"; ``seen`` says in words what images it
    knows, and ``modalities`` by DICOM's codes ("DX", "CT", "MR"); words alone mean radiographs. A checkpoint without
    such a file is asked about everything, and all kinds of counterfactuals weigh alike.
    """

    name: str = ""
    curve: Curve = Curve()
    real: Curve | None = None
    probe: tuple[float, ...] = ()
    findings: tuple[str, ...] | None = None
    seen: str = ""
    modalities: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[ImageKind, ...]:
        """The kinds of images that it was shown; empty where that is not known."""
        return shown_kinds(self.modalities, self.seen)

    def knows(self, finding: str) -> bool:
        """Whether the encoder can tell this finding."""
        return self.findings is None or finding in self.findings

    def probability(self, leads: NDArray[np.float64], image: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely regions of these leads (n, kinds) show what they are called, (n,).

        ``image`` (width,) is the mean of the image's patches.
        """
        drawn = self.curve.probability(leads)
        if self.real is None:
            return drawn
        share = sigmoid(image @ np.array(self.probe[:-1]) + self.probe[-1])
        return (1 - share) * drawn + share * self.real.probability(leads)

    def write(self, folder: Path) -> None:
        """Write beside the weights."""
        row = {
            "name": self.name,
            "curve": self.curve.to_json(),
            "real": self.real and self.real.to_json(),
            "probe": list(self.probe),
            "findings": None if self.findings is None else list(self.findings),
            "seen": self.seen,
            "modalities": list(self.modalities),
        }
        (folder / FILE_NAME).write_text(json.dumps(row) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, name: str) -> RegionTextManifest:
        """Of a checkpoint; raises Unavailable where the file is damaged."""
        path = folder / FILE_NAME
        if not path.is_file():
            return cls(name)
        try:
            return cls._read(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unavailable(
                f"The image-text encoder's {FILE_NAME} cannot be read ({error}): fetch the checkpoint again, or unset "
                "SSG_ENCODER to use the embedded one."
            ) from None

    @classmethod
    def _read(cls, data: dict[str, Any]) -> RegionTextManifest:
        named, real = data.get("findings"), data.get("real")
        if named is not None and (not isinstance(named, list) or any(name not in vocabulary() for name in named)):
            raise ValueError(f"its findings must be a list of names of the vocabulary, got {named!r:.80}")
        probe = tuple(map(float, data.get("probe", ())))
        if not np.isfinite(probe).all() or bool(probe) != (real is not None):
            raise ValueError("a curve for real images comes with a probe of finite numbers")
        return cls(
            name=str(data["name"]),
            curve=Curve.read(data["curve"]),
            real=None if real is None else Curve.read(real),
            probe=probe,
            findings=None if named is None else tuple(named),
            seen=str(data.get("seen", "")),
            modalities=names_in(data, "modalities"),
        )
