"""All stages by one command: which lists an adapter gets, what ``[run]`` of a preset says, what metrics are read."""

import json
import tomllib
from argparse import Namespace

import pytest

from ssg.cli.main import Parser
from ssg.errors import BadInput
from ssg.reward import Acceptability
from ssg.vocabulary import dataset_label
from training import ablate, run, run_steps
from training.__main__ import main
from training.adapt import rows_of_specialty
from training.meant_for_gpu import require_gpu_for
from training.metrics_file import read_metrics
from training.phantom_readers import write_readers
from training.readers import read_table
from training.runs import PRESETS, read_preset


def list_of(folder, *rows):
    from PIL import Image

    folder.mkdir()
    entries = []
    for number, row in enumerate(rows):
        Image.new("L", (64, 64)).save(folder / f"{number}.png")
        entries.append({"image": f"{number}.png", "width": 64, "height": 64, "patient": f"trained {number}", **row})
    (folder / "annotations.json").write_text(json.dumps(entries))
    return folder / "annotations.json"


def marked(*names):
    return {"findings": [{"label": name, "boxes": [[8, 8, 30, 30]]} for name in names]}


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    """Lists of radiographs and of brain slices, one with both and a spine."""
    monkeypatch.setattr("training.rows.is_held_out", lambda row: False)
    chest, brain = {"body_part": "CHEST", **marked("cardiomegaly")}, {"modality": "MR", **marked("glioma")}
    spine = {"modality": "MR", "body_part": "LSPINE", **marked("lung nodule")}
    ct = {"modality": "CT", **marked("lung nodule")}
    return (
        list_of(tmp_path / "nih", chest, {"modality": "CR", **marked("pneumothorax")}),
        list_of(tmp_path / "brain", brain),
        list_of(tmp_path / "both", chest, brain, spine, ct, ct),
    )


@pytest.mark.parametrize(
    ("specialty", "counts"), [("chest-xray", [2, 0, 1]), ("chest-ct", [0, 0, 2]), ("brain-mr", [0, 1, 1])]
)
def test_a_specialty_gets_its_own_images(mixed, specialty, counts):
    found = rows_of_specialty(mixed, specialty)
    assert [len(found.get(path, [])) for path in mixed] == counts
    assert list(found) == [path for path, count in zip(mixed, counts, strict=True) if count]


def test_an_adapter_is_taught_and_said_to_be_taught_on_what_fits(mixed, preset, taught, tmp_path, capsys):
    given = ["adapt", "--preset", str(preset), "--start", str(taught / "checkpoint"), "--steps", "2"]
    given += ["--specialty", "brain-mr"]
    nih, brain, _ = map(str, mixed)
    assert main([*given, "--run", str(tmp_path / "one"), "--real", nih]) == 2
    assert "is of the specialty brain-mr: give lists of such images" in capsys.readouterr().err
    assert main([*given, "--run", str(tmp_path / "two"), "--real", nih, brain]) == 0
    assert f"{brain}: 1 images are of brain-mr" in capsys.readouterr().out
    manifest = json.loads((tmp_path / "two" / "checkpoint" / "grounding.json").read_text())
    assert manifest["modalities"] == ["MR"]
    assert "cardiomegaly" not in manifest["findings"] or "cardiomegaly" in read_names(taught)
    assert json.loads((tmp_path / "two" / "config.json").read_text())["real"] == [brain]


def read_names(taught):
    return json.loads((taught / "checkpoint" / "grounding.json").read_text())["findings"]


