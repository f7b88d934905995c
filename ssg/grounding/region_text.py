"""Does a region show what words say? A contrastive image-text encoder, asked of regions.

Any SigLIP or CLIP checkpoint of ``transformers`` serves. The image is encoded once; a region's embedding is pooled from
the patches that it covers, with some context around it. A region shows its finding where the finding's words fit better
than their counterfactuals (:mod:`ssg.reward.wording`); how much better makes how sure is in its manifest
(:mod:`ssg.grounding.region_text_manifest`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ssg.boxes import Box
from ssg.errors import Unavailable
from ssg.grounding.checkpoints import Source, require_whole, usable_device
from ssg.grounding.image_kinds import in_words
from ssg.grounding.kept import Kept, digest
from ssg.grounding.levels import LEVELS, Levels, read_levels, write_levels
from ssg.grounding.region_text_manifest import RegionTextManifest
from ssg.grounding.seen_image import Encoded, SeenImage
from ssg.grounding.unlike import strangeness
from ssg.reward.answers import Region, said
from ssg.reward.wording import KINDS, MOST_SIBLINGS, counterfactuals
from ssg.vocabulary import Side

EMBEDDED = Path(__file__).parent / "embedded_encoder"
"""The encoder that ships with the package."""

FAMILIES = ("siglip", "clip")
"""Architectures whose checkpoints can be asked about regions, by the ``model_type`` of their configuration."""

UNKNOWN_IMAGE = (
    "The image-text model knows {kinds} in grey and is not asked about this image: {why}. "
    "Names are judged by themselves."
)

CONTEXT = 0.15
"""How much of its width and height a region is widened by on each side."""

LEAST_WEIGHT = 1e-6
"""Of a patch that a region does not cover, beside one that it covers most."""

KEPT_BYTES = 256 * 2**20
"""Of encoded images: a case is answered often, and so is a group's image in training."""

AT_ONCE = 256
"""Regions that are pooled at once; more would take gigabytes of attention weights with a large encoder."""

DIGITS = 4
"""Decimals of a probability: below them the company in which a region is asked about would decide."""


