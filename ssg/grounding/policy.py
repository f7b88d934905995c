"""Loading a policy by folder or Hub name: weights, processor, manifest, decoder.

Safetensors only, never pickle, no code from a checkpoint. A checkpoint that was saved quantised loads as it was saved
(its ``quantization_config``); NF4 computes in float32 on a CPU, where bfloat16 products are often emulated, and in
bfloat16 on a GPU. Whatever goes wrong is one :class:`ssg.errors.Unavailable` that names the policy and the remedy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

from ssg.errors import Unavailable
from ssg.grounding.manifest import FILE_NAME, Manifest, assumed_manifest, read_manifest

EMBEDDED = Path(__file__).parent / "embedded"
"""The checkpoint that ships with the package."""

WANTED_FILES = ("*.safetensors", "*.json", "*.txt", "*.jinja", "*.model")
"""What is fetched of a checkpoint on the Hub."""

HUB_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """What is said of the policy in every answer."""

    name: str
    quantisation: str
    parameters: int
    device: str

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "quantisation": self.quantisation,
            "parameters": self.parameters,
            "device": self.device,
        }


@dataclass(frozen=True, slots=True)
class Policy:
    """A loaded checkpoint with what is needed to ask it."""

    model: Any
    processor: Any
    manifest: Manifest
    info: PolicyInfo
    stop: tuple[int, ...] = field(default=())


def load_policy(source: str | Path = "", device: str = "auto", revision: str | None = None) -> Policy:
    """Load a policy; ``source`` is a folder, a Hub name ("owner/name"), or "" for the embedded one."""
    where = Path(source) if source else EMBEDDED
    name = str(source) or "the embedded policy"
    if source and not where.exists() and _looks_like_folder(str(source)):
        raise Unavailable(f"The policy folder '{source}' does not exist: correct SSG_POLICY (or --policy).")
    _quieten()
    try:
        return _load(where if where.exists() else _fetched(str(source), revision), name, device)
    except Unavailable:
        raise
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, AttributeError) as error:
        # What transformers, safetensors, huggingface_hub and bitsandbytes raise for files that are missing, cut,
        # damaged, gated or of another architecture.
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise Unavailable(
            f"The policy '{name}' cannot be loaded: {reason}. Fetch it again, or leave out SSG_POLICY (or --policy)."
        ) from error
    except Exception as error:
        if type(error).__name__ == "SafetensorError":
            raise Unavailable(
                f"The policy '{name}' is damaged ({error}): fetch it again, or leave out SSG_POLICY (or --policy)."
            ) from error
        raise


def _looks_like_folder(source: str) -> bool:
    return source.startswith((".", "/", "~")) or source.count("/") != 1


def _quieten() -> None:
    """Keep the libraries' progress bars and hints (an optional kernel that is missing, say) out of our output."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    getLogger("bitsandbytes").setLevel(ERROR)


def _fetched(name: str, revision: str | None) -> Path:
    """The folder of a Hub checkpoint, downloaded where it is not kept yet; never a pickle, never code."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()  # its retries would be printed among our answers
    try:
        folder = snapshot_download(
            name, revision=revision, allow_patterns=list(WANTED_FILES), etag_timeout=HUB_PATIENCE_S
        )
    except Exception as error:  # the Hub's client raises its own, httpx's and the system's errors
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise Unavailable(
            f"The policy '{name}' is no folder here and cannot be fetched from the Hub ({reason}): correct "
            "SSG_POLICY (or --policy), see to the network, or leave it out."
        ) from error
    return Path(folder)


def _load(source: Path, name: str, device: str) -> Policy:
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText

    from ssg.grounding.processor import GroundingProcessor

    target = _device(device)
    config = AutoConfig.from_pretrained(source, trust_remote_code=False)
    manifest = read_manifest(source) if (source / FILE_NAME).exists() else assumed_manifest(name, config.model_type)
    dtype = torch.float32 if target == "cpu" else torch.bfloat16
    model = AutoModelForImageTextToText.from_pretrained(
        source,
        dtype=dtype,
        device_map={"": target},
        use_safetensors=True,
        trust_remote_code=False,
    ).eval()
    _require_all_weights(model, name)
    _unify(model, dtype)
    processor = GroundingProcessor.load(source)
    info = PolicyInfo(manifest.name, quantisation_of(config), _count(model), target)
    return Policy(model, processor, manifest, info, _stop_tokens(model, processor))


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise Unavailable("SSG_DEVICE asks for a GPU and none is usable here: set SSG_DEVICE=cpu or auto.")
    return wanted


def quantisation_of(config: Any) -> str:
    """ "nf4", "fp4", "int8" by the saved quantisation config; "none" where the weights are whole."""
    saved = getattr(config, "quantization_config", None)
    if saved is None:
        return "none"
    saved = saved if isinstance(saved, dict) else saved.to_dict()
    if saved.get("load_in_4bit"):
        return str(saved.get("bnb_4bit_quant_type", "fp4"))
    return "int8" if saved.get("load_in_8bit") else str(saved.get("quant_method", "unknown"))


def _count(model: Any) -> int:
    """Parameters as trained: a packed 4-bit tensor counts each of its values."""
    total = 0
    for parameter in model.parameters():
        packed = getattr(parameter, "quant_state", None)
        total += packed.shape.numel() if packed is not None else parameter.numel()
    return int(total)


def _require_all_weights(model: Any, name: str) -> None:
    import torch

    broken = [
        key for key, value in model.named_parameters() if value.is_floating_point() and not torch.isfinite(value).all()
    ]
    if broken:
        raise Unavailable(f"The policy '{name}' holds numbers that are not finite ({broken[0]}): fetch it again.")


def _unify(model: Any, dtype: Any) -> None:
    """Bring what is not quantised to one dtype: a loader may leave some bfloat16 tensors as the file has them."""
    for parameter in model.parameters():
        if parameter.is_floating_point() and getattr(parameter, "quant_state", None) is None:
            parameter.data = parameter.data.to(dtype)


def _stop_tokens(model: Any, processor: Any) -> tuple[int, ...]:
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    return tuple(dict.fromkeys(int(end) for end in [*ends, processor.tokenizer.eos_token_id] if end is not None))
