"""The embedded policy's small tokenizer: the text of the grammar, few tokens.

Every integer 0–1000, every name of the vocabulary, every side and every fixed piece of the answer's form is one token;
any other text is spelled in bytes. So a box costs four decisions, the text is the same text that a large checkpoint
writes, and nothing that a user types is out of vocabulary. What a token means the tokenizer does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ssg.grounding.coordinates import LARGEST_RELATIVE

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""The control tokens of the Qwen-VL family, under their usual names."""

PIECES = (
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    '{"bbox_2d": [',
    '], "label": "',
    '{"label": "',
    '"}',
    '", "absent": true}',
    ", ",
    "; ",
    "[",
    "]",
    ".",
    "\n",
    "Locate: ",
    "user",
    "assistant",
    "system",
)
"""The fixed pieces of prompt and answer."""

SIDES = ("left ", "right ", "bilateral ")

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "<|im_start|>{{ message['role'] + '\n' }}"
    "{%- if message['content'] is string -%}{{ message['content'] }}"
    "{%- else -%}"
    "{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'image' -%}<|vision_start|><|image_pad|><|vision_end|>"
    "{%- else -%}{{ part['text'] }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- endif -%}{{ '<|im_end|>\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
)
"""The Qwen-VL chat form, without a system message."""


def build_tokenizer(names: Sequence[str]) -> Any:
    """A ``PreTrainedTokenizerFast`` in which each of ``names`` (findings and structures) is one token."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    numbers = [str(value) for value in range(LARGEST_RELATIVE + 1)]
    # Matching is leftmost-longest over added tokens, so "left lung" is two tokens and "12" is not "1", "2". Numbers
    # and names must stand alone: "lung" inside "lungs", or the 5 of "L5", are spelled in bytes.
    core.add_tokens([AddedToken(text, single_word=False, normalized=False) for text in (*PIECES, *SIDES)])
    whole_words = dict.fromkeys([*numbers, *names])
    core.add_tokens([AddedToken(text, single_word=True, normalized=False) for text in whole_words])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token="<|im_end|>",  # noqa: S106 - a control token, not a password
        pad_token="<|endoftext|>",  # noqa: S106
        extra_special_tokens={
            "image_token": "<|image_pad|>",
            "video_token": "<|video_pad|>",
            "vision_start_token": "<|vision_start|>",
            "vision_end_token": "<|vision_end|>",
        },
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def coordinate_tokens(tokenizer: Any) -> list[int] | None:
    """Ids of "0" … "1000" in order where each is one token of ``tokenizer``; None where some are not."""
    ids = [tokenizer.encode(str(value), add_special_tokens=False) for value in range(LARGEST_RELATIVE + 1)]
    return [row[0] for row in ids] if all(len(row) == 1 for row in ids) else None
