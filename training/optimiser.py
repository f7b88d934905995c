"""Muon (Jordan et al. 2024) for the matrices inside the network, AdamW for all else, as one optimiser.

The update of a matrix is brought to the size that AdamW's has late in training (Liu et al. 2025, "Muon is scalable");
AdamW's early updates are larger, hence ``MATRIX_PACE``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

MATRIX_PACE = 4.0
"""Learning rate of Muon's matrices, in units of AdamW's."""


def is_matrix(name: str, parameter: nn.Parameter) -> bool:
    """Whether a parameter is a hidden matrix: neither a vector nor an embedding nor the first or last layer."""
    outer = ("embed", "lm_head", "cover", "corners")
    return parameter.ndim == 2 and not any(part in name for part in outer)


class MuonAdamW(torch.optim.Optimizer):
    """Groups with ``matrix`` True are updated by Muon, the others by AdamW; ``weight_decay`` spares vectors."""

    def __init__(self, groups: list[dict[str, Any]], lr: float, weight_decay: float) -> None:
        matrices = [group for group in groups if group["matrix"]]
        others = [group for group in groups if not group["matrix"]]
        self._parts: list[torch.optim.Optimizer] = []
        if matrices:
            self._parts.append(
                torch.optim.Muon(matrices, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
            )
        if others:
            self._parts.append(torch.optim.AdamW(others, lr=lr, betas=(0.9, 0.98), weight_decay=0.0, foreach=True))
        super().__init__([group for part in self._parts for group in part.param_groups], {"lr": lr})
        self.param_groups = [group for part in self._parts for group in part.param_groups]

    def step(self, closure: Any = None) -> Tensor | None:  # type: ignore[override]
        """One update of every parameter."""
        for part in self._parts:
            part.step()
        return None

    def state_dict(self) -> dict[str, Any]:
        """State of both parts."""
        return {"parts": [part.state_dict() for part in self._parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore both parts; groups stay the same objects."""
        for part, state in zip(self._parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self._parts for group in part.param_groups]
