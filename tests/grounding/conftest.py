"""A policy small enough to build in a test: random weights, the real architecture, tokenizer and processor."""

import numpy as np
import pytest

from tests.small_policy import SHAPE


@pytest.fixture(scope="session")
def small_checkpoint(tmp_path_factory):
    """A checkpoint folder of an untrained policy."""
    from ssg.grounding.coordinates import Convention
    from ssg.grounding.manifest import Manifest
    from training.model import build_policy

    folder = tmp_path_factory.mktemp("checkpoint")
    model, processor = build_policy(SHAPE, seed=1)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    findings = ("cardiomegaly", "pleural effusion", "nodule", "pneumothorax")
    Manifest("small", Convention.RELATIVE_1000, findings, ("lung", "heart"), seen="nothing").write(folder)
    return folder


@pytest.fixture(scope="session")
def small_policy(small_checkpoint):
    """The same, loaded."""
    from ssg.grounding.policy import load_policy

    return load_policy(small_checkpoint)


@pytest.fixture
def radiograph():
    """Some pixels."""
    return np.random.default_rng(0).integers(0, 255, (80, 90), dtype=np.uint8)


@pytest.fixture(scope="session")
def adaptable(tmp_path_factory):
    """A checkpoint folder of an untrained policy as wide as NF4 wants it: its blocks hold 64 weights."""
    from ssg.grounding.coordinates import Convention
    from ssg.grounding.manifest import Manifest
    from training.model import build_policy

    folder = tmp_path_factory.mktemp("adaptable")
    for part in build_policy(SHAPE | {"vision_hidden": 64, "text_mlp": 128}, seed=1):
        part.save_pretrained(folder)
    findings = ("cardiomegaly", "pleural effusion", "nodule", "pneumothorax", "hydrocephalus")
    Manifest("small", Convention.RELATIVE_1000, findings, ("lung", "heart"), seen="nothing").write(folder)
    return folder


@pytest.fixture(scope="session")
def folders(adaptable, tmp_path_factory):
    """Folders of an adapter to it for each specialty, by its name."""
    from tests.grounding.making import OF, made_adapter

    home = tmp_path_factory.mktemp("adapters")
    return {
        name: made_adapter(adaptable, home / name, seed, specialty=name, modalities=codes, present_from=0.1)
        for seed, (name, codes) in enumerate(OF.items())
    }
