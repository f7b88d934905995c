"""The reward's image-text encoder: contrastive pre-training on regions and what may truly be said of them.

    python -m training pretrain --preset tiny-cpu --run runs/pretrain [--real DIR/annotations.json ...]
    python -m training pretrain --calibrate runs/pretrain/uncalibrated --run runs/pretrain [--real ...]
    python -m training pretrain --evaluate ssg/grounding/embedded_encoder --json

A small dual encoder of SigLIP's architecture (Zhai et al. 2023, "Sigmoid loss for language image pre-training", with
transformers' own classes). Every region of a batch is compared with every text: the findings and structures, each alone
and on each side, the negation of each, and "normal". What is true, false or open of a region is known from the phantom
(``training/region_pairs.py``). Afterwards the weights of its leads are fitted on held-out images.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import SiglipConfig, SiglipModel

from ssg import phantoms
from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.region_text import RegionText
from ssg.grounding.tokenizer import build_tokenizer
from ssg.vocabulary import vocabulary
from training.curves import write_curves
from training.flags import positive
from training.lists import read_rows, real_rows
from training.loop import Training
from training.meant_for_gpu import add_on_cpu, require_gpu_for
from training.region_pairs import FALSE, OPEN, TRUE, Texts, draw_regions, truths
from training.room import require_room
from training.rows import Row
from training.runs import CHECKPOINT, RunFolder, device_in_words, read_preset
from training.sft import modalities_shown, seen_in_words
from training.speed import mixed_precision
from training.start import add_schedule_arguments, plan_of, stream_config
from training.stream import SceneStream
from training.writing import GOES_ON, in_one_piece, write_figures

RAREST = 30.0
"""A true pair counts at most so many times as much as a false one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--preset", default="tiny-cpu", help="name of a preset, or the path of a TOML file")
    parser.add_argument(
        "--run", type=file_path, default=Path("runs/pretrain"), help="run folder; an existing one goes on"
    )
    parser.add_argument("--real", type=file_path, nargs="*", default=[], help="annotation lists to mix in")
    parser.add_argument("--start", help="encoder to go on from (a folder or Hub name), its weights only")
    add_schedule_arguments(parser)
    add_on_cpu(parser)
    parser.add_argument(
        "--uncalibrated", action="store_true", help="write RUN/uncalibrated and leave fitting and measuring for later"
    )
    parser.add_argument(
        "--calibrate", metavar="ENCODER", help="fit and measure this trained encoder; nothing is taught"
    )
    parser.add_argument("--threads", type=positive, help="CPU threads")
    parser.add_argument("--save-every", type=positive, default=200, help="steps between saved states")
    parser.add_argument("--evaluate", metavar="ENCODER", help="measure this encoder (a folder or Hub name) instead")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def main(arguments: argparse.Namespace) -> None:
    """Train, calibrate, write ``RUN/checkpoint`` in half precision and measure what was written; or measure only."""
    from training.region_metrics import figures, in_words

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    listed = [row for path in arguments.real for row in read_rows(path)]
    if arguments.evaluate:
        measured = figures(RegionText.load(arguments.evaluate), listed)
        print(json.dumps(measured, indent=2) if arguments.json else in_words(measured))
        return
    if not arguments.calibrate:
        require_gpu_for(arguments.preset, arguments.on_cpu)
    preset = read_preset(arguments.preset)
    plan = plan_of(arguments, preset["pretrain"])
    if arguments.calibrate:
        finish(RegionText.load(arguments.calibrate), plan, arguments, listed)
        return
    require_room("pretrain", preset, plan, arguments.run, arguments.save_every)
    config = {"model": preset["region_text"], "pretrain": plan, "real": [str(path) for path in arguments.real]}
    config |= {"start": arguments.start} if arguments.start else {}
    run, rows = RunFolder(arguments.run, config), real_rows(arguments.real)
    stage = Pretrain(preset["region_text"], plan, rows, run, arguments.start)
    stage.train(arguments.save_every)
    run.log(step=stage.step, device=device_in_words())
    write_curves(arguments.run)
    encoder = RegionText(stage.model.cpu(), stage.tokenizer)
    if arguments.uncalibrated:
        with in_one_piece(arguments.run / "uncalibrated", GOES_ON) as part:
            encoder.save(part, torch.float16)
        print(f"Not calibrated yet: {arguments.run / 'uncalibrated'}")
        return
    finish(encoder, plan, arguments, listed)


def finish(encoder: RegionText, plan: dict[str, Any], arguments: argparse.Namespace, listed: list[Row]) -> None:
    """Fit how sure the encoder is, write ``RUN/checkpoint`` in half precision, and measure what was written."""
    from training.region_metrics import CALIBRATED_ON, MEASURED_ON, calibrated, figures, in_words

    calibrating, measuring = (
        seeds[: plan[name]] if name in plan else None
        for seeds, name in ((CALIBRATED_ON, "calibrate_on"), (MEASURED_ON, "measure_on"))
    )
    kinds, rows = tuple(plan.get("kinds", {"chest-xray": 1.0})), real_rows(arguments.real)
    name = f"ssg-{Path(arguments.preset).stem}-region-text"
    made = calibrated(encoder, name, seen_in_words(kinds, rows), listed, kinds, calibrating)
    made.manifest = replace(made.manifest, modalities=modalities_shown(kinds, rows))
    with in_one_piece(arguments.run / CHECKPOINT, GOES_ON) as part:
        made.save(part, torch.float16)
    measured = figures(RegionText.load(arguments.run / CHECKPOINT), listed, kinds, measuring)
    write_figures(arguments.run / "figures.json", measured)
    print(json.dumps(measured, indent=2) if arguments.json else in_words(measured))


