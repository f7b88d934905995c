"""What the page on the judgement shows and takes in, as plain values and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ssg.errors import BadInput
from ssg.reward import Answer, Rubric
from ssg.teaching.seeing import judged as judged_with_image
from ssg.web import feedback, words
from ssg.web.demonstrations import SEEDS, Demonstration, demonstration
from ssg.web.encoder_desk import EncoderDesk
from ssg.web.html import tag, text
from ssg.web.viewer import FRONTAL, Picture, Scene, Shown, named_only, read_drawn, scene

W = words.JUDGING
NAMES = tuple(SEEDS)


def opened(name: str) -> Scene:
    """An example with what is there, and with boxes to move that begin a little off."""
    shown = demonstration(name)
    picture = Picture(picture_url(name), int(shown.reference.width), int(shown.reference.height), W["alt"])
    return scene(
        _scene_id(name),
        picture,
        labels=shown.question,
        regions=[Shown(region, "reader") for region in shown.marked],
        drawn=shown.beginning,
        spacing_mm=shown.reference.spacing_mm,
        orientation=FRONTAL,
        keep_draft=False,
    )


def picture_url(name: str) -> str:
    """Where an example's picture is served."""
    return f"/media/example-{NAMES.index(name)}.png"


def picture_of(number: int) -> bytes:
    """The PNG of an example by its number; raises BadInput for another number."""
    if not 0 <= number < len(NAMES):
        raise BadInput("There is no such example.")
    return demonstration(NAMES[number]).png


def judged(name: str, value: Any, absent: Sequence[str], rubric: Rubric, encoder: EncoderDesk) -> str:
    """The judgement of what is drawn and ticked now, as HTML. Raises BadInput where it cannot be read."""
    shown = demonstration(name)
    width, height = shown.reference.width, shown.reference.height
    regions = read_drawn(named_only(value), _scene_id(name), int(width), int(height), shown.question)
    return html(shown, Answer(regions, tuple(one for one in absent if one in shown.question)), rubric, encoder)


def html(shown: Demonstration, answer: Answer, rubric: Rubric, encoder: EncoderDesk) -> str:
    """The judgement of an answer: the total, its verdict and the components."""
    breakdown = judged_with_image(
        shown.reference, answer, rubric, lambda: encoder.look(lambda: shown.pixels, "DX", patience_s=0)
    ).to_json()
    said = [row["why"] for key in ("matches", "missed", "extra") for row in breakdown[key]]
    rows = "".join(tag("li", text(words)) for words in dict.fromkeys(said))
    return tag(
        "section",
        tag("h2", text(W["judged"])),
        feedback.mark(breakdown, str(breakdown["note"])),
        feedback.components(breakdown, rubric),
        tag("h3", text(W["regions"])) + tag("ul", rows, class_="teaching") if rows else "",
        class_="feedback",
        attributes={"aria-label": W["title"]},
    )


def _scene_id(name: str) -> str:
    return f"judging/{name}"
