"""The model card of an exported policy: what it is and may be used for, how to load it, how it was made and measured.

Everything in it is read from somewhere: the manifest, the run folders, the notes beside the annotation lists, the
evaluation files. What is not known is said not to be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import ModelCardData

from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention
from ssg.grounding.grammar import question
from ssg.grounding.manifest import Manifest
from ssg.phantoms import kind_of
from training.card_loading import loading
from training.evaluations import Evaluation, tables, weak_points
from training.recipe import Run, environments, percent, plans_in_full, recipe_table
from training.sources import Source, source_of

NOTICE = "For teaching and research only. Not a medical device, not for clinical use."
INTENDED = (
    "Teaching radiology and research on grounding: to show where a finding lies on an image of the kinds that it was "
    "shown, and to be measured. It must not be used to diagnose, to triage, to report or to check a report, and nobody "
    "should be treated by what it says. It cannot say that an image is normal."
)
WORDS = (
    "**mIoU**: intersection over union of the policy's boxes and the true ones, matched one to one, summed and divided "
    "by the larger number of boxes; the mean over all findings that are there. **Acc@0.5**: share of them with an IoU "
    "of at least 0.5. **Absent rejected**: share of the questions about what is not there that were answered so. "
    "**Pointing game**: share of findings whose first box has its middle within a marked one. Brackets are bootstrap "
    "95 % intervals over images. The **location prior** answers with the finding's single best box of the training "
    "images, without looking. Small findings cover less than 2 % of the image, large ones 10 % or more."
)
ARCHITECTURES = {
    "qwen3_vl": "Qwen3-VL",
    "qwen3_vl_moe": "Qwen3-VL",
    "qwen2_5_vl": "Qwen2.5-VL",
    "qwen2_vl": "Qwen2-VL",
}
COORDINATES = {
    Convention.RELATIVE_1000: "thousandths of the image's width and height",
    Convention.RESIZED_PIXELS: "pixels of the image as the image processor resizes it",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What a card is about.

    ``name`` is OWNER/NAME on the Hub or that of the folder; ``base`` is that of an adapter's base, "" where none is;
    ``quantisation`` is "none", "nf4", ...; ``digest`` is of the weights (see ``training/provenance.py``).
    """

    name: str
    manifest: Manifest
    architecture: str
    parameters: int
    quantisation: str
    digest: str
    licence: str
    adapter: bool = False
    base: str = ""
    revision: str = ""
    prior: bool = True

    @property
    def on_hub(self) -> bool:
        """Whether it goes to the Hub."""
        return "/" in self.name

    @property
    def title(self) -> str:
        """What it is called: its name on the Hub, else the one that it gives itself; an adapter by specialty, too."""
        own = self.manifest.name
        if self.adapter and self.manifest.specialty:
            own = f"{own}, adapter for {self.manifest.specialty}"
        return self.name if self.on_hub else own

    @property
    def size(self) -> str:
        """The number of parameters in words."""
        for unit, many in (("G", 1e9), ("M", 1e6)):
            if self.parameters >= many:
                return f"{self.parameters / many:.1f} {unit}"
        return f"{self.parameters:,}"


def model_card(made: Exported, runs: Sequence[Run], evaluations: Sequence[Evaluation]) -> str:
    """The whole card, Markdown with YAML front matter."""
    parts = [
        f"# {made.title}",
        f"**{NOTICE}** No clinician has reviewed what it says.",
        what_it_is(made),
        "## Intended use",
        INTENDED,
        "## How to load it",
        loading(made.name, made.base if made.adapter else "", made.revision),
        "## Data",
        data(made, runs),
        "## Recipe",
        recipe(runs),
        "## Device",
        "\n".join(f"- {one}" for one in environments(runs)) or "No run folder was given, so it is not known from here.",
        "## Figures",
        figures(made, evaluations),
        "## Limits",
        "\n".join(f"- {one}" for one in limits(made, runs, evaluations)),
        "## Licence",
        f"Weights: `{made.licence}`{_of_base(made)}. The data keeps its own terms: see *Data* and `NOTICE.md`.",
    ]
    return f"---\n{front_matter(made)}\n---\n\n" + "\n\n".join(part for part in parts if part) + "\n"


