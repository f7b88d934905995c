"""What a checkpoint answers, drawn on images: ``RUN/samples/*.png``, so that a person can look at what figures say.

Held-out phantoms, each asked about what is there and about something that is not. The truth is drawn in green, what is
answered in orange, the chain of boxes in thin grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ssg.boxes import Box
from ssg.grounding.grounder import Grounder
from ssg.grounding.types import FindingAnswer
from training.scene import Scene
from training.watch import held_out_scenes

TRUTH, ANSWERED, LOOKED = (60, 200, 90), (255, 150, 40), (150, 150, 150)
LEGEND = (("truth", TRUTH), ("answered", ANSWERED), ("where it looked first", LOOKED))
RIGHT, WRONG = "right:", "wrong:"
CAPTION, LARGEST = 16, 512
MOST_ASKED = 5


def write_samples(
    grounder: Grounder, folder: Path, kinds: Sequence[str], count: int, size: int, adapter: str = ""
) -> list[Path]:
    """Ask about ``count`` held-out phantoms of ``size`` pixels and draw each with its answers.

    They are those of the adapter of that name, where one is given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, scene in enumerate(held_out_scenes(tuple(kinds), count, size)):
        names = [*dict.fromkeys(name for name, _ in scene.present)][: MOST_ASKED - 1]
        names += [name for name in scene.absent if name not in names][:1]
        answers, _ = grounder.answer(scene.pixels, [(name, None) for name in names], adapter)
        path = folder / f"{number:03d}-{scene.kind}.png"
        drawn(scene, [answers[(name, None)] for name in names]).save(path)
        written.append(path)
    return written


def drawn(scene: Scene, answers: Sequence[FindingAnswer]) -> Image.Image:
    """The image with truth and answers, and a line of text for each finding below it."""
    scale = max(1, LARGEST // max(scene.pixels.shape))
    height, width = (length * scale for length in scene.pixels.shape)
    picture = Image.new("RGB", (width, height + CAPTION * (len(answers) + 1)), "black")  # the last line is the legend
    picture.paste(Image.fromarray(scene.pixels).resize((width, height)), (0, 0))
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size=CAPTION - 4)
    for row, answer in enumerate(answers):
        truth = [box for (name, _), boxes in scene.present.items() if name == answer.finding for box in boxes]
        for box in truth:
            _frame(pen, box, scale, TRUTH, 2)
        for step in answer.chain:
            _frame(pen, step.box, scale, LOOKED, 1)
        for region in answer.regions:
            _frame(pen, region.box, scale, ANSWERED, 2)
        said = "there" if answer.present else "not there" if answer.present is False else "cannot say"
        sure = f" ({answer.confidence:.2f})" if answer.confidence is not None else ""
        line = f"{answer.finding}: {said}{sure}; truth: {'there' if truth else 'not there'}"
        right = answer.present is not None and bool(truth) is answer.present
        pen.text((4, height + CAPTION * row + 2), f"{RIGHT if right else WRONG} {line}", fill="white", font=font)
    place = 4.0
    for words, colour in LEGEND:
        pen.text((place, height + CAPTION * len(answers) + 2), words, fill=colour, font=font)
        place += pen.textlength(f"{words}   ", font=font)
    return picture


def _frame(pen: ImageDraw.ImageDraw, box: Box, scale: int, colour: tuple[int, int, int], line: int) -> None:
    x0, y0, x1, y1 = np.array(list(box)) * scale
    pen.rectangle([x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)], outline=colour, width=line)
