"""Draw an example of every relation of the reward: docs/relations.md and a small SVG for each.

.venv/bin/python -m scripts.relation_figures

Each drawing shows boxes that hold to the relation and boxes that do not; ``tests/reward/test_relation_figures.py`` has
the reward agree.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ssg.reward.explain import VERBS
from ssg.reward.relations import Ends, Relation, degrees, relations

DOCS = Path("docs")
FOLDER = Path("images", "relations")
Rectangle = tuple[float, float, float, float]

WHERE: dict[str, Rectangle] = {
    "lung": (12, 15, 44, 75),
    "hemithorax": (8, 10, 48, 82),
    "heart": (38, 48, 68, 76),
    "mediastinum": (40, 12, 62, 78),
    "aortic knob": (55, 24, 65, 35),
    "hilum": (34, 38, 46, 52),
    "costophrenic angle": (9, 68, 22, 82),
    "lung base": (12, 58, 44, 76),
    "hemidiaphragm": (12, 70, 46, 80),
    "rib": (9, 34, 44, 41),
    "clavicle": (14, 9, 46, 16),
    "spine": (45, 5, 55, 95),
    "trachea": (46, 4, 54, 24),
    "carina": (45, 23, 55, 29),
    "superior vena cava": (40, 20, 47, 46),
    "chest wall": (2, 10, 15, 85),
    "gastric bubble": (66, 76, 82, 88),
    "brain": (20, 15, 80, 85),
    "kidney": (30, 30, 56, 72),
    "pleural effusion": (12, 58, 44, 80),
    "atelectasis": (14, 46, 42, 58),
    "pulmonary edema": (12, 30, 88, 75),
    "cardiomegaly": (34, 46, 74, 78),
    "pneumothorax": (10, 14, 44, 46),
    "consolidation": (16, 50, 40, 70),
    "nodule": (24, 32, 34, 42),
    "mediastinal shift": (44, 12, 70, 78),
    "air fluid level": (12, 58, 44, 64),
    "aortic enlargement": (52, 20, 68, 40),
    "endotracheal tube": (48, 4, 52, 22),
    "central venous catheter": (41, 14, 46, 44),
    "pacemaker": (4, 18, 14, 30),
    "pacemaker lead": (52, 30, 60, 72),
    "chest tube": (10, 40, 30, 70),
    "nasogastric tube": (48, 4, 72, 84),
    "rib fracture": (28, 34, 38, 41),
    "clavicle fracture": (26, 9, 36, 16),
    "vertebral fracture": (45, 60, 55, 66),
    "scoliosis": (42, 20, 60, 70),
    "mass": (24, 50, 40, 64),
    "pneumonia": (16, 50, 40, 70),
    "infiltrate": (18, 40, 40, 60),
    "emphysema": (12, 15, 44, 45),
    "fibrosis": (12, 50, 44, 75),
    "lung cavity": (22, 24, 34, 36),
    "granuloma": (30, 28, 35, 33),
    "bulla": (16, 18, 30, 32),
    "costophrenic angle blunting": (9, 70, 20, 82),
    "hydropneumothorax": (10, 20, 46, 80),
    "tension pneumothorax": (10, 12, 46, 80),
    "pleural thickening": (9, 30, 14, 60),
    "hilar enlargement": (32, 36, 48, 54),
    "mediastinal widening": (36, 14, 66, 44),
    "pneumomediastinum": (40, 12, 46, 40),
    "hiatal hernia": (46, 66, 62, 80),
    "kerley lines": (12, 62, 20, 74),
    "heart failure": (12, 30, 88, 78),
    "pneumoperitoneum": (14, 76, 40, 82),
    "brain tumor": (50, 30, 66, 46),
    "kidney stone": (38, 46, 44, 52),
}
"""Where things lie on the sketch, in per cent of its sides; the patient's right is on its left."""

STEPS = range(-60, 61, 4)
"""How far a box is moved, until it no longer holds to its relation."""

FAILS = 0.1
"""Degree up to which an example is one of what does not hold."""

OTHER_IMAGES = ("brain", "kidney")
CHEST = (
    '<path class="lung" d="M42 16 C30 12 14 26 12 50 L11 76 L44 70 C47 50 46 30 42 16Z"/>'
    '<path class="lung" d="M58 16 C70 12 86 26 88 50 L89 78 L66 74 C60 62 56 56 56 46 C55 34 55 24 58 16Z"/>'
    '<path class="heart" d="M42 50 C50 44 58 48 64 60 C70 70 66 76 56 76 L40 74 C38 64 38 56 42 50Z"/>'
    '<path class="bone" d="M50 4 L50 96 M46 20 C36 14 22 12 12 18 M54 20 C64 14 78 12 88 18"/>'
)
STYLE = (
    "<style>.frame{fill:#0c1116}.lung{fill:#1f2a34}.heart{fill:#55626e}.bone{fill:none;stroke:#55626e;stroke-width:1.4}"
    ".a,.b{fill:none;stroke-width:1.6}.a{stroke:#ffb454}.b{stroke:#59d3e6;stroke-dasharray:3 2}"
    "text{font:5px sans-serif;fill:#dfe7ee}</style>"
)


