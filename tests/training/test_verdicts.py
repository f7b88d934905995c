"""Instructors' verdicts: read and written alike, and what of them the acceptability model learns from."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.reward import Acceptability, Answer, ReaderAnswer, Reference, Region
from ssg.reward.verdicts import Verdict
from ssg.vocabulary import Side
from training.acceptance import VERDICT, judged_of
from training.acceptance_metrics import figures
from training.flaws import Case
from training.verdicts import MISNAMED, NO_READER, NO_REGION, SEVERAL, read_verdicts, rows_of

HEART = Region("cardiomegaly", Box(100, 100, 300, 300))
LEFT = Region("pleural effusion", Box(600, 500, 800, 800), Side.LEFT)
DRAWN = Region("cardiomegaly", Box(110, 110, 300, 310))
REFERENCE = Reference(1000, 1000, (ReaderAnswer((HEART, LEFT), id="A"),))


def verdict(*drawn, accepted=True, finding=None, reference=REFERENCE):
    return Verdict(reference, Answer(drawn or (DRAWN,)), accepted, "Dr Example", finding)


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "verdicts.jsonl"
    given = [verdict(), replace(verdict(accepted=False, finding="cardiomegaly"), image="12")]
    path.write_text("".join(json.dumps(one.to_json()) + "\n" for one in given))
    assert read_verdicts(path) == given
    path.write_text("\ufeff" + path.read_text() + "\n\n", encoding="utf-8")
    assert read_verdicts(path) == given


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accepted": "yes"}, "true or false"),
        ({"accepted": 1}, "true or false"),
        ({"by": None}, '"by" is missing'),
        ({"by": " "}, "whose verdict"),
        ({"by": 7}, '"by" must be text'),
        ({"image": 7}, '"image" must be text'),
        ({"finding": "cardiomegly"}, "cardiomegaly"),
        ({"finding": ["mass"]}, '"finding" must be text'),
        ({"findings": "mass"}, 'did you mean "finding"'),
        ({"answer": {"regions": [{"finding": "cardiomegly", "box": [1, 1, 9, 9]}]}}, "cardiomegaly"),
        ({"answer": {"regions": [{"finding": "cardiomegaly", "box": [1, 1, 9999, 9]}]}}, "outside"),
        ({"reference": None}, '"reference" is missing'),
    ],
)
def test_a_bad_verdict_is_named_with_its_line(tmp_path, changes, words):
    path = tmp_path / "verdicts.jsonl"
    bad = {name: value for name, value in (verdict().to_json() | changes).items() if value is not None}
    path.write_text(f"{json.dumps(verdict().to_json())}\n{json.dumps(bad)}\n")
    with pytest.raises(BadInput, match=f"line 2.*{words}"):
        read_verdicts(path)


def test_a_verdict_that_says_two_things_is_refused(tmp_path):
    path = tmp_path / "verdicts.jsonl"
    path.write_text(json.dumps(verdict().to_json())[:-1] + ', "accepted": false}')
    with pytest.raises(BadInput, match="stands twice"):
        read_verdicts(path)


def test_a_verdict_may_name_what_the_finding_is_a_kind_of():
    drawn = Region("consolidation", HEART.box)
    seen = replace(REFERENCE, readers=(ReaderAnswer((drawn,), id="A"),))
    rows, left_out = rows_of([verdict(drawn, accepted=False, finding="lung opacity", reference=seen)])
    assert [(row.finding, row.accepted) for row in rows] == [("consolidation", False)] and not left_out


@pytest.mark.parametrize("text", ["", "\n", "[]", "{", "7", '{"reference": 1', "[" * 100_000])
def test_what_holds_no_verdict_is_refused(tmp_path, text):
    path = tmp_path / "verdicts.jsonl"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"verdict|JSON|nested"):
        read_verdicts(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_verdicts(tmp_path / "nothing.jsonl")
    path = tmp_path / "verdicts.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="UTF-8"):
        read_verdicts(path)


def test_an_accepted_answer_counts_for_each_of_its_findings():
    rows, left_out = rows_of([verdict(DRAWN, LEFT)])
    assert [(row.kind, row.finding, row.accepted, len(row.readers)) for row in rows] == [
        (VERDICT, "cardiomegaly", True, 1),
        (VERDICT, "pleural effusion", True, 1),
    ]
    assert rows[0].boxes.tolist() == [[*DRAWN.box]] and rows[0].elsewhere.tolist() == [[*LEFT.box]]
    assert not left_out


def test_a_rejected_answer_counts_where_it_says_which_finding_is_wrong():
    rows, left_out = rows_of([verdict(DRAWN, LEFT, accepted=False, finding="cardiomegaly")])
    assert [(row.finding, row.accepted) for row in rows] == [("cardiomegaly", False)] and not left_out
    rows, left_out = rows_of([verdict(DRAWN, LEFT, accepted=False)])
    assert not rows and left_out == Counter({SEVERAL: 1})
    alone = replace(REFERENCE, readers=(ReaderAnswer((HEART,), id="A"),))
    rows, _ = rows_of([verdict(DRAWN, accepted=False, reference=alone)])
    assert [(row.finding, row.accepted) for row in rows] == [("cardiomegaly", False)]


def test_a_wrong_name_or_side_says_nothing_about_boxes():
    other_name = replace(LEFT, finding="loculated pleural effusion")
    for drawn in (replace(LEFT, side=Side.RIGHT), other_name):
        rows, left_out = rows_of([verdict(drawn, accepted=False, finding="pleural effusion")])
        assert not rows and left_out == Counter({MISNAMED: 1})
    rows, _ = rows_of([verdict(other_name, finding="pleural effusion")])
    assert [(row.finding, row.boxes.tolist()) for row in rows] == [("pleural effusion", [[*LEFT.box]])]


def test_what_cannot_be_learned_from_is_counted():
    nobody = replace(REFERENCE, readers=())
    silent = replace(REFERENCE, readers=(ReaderAnswer((), ("mass",), id="A"),))
    given = [verdict(reference=nobody), verdict(reference=silent), verdict(LEFT, finding="cardiomegaly")]
    assert rows_of(given) == ([], Counter({NO_READER: 2, NO_REGION: 1}))


def test_images_are_held_out_by_what_they_are_and_not_by_the_file():
    (first, *_), _ = rows_of([verdict()])
    (again, *_), _ = rows_of([verdict(LEFT), verdict(LEFT, accepted=False, finding="pleural effusion")])
    assert first.image == again.image
    (named, *_), _ = rows_of([replace(verdict(), image="case 12")])
    assert named.image == "case 12"


def test_agreement_with_instructors_is_measured():
    far = Region("cardiomegaly", Box(700, 800, 720, 820))
    model, experts = Acceptability.load(), experts_of_a_few_images()
    drawn = [verdict(replace(HEART, box=Box(100 + x, 100, 300 + x, 300))) for x in range(5)]
    rows, _ = rows_of([*drawn, verdict(far, accepted=False, finding="cardiomegaly")])
    found = figures([*rows, *experts], model)["verdicts"]
    assert found["n"] == 6 and found["accepted_agreement"] == found["rejected_agreement"] == found["auc"] == 1
    only, _ = rows_of(drawn)
    found = figures([*only, *experts], model)["verdicts"]
    assert found["rejected_agreement"] is found["auc"] is found["ece"] is None
    assert "verdicts" not in figures(experts, model)


def experts_of_a_few_images():
    rng, elsewhere, cases = np.random.default_rng(0), np.array([[600.0, 600, 700, 700]]), []
    for number in range(60):
        boxes = np.array([[100.0, 100, 300, 300]]) + rng.normal(0, 8, (1, 4))
        finding, other = ("cardiomegaly", "mass")[number % 2], boxes + rng.normal(0, 4, (1, 4))
        cases.append(Case(f"image {number}", finding, "A", boxes, (other,), elsewhere, (1000.0, 1000.0)))
    return [row for row in judged_of(cases) if row.held_out]
