"""Phantoms to case sets: after a recipe, or any number of plain cases from a seed. The truth is the shapes' own.

Every image is drawn, none is of a patient; what is written beside it is the recipe's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ssg.casebook.drawn import gone, lesion_of, regions_of, same_png, series_of, to_png
from ssg.casebook.recipe import BeforeRecipe, CaseRecipe, PointRecipe, Recipe
from ssg.casebook.types import Case, CaseSet, Reader, Series, TeachingPoint
from ssg.errors import BadInput
from ssg.phantoms import FINDINGS, FindingSpec, Phantom, PhantomFinding, chest_xray
from ssg.phantoms.kinds import draw
from ssg.reward import Region
from ssg.reward.answers import unique
from ssg.vocabulary import vocabulary

READER = "truth"
"""The one reader of a phantom."""

MOST_TRIED = 4_000
TRIAL_SIZE = 96
"""Pixels a side at which seeds are tried: the patient is the same at every size, and this takes 20 ms."""

PROVENANCE = "Synthetic radiographs drawn by ssg.phantoms. No patient, no clinician's reading."
LICENCE = "Apache-2.0"

NOW = "now"
"""The series of the examination that is asked about, where there are earlier ones."""

_SPECIALTY = {"CHEST": "chest", "HEAD": "neuro"}


@dataclass(slots=True)
class Synthesis:
    """A set that is not written yet, its PNG files by name, and sentences about what its author should look at."""

    case_set: CaseSet
    images: dict[str, bytes]
    notes: list[str] = field(default_factory=list)


def from_recipe(
    recipe: Recipe, before: CaseSet | None = None, on_case: Callable[[int], None] | None = None
) -> Synthesis:
    """Draw every case of a recipe. Pictures that are as in the set ``before`` keep their file, byte for byte.

    Raises BadInput that names the case for which no patient fits.
    """
    made = Synthesis(_empty_set(recipe), {})
    cases = []
    for number, wanted in enumerate(recipe.cases, start=1):
        phantoms = _draw(wanted, recipe.size)
        old = [same_png(before, wanted.id, picture, phantom) for picture, phantom in enumerate(phantoms)]
        if None in old:
            made.notes += _notes(phantoms[0], wanted, before is not None)
        pngs = [png or to_png(phantom) for png, phantom in zip(old, phantoms, strict=True)]
        case = to_case(phantoms, wanted, pngs)
        made.images |= {image.file: png for image, png in zip(case.pictures, pngs, strict=True)}
        cases.append(case)
        if on_case is not None:
            on_case(number)
    made.case_set = replace(made.case_set, cases=tuple(cases))
    if before is not None and before.version == recipe.version and before.cases != made.case_set.cases:
        made.notes.append(f"the set has changed and is still version {recipe.version}: raise it if it has been in use.")
    return made


def _notes(phantom: Phantom, wanted: CaseRecipe, had_another: bool) -> list[str]:
    """What the author of a recipe should know about a picture that was not there before."""
    notes = []
    if phantom.seed != wanted.seed:
        why = _unfit_trial(wanted.seed, wanted) or "does not fit at this size"
        notes.append(f"case {wanted.id}: seed {wanted.seed} {why}; took {phantom.seed}. Look at it.")
    if had_another:
        look = f": {wanted.look}" if wanted.look else ""
        notes.append(f"case {wanted.id}: new picture. Look at it{look}.")
    return notes


def from_seeds(seed: int, count: int, size: int, on_case: Callable[[int], None] | None = None) -> Synthesis:
    """``count`` plain cases of seeds ``seed``, ``seed + 1``, ...: findings as the seed draws them, no teaching text."""
    name = f"phantoms-{seed}-{count}"
    head = CaseSet(name, f"Phantoms {seed} to {seed + count - 1}", "1", LICENCE, PROVENANCE, False, (), True)
    made, cases = Synthesis(head, {}), []
    for number in range(count):
        phantom = chest_xray(seed + number, size)
        png = to_png(phantom)
        case = to_case([phantom], plain_recipe(phantom, number + 1), [png])
        made.images[case.image.file] = png
        cases.append(case)
        if on_case is not None:
            on_case(number + 1)
    made.case_set = replace(head, cases=tuple(cases))
    return made


def _empty_set(recipe: Recipe) -> CaseSet:
    return CaseSet(
        id=recipe.id,
        title=recipe.title,
        version=recipe.version,
        licence=recipe.licence,
        provenance=recipe.provenance,
        reviewed=False,
        cases=(),
        synthetic=True,
        description=recipe.description,
        order=recipe.order,
    )


def plain_recipe(phantom: Phantom, number: int) -> CaseRecipe:
    """What can be said of any phantom: age, sex, view; asked are its findings and some of what it lacks."""
    present = unique(found.finding for found in phantom.findings)
    order = np.random.default_rng([phantom.seed, 91]).permutation(len(FINDINGS))
    absent = [FINDINGS[index] for index in order if FINDINGS[index] in phantom.absent]
    person = "man" if phantom.sex == "M" else "woman"
    gross = max((found.severity for found in phantom.findings), default=0.5)
    return CaseRecipe(
        id=f"p{phantom.seed:07d}",
        seed=phantom.seed,
        title=f"Phantom {number}",
        history=f"{phantom.age}-year-old {person}. Chest radiograph, {phantom.view} view.",
        question=(*present, *absent[: max(2, 5 - len(present))]),
        difficulty=1 + round(4 * (1 - gross)),
    )


def _draw(wanted: CaseRecipe, size: int) -> list[Phantom]:
    """The examination that is asked about and the earlier ones, of the first seed from the recipe's on that fits."""
    for seed in range(wanted.seed, wanted.seed + MOST_TRIED):
        if _unfit_trial(seed, wanted):
            continue
        phantoms = [_phantom(seed, size, wanted)]
        if unfit(phantoms[0], wanted):
            continue
        phantoms += [_phantom(seed, size, wanted, visit) for visit in range(1, len(wanted.before) + 1)]
        if not any(map(unlike, phantoms[1:], wanted.before, [phantoms[0].view] * len(wanted.before))):
            return phantoms
    raise BadInput(
        f"Case {wanted.id}: none of {MOST_TRIED:,} patients from seed {wanted.seed} on fits: "
        "widen its age, or change view, site or question."
    )


