"""The base of a large policy: fetched, quantised as it is loaded, with an adapter put on that learns.

Everything that depends on the checkpoint is decided here: its processor, how it writes places, where the adapter goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from ssg.errors import BadInput
from ssg.grounding.checkpoints import Source, require_whole
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import CONVENTION_OF_ARCHITECTURE
from ssg.grounding.processor import GroundingProcessor
from training.frames import Frames
from training.runs import read_preset

_STREAM = "steps batch learning_rate warmup weight_decay clip checkpointing real_share kinds train_seeds"
TABLES = {
    "base": "name architecture convention image_pixels text vision",
    "quantisation": "type double keep",
    "lora": "rank alpha targets",
    "sft": f"{_STREAM} accumulate questions brief",
    "grpo": f"{_STREAM} images generations completion_length constrained rewards aggregation loss scale_rewards beta "
    "epsilon epsilon_high iterations temperature watch_every watch_images vllm",
}
"""What a preset of a large policy must say, by table."""

PATCHES = ("patch_size", "spatial_merge_size")
"""What of the vision tower decides to which size an image is brought, and so what a pixel is."""

WANTED = {"bitsandbytes": "bitsandbytes", "peft": "PEFT", "trl": "TRL", "datasets": "Datasets"}
"""What these stages need beside torch and transformers, by the names of module and library."""


@dataclass(frozen=True, slots=True)
class Base:
    """A loaded base: ``model`` (a ``peft.PeftModel`` whose adapter "default" learns), its processor and its frames."""

    model: Any
    processor: GroundingProcessor
    frames: Frames
    config: Any

    @property
    def plain(self) -> Any:
        """The model itself, with the adapter's layers in place."""
        return self.model.get_base_model()


def read_large_preset(name: str) -> dict[str, Any]:
    """A preset of a large policy; raises BadInput for one of another kind."""
    preset = read_preset(name)
    for table, keys in TABLES.items():
        if table not in preset:
            raise BadInput(
                f"The preset '{name}' has no [{table}], it is none of a large policy: take one that ends in -qlora."
            )
        if missing := [key for key in keys.split() if key not in preset[table]]:
            raise BadInput(
                f"The preset '{name}' lacks {', '.join(missing)} in [{table}]: copy one that ends in -qlora."
            )
    base = preset["base"]
    usual = CONVENTION_OF_ARCHITECTURE.get(base["architecture"])
    if base["convention"] != usual:
        raise BadInput(
            f"The preset '{name}' says that {base['architecture']} writes {base['convention']}: its family writes "
            f"{usual}, correct [base] convention."
        )
    return preset


def require_libraries() -> None:
    """Raise BadInput, in one line, where a library that these stages need is not installed."""
    missing = [said for module, said in WANTED.items() if find_spec(module) is None]
    if missing:
        raise BadInput(
            f"Large policies need {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed: "
            "pip install -e '.[train]' in the clone."
        )


def frames_of(base: Mapping[str, Any]) -> Frames:
    """How the preset's base writes places on the images that it is trained on, before it is loaded."""
    vision, pixels = base["vision"], base["image_pixels"]
    return Frames(Convention(base["convention"]), vision["patch_size"] * vision["spatial_merge_size"], (pixels, pixels))


def folder_of(name: str) -> Path:
    """The base's folder: one here, or that of the Hub, fetched once."""
    return Source("base", name, "[base] name in the preset", Path()).folder()


def require_family(base: Mapping[str, Any], where: str) -> None:
    """Raise BadInput where the configuration of the checkpoint ``where``, a folder or a name on the Hub, is not the one
    that the ``[base]`` table says: its architecture decides how places are written. No weights are read or fetched.
    """
    from transformers import AutoConfig

    with Source("base", where, "[base] name in the preset", Path()).loading():
        config = AutoConfig.from_pretrained(where, trust_remote_code=False)
    vision = getattr(config, "vision_config", None)
    found = {"architecture": config.model_type, **{name: getattr(vision, name, None) for name in PATCHES}}
    wanted = {"architecture": base["architecture"], **{name: base["vision"].get(name) for name in PATCHES}}
    if other := [name for name in found if found[name] != wanted[name]]:
        kept, said = (", ".join(f"{name} {of[name]}" for name in other) for of in (found, wanted))
        raise BadInput(
            f"{where} is another policy ({kept}) than the preset's [base] says ({said}): copy the preset of its "
            "family, or correct [base] name."
        )


