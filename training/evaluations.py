"""The figures of an evaluation as Markdown tables: overall, by kind, FROC, the reward, and the prior beside them.

Read from what ``python -m training evaluate --json`` wrote. Nothing is computed here; what a file does not hold is "–".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssg.cli.files import read_json
from ssg.errors import BadInput
from ssg.reward.rubric import COMPONENTS

FIGURES = {"miou": "mIoU", "acc50": "Acc@0.5", "absent_rejected": "absent rejected", "pointing": "pointing game"}
PARTS = {"by_modality": "modality", "by_site": "site", "by_size": "size", "by_finding": "finding"}
REWARD = ("total", *COMPONENTS)
UNKNOWN = "–"
REMEDY = "give what `python -m training evaluate --out FILE` wrote"
FEWEST = 10
"""Marked findings from which a limit is read off a figure."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation file: its title in the card and its figures as ``evaluate`` wrote them."""

    title: str
    figures: Mapping[str, Any]

    @property
    def command(self) -> str:
        """The command that made the figures, "" where the file was written before it was kept."""
        return str(self.figures.get("command", ""))

    @property
    def policy(self) -> Mapping[str, Any]:
        """What was measured: name, quantisation, parameters and device; empty for predictions made elsewhere."""
        found = self.figures.get("policy", {})
        return found if isinstance(found, dict) else {}


def evaluation_file(given: str) -> Path:
    """The file of "FILE" or "title=FILE"; a file that holds "=" in its name is one."""
    _, sign, file = given.partition("=")
    return Path(file) if sign and not Path(given).is_file() else Path(given)


def read_evaluation(given: str) -> Evaluation:
    """An evaluation as the command line gives it, "FILE" or "title=FILE"; raises BadInput for what is none."""
    path = evaluation_file(given)
    title = path.stem if path == Path(given) else given.partition("=")[0]
    figures = read_json(path)
    whole = isinstance(figures, dict) and isinstance(figures.get("n"), dict) and isinstance(figures.get("ci95"), dict)
    if not whole or "miou" not in figures:
        raise BadInput(f"{path} is no evaluation of a policy: {REMEDY}.")
    evaluation = Evaluation(" ".join(title.split()) or path.stem, figures)
    try:
        tables(evaluation, ""), weak_points(evaluation)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise BadInput(f"{path} holds other things than figures where those belong: {REMEDY}.") from None
    return evaluation


def tables(evaluation: Evaluation, note: str) -> str:
    """All tables of one evaluation under its title; ``note`` says which weights were measured."""
    figures, prior = evaluation.figures, evaluation.figures.get("prior") or {}
    number = figures["n"]
    parts = [
        f"### {evaluation.title}",
        f"{number.get('images', 0):,} images, {number.get('present', 0):,} findings that are there and "
        f"{number.get('absent', 0):,} that are not. {note}",
        _command(evaluation),
        _overall(figures, prior),
        *(_grouped(figures, prior, key, word) for key, word in PARTS.items()),
        _froc(figures.get("froc")),
        _reward(figures),
    ]
    return "\n\n".join(part for part in parts if part)


def weak_points(evaluation: Evaluation) -> list[str]:
    """What the figures themselves say that the policy does badly, one sentence each."""
    figures, prior = evaluation.figures, (evaluation.figures.get("prior") or {}).get("by_finding", {})
    counted = {name: row for name, row in (figures.get("by_finding") or {}).items() if row.get("n", 0) >= FEWEST}
    missed = [name for name, row in counted.items() if (row.get("acc50") or 0.0) < 0.25]
    blind = [name for name, row in counted.items() if name in prior and _not_above(row, prior[name])]
    said = []
    if missed:
        said.append(
            f"{evaluation.title}: fewer than one in four are found (Acc@0.5 below 0.25) of {', '.join(missed)}."
        )
    if blind:
        said.append(f"{evaluation.title}: no better than the location prior (mIoU) on {', '.join(blind)}.")
    small = (figures.get("by_size") or {}).get("small", {})
    if small.get("acc50") is not None and figures.get("acc50") is not None and small["acc50"] < figures["acc50"]:
        said.append(
            f"{evaluation.title}: Acc@0.5 of small findings is {small['acc50']:.3f}, of all {figures['acc50']:.3f}."
        )
    return said


