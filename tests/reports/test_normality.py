"""Which sentences call the whole examination normal, and which only a part of it."""

from __future__ import annotations

import pytest

from ssg.reports import parse

WHOLE = [
    "Normal.", "NAD", "Clear chest", "Unremarkable examination", "The chest is normal.", "Normal chest radiograph.",
    "Normal PA and lateral chest radiograph.", "This is a normal chest x-ray.", "CXR normal.", "Chest x-ray: normal.",
    "Chest: Normal.", "CHEST\nNormal.", "IMPRESSION: Normal.", "Essentially normal study.", "Normal chest for age.",
    "Chest is within normal limits.", "Within normal limits.", "Everything is normal.", "Negative chest.",
    "No abnormality.", "No abnormality detected", "No focal abnormality.", "No acute findings", "No acute disease",
    "No acute cardiopulmonary process.", "No evidence of active disease.", "Nothing abnormal detected.",
    "No radiographic evidence of acute cardiopulmonary disease.", "Negative for acute cardiopulmonary abnormality.",
    "There is no acute abnormality in the chest.", "The chest radiograph shows no acute abnormality.",
    "Looks normal.", "I see no abnormality.", "Everything looks fine.", "Nothing to report.",
    "Chest radiograph without acute abnormality.", "No acute cardiac or pulmonary process.",
]  # fmt: skip
PART = [
    "The heart is normal.", "Heart: normal.", "Heart. Normal.", "Heart within normal limits.", "HEART\nNormal.",
    "LUNGS: Clear.", "Heart: Enlarged. Otherwise normal.", "Normal abdomen.", "Normal chest wall.",
    "Otherwise, the lungs are clear.", "The lungs are hyperinflated but otherwise clear.",
    "No acute bony abnormality.", "No acute intracranial abnormality.", "No abnormality of the heart.",
    "The osseous structures of the thorax are without acute abnormality.", "Negative for pneumothorax.",
    "The remainder of the lungs is clear.", "Normal appearance and position of the tube.",
]  # fmt: skip
OPEN = [
    "Not normal.", "The chest is not normal.", "The chest is not entirely normal.", "Abnormal chest.",
    "Normal variant.", "Normal post-operative appearance.", "Probably normal.", "Normal?", "Is the chest normal?",
    "Nearly normal chest.", "Findings compatible with a normal chest.", "The previous chest radiograph was normal.",
    "No new abnormality.",
]  # fmt: skip
REST = [
    "Left effusion. Otherwise normal.", "Left effusion, otherwise unremarkable.", "Left effusion. Otherwise, clear.",
    "Left effusion - otherwise normal.", "Left effusion in an otherwise normal chest.",
    "Left effusion. The rest of the examination is unremarkable.", "Normal chest apart from a left effusion.",
    "Apart from a left effusion the chest is normal.", "Left effusion without acute abnormality.",
]  # fmt: skip


@pytest.mark.parametrize("text", WHOLE)
def test_a_normal_report_is_no_statement_and_no_riddle(text: str) -> None:
    report = parse(text, "chest x-ray")
    assert report.normal == (0,)
    assert not report.statements and not report.notes


@pytest.mark.parametrize("text", PART + OPEN)
def test_a_part_or_a_doubt_is_not_the_whole(text: str) -> None:
    assert parse(text, "chest x-ray").normal == ()


@pytest.mark.parametrize("text", REST)
def test_the_rest_is_normal_beside_what_is_named(text: str) -> None:
    report = parse(text, "chest x-ray")
    assert [(one.finding, one.presence) for one in report.statements] == [("pleural effusion", "present")]
    assert report.normal == (len(report.sentences) - 1,)


def test_no_other_abnormality_is_the_rest() -> None:
    report = parse("Left effusion. No other abnormality.", "chest x-ray")
    assert report.normal == (1,)
    assert ("left", "absent") not in [(one.side, one.presence) for one in report.statements]


def test_what_was_examined_decides_what_is_the_whole() -> None:
    assert parse("The brain is normal.", "brain mr").normal and not parse("The brain is normal.", "chest ct").normal
    assert parse("No acute intracranial abnormality.", ("brain mr",)).normal
    assert parse("Normal brain MRI.").normal == (0,)


def test_json_names_the_sentences() -> None:
    assert parse("Left effusion. Otherwise normal.").to_json()["normal"] == ["Otherwise normal."]
