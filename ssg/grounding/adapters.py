"""LoRA adapters beside one base: written, added to a loaded model, and switched without loading the base again.

With PEFT's own parts, in PEFT's own files (``adapter_config.json``, ``adapter_model.safetensors``), so that
``peft.PeftModel.from_pretrained`` reads them as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssg.errors import Unavailable

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
_PREFIX = "base_model.model."
"""What PEFT writes before the name of each weight."""


def put_adapter(model: Any, config: Any, name: str = "default") -> None:
    """Put a new adapter with this ``peft.LoraConfig`` into the model; it is in use from now on."""
    from peft import inject_adapter_in_model

    inject_adapter_in_model(config, model, adapter_name=name)


def write_adapter(model: Any, config: Any, folder: Path, name: str = "default") -> None:
    """Write an adapter's matrices in half precision, and its configuration."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model, adapter_name=name)
    halved = {_PREFIX + key: value.detach().to("cpu", torch.float16).contiguous() for key, value in state.items()}
    save_file(halved, folder / WEIGHTS, metadata={"format": "pt"})
    config.save_pretrained(folder)


def add_adapter(model: Any, folder: Path, name: str) -> None:
    """Read an adapter's folder into a loaded model under ``name``, switched off; raises Unavailable.

    A quantised base stays quantised.
    """
    from peft import LoraConfig, set_peft_model_state_dict
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = LoraConfig.from_pretrained(str(folder))
        state = {key.removeprefix(_PREFIX): value for key, value in load_file(folder / WEIGHTS).items()}
        put_adapter(model, config, name)
        result: Any = set_peft_model_state_dict(model, state, adapter_name=name)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise Unavailable(
            f"The adapter in {folder} cannot be read ({error}): fetch it again, or leave it out."
        ) from None
    if result.unexpected_keys or not _is_whole(model, state, name):
        raise Unavailable(f"The adapter in {folder} belongs to another policy than the one that is loaded.")
    for layer in _layers(model):
        for part in layer.parameters():
            part.requires_grad_(False)
    use_adapter(model, "")


def use_adapter(model: Any, name: str) -> None:
    """Answer with the adapter of this name from now on, or with the base alone ("")."""
    for layer in _layers(model):
        layer.enable_adapters(bool(name))
        if name:
            layer.set_adapter([name])


def _is_whole(model: Any, state: dict[str, Any], name: str) -> bool:
    from peft import get_peft_model_state_dict

    return set(get_peft_model_state_dict(model, adapter_name=name)) == set(state)


def _layers(model: Any) -> Iterator[Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    for module in model.modules():
        if isinstance(module, BaseTunerLayer):
            yield module