def load_base(preset: Mapping[str, Any], folder: Path, start: Path | None, whole: bool = False) -> Base:
    """Load the base of a preset from ``folder`` with a new adapter, or with that of the folder ``start``.

    ``whole`` leaves it unquantised. On a GPU it computes in bfloat16, on a CPU in float32. Raises BadInput for a
    checkpoint of another architecture before its weights are read.
    """
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers.integrations import is_deepspeed_zero3_enabled

    base, lora = preset["base"], preset["lora"]
    convention = Convention(base["convention"])
    if start is not None:
        _require_adapter(start, convention)
    require_family(base, str(folder))
    source = Source("base", str(folder), "[base] name in the preset", folder)
    with source.loading():
        model = _loaded(folder, preset["quantisation"], whole, source)
        processor = GroundingProcessor.load(folder)
    processor.image_processor.size = _at_most(processor.image_processor.size, base["image_pixels"])
    processor.tokenizer.padding_side = "left"  # answers of one batch begin together
    config = LoraConfig(
        r=lora["rank"],
        lora_alpha=lora["alpha"],
        lora_dropout=0.0,  # with dropout the probabilities of GRPO's rollouts would not be those that are learned from
        target_modules=lora["targets"],
        bias="none",
    )
    adapted = (
        PeftModel.from_pretrained(model, str(start), is_trainable=True) if start else get_peft_model(model, config)
    )
    if is_deepspeed_zero3_enabled():
        adapted.enable_input_require_grads()  # for its way of computing activations again
    return Base(adapted, processor, Frames.of(convention, processor.image_processor), adapted.peft_config["default"])


def _loaded(folder: Path, quantisation: Mapping[str, Any], whole: bool, source: Source) -> Any:
    from accelerate import PartialState
    from transformers import AutoModelForImageTextToText, BitsAndBytesConfig
    from transformers.integrations import is_deepspeed_zero3_enabled

    gpu, divided = torch.cuda.is_available(), is_deepspeed_zero3_enabled()
    dtype = torch.bfloat16 if gpu else torch.float32
    how: dict[str, Any] = {}
    if not whole:
        how["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type=quantisation["type"],
            bnb_4bit_use_double_quant=quantisation["double"],
            bnb_4bit_compute_dtype=dtype,
            # ZeRO 3 divides only what is stored as numbers of the same kind as the rest
            bnb_4bit_quant_storage=dtype if divided else torch.uint8,
            llm_int8_skip_modules=list(quantisation["keep"]),
        )
    loaded: Any = AutoModelForImageTextToText.from_pretrained(
        folder,
        dtype=dtype,
        # each process loads onto its own GPU; with ZeRO 3 DeepSpeed places the weights itself
        device_map=None if divided else {"": PartialState().local_process_index if gpu else "cpu"},
        attn_implementation="sdpa",  # packed questions come with a mask of their own, which flash attention cannot take
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
        **how,
    )
    model, report = loaded
    if not divided:  # else no process has the numbers to look at
        require_whole(model, report, source)
    if not gpu:
        _keep_gradients(model)
    return model


def _keep_gradients(model: Any) -> None:
    """Keep four-bit layers as they are on a CPU: bitsandbytes would repack them at the first answer, for a product that
    has no way back, and gradients would be silently wrong from then on."""
    from bitsandbytes.nn import Linear4bit

    for layer in model.modules():
        if isinstance(layer, Linear4bit):
            layer.support_avx512bf16_for_cpu = False


def _at_most(size: Any, pixels: int) -> dict[str, int]:
    """The checkpoint's bounds of an image's pixels, with the preset's as the upper one."""
    return {"shortest_edge": min(int(size["shortest_edge"]), pixels), "longest_edge": pixels}


def _require_adapter(start: Path, convention: Convention) -> None:
    from ssg.grounding.adapters import CONFIG, WEIGHTS
    from ssg.grounding.manifest import FILE_NAME, read_manifest

    missing = [name for name in (CONFIG, WEIGHTS, FILE_NAME) if not (start / name).is_file()]
    if missing:
        raise BadInput(
            f"{start} cannot be started from, it has no {missing[0]}: give the RUN/checkpoint of 'large sft'."
        )
    if read_manifest(start).convention is not convention:
        raise BadInput(
            f"{start} was taught to write places otherwise than this preset's base: give one of this preset."
        )
