"""The reward's image-text encoder: contrastive pre-training on regions and what may truly be said of them.

    python -m training pretrain --preset tiny-cpu --run runs/pretrain [--real DIR/annotations.json ...]
    python -m training pretrain --evaluate ssg/grounding/embedded_encoder --json

A small dual encoder of SigLIP's architecture (Zhai et al. 2023, "Sigmoid loss for language image pre-training", with
transformers' own classes). Every region of a batch is compared with every text: the findings and structures, each alone
and on each side, the negation of each, and "normal". What is true, false or open of a region is known from the phantom
(``training/region_pairs.py``). Afterwards the weights of its leads are fitted on held-out images.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import SiglipConfig, SiglipModel

from ssg import phantoms
from ssg.grounding.region_text import RegionText
from ssg.grounding.tokenizer import build_tokenizer
from ssg.vocabulary import vocabulary
from training.loop import Training
from training.region_pairs import FALSE, OPEN, TRUE, Texts, draw_regions, truths
from training.runs import RunFolder, device_in_words, read_preset
from training.scenes import Row, read_annotations, real_rows
from training.stream import SceneStream, StreamConfig

SEEN = "frontal chest radiographs, mostly synthetic"
"""What the encoder has been shown, said in its manifest: it is not asked about other kinds of images."""

RAREST = 30.0
"""A true pair counts at most so many times as much as a false one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--preset", default="tiny-cpu", help="name of a preset, or the path of a TOML file")
    parser.add_argument("--run", type=Path, default=Path("runs/pretrain"), help="run folder; an existing one goes on")
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="annotation lists to mix in")
    parser.add_argument("--steps", type=int, help="number of steps, in place of the preset's")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--save-every", type=int, default=200, help="steps between saved states")
    parser.add_argument("--evaluate", metavar="ENCODER", help="measure this encoder (a folder or Hub name) instead")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def main(arguments: argparse.Namespace) -> None:
    """Train, calibrate, write ``RUN/checkpoint`` in half precision and measure what was written; or measure only."""
    from training.region_metrics import calibrated, figures, in_words

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    listed = [row for path in arguments.real for row in read_annotations(path)]
    if arguments.evaluate:
        measured = figures(RegionText.load(arguments.evaluate), listed)
        print(json.dumps(measured, indent=2) if arguments.json else in_words(measured))
        return
    preset = read_preset(arguments.preset)
    plan = preset["pretrain"] | ({"steps": arguments.steps} if arguments.steps else {})
    config = {"model": preset["region_text"], "pretrain": plan, "real": [str(path) for path in arguments.real]}
    run, rows = RunFolder(arguments.run, config), real_rows(arguments.real)
    stage = Pretrain(preset["region_text"], plan, rows, run)
    stage.train(arguments.save_every)
    name = f"ssg-{Path(arguments.preset).stem}-region-text"
    encoder = calibrated(RegionText(stage.model.cpu(), stage.tokenizer), name, SEEN, listed)
    encoder.save(arguments.run / "checkpoint", torch.float16)
    measured = figures(RegionText.load(arguments.run / "checkpoint"), listed)
    run.log(step=stage.step, device=device_in_words(), figures=measured)
    print(json.dumps(measured, indent=2) if arguments.json else in_words(measured))


class Pretrain(Training):
    """The dual encoder. ``shape`` is the preset's ``[region_text]``, ``plan`` its ``[pretrain]`` table."""

    def __init__(self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.tokenizer = build_encoder(shape, plan.get("seed", 0))
        self.model.to(self.device)
        self.encoder = RegionText(self.model, self.tokenizer)
        real = sorted({name for row in rows for name, _ in row.present})
        self.texts = Texts.of([*phantoms.FINDINGS, *phantoms.STRUCTURES, *real])
        self.size = shape["image_size"]
        seeds = (plan["train_seeds"][0], plan["train_seeds"][1])
        share = plan["real_share"] if rows else 0.0
        config = StreamConfig(self.size, 0, seeds, share, plan.get("seed", 0), plan.get("reuse", 3))
        self.stream = SceneStream(config, rows)
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
        prepared = self.encoder.prepared(list(batch["images"].cpu().numpy()))
        seen = self.encoder.regions(self.encoder.patches(prepared), batch["boxes"]).flatten(0, 1)
        said = self.encoder.texts(self.texts.all)
        logits = self.encoder.scale() * seen @ said.T + self.model.logit_bias
        true, known = (batch["truths"] == TRUE).float(), batch["truths"] != OPEN
        # each text by itself: of most findings most regions are false, of most negations most are true
        trues, falses = true.sum(0), (batch["truths"] == FALSE).float().sum(0)
        rarity = (falses / trues.clamp_min(1)).clamp(1 / RAREST, RAREST)
        weight = known * torch.where(true > 0, rarity.clamp_min(1), (1 / rarity).clamp_min(1))
        each = functional.binary_cross_entropy_with_logits(logits, true, weight, reduction="none")
        return {"loss": each.sum() / weight.sum() * 10}


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
