"""Adapters for a small policy, with random matrices: as good as trained ones for everything but the answers' truth."""

from dataclasses import replace

import torch
from peft import LoraConfig

from ssg.grounding.adapters import put_adapter, use_adapter, write_adapter
from ssg.grounding.manifest import read_manifest
from training.adapt import TARGETS
from training.start import starting_policy

OF = {"chest-xray": ("DX",), "chest-ct": ("CT",), "brain-mr": ("MR",)}
"""Specialties and the DICOM codes of what their adapters are shown."""


def made_adapter(checkpoint, folder, seed, rank=4, scale=0.15, **said):
    """Write an adapter to a checkpoint; ``said`` goes into its manifest."""
    model, _ = starting_policy({}, checkpoint)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGETS, bias="none")
    put_adapter(model, config)
    torch.manual_seed(seed)
    for name, value in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(value, std=scale)
    write_adapter(model, config, folder)
    replace(read_manifest(checkpoint), **said).write(folder)
    return folder


def near(first, second):
    return torch.allclose(first, second, atol=1e-5)


def logits(policy, adapter=""):
    use_adapter(policy.model, adapter)
    with torch.inference_mode():
        return policy.model(input_ids=torch.arange(12)[None]).logits
