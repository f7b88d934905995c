"""Images to patches on the device: what the image processor does with grey images that already have their size."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class Patcher:
    """Does what ``processor`` (a ``GroundingProcessor``) does with images of divisible sides, from uint8 to patches."""

    def __init__(self, processor: Any) -> None:
        images = processor.image_processor
        self._patch, self._merge, self._time = images.patch_size, images.merge_size, images.temporal_patch_size
        mean, std = torch.tensor(images.image_mean), torch.tensor(images.image_std)
        self._scale, self._shift = 1 / (255 * std), mean / std

    def grid(self, images: Tensor) -> Tensor:
        """Time, rows and columns of patches of each image, (n, 3)."""
        count, height, width = images.shape
        return torch.tensor([[1, height // self._patch, width // self._patch]] * count, device=images.device)

    def __call__(self, images: Tensor) -> Tensor:
        """Patches (n · rows · columns, channels · time · patch · patch) of uint8 images (n, H, W)."""
        count, height, width = images.shape
        merge, patch = self._merge, self._patch
        rows, columns = height // patch // merge, width // patch // merge
        cut = images.view(count, rows, merge, patch, columns, merge, patch).permute(0, 1, 4, 2, 5, 3, 6)
        cut = cut.reshape(-1, 1, 1, patch * patch).float()
        scale, shift = self._scale.to(images.device), self._shift.to(images.device)
        channels = cut * scale.view(1, -1, 1, 1) - shift.view(1, -1, 1, 1)
        return channels.expand(-1, -1, self._time, -1).flatten(1)
