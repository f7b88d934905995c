"""``span`` are the characters of the original text, whatever was put right on the way."""

import pytest

from ssg.vocabulary import read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a small left effusion.", ["effusion"]),
        ("fracture of the left clavicle", ["fracture of the left clavicle"]),
        ("the heart is mildly enlarged", ["heart is mildly enlarged"]),
        ("plural efusion on the left", ["plural efusion"]),
        ("pneumo thorax", ["pneumo thorax"]),
        ("RLL pneumonia", ["pneumonia"]),
        ("😀 Œdème? effusion", ["Œdème", "effusion"]),
        ("ＥＦＦＵＳＩＯＮ", ["ＥＦＦＵＳＩＯＮ"]),
        ("heart size within normal limits", ["heart size within normal limits"]),
        ("rib and clavicle fractures", ["rib and clavicle fractures", "clavicle fractures"]),
        ("no effusion\nor pneumothorax", ["effusion", "pneumothorax"]),
    ],
)
def test_span_is_what_the_text_says(text: str, said: list[str]) -> None:
    assert [text[slice(*statement.span)] for statement in read(text).statements] == said
