"""How often text burned into a picture is flagged: recall by the size of its letters, and flags of pictures without.

    python -m benchmarks.burned_in [--pictures 50] [--json]

Names, dates and numbers are drawn into phantoms of all modalities in the ways of scanners: small and large, white, grey
or black, in a corner or over the anatomy. A picture is flagged where any text is found that overlaps what was drawn.
Phantoms bear technical lines of their own ("AX", "SUPINE"), which are text too: pictures without a name are flagged
mostly for those.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ssg.boxes import Box
from ssg.imaging import text_in
from ssg.phantoms import draw

KINDS = ("chest-xray", "chest-ct", "brain-mr")
LINES = (
    "DOE^JANE",
    "Miller, Ann 12.03.1961",
    "ID 4711-0815",
    "1987-11-02 14:35",
    "St. Mary's Hospital",
    "ACC 20210402",
)
SIZES = (9, 12, 16, 24, 36)
INKS = (255, 200, 160)


def drawn(grey: NDArray[np.uint8], rng: random.Random) -> tuple[NDArray[np.uint8], Box, int]:
    """A picture with one line of text drawn on it, where it stands, and the size of its letters in pixels."""
    words, size, ink = rng.choice(LINES), rng.choice(SIZES), rng.choice(INKS)
    picture = Image.fromarray(grey)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size)
    left, top, right, bottom = pen.textbbox((0, 0), words, font=font)
    width, height = right - left, bottom - top
    x = rng.choice((4, grey.shape[1] - width - 4, rng.randrange(4, max(5, grey.shape[1] - int(width) - 4))))
    y = rng.choice((4, grey.shape[0] - height - 6, rng.randrange(4, max(5, grey.shape[0] - int(height) - 6))))
    under = np.asarray(picture)[int(y) : int(y + height), max(int(x), 0) : int(x + width)]
    if abs(ink - float(under.mean())) < 60:  # nobody could read it
        ink = 0 if under.mean() > 127 else 255
    pen.text((x - left, y - top), words, font=font, fill=ink)
    return np.asarray(picture), Box(max(x, 0), y, min(x + width, grey.shape[1]), min(y + height, grey.shape[0])), size


def measured(pictures: int, seed: int = 0) -> dict[str, Any]:
    """The figures over so many pictures with text, and as many without."""
    rng = random.Random(seed)
    found: dict[int, list[bool]] = {size: [] for size in SIZES}
    alarms, seconds = 0, []
    for number in range(pictures):
        grey = draw(KINDS[number % len(KINDS)], 90_000 + number, size=512).pixels
        alarms += bool(text_in(grey))
        with_text, box, size = drawn(grey, rng)
        begin = time.perf_counter()
        lines = text_in(with_text)
        seconds.append(time.perf_counter() - begin)
        found[size].append(any(_overlaps(one.box, box) for one in lines))
    flagged = [one for many in found.values() for one in many]
    return {
        "pictures": pictures,
        "recall": round(float(np.mean(flagged)), 3),
        "recall_by_size": {size: round(float(np.mean(many)), 3) for size, many in found.items() if many},
        "flagged_without": round(alarms / pictures, 3),
        "seconds_a_picture": round(float(np.median(seconds)), 2),
    }


def _overlaps(a: Box, b: Box) -> bool:
    return min(a.x1, b.x1) > max(a.x0, b.x0) and min(a.y1, b.y1) > max(a.y0, b.y0)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=50)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    row = measured(arguments.pictures)
    if arguments.json:
        print(json.dumps(row, indent=2))
        return
    print(f"recall of the flag  {row['recall']:.3f} of {row['pictures']} pictures with text")
    for size, share in row["recall_by_size"].items():
        print(f"  letters of {size:2} px  {share:.3f}")
    print(f"flagged without     {row['flagged_without']:.3f} of as many as they are drawn")
    print(f"time                {row['seconds_a_picture']} s a picture of 512 x 512")


if __name__ == "__main__":
    main()
