"""Phantoms to case sets: after a recipe, or any number of plain cases from a seed. The truth is the shapes' own.

Every image is drawn, none is of a patient; what is written beside it is the recipe's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from ssg.casebook.recipe import CaseRecipe, PointRecipe, Recipe
from ssg.casebook.types import Case, CaseImage, CaseSet, Reader, Series, TeachingPoint
from ssg.errors import BadInput
from ssg.phantoms import FINDINGS, Phantom, PhantomFinding, chest_xray
from ssg.reward import Region
from ssg.reward.answers import unique
from ssg.vocabulary import Side, vocabulary

READER = "truth"
"""The one reader of a phantom."""

MOST_TRIED = 4_000
TRIAL_SIZE = 96
"""Pixels a side at which seeds are tried: the patient is the same at every size, and this takes 20 ms."""

PROVENANCE = "Synthetic radiographs drawn by ssg.phantoms. No patient, no clinician's reading."
LICENCE = "Apache-2.0"


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
        phantom = _draw(wanted, recipe.size)
        old = _old_bytes(before, wanted.id, phantom)
        if old is None:
            made.notes += _notes(phantom, wanted, before is not None)
        case, png = to_case(phantom, wanted, old)
        made.images[case.image.file] = png
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
        trial = chest_xray(wanted.seed, TRIAL_SIZE, findings=wanted.findings, site=wanted.site)
        why = unfit(trial, wanted) or "does not fit at this size"
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
        case, png = to_case(phantom, plain_recipe(phantom, number + 1))
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


def _draw(wanted: CaseRecipe, size: int) -> Phantom:
    """The phantom of the first seed, from the recipe's on, whose patient and findings are as the words say."""
    for seed in range(wanted.seed, wanted.seed + MOST_TRIED):
        trial = chest_xray(seed, TRIAL_SIZE, findings=wanted.findings, site=wanted.site)
        if unfit(trial, wanted):
            continue
        phantom = chest_xray(seed, size, findings=wanted.findings, site=wanted.site)
        if not unfit(phantom, wanted):
            return phantom
    raise BadInput(
        f"Case {wanted.id}: none of {MOST_TRIED:,} patients from seed {wanted.seed} on fits: "
        "widen its age, or change view, site or question."
    )


def unfit(phantom: Phantom, wanted: CaseRecipe) -> str | None:
    """Why a phantom is not what a recipe speaks of, or None where it is."""
    if wanted.sex not in ("", phantom.sex) or not wanted.age[0] <= phantom.age <= wanted.age[1]:
        return f"gives {phantom.sex} aged {phantom.age}"
    if wanted.view not in ("", phantom.view):
        return f"gives a {phantom.view} view"
    visible = {(found.finding, found.side) for found in phantom.findings}
    for spec in wanted.findings or ():
        sides = {side for name, side in visible if name == spec.finding}
        if not sides or (spec.side is not None and spec.side not in sides):
            return f"does not show {spec.side or ''} {spec.finding}".replace("  ", " ")
    present = {name for name, _ in visible}
    unknown = [name for name in wanted.question if name not in present and name not in phantom.absent]
    return f"leaves {unknown[0]} unknown" if unknown else None


def to_case(phantom: Phantom, wanted: CaseRecipe, png: bytes | None = None) -> tuple[Case, bytes]:
    """A phantom with a recipe's words as a case, and its PNG (``png`` where that is known already)."""
    png = png or to_png(phantom)
    reader = Reader(_regions(phantom, wanted), phantom.absent, id=READER)
    image = CaseImage.of_png(png, (round(phantom.spacing_mm[1], 4), round(phantom.spacing_mm[0], 4)))
    case = Case(
        id=wanted.id,
        title=wanted.title,
        history=wanted.history.replace("{age}", str(phantom.age)),
        modality="DX",
        difficulty=wanted.difficulty,
        series=(Series.single(image),),
        readers=(reader,),
        question=wanted.question,
        view=phantom.view,
        body_part="CHEST",
        specialty="chest",
        teaching_points=tuple(_point(point, reader.regions) for point in wanted.points),
        discussion=wanted.discussion,
        tags=wanted.tags,
        structures=regions_of(phantom.anatomy),
        source=f"phantom seed {phantom.seed}, site {phantom.site}, {phantom.pixels.shape[0]} pixels",
    )
    return case, png


def to_png(phantom: Phantom) -> bytes:
    """The picture as an 8-bit PNG, packed as small as it gets."""
    out = io.BytesIO()
    Image.fromarray(phantom.pixels).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _regions(phantom: Phantom, wanted: CaseRecipe) -> tuple[Region, ...]:
    """Every box of every finding: in the recipe's order, else the most urgent first."""
    order = [spec.finding for spec in wanted.findings or ()]
    found = sorted(
        phantom.findings,
        key=lambda one: (
            order.index(one.finding) if one.finding in order else len(order),
            -vocabulary().get(one.finding).urgency,
        ),
    )
    return regions_of(found)


def regions_of(found: Iterable[PhantomFinding]) -> tuple[Region, ...]:
    """Every box of what was drawn, findings or anatomy, as a region."""
    return tuple(Region(one.finding, box, Side(one.side) if one.side else None) for one in found for box in one.boxes)


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


def _old_bytes(before: CaseSet | None, case_id: str, phantom: Phantom) -> bytes | None:
    """The PNG that a case had, where it holds the very same pixels: another zlib packs them differently."""
    if before is None:
        return None
    try:
        data = before.image_bytes(before.case(case_id))
        with Image.open(io.BytesIO(data)) as picture:
            same = np.array_equal(np.asarray(picture), phantom.pixels)
    except (BadInput, OSError, ValueError):
        return None
    return data if same else None
