"""Fourth stage: adapt a policy to a specialty by a LoRA adapter, which the app switches without loading it all again.

    python -m training adapt --specialty chest-xray --start runs/grpo/checkpoint --run runs/adapt --real LIST.json ...

Low-rank updates (Hu et al. 2021) of every linear layer, taught as ``sft`` teaches, on the specialty's phantoms and on
those of the real images given that are of the specialty. The base stays as it is: many specialties share one, and each
is a megabyte or so, in half precision with ``--half`` or without.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ssg import phantoms
from ssg.errors import BadInput
from ssg.grounding.adapters import put_adapter, write_adapter
from ssg.grounding.image_kinds import IMAGE_KINDS, ImageKind
from ssg.grounding.manifest import read_manifest
from ssg.imaging import RADIOGRAPHS
from training.curves import write_curves
from training.lists import real_rows
from training.meant_for_gpu import require_gpu_for
from training.prior import LocationPrior, copy_prior, relative_boxes
from training.room import require_room
from training.rows import Row
from training.runs import CHECKPOINT, RunFolder, device_in_words, read_preset
from training.sft import Sft, modalities_shown, seen_in_words
from training.start import add_stage_arguments, plan_of, run_folder
from training.writing import GOES_ON, in_one_piece

TARGETS = (
    r".*(language_model\.layers\.\d+\.(self_attn|mlp)\.\w+_proj"
    r"|visual\.blocks\.\d+\.(attn\.(qkv|proj)|mlp\.linear_fc[12])"
    r"|visual\.(merger|deepstack_merger_list\.\d+)\.linear_fc[12])"
)
"""The linear layers of the language model, the vision tower and what lies between them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    add_stage_arguments(parser, Path("runs/adapt"))
    parser.add_argument("--specialty", required=True, choices=phantoms.KINDS, help="what the adapter is for")


def main(arguments: argparse.Namespace) -> None:
    """Train the adapter to the end of its schedule and write ``RUN/checkpoint``."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.start is None:
        raise BadInput("An adapter needs a base: give --start the checkpoint folder that it is for.")
    require_gpu_for(arguments.preset, arguments.on_cpu or arguments.write_only)
    preset = read_preset(arguments.preset)
    plan = plan_of(arguments, preset["adapt"])
    plan["kinds"] = {arguments.specialty: 1.0}
    if not arguments.write_only:
        require_room("adapt", preset, plan, arguments.run, arguments.save_every)
    fitting = rows_of_specialty(arguments.real, arguments.specialty)
    if arguments.real and not fitting:
        raise BadInput(
            f"No image to train on in {', '.join(map(str, arguments.real))} is of the specialty {arguments.specialty}: "
            "give lists of such images, or none to train on phantoms alone."
        )
    for path, found in fitting.items():
        print(f"{path}: {len(found):,} images are of {arguments.specialty} and trained on.", flush=True)
    lists, rows = [str(path) for path in fitting], [row for found in fitting.values() for row in found]
    config = {"model": preset["model"], "adapt": plan, "real": lists, "start": str(arguments.start)}
    run = run_folder(arguments, config)
    stage = Adapt(preset["model"], plan, rows, run, arguments.start)
    if arguments.write_only:
        stage.resume()
    else:
        stage.train(arguments.save_every)
    folder = arguments.run / CHECKPOINT
    with in_one_piece(folder, GOES_ON) as part:
        stage.write_adapter(part, arguments.start, arguments.specialty)
    run.log(step=stage.step, checkpoint=str(folder), device=device_in_words())
    print(f"Adapter: {folder}")
    write_curves(arguments.run)


def rows_of_specialty(lists: Iterable[Path], specialty: str) -> dict[Path, list[Row]]:
    """The training rows of each list that show what the specialty is about; a list without any is left out."""
    kind = next(kind for kind in IMAGE_KINDS if kind.specialty == specialty)
    found = {path: [row for row in real_rows([path]) if _is_of(kind, row)] for path in lists}
    return {path: rows for path, rows in found.items() if rows}


def _is_of(kind: ImageKind, row: Row) -> bool:
    """By DICOM's terms, a row without a modality being a radiograph, and by the part of the body of its findings."""
    modality, part = row.source.get("modality") or RADIOGRAPHS[-1], row.source.get("body_part") or ""
    return kind.fits(str(modality), str(part)) and row.body in ("", kind.words.partition(" ")[0])


class Adapt(Sft):
    """The policy with its weights frozen and an adapter beside them. ``plan`` is the preset's ``[adapt]`` table."""

    def __init__(
        self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder, start: Path | None
    ) -> None:
        self.config = _lora(plan["rank"])
        super().__init__(shape, plan, rows, run, start)

    def parts(self) -> dict[str, nn.Module]:
        """The same modules, of which only the adapter's matrices learn; the dense head learns along and is dropped."""
        self.model.requires_grad_(False)
        put_adapter(self.model, self.config)
        return super().parts()

    def write_adapter(self, folder: Path, base: Path, specialty: str) -> None:
        """Write the adapter's weights, what it is for and the location prior of what it was taught on."""
        manifest = read_manifest(base)
        real = sorted({name for row in self.rows for name, _ in row.present})
        names = dict.fromkeys([*manifest.findings, *phantoms.all_findings(self.kinds), *real])
        write_adapter(self.model, self.config, folder)
        seen, modalities = seen_in_words(self.kinds, self.rows), modalities_shown(self.kinds, self.rows)
        manifest.adapted(specialty, tuple(names), seen, modalities).write(folder)
        copy_prior(base, folder)
        if self.rows:
            LocationPrior.fit(relative_boxes(self.rows)).added_to(folder)


def _lora(rank: int) -> Any:
    try:
        from peft import LoraConfig
    except ImportError:
        raise BadInput("Adapters need PEFT, which is not installed: pip install -e '.[train]' in the clone.") from None
    return LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=TARGETS, bias="none")
