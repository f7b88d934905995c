"""Does a region show what words say? A contrastive image-text encoder, asked of regions.

Any SigLIP or CLIP checkpoint of ``transformers`` serves. The image is encoded once; a region's embedding is pooled from
the patches that it covers, with some context around it. A region shows its finding where the finding's words fit better
than their counterfactuals (:mod:`ssg.reward.wording`); how much better makes how sure is a slope and an offset, fitted
on held-out regions and kept in ``region_text.json`` beside the weights.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.reward.answers import Region, said
from ssg.reward.wording import counterfactuals

MANIFEST = "region_text.json"
CONTEXT = 0.15
"""How much of its width and height a region is widened by on each side."""

LEAST_WEIGHT = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability = sigmoid(slope · lead + offset); the lead is by how much the words fit better than all others."""

    slope: float = 1.0
    offset: float = 0.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One image: features of its patches (patches, width) before pooling, and its size (width, height) in pixels."""

    patches: Tensor
    size: tuple[int, int]


class RegionText:
    """``model`` is transformers' SiglipModel or CLIPModel (or one that has their parts)."""

    def __init__(self, model: Any, tokenizer: Any, calibration: Calibration | None = None) -> None:
        self.model, self.tokenizer = model.eval(), tokenizer
        self.calibration = calibration or Calibration()
        self._texts: dict[str, Tensor] = {}

    @classmethod
    def load(cls, name: str | Path) -> RegionText:
        """From a folder, or by the name of a checkpoint on the Hub; raises BadInput where it is no such encoder."""
        from transformers import AutoModel, AutoTokenizer

        try:
            model = AutoModel.from_pretrained(name, dtype=torch.float32, use_safetensors=True)
            tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        except (OSError, ValueError, KeyError) as error:
            raise BadInput(f"{name} cannot be loaded as an image-text encoder ({error}).") from None
        if not hasattr(model, "get_image_features") or not hasattr(model, "get_text_features"):
            raise BadInput(f"{name} is a {type(model).__name__}: give a SigLIP or CLIP checkpoint.")
        return cls(model, tokenizer, _calibration(Path(name)))

    def save(self, folder: Path) -> None:
        """Write weights, tokenizer and calibration."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        text = json.dumps(asdict(self.calibration), indent=1) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")

    @torch.inference_mode()
    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        """Encode one grey image (height, width)."""
        height, width = pixels.shape
        return Encoded(self.patches(self.prepared([pixels]))[0], (width, height))

    def prepared(self, images: Sequence[NDArray[np.uint8]]) -> Tensor:
        """Grey images as the vision tower takes them, (n, 3, side, side) in [−1, 1]; the proportions are not kept."""
        side = int(self.model.config.vision_config.image_size)
        resized = [np.asarray(Image.fromarray(one).resize((side, side), Image.Resampling.BILINEAR)) for one in images]
        grey = torch.from_numpy(np.stack(resized)).to(self.model.device).float().div(127.5).sub(1)
        return grey[:, None].expand(-1, int(self.model.config.vision_config.num_channels), -1, -1)

    def patches(self, prepared: Tensor) -> Tensor:
        """Features of all patches, (n, patches, width)."""
        hidden: Tensor = self.model.vision_model(pixel_values=prepared).last_hidden_state
        config = self.model.config.vision_config
        return hidden[:, -((config.image_size // config.patch_size) ** 2) :]  # CLIP has a class token in front

    def regions(self, patches: Tensor, boxes: Tensor) -> Tensor:
        """Unit embeddings of regions: patches (n, p, width), boxes (n, r, 4) in shares of the image → (n, r, e)."""
        weights = covered(boxes, round(patches.shape[1] ** 0.5))
        head = getattr(self.model.vision_model, "head", None)
        if head is not None:
            pooled = _attended(head, patches, weights)
        else:
            mean = weights @ patches / weights.sum(-1, keepdim=True)
            pooled = self.model.visual_projection(self.model.vision_model.post_layernorm(mean))
        return functional.normalize(pooled, dim=-1)

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Unit embeddings of texts, (n, e)."""
        length = int(self.model.config.text_config.max_position_embeddings)
        rows = self.tokenizer(
            list(texts), padding="max_length", truncation=True, max_length=length, return_tensors="pt"
        ).to(self.model.device)
        found = self.model.get_text_features(input_ids=rows["input_ids"])
        return functional.normalize(getattr(found, "pooler_output", found), dim=-1)

    def scale(self) -> Tensor:
        """What similarities are multiplied by."""
        return self.model.logit_scale.exp()

    @torch.inference_mode()
    def shown(self, image: Encoded, regions: Sequence[Region]) -> NDArray[np.float64]:
        """How likely each region shows what it is called, (n,) in [0, 1]."""
        if not regions:
            return np.zeros(0)
        leads = self.leads(image, [(one.finding, one.side, one.box) for one in regions])
        probability = torch.sigmoid(self.calibration.slope * leads + self.calibration.offset)
        return probability.double().cpu().numpy()

    @torch.inference_mode()
    def leads(self, image: Encoded, called: Sequence[tuple[str, Any, Box]]) -> Tensor:
        """By how much the words fit each region better than all of their counterfactuals together, in logits."""
        seen = self.seen(image, [box for _, _, box in called])
        leads = []
        for embedding, (finding, side, _) in zip(seen, called, strict=True):
            texts = self.cached((said(finding, side), *counterfactuals(finding, side)))
            logits = self.scale() * texts @ embedding
            leads.append(logits[0] - torch.logsumexp(logits[1:], 0))
        return torch.stack(leads)

    @torch.inference_mode()
    def seen(self, image: Encoded, boxes: Sequence[Box]) -> Tensor:
        """Unit embeddings of boxes in pixels, (n, e)."""
        shares = torch.tensor([[*box] for box in boxes], dtype=torch.float32) / torch.tensor([*image.size] * 2)
        return self.regions(image.patches[None], shares[None].to(image.patches.device))[0]

    def cached(self, texts: Sequence[str]) -> Tensor:
        """Embeddings of texts, each worked out once."""
        new = [text for text in texts if text not in self._texts]
        if new:
            self._texts |= dict(zip(new, self.texts(new), strict=True))
        return torch.stack([self._texts[text] for text in texts])


