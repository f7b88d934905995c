"""The preset that CI runs: every stage end to end, as a newcomer would try it."""

import json
import subprocess
import sys
import time

import pytest


@pytest.mark.slow
def test_all_stages_of_the_smoke_preset(tmp_path):
    run = tmp_path / "smoke"
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "training", "run", "--preset", "smoke", "--run", str(run)],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert time.monotonic() - begin < 1200
    summary = json.loads((run / "summary.json").read_text())
    assert list(summary) == [
        *("reward-model", "pretrain", "vision", "sft", "grpo", "adapt-chest-xray", "adapt-chest-ct", "adapt-brain-mr"),
        *("quantise", "threshold", "evaluate", "export"),
    ]
    for stage in ("vision", "sft"):
        assert summary[stage]["step"] == 60 and summary[stage]["loss"] > 0
    assert {"reward", "kl", "entropy", "miou", "absent_rejected"} <= set(summary["grpo"])
    assert {"miou", "acc50", "absent_rejected", "pointing", "semantic"} <= set(summary["evaluate"])
    assert "miou" in done.stdout and "All stages of" in done.stdout
    for made in ("policy/model.safetensors", "export/README.md", "samples/000-chest-xray.png", "sft/curves.html"):
        assert (run / made).is_file(), made
    assert "training evaluate" in (run / "export" / "README.md").read_text()
