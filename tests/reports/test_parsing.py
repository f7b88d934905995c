"""A report in free text is cut into its sentences, and each keeps what it says and where."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssg.errors import BadInput
from ssg.reports import ParsedReport, parse
from ssg.reports.layout import untagged
from ssg.reports.parsing import EMPTY, LONGEST_REPORT, NOT_ENGLISH, NOTHING_READ, UNSEEN_ONLY
from ssg.vocabulary import Presence, Side, read, vocabulary

REPORT = """CLINICAL HISTORY: Fever, question pneumonia.
TECHNIQUE: PA and lateral chest.

FINDINGS: The heart is enlarged. There is a small left pleural effusion, larger than before. No pneumothorax.

IMPRESSION:
1. Cardiomegaly.
2. Small left effusion, possible atelectasis.
"""
WORDS = [
    "FINDINGS:", "Impression", "INDICATION:", "Heart:", "\n", "\r\n", "\n\n", "1.", "- ", "<b>", "</b>", "&nbsp;", "**",
    "no", "left", "effusion", "nodule", ".", "?", "the heart is enlarged", "possible", ",", "\x00", "😀", "LUNGS\n",
]  # fmt: skip


def said(report: ParsedReport) -> list[tuple[str, str | None, str]]:
    return [(one.finding, one.side and one.side.value, one.presence.value) for one in report.statements]


def check(text: str, report: ParsedReport) -> None:
    """What holds of every report."""
    ends = [sentence.span for sentence in report.sentences]
    assert all(0 <= first < last <= len(text) for first, last in ends)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(ends))
    for sentence in report.sentences:
        assert sentence.text == " ".join(untagged(text)[slice(*sentence.span)].split())
    for one in report.statements:
        first, last = report.sentences[one.sentence].span
        assert first <= one.span[0] < one.span[1] <= last
        assert one.finding in vocabulary()
    assert [one.sentence for one in report.statements] == sorted(one.sentence for one in report.statements)
    assert report.statements or report.notes or report.normal
    assert all(0 <= number < len(report.sentences) for number in report.normal)


def test_a_whole_report() -> None:
    report = parse(REPORT, "chest x-ray")
    check(REPORT, report)
    assert said(report) == [
        ("cardiomegaly", None, "present"),
        ("pleural effusion", "left", "present"),
        ("pneumothorax", None, "absent"),
        ("cardiomegaly", None, "present"),
        ("pleural effusion", "left", "present"),
        ("atelectasis", None, "uncertain"),
    ]
    assert [sentence.section for sentence in report.sentences] == ["FINDINGS"] * 3 + ["IMPRESSION"] * 2
    assert [sentence.text for sentence in report.sentences][-2:] == [
        "Cardiomegaly.",
        "Small left effusion, possible atelectasis.",
    ]
    assert report.notes == ()


def test_json_is_that_of_the_contract() -> None:
    (row,) = parse("No left effusion.").to_json()["statements"]
    assert {name: row[name] for name in ("sentence", "finding", "side", "presence", "span")} == {
        "sentence": "No left effusion.",
        "finding": "pleural effusion",
        "side": "left",
        "presence": "absent",
        "span": [8, 16],
    }


def test_statements_of_one_sentence() -> None:
    report = parse("The heart is enlarged. Left effusion and right nodule.")
    assert [one.finding for one in report.of(0)] == ["cardiomegaly"]
    assert [(one.finding, one.side) for one in report.of(1)] == [
        ("pleural effusion", Side.LEFT),
        ("nodule", Side.RIGHT),
    ]


def test_what_two_sentences_say_is_kept_of_both() -> None:
    report = parse("Small left effusion. No pneumothorax. Small left effusion.")
    assert [(one.sentence, one.finding) for one in report.statements] == [
        (0, "pleural effusion"),
        (1, "pneumothorax"),
        (2, "pleural effusion"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "INDICATION: pneumonia. FINDINGS: The heart is enlarged.",
        "INDICATION: pneumonia? FINDINGS: The heart is enlarged.",
        "INDICATION: pneumonia FINDINGS: The heart is enlarged.",
        "Indication: pneumonia. Findings: The heart is enlarged.",
        "INDICATION\npneumonia\nFINDINGS\nThe heart is enlarged.",
        "Indication\npneumonia\nFindings\nThe heart is enlarged.",
        "INDICATION - pneumonia.\nFINDINGS - The heart is enlarged.",
        "## Indication\npneumonia\n\n## Findings\nThe heart is enlarged.",
        "**Indication:** pneumonia.\n\n**Findings:** The heart is enlarged.",
        "<h2>Indication</h2><p>pneumonia</p><h2>Findings</h2><p>The heart is enlarged.</p>",
        "INDICATION:\r\npneumonia\r\n\r\nFINDINGS:\r\nThe heart is enlarged.\r\n",
        "History: pneumonia.\n\nThe heart is enlarged.",
        "INDICATION:\n\npneumonia\n\nThe heart is enlarged.",
    ],
)
def test_what_stands_under_the_indication_is_not_what_is_seen(text: str) -> None:
    report = parse(text, "chest x-ray")
    check(text, report)
    assert said(report) == [("cardiomegaly", None, "present")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Heart: enlarged.", [("cardiomegaly", None, "present")]),
        ("HEART:\nEnlarged.", [("cardiomegaly", None, "present")]),
        ("Heart\n\nEnlarged.", [("cardiomegaly", None, "present")]),
        ("FINDINGS: Lungs: clear. Heart: enlarged.",
         [("lung opacity", None, "absent"), ("cardiomegaly", None, "present")]),
        ("Lungs and pleura: No consolidation. Small left effusion.",
         [("consolidation", None, "absent"), ("pleural effusion", "left", "present")]),
        ("CHEST\n\nFINDINGS: No effusion.", [("pleural effusion", None, "absent")]),
    ],
)  # fmt: skip
def test_an_organ_at_the_head_is_a_word_of_what_it_heads(
    text: str, expected: list[tuple[str, str | None, str]]
) -> None:
    report = parse(text, "chest x-ray")
    check(text, report)
    assert said(report) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>No <b>left</b> effusion.</p>", [("pleural effusion", "left", "absent")]),
        ("No&nbsp;left&nbsp;effusion", [("pleural effusion", "left", "absent")]),
        ("small *left* effusion<br>no `nodule`",
         [("pleural effusion", "left", "present"), ("nodule", None, "absent")]),
        ("<script>alert('pneumothorax')</script>Left effusion.", [("pleural effusion", "left", "present")]),
        ("nodule < 5 mm, effusion > 2 cm", [("nodule", None, "present"), ("pleural effusion", None, "present")]),
    ],
)  # fmt: skip
def test_markup_is_read_over(text: str, expected: list[tuple[str, str | None, str]]) -> None:
    report = parse(text, "chest x-ray")
    check(text, report)
    assert said(report) == expected


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("<b>Right</b> effusion", ["Right effusion"]),
        ("<p>Left effusion.</p><p>No nodule.</p>", ["Left effusion.", "No nodule."]),
        ("${7*7} {{x}}", ["${7*7} {{x}}"]),
        ("Effusion ${7*7} {{x}}. Nodule!", ["Effusion ${7*7} {{x}}.", "Nodule!"]),
        ("Effusion (left). (Small nodule.) No mass.", ["Effusion (left).", "(Small nodule.)", "No mass."]),
        ("**Left** effusion.\n- *Small* nodule", ["**Left** effusion.", "*Small* nodule"]),
        ("“Left effusion.” ?nodule", ["“Left effusion.”", "?nodule"]),
    ],
)
def test_a_sentence_is_quoted_whole_as_it_was_written_without_tags(text: str, sentences: list[str]) -> None:
    report = parse(text)
    check(text, report)
    assert [sentence.text for sentence in report.sentences] == sentences


@pytest.mark.parametrize("mark", ["1. ", "1) ", "- ", "• ", "* "])
def test_a_list_is_one_sentence_for_each_line(mark: str) -> None:
    text = "\n".join(mark + line for line in ("Cardiomegaly", "Left effusion", "No pneumothorax"))
    report = parse(text)
    check(text, report)
    assert [sentence.text for sentence in report.sentences] == ["Cardiomegaly", "Left effusion", "No pneumothorax"]
    assert [one.presence for one in report.statements] == [Presence.PRESENT, Presence.PRESENT, Presence.ABSENT]


@pytest.mark.parametrize(
    "text",
    [
        "\x00effusion\x00 on the left",
        "😀😀 left effusion 😀",
        "تضخم القلب: left effusion \u202e",
        "\ufeffleft effusion",
        "\ud800 left effusion",
        "left\r\neffusion",
        "left\u00a0effusion",
        "ＬＥＦＴ ＥＦＦＵＳＩＯＮ",
    ],
    ids=ascii,
)
def test_odd_letters_hide_nothing(text: str) -> None:
    report = parse(text)
    check(text, report)
    assert [one.finding for one in report.statements] == ["pleural effusion"]
    assert "\0" not in report.sentences[0].text


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", EMPTY),
        (" \n\t", EMPTY),
        ("...", NOTHING_READ),
        ("hello", NOTHING_READ),
        ("Keine Pleuraergüsse. Das Herz ist normal groß und die Lunge ist frei von Infiltraten.", NOT_ENGLISH),
        ("Le coeur est de taille normale. Pas de foyer de condensation ni de pleurésie visible.", NOT_ENGLISH),
        ("胸部に異常なし。", NOT_ENGLISH),
        ("القلب طبيعي", NOT_ENGLISH),
        ("TECHNIQUE: PA view. INDICATION: pneumonia.", UNSEEN_ONLY),
    ],
    ids=lambda value: ascii(value[:20]),
)
def test_a_text_that_says_nothing_is_told_why(text: str, note: str) -> None:
    report = parse(text)
    assert report.statements == ()
    assert report.notes == (note,)


def test_one_word_is_a_report() -> None:
    assert said(parse("nodule")) == [("nodule", None, "present")]


def test_a_report_of_100_kilobytes_is_read_whole_and_in_time() -> None:
    line = "The heart is enlarged, no left effusion. Small right nodule seen.\n"
    text = (line * 2000)[:100_000]
    begin = time.process_time()
    report = parse(text, "chest x-ray")
    assert time.process_time() - begin < 20
    check(text, report)
    assert len(report.statements) >= 3 * (len(text) // len(line))


@pytest.mark.parametrize("part", ["<script>", "INDICATION: a\n\n", "Heart:", "AB CD EF ", "*", "&a", "<a ", "A-", "\n"])
def test_no_text_takes_long(part: str) -> None:
    text = (part * 100_000)[:100_000]
    begin = time.process_time()
    parse(text)
    assert time.process_time() - begin < 20


def test_a_report_that_is_too_long_is_refused_with_a_remedy() -> None:
    parse(" " * LONGEST_REPORT)
    with pytest.raises(BadInput, match=r"200,001 characters; at most 200,000 are read: shorten it"):
        parse("a" * (LONGEST_REPORT + 1))


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read(text: str) -> None:
    check(text, parse(text))


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=40).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_order_of_headings_marks_and_findings_is_read(text: str) -> None:
    check(text, parse(text, "chest x-ray"))


@pytest.mark.parametrize("text", ["No lines or tubes.", "Tubes or lines: none.", "No support apparatus."])
def test_devices_in_general_are_denied(text):
    assert [(one.finding, one.presence.value) for one in parse(text).statements] == [("support device", "absent")]


def test_a_word_with_several_meanings_is_asked_back_and_says_nothing():
    report = parse("There is a tube. Two tubes. Left pleural effusion. Metastatic disease.", "chest x-ray")
    assert [one.finding for one in report.statements] == ["pleural effusion"]
    assert report.notes == (
        "“tube” was not understood: do you mean endotracheal tube, nasogastric tube, chest tube or tracheostomy tube?",
        "“tubes” was not understood: do you mean endotracheal tube, nasogastric tube, chest tube or tracheostomy tube?",
        "“Metastatic disease” was not understood: do you mean lung metastasis or bone metastasis?",
    )


def test_a_long_report_is_asked_back_three_times_at_most():
    report = parse(" ".join(f"A tube{'s' * number}." for number in (0, 1)) + " Lucency. Metastatic disease. Leads.")
    assert len(report.notes) == 4 and report.notes[0].startswith("No finding was read")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is there an effusion?", [("pleural effusion", None, "uncertain")]),
        ("Is there an effusion or a nodule", [("pleural effusion", None, "uncertain"), ("nodule", None, "uncertain")]),
        ("Effusion?", [("pleural effusion", None, "uncertain")]),
        ("Left effusion, nodule?", [("pleural effusion", "left", "present"), ("nodule", None, "uncertain")]),
        ("Is there an effusion? Yes.", [("pleural effusion", None, "present")]),
        ("Is there an effusion? No.", [("pleural effusion", None, "absent")]),
        ("Is there a nodule? Left effusion.", [("nodule", None, "uncertain"), ("pleural effusion", "left", "present")]),
    ],
)
def test_a_report_that_asks_leaves_it_open(text, expected):
    assert said(parse(text, "chest x-ray")) == expected


def test_who_asks_the_policy_says_what_to_look_for():
    assert [one.presence for one in read("Is there an effusion?").statements] == [Presence.PRESENT]


def test_consol_is_short_for_consolidation():
    assert said(parse("RLL consol. No consol in the left lung.", "chest x-ray")) == [
        ("consolidation", "right", "present"),
        ("consolidation", "left", "absent"),
    ]
