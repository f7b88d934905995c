"""Memory arithmetic: what it says is what libraries count and keep."""

from pathlib import Path

import pytest
import torch

from ssg.errors import BadInput, Unavailable
from training import memory
from training.architectures import full_config, miniature, without_weights
from training.large_base import read_large_preset
from training.large_dry_run import memory_lines

PUBLISHED = {
    "qwen3-vl-4b-qlora": 4_437_815_808,
    "qwen3-vl-8b-qlora": 8_767_123_696,
    "qwen2.5-vl-7b-qlora": 8_292_166_656,
}
"""Parameters of the checkpoints as the Hub counts them."""

NAMES = list(PUBLISHED)


@pytest.fixture(params=["qwen3-vl-4b-qlora", "qwen2.5-vl-7b-qlora"])
def small(request):
    """A preset and a miniature of its architecture with its adapter."""
    from peft import LoraConfig, get_peft_model

    preset = read_large_preset(request.param)
    model, _ = miniature(preset["base"])
    lora = preset["lora"] | {"rank": 4}
    adapter = LoraConfig(r=4, lora_alpha=8, target_modules=lora["targets"])
    count = memory.adapter_size(model, lora)
    return model.config, get_peft_model(model.bfloat16(), adapter).train(), count


@pytest.mark.parametrize("name", NAMES)
def test_each_preset_has_the_shape_of_its_checkpoint(name):
    model = without_weights(full_config(read_large_preset(name)["base"]))
    assert sum(value.numel() for value in model.parameters()) == PUBLISHED[name]


def test_four_bits_are_what_bitsandbytes_keeps():
    from bitsandbytes.nn import Linear4bit

    layer = Linear4bit(1024, 2048, bias=False, quant_type="nf4", compress_statistics=True).to("cpu")
    state = layer.weight.quant_state
    kept = layer.weight.nbytes + state.absmax.nbytes + state.state2.absmax.nbytes
    plain = torch.nn.Sequential(torch.nn.Linear(1024, 2048, bias=False))
    counted = memory.weights_size(plain, {"double": True, "keep": []})
    assert counted == pytest.approx(kept, rel=1e-3)
    assert memory.weights_size(plain, {"double": True, "keep": ["0"]}) == 1024 * 2048 * 2
    assert memory.weights_size(plain, {"double": True, "keep": []}, whole=True) == 1024 * 2048 * 2


def test_the_adapter_is_as_large_as_pefts(small):
    _, adapted, counted = small
    assert counted == sum(value.numel() for value in adapted.parameters() if value.requires_grad)


def test_a_layer_keeps_what_the_arithmetic_says(small):
    config, adapted, _ = small
    language = adapted.get_base_model().model.language_model
    tokens, alive, kept = 512, [], {}
    weights = {value.untyped_storage().data_ptr() for value in adapted.parameters()}
    rope = language.rotary_emb(torch.zeros(1, dtype=torch.bfloat16), torch.arange(tokens).view(1, 1, -1))
    shared = {value.untyped_storage().data_ptr() for value in rope}

    def keep(value):
        storage = value.untyped_storage()
        if value.numel() >= tokens and storage.data_ptr() not in weights | shared:
            kept[storage.data_ptr()] = storage.nbytes()
        alive.append(value)
        return value

    given = torch.randn(1, tokens, config.text_config.hidden_size, dtype=torch.bfloat16, requires_grad=True)
    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value),
        torch.autocast("cpu", torch.bfloat16),
    ):
        language.layers[0](given, attention_mask=None, position_embeddings=rope, position_ids=None)
    assert sum(kept.values()) / tokens == pytest.approx(memory.layer_size(config), rel=0.05)


def test_the_cache_is_as_large_as_transformers_keeps_it(small):
    from transformers import DynamicCache

    config, adapted, _ = small
    language = adapted.get_base_model().model.language_model
    cache = DynamicCache(config=config)
    with torch.inference_mode():
        output = language(input_ids=torch.arange(100, 140).view(2, 20), use_cache=True, cache=cache)
    layers = output.cache.layers
    assert memory.cache_size(config, 40) == sum(layer.keys.nbytes + layer.values.nbytes for layer in layers)


@pytest.mark.parametrize("name", NAMES)
def test_checkpointing_and_four_bits_save_and_vllm_costs(name):
    preset = read_large_preset(name)
    plain, without = memory.needed(preset, "sft"), memory.needed(preset, "sft", checkpointing=False)
    assert without.activations > 4 * plain.activations
    asleep = memory.needed(preset, "grpo", "colocate")
    assert asleep.weights > 2 * plain.weights and asleep.vllm > 0 == plain.vllm
    preset["grpo"]["vllm"]["sleep"] = False
    awake = memory.needed(preset, "grpo", "colocate")
    assert awake.learning == asleep.learning + asleep.vllm and awake.total >= asleep.total
    assert memory.needed(preset, "grpo", "server").vllm == 0


def test_too_little_memory_is_refused_at_the_start(monkeypatch):
    preset = read_large_preset("qwen3-vl-8b-qlora")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (8 * 10**9, 16 * 10**9))
    with pytest.raises(Unavailable, match=r"sft of Qwen/Qwen3-VL-8B-Instruct needs about \d+ GB .* 8 GB are free"):
        memory.require_gpu(preset, "sft")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (80 * 10**9, 80 * 10**9))
    assert memory.require_gpu(preset, "sft").startswith("a GPU, 80 GB free; sft needs")


def test_targets_that_name_nothing_are_refused():
    preset = read_large_preset("qwen3-vl-4b-qlora")
    model, _ = miniature(preset["base"])
    with pytest.raises(BadInput, match="name no layer"):
        memory.adapter_size(model, {"rank": 4, "targets": "nothing"})


def test_the_table_of_the_readme_is_what_the_dry_run_prints():
    readme = (Path(__file__).parents[2] / "training" / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}`"))
        printed = [
            line.split(": ", 1)[1].partition(" GB at most")[0] for line in memory_lines(read_large_preset(name))[1:]
        ]
        assert [cell.strip() for cell in row.split("|")[2:-1]] == printed
