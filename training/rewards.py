"""The reward as TRL's trainers call it: one function for each component, judging what a policy wrote.

    trainer = GRPOTrainer(model, reward_funcs=reward_functions(), train_dataset=..., args=...)

The data set's column ``reference`` holds a :class:`ssg.reward.Reference` as JSON (a mapping or its text); all other
columns are ignored. A function gives what its component adds to the total, weighted and gated, so that with TRL's
default weights of 1 their sum is the very total that a student gets for the same boxes; it gives None where the
component does not apply or the reference cannot be judged.

With an image-text encoder, names are held against what the image shows. The data set then has a column ``image`` (or
``images``, of one each): PIL images of eight bits or grey arrays, of the reference's proportions. Of these they are the
same numbers that ``python -m ssg score --image`` gives.

A completion that is no answer, because nothing can be read or because a name is none of the vocabulary's, earns 0: not
even where nothing is there and silence would be right. Places are read as the project's own policies write them
(0–1000) unless ``frames`` say otherwise.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssg.errors import BadInput, InvalidBox
from ssg.grounding.coordinates import CoordinateFrame
from ssg.grounding.grammar import LEFT_OUT, WrittenBox, read_answer
from ssg.grounding.region_text import RegionText, SeenImage
from ssg.reward import DEFAULT_RUBRIC, Acceptability, Answer, Reference, Region, Rubric, Scores, score_many
from ssg.reward.rubric import COMPONENTS
from ssg.reward.wording import OTHER
from ssg.vocabulary import Presence, Side, read, vocabulary
from training.frames import RELATIVE, Frames

Completion = str | Sequence[Mapping[str, Any]] | None
NOTHING = 0.0
"""What a completion earns that is no answer."""

PROPORTION = 0.02
"""Difference between the proportions of an image and of its reference that may be rounding."""

EIGHT_BITS = ("1", "L", "LA", "P", "RGB", "RGBA")
"""Modes of PIL images whose grey levels are what they look like."""


class ComponentReward:
    """What one component adds to the total of each completion; callable as TRL does, and picklable."""

    def __init__(
        self,
        component: str,
        rubric: Rubric = DEFAULT_RUBRIC,
        encoder: RegionText | None = None,
        frames: Frames = RELATIVE,
        acceptability: Acceptability | None = None,
    ) -> None:
        if component not in COMPONENTS:
            raise BadInput(f"{component!r} is not one of {', '.join(COMPONENTS)}.")
        self.component, self.rubric, self.encoder, self.frames = component, rubric, encoder, frames
        self.acceptability = acceptability
        self.__name__ = component  # TRL logs each function by its name

    def __call__(
        self, completions: Sequence[Completion], reference: Sequence[Any], **others: Any
    ) -> list[float | None]:
        """One reward for each completion, None where it cannot be scored."""
        texts = tuple(map(text_of, completions))
        references = tuple(map(_as_text, reference))
        sights = _sights(self.encoder, references, others) if self.encoder else None
        scores, readable = _judged(texts, references, self.rubric, sights, self.frames, self.acceptability)
        earned = scores.earned[self.component]
        return [
            None if np.isnan(value) else float(value) if good else NOTHING
            for value, good in zip(earned, readable, strict=True)
        ]


def reward_functions(
    rubric: Rubric = DEFAULT_RUBRIC,
    encoder: RegionText | None = None,
    frames: Frames = RELATIVE,
    acceptability: Acceptability | None = None,
) -> list[ComponentReward]:
    """One function for each component that has a weight in the rubric; they share what they judge.

    ``acceptability`` says what an expert accepts, in place of the shipped model.
    """
    return [
        ComponentReward(name, rubric, encoder, frames, acceptability) for name in COMPONENTS if getattr(rubric, name)
    ]


def text_of(completion: Completion) -> str:
    """The text of a completion, which is a string or, of conversations, a list of messages."""
    if isinstance(completion, str) or completion is None:
        return completion or ""
    parts = [message.get("content") or "" for message in completion]
    return "".join(part if isinstance(part, str) else _joined(part) for part in parts)


def _joined(content: Sequence[Mapping[str, Any]]) -> str:
    return "".join(str(piece.get("text", "")) for piece in content)


def answer_of_text(text: str, frame: CoordinateFrame) -> Answer | None:
    """What a policy's text says, in pixels of the image; None where it is no answer."""
    written = read_answer(text)
    if not written.readable or LEFT_OUT in written.repaired:
        return None
    regions = [_region(box, frame) for box in written.boxes]
    absent = [_named(name) for name in written.absent]
    if None in absent or any(region is None for region in regions):
        return None
    drawn = tuple(region for region in regions if region is not None)
    return Answer(drawn, _denied([one for one in absent if one], drawn))


