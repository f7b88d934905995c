"""Would an expert accept this answer? A model of it, learned from radiologists who read the same radiographs.

Learned by ``python -m training reward-model``: one reader's boxes are what an expert draws, and are to be told from
flawed ones when held against the other readers' (``acceptability.npz``: trees as arrays, asked in plain NumPy). It is
monotone: more overlap can only help, more distance and a more different size can only hurt.

Two questions are answered. How acceptable boxes are in comparison with the readers' is what the reward asks. Where
the image's size and the finding are known as well, the model also weighs how usual such boxes are for that finding on
a frontal chest radiograph; the reward leaves that out, because it would pay for guessing without looking.
"""

from __future__ import annotations

import functools
import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box, Boxes, as_boxes
from ssg.errors import BadInput
from ssg.reward import evidence, whereabouts
from ssg.reward.answers import Answer, Reference
from ssg.reward.forest import Forest, sigmoid
from ssg.reward.pairing import BoxSets, Pairing, pair
from ssg.reward.segments import Index, anything
from ssg.vocabulary import vocabulary
from ssg.whole import write_whole

TABLE = Path(__file__).parent / "acceptability.npz"

PLACED_MONOTONE = (*evidence.MONOTONE, +1, +1, *(0 for _ in whereabouts.OF_READERS))
"""What is more usual, or lies on another finding's mark, can only be more acceptable."""


