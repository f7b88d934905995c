"""The relations of kind as arrays, for judging many names at once; the same as :meth:`Vocabulary.label_match`."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssg.errors import UnknownFinding
from ssg.vocabulary.catalogue import GROUP, KIN, SAME, Vocabulary, side_fit, vocabulary
from ssg.vocabulary.types import Side

SIDES: dict[Side | None, int] = {None: 0, **{side: number for number, side in enumerate(Side, start=1)}}
"""The numbers of the sides; 0 is none."""

SIDE_FIT = np.array([[side_fit(one, other) for other in SIDES] for one in SIDES])
"""The most that names on two sides may fit, by their numbers."""

OPPOSITE = np.array([[{one, other} == {Side.LEFT, Side.RIGHT} for other in SIDES] for one in SIDES])
"""Whether one is the left and the other the right, by their numbers."""


@dataclass(frozen=True, slots=True)
class Kinship:
    """``label`` (v, v): how well one finding's name fits another's; ``is_a`` (v, v): whether it is a kind of it.

    ``asked_by`` (v, v): whether who asks for the second asks for the first, as :meth:`Vocabulary.asks_about`.
    Findings are counted in the order of the vocabulary; ``index`` gives the number of a name.
    """

    index: dict[str, int]
    label: NDArray[np.float64]
    is_a: NDArray[np.bool_]
    asked_by: NDArray[np.bool_]

    def numbers(self, names: Iterable[str]) -> list[int]:
        """The numbers of names; raises UnknownFinding with candidates."""
        try:
            return list(map(self.index.__getitem__, names))
        except KeyError as error:
            raise UnknownFinding(error.args[0], vocabulary().candidates(error.args[0])) from None

    def matches(
        self, a: NDArray[np.int64], sides_a: NDArray[np.int64], b: NDArray[np.int64], sides_b: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Label matches of findings ``a`` on ``sides_a`` with ``b`` on ``sides_b``, arrays that broadcast."""
        fit: NDArray[np.float64] = np.minimum(self.label[a, b], SIDE_FIT[sides_a, sides_b])
        return fit


@functools.cache
def kinship() -> Kinship:
    """The kinship of the shipped vocabulary."""
    return _kinship(vocabulary())


def _kinship(words: Vocabulary) -> Kinship:
    index = {finding.name: number for number, finding in enumerate(words)}
    is_a = np.eye(len(index), dtype=bool)
    for name, number in index.items():
        is_a[number, [index[above] for above in words.ancestors(name)]] = True
    groups = np.unique([finding.group for finding in words], return_inverse=True)[1]
    label = np.where(groups[:, None] == groups[None], GROUP, 0.0)
    label[is_a | is_a.T] = KIN
    np.fill_diagonal(label, SAME)
    part = np.array([finding.part for finding in words])
    asked_by = (is_a & ~part[:, None]) | np.eye(len(index), dtype=bool)
    return Kinship(index, label, is_a, asked_by)