def test_a_run_gives_each_adapter_the_lists_that_fit_and_skips_the_others(mixed, tmp_path, monkeypatch, capsys):
    called = {}
    monkeypatch.setattr(
        run_steps, "run_stage", lambda name, flags: called.update({flags[flags.index("--specialty") + 1]: flags})
    )
    table = {"stages": ["sft", "adapt"], "seconds": {"adapt": 5}, "kinds": ["chest-xray"], "size": 64}
    for step in run_steps.steps(
        table, Namespace(preset="x", threads=None, real=list(mixed[:2]), on_cpu=False), tmp_path
    )[1:]:
        step.work()
    lists = {kind: flags[flags.index("--real") + 1 :] if "--real" in flags else [] for kind, flags in called.items()}
    assert lists == {"chest-xray": [str(mixed[0])], "chest-ct": [], "brain-mr": [str(mixed[1])]}
    assert all(flags[flags.index("--seconds") + 1] == "5" for flags in called.values())
    assert "None of the real images is of chest-ct" in capsys.readouterr().out


def test_the_reward_model_is_a_stage_of_a_run(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text('[run]\nstages = ["reward-model"]\nreader_phantoms = 40\nkinds = ["chest-xray"]\n')
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 0
    model = Acceptability.read(tmp_path / "run" / "reward-model" / "acceptability.npz")
    assert "readers.csv" in model.source
    figures = json.loads((tmp_path / "run" / "summary.json").read_text())["reward-model"]
    assert {"balanced_agreement", "auc", "ece"} <= set(figures)


def flags_of(table, folder, monkeypatch):
    """The flags that each stage of a run is given, by its step; nothing is run."""
    called = []
    monkeypatch.setattr(run_steps, "run_stage", lambda name, flags: called.append(flags))
    monkeypatch.setattr(run_steps, "write_phantoms", lambda *_: None)
    whole = {"kinds": ["chest-xray"], "size": 64, "threshold_phantoms": 2, "evaluate_phantoms": 2, "readers": ["vindr"]}
    steps = run_steps.steps(whole | table, Namespace(preset="x", threads=None, real=[], on_cpu=False), folder)
    for step in steps:
        step.work()
    return dict(zip([step.name for step in steps], called, strict=True))


def value(flags, name):
    return flags[flags.index(name) + 1] if name in flags else None


def test_what_a_run_has_taught_is_what_it_goes_on_with(tmp_path, monkeypatch):
    grpo = flags_of({"stages": ["reward-model", "pretrain", "vision", "sft", "grpo"]}, tmp_path, monkeypatch)["grpo"]
    assert value(grpo, "--start") == str(tmp_path / "sft" / "checkpoint")
    assert value(grpo, "--encoder") == str(tmp_path / "pretrain" / "checkpoint")
    assert value(grpo, "--acceptability") == str(tmp_path / "reward-model" / "acceptability.npz")
    given = flags_of({"stages": ["sft", "grpo", "pretrain", "reward-model"]}, tmp_path, monkeypatch)
    assert not {"--encoder", "--acceptability"} & set(given["grpo"]), "what comes later is not there yet"
    assert "--start" not in given["sft"]


def test_adapters_get_thresholds_figures_and_exports_of_their_own(tmp_path, monkeypatch):
    measured = ["quantise", "threshold", "evaluate", "export"]
    table = {"stages": ["sft", "adapt", *measured], "adapt": ["chest-xray", "brain-mr"]}
    given = flags_of(table, tmp_path, monkeypatch)
    assert list(given) == [
        *("sft", "adapt-chest-xray", "adapt-brain-mr", "quantise"),
        *(f"{stage}{kind}" for stage in measured[1:] for kind in ("", "-chest-xray", "-brain-mr")),
    ]
    adapter = str(tmp_path / "adapt-brain-mr" / "checkpoint")
    for stage in ("threshold", "evaluate"):
        flags = given[f"{stage}-brain-mr"]
        assert value(flags, "--adapter") == adapter and value(flags, "--checkpoint") == str(tmp_path / "policy")
        assert value(flags, "--data") == str(tmp_path / stage / "brain-mr" / "annotations.json")
        assert "--adapter" not in given[stage]
    export = given["export-brain-mr"]
    assert value(export, "--checkpoint") == adapter and value(export, "--base") == str(tmp_path / "export")
    assert str(tmp_path / "adapt-brain-mr") in export and "--base" not in given["export"]
    assert value(export, "--evaluation").endswith(f"={tmp_path / 'evaluate-brain-mr' / 'figures.json'}")
    before = flags_of({"stages": ["sft", *measured, "adapt"]}, tmp_path, monkeypatch)
    assert "threshold-brain-mr" not in before, "there is no adapter yet"


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (["vision", "evaluate"], "'evaluate' with no 'quantise' before it"),
        (["export"], "'export' with no 'quantise' before it"),
        (["grpo", "sft"], "'grpo' with no 'sft' before it"),
        (["sft", "adapt", "grpo"], "'adapt' with no 'grpo' before it"),
        (["sft", "vision"], "'vision' after 'sft'"),
        (["sft", "sft"], "the stage 'sft' twice"),
        (["sft", "dance"], "a stage 'dance' that does not exist"),
        (["reward-model"], "readers.csv"),
    ],
)
def test_stages_that_cannot_follow_each_other_are_refused_before_the_first(stages, said, preset, tmp_path, capsys):
    table = f'[run]\nstages = {json.dumps(stages)}\nkinds = ["chest-xray"]\nsize = 64\nreaders = ["readers.csv"]\n'
    path = tmp_path / "one.toml"
    path.write_text(table + preset.read_text())
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1 and not (tmp_path / "run").exists()


