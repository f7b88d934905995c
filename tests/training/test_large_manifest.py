"""What an adapter of a large base says that it has seen."""

import contextlib
from types import SimpleNamespace

from ssg.grounding.manifest import read_manifest
from training import large_run
from training.frames import RELATIVE
from training.runs import RunFolder
from training.scenes import Row


def test_modalities_of_real_lists_are_named_too(tmp_path, monkeypatch):
    monkeypatch.setattr(large_run, "write_adapter", lambda model, config, folder: folder.mkdir())
    monkeypatch.setattr(large_run, "_gathered", lambda model: contextlib.nullcontext())
    rows = [Row(tmp_path / "a.png", (9, 9), {}, (), "", {"modality": code}) for code in ("MR", "CR")]
    base = SimpleNamespace(frames=RELATIVE, model=None, plain=None, config=None)
    folder = large_run.write_checkpoint(base, "a/base", {"kinds": ["chest-xray"]}, rows, RunFolder(tmp_path, {}))
    assert read_manifest(folder).modalities == ("DX", "MR")
