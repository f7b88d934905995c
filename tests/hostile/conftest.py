"""The whole site on a port, with the real grounding code and a policy small enough for a test."""

import numpy as np
import pytest

from tests.cli.conftest import run
from tests.grounding.conftest import small_checkpoint, small_policy
from tests.serving import site

__all__ = ["run", "small_checkpoint", "small_policy"]


@pytest.fixture(scope="session")
def one_image(tmp_path_factory):
    """A PNG of 90 × 80 pixels."""
    from PIL import Image

    path = tmp_path_factory.mktemp("image") / "one.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 90), dtype=np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def app(tmp_path_factory, small_policy):
    """Where the site answers, and the id of a case's image."""
    from ssg.grounding.grounder import Grounder

    with site(tmp_path_factory.mktemp("app"), lambda: Grounder(small_policy)) as (address, services):
        yield address, next(iter(services.case_images.values()))
