import json

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.errors import BadInput, InvalidAnswer, InvalidBox, UnknownFinding
from ssg.reward import DEFAULT_RUBRIC, Answer, ReaderAnswer, Reference, Region, Rubric, score
from ssg.reward.answers import MOST_READERS, MOST_REGIONS
from ssg.reward.pairing import match
from ssg.vocabulary import Side

HEART = Box(371, 367, 825, 792)


def reference(*regions, absent=(), spacing=None, question=None):
    return Reference(1024, 1024, (ReaderAnswer(tuple(regions), tuple(absent), id="dr a"),), question, spacing)


def spatial(ref, *regions, absent=()):
    return score(ref, Answer(tuple(regions), tuple(absent))).components["spatial"].score


def test_one_pair_by_hand():
    ref = reference(Region("cardiomegaly", Box(0, 0, 100, 100)))
    # half shifted: IoU 1/3; centres 50 apart, enclosing box 150 × 100
    expected = 0.9 / 3 + 0.1 * (1 - 50 / np.hypot(150, 100))
    assert spatial(ref, Region("cardiomegaly", Box(50, 0, 150, 100))) == pytest.approx(expected)


def test_the_best_reader_counts():
    ref = Reference(
        1024,
        1024,
        (
            ReaderAnswer((Region("mass", Box(0, 0, 100, 100)),), id="a"),
            ReaderAnswer((Region("mass", Box(500, 500, 600, 600)),), id="b"),
        ),
    )
    breakdown = score(ref, Answer((Region("mass", Box(500, 500, 600, 600)),)))
    assert breakdown.total == 1
    assert breakdown.matches[0].reader == "b"


def test_each_finding_may_agree_with_another_reader():
    a = (Region("mass", Box(0, 0, 100, 100)), Region("cardiomegaly", HEART))
    b = (Region("mass", Box(500, 500, 600, 600)), Region("cardiomegaly", Box(300, 300, 900, 900)))
    ref = Reference(1024, 1024, (ReaderAnswer(a, id="a"), ReaderAnswer(b, id="b")))
    assert spatial(ref, b[0], a[1]) == 1


def test_readers_are_never_averaged():
    ref = Reference(
        1000,
        1000,
        tuple(ReaderAnswer((Region("mass", Box(x, 0, x + 100, 100)),), id=str(x)) for x in (0, 200)),
    )
    assert spatial(ref, Region("mass", Box(100, 0, 200, 100))) < 0.1


def test_a_neighbouring_name_earns_its_place_and_loses_in_the_semantic_part():
    ref = reference(Region("nodule", HEART))
    breakdown = score(ref, Answer((Region("mass", HEART),)))
    assert breakdown.components["spatial"].score == 1
    assert 0 < breakdown.components["semantic"].score < 1
    assert "mass" in breakdown.components["semantic"].why


def test_an_unknown_finding_counts_nowhere():
    ref = reference(Region("cardiomegaly", HEART))
    with_more = score(ref, Answer((Region("cardiomegaly", HEART), Region("rib fracture", Box(0, 0, 9, 9)))))
    assert with_more.total == 1


def test_false_alarms_cost_half_of_their_share():
    ref = reference(Region("cardiomegaly", HEART), absent=("pneumothorax", "rib fracture"))
    got = spatial(ref, Region("cardiomegaly", HEART), Region("pneumothorax", Box(0, 0, 99, 99)))
    assert got == pytest.approx(1 - 0.5 / 2)


def test_with_nothing_present_silence_is_right_and_alarms_cost_their_share():
    ref = reference(absent=("pneumothorax", "rib fracture"))
    assert score(ref, Answer()).total == 1
    assert spatial(ref, Region("pneumothorax", Box(0, 0, 99, 99))) == pytest.approx(0.5)


def test_only_what_was_asked_counts():
    ref = reference(Region("cardiomegaly", HEART), Region("mass", Box(0, 0, 50, 50)), question=("cardiomegaly",))
    assert spatial(ref, Region("cardiomegaly", HEART)) == 1


def test_a_reference_without_a_reader_is_unscorable_not_zero():
    for ref in (Reference(100, 100), reference(question=("mass",)), reference()):
        breakdown = score(ref, Answer())
        assert breakdown.total is None
        assert all(part is None for part in breakdown.components.values())
        assert "cannot be scored" in breakdown.note


def test_absent_components_say_so_and_the_weights_are_renormalised():
    breakdown = score(reference(Region("mass", HEART)), Answer((Region("mass", HEART),)))
    assert breakdown.components["coherence"] is None
    assert breakdown.absent_components["coherence"]
    assert breakdown.components["spatial"].weight == pytest.approx(0.40 / 0.85)


def test_pleasing_the_other_components_without_the_place_earns_almost_nothing():
    ref = reference(Region("mass", Box(0, 0, 100, 100)))
    breakdown = score(ref, Answer((Region("mass", Box(90, 90, 1000, 1000)),)))
    spatial = breakdown.components["spatial"]
    assert spatial.score < 0.06
    assert breakdown.total - spatial.weight * spatial.score < 0.01


