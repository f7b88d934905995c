"""The measure of the report parser: what its codes mean, and the bar over the reports that were developed on."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.report_codes import GROUPS, sides_coded
from benchmarks.report_parser import CodedReport, as_figures, as_table, coded_reports, measured, reports_archive
from ssg.reports import ReportStatement, parse
from ssg.vocabulary import Presence, vocabulary

LEAST_F1 = 0.93
LEAST_SIDE_ACCURACY = 0.95

needs_reports = pytest.mark.skipif(
    reports_archive() is None,
    reason="the coded reports are in torchxrayvision: pip install --no-deps torchxrayvision",
)


def statements(text: str) -> list[tuple[ReportStatement, str]]:
    return [(one, text[slice(*one.span)]) for one in parse(text, "chest x-ray").statements]


def groups_said(text: str) -> set[str]:
    return {name for name, group in GROUPS.items() if any(group.is_said(*one) for one in statements(text))}


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ("Cardiomegaly/mild", {"cardiomegaly"}),
        ("Cardiac Shadow/enlarged/borderline", {"cardiomegaly"}),
        ("Cardiac Shadow/right/prominent", set()),
        ("Pleural Effusion/left/small", {"pleural effusion"}),
        ("Hydropneumothorax/left", {"pleural effusion", "pneumothorax"}),
        ("Pulmonary Atelectasis/base/left", {"atelectasis"}),
        ("Opacity/lung/base/left", {"opacity"}),
        ("Opacity/lung/upper lobe/right/round", {"nodule or mass"}),
        ("Nodule/lung/base/right", {"nodule or mass"}),
        ("Calcified Granuloma/lung/left", {"calcified granuloma"}),
        ("Calcinosis/lung/hilum/left", set()),
        ("Deformity/ribs/right/chronic", {"fracture"}),
        ("Thoracic Vertebrae/degenerative/mild", {"degenerative spine"}),
        ("Surgical Instruments/mediastinum", set()),
        ("normal", set()),
    ],
)
def test_a_code_belongs_to_its_groups(code: str, groups: set[str]) -> None:
    assert {name for name, group in GROUPS.items() if group.is_coded(code)} == groups


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("The heart is enlarged.", {"cardiomegaly"}),
        ("Small left effusion.", {"pleural effusion"}),
        ("Nodular opacity in the right lung.", {"nodule or mass"}),
        ("Patchy opacity at the left base.", {"opacity"}),
        ("Calcified granuloma.", {"calcified granuloma"}),
        ("Mediastinal mass.", {"nodule or mass"}),
        ("Hyperinflated lungs.", set()),
        ("Old rib fracture.", {"fracture"}),
        ("Median sternotomy wires.", set()),
        ("Right PICC line.", {"tubes and devices"}),
    ],
)
def test_a_statement_belongs_to_its_groups(text: str, groups: set[str]) -> None:
    assert groups_said(text) == groups


def test_groups_name_findings_of_the_vocabulary() -> None:
    for group in GROUPS.values():
        assert all(name in vocabulary() for name in (*group.findings, *group.without, *group.exact))
        assert set(group.word_groups) <= {finding.group for finding in vocabulary()}


@pytest.mark.parametrize(
    ("codes", "sides"),
    [
        (["Pleural Effusion/left/small"], {"left"}),
        (["Opacity/lung/base/bilateral"], {"left", "right"}),
        (["Nodule/lung/left", "Nodule/lung/right"], {"left", "right"}),
        (["Pneumothorax"], set()),
    ],
)
def test_sides_of_codes(codes: list[str], sides: set[str]) -> None:
    assert sides_coded(codes) == sides


def test_each_report_counts_once_for_each_finding() -> None:
    reports = [
        CodedReport(1, "FINDINGS: Left effusion.", ("Pleural Effusion/left",)),
        CodedReport(3, "FINDINGS: Right effusion. Small right effusion.", ("Pleural Effusion/left",)),
        CodedReport(5, "FINDINGS: No effusion.", ("Pleural Effusion/right",)),
        CodedReport(7, "FINDINGS: Possible effusion.", ("normal",)),
        CodedReport(9, "FINDINGS: Effusion.", ("normal",)),
    ]
    tallies, count = measured(iter(reports))
    tally = tallies["pleural effusion"]
    assert (count, tally.right, tally.missed, tally.invented) == (5, 2, [5], [9])
    assert (tally.sides[True], tally.sides[False]) == (1, 1)
    figures = as_figures(tallies, count)
    assert figures["by_finding"]["pleural effusion"] == {
        "precision": 0.6667,
        "recall": 0.6667,
        "f1": 0.6667,
        "coded": 3,
        "side": {"named": 2, "right": 1, "accuracy": 0.5},
    }
    assert figures["by_finding"]["scoliosis"]["f1"] is None
    assert "| pleural effusion | 3 | 0.667 | 0.667 | 0.667 | 0.500 |" in as_table(figures)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    archive = reports_archive()
    assert archive is not None
    return as_figures(*measured(coded_reports(archive, is_even=False)))


@needs_reports
def test_findings_of_real_reports_are_read_as_experts_coded_them(figures: dict[str, Any]) -> None:
    assert figures["reports"] > 1_900
    assert figures["micro"]["f1"] >= LEAST_F1
    assert set(figures["by_finding"]) == set(GROUPS)
    assert [name for name, row in figures["by_finding"].items() if row["f1"] < 0.8] == []


@needs_reports
def test_sides_of_real_reports_are_read_as_experts_coded_them(figures: dict[str, Any]) -> None:
    assert figures["side"]["named"] > 400
    assert figures["side"]["accuracy"] >= LEAST_SIDE_ACCURACY


@needs_reports
def test_only_odd_reports_are_measured_unless_asked() -> None:
    archive = reports_archive()
    assert archive is not None
    assert all(report.number % 2 == 1 for report in coded_reports(archive, is_even=False))


def test_what_is_hedged_does_not_count() -> None:
    assert all(one.presence is Presence.UNCERTAIN for one, _ in statements("Possible pneumonia."))
    tallies, _ = measured(iter([CodedReport(1, "FINDINGS: Possible pneumonia.", ("normal",))]))
    assert tallies["consolidation or airspace disease"].invented == []