def front_matter(made: Exported) -> str:
    """What the Hub reads of a card, as YAML."""
    tags = ["radiology", "medical-imaging", "visual-grounding", "object-detection", "ssg", "not-for-clinical-use"]
    tags += [made.architecture] if made.architecture else []
    tags += ["lora", *([made.manifest.specialty] if made.manifest.specialty else [])] if made.adapter else []
    tags += ["bitsandbytes", "4-bit"] if made.quantisation in ("nf4", "fp4") else []
    relation = "adapter" if made.adapter else "finetune" if made.quantisation == "none" else "quantized"
    data_of_card = ModelCardData(
        license=made.licence,
        library_name="peft" if made.adapter else "transformers",
        pipeline_tag="image-text-to-text",
        language="en",
        tags=tags,
        base_model=made.base if "/" in made.base else None,
    )
    if "/" in made.base:
        data_of_card["base_model_relation"] = relation
    return str(data_of_card.to_yaml())


def what_it_is(made: Exported) -> str:
    """The opening: what it is, what it answers and what it knows."""
    manifest = made.manifest
    family = ARCHITECTURES.get(made.architecture, made.architecture)
    if made.adapter:
        purpose = f", for the specialty *{manifest.specialty}*" if manifest.specialty else ""
        first = f"A LoRA adapter of {made.size} parameters to `{made.base}`{purpose}."
    else:
        packed = "" if made.quantisation == "none" else f", quantised ({made.quantisation.upper()})"
        first = f"A grounding policy of {family}'s architecture with {made.size} parameters{packed}."
    chain = ", after the boxes where it looked first" if manifest.chain else ""
    known = "Findings that its base or it was taught" if made.adapter else "Findings that it was taught"
    named = "In SSG it belongs to the policy" if made.adapter else "Its name in SSG is"
    said = [
        f"{first} Asked `{question(['left pleural effusion'])}` about an image, it writes the boxes of what it finds"
        f"{chain}, in {COORDINATES[manifest.convention]}, or that the finding is not there.",
        f"It has seen: {manifest.seen}." if manifest.seen else "",
        f"{known}: {', '.join(manifest.findings)}." if manifest.findings else "",
        f"Structures: {', '.join(manifest.structures)}." if manifest.structures else "",
        f"A finding is called present from a probability of {manifest.present_from:g}"
        f"{', some from one of their own' if manifest.present_from_of else ''} (`grounding.json`).",
        f"{named} `{manifest.name}`; digest of weights and thresholds: `{made.digest[:16]}`.",
    ]
    return "\n\n".join(one for one in said if one)


def data(made: Exported, runs: Sequence[Run]) -> str:
    """Phantoms by kind, and every list of real images with whose it is."""
    if not runs:
        seen = made.manifest.seen or "not said"
        return f"No run folder was given, so the data is known from `grounding.json` alone: {seen}."
    parts = [_phantoms(runs)]
    lists = list(dict.fromkeys(path for run in runs for path in run.lists))
    parts += [_source(source_of(path), _share(path, runs)) for path in lists]
    if not lists:
        parts.append("No real image was used.")
    return "\n\n".join(parts)


def recipe(runs: Sequence[Run]) -> str:
    """The stages and all their settings."""
    if not runs:
        return "No run folder was given, so it is not known from here."
    return f"{recipe_table(runs)}\n\n{plans_in_full(runs)}"


def figures(made: Exported, evaluations: Sequence[Evaluation]) -> str:
    """All evaluations; without one there is no figure."""
    if not evaluations:
        return "It has not been measured: no evaluation was given when this card was written."
    return "\n\n".join([WORDS, *(tables(one, measured_weights(made, one)) for one in evaluations)])


def measured_weights(made: Exported, evaluation: Evaluation) -> str:
    """Which weights an evaluation measured; raises BadInput where it measured another policy."""
    policy, adapter = evaluation.policy, evaluation.figures.get("adapter")
    if not policy:
        return "Scored from predictions made elsewhere; the file does not say by which weights."
    name, number = policy.get("name"), policy.get("parameters")
    if name != made.manifest.name or (not made.adapter and (adapter or number != made.parameters)):
        other = "an adapter of it" if adapter else f"{name}, {number} parameters"
        raise BadInput(
            f"The evaluation '{evaluation.title}' is of another policy ({other}) than the one that is exported "
            f"({made.manifest.name}, {made.parameters} parameters): evaluate this one."
        )
    where = f"measured on {policy.get('device', 'a device that is not known')}"
    there = policy.get("quantisation", "form not known")
    measured = adapter if made.adapter else evaluation.figures.get("weights")
    form = f"its base: {there}" if made.adapter else f"{there} there, {made.quantisation} here"
    if measured == made.digest:
        return f"This very adapter ({form}), {where}." if made.adapter else f"These very weights, {where}."
    if made.adapter and not measured and evaluation.command and "--adapter" not in evaluation.command.split():
        return f"The base alone ({there}), without this adapter, {where}."
    this, other = ("this very adapter", "Another adapter") if made.adapter else ("these very weights", "Other weights")
    return f"{f'{other} of the same name' if measured else f'Whether of {this} is not recorded'} ({form}), {where}."


