"""Many answers at once: the same numbers as one by one, as plainly written, and as in torch."""

import pickle
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.plain_reward import plain_components
from benchmarks.reward import work
from ssg.boxes import Box, iou, proximity
from ssg.errors import InvalidAnswer, UnknownFinding
from ssg.reward import Answer, ReaderAnswer, Reference, Region, score, score_many
from ssg.reward.acceptability import Acceptability
from ssg.reward.likeness import features
from ssg.reward.pairing import BoxSets, pair
from ssg.reward.rubric import COMPONENTS
from tests.reward.strategies import answers, boxes, questions, references

cases = st.lists(st.tuples(references(), st.lists(answers(most=8), min_size=1, max_size=3)), min_size=1, max_size=4)


def flat(made):
    return [reference for reference, group in made for _ in group], [answer for _, group in made for answer in group]


@settings(max_examples=60)
@given(cases)
def test_a_batch_scores_as_one_by_one_to_the_last_bit(made):
    asked, given_answers = flat(made)
    many = score_many(asked, given_answers)
    for row, (reference, answer) in enumerate(zip(asked, given_answers, strict=True)):
        one = score(reference, answer)
        assert many.total[row] == one.total
        for name in COMPONENTS:
            part = one.components[name]
            assert np.isnan(many.components[name][row]) if part is None else many.components[name][row] == part.score


@settings(max_examples=60)
@given(references() | questions(), answers(most=6))
def test_the_reward_is_what_its_plain_form_says(reference, answer):
    plain, many = plain_components(reference, answer), score_many([reference], [answer])
    assert many.total[0] == pytest.approx(plain["total"], abs=1e-9)


def test_random_training_work_is_what_its_plain_form_says():
    asked, given_answers = work(24, seed=3)
    many = score_many(asked, given_answers)
    assert len(np.unique(many.total)) > 100 and np.isfinite(many.components["coherence"]).any()
    for row, (reference, answer) in enumerate(zip(asked, given_answers, strict=True)):
        plain = plain_components(reference, answer)
        assert plain.pop("total") == pytest.approx(many.total[row], abs=1e-9)
        for name, value in plain.items():
            assert many.components[name][row] == pytest.approx(value, abs=1e-9, nan_ok=True)


def test_large_and_small_answers_keep_their_places():
    box = Box(10, 10, 60, 60)
    reference = Reference(1000, 1000, (ReaderAnswer((Region("mass", box),)),))
    rows = [Answer((Region("mass", box),) * count) for count in (1, 400, 2, 0, 499, 1)]
    totals = score_many([reference] * len(rows), rows).components["spatial"]
    assert totals == pytest.approx([1, 1 / 400, 1 / 2, 0, 1 / 499, 1])


def test_an_unscorable_answer_among_others_is_nan_and_not_zero():
    box = Box(10, 10, 60, 60)
    known = Reference(100, 100, (ReaderAnswer((Region("mass", box),)),))
    own, nobody = Answer((Region("mass", box),)), Reference(100, 100)
    many = score_many([nobody, known, replace(known, question=("pneumothorax",))], [own] * 3)
    assert np.isnan(many.total).tolist() == [True, False, True]
    assert many.total[1] == 1
    assert score_many([], []).total.shape == (0,)


def test_answers_and_references_come_in_pairs():
    with pytest.raises(InvalidAnswer, match="2 answers and 1 references"):
        score_many([Reference(10, 10)], [Answer(), Answer()])


def test_an_unknown_finding_is_named_with_candidates():
    reference = Reference(100, 100, (ReaderAnswer((Region("mass", Box(1, 1, 9, 9)),)),))
    with pytest.raises(UnknownFinding, match="pneumothorax"):
        score_many([reference], [Answer((Region("pneumothorx", Box(1, 1, 9, 9)),))])


# numpy and torch


@given(st.lists(st.tuples(st.lists(boxes(), max_size=5), st.lists(boxes(), min_size=1, max_size=4)), min_size=1))
def test_numpy_and_torch_agree(made):
    drawn, marked = (
        BoxSets.padded([np.array([[*b] for b in row]).reshape(-1, 4) for row in rows])
        for rows in zip(*made, strict=True)
    )
    here, there = pair(drawn, marked), pair(_tensors(drawn), _tensors(marked))
    assert np.abs(there.score.numpy() - here.score).max() < 1e-6
    assert np.abs(there.quality.numpy() - here.quality).max() < 1e-6
    paired = np.flatnonzero(here.paired.any(axis=1))
    rows = features(here[paired])
    assert np.abs(features(there[torch.tensor(paired)]).numpy() - rows).max(initial=0) < 1e-6
    forest = Acceptability.load().compared
    table = np.random.default_rng(0).uniform(0, 2, (50, int(forest.feature.max()) + 1))
    assert np.abs(forest.logit(torch.tensor(table)).numpy() - forest.logit(table)).max() < 1e-6


@given(boxes(), boxes())
def test_box_algebra_takes_tensors(a, b):
    for measure in (iou, proximity):
        one, other = np.array([[*a]]), np.array([[*b]])
        assert measure(torch.tensor(one), torch.tensor(other)).item() == pytest.approx(measure(one, other).item())


def _tensors(sets):
    return BoxSets(torch.tensor(sets.boxes), torch.tensor(sets.there))


# size, speed and imports


def test_ten_thousand_boxes_are_refused_within_a_second():
    start = time.perf_counter()
    with pytest.raises(InvalidAnswer, match="10,000 regions"):
        Answer((Region("mass", Box(1, 1, 9, 9)),) * 10_000)
    assert time.perf_counter() - start < 1


def test_as_many_boxes_as_are_taken_are_scored_within_seconds():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 900, (1000, 2))
    drawn = [Region("mass", Box(x, y, x + 50, y + 50)) for x, y in corners.tolist()]
    reference = Reference(1000, 1000, (ReaderAnswer(tuple(drawn[:500])),))
    start = time.perf_counter()
    assert 0 < score(reference, Answer(tuple(drawn[500:]))).total < 1
    assert time.perf_counter() - start < 5  # half a second where nothing else runs


def test_more_than_can_be_compared_is_refused_with_the_remedy():
    drawn = tuple(Region("mass", Box(i, i, i + 50, i + 50)) for i in range(500))
    readers = tuple(ReaderAnswer(drawn, id=str(number)) for number in range(60))
    with pytest.raises(InvalidAnswer, match="leave out readers"):
        score(Reference(1000, 1000, readers), Answer(drawn))
    lungs = tuple(Region("lung", region.box) for region in drawn[:250])
    crowded = tuple(ReaderAnswer((*drawn[:250], *lungs), id=str(number)) for number in range(60))
    with pytest.raises(InvalidAnswer, match="leave out readers"):
        score(Reference(1000, 1000, crowded, ("mass",)), Answer(drawn[:3]))


def test_the_model_file_holds_arrays_only():
    from ssg.reward.acceptability import TABLE

    with np.load(TABLE, allow_pickle=False) as arrays:
        assert {array.dtype.kind for array in (arrays[name] for name in arrays.files)} <= set("iufU")
    assert not TABLE.read_bytes().startswith(pickle.dumps(0)[:2])


def test_the_reward_loads_nothing_heavy():
    code = (
        "import sys, ssg.reward as r; from ssg.boxes import Box;"
        "a = (r.Region('mass', Box(1, 1, 9, 9)),);"
        "assert r.score(r.Reference(10, 10, (r.ReaderAnswer(a),)), r.Answer(a)).total == 1;"
        "print([m for m in ('torch', 'transformers', 'gradio', 'sklearn', 'pandas', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
