"""What a GRPO step spends its time on, and how fast rollouts are beside TRL's own, on one policy and the same prompts.

    python benchmarks/training.py --json

``reward_share`` is the share of a step that judging takes (the rest is sampling and learning); ``rollouts`` are
completions a second of this project's rollouts, which encode an image once for its group and never sample what the
grammar forces, and of TRL's default generation, alternating in one process. With a GPU, ``mfu`` is the model FLOP
utilisation of the supervised stage's step: 6 · parameters · tokens a step, attention left out, over the time and the
card's dense bf16 rate.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from ssg.grounding.policy import EMBEDDED
from training.grpo_trainer import GroupProcessor, GroupTrainer
from training.objectives import objective
from training.questions import ClusterQuestions
from training.rollouts import Rollouts
from training.runs import read_preset
from training.start import starting_policy, stream_config

BF16_RATE = {"H100": 989e12, "H200": 989e12, "A100": 312e12}
"""Dense bf16 FLOP/s of cards by a part of their names (data sheets)."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=EMBEDDED, help="policy that is sampled from")
    parser.add_argument("--preset", default="tiny-cpu", help="preset with the [grpo] table")
    parser.add_argument("--steps", type=int, default=4, help="GRPO steps that are timed, after one that is not")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of both ways of sampling")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    figures = measured(arguments)
    print(json.dumps(figures, indent=2) if arguments.json else in_words(figures))


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    model, processor = starting_policy({}, arguments.checkpoint)
    size = round(
        (processor.image_processor.size.get("longest_edge") or processor.image_processor.size["shortest_edge"]) ** 0.5
    )
    plan = read_preset(arguments.preset)["grpo"]
    length = asked_a_step(plan) * (1 + max(arguments.steps, arguments.rounds))
    questions = ClusterQuestions(
        stream_config({"image_pixels": size * size}, plan, [], "grpo"), length, each=plan.get("questions", 1)
    )
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (_trainer(model, processor, plan, questions, folder, shared) for shared in (True, False))
        shares = _steps(ours, arguments.steps)
        pace = _rollouts(ours, theirs, questions, plan, arguments.rounds)
    found = {
        "policy": arguments.checkpoint.name,
        "parameters": sum(one.numel() for one in model.parameters()),
        "image_pixels": size * size,
        "completions_a_step": asked_a_step(plan) * plan["generations"],
        "step": shares,
        "reward_share": shares["reward_s"] / shares["step_s"],
        "rollouts": pace,
    }
    if torch.cuda.is_available():
        preset = read_preset(arguments.preset)
        flop, seconds = supervised_step(preset["model"], preset["sft"] | {"workers": 1, "pool": 256})
        found["mfu"] = utilisation(flop, seconds, torch.cuda.get_device_name())
    return found


def asked_a_step(plan: dict[str, Any]) -> int:
    """Questions of a step: some on each of its images, every one answered ``generations`` times."""
    return int(plan["images"] * plan.get("questions", 1))


def _trainer(
    model: Any, processor: Any, plan: dict[str, Any], questions: ClusterQuestions, folder: str, shared: bool
) -> Any:
    from trl import GRPOConfig, GRPOTrainer

    functions, weights = objective(plan["rewards"])
    completions = asked_a_step(plan) * plan["generations"]
    settings = GRPOConfig(
        output_dir=folder,
        max_steps=100,
        per_device_train_batch_size=completions,
        num_generations=plan["generations"],
        learning_rate=1e-9,
        beta=plan["beta"],
        reward_weights=weights,
        temperature=plan["temperature"],
        max_completion_length=600,
        shuffle_dataset=False,
        remove_unused_columns=False,
        gradient_checkpointing=False,
        use_cpu=not torch.cuda.is_available(),
        bf16=torch.cuda.is_available(),
        report_to=[],
        disable_tqdm=True,
    )
    given: dict[str, Any] = {
        "model": model,
        "reward_funcs": functions,
        "args": settings,
        "train_dataset": questions.as_dataset(),
    }
    if shared:
        together = GroupProcessor(processor.image_processor, processor.tokenizer)
        return GroupTrainer(**given, processing_class=together, rollouts=Rollouts(model, processor))
    return GRPOTrainer(**given, processing_class=processor)


def _steps(trainer: Any, count: int) -> dict[str, float]:
    """Seconds of a step and of what it is made of, medians."""
    loader = iter(trainer.get_train_dataloader())
    judged: list[float] = []
    sampled: list[float] = []
    _timed(trainer, "_calculate_rewards", judged)
    _timed(trainer, "_generate", sampled)
    trainer.create_optimizer()
    trainer.current_gradient_accumulation_steps = 1  # what Trainer.train() would set
    whole = []
    for _ in range(count + 1):
        rows = next(loader)
        begin = time.perf_counter()
        trainer.model.train()
        inputs = trainer._generate_and_score_completions(rows)
        trainer.compute_loss(trainer.model, inputs).backward()
        trainer.optimizer.step()
        trainer.optimizer.zero_grad()
        whole.append(time.perf_counter() - begin)
    kept = {"step_s": whole, "reward_s": judged, "sampling_s": sampled}
    return {name: statistics.median(values[1:]) for name, values in kept.items()}


