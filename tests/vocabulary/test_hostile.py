"""Hostile text is text: read within bounds, never an error but BadInput, never a statement out of other words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssg.errors import BadInput
from ssg.vocabulary import Reading, read, vocabulary
from ssg.vocabulary.forms import words_table
from ssg.vocabulary.reading import MOST_CHARACTERS, MOST_UNCLEAR

SENTENCE = "The heart is enlarged, no left effusion or pneumothorax; calcified and tortuous aorta. "
LONG = {
    "a report": SENTENCE,
    "one word": "lung ",
    "a list": "rib fracture and clavicle fracture, ",
    "a list without findings": "heart and aorta and lungs and ",
    "no stop": "heart enlarged lungs clear calcified aorta tortuous rib fracture left pneumothorax no ",
    "only sides": "left right ",
    "only denials": "no ",
    "one letter": "a",
    "unknown words": "zqjxk wvvqz pnuemothorix kardiomegalx ",
    "letters of many parts": "ﷺ",
    "emoji": "😀",
    "lines": "\n",
    "stops": ".?!",
    "brackets": "(((",
}
WORDS = [
    "effusion", "left", "right", "no", "not", "and", "or", ",", ".", "?", "(", ")", "heart", "enlarged", "is",
    "possible",
    "history of", "bilateral", "on the", "lung", "clear", "fracture", "of", "rib", "but", "collapsed", "with", "seen",
    "versus", "normal", "pnuemothorax", "L>R", "\n", "calcified", "aorta", "<b>", "none", "small", "one",
    "except", "other", "Rt.", "also", ":", "...", "there is", "nodule", "has resolved",
]  # fmt: skip


def check(text: str, reading: Reading) -> None:
    for statement in reading.statements:
        first, last = statement.span
        assert 0 <= first < last <= len(text)
        assert statement.finding in vocabulary()
        assert all(name in vocabulary() for name in statement.others)
        if not vocabulary().get(statement.finding).has_sides:
            assert statement.side is None
    keys = [(one.finding, one.side, one.presence) for one in reading.statements]
    assert len(keys) == len(set(keys))
    assert len(reading.unclear) <= MOST_UNCLEAR
    assert all(part.text and part.text in text and part.why for part in reading.unclear)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text: str) -> None:
    check(text, read(text))


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@settings(max_examples=400, deadline=None)
def test_any_order_of_findings_and_cues_is_read(text: str) -> None:
    check(text, read(text))


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=25).map(" ".join), st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_modality_is_taken(text: str, modality: str) -> None:
    check(text, read(text, modality))


@pytest.mark.parametrize("part", LONG.values(), ids=LONG.keys())
def test_a_long_text_is_answered_in_time(part: str) -> None:
    text = (part * MOST_CHARACTERS)[:MOST_CHARACTERS]
    read("effusion")
    took = []
    for _ in range(3):
        begin = time.process_time()
        check(text, read(text))
        took.append(time.process_time() - begin)
    assert min(took) < 0.1


def test_a_text_that_is_too_long_is_refused_with_a_remedy() -> None:
    with pytest.raises(BadInput, match=r"10,001 characters.*parts"):
        read("a" * (MOST_CHARACTERS + 1))


def test_a_short_question_is_answered_within_a_millisecond() -> None:
    question = "is there fluid on the left?"
    read(question)
    begin = time.process_time()
    for _ in range(50):
        read(question)
    assert (time.process_time() - begin) / 50 < 1e-3


@pytest.mark.parametrize("section", ["people", "small", "verbs", "describing", "computing", "look_alike"])
def test_plain_words_are_neither_findings_nor_unclear(section: str) -> None:
    """Whole lists as one text, so that neighbors are tried as well; words of the vocabulary itself are left out."""
    also = {"base", "bases", "neck", "foot", "t1", "t2", "water", "air", "gas", "blood", "ms", "lead", "secondary",
            "fluid-like", "soft-tissue", "heart-felt", "lungs-like", "lost", "lose", "left"}  # fmt: skip
    for word in words_table()["plain"][section].split():
        if word not in also:
            assert read(word) == Reading(), word


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00", "\u200b", "?", "...", "()", "<>", "-", "¿", "‮", "\ud800"])
def test_nothing_is_read_from_nothing(text: str) -> None:
    assert read(text) == Reading()
