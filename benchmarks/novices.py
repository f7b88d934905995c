"""Does the Practise scoring tell readers from novices? Radiologists and graded novices over cases of VinDr-CXR.

A *reader* is one of VinDr-CXR's radiologists, who answers cases that two others read: their boxes and what they leave
unmarked are the reference, as ``python -m ssg cases import`` makes it of the table. A *novice* answers the same cases
with that reader's own boxes, made worse: each is shifted and scaled by normal noise in its own size, whole findings
are missed, and findings that the novice does not see are invented where they usually lie. So a novice is never worse
than a reader by disagreement, only by what was added, and the grade nearest to the readers differs from them by less
than readers do among themselves. Two in three cases show something.

A person's mark is the mean of their totals over the cases. AUC is the chance that a random reader's mark is above a
random novice's (Mann & Whitney 1947); readers and novices come from different draws of cases, so that what differs
between cases counts against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from benchmarks.gaming import _size
from ssg.boxes import Box, Boxes, clipped
from ssg.casebook import Case, CaseImage, Reader, Series
from ssg.casebook.lesions import held_against
from ssg.casebook.types import stated_by
from ssg.reward import Answer, Reference, Region, score_many
from training.readers import VINDR, MultiRead, read_table

CASES = 20
NORMALS = 1 / 3


@dataclass(frozen=True, slots=True)
class Grade:
    """How a novice errs.

    ``shift`` and ``scale`` are standard deviations, of the centre in widths and heights of the box and of the
    logarithm of each side; ``misses`` is the chance of missing a finding, ``invents`` the mean number invented on a
    case.
    """

    name: str
    shift: float
    scale: float
    misses: float
    invents: float


GRADES = (
    Grade("near-expert", 0.05, 0.10, 0.05, 0.05),
    Grade("advanced", 0.10, 0.20, 0.15, 0.15),
    Grade("intermediate", 0.18, 0.30, 0.30, 0.30),
    Grade("novice", 0.28, 0.45, 0.45, 0.50),
    Grade("beginner", 0.40, 0.60, 0.60, 0.80),
)
"""From what a radiologist may do on a bad day to a student's first week."""

CLAIMED = "novice"
"""The grade from which on the bar of 0.99 is claimed."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one person is asked and what the reader in question marked: references and boxes by finding, a case each."""

    reader: str
    references: tuple[Reference, ...]
    marks: tuple[dict[str, Boxes], ...]
    sizes: tuple[tuple[float, float], ...]
    asked: tuple[tuple[str, ...], ...]


