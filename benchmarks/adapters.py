"""What an adapter beside a policy costs: reading it, switching to it, and an answer with it.

    python -m benchmarks.adapters [--policy DIR] [--rank 8] [--threads 2] [--json]

The adapters have random matrices over the linear layers that ``python -m training adapt`` teaches; how long an answer
takes does not depend on what is in them, but on how many tokens it has, so times are given for each step of decoding.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig

from ssg import phantoms
from ssg.grounding.adapters import WEIGHTS, put_adapter, use_adapter, write_adapter
from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import Policy, load_policy
from training.adapt import TARGETS

ASKED = ("pleural effusion", "nodule", "cardiomegaly")
NAMES = ("first", "second")
ROUNDS = 7


def milliseconds(work: Callable[[], Any], times: int) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(taken)


def random_adapter(policy: str, folder: Path, rank: int, seed: int) -> Path:
    """Write an adapter to a policy whose matrices are small random numbers."""
    model = load_policy(policy).model
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGETS, bias="none")
    put_adapter(model, config)
    torch.manual_seed(seed)
    for name, value in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(value, std=0.01)
    write_adapter(model, config, folder)
    return folder


def measured(source: str, rank: int) -> dict[str, Any]:
    """The figures of one policy."""
    pixels = phantoms.draw("chest-xray", 5000, size=512).pixels
    with tempfile.TemporaryDirectory() as home:
        folders = [random_adapter(source, Path(home) / name, rank, seed) for seed, name in enumerate(NAMES)]
        begin = time.perf_counter()
        load_policy(source)
        alone = time.perf_counter() - begin
        begin = time.perf_counter()
        policy = load_policy(source, adapters=[str(folder) for folder in folders])
        together = time.perf_counter() - begin
        size = (folders[0] / WEIGHTS).stat().st_size
    figures: dict[str, Any] = {
        "policy": policy.info.to_json(),
        "adapter_mb": round(size / 1e6, 2),
        "load_ms": round((together - alone) * 1e3 / len(folders)),
        "switch_ms": round(milliseconds(lambda: _there_and_back(policy), 100) / 2, 2),
    }
    # by turns, because other work on the machine comes and goes
    rounds = [[_asked(policy, pixels, adapter) for adapter in ("", NAMES[0])] for _ in range(ROUNDS)]
    for label, asked in zip(("base", "adapter"), zip(*rounds, strict=True), strict=True):
        encode, step = (statistics.median(figure) for figure in zip(*asked, strict=True))
        figures[label] = {"encode_ms": round(encode), "step_ms": round(step, 1)}
    return figures


def _there_and_back(policy: Policy) -> None:
    use_adapter(policy.model, NAMES[0])
    use_adapter(policy.model, "")


def _asked(policy: Policy, pixels: Any, adapter: str) -> tuple[float, float]:
    """Milliseconds to encode an image, and those of each step of decoding the answers."""
    steps = 0

    def count(*_: Any) -> None:
        nonlocal steps
        steps += 1

    grounder = Grounder(policy)  # keeps no image yet
    hook = policy.model.lm_head.register_forward_hook(count)
    _, timing = grounder.answer(pixels, [(name, None) for name in ASKED], adapter)
    hook.remove()
    return timing["encode"], timing["decode"] / max(steps - 1, 1)  # the first step is the image's


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--policy", default="", help="checkpoint folder or Hub name; the embedded one without it")
    parser.add_argument("--rank", type=int, default=8, help="rank of the adapters")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    found = measured(arguments.policy, arguments.rank)
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['policy']['name']}, {found['policy']['quantisation']}, on {found['policy']['device']}")
    print(f"an adapter of rank {arguments.rank}: {found['adapter_mb']} MB, read in {found['load_ms']} ms")
    print(f"a switch: {found['switch_ms']} ms")
    for label in ("base", "adapter"):
        print(f"{label:8} image {found[label]['encode_ms']} ms, each step {found[label]['step_ms']} ms")


if __name__ == "__main__":
    main()
