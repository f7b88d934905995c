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
