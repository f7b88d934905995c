"""What a step of GRPO costs is measured on the steps that the stage makes."""

from argparse import Namespace

import pytest

from benchmarks import training as benchmark


@pytest.mark.slow
def test_a_step_asks_several_questions_of_each_image(preset, taught, monkeypatch):
    rolled = []
    monkeypatch.setattr(benchmark, "_rollouts", lambda ours, theirs, questions, *rest: rolled.append(questions) or {})
    monkeypatch.setattr(benchmark.torch.cuda, "is_available", lambda: False)
    given = Namespace(checkpoint=taught / "checkpoint", preset=str(preset), steps=1, rounds=1)
    found = benchmark.measured(given)
    assert found["completions_a_step"] == 2 * 2 * 4, "images, questions of each, answers to each"
    (questions,) = rolled
    first, second, third = (questions[number]["image"] for number in range(3))
    assert first.tobytes() == second.tobytes() != third.tobytes()
