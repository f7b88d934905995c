"""What an adapter of a large base says that it has seen."""

import contextlib
import json
from types import SimpleNamespace

from ssg.boxes import Box
from ssg.grounding.manifest import read_manifest
from training import large_run
from training.frames import RELATIVE
from training.prior import LocationPrior
from training.rows import Row
from training.runs import RunFolder


def test_modalities_of_real_lists_are_named_too(tmp_path, monkeypatch):
    monkeypatch.setattr(large_run, "write_adapter", lambda model, config, folder: None)
    monkeypatch.setattr(large_run, "_gathered", lambda model: contextlib.nullcontext())
    marked = {("glioma", None): (Box(2, 2, 4, 4),)}
    rows = [
        Row(tmp_path / "a.png", (8, 8), found, (), "", {"modality": code})
        for code, found in (("MR", marked), ("CR", {}))
    ]
    base = SimpleNamespace(frames=RELATIVE, model=None, plain=None, config=None)
    start = tmp_path / "start"
    start.mkdir()
    (start / "location_prior.json").write_text(json.dumps({"phantom": {"nodule": [0, 0, 0.5, 0.5]}}))
    plan = {"kinds": ["chest-xray"], "prior_phantoms": 4}
    folder = large_run.write_checkpoint(base, "a/base", plan, rows, RunFolder(tmp_path, {}), start)
    assert read_manifest(folder).modalities == ("DX", "MR")
    assert LocationPrior.read(folder).boxes == {
        "phantom": {"nodule": [0, 0, 0.5, 0.5]},
        "real MR": {"glioma": [0.25, 0.25, 0.5, 0.5]},
    }, "that of where it started, and what it has seen itself"