def _phantom(seed: int, size: int, wanted: CaseRecipe, visit: int = 0) -> Phantom:
    """One picture of a recipe: the one that is asked about (visit 0) or an earlier one."""
    what: CaseRecipe | BeforeRecipe = wanted.before[visit - 1] if visit else wanted
    how: dict[str, Any] = {"findings": what.findings, "site": what.site or wanted.site}
    if visit:
        how["visit"] = visit
    if wanted.kind == "brain-mr":
        how |= {"view": wanted.view or None, "sequence": wanted.sequence}
    if wanted.kind == "chest-ct":
        how["window"] = wanted.window
    if wanted.level is not None:
        how["level"] = wanted.level
    return draw(wanted.kind, seed, size=size, **how)


def _unfit_trial(seed: int, wanted: CaseRecipe) -> str | None:
    return unfit(_phantom(seed, TRIAL_SIZE, wanted), wanted)


def unfit(phantom: Phantom, wanted: CaseRecipe) -> str | None:
    """Why a phantom is not what a recipe speaks of, or None where it is."""
    if wanted.sex not in ("", phantom.sex) or not wanted.age[0] <= phantom.age <= wanted.age[1]:
        return f"gives {phantom.sex} aged {phantom.age}"
    if wanted.view not in ("", phantom.view):
        return f"gives a {phantom.view} view"
    if why := _hidden(phantom, wanted.findings or ()):
        return why
    present = {found.finding for found in phantom.findings}
    unknown = [name for name in wanted.question if name not in present and name not in phantom.absent]
    if unknown:
        return f"leaves {unknown[0]} unknown"
    # what shows of itself (a shift of the midline by a large lesion) is asked, or nobody could answer truly
    unasked = [name for name in sorted(present) if wanted.findings is not None and name not in wanted.question]
    return f"shows {unasked[0]}, which is not asked" if unasked else None


def unlike(phantom: Phantom, wanted: BeforeRecipe, view: str) -> str | None:
    """Why an earlier examination is not what a recipe speaks of, or None where it is."""
    return f"gives a {phantom.view} view before" if phantom.view != view else _hidden(phantom, wanted.findings)


