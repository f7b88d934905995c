"""Hypothesis strategies for references and answers on one image."""

from hypothesis import strategies as st

from ssg.boxes import Box
from ssg.reward import Answer, ReaderAnswer, Reference, Region
from ssg.vocabulary import Side

WIDTH, HEIGHT = 1000, 800
NAMES = ("cardiomegaly", "pleural effusion", "pneumothorax", "consolidation", "nodule", "mass", "atelectasis")


@st.composite
def boxes(draw):
    w, h = draw(st.floats(10, 400)), draw(st.floats(10, 300))
    x, y = draw(st.floats(0, WIDTH - w)), draw(st.floats(0, HEIGHT - h))
    return Box(x, y, x + w, y + h)


sides = st.sampled_from([None, Side.LEFT, Side.RIGHT])
regions = st.builds(Region, st.sampled_from(NAMES), boxes(), sides)


@st.composite
def answers(draw, most=4):
    marked = tuple(draw(st.lists(regions, max_size=most)))
    free = [name for name in NAMES if name not in {region.finding for region in marked}]
    absent = tuple(draw(st.lists(st.sampled_from(free), unique=True, max_size=3))) if free else ()
    return Answer(marked, absent)


@st.composite
def readers(draw, least=1):
    marked = tuple(draw(st.lists(regions, min_size=least, max_size=4)))
    free = [name for name in NAMES if name not in {region.finding for region in marked}]
    absent = tuple(draw(st.lists(st.sampled_from(free), unique=True, max_size=3))) if free else ()
    return marked, absent


@st.composite
def references(draw, least=1):
    count = draw(st.integers(1, 3))
    made = [draw(readers(least)) for _ in range(count)]
    readers_of = tuple(ReaderAnswer(marked, absent, id=f"r{i}") for i, (marked, absent) in enumerate(made))
    return Reference(WIDTH, HEIGHT, readers_of)


@st.composite
def questions(draw):
    """A reference whose question leaves out some of what is marked."""
    reference = draw(references())
    named = sorted({region.finding for reader in reference.readers for region in reader.regions})
    asked = draw(st.lists(st.sampled_from(named), unique=True, min_size=1))
    return Reference(WIDTH, HEIGHT, reference.readers, tuple(asked))
