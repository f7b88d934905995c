"""LoRA adapters beside one base: written, added to a loaded model, and switched without loading the base again.

With PEFT's own parts, in PEFT's own files (``adapter_config.json``, ``adapter_model.safetensors``), so that
``peft.PeftModel.from_pretrained`` reads them as well.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssg.errors import Unavailable

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
_PREFIX = "base_model.model."
"""What PEFT writes before the name of each weight."""

_READ = ("r", "lora_alpha", "target_modules", "exclude_modules", "rank_pattern", "alpha_pattern", "use_rslora")
"""What is taken of an adapter's configuration: other entries name modules to import, or other methods than LoRA."""

_RAISED = (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)
"""What JSON, PEFT, torch and safetensors raise for files that are missing, cut or damaged."""


def put_adapter(model: Any, config: Any, name: str = "default") -> None:
    """Put a new adapter with this ``peft.LoraConfig`` into the model; it is in use from now on."""
    from peft import inject_adapter_in_model

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")  # several adapters are meant
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
    """Read an adapter's folder into a loaded model under ``name``, switched off; a quantised base stays quantised.

    Raises Unavailable for one that is damaged or belongs to another policy; the model then answers as before.
    """
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors import SafetensorError

    try:
        config, state = _read(folder)
        put_adapter(model, config, name)
        wanted = get_peft_model_state_dict(model, adapter_name=name)
        if {key: value.shape for key, value in wanted.items()} != {key: value.shape for key, value in state.items()}:
            raise Unavailable(
                f"The adapter in {folder} belongs to another policy than the one that is loaded: leave it out, or "
                "load its policy."
            )
        set_peft_model_state_dict(model, state, adapter_name=name)
    except (Unavailable, SafetensorError, *_RAISED) as error:
        drop_adapter(model, name)
        raise _refused(folder, error) from None
    use_adapter(model, "")


def drop_adapter(model: Any, name: str) -> None:
    """Take an adapter out of a model, which answers with its base alone from now on."""
    for layer in _layers(model):
        if layer.active_adapters == [name]:
            layer.set_adapter([], inference_mode=True)  # PEFT warns where one that is in use is taken out
        layer.delete_adapter(name)
    getattr(model, "peft_config", {}).pop(name, None)
    use_adapter(model, "")


def use_adapter(model: Any, name: str) -> None:
    """Answer with the adapter of this name from now on, or with the base alone (""); its weights are not trained."""
    for layer in _layers(model):
        used = [] if layer.disable_adapters else layer.active_adapters
        if used == ([name] if name else []):
            continue
        layer.enable_adapters(bool(name))
        if name:
            layer.set_adapter([name], inference_mode=True)


def _read(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Configuration and weights of an adapter; raises one of _RAISED or SafetensorError."""
    import torch
    from peft import LoraConfig
    from safetensors.torch import load_file

    for file in (CONFIG, WEIGHTS):
        if not (folder / file).is_file():
            raise ValueError(f"{file} is missing")
    said = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    if said.get("peft_type") != "LORA":
        raise ValueError(f"it is a {said.get('peft_type')!s:.40} adapter, and only LoRA adapters are read")
    state = {key.removeprefix(_PREFIX): value for key, value in load_file(folder / WEIGHTS).items()}
    for key, value in state.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"{key} holds numbers that are not finite")
    return LoraConfig(**{name: said[name] for name in _READ if name in said}, inference_mode=True), state


def _refused(folder: Path, error: Exception) -> Unavailable:
    if isinstance(error, Unavailable):
        return error
    reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
    return Unavailable(f"The adapter in {folder} cannot be read ({reason}): fetch it again, or leave it out.")


def _layers(model: Any) -> Iterator[Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    for module in model.modules():
        if isinstance(module, BaseTunerLayer):
            yield module