def test_a_table_that_a_later_stage_needs_is_missed_before_the_first(preset, tmp_path, capsys):
    table = '[run]\nstages = ["vision", "sft"]\nkinds = ["chest-xray"]\nsize = 64\n'
    path = tmp_path / "one.toml"
    path.write_text(table + preset.read_text().replace("[sft]", "[other]"))
    assert main(["run", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    assert "has no [sft]" in capsys.readouterr().err and not (tmp_path / "run").exists()


@pytest.mark.parametrize("text", ["[]", "3"])
def test_figures_that_are_none_are_named_with_what_to_delete(text, tmp_path):
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "evaluate").write_text("1.0 seconds")
    (tmp_path / "evaluate").mkdir()
    (tmp_path / "evaluate" / "figures.json").write_text(text)
    with pytest.raises(BadInput, match=r"holds no figures: delete .*done/evaluate"):
        run.summarised(tmp_path)


def test_drawn_readers_mark_the_same_findings_a_little_apart(tmp_path):
    images = read_table(str(write_readers(tmp_path / "readers.csv", 12)))
    pairs = [pair for image in images for pair in image.pairs()]
    assert pairs and all((first != second).any() for _, first, second in pairs if len(first) == len(second))
    assert all(dataset_label(name) is not None for name, _, _ in pairs)


@pytest.mark.parametrize("name", ["smoke", "tiny-cpu", "tiny-gpu"])
def test_every_preset_for_small_policies_can_be_run_whole(name, tmp_path):
    table = tomllib.loads((PRESETS / f"{name}.toml").read_text())["run"]
    steps = run_steps.steps(table, Namespace(preset=name, threads=None, real=[], on_cpu=False), tmp_path)
    made = [step.name for step in steps]
    assert set(made) >= {"pretrain", "reward-model", "vision", "sft", "grpo", "quantise", "evaluate", "export"}
    assert {"size", "kinds", "threshold_phantoms", "evaluate_phantoms"} <= set(table)
    assert set(table.get("seconds", {})) <= set(table["stages"])
    missing = [stage for stage in table["stages"] if stage in ("vision", "sft", "grpo", "adapt", "pretrain")
               and stage not in read_preset(name)]  # fmt: skip
    assert not missing


def test_a_line_that_a_kill_cut_short_is_no_metric(tmp_path):
    assert read_metrics(tmp_path) == []
    lines = (
        '{"step": 1, "loss": 2.0, "held_out": {"miou": 0.5}}\n{"step": 2, "lo{"step": 3, "loss": 1.0}\n[]\n{"step": 4'
    )
    (tmp_path / "metrics.jsonl").write_text(lines + "\udce2", errors="surrogateescape")
    assert [row["step"] for row in read_metrics(tmp_path)] == [1]
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "sft").write_text("3 seconds\n")
    (tmp_path / "metrics.jsonl").rename(tmp_path / "sft.jsonl")
    (tmp_path / "sft").mkdir()
    (tmp_path / "sft.jsonl").rename(tmp_path / "sft" / "metrics.jsonl")
    assert run.summarised(tmp_path)["sft"] == {"took": "3 seconds", "step": 1, "loss": 2.0, "miou": 0.5}


