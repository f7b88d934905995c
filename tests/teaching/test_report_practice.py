"""Reports as practice: kept while written, judged once, beside what is drawn."""

import pytest

from ssg.casebook import CaseSet
from ssg.errors import BadInput
from ssg.store import Store
from ssg.teaching import Practice
from ssg.teaching.report_practice import ReportPractice, WrittenReport
from tests.teaching.reporting.cases import case, reader, region


@pytest.fixture
def reports(tmp_path):
    made = case(reader(region("pneumothorax", "left"), absent=("pleural effusion",)))
    with Store(f"sqlite:///{tmp_path / 'reports.sqlite3'}") as store:
        yield ReportPractice(Practice([CaseSet("set", "Set", "1", "MIT", "", False, (made,))], store), store)


TEXT = "Left pneumothorax. No effusion."


def test_a_report_is_judged_and_recorded_once(reports):
    first = reports.submit("ann", "set", "c", WrittenReport("t" * 24, TEXT, 12.0))
    assert reports.submit("ann", "set", "c", WrittenReport("t" * 24, TEXT)) == first
    with pytest.raises(BadInput, match="already submitted"):
        reports.submit("ann", "set", "c", WrittenReport("t" * 24, "No pneumothorax."))
    assert (first.kind, first.total, first.duration_s) == ("report", first.breakdown["total"], 12.0)
    assert first.answer["text"] == TEXT
    assert [one["finding"] for one in first.answer["statements"]] == ["pneumothorax", "pleural effusion"]
    assert reports.best("ann") == {("set", "c"): first.total}
    assert first.revealed_at, "the reference is shown with the judgement"


def test_what_is_written_is_kept_until_it_is_handed_in(reports):
    assert reports.draft("ann", "set", "c") == ""
    reports.keep_draft("ann", "set", "c", "Left pn")
    assert reports.draft("ann", "set", "c") == "Left pn"
    assert reports.draft("ben", "set", "c") == ""
    reports.submit("ann", "set", "c", WrittenReport("a" * 24, TEXT))
    assert reports.draft("ann", "set", "c") == ""


def test_what_says_nothing_is_refused_and_stays_written(reports):
    reports.keep_draft("ann", "set", "c", "xyz")
    with pytest.raises(BadInput, match="No finding was read"):
        reports.submit("ann", "set", "c", WrittenReport("a" * 24, "xyz"))
    assert reports.draft("ann", "set", "c") == "xyz"
    assert reports.best("ann") == {}


def test_too_much_text_is_refused_in_words(reports):
    with pytest.raises(BadInput, match="200,001 characters"):
        reports.keep_draft("ann", "set", "c", "x" * 200_001)
    with pytest.raises(BadInput, match="200,001 characters"):
        reports.submit("ann", "set", "c", WrittenReport("a" * 24, "x" * 200_001))


def test_a_case_that_is_not_there_is_named(reports):
    with pytest.raises(BadInput, match="no such case"):
        reports.keep_draft("ann", "set", "gone", "Left pn")