def test_a_name_counts_as_far_as_the_region_shows_what_was_marked():
    ref = reference(Region("mass", Box(0, 0, 100, 100)))
    # moved by 85 of 100: IoU 15/185; by 40: 60/140, where it shows it in full
    for moved, expected in ((85, 15 / 185 / 0.3), (40, 1), (100, 0)):
        drawn = Region("mass", Box(moved, 0, moved + 100, 100))
        assert score(ref, Answer((drawn,))).components["semantic"].score == pytest.approx(expected)


def test_drawn_and_denied_at_once_says_nothing():
    ref = reference(Region("mass", HEART))
    assert score(ref, Answer((Region("mass", HEART),), ("mass",))).components["semantic"].score == 0


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (Box(371, 367, 825, 792), ["right place"]),
        (Box(371, 467, 825, 892), ["too low", "4.0 cm"]),
        (Box(271, 367, 725, 792), ["image's left", "4.0 cm"]),
        (Box(200, 200, 1000, 960), ["times the reader's area"]),
        (Box(550, 550, 640, 610), ["of the reader's area"]),
        (Box(0, 0, 90, 90), ["misses it"]),
    ],
)
def test_sentences_say_what_is_wrong_with_numbers(drawn, words):
    ref = reference(Region("cardiomegaly", HEART), spacing=(0.4, 0.4))
    why = score(ref, Answer((Region("cardiomegaly", drawn),))).matches[0].words
    for word in words:
        assert word in why


def test_a_right_place_on_the_wrong_side_is_told_so():
    left, right = Region("pleural effusion", Box(600, 500, 800, 900), Side.LEFT), Box(200, 500, 400, 900)
    one = score(reference(left), Answer((Region("pleural effusion", left.box, Side.RIGHT),)))
    assert one.total == 0
    assert "Right place, wrong side: this is the left pleural effusion" in one.extra[0].words
    exchanged = Answer((Region("pleural effusion", left.box, Side.RIGHT), Region("pleural effusion", right, Side.LEFT)))
    both = score(reference(left, Region("pleural effusion", right, Side.RIGHT)), exchanged)
    assert all("Right place, wrong side" in match.words for match in both.matches)
    assert len(both.matches) == 2


def test_a_false_alarm_where_nothing_is_gets_no_praise():
    breakdown = score(reference(absent=("nodule", "mass")), Answer((Region("nodule", HEART),)))
    assert 0.5 < breakdown.total < 0.6  # the half of two that is the more urgent weighs more in the clinical part
    assert breakdown.note.startswith("Nothing of what was asked is there")
    assert breakdown.components["semantic"].why == "What you named, the readers exclude."


def test_a_wrong_name_of_the_same_group_is_no_expert_s_and_earns_less_than_the_median_reader():
    ref = reference(Region("pneumothorax", HEART, Side.LEFT))
    breakdown = score(ref, Answer((Region("pleural effusion", HEART, Side.LEFT),)))
    assert breakdown.components["spatial"].score == 1
    assert breakdown.components["clinical"].score < 0.6
    assert breakdown.total < 0.75


def test_who_does_not_commit_to_a_side_is_not_fully_right():
    ref = reference(Region("pneumothorax", HEART, Side.LEFT))
    totals = [score(ref, Answer((Region("pneumothorax", HEART, side),))).total for side in (Side.LEFT, None)]
    assert totals == [1, 1], "a side that is not said contradicts nothing"
    both = score(ref, Answer((Region("pneumothorax", HEART, Side.BILATERAL),)))
    assert both.components["semantic"].score == 0.7 and both.total < 0.9
    assert score(ref, Answer((Region("pneumothorax", HEART, Side.MIDLINE),))).total == 0


def test_a_readers_own_answer_is_right_whatever_of_it_was_asked():
    nodule, mass = Region("nodule", Box(10, 10, 60, 60)), Region("mass", Box(500, 500, 700, 700))
    for question in (("nodule",), ("mass",), ("nodule", "mass"), None):
        breakdown = score(reference(nodule, mass, question=question), Answer((nodule, mass)))
        assert breakdown.total == 1 and breakdown.extra == (), question


def test_what_one_reader_excludes_is_there_where_another_marks_a_kind_of_it():
    special, mass = Region("loculated pleural effusion", HEART), Region("mass", Box(0, 0, 50, 50))
    ref = Reference(
        1024, 1024, (ReaderAnswer((special,), id="a"), ReaderAnswer((mass,), ("pleural effusion",), id="b"))
    )
    assert score(ref, Answer((special, mass))).total == 1


def test_to_draw_a_kind_of_what_one_denies_says_nothing():
    special = Region("loculated pleural effusion", HEART)
    breakdown = score(reference(special), Answer((special,), ("pleural effusion",)))
    assert breakdown.components["semantic"].score == 0


def test_missed_and_extra_are_named():
    ref = reference(Region("pleural effusion", HEART, Side.LEFT), Region("mass", Box(0, 0, 50, 50)))
    breakdown = score(ref, Answer((Region("mass", Box(0, 0, 50, 50)), Region("mass", Box(700, 0, 800, 50)))))
    assert [row.finding for row in breakdown.missed] == ["pleural effusion"]
    assert "left pleural effusion" in breakdown.missed[0].words
    assert [row.answer for row in breakdown.extra] == [1]