def covered(boxes: Tensor, side: int) -> Tensor:
    """How much of each patch of a ``side`` × ``side`` grid a region and its context cover: (..., 4) → (..., side²)."""
    margin = CONTEXT * (boxes[..., 2:] - boxes[..., :2])
    start, end = (boxes[..., :2] - margin) * side, (boxes[..., 2:] + margin) * side
    edges = torch.arange(side, device=boxes.device)
    share = (torch.minimum(end[..., None], edges + 1) - torch.maximum(start[..., None], edges)).clamp(0, 1)
    return (share[..., 1, :, None] * share[..., 0, None, :]).flatten(-2).clamp_min(LEAST_WEIGHT)


def _attended(head: Any, patches: Tensor, weights: Tensor) -> Tensor:
    """SigLIP's attention pooling, each patch counted by how much of it the region covers; one image, many regions."""
    images, regions, _ = weights.shape
    bias = weights.log()[:, None].expand(-1, head.attention.num_heads, -1, -1).flatten(0, 1)
    probes = head.probe.expand(images, regions, -1)
    pooled = head.attention(probes, patches, patches, attn_mask=bias, need_weights=False)[0]
    return pooled + head.mlp(head.layernorm(pooled))


def _calibration(folder: Path) -> Calibration:
    path = folder / MANIFEST
    if not path.is_file():
        return Calibration(name=str(folder))
    try:
        return Calibration(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path} cannot be read as a calibration ({error}).") from None