def _not_above(row: Mapping[str, Any], prior: Mapping[str, Any]) -> bool:
    return row.get("miou") is not None and prior.get("miou") is not None and row["miou"] <= prior["miou"]


def _command(evaluation: Evaluation) -> str:
    if evaluation.command:
        return f"```\n{evaluation.command} --json\n```"
    return "Made by `python -m training evaluate --json`; the file was written before the whole command was kept in it."


def _overall(figures: Mapping[str, Any], prior: Mapping[str, Any]) -> str:
    rows = [["", *FIGURES.values()], ["this policy", *(_with_interval(figures, name) for name in FIGURES)]]
    if prior:
        rows.append(["location prior", *(_with_interval(prior, name) for name in FIGURES)])
    return _markdown(rows)


def _grouped(figures: Mapping[str, Any], prior: Mapping[str, Any], key: str, word: str) -> str:
    """A table for the groups of one kind; one group alone is all there is, and said in a sentence."""
    groups = figures.get(key) or {}
    if len(groups) == 1 and key in ("by_modality", "by_site"):
        return f"All of one {word}: {next(iter(groups))}."
    if not groups:
        return ""
    rows = [[word, "there / not", *FIGURES.values(), "prior mIoU", "prior Acc@0.5"]]
    more = _beside(groups, figures.get(f"reward_{key}") or {})
    rows[0] += more
    for name, group in groups.items():
        beside = (prior.get(key) or {}).get(name, {})
        counts = (
            f"{group.get('n', 0):,} / {group.get('n_absent', 0):,}" if key != "by_size" else f"{group.get('n', 0):,}"
        )
        shown = [_with_interval(group, figure) for figure in FIGURES]
        priors = [_with_interval(beside, figure) for figure in ("miou", "acc50")]
        rows.append([name, counts, *shown, *priors, *(values[name] for values in more.values())])
    if key == "by_size":
        rows = [[cell for place, cell in enumerate(row) if place != 4] for row in rows]
        rows[0][1] = "there"
    return _markdown(rows)


def _beside(groups: Mapping[str, Any], rewards: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What stands of the groups in further columns, by their heads: where the file holds it of any."""
    columns = {
        "FROC mean": {name: _froc_mean(group.get("froc")) for name, group in groups.items()},
        "semantic": {name: _with_interval(rewards.get(name) or {}, "semantic") for name in groups},
    }
    return {head: values for head, values in columns.items() if set(values.values()) != {UNKNOWN}}


def _froc_mean(found: Any) -> str:
    found = found if isinstance(found, dict) else {}
    return _with_interval({"mean": found.get("mean"), "ci95": {"mean": found.get("mean_ci95")}}, "mean")


def _froc(found: Any) -> str:
    if not isinstance(found, dict) or not found.get("found_at"):
        return ""
    rows = [["false alarms an image", *found["found_at"], "mean"]]
    rows.append(["share found (FROC)", *map(_number, found["found_at"].values()), _froc_mean(found)])
    return _markdown(rows)


def _reward(figures: Mapping[str, Any]) -> str:
    known = [name for name in REWARD if figures.get(name) is not None]
    if not known:
        return ""
    shown = {**figures, "ci95": figures.get("reward_ci95")}
    return _markdown(
        [["as the reward judges it", *known], ["this policy", *(_with_interval(shown, name) for name in known)]]
    )


def _with_interval(figures: Mapping[str, Any], name: str) -> str:
    """ "0.552 (0.516–0.586)"."""
    interval = (figures.get("ci95") or {}).get(name)
    shown = _number(figures.get(name))
    return f"{shown} ({_number(interval[0])}–{_number(interval[1])})" if interval and shown != UNKNOWN else shown


def _number(value: Any) -> str:
    usable = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{value:.3f}" if usable else UNKNOWN


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
