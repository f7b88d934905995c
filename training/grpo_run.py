"""The GRPO stage itself: TRL's trainer put together, watched and written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from trl import GRPOConfig

from ssg.grounding.manifest import Manifest
from training.curves import write_curves
from training.grpo_trainer import GroupProcessor, GroupTrainer
from training.judges import Judges
from training.objectives import objective, weights_of_parts
from training.prior import LocationPrior, copy_prior
from training.questions import ClusterQuestions
from training.rollouts import Rollouts
from training.rows import Row
from training.runs import CHECKPOINT, STATES, RunFolder, device_in_words
from training.speed import mixed_precision
from training.start import DENSE
from training.stream import StreamConfig
from training.trainer_runs import Lines, resumed
from training.watch import Watch
from training.writing import GOES_ON, in_one_piece

LONGEST_PROMPT_AND_ANSWER = 2048


def train(
    model: Any,
    processor: Any,
    manifest: Manifest,
    plan: dict[str, Any],
    stream: StreamConfig,
    rows: list[Row],
    run: RunFolder,
    start: Path,
    judges: Judges,
    save_every: int,
) -> None:
    """Run the schedule of ``plan`` from the last saved state, and write ``RUN/checkpoint``."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    model.model.visual.requires_grad_(plan.get("train_tower", False))
    functions, weights = objective(plan["rewards"], judges.encoder, acceptability=judges.acceptability)
    if plan["aggregation"] == "normalize_then_sum":
        weights = weights_of_parts(plan["rewards"])
    together = GroupProcessor(processor.image_processor, processor.tokenizer)
    rollouts = Rollouts(model, processor, plan.get("seed", 0), plan["temperature"], plan.get("constrained", True))
    each = plan.get("questions", 1)
    questions = ClusterQuestions(stream, plan["steps"] * plan["images"] * each, rows, each=each)
    prior = LocationPrior.beside(start)
    watch = Watch(model, processor, manifest, run, plan["watch_every"], plan["watch_images"], stream, prior, judges)
    trainer = GroupTrainer(
        model=model,
        reward_funcs=functions,
        args=_settings(plan, run, weights, save_every, device),
        train_dataset=questions.as_dataset(),
        processing_class=together,
        callbacks=[watch, Lines(run, plan["steps"])],
        rollouts=rollouts,
    )
    resumed(trainer, run)
    folder = run.path / CHECKPOINT
    with in_one_piece(folder, GOES_ON) as part:
        model.save_pretrained(part)
        processor.save_pretrained(part)
        manifest.write(part)
        copy_prior(start, part)
        if (start / DENSE).is_file():  # adapters go on with it; it fits where the tower has not been taught
            shutil.copy(start / DENSE, part)
    run.log(step=trainer.state.global_step, checkpoint=str(folder), device=device_in_words())
    write_curves(run.path)
    print(f"Checkpoint: {folder}")


def _settings(plan: dict[str, Any], run: RunFolder, weights: list[float], save_every: int, device: str) -> GRPOConfig:
    completions = plan["images"] * plan.get("questions", 1) * plan["generations"]
    return GRPOConfig(
        output_dir=str(run.path / STATES),
        max_steps=plan["steps"],
        per_device_train_batch_size=completions,
        num_generations=plan["generations"],
        learning_rate=plan["learning_rate"],
        lr_scheduler_type="cosine",
        warmup_steps=plan["warmup"],
        weight_decay=plan["weight_decay"],
        max_grad_norm=plan["clip"],
        beta=plan["beta"],
        epsilon=plan.get("epsilon", 0.2),
        epsilon_high=plan.get("epsilon_high", 0.28),
        num_iterations=plan.get("iterations", 1),
        loss_type=plan.get("loss", "dr_grpo"),
        scale_rewards=plan.get("scale_rewards", "group"),
        multi_objective_aggregation=plan["aggregation"],
        reward_weights=weights,
        temperature=plan["temperature"],
        max_completion_length=LONGEST_PROMPT_AND_ANSWER,
        seed=plan.get("seed", 0),
        data_seed=plan.get("seed", 0),
        shuffle_dataset=False,
        bf16=mixed_precision(device),
        use_cpu=device == "cpu",
        gradient_checkpointing=False,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        save_strategy="steps",
        save_steps=save_every,
        save_total_limit=2,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        log_completions=False,
    )
