"""What a report does with what readers mark and exclude."""

import pytest

from ssg.errors import BadInput
from ssg.reports import parse
from ssg.teaching.reporting import judge_report
from tests.teaching.reporting.cases import GONE, case, judged, kinds, reader, region, row

LEFT_AIR = case(reader(region("pneumothorax", "left"), absent=("pleural effusion", "consolidation", "nodule")))


def test_what_is_there_and_said_to_be_there_is_right():
    judgement = judged(LEFT_AIR, "Left pneumothorax. No effusion. No consolidation.")
    found = row(judgement, "pneumothorax")
    assert (found.kind, found.credit, found.sides, found.regions) == ("right", 1.0, 1.0, (("A", 0),))
    assert row(judgement, "pleural effusion").kind == "rightly excluded"
    assert judgement.total == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Pneumothorax on the left.", "right"),
        ("Right pneumothorax.", "wrong side"),
        ("Possible left pneumothorax.", "hedged"),
        ("No pneumothorax.", "wrongly excluded"),
        ("No right pneumothorax.", "missing"),
        ("No effusion.", "missing"),
        ("Left pneumothorax. No left pneumothorax.", "contradicted"),
        ("Left pneumothorax. No pneumothorax on the right.", "right"),
        ("Left pneumothorax. No other pneumothorax.", "right"),
    ],
)
def test_what_a_report_does_with_a_finding_that_is_there(text, kind):
    assert kinds(LEFT_AIR, text)["pneumothorax"] == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("No effusion.", "rightly excluded"),
        ("Small effusion.", "invented"),
        ("Loculated effusion.", "invented"),
        ("Effusion cannot be excluded.", "hedged"),
        ("Left pneumothorax.", "not excluded"),
    ],
)
def test_what_a_report_does_with_a_finding_that_is_not(text, kind):
    assert kinds(LEFT_AIR, text)["pleural effusion"] == kind


def test_a_finding_that_nobody_asked_about_need_not_be_excluded():
    assert "nodule" not in kinds(LEFT_AIR, "Left pneumothorax.")
    assert kinds(LEFT_AIR, "Left pneumothorax, right nodule.")["nodule"] == "invented"


def test_each_worse_report_earns_less():
    texts = [
        "Left pneumothorax. No effusion. No consolidation. Normal heart.",
        "Left pneumothorax. No effusion.",
        "Pneumothorax.",
        "Possible left pneumothorax.",
        "Right pneumothorax.",
        "No pneumothorax.",
    ]
    totals = [judged(LEFT_AIR, text).total for text in texts]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == len(totals)


def test_a_general_or_neighbouring_name_earns_in_part():
    made = case(reader(region("consolidation", "right")))
    full, kind, neighbour = (
        row(judged(made, text), "consolidation")
        for text in ("Right consolidation.", "Opacity in the right lung.", "Pneumonia on the right.")
    )
    assert (full.kind, kind.kind, neighbour.kind) == ("right", "general", "general")
    assert full.credit > kind.credit > neighbour.credit > 0


def test_denying_a_kind_does_not_deny_the_finding_but_denying_the_whole_does():
    made = case(reader(region("consolidation", "right"), absent=("nodule",)))
    assert kinds(made, "The lungs are clear.")["consolidation"] == "wrongly excluded"
    assert kinds(made, "Right consolidation, otherwise the lungs are clear.")["consolidation"] == "right"
    effusion = case(reader(region("pleural effusion", "left")))
    assert kinds(effusion, "No loculated effusion.")["pleural effusion"] == "missing"


def test_of_two_sides_each_counts():
    made = case(reader(region("pleural effusion", "left"), region("pleural effusion", "right")))
    for text, fit in (
        ("Bilateral effusions.", 1),
        ("Effusion left and right.", 1),
        ("Left effusion.", 0.5),
        ("Effusion.", 0.5),
    ):
        assert row(judged(made, text), "pleural effusion").sides == fit, text
    assert row(judged(made, "Left effusion."), "pleural effusion").why.endswith("You speak of the left only.")
    assert row(judged(made, "Effusions."), "pleural effusion").why.endswith("You do not name the side.")


def test_where_readers_disagree_either_is_right():
    made = case(reader(region("consolidation", "left")), reader(absent=("consolidation",), name="B"))
    assert kinds(made, "Left consolidation.")["consolidation"] == "right"
    assert kinds(made, "No consolidation.")["consolidation"] == "rightly excluded"
    assert kinds(made, "Possible consolidation.")["consolidation"] == "right"
    assert "disagree" in row(judged(made, "No consolidation."), "consolidation").why


def test_what_no_reader_speaks_of_is_told_and_not_judged():
    judgement = judged(LEFT_AIR, "Left pneumothorax. Scoliosis. Normal spine. The heart is large.")
    assert row(judgement, "scoliosis").kind == "not judged"
    assert row(judgement, "scoliosis").credit is None
    without = judged(LEFT_AIR, "Left pneumothorax.")
    assert judgement.total == without.total


def test_structures_are_no_findings():
    made = case(reader(region("heart"), region("pneumothorax", "left")))
    assert set(kinds(made, "The heart is seen. Left pneumothorax.")) == {"pneumothorax"}


def test_a_report_that_says_nothing_is_refused_in_words():
    for text, words in (
        ("", "empty"),
        ("Hello there, this is a nice film.", "No finding was read"),
        ("INDICATION: cough", "Findings"),
    ):
        with pytest.raises(BadInput, match=words):
            judge_report(LEFT_AIR, parse(text))


