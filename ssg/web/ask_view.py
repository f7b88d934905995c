"""What Ask shows and takes in: images to ask about, the question's answer as a scene and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from ssg.casebook import Case
from ssg.errors import BadInput, Unavailable
from ssg.grounding.confidences import in_percent
from ssg.grounding.image_kinds import IMAGE_KINDS, in_words, known_body_part, title_of, words_on
from ssg.grounding.specialties import AUTOMATIC, BASE
from ssg.grounding.types import FindingAnswer, Grounding, Status
from ssg.grounding.unlike import unlike
from ssg.imaging import decode_upload
from ssg.reward import said
from ssg.vocabulary import Side
from ssg.web import words
from ssg.web.case_scene import greys_of
from ssg.web.html import tag, text
from ssg.web.images import Shown as ShownImage
from ssg.web.policy_desk import NoAdapter
from ssg.web.services import Services
from ssg.web.viewer import FRONTAL, Picture, Scene, Shown, Step, scene

W = words.ASK
LONGEST_TEXT = 500
STEP_CAPTIONS = ("Look here first", "Landmark", "Then here", "And here")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer ready to be shown; ``specialty`` is the choice by which it was answered."""

    scene: Scene
    html: str
    specialty: str = AUTOMATIC


class AskView:
    """Images by opaque id, and questions about them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def _cases(self) -> dict[str, tuple[str, str]]:
        """Case by the id of its picture; sets come and go while the site runs."""
        return {shown_id: name for name, shown_id in self._services.case_images.items()}

    def first_image(self) -> str:
        """The image that a new visitor sees; empty where there is none."""
        return next((self._services.case_images[name] for name in self._services.practice.order), "")

    def image(self, learner: str, name: str) -> ShownImage:
        """An image that this learner may see; raises BadInput."""
        if name in self._cases:
            return _of_case(name, self._case(name))
        return self._services.images.upload(learner, name)

    def upload(self, learner: str, path: Path, name: str) -> ShownImage:
        """Decode an uploaded file and keep its picture; raises BadInput (ImageRefused) or Unavailable."""
        image = decode_upload(path, name, largest_mb=self._services.settings.max_upload_mb)
        return self._services.images.add(learner, image)

    def opened(self, learner: str, image: ShownImage) -> str:
        """What to know of an upload before anything is asked, as HTML."""
        said = "".join(tag("p", text(line), class_="hint") for line in (*image.notes, W["empty"]))
        alike = tag("a", text(W["alike"]), href="/library?" + urlencode({"image": image.id}), class_="chip")
        adapter = self._services.desk.adapter_for(image.modality, image.body_part)
        return self._about(image, self._services.images.pixels(learner, image.id), adapter) + said + tag("p", alike)

    def specialties(self) -> list[tuple[str, str]]:
        """(title, value) of what can be chosen to answer; none where the policy has no adapters, or is loading."""
        names = self._services.desk.adapters
        if not names:
            return []
        return [(W["automatic"], AUTOMATIC), (W["base"], BASE), *((title_of(name), name) for name in names)]

    def held(self, specialty: str) -> str:
        """A specialty of an address, which may be an old one: what there is not (any more) is left to the image.

        While the policy loads nobody knows, and it is kept.
        """
        there = self._services.desk.state == "loading" or specialty in dict(self.specialties()).values()
        return specialty if there else AUTOMATIC

    def look(self, learner: str, name: str) -> Scene:
        """The image alone."""
        return self._scene(self.image(learner, name), [], [])

    def ask(self, learner: str, name: str, typed: str, specialty: str = AUTOMATIC) -> Answered:
        """Ask the policy about an image; every answer, also "cannot say", is shown. Raises BadInput.

        ``specialty`` is a value of :meth:`specialties`; one that there is not is left to the image, which is said.
        """
        typed = typed.strip()
        if not name:
            raise BadInput(W["no_image"])
        if not typed:
            raise BadInput(W["nothing_typed"])
        if len(typed) > LONGEST_TEXT:
            raise BadInput(W["too_long"].format(count=len(typed), most=LONGEST_TEXT))
        image = self.image(learner, name)
        pixels = self._services.images.pixels(learner, name)
        ask, chosen = partial(self._services.desk.ground, pixels, [typed], image.modality, image.body_part), specialty
        try:
            try:
                [grounding] = ask(_adapter(chosen))
            except NoAdapter:  # a tab that was opened while the policy was loaded may hold anything
                chosen = AUTOMATIC
                [grounding] = ask(_adapter(chosen))
        except Unavailable as error:
            unanswered = note(W["no_policy"].format(problem=error))
            return Answered(self._scene(image, [], []), unanswered, specialty)
        self._services.store.record_question(
            learner=learner, text=typed, status=grounding.status.value, image_digest=name
        )
        regions = [
            Shown(region, "policy", note=_note(answer)) for answer in grounding.findings for region in answer.regions
        ]
        about = self._about(image, pixels, grounding.adapter)
        if chosen != specialty:
            about = note(W["no_specialty"].format(specialty=specialty[:60])) + about
        html = self._html(grounding, image, about, automatic=chosen == AUTOMATIC)
        return Answered(self._scene(image, regions, chain_steps(grounding)), html, chosen)

    def recent(self, learner: str, most: int = 6) -> list[tuple[str, str]]:
        """(image id, text) of the learner's last different questions, each with the image that it was last asked of."""
        asked: dict[str, tuple[str, str]] = {}
        for row in self._services.store.questions(learner):
            asked.setdefault(" ".join(row.text.casefold().split()), (row.image_digest, row.text))
        return list(asked.values())[:most]

    def gallery(self, learner: str) -> list[tuple[str, str]]:
        """(image id, title) of every image to choose from: the learner's uploads, then the cases that are listed."""
        own = [(image.id, W["yours"]) for image in self._services.images.uploads(learner)]
        practice, ids = self._services.practice, self._services.case_images
        return [*own, *((ids[name], practice.case(*name).title) for name in practice.order)]

    def examples(self, learner: str, name: str) -> tuple[str, ...]:
        """Questions to try on this image: of its kind, or a few of each where nothing says what it is."""
        try:
            image = self.image(learner, name)
        except BadInput:  # no image, or one that is gone since: the page says so where it was asked for
            return ()
        kinds = [kind for kind in words_on(IMAGE_KINDS, image.modality, image.body_part) if kind in words.EXAMPLES]
        return tuple(typed for kind in kinds for typed in words.EXAMPLES[kind][: 2 if kinds[1:] else None])

    def _case(self, name: str) -> Case:
        set_id, case_id = self._cases[name]
        return self._services.practice.case_set(set_id).case(case_id)

    def _is_drawn(self, name: str) -> bool:
        return name in self._cases and self._services.practice.case_set(self._cases[name][0]).synthetic

    def _about(self, image: ShownImage, pixels: NDArray[np.uint8], adapter: str) -> str:
        """What answers of this adapter, or of the base (""), are worth on an image.

        What the policy was shown is not known while it loads, and not told of a case that is like it.
        """
        shown, title = self._services.desk.shown(adapter), title_of(adapter)
        if shown == ():
            return ""
        why = unlike(pixels, shown or (), image.modality, image.body_part, image.notes, title)
        if why:
            return note(why)
        if not shown or image.id in self._cases:
            return ""
        said = W["adapted_to" if adapter else "knows_only"].format(kinds=in_words(shown), specialty=title)
        return tag("p", text(said), class_="hint")

    def _scene(self, image: ShownImage, regions: list[Shown], steps: list[Step]) -> Scene:
        frontal = image.id in self._cases and self._case(image.id).is_frontal
        return scene(
            image.id,
            Picture(image.url, image.width, image.height, f"{image.modality or 'Image'}"),
            mode="show",
            regions=regions,
            steps=steps,
            spacing_mm=image.spacing_mm,
            orientation=image.orientation or (FRONTAL if frontal else None),
            greys=image.greys,
            keep_draft=False,
        )

    def _html(self, grounding: Grounding, image: ShownImage, about: str, automatic: bool) -> str:
        name = image.id
        parts = [tag("p", text(W["asked_as"]), ": ", tag("q", text(grounding.text)), class_="asked"), about]
        if grounding.status is Status.UNREADABLE and not grounding.findings:
            parts.append(note(grounding.message))
        parts += [_finding(answer) for answer in grounding.findings]
        parts += [
            _choices(W["also"].format(words=one.text, finding=one.finding), one.others, name)
            for one in grounding.alternatives
        ]
        parts += [
            _choices(f"“{words_}”: {W['did_you_mean']}", candidates, name) for words_, candidates in grounding.unclear
        ]
        policy = self._services.desk.info
        if grounding.findings and policy:
            seconds = sum(grounding.timing_ms.values()) / 1000
            facts = W["by"].format(
                name=policy.name, quantisation=policy.quantisation, seconds=f"{seconds:.1f}", device=policy.device
            )
            if self._services.desk.adapters:
                specialty = title_of(grounding.adapter) or W["base"]
                facts += " · " + W["by_itself" if automatic else "by_specialty"].format(specialty=specialty)
            parts.append(tag("p", text(W["ai"]), class_="hint") + tag("p", text(facts), class_="facts"))
        if self._is_drawn(name):
            parts.append(tag("p", text(W["drawn"]), class_="hint"))
        return tag("section", *parts, class_="answer", role="status")


