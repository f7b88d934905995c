"""``python -m training STAGE``: the stages that make a policy, each a module with ``add_arguments`` and ``main``."""

from __future__ import annotations

import logging
import sys

from ssg.cli.interrupts import interrupts_heard
from ssg.cli.main import Parser
from ssg.cli.words import one_line
from ssg.errors import SSGError
from ssg.whole import DISK_FULL
from training.stages import stage_module

STAGES = {
    "run": "all stages in order, by one preset",
    "pretrain": "teach the image-text encoder of the reward what regions show",
    "vision": "teach the vision tower what is where, before any words",
    "sft": "teach a policy to answer in words and boxes",
    "grpo": "teach a policy by the reward, on groups of related findings (GRPO)",
    "adapt": "adapt a policy to a specialty by a LoRA adapter",
    "large": "teach a large policy, a LoRA adapter on a quantised Qwen-VL checkpoint (QLoRA)",
    "ablate": "what each part of the reward is worth: the same policy taught by each objective",
    "prior": "fit the location prior that a policy is measured beside",
    "threshold": "choose from which probability a finding is called present",
    "quantise": "write a checkpoint in 4 bit (NF4)",
    "reward-model": "learn from readers of the same images which answers an expert accepts",
    "calibrate": "derive how far radiologists agree, for the place of a score among them",
    "evaluate": "measure a policy beside the location prior",
    "export": "write a model folder with its card, and push it to the Hugging Face Hub",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one stage; 0 when done, 130 for Ctrl-C, 2 for wrong use, bad input and full memory or disks (one line on
    stderr)."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it hints at a kernel that is optional
    parser = Parser(prog="python -m training", description=__doc__)
    stages = parser.add_subparsers(dest="stage", required=True, metavar="STAGE")
    chosen = (sys.argv[1:] if arguments is None else arguments)[:1]
    try:
        with interrupts_heard():
            for name, summary in STAGES.items():
                stage = stages.add_parser(name, help=summary, description=summary)
                if chosen == [name]:
                    stage_module(name).add_arguments(stage)
            parsed = parser.parse_args(arguments)
            stage_module(parsed.stage).main(parsed)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] in ("ssg", "training"):
            raise
        package = error.name.partition(".")[0]
        remedy = "pip install -e '.[train]' in the clone"
        print(f"{' '.join([parser.prog, *chosen])}: {package} is not installed: {remedy}.", file=sys.stderr)
        return 2
    except Exception as error:
        if (said := _said(error, *chosen)) is None:
            raise
        print(f"{' '.join([parser.prog, *chosen])}: {one_line(said)}", file=sys.stderr)
        return 2
    return 0


def _said(error: Exception, stage: str = "") -> str | None:
    """What to say of an error that a person can do something about; None of others."""
    from training.full_memory import memory_refusal  # torch takes seconds, in which Ctrl-C is heard as well
    from training.writing import refusal

    if isinstance(error, SSGError):
        return str(error)
    if (full := memory_refusal(error, stage)) is not None:
        return full
    if isinstance(error, OSError) and error.errno not in DISK_FULL:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}: see to it that it is there and can be used, or give another path."
    return refusal(error)


if __name__ == "__main__":
    sys.exit(main())
