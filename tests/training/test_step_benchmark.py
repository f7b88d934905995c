"""What a step of GRPO costs is measured on the steps that the stage makes, and the figures fit one another."""

from argparse import Namespace

import pytest

from benchmarks import training as benchmark
from ssg.grounding.policy import EMBEDDED
from training.model import build_policy
from training.runs import read_preset


@pytest.fixture(scope="module")
def found(preset, taught):
    """One real round of the tests' policy, on a machine without a GPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark.torch.cuda, "is_available", lambda: False)
        given = Namespace(checkpoint=taught / "checkpoint", preset=str(preset), steps=1, rounds=1)
        return benchmark.measured(given)


@pytest.mark.slow
def test_the_figures_of_a_round_fit_one_another(found):
    step, pace = found["step"], found["rollouts"]
    assert found["completions_a_step"] == 2 * 2 * 4, "images, questions of each, answers to each"
    assert step["sampling_s"] > 0 and step["reward_s"] > 0
    assert step["sampling_s"] + step["reward_s"] < step["step_s"]
    assert found["reward_share"] == pytest.approx(step["reward_s"] / step["step_s"]) and 0 < found["reward_share"] < 1
    assert pace["ratio"] == pytest.approx(pace["ours_a_second"] / pace["trl_a_second"]) and pace["ratio"] > 0
    assert "mfu" not in found
    said = benchmark.in_words(found)
    assert f"({found['reward_share']:.1%})" in said and f"{pace['ratio']:.1f} times as many" in said
    assert "supervised" not in said


@pytest.mark.slow
def test_judging_is_a_small_part_of_a_step_of_the_embedded_policy(preset, monkeypatch):
    """How many times as fast rollouts are is for a machine without other work: here they are only the faster ones."""
    monkeypatch.setattr(benchmark.torch.cuda, "is_available", lambda: False)
    found = benchmark.measured(Namespace(checkpoint=EMBEDDED, preset=str(preset), steps=1, rounds=1))
    assert found["parameters"] > 1e6 and found["reward_share"] <= 0.05
    assert found["rollouts"]["ratio"] > 1


@pytest.mark.slow
def test_a_step_asks_several_questions_of_each_image(preset, taught, monkeypatch):
    rolled = []
    monkeypatch.setattr(benchmark, "_rollouts", lambda ours, theirs, questions, *rest: rolled.append(questions) or {})
    monkeypatch.setattr(benchmark, "_steps", lambda *_: {"reward_s": 1.0, "step_s": 2.0})
    monkeypatch.setattr(benchmark.torch.cuda, "is_available", lambda: False)
    benchmark.measured(Namespace(checkpoint=taught / "checkpoint", preset=str(preset), steps=1, rounds=1))
    (questions,) = rolled
    first, second, third = (questions[number]["image"] for number in range(3))
    assert first.tobytes() == second.tobytes() != third.tobytes()


def test_utilisation_is_what_is_computed_over_what_could_be():
    assert benchmark.flop_of([(10, 3), (5, 2)]) == 6 * (10 * 3 + 5 * 2)
    used = benchmark.utilisation(989e12, 4.0, "NVIDIA H100 80GB HBM3")
    assert used == {"card": "NVIDIA H100 80GB HBM3", "step_s": 4.0, "flop_a_step": 989e12, "mfu": 0.25}
    other = benchmark.utilisation(1e12, 0.5, "NVIDIA RTX 1")
    assert other["mfu"] is None
    figures = {
        "parameters": 2e6,
        "completions_a_step": 8,
        "reward_share": 0.01,
        "step": {"step_s": 2.0, "sampling_s": 1.0, "reward_s": 0.02},
        "rollouts": {"ours_a_second": 4.0, "trl_a_second": 2.0, "ratio": 2.0},
    }
    said = benchmark.in_words(figures | {"mfu": used}).splitlines()
    assert said[-1] == "a supervised step 4.000 s on NVIDIA H100 80GB HBM3: 247.2 TFLOP/s, 25.0% of its dense bf16 rate"
    assert "its rate is not known here" in benchmark.in_words(figures | {"mfu": other})


def test_what_a_supervised_step_computes_is_counted_by_what_passes_each_part(preset):
    read = read_preset(str(preset))
    plan = read["sft"] | {"batch": 2, "pool": 4}
    flop, seconds = benchmark.supervised_step(read["model"], plan, warm=1, timed=2)
    assert 0 < seconds < 60
    model, _ = build_policy(read["model"])
    tower = sum(one.numel() for one in model.model.visual.parameters())
    language = sum(one.numel() for one in model.model.language_model.parameters())
    patches, image = 2 * (64 // 16) ** 2, 2 * (64 // 32) ** 2
    table = model.get_input_embeddings().weight.numel()
    assert flop > 6 * (tower * patches + (language - table) * image), "questions come on top of the images"
    assert flop < 6 * (tower * patches + language * 1000)