class RegionText:
    """``model`` is transformers' SiglipModel or CLIPModel (or one that has their parts). May be shared by threads.

    ``levels`` are mean and standard deviation of the channels (2, 3) that its images are normalised by.
    """

    def __init__(
        self, model: Any, tokenizer: Any, manifest: RegionTextManifest | None = None, levels: Levels = LEVELS
    ) -> None:
        self.model, self.tokenizer, self.levels = model.eval(), tokenizer, levels
        self.manifest = manifest or RegionTextManifest()
        self._forget()

    def look(
        self,
        pixels: NDArray[np.uint8],
        modality: str = "",
        notes: Iterable[str] = (),
        size: tuple[float, float] | None = None,
        body_part: str = "",
    ) -> tuple[SeenImage | None, str]:
        """The image as this encoder sees it; or None and a sentence on why it does not know such images.

        ``modality`` and ``body_part`` are DICOM's or "" where unknown, ``notes`` are those of the decoder, ``size`` as
        for :meth:`on`. An encoder that does not say what it was shown is asked about everything.
        """
        shown = self.manifest.shown
        why = strangeness(pixels, shown, modality, body_part, notes) if shown else ""
        if why:
            return None, UNKNOWN_IMAGE.format(kinds=in_words(shown), why=why)
        return self.on(pixels, size), ""

    def _forget(self) -> None:
        self._texts: dict[str, Tensor] = {}
        self._names: dict[tuple[str, Side | None], tuple[Tensor, Tensor]] = {}
        self._images = Kept[SeenImage](KEPT_BYTES, lambda image: image.size_in_bytes)

    def __getstate__(self) -> dict[str, Any]:
        """Pickled without what is only kept."""
        return {name: getattr(self, name) for name in ("model", "tokenizer", "manifest", "levels")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    @classmethod
    def load(cls, name: str | Path = "", device: str = "auto", revision: str | None = None) -> RegionText:
        """From a folder, by the name of a checkpoint on the Hub, or "" for the embedded one; raises Unavailable."""
        asked = Source("image-text encoder", str(name), "SSG_ENCODER (or --encoder)", EMBEDDED)
        with asked.loading():
            return cls._loaded(asked.folder(revision), asked, usable_device(device))

    @classmethod
    def _loaded(cls, folder: Path, asked: Source, device: str) -> RegionText:
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        kind = AutoConfig.from_pretrained(folder, trust_remote_code=False).model_type
        if kind not in FAMILIES:
            raise Unavailable(f"{asked.said} is a {kind} checkpoint: give one of {' or '.join(FAMILIES)}.")
        model, report = AutoModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
        require_whole(model, report, asked)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        manifest = RegionTextManifest.read(folder, asked.name)
        encoder = cls(model.to(device), tokenizer, manifest, read_levels(folder))
        encoder.prove()
        return encoder

    def prove(self) -> None:
        """Look at a grey square once, so that an encoder that cannot be asked is found out when it is loaded."""
        square = Box(8.0, 8.0, 24.0, 24.0)
        image = self.encode(np.full((32, 32), 127, np.uint8))
        leads = self.leads(image, [("lung", None, square)]).double().cpu().numpy()
        if not np.isfinite(self.manifest.probability(leads, image.mean)).all():
            raise ValueError("what it says of a region is not a finite number")

    def save(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        """Write weights, tokenizer, levels and manifest."""
        copy.deepcopy(self.model).to(dtype).save_pretrained(folder)
        (folder / "model.safetensors").chmod(0o644)  # transformers leaves it to its owner alone
        self.tokenizer.save_pretrained(folder)
        write_levels(self.levels, folder)
        self.manifest.write(folder)

    def on(self, pixels: NDArray[np.uint8], size: tuple[float, float] | None = None) -> SeenImage:
        """The grey image (height, width) as this encoder sees it; regions are in pixels of ``size`` (width, height),
        which is the image's own unless it is given. The latest images are kept."""
        size = size or (pixels.shape[1], pixels.shape[0])
        name = digest(pixels, size)
        found = self._images.get(name)
        return found or self._images.put(name, SeenImage(self, replace(self.encode(pixels), size=size)))

    @torch.inference_mode()
    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        """Encode one grey image (height, width)."""
        height, width = pixels.shape
        return Encoded(self.patches(self.prepared([pixels]))[0], (width, height))

    def prepared(self, images: Sequence[NDArray[np.uint8]]) -> Tensor:
        """Grey images as the vision tower takes them, (n, 3, side, side); the proportions are not kept."""
        side = int(self.model.config.vision_config.image_size)
        resized = [np.asarray(Image.fromarray(one).resize((side, side), Image.Resampling.BILINEAR)) for one in images]
        return self.normalised(torch.from_numpy(np.stack(resized)).to(self.model.device)[:, None])

    def normalised(self, grey: Tensor) -> Tensor:
        """Grey levels 0–255 (n, 1, side, side) as the vision tower takes them, (n, 3, side, side)."""
        grey = grey.float().div(255)
        mean, deviation = torch.tensor(self.levels, device=grey.device)[:, None, :, None, None]
        return (grey - mean) / deviation

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

    def shown(self, image: Encoded, regions: Sequence[Region]) -> NDArray[np.float64]:
        """How likely each region shows what it is called, (n,) in [0, 1]; NaN of findings that it cannot tell."""
        known = [row for row, one in enumerate(regions) if self.manifest.knows(one.finding)]
        shown = np.full(len(regions), np.nan)
        for start in range(0, len(known), AT_ONCE):
            rows = known[start : start + AT_ONCE]
            called = [(regions[row].finding, regions[row].side, regions[row].box) for row in rows]
            leads = self.leads(image, called).double().cpu().numpy()
            shown[rows] = self.manifest.probability(leads, image.mean).round(DIGITS)
        return shown

    @torch.inference_mode()
    def leads(self, image: Encoded, called: Sequence[tuple[str, Side | None, Box]]) -> Tensor:
        """By how much the words fit each region better than each kind of counterfactual, in logits: (n, kinds).

        Of several texts of one kind all together count; a kind that a finding does not have leads by 0.
        """
        names = [self.names(finding, side) for finding, side, _ in called]
        texts, kinds = torch.stack([one for one, _ in names]), torch.stack([kind for _, kind in names])
        logits = self.scale() * (texts @ self.boxes(image, [box for _, _, box in called])[..., None])[..., 0]
        own, others = logits[:, :1], logits[:, 1:, None].expand(-1, -1, len(KINDS))
        there = kinds[..., None] == torch.arange(len(KINDS), device=kinds.device)
        rivals = others.masked_fill(~there, -torch.inf).logsumexp(1)
        return torch.where(there.any(1), own - rivals, 0.0)

    @torch.inference_mode()
    def names(self, finding: str, side: Side | None) -> tuple[Tensor, Tensor]:
        """Embeddings of what a region is called and of its counterfactuals (texts, e), and the kinds of these.

        Filled up with texts of no kind (−1), so that those of all findings can be stacked.
        """
        found = self._names.get((finding, side))
        if found is None:
            kinds = counterfactuals(finding, side)
            texts = self.cached((said(finding, side), *(text for texts in kinds for text in texts)))
            of_kind = [number for number, texts in enumerate(kinds) for _ in texts]
            missing = len(KINDS) - 1 + MOST_SIBLINGS - len(of_kind)
            found = (
                functional.pad(texts, (0, 0, 0, missing)),
                torch.tensor([*of_kind, *[-1] * missing], device=texts.device),
            )
            self._names[finding, side] = found
        return found

    @torch.inference_mode()
    def boxes(self, image: Encoded, boxes: Sequence[Box]) -> Tensor:
        """Unit embeddings of boxes in pixels, (n, e)."""
        shares = torch.tensor([[*box] for box in boxes], dtype=torch.float32) / torch.tensor([*image.size] * 2)
        return self.regions(image.patches[None], shares[None].to(image.patches.device))[0]

    def embedding(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The grey image (height, width) as one unit vector (e,), to be compared with other images' only."""
        image = self.encode(pixels)
        found: NDArray[np.float64] = self.boxes(image, [Box(0, 0, *image.size)])[0].double().cpu().numpy()
        return found

    def cached(self, texts: Sequence[str]) -> Tensor:
        """Embeddings of texts, each worked out once."""
        new = [text for text in texts if text not in self._texts]
        if new:
            self._texts |= dict(zip(new, self.texts(new), strict=True))
        return torch.stack([self._texts[text] for text in texts])


def covered(boxes: Tensor, side: int) -> Tensor:
    """How much of each patch of a ``side`` × ``side`` grid a region and its context cover, beside the patch that they
    cover most: (..., 4) → (..., side²)."""
    margin = CONTEXT * (boxes[..., 2:] - boxes[..., :2])
    start, end = (boxes[..., :2] - margin) * side, (boxes[..., 2:] + margin) * side
    edges = torch.arange(side, device=boxes.device)
    share = (torch.minimum(end[..., None], edges + 1) - torch.maximum(start[..., None], edges)).clamp(0, 1)
    cover = (share[..., 1, :, None] * share[..., 0, None, :]).flatten(-2)
    return (cover / cover.amax(-1, keepdim=True).clamp_min(torch.finfo(cover.dtype).tiny)).clamp_min(LEAST_WEIGHT)


def _attended(head: Any, patches: Tensor, weights: Tensor) -> Tensor:
    """SigLIP's attention pooling, each patch counted by how much of it the region covers; one image, many regions."""
    images, regions, _ = weights.shape
    bias = weights.log()[:, None].expand(-1, head.attention.num_heads, -1, -1).flatten(0, 1)
    probes = head.probe.expand(images, regions, -1)
    pooled = head.attention(probes, patches, patches, attn_mask=bias, need_weights=False)[0]
    return pooled + head.mlp(head.layernorm(pooled))