@dataclass(frozen=True, slots=True, eq=False)
class Acceptability:
    """``compared`` judges by :mod:`ssg.reward.evidence`; ``usual`` how usual boxes are for one of ``findings``
    (:mod:`ssg.reward.whereabouts`); ``placed`` by both."""

    compared: Forest
    usual: Forest
    placed: Forest
    findings: tuple[str, ...]
    source: str
    date: str

    @classmethod
    @functools.cache
    def load(cls) -> Acceptability:
        """The shipped model."""
        return cls.read(TABLE)

    @classmethod
    def read(cls, path: Path) -> Acceptability:
        """Read a file that :meth:`save` wrote; raises BadInput for any other."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                forests = {name: Forest.from_arrays(arrays, name) for name in ("compared", "usual", "placed")}
                return cls(
                    **forests,
                    findings=tuple(arrays["findings"].tolist()),
                    source=str(arrays["source"]),
                    date=str(arrays["date"]),
                )
        except (OSError, EOFError, ValueError, KeyError, AttributeError, zipfile.BadZipFile) as error:
            raise BadInput(
                f"{path} cannot be read as an acceptability model ({error}): give a file that "
                "python -m training reward-model wrote."
            ) from None

    def save(self, path: Path) -> None:
        """Write everything into one compressed file of plain arrays."""
        parts: dict[str, Any] = {}
        for name in ("compared", "usual", "placed"):
            parts |= getattr(self, name).arrays(name)
        texts = {"findings": np.array(self.findings), "source": np.array(self.source), "date": np.array(self.date)}
        packed = io.BytesIO()
        np.savez_compressed(packed, **(parts | texts))
        write_whole(path, packed.getvalue())

    def probability(
        self,
        answer: Answer | Boxes,
        reference: Reference | Boxes | Sequence[Boxes],
        finding: str | None = None,
        size: tuple[float, float] | None = None,
        elsewhere: Boxes | None = None,
    ) -> float:
        """P(an expert accepts), in [0, 1].

        Of an :class:`Answer` and a :class:`Reference`: over the findings that are marked, the more urgent ones weighing
        more; ``finding`` asks about that one alone. Of arrays: boxes (n, 4) against one reader's (m, 4), or against a
        sequence of several readers'; ``finding`` is then what they show, ``size`` the image's (width, height) and
        ``elsewhere`` what the readers marked as other findings, each of them left out where it is not known.

        Nothing drawn has the probability 0 of showing what is there. Raises BadInput where no reader marks anything.
        """
        if isinstance(reference, Reference):
            if not isinstance(answer, Answer):
                raise BadInput("An answer to a Reference is an Answer; arrays are compared with arrays.")
            from ssg.reward.clinical import accepted  # which knows what region takes part in which finding

            return accepted(self, answer, reference, finding)
        if isinstance(reference, Answer):
            reference = reference.boxes
        if size is not None and not (len(size) == 2 and all(math.isfinite(side) and side > 0 for side in size)):
            raise BadInput(f"The size of an image is its (width, height) in pixels, got {size!r}.")
        boxes = answer.boxes if isinstance(answer, Answer) else _rows(answer, "An answer")
        elsewhere = None if elsewhere is None else _rows(elsewhere, "What is marked elsewhere")
        return float(self.of_boxes([boxes], [_readers(reference)], [finding], [size], [elsewhere])[0])

    def of_boxes(
        self,
        answers: Sequence[Boxes],
        readers: Sequence[Sequence[Boxes]],
        findings: Sequence[str | None],
        sizes: Sequence[tuple[float, float] | None],
        elsewhere: Sequence[Boxes | None],
    ) -> NDArray[np.float64]:
        """P(an expert accepts) of many sets of boxes, (t,)."""
        names = [None if name is None else vocabulary().get(name).name for name in findings]
        curves = np.array([evidence.curve_of(name) for name in names])
        rows = evidence.of_readers(answers, readers, curves)
        logits = self.compared.logit(rows)
        known = np.array(
            [name in self.findings and size is not None for name, size in zip(names, sizes, strict=True)], dtype=bool
        )
        known &= np.array([len(boxes) > 0 for boxes in answers])
        if known.any():
            at = np.flatnonzero(known).tolist()
            boxes, size = [answers[row] for row in at], np.array([sizes[row] for row in at], dtype=np.float64)
            kinds = np.array([self.findings.index(names[row] or "") for row in at])
            usual = self.usual.logit(whereabouts.rows(boxes, size, kinds, len(self.findings)))
            others = whereabouts.on_others(boxes, [elsewhere[row] for row in at])
            marked = whereabouts.of_readers([readers[row] for row in at], size)
            logits[at] = self.placed.logit(placed_rows(rows[at], usual, others, marked))
        drawn = np.array([len(boxes) > 0 for boxes in answers])
        return np.where(drawn, sigmoid(logits), 0.0)

    def of_pairing(self, pairing: Pairing, findings: Index) -> NDArray[np.float64]:
        """P(an expert accepts) of boxes against one reader each, by comparison alone: (t,), findings by number.

        0 where no box may be paired with one of the reader's.
        """
        probability, some = np.zeros(len(findings)), np.flatnonzero(anything(pairing.paired))
        if len(some):
            rows = evidence.against_one(pairing[some], evidence.curves()[findings[some]])
            probability[some] = sigmoid(self.compared.logit(rows))
        return probability

    def of_own(self, findings: Index, counts: Index) -> NDArray[np.float64]:
        """P(an expert accepts) of a reader's own boxes: it depends on the finding and on how many they are."""
        kinds, which = np.unique(findings * MOST_BOXES + counts, return_inverse=True)
        return np.array([_own(self, int(kind) // MOST_BOXES, int(kind) % MOST_BOXES) for kind in kinds])[which]


MOST_BOXES = 1_000_000
"""More than one reader marks of a finding."""


@functools.lru_cache(maxsize=10_000)
def _own(model: Acceptability, finding: int, count: int) -> float:
    boxes = np.arange(count)[:, None] * 2.0 + np.array([0.0, 0, 1, 1])
    sets = BoxSets.padded([boxes])
    return float(model.of_pairing(pair(sets, sets), np.array([finding]))[0])


def placed_rows(
    compared: NDArray[np.float64], usual: NDArray[np.float64], others: NDArray[np.float64], marked: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What the ``placed`` forest is given; :data:`PLACED_MONOTONE` are its signs."""
    return np.concatenate([compared, usual[:, None], others[:, None], marked], axis=-1)


def _readers(reference: Boxes | Sequence[Boxes]) -> list[Boxes]:
    """One reader's boxes, or those of several, as a list of readers who mark something."""
    if _is_one_set(reference):
        reference = [reference]  # type: ignore[list-item]
    readers = [_rows(boxes, "A reader's boxes") for boxes in reference]
    marking = [boxes for boxes in readers if len(boxes)]
    if not marking:
        raise BadInput("No reader marks anything, so there is nothing that an answer could be accepted for.")
    return marking


def _is_one_set(reference: Any) -> bool:
    """Whether it is one reader's boxes and not a sequence of several readers'."""
    if hasattr(reference, "shape"):
        return len(reference.shape) == 2
    first = next(iter(reference), None)
    return isinstance(first, Box) or (
        isinstance(first, Sequence) and len(first) == 4 and not hasattr(first[0], "__len__")
    )


def _rows(given: Any, what: str) -> Boxes:
    """Boxes of an array, of a tensor on the CPU or of a list; raises BadInput for another shape."""
    given = np.asarray(given, dtype=np.float64) if hasattr(given, "shape") else given
    if hasattr(given, "shape") and given.size and (given.ndim != 2 or given.shape[1] != 4):
        raise BadInput(f"{what} is rows of four numbers, (n, 4), got an array of shape {given.shape}.")
    try:
        return as_boxes(given)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{what} is rows of four numbers, (n, 4): {error}.") from None
