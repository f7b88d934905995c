"""Typed words and an image in, :class:`Grounding` out.

The image is encoded once and kept (a bounded cache by digest and adapter); the findings of all texts on it are asked
side by side. What the words mean is the vocabulary's business, how boxes are written the manifest's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import as_boxes, iou
from ssg.errors import BadInput, InvalidBox
from ssg.grounding.adapters import use_adapter
from ssg.grounding.chain import places
from ssg.grounding.confidences import closing_confidence, entry_confidences
from ssg.grounding.constraint import ConstraintFactory
from ssg.grounding.coordinates import Convention, CoordinateFrame
from ssg.grounding.decoding import Decoded, Decoder, EncodedImage, Presence
from ssg.grounding.grammar import ANSWER_LIST, AnswerForm, WrittenBox, question, read_answer
from ssg.grounding.image_kinds import words_on
from ssg.grounding.kept import Kept, digest
from ssg.grounding.kinds import answered, asked_as
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import Policy
from ssg.grounding.processor import prompt_halves
from ssg.grounding.tokenizer import coordinate_tokens
from ssg.grounding.types import Alternative, FindingAnswer, Grounding, Status, Step
from ssg.reward.answers import Region, said, unique
from ssg.vocabulary import Reading, Side, read, vocabulary

Key = tuple[str, Side | None]

CACHE_BYTES = 256 * 2**20
ONE_PLACE = 0.5
"""IoU from which two boxes of one finding and side are one, and the later is dropped."""
MOST_FINDINGS = 12
"""Findings asked at once on one image; more are refused with words."""
MOST_LOOKED_FOR = 2 * MOST_FINDINGS
"""The same where general findings are asked as all their kinds."""
NO_PLACE = "The policy says that it is there, but the place that it wrote cannot be read."
"""Of an answer with boxes of which none is one: that is no absence, and nothing that could be shown."""


class Grounder:
    """Answers typed findings with one policy. Safe to share between threads: one question set runs at a time."""

    def __init__(self, policy: Policy, cache_bytes: int = CACHE_BYTES, use_xgrammar: bool = True) -> None:
        tokenizer = policy.processor.tokenizer
        self.policy = policy
        self._before, self._after = prompt_halves(policy.processor)
        vocabulary_size = policy.model.get_input_embeddings().weight.shape[0]
        self._constraints = ConstraintFactory(tokenizer, vocabulary_size, policy.stop, use_xgrammar)
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else policy.stop[0]
        self._decoder = Decoder(
            policy.model,
            pad,
            policy.stop,
            coordinate_tokens(tokenizer),
            lambda token: tokenizer.decode([token]),
            _presence(tokenizer),
        )
        self._cache = Kept[EncodedImage](cache_bytes, lambda image: image.bytes)

    def ground(
        self,
        pixels: NDArray[np.uint8],
        texts: Sequence[str],
        modality: str = "",
        body_part: str = "",
        adapter: str | None = None,
    ) -> list[Grounding]:
        """One grounding for each text on one image, ``pixels`` uint8 (height, width); boxes in its pixels.

        ``modality`` and ``body_part`` are the image's DICOM terms where they are known: "fluid" means other things in a
        brain than in a chest. ``adapter`` answers; "" is the base alone, and None the adapter for such an image.
        """
        used = self.policy.chosen_adapter(adapter, modality, body_part)
        meant = words_on(self.policy.manifest_of(used).shown, modality, body_part)
        readings = [read(text, meant) for text in texts]
        asked = unique_keys(statement for reading in readings for statement in reading.statements)
        if len(asked) > MOST_FINDINGS:
            raise BadInput(f"{len(asked)} findings at once; ask about at most {MOST_FINDINGS}, a few at a time.")
        manifest = self.policy.manifest_of(used)
        count = len({one for key in asked for one in asked_as(key, manifest, meant).keys})
        if count > MOST_LOOKED_FOR:
            raise BadInput(f"{count} findings at once, with all kinds of the general ones: ask about a few at a time.")
        answers, timing = self.answer(pixels, asked, used, modality, body_part)
        return [
            replace(self._grounding(text, reading, answers, timing, pixels), adapter=used)
            for text, reading in zip(texts, readings, strict=True)
        ]

    def answer(
        self,
        pixels: NDArray[np.uint8],
        asked: Sequence[Key],
        adapter: str | None = None,
        modality: str = "",
        body_part: str = "",
    ) -> tuple[dict[Key, FindingAnswer], dict[str, float]]:
        """Answers for (finding, side) pairs on one image, and the milliseconds that each part took.

        The other arguments are as for :meth:`ground`.
        """
        used = self.policy.chosen_adapter(adapter, modality, body_part)
        manifest = self.policy.manifest_of(used)
        meant = words_on(manifest.shown, modality, body_part)
        known = {key: asked_as(key, manifest, meant) for key in asked}
        wanted = list(dict.fromkeys(key for instead in known.values() for key in instead.keys))
        if not wanted:
            return {key: answered(key, instead, {}) for key, instead in known.items()}, {}
        with self.policy.lock:
            if self.policy.adapters:
                use_adapter(self.policy.model, used)
            begin = time.perf_counter()
            image = self._encoded(pixels, used)
            middle = time.perf_counter()
            decoded = self._decode(image, wanted, manifest)
            end = time.perf_counter()
        found = {key: self._finding(key, out, image.frame) for key, out in zip(wanted, decoded, strict=True)}
        timing = {"encode": (middle - begin) * 1e3, "decode": (end - middle) * 1e3}
        return {key: answered(key, instead, found) for key, instead in known.items()}, timing

    def _encoded(self, pixels: NDArray[np.uint8], adapter: str = "") -> EncodedImage:
        name = digest(pixels, adapter)
        found = self._cache.get(name)
        return found or self._cache.put(name, self._decoder.encode(*self._inputs(pixels)))

    def _inputs(self, pixels: NDArray[np.uint8]) -> tuple[dict[str, Any], CoordinateFrame]:
        from PIL import Image

        processor = self.policy.processor
        batch = processor(images=[Image.fromarray(pixels)], text=[self._before], return_tensors="pt")
        rows, columns = (int(n) for n in batch["image_grid_thw"][0][1:])
        patch = processor.image_processor.patch_size
        height, width = pixels.shape
        frame = CoordinateFrame(self.policy.manifest.convention, (width, height), (columns * patch, rows * patch))
        return {name: value.to(self.policy.model.device) for name, value in batch.items()}, frame

    def _decode(self, image: EncodedImage, keys: Sequence[Key], manifest: Manifest) -> list[Decoded]:
        tokenizer = self.policy.processor.tokenizer
        prompts = [tokenizer.encode(question([said(*key)]) + self._after, add_special_tokens=False) for key in keys]
        forms = [_form(key, image.frame, manifest.chain) for key in keys]
        constraints = [self._constraints.for_form(form) for form in forms]
        thresholds = [manifest.threshold(finding) for finding, _ in keys]
        return self._decoder.decode(image, prompts, constraints, thresholds)

    def _finding(self, key: Key, out: Decoded, frame: CoordinateFrame) -> FindingAnswer:
        decode = self.policy.processor.tokenizer.decode
        pieces = [decode([token]) for token in out.tokens]
        written = read_answer("".join(pieces))
        if not written.readable:
            return FindingAnswer(*key, None, note="The policy's answer could not be read; ask again in other words.")
        entries = entry_confidences(pieces, out.probabilities)
        regions: list[Region] = []
        for box, entry in zip(written.boxes, written.entries, strict=True):
            opening, certainty = entries[entry]
            region = _region(box, key, frame, opening * certainty)
            if region and not any(_is_the_same(region, other) for other in regions):
                regions.append(region)
        if entries and not regions:
            return FindingAnswer(*key, None, note=NO_PLACE)
        chain = tuple(step for box in written.chain if (step := _step(box, frame)))
        confidence = entries[0][0] if entries else closing_confidence(pieces, out.probabilities)
        return FindingAnswer(*key, bool(regions), tuple(regions), chain, confidence)

    def _grounding(
        self,
        text: str,
        reading: Reading,
        answers: dict[Key, FindingAnswer],
        timing: dict[str, float],
        pixels: Any,
    ) -> Grounding:
        findings = tuple(answers[key] for key in unique_keys(reading.statements))
        unclear = tuple((part.text, part.candidates) for part in reading.unclear)
        status, message = _verdict(findings, bool(unclear))
        chain = next((finding.chain for finding in findings if finding.chain), ())
        size = (int(pixels.shape[1]), int(pixels.shape[0]))
        alternatives = tuple(
            Alternative(text[one.span[0] : one.span[1]], one.finding, one.others)
            for one in reading.statements
            if one.others
        )
        info = self.policy.info
        return Grounding(text, status, findings, chain, unclear, alternatives, message, size, info, timing)


def _presence(tokenizer: Any) -> Presence | None:
    """The tokens that decide presence, where the tokenizer writes each as one; else None."""
    begun, opened, closed = (
        tokenizer.encode(text, add_special_tokens=False) for text in (ANSWER_LIST, '{"bbox_2d": [', "]")
    )
    return Presence(tuple(begun), opened[0], closed[0]) if len(opened) == len(closed) == 1 else None


def _form(key: Key, frame: CoordinateFrame, chain: bool) -> AnswerForm:
    limit = max(frame.limit) if frame.convention is Convention.RESIZED_PIXELS else frame.limit[0]
    return AnswerForm(labels_of(*key), places(*key) if chain else (), limit=limit)


def unique_keys(statements: Any) -> tuple[Key, ...]:
    """(finding, side) of statements, each once, in order."""
    return tuple(dict.fromkeys((statement.finding, statement.side) for statement in statements))


def labels_of(finding: str, side: Side | None) -> tuple[str, ...]:
    """The labels that may answer a question: with a side only that side's, else both sides' and the bare name."""
    if side in (Side.LEFT, Side.RIGHT):
        return (said(finding, side),)
    if vocabulary().get(finding).laterality == "midline":
        return (finding,)
    return unique([said(finding, Side.LEFT), said(finding, Side.RIGHT), finding])


def _verdict(findings: tuple[FindingAnswer, ...], unclear: bool) -> tuple[Status, str]:
    if any(finding.present for finding in findings):
        return Status.FOUND, ""
    if any(finding.present is False for finding in findings):
        return Status.NOTHING_FOUND, ""
    if findings:
        return Status.UNREADABLE, findings[0].note
    remedy = "choose one of the suggestions, or name a finding" if unclear else "name a finding"
    return (
        Status.UNREADABLE,
        f"I could not read that as a finding: {remedy}, for example “pleural effusion on the left”.",
    )


def _region(box: WrittenBox, key: Key, frame: CoordinateFrame, confidence: float) -> Region | None:
    try:
        placed = frame.read(list(box.corners))
    except InvalidBox:
        return None
    side = next(
        (one for one in (Side.LEFT, Side.RIGHT, Side.BILATERAL) if box.label.startswith(f"{one.value} ")),
        key[1],
    )
    return Region(key[0], placed, side, min(max(confidence, 0.0), 1.0))


def _is_the_same(region: Region, other: Region) -> bool:
    """Whether one place was written twice."""
    return region.side == other.side and float(iou(as_boxes([region.box]), as_boxes([other.box]))[0, 0]) > ONE_PLACE


def _step(box: WrittenBox, frame: CoordinateFrame) -> Step | None:
    try:
        return Step(box.label, frame.read(list(box.corners)))
    except InvalidBox:
        return None