def test_on_a_normal_case_what_is_excluded_and_not_invented_counts():
    made = case(reader(absent=("pneumothorax", "pleural effusion", "consolidation", "cardiomegaly")))
    full = judged(made, "No pneumothorax, effusion or consolidation. Normal heart size.")
    assert full.total == 1
    assert [part.name for part in full.parts] == ["exclusions"]
    assert judged(made, "No pneumothorax.").total < 1
    assert judged(made, "Large pneumothorax. No effusion.").total < judged(made, "No effusion.").total


@pytest.mark.parametrize(
    ("now", "then", "text", "fit"),
    [
        (40, 20, "Larger right effusion.", 1),
        (40, 20, "Unchanged right effusion.", 0),
        (40, 20, "Right effusion.", 0),
        (20, 40, "The right effusion has decreased.", 1),
        (20, 21, "Stable right effusion.", 1),
    ],
)
def test_what_has_changed_since_before_is_compared(now, then, text, fit):
    marks = [region("pleural effusion", "right", 0, now), region("pleural effusion", "right", 1, then)]
    made = case(reader(*marks), before=True)
    found = row(judged(made, text), "pleural effusion")
    assert found.comparison == fit
    assert found.regions == (("A", 0),), "the mark of before is not there any more"


def test_new_is_told_only_where_the_reader_has_read_the_earlier_examination():
    air = region("pneumothorax", "left")
    unread = case(reader(air), before=True)
    assert row(judged(unread, "New left pneumothorax."), "pneumothorax").comparison is None
    read = case(reader(air, region("central venous catheter", "right", 1)), before=True)
    assert row(judged(read, "New left pneumothorax."), "pneumothorax").comparison == 1
    assert row(judged(read, "Left pneumothorax."), "pneumothorax").comparison == 0


def test_what_is_gone_is_not_there_and_was():
    made = case(reader(absent=("pleural effusion",), other=(GONE,)), before=True)
    resolved = row(judged(made, "The consolidation has resolved. No effusion."), "consolidation")
    assert (resolved.kind, resolved.comparison) == ("rightly excluded", 1)
    silent = row(judged(made, "No consolidation."), "consolidation")
    assert (silent.kind, silent.comparison) == ("rightly excluded", 0)
    assert row(judged(made, "Right consolidation."), "consolidation").kind == "invented"


def test_urgent_findings_count_more():
    made = case(reader(region("tension pneumothorax", "left"), region("calcified granuloma", "right")))
    urgent, trifle = judged(made, "Left tension pneumothorax."), judged(made, "Right calcified granuloma.")
    assert urgent.total > trifle.total


def test_a_judgement_is_plain_values():
    import json

    data = judged(LEFT_AIR, "Left pneumothorax. Scoliosis.").to_json()
    assert json.loads(json.dumps(data)) == data
    assert sum(part["weight"] for part in data["parts"]) == pytest.approx(1)


NORMAL = case(reader(absent=("pneumothorax", "pleural effusion", "consolidation", "cardiomegaly", "nodule")))


@pytest.mark.parametrize("text", ["Normal.", "No acute cardiopulmonary process.", "The chest is normal.", "NAD"])
def test_a_normal_report_excludes_in_general_what_was_asked_about(text):
    judgement = judged(NORMAL, text)
    assert {one.finding for one in judgement.rows} == {
        "pneumothorax", "pleural effusion", "consolidation", "cardiomegaly",
    }  # fmt: skip
    assert {(one.kind, one.credit, one.by_normal) for one in judgement.rows} == {("rightly excluded", 0.8, True)}
    assert "call all else normal" in row(judgement, "pneumothorax").why
    assert [part.why for part in judgement.parts] == ["4 of 4 are excluded."]
    named = judged(NORMAL, text.rstrip(".") + ". No effusion.")
    assert (row(named, "pleural effusion").credit, row(named, "pleural effusion").by_normal) == (1, False)
    assert judgement.total < named.total


def test_what_is_there_is_wrongly_excluded_by_a_report_that_calls_all_normal():
    found = row(judged(LEFT_AIR, "Normal chest radiograph."), "pneumothorax")
    assert (found.kind, found.credit, found.by_normal) == ("wrongly excluded", 0, True)
    assert found.why == "Pneumothorax on the left: you do not name it and call the rest normal."
    assert found.regions == (("A", 0),)


def test_otherwise_normal_speaks_only_of_what_is_not_named():
    made = judged(LEFT_AIR, "Left pneumothorax, possible consolidation. Otherwise normal.")
    assert {one.finding: (one.kind.value, one.by_normal) for one in made.rows} == {
        "pneumothorax": ("right", False),
        "consolidation": ("hedged", False),
        "pleural effusion": ("rightly excluded", True),
    }


def test_a_normal_heart_excludes_nothing_else():
    assert kinds(NORMAL, "The heart is normal.")["pneumothorax"] == "not excluded"


def test_where_readers_disagree_normal_sides_with_one_of_them():
    made = case(reader(region("consolidation", "left")), reader(absent=("consolidation",), name="B"))
    found = row(judged(made, "Normal chest."), "consolidation")
    assert (found.kind, found.credit) == ("rightly excluded", 0.8)
    assert "disagree" in found.why
