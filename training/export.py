"""Export: a complete model folder with its card, and if wanted on the Hugging Face Hub.

    python -m training export --checkpoint DIR --out DIR [--evaluation [TITLE=]FILE.json ...] [--run RUNDIR ...]
                              [--base OWNER/NAME] [--push OWNER/NAME] [--private] [--revision BRANCH]

The weights stay as they are in the checkpoint: whole, in 4 bit, or a LoRA adapter. Beside them go tokenizer, image
processor, ``grounding.json``, the location prior, licence and notice, and a card (``README.md``) whose figures are
those of the evaluation files and whose recipe is that of the run folders. An adapter names its base (``--base``): by
its name on the Hub, or, what is not pushed, the folder of the base's own export beside it. The folder is loaded once
before it is said to be done. A push that broke off goes on with the same command.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ssg.cli.files import file_path
from ssg.errors import BadInput, Unavailable
from ssg.grounding.adapters import CONFIG as ADAPTER
from ssg.grounding.adapters import WEIGHTS as ADAPTER_WEIGHTS
from ssg.grounding.checkpoints import quieten
from ssg.grounding.manifest import FILE_NAME, read_manifest
from ssg.grounding.policy import load_policy
from ssg.hub import push_folder, require_name, require_ready
from training.card import Exported, model_card, notice
from training.evaluations import Evaluation, evaluation_file, read_evaluation
from training.prior import FILE_NAME as PRIOR
from training.prior import LocationPrior
from training.provenance import digest_of
from training.recipe import Run, read_run
from training.runs import require_apart
from training.writing import put, require_file, unfinished, write_figures

POLICY_FILES = (
    "*.safetensors",
    "model.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
    FILE_NAME,
    PRIOR,
)
"""What is taken of a checkpoint that stands by itself; the dense head, say, is not part of the policy."""

ADAPTER_FILES = (ADAPTER_WEIGHTS, ADAPTER, FILE_NAME, PRIOR)
CARD, NOTICE, LICENCE = "README.md", "NOTICE.md", "LICENSE"
OURS = (*POLICY_FILES, *ADAPTER_FILES, CARD, NOTICE, LICENCE)
PROJECT_LICENCE = "apache-2.0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--checkpoint", type=file_path, required=True, help="checkpoint or adapter folder to export")
    parser.add_argument("--out", type=file_path, required=True, help="folder to write; an earlier export is replaced")
    parser.add_argument(
        "--evaluation", nargs="+", action="extend", default=[], metavar="[TITLE=]FILE", help="what `evaluate` wrote"
    )
    parser.add_argument(
        "--run", type=file_path, nargs="+", action="extend", default=[], help="run folders of the stages, in order"
    )
    parser.add_argument(
        "--base", default="", metavar="OWNER/NAME", help="an adapter's base on the Hub, or the folder of its export"
    )
    parser.add_argument("--license", default=PROJECT_LICENCE, help="the Hub's name of the weights' licence")
    parser.add_argument("--figures", type=file_path, help="also write the figures to this file, as JSON")
    parser.add_argument("--push", default="", metavar="OWNER/NAME", help="write the folder to the Hub, too")
    parser.add_argument("--private", action="store_true", help="seen by its owner only")
    parser.add_argument("--revision", default="", metavar="BRANCH", help="branch on the Hub; main without it")


def main(arguments: argparse.Namespace) -> None:
    """Write the folder, and push it where that was asked for."""
    require_file(arguments.figures, map(evaluation_file, arguments.evaluation))
    if arguments.push:
        require_ready(arguments.push)
    elif arguments.private or arguments.revision:
        raise BadInput("--private and --revision are about the Hub: give --push OWNER/NAME, or leave them out.")
    if arguments.base:
        require_base(arguments.base, arguments.push)
    runs = [read_run(folder) for folder in arguments.run]
    evaluations = [read_evaluation(given) for given in arguments.evaluation]
    out = arguments.out
    made = export(
        arguments.checkpoint,
        out,
        runs,
        evaluations,
        name=arguments.push or out.resolve().name,
        base=arguments.base,
        licence=arguments.license,
        revision=arguments.revision,
    )
    sizes = [path.stat().st_size for path in out.iterdir()]
    form = "adapter" if made.adapter else made.quantisation if made.quantisation != "none" else "whole"
    print(f"{out}: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB ({form}, {made.size} parameters).")
    if arguments.figures:
        figures = {"files": len(sizes), "megabytes": sum(sizes) / 1e6, "parameters": made.parameters}
        write_figures(arguments.figures, figures)
    for missing, flag in (
        (evaluations, "--evaluation"),
        (runs, "--run"),
        (made.prior, "a location prior (stage prior)"),
    ):
        if not missing:
            print(f"Note: without {flag} the card says that this is not known.")
    if arguments.push:
        message = f"{made.manifest.name}, {made.digest[:16]}"
        address = push_folder(
            out, arguments.push, "model", arguments.private, arguments.revision, message, ours=_is_ours_there
        )
        print(f"Pushed: {address}")


def require_base(name: str, push: str) -> None:
    """Refuse what is no base, and of what is pushed one that others cannot fetch; raises BadInput."""
    if not Path(name).exists():
        require_name(name)
    elif push or not (Path(name) / FILE_NAME).is_file():
        beside = "" if push else ", or the folder of its export"
        raise BadInput(f"--base '{name}' is a folder here: give the base's OWNER/NAME on the Hub{beside}.")


def export(
    checkpoint: Path,
    out: Path,
    runs: Sequence[Run] = (),
    evaluations: Sequence[Evaluation] = (),
    *,
    name: str,
    base: str = "",
    licence: str = PROJECT_LICENCE,
    revision: str = "",
) -> Exported:
    """Write the model folder ``out`` in one piece and return what it is; ``name`` is that of the card.

    Raises BadInput for a checkpoint that is not complete or does not load, for a folder that holds other things, and
    for evaluations of another policy; the folder is then as it was before.
    """
    adapter = _require_checkpoint(checkpoint)
    _require_free(out, checkpoint)
    with unfinished(out) as part:
        part.mkdir(parents=True)
        for path in sorted(checkpoint.iterdir()):
            if path.is_file() and _matches(path.name, ADAPTER_FILES if adapter else POLICY_FILES):
                shutil.copyfile(path, part / path.name)
        known = {"name": name, "licence": licence, "revision": revision, "prior": (part / PRIOR).is_file()}
        made = _adapter(part, checkpoint, base, known) if adapter else _policy(part, checkpoint, base, known)
        (part / CARD).write_text(model_card(made, runs, evaluations), encoding="utf-8")
        (part / NOTICE).write_text(notice(made, runs), encoding="utf-8")
        _write_licence(part, licence)
        put(part, out, stale=list(out.iterdir()) if out.exists() else ())
    return made


def _policy(part: Path, checkpoint: Path, base: str, known: dict[str, Any]) -> Exported:
    """A policy that stands by itself, after it was loaded as the app loads it."""
    try:
        policy = load_policy(part, device="cpu")
    except Unavailable as error:
        reason = str(error.__cause__ or error).strip().split("\n")[0].replace(str(part), str(checkpoint))[:300]
        raise BadInput(
            f"{checkpoint} does not load and so is not exported ({reason}): give --checkpoint a folder that a training "
            "stage wrote."
        ) from None
    architecture = str(policy.model.config.model_type)
    info = policy.info
    digest = digest_of(part) or ""
    return Exported(
        manifest=policy.manifest,
        architecture=architecture,
        parameters=info.parameters,
        quantisation=info.quantisation,
        digest=digest,
        base=base,
        **known,
    )


def _adapter(part: Path, checkpoint: Path, base: str, known: dict[str, Any]) -> Exported:
    """A LoRA adapter: its matrices are whole and finite, and its configuration names its base on the Hub."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    quieten()
    try:
        config = json.loads((part / ADAPTER).read_text(encoding="utf-8"))
        state = load_file(part / ADAPTER_WEIGHTS)
        named = str(config.get("base_model_name_or_path") or "")
    except (OSError, ValueError, AttributeError, SafetensorError) as error:
        raise BadInput(
            f"The adapter in {checkpoint} cannot be read ({error}): give --checkpoint the folder that `adapt` wrote."
        ) from None
    if broken := [key for key, value in state.items() if not value.isfinite().all()]:
        raise BadInput(f"The adapter in {checkpoint} holds numbers that are not finite ({broken[0]}): train it again.")
    manifest = read_manifest(part)
    if base and Path(base).exists():
        own = read_manifest(Path(base)).name
        if own != manifest.name:
            raise BadInput(f"The adapter is for {manifest.name}, and --base '{base}' is {own}: give its own base.")
        base = Path(base).resolve().name
    base = base or next((one for one in (named, manifest.name) if one.count("/") == 1 and not Path(one).exists()), "")
    if not base:
        raise BadInput("An adapter is of use with its base alone: give --base the base's OWNER/NAME on the Hub.")
    config["base_model_name_or_path"] = base
    (part / ADAPTER).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return Exported(
        manifest=manifest,
        architecture="",
        parameters=sum(value.numel() for value in state.values()),
        quantisation="none",
        digest=digest_of(part) or "",
        adapter=True,
        base=base,
        **known,
    )


