"""Quantise a policy to 4 bit (NF4, Dettmers et al. 2023) with bitsandbytes.

    python -m training quantise --checkpoint runs/sft/checkpoint --out ssg/grounding/embedded

Every linear layer becomes NF4 in blocks of 64; embeddings and norms are kept in bfloat16. The quantisation config is
saved with the weights, so whoever loads the folder gets what was made here.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, BitsAndBytesConfig

from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.checkpoints import quieten, require_whole
from ssg.grounding.manifest import read_manifest
from ssg.grounding.processor import GroundingProcessor
from training.preset_values import BLOCK
from training.prior import FILE_NAME as PRIOR
from training.prior import LocationPrior
from training.runs import require_apart
from training.start import UNREADABLE, checkpoint_source, read_failure
from training.writing import in_one_piece, require_file, write_figures

LARGEST_FILE = 16_000_000
"""Bytes; a checkpoint that ships with the project has no larger file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--checkpoint", type=file_path, required=True, help="checkpoint folder to quantise")
    parser.add_argument("--out", type=file_path, required=True, help="folder to write")
    parser.add_argument("--figures", type=file_path, help="also write the figures to this file, as JSON")


def main(arguments: argparse.Namespace) -> None:
    """Load in 4 bit, write, and say how large it became."""
    source, out = arguments.checkpoint, arguments.out
    if not (source / "config.json").exists():
        raise BadInput(f"{source} holds no checkpoint: give the folder that a training stage wrote.")
    require_apart(out, source)
    require_file(arguments.figures)
    quantise(source, out)
    sizes = [path.stat().st_size for path in out.iterdir()]
    largest, whole = max(sizes), sum(sizes)
    print(f"{out}: {whole / 1e6:.1f} MB, largest file {largest / 1e6:.1f} MB")
    if arguments.figures:
        figures = {"files": len(sizes), "megabytes": whole / 1e6, "largest_file": largest / 1e6}
        write_figures(arguments.figures, figures)
    if largest > LARGEST_FILE:
        print(f"Note: files over {LARGEST_FILE / 1e6:.0f} MB do not belong in the project; push this one to the Hub.")


def quantise(source: Path, out: Path) -> None:
    """Write the NF4 form of the checkpoint ``source`` to ``out``."""
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float32 if not torch.cuda.is_available() else torch.bfloat16,
    )
    quieten()
    try:
        if "quantization_config" in json.loads((source / "config.json").read_text(encoding="utf-8")):
            raise BadInput(f"{source} is quantised already: give the checkpoint that training wrote.")
        loaded: Any = AutoModelForImageTextToText.from_pretrained(
            source, quantization_config=config, dtype=torch.bfloat16, use_safetensors=True, output_loading_info=True
        )
        model, report = loaded
        require_whole(model, report, checkpoint_source(source))
        _require_finite(source)
        _require_blocks(model, source)
        processor, manifest = GroundingProcessor.load(source), read_manifest(source)
        LocationPrior.beside(source)  # it is copied as it stands
    except UNREADABLE as error:
        raise BadInput(read_failure(source, error, "quantised")) from None
    with in_one_piece(out) as part:
        model.save_pretrained(part)
        processor.save_pretrained(part)
        manifest.write(part)
        for beside in (*source.glob("*.md"), source / PRIOR):
            if beside.exists():
                shutil.copy(beside, part)


def _require_blocks(model: Any, source: Path) -> None:
    """Raise BadInput for layers whose widths NF4's kernels cannot pack: the result would load and answer nothing."""
    for name, layer in model.named_modules():
        if type(layer).__name__ == "Linear4bit" and layer.in_features % BLOCK:
            raise BadInput(
                f"{source} has layers of {layer.in_features} inputs ({name}), and NF4 packs blocks of {BLOCK}: choose "
                f"widths that are multiples of {BLOCK}, and train again."
            )


def _require_finite(source: Path) -> None:
    """Raise BadInput for weights that are no numbers, which four bits would hide."""
    for path in sorted(source.glob("*.safetensors")):
        for name, weights in load_file(path).items():
            if weights.is_floating_point() and not weights.isfinite().all():
                raise BadInput(f"{path} holds numbers that are not finite ({name}): train it again.")