def _denied(absent: Sequence[tuple[str, Side | None]], drawn: Sequence[Region]) -> tuple[str, ...]:
    """The findings that are denied altogether: not those on one side that are drawn, but not on that side."""
    words = vocabulary()

    def elsewhere(name: str, side: Side | None) -> bool:
        sides = {region.side for region in drawn if words.is_a(region.finding, name)}
        return side in OTHER and bool(sides) and not sides & {side, Side.BILATERAL}

    return tuple(dict.fromkeys(name for name, side in absent if not elsewhere(name, side)))


def _region(box: WrittenBox, frame: CoordinateFrame) -> Region | None:
    named = _named(box.label)
    if named is None:
        return None
    try:
        return Region(named[0], frame.read(list(box.corners)), named[1])
    except InvalidBox:
        return None


@functools.lru_cache(maxsize=10_000)
def _named(label: str) -> tuple[str, Side | None] | None:
    """The finding and side that a label says; None where it says none, several, or that something is not there."""
    said = read(label[:200])
    if len(said.statements) != 1 or said.unclear or said.statements[0].presence is not Presence.PRESENT:
        return None
    return said.statements[0].finding, said.statements[0].side


def _as_text(reference: Any) -> str:
    if isinstance(reference, str):
        return reference
    try:
        row = reference.to_json() if isinstance(reference, Reference) else reference
        return json.dumps(row, sort_keys=True)
    except TypeError as error:
        raise BadInput(f'The column "reference" holds references as JSON ({error}).') from None


def _sights(encoder: RegionText, references: Sequence[str], columns: Mapping[str, Any]) -> tuple[SeenImage | None, ...]:
    """Every completion's image as the encoder sees it; those of a group share one."""
    images = columns.get("image", columns.get("images"))
    if images is None or len(images) != len(references):
        raise BadInput('With an image-text encoder the data set needs a column "image" (or "images").')
    held = list(images)  # alive as long as they are told apart by their ids: a column may decode them anew at each look
    kept: dict[tuple[int, str], SeenImage | None] = {}
    for image, text in zip(held, references, strict=True):
        if (id(image), text) not in kept:
            kept[id(image), text] = _sight(encoder, image, _reference(text))
    return tuple(kept[id(image), text] for image, text in zip(held, references, strict=True))


def _sight(encoder: RegionText, image: Any, reference: Reference) -> SeenImage | None:
    pixels, notes = grey(image)
    height, width = pixels.shape
    if abs(width * reference.height - height * reference.width) > PROPORTION * width * reference.height:
        raise BadInput(
            f"An image of {width} × {height} pixels has other proportions than its reference, which is of "
            f"{reference.width:g} × {reference.height:g}."
        )
    return encoder.look(pixels, notes=notes, size=(reference.width, reference.height))[0]


def grey(image: Any) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """A PIL image, a grey uint8 array (height, width), or a list of one of these, as such an array, and notes on it."""
    if isinstance(image, (list, tuple)):
        if len(image) != 1:
            raise BadInput(f"The reward judges one image at a time, got {len(image)}.")
        return grey(image[0])
    if isinstance(image, Image.Image) and image.mode in EIGHT_BITS:
        channels = np.asarray(image.convert("RGB"))
        coloured = bool((channels != channels[..., :1]).any())
        return np.asarray(image.convert("L")), ("Colour was turned to grey.",) * coloured
    pixels = None if isinstance(image, Image.Image) else np.asarray(image)
    if pixels is None or pixels.ndim != 2 or pixels.dtype != np.uint8 or not pixels.size:
        what = f"a PIL image of mode {image.mode}" if pixels is None else f"{type(image).__name__} {str(image)[:60]!r}"
        raise BadInput(f'The column "image" holds images of eight bits, got {what}.')
    return pixels, ()


@functools.lru_cache(maxsize=4)
def _judged(
    texts: tuple[str, ...],
    references: tuple[str, ...],
    rubric: Rubric,
    sights: tuple[SeenImage | None, ...] | None,
    frames: Frames,
    acceptability: Acceptability | None,
) -> tuple[Scores, list[bool]]:
    """Kept for the other components, which are asked about the same completions one after the other."""
    asked = [_reference(text) for text in references]
    answers = [answer_of_text(text, frame_of(one, frames)) for text, one in zip(texts, asked, strict=True)]
    scores = score_many(asked, [answer or Answer() for answer in answers], rubric, sights, acceptability)
    return scores, [answer is not None for answer in answers]


def reference_of_text(reference: Any) -> Reference:
    """The reference in a data set's column: JSON, as text or as a mapping."""
    return _reference(_as_text(reference))


@functools.lru_cache(maxsize=4096)
def _reference(text: str) -> Reference:
    try:
        row = json.loads(text)
    except ValueError as error:
        raise BadInput(f'The column "reference" holds references as JSON, got {text[:60]!r} ({error}).') from None
    return Reference.from_json(row)


def frame_of(reference: Reference, frames: Frames = RELATIVE) -> CoordinateFrame:
    """How a policy writes places on the reference's image."""
    return frames(round(reference.width), round(reference.height))
