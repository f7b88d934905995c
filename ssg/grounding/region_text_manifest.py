"""``region_text.json``: what the weights of an image-text encoder do not say."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.errors import Unavailable
from ssg.reward.forest import sigmoid
from ssg.reward.wording import KINDS
from ssg.vocabulary import vocabulary

FILE_NAME = "region_text.json"


@dataclass(frozen=True, slots=True)
class RegionTextManifest:
    """How sure an encoder is, and of what: probability = sigmoid(weights · leads + offset).

    A lead is by how much, in logits, the words of a region fit it better than one kind of their counterfactuals
    (:data:`ssg.reward.wording.KINDS`). Weights, none negative, and offset are fitted on held-out regions (``python -m
    training pretrain``); they are the encoder's temperature. ``findings`` are those that the
    encoder tells there, None means "not restricted"; ``seen`` says in words what images it knows. A checkpoint without
    such a file is asked about everything, and all kinds weigh alike.
    """

    name: str = ""
    weights: tuple[float, ...] = (1 / len(KINDS),) * len(KINDS)
    offset: float = 0.0
    findings: tuple[str, ...] | None = None
    seen: str = ""

    def knows(self, finding: str) -> bool:
        """Whether the encoder can tell this finding."""
        return self.findings is None or finding in self.findings

    def probability(self, leads: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely regions of these leads (n, kinds) show what they are called, (n,)."""
        return sigmoid(leads @ np.array(self.weights) + self.offset)

    def write(self, folder: Path) -> None:
        """Write beside the weights."""
        row = asdict(self) | {"weights": dict(zip(KINDS, self.weights, strict=True))}
        (folder / FILE_NAME).write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, name: str) -> RegionTextManifest:
        """Of a checkpoint; raises Unavailable where the file is damaged."""
        path = folder / FILE_NAME
        if not path.is_file():
            return cls(name)
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            found = cls(
                name=str(data["name"]),
                weights=tuple(float(data["weights"][kind]) for kind in KINDS),
                offset=float(data["offset"]),
                findings=None if data.get("findings") is None else tuple(map(str, data["findings"])),
                seen=str(data.get("seen", "")),
            )
            named = data.get("findings") or []
            if not isinstance(named, list) or any(name not in vocabulary() for name in named):
                raise ValueError(f"its findings must be a list of names of the vocabulary, got {named!r:.80}")
            if not np.isfinite([*found.weights, found.offset]).all() or min(found.weights) < 0:
                raise ValueError("its weights and offset must be finite, and no weight negative")
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unavailable(
                f"The image-text encoder's {FILE_NAME} cannot be read ({error}): fetch the checkpoint again, or unset "
                "SSG_ENCODER to use the embedded one."
            ) from None
        return found