class Collection:
    """VinDr-CXR's images by what they show; raises BadInput where the table is not installed."""

    def __init__(self, images: Sequence[MultiRead] | None = None) -> None:
        images = read_table(VINDR) if images is None else images
        read_by_three = [image for image in images if len(image.readers) >= 3]
        self.names = tuple(sorted({name for one in read_by_three for found in one.readers.values() for name in found}))
        self._abnormal = _by_reader([one for one in read_by_three if any(one.readers.values())])
        self._normal = _by_reader([one for one in read_by_three if not any(one.readers.values())])
        self.readers = tuple(sorted(name for name in self._abnormal if len(self._abnormal[name]) >= 2 * CASES))
        self._usual: dict[str, list[Boxes]] = {}
        for image in read_by_three[:: max(1, len(read_by_three) // 4000)]:
            for found in image.readers.values():
                for name, boxes in found.items():
                    self._usual.setdefault(name, []).append(boxes / np.tile(_size(image), 2))

    def sheet(self, rng: np.random.Generator, cases: int = CASES) -> Sheet:
        """So many cases that one radiologist read, against two others who read them too."""
        reader = str(rng.choice(self.readers))
        normal = round(NORMALS * cases)
        kinds = ((self._abnormal[reader], cases - normal), (self._normal[reader], normal))
        images = [found[int(at)] for found, count in kinds for at in rng.choice(len(found), count, replace=False)]
        made = [self._case(image, reader, rng) for image in images]
        return Sheet(
            reader,
            tuple(held_against(case)[0] for case in made),
            tuple(image.readers[reader] for image in images),
            tuple((case.width, case.height) for case in made),
            tuple(case.question for case in made),
        )

    def _case(self, image: MultiRead, reader: str, rng: np.random.Generator) -> Case:
        width, height = (float(side) for side in (_size(image) if any(image.readers.values()) else (2500, 2500)))
        others = [str(name) for name in rng.permutation([name for name in image.readers if name != reader])][:2]
        readers = tuple(_reader(name, image.readers[name], self.names) for name in others)
        picture = CaseImage("images/none.png", int(np.ceil(width)), int(np.ceil(height)), "0" * 64)
        return Case(
            image.image[:60], "", "", "DX", 3, (Series.single(picture),), readers, stated_by(readers), view="PA"
        )

    def usual_place(self, finding: str, size: tuple[float, float], rng: np.random.Generator) -> Boxes:
        """A box of the finding of some other image, at this size: (1, 4)."""
        found = self._usual[finding][int(rng.integers(len(self._usual[finding])))]
        box: Boxes = found[int(rng.integers(len(found)))][None] * np.tile(size, 2)
        return box


def _by_reader(images: Sequence[MultiRead]) -> dict[str, list[MultiRead]]:
    found: dict[str, list[MultiRead]] = {}
    for image in images:
        for reader in image.readers:
            found.setdefault(reader, []).append(image)
    return found


def _reader(name: str, found: dict[str, Boxes], names: Sequence[str]) -> Reader:
    regions = tuple(Region(finding, Box.of(box.tolist())) for finding, boxes in found.items() for box in boxes)
    return Reader(regions, tuple(finding for finding in names if finding not in found), id=name)


def answers_of(sheet: Sheet, collection: Collection, grade: Grade | None, rng: np.random.Generator) -> list[Answer]:
    """What the reader of a sheet answers (grade None), or a novice made of the reader."""
    answers = []
    for marks, size, asked in zip(sheet.marks, sheet.sizes, sheet.asked, strict=True):
        found = marks if grade is None else worsened(marks, size, asked, collection, grade, rng)
        regions = tuple(Region(name, Box.of(box.tolist())) for name, boxes in found.items() for box in boxes)
        answers.append(Answer(regions, tuple(name for name in asked if name not in found)))
    return answers


def worsened(
    marks: dict[str, Boxes],
    size: tuple[float, float],
    asked: Sequence[str],
    collection: Collection,
    grade: Grade,
    rng: np.random.Generator,
) -> dict[str, Boxes]:
    """A reader's boxes as somebody of this grade draws them, cut to the picture; what is cut away whole is missed."""
    found = {}
    for name, boxes in marks.items():
        if rng.random() < grade.misses:
            continue
        sides = boxes[:, 2:] - boxes[:, :2]
        centre = (boxes[:, :2] + boxes[:, 2:]) / 2 + rng.normal(0, grade.shift, sides.shape) * sides
        half = sides * np.exp(rng.normal(0, grade.scale, sides.shape)) / 2
        drawn = clipped(np.concatenate([centre - half, centre + half], axis=1), *size)
        drawn = drawn[((drawn[:, 2:] - drawn[:, :2]) >= 1).all(axis=1)]
        if len(drawn):
            found[name] = drawn
    others = [name for name in asked if name not in marks]
    for name in rng.permutation(others)[: rng.poisson(grade.invents)]:
        found[str(name)] = collection.usual_place(str(name), size, rng)
    return found


def marks_of(collection: Collection, people: int, cases: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """The mark of each person: of the readers, and of the novices of each grade who answer the same sheets:
    (people,).

    The sheet and everything drawn are by the seed and the person's number.
    """
    sheets = [collection.sheet(np.random.default_rng([seed, number]), cases) for number in range(people)]
    found = {}
    for at, grade in enumerate((None, *GRADES)):
        answers = [
            answers_of(sheet, collection, grade, np.random.default_rng([seed, number, at]))
            for number, sheet in enumerate(sheets)
        ]
        references = [one for sheet in sheets for one in sheet.references]
        totals = score_many(references, [one for person in answers for one in person]).total
        found["reader" if grade is None else grade.name] = totals.reshape(people, cases).mean(axis=1)
    return found


def auc(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    """The chance that one of ``above`` is greater than one of ``below``; ties count half."""
    ranks = rankdata(np.concatenate([above, below]))
    n, m = len(above), len(below)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def validity(
    people: int, seeds: Sequence[int], cases: int = CASES, collection: Collection | None = None
) -> dict[str, Any]:
    """AUC of readers against each grade, for each seed and over all, and how well the marks order the grades.

    ``same_cases`` is the share of novices whose mark is below that of the reader who answered the very same cases.
    """
    collection = collection or Collection()
    drawn = [marks_of(collection, people, cases, seed) for seed in seeds]
    marks = {name: np.concatenate([one[name] for one in drawn]) for name in drawn[0]}
    grades = {}
    for grade in GRADES:
        each = [auc(one["reader"], one[grade.name]) for one in drawn]
        grades[grade.name] = {
            "auc": round(auc(marks["reader"], marks[grade.name]), 4),
            "auc_by_seed": [round(one, 4) for one in each],
            "same_cases": round(float(np.mean(marks["reader"] > marks[grade.name])), 4),
            "mean_mark": round(float(marks[grade.name].mean()), 4),
            "sd": round(float(marks[grade.name].std()), 4),
            "made": {part: getattr(grade, part) for part in ("shift", "scale", "misses", "invents")},
        }
    order = np.concatenate([np.full(len(marks[name]), at) for at, name in enumerate(marks)])
    everybody = np.concatenate(list(marks.values()))
    return {
        "cases": cases,
        "people_of_each": people * len(seeds),
        "seeds": list(seeds),
        "reader": {"mean_mark": round(float(marks["reader"].mean()), 4), "sd": round(float(marks["reader"].std()), 4)},
        "grades": grades,
        "claimed_from": CLAIMED,
        "auc": grades[CLAIMED]["auc"],
        "spearman": round(float(-spearmanr(order, everybody).statistic), 4),
        "means_in_order": bool((np.diff([found.mean() for found in marks.values()]) < 0).all()),
    }