def test_stages_run_singly_leave_curves(preset, tmp_path):
    for stage in ("vision", "pretrain"):
        given = ["--preset", str(preset), "--run", str(tmp_path / stage), "--steps", "40"]
        assert main([stage, *given, *(["--uncalibrated"] if stage == "pretrain" else [])]) == 0
        assert (tmp_path / stage / "curves.html").is_file()


NEEDS = {
    "pretrain": [],
    "vision": [],
    "sft": [],
    "grpo": ["--start", "nowhere"],
    "adapt": ["--start", "nowhere", "--specialty", "chest-xray"],
    "ablate": ["--start", "nowhere", "--data", "nowhere.json"],
    "run": [],
}
"""Stages that take a preset, with what each must be given."""


@pytest.mark.parametrize("stage", NEEDS)
def test_a_preset_for_a_gpu_is_refused_where_there_is_none(stage, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert main([stage, "--preset", "tiny-gpu", "--run", str(tmp_path / "run"), *NEEDS[stage]]) == 2
    err = capsys.readouterr().err
    assert "Preset 'tiny-gpu' is meant for a GPU and none is usable here" in err and "or add --on-cpu" in err
    assert err.count("\n") == 1 and not (tmp_path / "run").exists()


def test_without_a_gpu_it_is_used_where_that_is_wanted(preset, seen, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    path = tmp_path / "meant.toml"
    path.write_text("[run]\ngpu = true\n" + preset.read_text())
    given = ["vision", "--preset", str(path), "--run", str(tmp_path / "run"), "--steps", "1", "--workers", "0"]
    assert main(given) == 2
    assert main([*given, "--on-cpu"]) == 0
    assert main([*given, "--write-only"]) == 0, "nothing is taught"
    require_gpu_for("tiny-cpu", on_cpu=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    require_gpu_for("tiny-gpu", on_cpu=False)


@pytest.mark.parametrize("on_cpu", [False, True])
def test_what_runs_stages_passes_it_on(on_cpu, preset, tmp_path, monkeypatch):
    called = {}
    monkeypatch.setattr(run_steps, "run_stage", lambda name, flags: called.update({name: flags}))
    monkeypatch.setattr(ablate, "run_stage", lambda name, flags: called.update({f"ablate {name}": flags}))
    table = {"stages": ["pretrain", "vision", "sft", "grpo", "adapt"], "kinds": ["chest-xray"], "size": 64}
    for step in run_steps.steps(table, Namespace(preset="x", threads=None, real=[], on_cpu=on_cpu), tmp_path):
        step.work()
    given = ["--preset", str(preset), "--start", "x", "--run", str(tmp_path / "run"), "--data", "x.json"]
    with pytest.raises(BadInput):  # of the figures, which nobody made
        ablate.main(ablate_flags([*given, "--objectives", "iou", *(["--on-cpu"] if on_cpu else [])]))
    taught = ("pretrain", "vision", "sft", "grpo", "adapt", "ablate grpo")
    assert [("--on-cpu" in called[name]) for name in taught] == [on_cpu] * len(taught)
    assert "--on-cpu" not in called["ablate evaluate"]


def ablate_flags(given):
    parser = Parser()
    ablate.add_arguments(parser)
    return parser.parse_args(given)
