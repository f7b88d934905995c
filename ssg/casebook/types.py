"""The casebook's nouns: :class:`Case`, :class:`Series`, :class:`CaseImage`, :class:`Reader`, :class:`CaseSet`.

A case is one or more series of pictures with their history, what readers saw on them, what is asked, and what there is
to learn. The readers are those of the reward: kept apart, never averaged; a finding that no reader marks nor excludes
is unknown, not absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssg.boxes import Box
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


USUAL_ORDER = 1_000
"""Where a set stands that does not say it: behind those that do."""
LAST_ORDER = 9_999

SINGLE = "image"
"""The id of the series that a case of one picture has."""


@dataclass(frozen=True, slots=True)
class Series:
    """Pictures that belong together: the slices of a stack in the order of their places, or one picture.

    ``modality`` is "" where it is the case's; ``days`` are counted from the examination that is asked about (-180: half
    a year before), never a date. ``slice_mm`` is the way from slice to slice. ``orientation`` has the letters at the
    (left, right, top, bottom) edge. A real value (Hounsfield units in CT) is ``values[0] + values[1]`` × what the PNG
    stores; ``window`` is the (width, level) in real values to show them with, None where they are shown as stored.
    """

    id: str
    frames: tuple[CaseImage, ...]
    title: str = ""
    modality: str = ""
    days: int = 0
    slice_mm: float | None = None
    orientation: tuple[str, str, str, str] | None = None
    window: tuple[float, float] | None = None
    values: tuple[float, float] = (0.0, 1.0)
    inverted: bool = False

    @classmethod
    def single(cls, image: CaseImage) -> Series:
        """The series of a case of one picture."""
        return cls(SINGLE, (image,))

    @property
    def spacing_mm(self) -> tuple[float, float] | None:
        """Millimetres between (rows, columns), the same on all frames."""
        return self.frames[0].spacing_mm


def starts_of(series: Iterable[Series]) -> dict[str, int]:
    """The number of the first picture of each series, by its id, as regions count pictures."""
    starts, count = {}, 0
    for one in series:
        starts[one.id] = count
        count += len(one.frames)
    return starts


@dataclass(frozen=True, slots=True)
class OtherMark:
    """A label that the vocabulary has no name for, kept as it was written. ``box`` is None for the whole case."""

    label: str
    box: Box | None = None
    absent: bool = False
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Reader(ReaderAnswer):
    """A reader of the reward's, with what is kept beside: what cannot be told, and what has no name here."""

    unknown: tuple[str, ...] = ()
    other: tuple[OtherMark, ...] = ()


UNTOLD_ORIGIN = "Where the pictures are from was not told."
"""What a set says of its provenance until somebody tells it."""

ADJUDICATED = "adjudicated"
"""The id of the reader that holds what was chosen of the others': no reading of its own."""


def stated_by(readers: Sequence[Reader]) -> tuple[str, ...]:
    """All that readers mark or exclude: what can be asked, and is where a case does not say what."""
    marked = [region.finding for reader in readers for region in reader.regions]
    return tuple(dict.fromkeys([*marked, *(name for reader in readers for name in reader.absent)]))


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
    ``structures`` are what lies where on its pictures (its lungs, its heart): nobody is asked for them, the reward
    holds the findings against them. ``findings``, ``diagnosis``, ``differential``, ``discussion`` and ``report`` are
    texts, the first four as the RSNA's teaching files have them.
    """

    id: str
    title: str
    history: str
    modality: str
    difficulty: int
    series: tuple[Series, ...]
    readers: tuple[Reader, ...]
    question: tuple[str, ...]
    view: str = ""
    body_part: str = ""
    specialty: str = ""
    teaching_points: tuple[TeachingPoint, ...] = ()
    findings: str = ""
    diagnosis: str = ""
    differential: tuple[str, ...] = ()
    discussion: str = ""
    report: str = ""
    tags: tuple[str, ...] = ()
    rubric: Rubric | None = None
    source: str = ""
    structures: tuple[Region, ...] = ()

    @property
    def pictures(self) -> tuple[CaseImage, ...]:
        """All pictures of all series, as regions count them."""
        return tuple(frame for series in self.series for frame in series.frames)

    def place_of(self, picture: int) -> tuple[Series, int]:
        """The series of a picture and which of its frames it is."""
        for series in self.series:
            if picture < len(series.frames):
                return series, picture
            picture -= len(series.frames)
        raise IndexError(f"Case {self.id} has no picture {picture}.")

    @property
    def key_picture(self) -> int:
        """The picture that stands for the case: where the first reader marks most, else the middle of a stack.

        Earlier examinations stand for it only where nothing is marked on the one that is asked about.
        """
        for reader in self.readers:
            if reader.regions:
                areas: dict[int, float] = {}
                for region in reader.regions:
                    areas[region.picture] = areas.get(region.picture, 0.0) + region.box.area
                now = [picture for picture in areas if self.place_of(picture)[0].days == 0]
                return max(now or areas, key=lambda picture: areas[picture])
        return len(self.series[0].frames) // 2

    @property
    def image(self) -> CaseImage:
        """The picture that stands for the case."""
        return self.pictures[self.key_picture]

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
        """What an answer is judged against before there is one: each lesion by its largest box."""
        from ssg.casebook.lesions import held_against

        return held_against(self)[0]

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """(width, height) of all pictures."""
        return tuple((one.width, one.height) for one in self.pictures)

    def region_of(self, point: TeachingPoint) -> Region | None:
        """The region that a teaching point is tied to."""
        if point.region is None:
            return None
        reader = next((one for one in self.readers if one.id == point.reader), self.readers[0])
        return reader.regions[point.region]

    @property
    def is_asked(self) -> bool:
        """Whether learners can be asked about it; a case that nobody has read yet asks nothing."""
        return bool(self.readers and self.question)


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Cases that belong together. ``reviewed``: a clinician has reviewed the teaching text; ``synthetic``: no patients.

    ``order`` is where it stands among other sets, the lowest first.
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
    citation: str = ""
    order: int = USUAL_ORDER
    folder: Path | None = None

    def case(self, case_id: str) -> Case:
        """A case by its id; raises BadInput where there is none."""
        for case in self.cases:
            if case.id == case_id:
                return case
        raise BadInput(
            f"There is no case {case_id[:64]!r} in the set {self.id}: `python -m ssg cases list` counts them."
        )

    def image_path(self, case: Case, picture: int | None = None) -> Path:
        """The file of a picture (None: that which stands for the case); its content is not checked."""
        if self.folder is None:
            raise BadInput(f"The set {self.id} has no folder yet: write it first.")
        return self.folder / (case.image if picture is None else case.pictures[picture]).file

    def image_bytes(self, case: Case, picture: int | None = None) -> bytes:
        """The picture's PNG, proved to be the one that the manifest means; raises BadInput that names the file."""
        self.image_path(case, picture)
        assert self.folder is not None
        image = case.image if picture is None else case.pictures[picture]
        path = file_inside(self.folder, image.file)
        data = read_bytes(path)
        found = sha256_of(data)
        if found != image.sha256:
            raise BadInput(
                f"{path} is not the picture that the manifest means (its sha256 is {found}): restore the file, or, "
                "if the picture is right, write that number into the manifest."
            )
        return data
