"""What is learned packed must be what is decoded alone."""

import numpy as np
import pytest
import torch

from tests.small_policy import SHAPE
from training.packing import END, Packer, collate

TASKS = [
    ("Locate: nodule.", "", "<think>[]</think><answer>[]</answer>"),
    (
        "Locate: left pleural effusion.",
        "<think>[]</think>",
        '<answer>[{"bbox_2d": [1, 2, 3, 4], "label": "left pleural effusion"}]</answer>',
    ),
    ("Locate: heart.", "", "<think>[]</think><answer>[]</answer>"),
]


@pytest.fixture(scope="module")
def policy():
    from training.model import build_policy

    model, processor = build_policy(SHAPE, seed=3)
    return model.eval(), processor


def forward(model, processor, packed):
    from PIL import Image

    pixels = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    images = processor.image_processor(images=[pixels], return_tensors="pt")
    batch = collate(packed, processor.tokenizer.pad_token_id, processor.image_token_id)
    learn, _ = batch.pop("learn"), batch.pop("decides")
    with torch.inference_mode():
        hidden = model.model(**batch, **images, use_cache=False).last_hidden_state
        return model.lm_head(hidden), learn


def test_each_question_sees_what_it_would_see_alone(policy):
    model, processor = policy
    packer = Packer(processor)
    together, learn = forward(model, processor, [packer.pack((4, 4), TASKS)])
    alone = [forward(model, processor, [packer.pack((4, 4), [task])]) for task in TASKS]
    joined = torch.cat([logits[mask] for logits, mask in alone])
    assert torch.allclose(together[learn], joined, atol=1e-4)


def test_a_packed_question_is_the_plain_chat_text(policy):
    model, processor = policy
    from PIL import Image

    pixels = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    asked, given, answer = TASKS[1]
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": asked}]}]
    text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) + given + answer + END
    inputs = processor(images=[pixels], text=[text], return_tensors="pt")
    with torch.inference_mode():
        plain = model(**inputs).logits
    packed, _ = forward(model, processor, [Packer(processor).pack((4, 4), [TASKS[1]])])
    assert torch.allclose(plain, packed, atol=1e-4)


def test_only_answers_are_learned(policy):
    _, processor = policy
    packed = Packer(processor).pack((4, 4), TASKS)
    learned = processor.tokenizer.decode(packed.ids[packed.learn])
    assert learned == "".join(answer + END for _, _, answer in TASKS)


def test_the_token_that_decides_presence_is_known_in_every_answer(policy):
    _, processor = policy
    packed = Packer(processor).pack((4, 4), TASKS)
    deciding = [processor.tokenizer.decode(token) for token in packed.ids[packed.decides]]
    assert deciding == ["]", '{"bbox_2d": [', "]"]


def test_padding_changes_nothing(policy):
    model, processor = policy
    packer = Packer(processor)
    short, long = packer.pack((4, 4), TASKS[:1]), packer.pack((4, 4), TASKS)
    pixels_of_two = forward_two(model, processor, [short, long])
    alone, _ = forward(model, processor, [short])
    assert torch.allclose(pixels_of_two[0, : alone.shape[1]], alone[0], atol=1e-4)


def forward_two(model, processor, packed):
    from PIL import Image

    pixels = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    images = processor.image_processor(images=[pixels, pixels], return_tensors="pt")
    batch = collate(packed, processor.tokenizer.pad_token_id, processor.image_token_id)
    del batch["learn"], batch["decides"]
    with torch.inference_mode():
        return model.lm_head(model.model(**batch, **images, use_cache=False).last_hidden_state)