def test_the_breakdown_is_plain_json():
    ref = reference(Region("mass", HEART, Side.LEFT), absent=("cardiomegaly",))
    text = json.dumps(score(ref, Answer((Region("mass", Box(1, 1, 500, 500)),))).to_json(), allow_nan=False)
    assert set(json.loads(text)) >= {"total", "components", "matches", "missed", "extra", "percentile"}


def test_as_many_boxes_as_are_allowed_are_scored_within_a_second():
    import time

    rng = np.random.default_rng(1)

    def regions():
        corners = rng.uniform(0, 900, (MOST_REGIONS, 2))
        return tuple(Region("nodule", Box(x, y, x + 20, y + 20)) for x, y in corners.tolist())

    ref, answer = reference(*regions()), Answer(regions())
    begin = time.process_time()
    assert 0 < score(ref, answer).components["spatial"].score < 0.5
    assert time.process_time() - begin < 2.0  # a second on an idle core; this machine may be busy


def test_more_boxes_than_that_are_refused_before_any_work():
    with pytest.raises(InvalidAnswer, match="10,000 regions"):
        Answer((Region("nodule", HEART),) * 10_000)
    rows = [{"finding": "nodule", "box": [0, 0, 1, 1]}] * (MOST_REGIONS + 1)
    with pytest.raises(InvalidAnswer, match="501 regions in the reader 'a'; at most 500"):
        Reference.from_json({"width": 9, "height": 9, "readers": [{"id": "a", "regions": rows}]})


def test_more_readers_than_can_be_judged_against_are_refused():
    readers = [{"id": str(number)} for number in range(MOST_READERS + 1)]
    with pytest.raises(InvalidAnswer, match="101 readers in one reference; at most 100"):
        Reference.from_json({"width": 9, "height": 9, "readers": readers})


def test_matching_is_optimal_not_greedy():
    assert match(np.array([[[0.9, 0.8], [0.8, 0.1]]])).tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        ({"spatial": -1}, "from 0 to"),
        ({"spatial": 0}, "above 0"),
        ({"semantic": float("nan")}, "from 0 to"),
        ({"beauty": 1}, "beauty"),
        ([1, 2], "object"),
        ({"gate": True}, "gate"),
    ],
)
def test_a_bad_rubric_is_refused(weights, complaint):
    with pytest.raises(BadInput, match=complaint):
        Rubric.from_json(weights)


def test_another_rubric_changes_the_total():
    ref = reference(Region("nodule", HEART))
    answer = Answer((Region("mass", HEART),))
    place_only = score(ref, answer, Rubric(semantic=0, clinical=0))
    assert place_only.total == 1
    assert score(ref, answer, DEFAULT_RUBRIC).total < 1


VALID = {
    "width": 100,
    "height": 100,
    "readers": [{"id": "a", "regions": [{"finding": "mass", "box": [1, 1, 9, 9]}]}],
}


def changed(path, value):
    data = json.loads(json.dumps(VALID))
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "error", "names"),
    [
        (("width",), -5, InvalidAnswer, "width"),
        (("width",), "100", InvalidAnswer, "width"),
        (("height",), True, InvalidAnswer, "height"),
        (("height",), None, InvalidAnswer, "height"),
        (("readers",), "a", InvalidAnswer, "readers"),
        (("readers", 0), 7, InvalidAnswer, "Reader number 1"),
        (("readers", 0, "regions"), {"a": 1}, InvalidAnswer, "regions"),
        (("readers", 0, "regions", 0, "box"), [1, 1, 9], InvalidBox, "Region 1 of the reader 'a'"),
        (("readers", 0, "regions", 0, "box"), [9, 1, 1, 9], InvalidBox, "Region 1"),
        (("readers", 0, "regions", 0, "box"), [1, 1, 900, 9], InvalidBox, "outside"),
        (("readers", 0, "regions", 0, "box"), [1, 1, float("nan"), 9], InvalidBox, "finite"),
        (("readers", 0, "regions", 0, "finding"), "masss of something odd", UnknownFinding, "not a finding"),
        (("readers", 0, "regions", 0, "finding"), "", InvalidAnswer, "names no finding"),
        (("readers", 0, "regions", 0, "side"), "up", InvalidAnswer, "side"),
        (("readers", 0, "regions", 0, "confidence"), 7, InvalidAnswer, "confidence"),
        (("readers", 0, "absent"), "mass", InvalidAnswer, "absent"),
        (("spacing_mm",), [0, 1], InvalidAnswer, "spacing_mm"),
    ],
)
def test_a_forged_reference_is_refused_by_name(path, value, error, names):
    with pytest.raises(error, match=names):
        Reference.from_json(changed(path, value))


def test_two_readers_of_one_name_are_refused():
    data = changed(("readers",), VALID["readers"] * 2)
    with pytest.raises(InvalidAnswer, match="share the id"):
        Reference.from_json(data)


def test_json_there_and_back():
    ref = Reference.from_json(VALID)
    assert Reference.from_json(ref.to_json()) == ref
