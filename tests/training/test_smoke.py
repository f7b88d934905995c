"""The preset that CI runs: every stage end to end, as a newcomer would try it."""

import json
import re
import subprocess
import sys
import time

import pytest

ADAPTERS = ("chest-xray", "chest-ct", "brain-mr")
LEFT = {
    "reward-model": {"balanced_agreement", "auc", "ece"},
    "pretrain": {"mean_auc", "ece"},
    "vision": {"step", "loss"},
    "sft": {"step", "loss"},
    "grpo": {"reward", "kl", "entropy", "miou", "absent_rejected"},
    "adapt": {"step", "loss"},
    "quantise": {"files", "megabytes", "largest_file"},
    "threshold": {"present_from", "miou", "absent_rejected", "images"},
    "evaluate": {"miou", "acc50", "absent_rejected", "pointing", "semantic"},
    "export": {"files", "megabytes", "parameters"},
}
"""The stages and, of each, some of the figures that it leaves and that are printed."""

MOST_SECONDS = 600
"""On two cores with nothing else to do. As in every test, stages work on one thread; batches are drawn beside it."""


def stage_of(step):
    """Of "threshold-brain-mr" "threshold"."""
    return next((step.removesuffix(f"-{kind}") for kind in ADAPTERS if step.endswith(f"-{kind}")), step)


@pytest.mark.slow
def test_all_stages_of_the_smoke_preset(tmp_path):
    run = tmp_path / "smoke"
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "training", "run", "--preset", "smoke", "--run", str(run)],
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * MOST_SECONDS,
    )
    took = time.monotonic() - begin
    assert done.returncode == 0, done.stderr[-2000:]
    summary = json.loads((run / "summary.json").read_text())
    assert took < MOST_SECONDS, {stage: figures["took"] for stage, figures in summary.items()}
    of_adapters = [f"{stage}-{kind}" for stage in ("adapt", "threshold", "evaluate", "export") for kind in ADAPTERS]
    assert set(summary) == {*LEFT, *of_adapters} - {"adapt"}
    printed = done.stdout[done.stdout.rindex("== export") :]
    for step, figures in summary.items():
        names = LEFT[stage_of(step)]
        [line] = re.findall(rf"^{step} .*$", printed, re.MULTILINE)
        assert names <= set(figures) and all(f" {name} " in line for name in names), step
    for stage in ("vision", "sft"):
        assert summary[stage]["step"] == 60 and summary[stage]["loss"] > 0
    for made in ("policy/model.safetensors", "samples/000-chest-xray.png", "sft/curves.html"):
        assert (run / made).is_file(), made
    for kind in ADAPTERS:
        assert (run / f"adapt-{kind}" / "samples" / f"000-{kind}.png").is_file()
        card = (run / f"export-{kind}" / "README.md").read_text()
        assert f"held-out phantoms, {kind}" in card and "This very adapter" in card and "--adapter" in card
    assert "These very weights" in (run / "export" / "README.md").read_text()
    grpo = json.loads((run / "grpo" / "config.json").read_text())
    assert grpo["encoder"] == str(run / "pretrain" / "checkpoint")
    assert grpo["acceptability"] == str(run / "reward-model" / "acceptability.npz")
