"""A preset of a policy that a test can train, and annotation lists of phantoms."""

import pytest

PRESET = """
[model]
image_pixels = 4096
patch_size = 16
vision_hidden = 64
vision_layers = 2
vision_heads = 2
vision_mlp = 64
deepstack = [0]
text_hidden = 64
text_layers = 2
text_heads = 2
text_kv_heads = 1
text_mlp = 128

[vision]
steps = 6
batch = 2
learning_rate = 1e-3
warmup = 2
weight_decay = 0.05
clip = 1.0
real_share = 0.5
reuse = 2
train_seeds = [1000000, 2000000]

[sft]
steps = 6
batch = 2
questions = 4
brief = 0.5
brief_until = 0.5
learning_rate = 1e-3
slow = { tower = 0.3 }
warmup = 2
weight_decay = 0.05
clip = 1.0
sigma_start = 14.0
sigma_end = 4.0
expected_l1 = 4.0
presence = 1.0
dense = 0.5
real_share = 0.5
reuse = 2
train_seeds = [1000000, 2000000]

[adapt]
steps = 4
batch = 2
questions = 4
brief = 0.5
rank = 2
learning_rate = 1e-3
warmup = 1
weight_decay = 0.0
clip = 1.0
sigma_start = 4.0
sigma_end = 2.5
expected_l1 = 4.0
presence = 1.0
dense = 0.25
real_share = 0.6
reuse = 2
train_seeds = [1000000, 2000000]

[region_text]
image_size = 64
patch_size = 16
vision_hidden = 32
vision_layers = 1
vision_heads = 2
vision_mlp = 32
text_hidden = 32
text_layers = 1
text_heads = 2
text_mlp = 32
text_length = 16

[pretrain]
steps = 6
batch = 2
regions = 8
learning_rate = 1e-3
warmup = 2
weight_decay = 0.05
clip = 1.0
real_share = 0.0
reuse = 2
train_seeds = [1000000, 2000000]

[grpo]
steps = 4
images = 2
questions = 2
generations = 4
rewards = "full"
aggregation = "sum_then_normalize"
temperature = 1.0
learning_rate = 1e-4
warmup = 1
weight_decay = 0.0
clip = 0.5
beta = 0.02
watch_every = 2
watch_images = 3
real_share = 0.0
reuse = 1
kinds = { chest-xray = 0.4, chest-ct = 0.3, brain-mr = 0.3 }
train_seeds = [1000000, 2000000]
"""


@pytest.fixture(scope="session")
def preset(tmp_path_factory):
    """The path of a preset file."""
    path = tmp_path_factory.mktemp("preset") / "small.toml"
    path.write_text(PRESET)
    return path


@pytest.fixture(scope="session")
def phantom_list(tmp_path_factory):
    """An annotation list of twelve phantoms, as ``python -m ssg phantom`` writes it."""
    from ssg.phantoms import write_phantoms

    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(100, 12, 96, folder)
    return folder / "annotations.json"


@pytest.fixture(scope="session")
def seen(preset, phantom_list, tmp_path_factory):
    """The checkpoint of the stage vision."""
    from training.__main__ import main

    run = tmp_path_factory.mktemp("vision")
    assert main(["vision", "--preset", str(preset), "--run", str(run), "--real", str(phantom_list)]) == 0
    return run / "checkpoint"


@pytest.fixture(scope="session")
def taught(preset, phantom_list, seen, tmp_path_factory):
    """The run folder of the stage sft."""
    from training.__main__ import main

    run = tmp_path_factory.mktemp("sft")
    given = ["--preset", str(preset), "--run", str(run), "--start", str(seen), "--real", str(phantom_list)]
    assert main(["sft", *given, "--prior-phantoms", "20"]) == 0
    return run


@pytest.fixture(scope="session")
def readers(tmp_path_factory):
    """A table of readers who are drawn."""
    from training.phantom_readers import write_readers

    return write_readers(tmp_path_factory.mktemp("readers") / "readers.csv", 20)


@pytest.fixture(scope="session")
def accepted(readers, tmp_path_factory):
    """The file of the stage reward-model."""
    from training.__main__ import main

    out = tmp_path_factory.mktemp("accepted") / "acceptability.npz"
    assert main(["reward-model", "--annotations", str(readers), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def scene():
    """A phantom with a finding on one side only, one without a side, and all its truth."""
    from ssg import phantoms
    from training.scenes import scene_of

    drawn = phantoms.chest_xray(
        5,
        size=128,
        with_masks=True,
        findings=[{"finding": "pleural effusion", "side": "left", "severity": 0.4}, "cardiomegaly"],
    )
    return scene_of(drawn)