def _require_checkpoint(folder: Path) -> bool:
    """Whether it is an adapter; raises BadInput for what is neither a checkpoint nor an adapter with a manifest."""
    adapter = (folder / ADAPTER).is_file()
    if not adapter and not (folder / "config.json").is_file():
        raise BadInput(f"{folder} holds no checkpoint: give --checkpoint the folder that a training stage wrote.")
    if not (folder / FILE_NAME).is_file():
        raise BadInput(
            f"{folder} has no {FILE_NAME}, so nobody would know its coordinates: give --checkpoint a folder that a "
            "training stage wrote."
        )
    LocationPrior.beside(folder)
    return adapter


def _require_free(out: Path, checkpoint: Path) -> None:
    """Only an empty folder or an earlier export is replaced, never the checkpoint itself."""
    require_apart(out, checkpoint)
    there = [path.name for path in sorted(out.iterdir())] if out.exists() else []
    if strange := [name for name in there if not _is_ours(name)]:
        raise BadInput(f"{out} holds other files ({strange[0]}): give --out an empty folder or an earlier export.")
    if there and not {CARD, NOTICE} <= set(there):
        raise BadInput(
            f"{out} holds a checkpoint that was not exported: give --out an empty folder or an earlier export."
        )


def _is_ours_there(path: str) -> bool:
    """Whether a file of a repository is an export's: those lie at its top."""
    return "/" not in path and _is_ours(path)


def _is_ours(name: str) -> bool:
    return _matches(name, OURS)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _write_licence(folder: Path, licence: str) -> None:
    """The licence's text where it is this project's own; the notice names any other."""
    own = Path(__file__).resolve().parent.parent / LICENCE
    if licence == PROJECT_LICENCE and own.is_file():
        shutil.copyfile(own, folder / LICENCE)