def limits(made: Exported, runs: Sequence[Run], evaluations: Sequence[Evaluation]) -> list[str]:
    """What it cannot do: what follows from its data, then what its figures say."""
    phantoms = "It was taught mostly on phantoms, which a computer drew: what they do not show it does not know."
    share = max((run.real_share for run in runs), default=0.0)
    said = [
        phantoms if not runs or share < 0.5 else "",
        "It has seen no other kinds of images than those above, and cannot tell them from those.",
        "Its confidence is not a probability of disease; thresholds were chosen on other images of the kinds above.",
        "What readers did not mark is not known to be absent; real lists mark some findings of an image, not all.",
        ""
        if made.prior
        else "No location prior came with the checkpoint, so nothing says what an answer without looking earns.",
        *(one for evaluation in evaluations for one in weak_points(evaluation)),
    ]
    return [one for one in said if one]


def notice(made: Exported, runs: Sequence[Run]) -> str:
    """``NOTICE.md``: the licence of the weights, and whom to name for the data."""
    lines = [f"# Notice\n\nWeights of {made.title}: `{made.licence}`{_of_base(made)}."]
    lists = list(dict.fromkeys(path for run in runs for path in run.lists))
    lines += [_source(source_of(path), "") for path in lists]
    if not runs:
        lines.append("What it was trained on is not known from here: no run folder was given.")
    elif not lists:
        lines.append("It was trained on phantoms alone, which a computer drew; no terms of others apply.")
    return "\n\n".join(lines) + "\n"


def _of_base(made: Exported) -> str:
    return f"; the base `{made.base}` is under its own licence" if made.base else ""


def _phantoms(runs: Sequence[Run]) -> str:
    """How many phantoms of each kind were drawn, over all stages."""
    counts: dict[str, float] = {}
    unknown = [run.stage for run in runs if run.images is None]
    for run in runs:
        for kind, share in run.kinds.items():
            counts[kind] = counts.get(kind, 0.0) + (run.images or 0) * (1 - run.real_share) * share
    rows = ["| phantoms (`ssg.phantoms`) | images looked at, about | sites held out |", "| --- | --- | --- |"]
    rows += [f"| {kind} | {count:,.0f} | {', '.join(_held_out_sites(kind))} |" for kind, count in counts.items()]
    ranges = {tuple(run.plan["train_seeds"]) for run in runs if "train_seeds" in run.plan}
    seeds = [f"{first:,} to {last:,}" for first, last in sorted(ranges)]
    reuse = sorted({int(run.plan["reuse"]) for run in runs if "reuse" in run.plan})
    said = ["Phantoms are drawn by a computer with exact truth and are of no patient."]
    said.append("Which sites are held out is by the version of SSG that wrote this card.")
    said += [f"Seeds {', '.join(seeds)}; lower ones are for evaluation."] if seeds else []
    said += [f"In a stage each is looked at up to {reuse[-1]} times, cropped and graded differently."] if reuse else []
    said += [f"How many `{'`, `'.join(unknown)}` looked at is not recorded."] if unknown else []
    return "\n".join(rows) + "\n\n" + " ".join(said)


def _held_out_sites(kind: str) -> Sequence[str]:
    try:
        return kind_of(kind).held_out_sites or ("none",)
    except BadInput:
        return ("not known",)


def _share(path: Path, runs: Sequence[Run]) -> str:
    shares: dict[str, list[str]] = {}
    for run in runs:
        if path in run.lists and run.real_share:
            shares.setdefault(percent(run.real_share), []).append(f"`{run.name}`")
    return " and ".join(f"{share} of the images of {', '.join(names)}" for share, names in shares.items())


def _source(source: Source, share: str) -> str:
    """One list: how many images of how many patients, what was held out, and whose they are."""
    used = f" Lists are {share}." if share else ""
    if not source.images:
        return (
            f"**{source.name}**: the list was not there when this card was written, so provider, licence and number of "
            f"images are not known from here.{used}"
        )
    apart = f", of which {source.held_out_images:,} images ({source.held_out_groups:,} {source.grouped}) are held out"
    groups = "" if source.grouped == "images" else f" ({source.groups:,} {source.grouped})"
    count = f"{source.images:,} images{groups}{apart} and never trained on"
    if source.phantoms:
        return f"**{source.name}**: {count}; phantoms, drawn by a computer.{used}"
    facts = {"Provider": source.provider, "Citation": source.citation, "Terms": source.licence}
    rows = [f"- {name}: {said or 'not said beside the list'}" for name, said in facts.items()]
    return "\n".join([f"**{source.name}**: {count}.{used}", "", *rows])