def main() -> None:
    """Write the page and its drawings anew."""
    folder = DOCS / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for relation in relations():
        (folder / f"{file_name(relation)}.svg").write_text(drawing(relation), encoding="utf-8")
    (DOCS / "relations.md").write_text(page(), encoding="utf-8")


def page() -> str:
    """The page that lists every relation with its reason and its drawing."""
    rows = [
        f"| ![{sentence(one)}]({FOLDER.as_posix()}/{file_name(one)}.svg) | {sentence(one)} | {one.why} |"
        for one in relations()
    ]
    head = [
        "# Relations",
        "",
        f"The {len(rows)} relations of coherence ([reward.md](reward.md)), with the reason for each. In the drawings",
        "the first thing is framed in amber, the second in dashed blue; the left half holds to the relation, the right",
        "half does not. Made by `python -m scripts.relation_figures`.",
        "",
        "| | relation | why |",
        "| --- | --- | --- |",
    ]
    return "\n".join([*head, *rows]) + "\n"


def sentence(relation: Relation) -> str:
    """The relation in words."""
    side = " of its side" if relation.same_side else ""
    return f"{relation.a} {VERBS[relation.kind]} {relation.b}{side}"


def file_name(relation: Relation) -> str:
    """A name for its drawing."""
    return f"{relation.a} {relation.kind} {relation.b}".replace(" ", "-")


def drawing(relation: Relation) -> str:
    """Two sketches side by side: boxes that hold to the relation, and boxes that do not."""
    chest = "" if relation.b in OTHER_IMAGES else CHEST
    halves = []
    for at, ((a, b), word) in enumerate(zip(examples(relation), ("holds", "does not"), strict=True)):
        parts = [f'<rect class="frame" width="100" height="100"/>{chest}']
        parts += [_frame(box, name) for box, name in ((b, "b"), (a, "a")) if box]
        parts.append(f'<text x="4" y="97">{word}</text>')
        halves.append(f'<g transform="translate({at * 104} 0)">{"".join(parts)}</g>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 204 100" width="306">{STYLE}{"".join(halves)}</svg>\n'


def _frame(box: Rectangle, name: str) -> str:
    x0, y0, x1, y1 = box
    return f'<rect class="{name}" x="{x0:g}" y="{y0:g}" width="{x1 - x0:g}" height="{y1 - y0:g}"/>'


Example = tuple[Rectangle, Rectangle | None]


def examples(relation: Relation) -> tuple[Example, Example]:
    """(a, b) that hold to the relation, and (a, b) that do not; b None where it is missing."""
    a, b = WHERE[relation.a], WHERE[relation.b]
    if relation.is_presence:
        return (a, b), (a, None)
    x0, y0, x1, y1 = a
    width, height = x1 - x0, y1 - y0
    middle, middle_b = ((a[0] + a[2]) / 2, (a[1] + a[3]) / 2), ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2)
    steps = sorted(((dx, dy) for dx in STEPS for dy in STEPS), key=lambda step: abs(step[0]) + abs(step[1]))
    beyond = [
        _around((middle[0] + dx, middle[1] + dy), width * size, height * size)
        for size in (1, 0.3)  # smaller where there is no room for it elsewhere
        for dx, dy in steps
    ]
    beyond.append(_around(middle_b, 0.8 * (b[2] - b[0]), 0.8 * (b[3] - b[1])))  # in the midst of what it is apart from
    return (a, b), (next(box for box in beyond if _is_seen(box) and held(relation, (box, b)) <= FAILS), b)


def _around(middle: tuple[float, float], width: float, height: float) -> Rectangle:
    x, y = middle
    return tuple(round(v, 1) for v in (x - width / 2, y - height / 2, x + width / 2, y + height / 2))  # type: ignore[return-value]


def _is_seen(box: Rectangle) -> bool:
    return min(box) >= 0 and max(box) <= 100


def held(relation: Relation, example: Example) -> float:
    """How well an example holds to the relation, by the reward's own measure; 0 where an end is missing."""
    a, b = (_end(box) for box in example)
    found, compared = degrees(np.array([relation.kind]), np.array([relation.same_side]), a, b)
    return float(found[0, 0]) if compared[0, 0] else 0.0


def _end(box: Rectangle | None) -> Ends:
    there = np.array([[box is not None]])
    return Ends(np.array([[box or (0.0, 0.0, 1.0, 1.0)]]), there, np.zeros((1, 1), dtype=np.int64))


if __name__ == "__main__":
    main()