class Pretrain(Training):
    """The dual encoder. ``shape`` is the preset's ``[region_text]``, ``plan`` its ``[pretrain]`` table.

    ``start`` names an encoder to go on from; raises BadInput where it looks at images of another size.
    """

    def __init__(
        self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder, start: str | None = None
    ) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.tokenizer = _started(shape, start) if start else build_encoder(shape, plan.get("seed", 0))
        self.model.to(self.device)
        self.encoder = RegionText(self.model, self.tokenizer)
        real = sorted({name for row in rows for name, _ in row.present})
        kinds = tuple(plan.get("kinds", {"chest-xray": 1.0}))
        self.texts = Texts.of([*phantoms.all_findings(kinds), *phantoms.all_structures(kinds), *real])
        self.size = shape["image_size"]
        self.stream = SceneStream(stream_config({"image_pixels": self.size**2}, plan, rows, "pretrain"), rows)
        super().__init__(plan, run, {"encoder": self.model})

    def batch(self, step: int) -> dict[str, Tensor]:
        """Images, regions in shares of them, and what is true of them."""
        images, boxes, found = [], [], []
        for index in range(self.plan["batch"]):
            scene = self.stream.scene(step * self.plan["batch"] + index, (self.size, self.size))
            rng = np.random.default_rng([self.plan.get("seed", 0), step, index, 4])
            regions = draw_regions(scene, self.plan["regions"], rng)
            images.append(scene.pixels)
            boxes.append(regions / self.size)
            found.append(truths(scene, regions, self.texts))
        return {
            "images": torch.from_numpy(np.stack(images)),
            "boxes": torch.from_numpy(np.stack(boxes)).float(),
            "truths": torch.from_numpy(np.concatenate(found)),
        }

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The sigmoid loss over all regions and texts whose truth is known."""
        batch = {name: value.to(self.device) for name, value in batch.items()}
        with torch.autocast(self.device, torch.bfloat16, enabled=mixed_precision(self.device)):
            patches = self.encoder.patches(self.encoder.normalised(batch["images"][:, None]))
        seen = self.encoder.regions(patches.float(), batch["boxes"]).flatten(0, 1)
        said = self.encoder.texts(self.texts.all)
        logits = self.encoder.scale() * seen @ said.T + self.model.logit_bias
        true, known = (batch["truths"] == TRUE).float(), batch["truths"] != OPEN
        # each text by itself: of most findings most regions are false, of most negations most are true
        trues, falses = true.sum(0), (batch["truths"] == FALSE).float().sum(0)
        rarity = (falses / trues.clamp_min(1)).clamp(1 / RAREST, RAREST)
        weight = known * torch.where(true > 0, rarity.clamp_min(1), (1 / rarity).clamp_min(1))
        each = functional.binary_cross_entropy_with_logits(logits, true, weight, reduction="none")
        return {"loss": each.sum() / weight.sum() * 10}


def _started(shape: dict[str, Any], start: str) -> tuple[Any, Any]:
    encoder = RegionText.load(start)
    size = encoder.model.config.vision_config.image_size
    if size != shape["image_size"]:
        raise BadInput(f"{start} looks at {size} pixels a side, the preset at {shape['image_size']}: give another.")
    return encoder.model.float().requires_grad_(True), encoder.tokenizer


def build_encoder(shape: dict[str, Any], seed: int = 0) -> tuple[Any, Any]:
    """An untrained dual encoder and its tokenizer."""
    torch.manual_seed(seed)
    tokenizer = build_tokenizer([finding.name for finding in vocabulary()])
    config = SiglipConfig(
        vision_config={
            "hidden_size": shape["vision_hidden"],
            "intermediate_size": shape["vision_mlp"],
            "num_hidden_layers": shape["vision_layers"],
            "num_attention_heads": shape["vision_heads"],
            "image_size": shape["image_size"],
            "patch_size": shape["patch_size"],
        },
        text_config={
            "hidden_size": shape["text_hidden"],
            "intermediate_size": shape["text_mlp"],
            "num_hidden_layers": shape["text_layers"],
            "num_attention_heads": shape["text_heads"],
            "max_position_embeddings": shape["text_length"],
            "vocab_size": len(tokenizer),
            "projection_size": shape["vision_hidden"],
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": None,
        },
    )
    model = SiglipModel(config)
    torch.nn.init.constant_(model.logit_scale, float(np.log(10)))
    torch.nn.init.constant_(model.logit_bias, -2.0)
    return model, tokenizer