def _hidden(phantom: Phantom, specs: Sequence[FindingSpec]) -> str | None:
    """Which of the findings to draw is not to be seen."""
    visible = {(found.finding, found.side) for found in phantom.findings}
    for spec in specs:
        sides = {side for name, side in visible if name == spec.finding}
        if not sides or (spec.side is not None and spec.side not in sides):
            return f"does not show {spec.side or ''} {spec.finding}".replace("  ", " ")
    return None


def to_case(phantoms: Sequence[Phantom], wanted: CaseRecipe, pngs: Sequence[bytes]) -> Case:
    """Phantoms (the one that is asked about first) with a recipe's words as a case; ``pngs`` are their pictures."""
    phantom, reader = phantoms[0], _reader(phantoms, wanted)
    source = f"phantom seed {phantom.seed}, site {phantom.site}, {phantom.pixels.shape[0]} pixels"
    return Case(
        id=wanted.id,
        title=wanted.title,
        history=wanted.history.replace("{age}", str(phantom.age)),
        modality=phantom.modality,
        difficulty=wanted.difficulty,
        series=_series(phantoms, wanted, pngs),
        readers=(reader,),
        question=wanted.question,
        view=f"{phantom.view} {phantom.sequence}" if phantom.sequence else phantom.view,
        body_part=phantom.body_part,
        specialty=_SPECIALTY[phantom.body_part],
        teaching_points=tuple(_point(point, reader.regions) for point in wanted.points),
        discussion=wanted.discussion,
        tags=wanted.tags,
        structures=tuple(region for number, one in enumerate(phantoms) for region in regions_of(one.anatomy, number)),
        source=source if phantom.kind == "chest-xray" else f"{phantom.kind} {source}",
    )


def _series(phantoms: Sequence[Phantom], wanted: CaseRecipe, pngs: Sequence[bytes]) -> tuple[Series, ...]:
    if len(phantoms) == 1:
        return (series_of(phantoms[0], pngs[0]),)
    now = series_of(phantoms[0], pngs[0], NOW, "Now")
    names = ["before", *(f"before-{number}" for number in range(2, len(phantoms)))]
    earlier = zip(phantoms[1:], pngs[1:], names, wanted.before, strict=True)
    return now, *(series_of(one, png, name, was.title or "Before", was.days) for one, png, name, was in earlier)


def _reader(phantoms: Sequence[Phantom], wanted: CaseRecipe) -> Reader:
    """What is there now, on every picture that shows it; what only earlier pictures show is kept as gone."""
    shown = [regions_of(_ordered(one.findings, wanted), number) for number, one in enumerate(phantoms)]
    if len(phantoms) == 1:
        return Reader(shown[0], phantoms[0].absent, id=READER)
    named = [_with_lesions(regions) for regions in shown]
    current = {region.lesion for region in named[0]}
    earlier = [region for regions in named[1:] for region in regions]
    return Reader(
        (*named[0], *(region for region in earlier if region.lesion in current)),
        phantoms[0].absent,
        id=READER,
        other=tuple(gone(region) for region in earlier if region.lesion not in current),
    )


def _with_lesions(regions: Iterable[Region]) -> list[Region]:
    """Regions of one picture, each with the word that the same thing has at other dates."""
    counted: Counter[tuple[str, object]] = Counter()
    named = []
    for region in regions:
        counted[region.finding, region.side] += 1
        named.append(replace(region, lesion=lesion_of(region, counted[region.finding, region.side])))
    return named


def _ordered(found: Iterable[PhantomFinding], wanted: CaseRecipe) -> list[PhantomFinding]:
    """Findings in the recipe's order, else the most urgent first."""
    order = [spec.finding for spec in wanted.findings or ()]
    return sorted(
        found,
        key=lambda one: (
            order.index(one.finding) if one.finding in order else len(order),
            -vocabulary().get(one.finding).urgency,
        ),
    )


def _point(point: PointRecipe, regions: tuple[Region, ...]) -> TeachingPoint:
    tied = next(
        (
            index
            for index, region in enumerate(regions)
            if region.finding == point.finding and point.side in ("", region.side or "")
        ),
        None,
    )
    return TeachingPoint(point.text, point.finding or None, tied)
