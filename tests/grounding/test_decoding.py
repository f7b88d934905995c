"""Decoding from kept keys and values must say what a plain forward pass over the whole text says."""

import numpy as np
import pytest
import torch

from ssg.grounding import cache
from ssg.grounding.constraint import ConstraintFactory
from ssg.grounding.decoding import Decoder
from ssg.grounding.grammar import AnswerForm, question, read_answer
from ssg.grounding.grounder import Grounder
from ssg.grounding.tokenizer import coordinate_tokens

FORM = AnswerForm(("left nodule", "right nodule"), ("left lung", "right lung"))


@pytest.fixture(scope="module")
def grounder(small_policy):
    return Grounder(small_policy)


class Talkative:
    """A constraint that opens a box wherever one may be opened: an untrained policy may write none of itself."""

    def __init__(self, inner, opening):
        self._inner, self._opening = inner, opening

    @property
    def finished(self):
        return self._inner.finished

    def allowed(self):
        mask = self._inner.allowed()
        if not mask[self._opening]:
            return mask
        only = np.zeros_like(mask)
        only[self._opening] = True
        return only

    def accept(self, token):
        self._inner.accept(token)


def decoded(grounder, pixels, findings, wrap=lambda constraint: constraint):
    image = grounder._encoded(pixels)
    tokenizer = grounder.policy.processor.tokenizer
    prompts = [tokenizer.encode(question([f]) + grounder._after, add_special_tokens=False) for f in findings]
    constraints = [wrap(grounder._constraints.for_form(FORM)) for _ in findings]
    return prompts, grounder._decoder.decode(image, prompts, constraints, [0.5] * len(findings))


def test_every_choice_is_the_one_of_a_plain_forward_pass(grounder, radiograph):
    prompts, [out] = decoded(grounder, radiograph, ["nodule"])
    inputs, _ = grounder._inputs(radiograph)
    head = inputs["input_ids"][0].tolist()
    whole = torch.tensor([head + prompts[0] + out.tokens])
    kinds = torch.cat([inputs["mm_token_type_ids"], torch.zeros(1, whole.shape[1] - len(head), dtype=torch.int)], 1)
    with torch.inference_mode():
        logits = grounder.policy.model(
            input_ids=whole,
            pixel_values=inputs["pixel_values"],
            image_grid_thw=inputs["image_grid_thw"],
            mm_token_type_ids=kinds,
        ).logits[0]
    numbers = set(coordinate_tokens(grounder.policy.processor.tokenizer))
    constraint = grounder._constraints.for_form(FORM)
    start = len(head) + len(prompts[0]) - 1
    checked = 0
    for step, (token, probability) in enumerate(zip(out.tokens, out.probabilities, strict=True)):
        allowed = np.flatnonzero(constraint.allowed())
        constraint.accept(token)
        if probability == 1.0 or token in numbers:
            continue
        scores = logits[start + step].numpy()
        assert scores[token] >= scores[[t for t in allowed if len(grounder._decoder._letters(int(t))) > 1]].max() - 1e-3
        checked += 1
    assert checked >= 2


def test_questions_side_by_side_get_the_answers_that_they_get_alone(grounder, radiograph):
    names = ["nodule", "left nodule", "cardiomegaly", "right pleural effusion"]
    _, together = decoded(grounder, radiograph, names)
    for name, out in zip(names, together, strict=True):
        _, [alone] = decoded(grounder, radiograph, [name])
        assert out.tokens == alone.tokens
        assert np.allclose(out.probabilities, alone.probabilities, atol=1e-4)


