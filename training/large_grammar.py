"""Completions of transformers held to the form of an answer, as the app and vLLM hold them.

Each question has its own form (``training.rollouts.form_of``), followed by xgrammar inside ``generate``.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import Any

from torch import Tensor
from transformers import LogitsProcessorList

from ssg.errors import BadInput
from ssg.grounding.coordinates import LARGEST_RELATIVE, Convention
from ssg.grounding.grammar import AnswerForm, question
from training.frames import Frames
from training.rollouts import form_of

_START, _, _END = question(["\n"]).partition("\n")
ASKED = re.compile(re.escape(_START) + r"[^.\n]*" + re.escape(_END))
"""A question of the grammar within a prompt."""


def largest_coordinate(frames: Frames) -> int:
    """The largest number that a policy may write on the square images that are trained on."""
    if frames.convention is Convention.RELATIVE_1000 or frames.pixels is None:
        return LARGEST_RELATIVE
    side = round(frames.pixels[1] ** 0.5)
    return max(frames(side, side).limit)


class Forms:
    """Compiled forms for prompts, for one tokenizer and a model that writes ``vocabulary`` logits."""

    def __init__(self, tokenizer: Any, vocabulary: int, stop: tuple[int, ...], frames: Frames) -> None:
        import xgrammar

        self._tokenizer, self._limit = tokenizer, largest_coordinate(frames)
        info = xgrammar.TokenizerInfo.from_huggingface(tokenizer, vocab_size=vocabulary, stop_token_ids=list(stop))
        self._compiler = xgrammar.GrammarCompiler(info)
        self._compiled = functools.lru_cache(maxsize=256)(self._compile)

    def form(self, prompt: str) -> AnswerForm:
        """What may answer the question in a prompt; raises BadInput where there is none."""
        found = ASKED.findall(prompt)
        if not found:
            raise BadInput(f"{prompt[-80:]!r} asks no question of the grammar.")
        return replace(form_of(found[-1]), limit=self._limit)

    def processor(self, ids: Tensor) -> Any:
        """A logits processor for one call of ``generate`` on the prompts ``ids`` (rows, length)."""
        from xgrammar.contrib.hf import LogitsProcessor

        prompts = self._tokenizer.batch_decode(ids, skip_special_tokens=True)
        return LogitsProcessor([self._compiled(self.form(prompt)) for prompt in prompts])

    def _compile(self, form: AnswerForm) -> Any:
        return self._compiler.compile_grammar(form.ebnf())


def hold_to_forms(model: Any, tokenizer: Any, frames: Frames) -> None:
    """Let ``model.generate`` write answers only; ``model`` is the plain one, below an adapter's wrapper."""
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    stop = tuple(dict.fromkeys(int(end) for end in [*ends, tokenizer.eos_token_id] if end is not None))
    forms = Forms(tokenizer, model.get_output_embeddings().weight.shape[0], stop, frames)
    plain = model.generate

    @functools.wraps(plain)
    def generate(*arguments: Any, **others: Any) -> Any:
        ids = others["input_ids"]
        held = LogitsProcessorList([*(others.pop("logits_processor", None) or []), forms.processor(ids)])
        return plain(*arguments, logits_processor=held, **others)

    model.generate = generate
