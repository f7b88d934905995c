"""GRPO for a large policy's adapter: TRL's trainer as it comes, with the reward that judges students.

Completions come from transformers or from vLLM and are held to the form of an answer. Rewards read places as the
checkpoint writes them. The reference of the KL divergence is the adapter as it was at the start.
"""

from __future__ import annotations

import itertools
from typing import Any

from ssg.errors import BadInput
from ssg.grounding.chain import places
from ssg.grounding.grammar import AnswerForm
from ssg.grounding.grounder import labels_of
from ssg.phantoms import all_findings, all_structures
from ssg.reward.answers import unique
from ssg.vocabulary import Side, vocabulary
from training.frames import Frames
from training.judges import Judges
from training.large_grammar import hold_to_forms, largest_coordinate
from training.objectives import objective, weights_of_parts
from training.rollouts import MOST_BOXES, control_tokens

SIDES = (None, Side.LEFT, Side.RIGHT)

LONGEST_PROMPT = 2048
"""Tokens of an image and a question, at most, where vLLM must know it beforehand."""


def answer_regex(frames: Frames, kinds: tuple[str, ...], real: tuple[str, ...] = ()) -> str:
    """The form of any answer to any question that is asked, as a regular expression: vLLM holds rollouts to it.

    TRL hands vLLM one expression for all questions; so it allows the names of them all, and what is not asked about is
    left to the reward. ``kinds`` of phantoms and findings of ``real`` images are asked about.
    """
    names = unique([*all_findings(kinds), *all_structures(kinds), *real])
    labels = unique([label for name in names for side in _sides(name) for label in labels_of(name, side)])
    chain = unique([label for name in names for side in _sides(name) for label in places(name, side)])
    form = AnswerForm(labels, chain, lists_absent=True, limit=largest_coordinate(frames), most=MOST_BOXES)
    return form.regex().replace("\\ ", " ")  # xgrammar, which vLLM asks, warns of each space that is escaped


def _sides(name: str) -> tuple[Side | None, ...]:
    return SIDES if vocabulary().get(name).laterality in ("paired", "any") else (None,)


def grpo_settings(
    plan: dict[str, Any], shared: dict[str, Any], frames: Frames, vllm: str, real: tuple[str, ...] = ()
) -> Any:
    """TRL's ``GRPOConfig``; ``plan`` is the ``[grpo]`` table, ``shared`` what both stages have, ``vllm`` its mode."""
    from trl import GRPOConfig

    completions = plan["images"] * plan["generations"]
    if completions % plan["batch"]:
        raise BadInput(
            f"The preset's [grpo] batch of {plan['batch']} does not divide the {completions} completions of a step: "
            "choose one that does."
        )
    weights = objective(plan["rewards"], None, frames)[1]
    if plan["aggregation"] == "normalize_then_sum":
        weights = weights_of_parts(plan["rewards"])
    return GRPOConfig(
        **shared,
        per_device_train_batch_size=plan["batch"],
        gradient_accumulation_steps=completions // plan["batch"],
        num_generations=plan["generations"],
        max_completion_length=plan["completion_length"],
        beta=plan["beta"],
        epsilon=plan["epsilon"],
        epsilon_high=plan["epsilon_high"],
        num_iterations=plan["iterations"],
        loss_type=plan["loss"],
        scale_rewards=plan["scale_rewards"],
        multi_objective_aggregation=plan["aggregation"],
        reward_weights=weights,
        temperature=plan["temperature"],
        shuffle_dataset=False,
        dataloader_num_workers=0,
        log_completions=False,
        **vllm_settings(plan, frames, vllm, real),
    )


def vllm_settings(plan: dict[str, Any], frames: Frames, mode: str, real: tuple[str, ...] = ()) -> dict[str, Any]:
    """Settings of vLLM for ``mode`` "colocate" or "server"; none for "off"."""
    if mode == "off":
        return {}
    own = plan["vllm"]
    return {
        "use_vllm": True,
        "vllm_mode": mode,
        "vllm_structured_outputs_regex": answer_regex(frames, tuple(plan["kinds"]), real)
        if plan["constrained"]
        else None,
        "vllm_gpu_memory_utilization": own["memory"],
        "vllm_tensor_parallel_size": own["tensor_parallel"],
        "vllm_enable_sleep_mode": own["sleep"] and mode == "colocate",
        "vllm_max_model_length": LONGEST_PROMPT + plan["completion_length"],
        "vllm_server_host": own["host"],
        "vllm_server_port": own["port"],
        # vLLM rounds otherwise than the model that learns: ratios of the two are kept within bounds
        "vllm_importance_sampling_correction": True,
    }


def require_vllm(mode: str) -> None:
    """Raise BadInput, in one line, where vLLM is asked for and TRL cannot use it."""
    if mode == "off":
        return
    from trl.import_utils import is_vllm_available

    if not is_vllm_available():
        raise BadInput(
            f"--vllm {mode} needs vLLM, which is not installed: pip install 'trl[vllm]', or leave --vllm out and let "
            "transformers generate."
        )


def grpo_trainer(
    base: Any, plan: dict[str, Any], settings: Any, questions: Any, judges: Judges, callbacks: list[Any]
) -> Any:
    """TRL's ``GRPOTrainer`` on ``training.questions``, with one reward function for each component."""
    from trl import GRPOTrainer

    functions, _ = objective(plan["rewards"], judges.encoder, base.frames, judges.acceptability)
    if plan["constrained"] and not settings.use_vllm:
        hold_to_forms(base.plain, base.processor.tokenizer, base.frames)
    elif not settings.use_vllm:
        settings.generation_kwargs = {"suppress_tokens": control_tokens(base.processor.tokenizer)}
    made = GRPOTrainer(
        model=base.model,
        reward_funcs=list(functions),
        args=settings,
        train_dataset=questions.as_dataset(),
        processing_class=base.processor,
        callbacks=callbacks,
    )
    # TRL brings the adapter of a quantised base to bfloat16, in which a small learning rate is rounded away
    for parameter in base.model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return made


def real_names(rows: Any) -> tuple[str, ...]:
    """Findings that annotated images are asked about."""
    return unique(itertools.chain.from_iterable([*(name for name, _ in row.present), *row.absent] for row in rows))