def _timed(trainer: Any, name: str, times: list[float]) -> None:
    plain = getattr(trainer, name)

    def timed(*given: Any, **others: Any) -> Any:
        begin = time.perf_counter()
        found = plain(*given, **others)
        times.append(time.perf_counter() - begin)
        return found

    setattr(trainer, name, timed)


def _rollouts(
    ours: Any, theirs: Any, questions: ClusterQuestions, plan: dict[str, Any], rounds: int
) -> dict[str, float]:
    """Completions a second, ours and TRL's, of the same prompts in turn."""
    from trl.data_utils import prepare_multimodal_messages

    count, asked = plan["generations"], asked_a_step(plan)
    paces: dict[str, list[float]] = {"ours": [], "trl": []}
    for turn in range(rounds + 1):
        rows = [questions[turn * asked + number] for number in range(asked)]
        prompts = [
            prepare_multimodal_messages(row["prompt"], images=[row["image"]]) for row in rows for _ in range(count)
        ]
        for name, trainer in (("ours", ours), ("trl", theirs)):
            trainer.model.eval()
            begin = time.perf_counter()
            trainer._generate(prompts)
            paces[name].append(len(prompts) / (time.perf_counter() - begin))
    mine, other = (statistics.median(paces[name][1:]) for name in ("ours", "trl"))
    return {"ours_a_second": mine, "trl_a_second": other, "ratio": mine / other}


def supervised_step(shape: dict[str, Any], plan: dict[str, Any], warm: int = 3, timed: int = 10) -> tuple[float, float]:
    """What a step of ``sft`` computes, in FLOP, and the seconds that it takes without the drawing of its batch.

    They are the mean of ``timed`` steps after ``warm`` others.
    """
    from training.runs import RunFolder
    from training.sft import Sft

    with tempfile.TemporaryDirectory() as folder:
        stage = Sft(shape, plan, [], RunFolder(Path(folder), {}), None)
        batch = stage.batch(0)
        for number in range(warm + timed):
            if number == warm:
                _wait()
                begin = time.perf_counter()
            stage._one_step(batch)
        _wait()
        seconds = (time.perf_counter() - begin) / timed
    language, table = stage.model.model.language_model, stage.model.get_input_embeddings().weight.numel()
    passes = [
        (_numbers(stage.model.model.visual), batch["images"].numel() // shape["patch_size"] ** 2),
        (_numbers(language) - table, int((batch["input_ids"] != stage.processor.tokenizer.pad_token_id).sum())),
        (table, int(batch["learn"].sum())),  # as the head, on what is taught; as embeddings it is only looked up
    ]
    return flop_of(passes), seconds


def flop_of(passes: Iterable[tuple[int, int]]) -> float:
    """FLOP there and back of (parameters, tokens that pass them): 2 and 4 for each (Kaplan et al. 2020)."""
    return 6.0 * sum(parameters * tokens for parameters, tokens in passes)


def utilisation(flop: float, seconds: float, card: str) -> dict[str, Any]:
    """The share of what a card could do; None for one whose rate is not known here."""
    rate = next((value for part, value in BF16_RATE.items() if part in card), None)
    return {"card": card, "step_s": seconds, "flop_a_step": flop, "mfu": flop / seconds / rate if rate else None}


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _numbers(part: torch.nn.Module) -> int:
    return sum(one.numel() for one in part.parameters())


def in_words(figures: dict[str, Any]) -> str:
    """The figures as lines."""
    step, pace = figures["step"], figures["rollouts"]
    return (
        f"{figures['parameters'] / 1e6:.1f} M parameters, {figures['completions_a_step']} completions a step\n"
        f"a step {step['step_s']:.2f} s, of it sampling {step['sampling_s']:.2f} s "
        f"and the reward {step['reward_s']:.3f} s ({figures['reward_share']:.1%})\n"
        f"rollouts a second: {pace['ours_a_second']:.1f}, TRL's own {pace['trl_a_second']:.1f}: "
        f"{pace['ratio']:.1f} times as many{_used(figures.get('mfu'))}"
    )


def _used(found: dict[str, Any] | None) -> str:
    """A line on the supervised step where there is a GPU."""
    if found is None:
        return ""
    share = "its rate is not known here" if found["mfu"] is None else f"{found['mfu']:.1%} of its dense bf16 rate"
    rate = found["flop_a_step"] / found["step_s"] / 1e12
    return f"\na supervised step {found['step_s']:.3f} s on {found['card']}: {rate:.1f} TFLOP/s, {share}"


if __name__ == "__main__":
    main()
