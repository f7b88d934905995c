"""The casebook's nouns: :class:`Case`, :class:`CaseImage`, :class:`TeachingPoint`, :class:`CaseSet`.

A case is one image with its history, what readers saw on it, what is asked, and what there is to learn. The readers are
those of the reward: kept apart, never averaged; a finding that no reader marks nor excludes is unknown, not absent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ssg.casebook.files import file_inside, png_size, read_bytes, sha256_of
from ssg.errors import BadInput
from ssg.imaging import RADIOGRAPHS
from ssg.reward import ReaderAnswer, Reference, Region, Rubric


@dataclass(frozen=True, slots=True)
class CaseImage:
    """A PNG file of the set: ``file`` is "images/NAME.png"; ``spacing_mm`` is (row, column), None where unknown."""

    file: str
    width: int
    height: int
    sha256: str
    spacing_mm: tuple[float, float] | None = None

    @classmethod
    def of_png(cls, data: bytes, spacing_mm: tuple[float, float] | None = None) -> CaseImage:
        """The image of these bytes, named by its content: an opaque name that never means another picture."""
        digest = sha256_of(data)
        width, height = png_size(data)
        return cls(f"images/{digest[:20]}.png", width, height, digest, spacing_mm)


@dataclass(frozen=True, slots=True)
class TeachingPoint:
    """One thing to learn. Tied to a finding, to a region (index among those of ``reader``), or to the whole image.

    ``reader`` is a reader's id, None the first one.
    """

    text: str
    finding: str | None = None
    region: int | None = None
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One case. ``question`` are the findings asked in Practise, present and absent; ``difficulty`` is 1 to 5.

    ``modality`` is the DICOM code (DX, CT, ...); ``source`` says where the image is from and is not shown to learners.
    ``structures`` are what lies where on this image (its lungs, its heart): nobody is asked for them, the reward holds
    the findings against them.
    """

    id: str
    title: str
    history: str
    modality: str
    difficulty: int
    image: CaseImage
    readers: tuple[ReaderAnswer, ...]
    question: tuple[str, ...]
    view: str = ""
    body_part: str = ""
    specialty: str = ""
    teaching_points: tuple[TeachingPoint, ...] = ()
    discussion: str = ""
    tags: tuple[str, ...] = ()
    rubric: Rubric | None = None
    source: str = ""
    structures: tuple[Region, ...] = ()

    @property
    def width(self) -> int:
        """Columns of the image."""
        return self.image.width

    @property
    def height(self) -> int:
        """Rows of the image."""
        return self.image.height

    @property
    def spacing_mm(self) -> tuple[float, float] | None:
        """Millimetres between (rows, columns)."""
        return self.image.spacing_mm

    @property
    def is_frontal(self) -> bool:
        """Whether it is a radiograph from the front or the back, on whose left the patient's right lies."""
        return self.modality in RADIOGRAPHS and self.view.upper() in ("PA", "AP")

    @property
    def present(self) -> tuple[str, ...]:
        """Findings that at least one reader marks, each once."""
        return tuple(dict.fromkeys(region.finding for reader in self.readers for region in reader.regions))

    def reference(self) -> Reference:
        """What an answer to this case is judged against."""
        readers = tuple(replace(reader, regions=(*reader.regions, *self.structures)) for reader in self.readers)
        return Reference(self.width, self.height, readers, self.question, self.spacing_mm)

    def region_of(self, point: TeachingPoint) -> Region | None:
        """The region that a teaching point is tied to."""
        if point.region is None:
            return None
        reader = next((one for one in self.readers if one.id == point.reader), self.readers[0])
        return reader.regions[point.region]


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Cases that belong together. ``reviewed``: a clinician has reviewed the teaching text; ``synthetic``: no patients.

    ``folder`` is where it was read from or written to; None for a set that exists in memory only.
    """

    id: str
    title: str
    version: str
    licence: str
    provenance: str
    reviewed: bool
    cases: tuple[Case, ...]
    synthetic: bool = False
    description: str = ""
    folder: Path | None = None

    def case(self, case_id: str) -> Case:
        """A case by its id; raises BadInput where there is none."""
        for case in self.cases:
            if case.id == case_id:
                return case
        raise BadInput(
            f"There is no case {case_id[:64]!r} in the set {self.id}: `python -m ssg cases list` counts them."
        )

    def image_path(self, case: Case) -> Path:
        """The image's file; its content is not checked."""
        if self.folder is None:
            raise BadInput(f"The set {self.id} has no folder yet: write it first.")
        return self.folder / case.image.file

    def image_bytes(self, case: Case) -> bytes:
        """The image's PNG, proved to be the one that the manifest means; raises BadInput that names the file."""
        self.image_path(case)
        assert self.folder is not None
        path = file_inside(self.folder, case.image.file)
        data = read_bytes(path)
        found = sha256_of(data)
        if found != case.image.sha256:
            raise BadInput(
                f"{path} is not the picture that the manifest means (its sha256 is {found}): restore the file, or, "
                "if the picture is right, write that number into the manifest."
            )
        return data
