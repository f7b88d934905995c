"""Loading a policy by folder or Hub name: weights, processor, manifest, decoder.

A checkpoint that was saved quantised loads as it was saved (its ``quantization_config``); NF4 computes in float32 on a
CPU, where bfloat16 products are often emulated, and in bfloat16 on a GPU. Where it lies and what may go wrong is
:mod:`ssg.grounding.checkpoints`' business, which adapters stand beside it that of :mod:`ssg.grounding.specialties`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ssg.errors import BadInput
from ssg.grounding.checkpoints import Source, require_whole, usable_device
from ssg.grounding.manifest import FILE_NAME, Manifest, assumed_manifest, read_manifest
from ssg.grounding.specialties import BASE, load_adapters
from ssg.grounding.specialties import CHOSE as ADAPTERS_CHOSE

EMBEDDED = Path(__file__).parent / "embedded"
"""The checkpoint that ships with the package."""


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
    """A loaded checkpoint with what is needed to ask it.

    ``adapters`` are the manifests of the adapters in its model, by name; ``problems`` sentences on those that could not
    be used. Whoever asks the model holds ``lock``: an adapter is switched for all who share it.
    """

    model: Any
    processor: Any
    manifest: Manifest
    info: PolicyInfo
    stop: tuple[int, ...] = field(default=())
    adapters: Mapping[str, Manifest] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def manifest_of(self, adapter: str = "") -> Manifest:
        """What an adapter, or the base (""), says of itself."""
        return self.adapters[adapter] if adapter else self.manifest

    def adapter_for(self, modality: str = "", body_part: str = "") -> str:
        """The first adapter that was made for an image of these DICOM terms; "" where none was, or nothing is known."""
        if not modality:
            return ""
        for name, manifest in self.adapters.items():
            # a named specialty counts alone: what else an adapter was shown was not what it is for
            kinds = [kind for kind in manifest.shown if kind.specialty == manifest.specialty] or manifest.shown
            if manifest.specialty and any(kind.fits(modality, body_part) for kind in kinds):
                return name
        return ""

    def chosen_adapter(self, adapter: str | None, modality: str = "", body_part: str = "") -> str:
        """The adapter that answers: the one asked for, the base (""), or (None) the one for such an image.

        Raises BadInput for one that is not loaded.
        """
        if adapter is None:
            return self.adapter_for(modality, body_part)
        if adapter and adapter not in self.adapters:
            there = f"choose one of {', '.join((*self.adapters, BASE))}" if self.adapters else "none is loaded"
            raise BadInput(" ".join((f"There is no adapter '{adapter[:60]}': {there}.", *self.problems)))
        return adapter


def load_policy(
    source: str | Path = "",
    device: str = "auto",
    revision: str | None = None,
    adapters: Sequence[str] | None = None,
    *,
    chose: tuple[str, str] = ("SSG_POLICY (or --policy)", ADAPTERS_CHOSE),
) -> Policy:
    """Load a policy; ``source`` is a folder, a Hub name ("owner/name"), or "" for the embedded one.

    ``adapters`` are loaded beside it: folders or Hub names; an empty sequence means those that are shipped with the
    embedded policy, None means none. One that cannot be used is left out and named in the policy's ``problems``.
    ``chose`` is what to correct where the policy, or an adapter, cannot be used.
    """
    asked = Source("policy", str(source), chose[0], EMBEDDED)
    with asked.loading():
        return _load(asked.folder(revision), asked, device, adapters, chose[1])


def _load(folder: Path, asked: Source, device: str, adapters: Sequence[str] | None, adapters_by: str) -> Policy:
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText

    from ssg.grounding.processor import GroundingProcessor

    target = usable_device(device)
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    known = (folder / FILE_NAME).exists()
    manifest = read_manifest(folder) if known else assumed_manifest(asked.name, config.model_type)
    dtype = torch.float32 if target == "cpu" else torch.bfloat16
    loaded: Any = AutoModelForImageTextToText.from_pretrained(
        folder,
        dtype=dtype,
        device_map={"": target},
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    model, report = loaded
    require_whole(model.eval(), report, asked)
    _unify(model, dtype)
    processor = GroundingProcessor.load(folder)
    info = PolicyInfo(manifest.name, quantisation_of(config), _count(model), target)
    beside, problems = load_adapters(model, manifest, adapters, embedded=not asked.name, named=known, chose=adapters_by)
    return Policy(model, processor, manifest, info, _stop_tokens(model, processor), beside, problems)


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


def _unify(model: Any, dtype: Any) -> None:
    """Bring what is not quantised to one dtype: a loader may leave some bfloat16 tensors as the file has them."""
    for parameter in model.parameters():
        if parameter.is_floating_point() and getattr(parameter, "quant_state", None) is None:
            parameter.data = parameter.data.to(dtype)


def _stop_tokens(model: Any, processor: Any) -> tuple[int, ...]:
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    return tuple(dict.fromkeys(int(end) for end in [*ends, processor.tokenizer.eos_token_id] if end is not None))
