"""How the readers' marks read as a report: by the parser it says what they say."""

import pytest

from ssg.casebook import load_case_sets
from ssg.reports import parse
from ssg.settings import BUNDLED_CASES
from ssg.teaching.report_practice import parse_on
from ssg.teaching.reporting import judge_report, model_answer
from tests.teaching.reporting.cases import GONE, case, reader, region


def test_what_the_case_brings_is_shown():
    made = case(reader(region("nodule", "left")), report="A round shadow.", diagnosis="Carcinoma.")
    shown = model_answer(made)
    assert (shown.findings, shown.impression, shown.is_written) == ("A round shadow.", "Carcinoma.", True)
    half = model_answer(case(reader(region("nodule", "left")), findings="A round shadow."))
    assert (half.findings, half.impression, half.is_written) == ("A round shadow.", "Nodule on the left.", True)


def test_marks_and_exclusions_become_sentences():
    made = case(
        reader(
            region("pleural effusion", "left"), region("pleural effusion", "right"), absent=("pneumothorax", "nodule")
        ),
        reader(absent=("consolidation",), name="B"),
    )
    shown = model_answer(made)
    assert shown.findings == "Pleural effusion on both sides. No pneumothorax or consolidation."
    assert shown.impression == "Pleural effusion on both sides."


def test_what_is_gone_is_said():
    shown = model_answer(case(reader(other=(GONE,)), before=True))
    assert shown.findings == "The consolidation on the right of the earlier examination is no longer seen."


def test_nothing_at_all_is_a_sentence_too():
    assert model_answer(case(reader())).findings == "Nothing abnormal is marked."


@pytest.mark.parametrize("case_set", load_case_sets([BUNDLED_CASES])[0], ids=lambda one: one.id)
def test_the_model_answer_of_every_bundled_case_earns_nearly_all(case_set):
    for one in case_set.cases:
        answer = model_answer(one)
        judgement = judge_report(one, parse_on(one, answer.findings))
        wrong = [row.why for row in judgement.rows if row.kind not in ("right", "rightly excluded")]
        assert judgement.total > 0.99, (one.id, answer.findings, wrong)


def test_a_model_answer_is_read_as_it_is_meant():
    (statement,) = parse(model_answer(case(reader(region("pneumothorax", "left")), question=())).findings).statements
    assert (statement.finding, statement.side, statement.presence) == ("pneumothorax", "left", "present")