def note(sentence: str) -> str:
    """A sentence that the learner must not miss."""
    return tag("p", text(sentence), class_="note", role="alert")


def _of_case(name: str, case: Case) -> ShownImage:
    return ShownImage(
        name,
        case.width,
        case.height,
        case.modality,
        case.spacing_mm,
        body_part=known_body_part(case.body_part),
        greys=greys_of(case, case.place_of(case.key_picture)[0]),
    )


def _adapter(specialty: str) -> str | None:
    """A choice of the page as a grounder takes it."""
    return None if specialty == AUTOMATIC else "" if specialty == BASE else specialty


def _finding(answer: FindingAnswer) -> str:
    state = "unknown" if answer.present is None else "present" if answer.present else "absent"
    confidence = max((region.confidence or 0.0 for region in answer.regions), default=answer.confidence)
    sure = "" if confidence is None or answer.present is None else f"{in_percent(confidence)} {W['confidence']}"
    sides = [region.side for region in answer.regions if region.side]
    name = said(answer.finding, _common_side(sides) or answer.side)
    head = tag("span", text(name), class_="name") + tag("span", text(W[state]), class_="state")
    body = tag("p", text(answer.note), class_="hint") if answer.note else ""
    return tag("div", head, tag("span", text(sure), class_="sure"), body, class_=f"finding {state}")


def _common_side(sides: list[Side]) -> Side | None:
    unique = set(sides)
    if not unique:
        return None
    return unique.pop() if len(unique) == 1 else Side.BILATERAL


def _choices(said_before: str, candidates: tuple[str, ...], image: str) -> str:
    """Findings to ask about with one click; nothing where there are none."""
    if not candidates:
        return ""
    links = "".join(
        tag("a", text(name), class_="chip", href="/?" + urlencode({"image": image, "q": name})) for name in candidates
    )
    return tag("div", tag("p", text(said_before)), tag("div", links, class_="chips"), class_="unclear")


def _note(answer: FindingAnswer) -> str:
    return answer.note or W["ai"]


def chain_steps(grounding: Grounding) -> list[Step]:
    """The chain as the policy wrote it, then what it found."""
    looked = [
        Step(step.label, step.box, f"{STEP_CAPTIONS[min(number, len(STEP_CAPTIONS) - 1)]}: {step.label}")
        for number, step in enumerate(grounding.chain)
    ]
    found = [Step(region.called, region.box, f"Found: {region.called}") for region in grounding.regions]
    return [*looked, *found] if looked else []