@pytest.mark.parametrize("room", [1, 7, 64])
def test_answers_that_end_early_leave_the_others_as_they_are(grounder, radiograph, room, monkeypatch):
    monkeypatch.setattr(cache, "ROOM", room)
    names = ["nodule", "left nodule", "cardiomegaly", "right pleural effusion"] * 3
    kept = [0, 5, 6, 11]
    threshold = {number: (0.0 if number in kept else 1.0) for number in range(len(names))}
    prompts, _ = decoded(grounder, radiograph, names)

    def answered(numbers):
        constraints = [grounder._constraints.for_form(FORM) for _ in numbers]
        asked = [prompts[number] for number in numbers]
        image = grounder._encoded(radiograph)
        return grounder._decoder.decode(image, asked, constraints, [threshold[number] for number in numbers])

    together = answered(range(len(names)))
    assert len({len(out.tokens) for out in together}) > 1
    for number, out in enumerate(together):
        [alone] = answered([number])
        assert out.tokens == alone.tokens and out.complete == alone.complete
        assert np.allclose(out.probabilities, alone.probabilities, atol=1e-4)


def test_an_answer_always_has_the_form(grounder, radiograph):
    _, answers = decoded(grounder, radiograph, ["nodule", "cardiomegaly"])
    for out in answers:
        written = read_answer(grounder.policy.processor.tokenizer.decode(out.tokens))
        assert out.complete
        assert written.readable
        assert written.repaired == ()


def test_right_and_bottom_lie_beyond_left_and_top(grounder, radiograph):
    opening = grounder.policy.processor.tokenizer.convert_tokens_to_ids('{"bbox_2d": [')
    names = ["nodule", "cardiomegaly", "left nodule"]
    _, answers = decoded(grounder, radiograph, names, lambda constraint: Talkative(constraint, opening))
    text = [grounder.policy.processor.tokenizer.decode(out.tokens) for out in answers]
    boxes = [box for one in text for box in (*read_answer(one).chain, *read_answer(one).boxes)]
    assert boxes
    assert all(box.corners[0] < box.corners[2] and box.corners[1] < box.corners[3] for box in boxes)


def test_the_fallback_says_the_same_as_xgrammar(small_policy, radiograph):
    names = [("nodule", None), ("cardiomegaly", None)]
    by_xgrammar, by_regex = Grounder(small_policy), Grounder(small_policy, use_xgrammar=False)
    assert by_xgrammar._constraints.engine == "xgrammar"
    assert by_regex._constraints.engine == "regex"
    assert by_xgrammar.answer(radiograph, names)[0] == by_regex.answer(radiograph, names)[0]


def test_the_image_is_encoded_once(grounder, radiograph, monkeypatch):
    calls = []
    encode = Decoder.encode
    monkeypatch.setattr(Decoder, "encode", lambda self, *a: calls.append(1) or encode(self, *a))
    pixels = radiograph.copy()
    pixels[0, 0] ^= 1
    grounder.ground(pixels, ["nodule", "big heart"])
    grounder.ground(pixels, ["pleural effusion"])
    assert calls == [1]


def test_the_cache_is_bounded(small_policy, radiograph):
    grounder = Grounder(small_policy, cache_bytes=1)
    for shade in range(4):
        grounder.ground(radiograph + np.uint8(shade), ["nodule"])
    assert len(grounder._cache) == 1


@pytest.mark.parametrize("use_xgrammar", [True, False])
def test_a_constraint_accepts_its_own_form_and_nothing_else(small_policy, use_xgrammar):
    tokenizer = small_policy.processor.tokenizer
    factory = ConstraintFactory(tokenizer, len(tokenizer), small_policy.stop, use_xgrammar)
    constraint = factory.for_form(AnswerForm(("left nodule",)))
    text = '<think>[]</think><answer>[{"bbox_2d": [1, 2, 3, 1000], "label": "left nodule"}]</answer>'
    for token in tokenizer.encode(text):
        assert constraint.allowed()[token]
        constraint.accept(token)
    assert set(np.flatnonzero(constraint.allowed())) <= set(small_policy.stop)
    with pytest.raises(ValueError, match="not allowed"):
        constraint.accept(tokenizer.encode("<think>")[0])
    constraint.accept(small_policy.stop[0])
    assert constraint.finished
