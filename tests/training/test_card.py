"""What a card is read from: evaluation files, run folders, lists with their notes, commands that made figures."""

import argparse
import json
from pathlib import Path

import pytest

from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest
from training.__main__ import main
from training.card import Exported, front_matter, model_card, what_it_is
from training.card_loading import loading
from training.curves import write_curves
from training.evaluations import read_evaluation, tables, weak_points
from training.provenance import command_in_words, digest_of, path_in_words
from training.recipe import read_run, recipe_table
from training.sources import citation_of, licence_of, provider_of, source_of

NIH = """# nih: radiographs

3 images of 2 patients

## Where it comes from
- Data provider: **NIH Clinical Center**. Site: https://example.org/nih
- Cite: Wang X. et al. "ChestX-ray8". CVPR 2017,
  pp. 3462-3471.
- Files from a copy, commit 1234.

## Terms
No restrictions on the use of the images; cite the paper.

## Limits
One radiologist.
"""

SHORT = """# brain: slices

- Data set: Jun Cheng, figshare (3,064 slices), CC BY 4.0 (to be re-read). Cite: Cheng J. et al., PLoS ONE 2015.
- Files from a copy whose code (GPL-3.0) was not used.
"""


def figures(**changes):
    row = {"miou": 0.5, "acc50": 0.6, "absent_rejected": 0.9, "pointing": 0.7}
    interval = {name: [value - 0.1, value + 0.1] for name, value in row.items()}
    group = {**row, "ci95": interval, "n": 20, "n_absent": 5}
    weak = {**group, "miou": 0.1, "acc50": 0.1}
    prior = {**row, "miou": 0.3, "acc50": 0.2, "absent_rejected": None}
    return {
        **row,
        "ci95": interval,
        "n": {"images": 40, "present": 40, "absent": 5},
        "by_finding": {"mass": group, "nodule": weak, "rib fracture": {**weak, "n": 3}},
        "by_size": {"large": group, "small": weak},
        "by_site": {"a": group, "b": group},
        "by_modality": {"CT": group},
        "froc": {"found_at": {"0.125": 0.25, "8": 0.75}, "mean": 0.5, "marks": 44},
        "total": 0.41,
        "semantic": 0.42,
        "prior": {**prior, "by_finding": {"mass": prior, "nodule": prior}},
        "policy": {"name": "ssg-x", "quantisation": "nf4", "parameters": 7, "device": "cuda"},
        "command": "python -m training evaluate --data phantoms/annotations.json",
        "weights": "a" * 64,
        **changes,
    }


def exported(**changes):
    manifest = Manifest("ssg-x", Convention.RELATIVE_1000, ("mass",), seen="phantom chest CT slices")
    known = {"name": "a/b", "manifest": manifest, "architecture": "qwen3_vl", "parameters": 7, "quantisation": "nf4"}
    return Exported(**{**known, "digest": "a" * 64, "licence": "apache-2.0", **changes})


def written(tmp_path, name="one.json", **changes):
    path = tmp_path / name
    path.write_text(json.dumps(figures(**changes)))
    return path


def test_every_figure_stands_with_its_interval_and_the_prior(tmp_path):
    text = tables(read_evaluation(f"held out={written(tmp_path)}"), "These very weights.")
    assert text.startswith("### held out\n")
    assert "40 images, 40 findings that are there and 5 that are not. These very weights." in text
    assert "evaluate --data phantoms/annotations.json --json\n```" in text
    assert (
        "| this policy | 0.500 (0.400–0.600) | 0.600 (0.500–0.700) | 0.900 (0.800–1.000) | 0.700 (0.600–0.800) |"
        in text
    )
    assert "| location prior | 0.300 | 0.200 | – | 0.700 |" in text
    assert "| mass | 20 / 5 | 0.500 (0.400–0.600) |" in text and "| 0.300 | 0.200 |" in text
    assert "All of one modality: CT." in text and "| a | 20 / 5 |" in text
    assert "| small | 20 | 0.100 (0.400–0.600) |" in text
    assert "| share found (FROC) | 0.250 | 0.750 | 0.500 |" in text
    assert "| as the reward judges it | total | semantic |" in text and "| this policy | 0.410 | 0.420 |" in text


def test_sites_have_their_froc_and_semantic_score_where_the_file_holds_them(tmp_path):
    plain = tables(read_evaluation(str(written(tmp_path))), "")
    assert "FROC mean" not in plain and "| prior Acc@0.5 | semantic" not in plain
    group = figures()["by_site"]["a"]
    sites = {"a": {**group, "froc": {"mean": 0.25}}, "b": group}
    told = tables(read_evaluation(str(written(tmp_path, by_site=sites, reward_by_site={"b": {"semantic": 0.75}}))), "")
    lines = told.splitlines()
    assert any(line.startswith("| site |") and line.endswith("| FROC mean | semantic |") for line in lines)
    assert any(line.startswith("| a | 20 / 5 |") and line.endswith("| 0.250 | – |") for line in lines)
    assert any(line.startswith("| b | 20 / 5 |") and line.endswith("| – | 0.750 |") for line in lines)


def test_what_a_file_does_not_hold_is_a_dash(tmp_path):
    bare = {"miou": None, "acc50": 0.5, "absent_rejected": None, "ci95": {}, "n": {"images": 1}}
    (tmp_path / "old.json").write_text(json.dumps(bare))
    text = tables(read_evaluation(str(tmp_path / "old.json")), "")
    assert "### old\n" in text and "| this policy | – | 0.500 | – | – |" in text
    assert "before the whole command was kept" in text and "FROC" not in text and "reward" not in text


def test_weak_points_are_read_off_the_figures(tmp_path):
    said = " ".join(weak_points(read_evaluation(f"t={written(tmp_path)}")))
    assert "fewer than one in four are found (Acc@0.5 below 0.25) of nodule." in said, "three rib fractures are too few"
    assert "no better than the location prior (mIoU) on nodule." in said
    assert "Acc@0.5 of small findings is 0.100, of all 0.600" in said


def test_several_evaluations_are_several_tables_and_a_title_may_be_left_out(tmp_path):
    first, second = written(tmp_path, "x=1.json"), written(tmp_path, "sites=b.json")
    evaluations = [read_evaluation(f"phantoms={first}"), read_evaluation(str(second))]
    card = model_card(exported(), [], evaluations)
    assert "### phantoms\n" in card and "### sites=b\n" in card
    assert card.count("These very weights, measured on cuda.") == 2


def test_predictions_made_elsewhere_are_said_to_be(tmp_path):
    (tmp_path / "lines.jsonl").write_text('{"prediction": [[0, 0, 9, 9]], "reference": [[0, 0, 9, 9]]}\n' * 2)
    assert main(["evaluate", "--predictions", str(tmp_path / "lines.jsonl"), "--out", str(tmp_path / "f.json")]) == 0
    evaluation = read_evaluation(str(tmp_path / "f.json"))
    assert evaluation.command == f"python -m training evaluate --predictions .../{tmp_path.name}/lines.jsonl --part all"
    assert "Scored from predictions made elsewhere" in model_card(exported(), [], [evaluation])


def test_the_front_matter_names_a_base_and_how_it_was_used():
    assert "base_model" not in front_matter(exported())
    packed = front_matter(exported(base="c/d"))
    assert "base_model: c/d" in packed and "base_model_relation: quantized" in packed
    assert "base_model_relation: adapter" in front_matter(exported(base="c/d", adapter=True))
    assert "license: mit" in front_matter(exported(licence="mit"))


def test_an_adapter_on_a_branch_is_fetched_before_it_is_used():
    text = loading("a/b", "c/d", "trial")
    assert "hf download a/b --revision trial --local-dir b\nSSG_POLICY=c/d SSG_ADAPTERS=b make run" in text
    assert 'adapters=["b"]' in text and 'PeftModel.from_pretrained(model, "a/b", revision="trial")' in text
    assert "SSG_POLICY=a/b SSG_POLICY_REVISION=trial make run" in loading("a/b", "", "trial")
    assert "path" not in text and "`here` is this folder: give its path" in loading("here", "", "")


@pytest.mark.parametrize(("parameters", "shown"), [(950, "950"), (13_600_000, "13.6 M"), (4_440_000_000, "4.4 G")])
def test_parameters_are_said_shortly(parameters, shown):
    assert f"with {shown} parameters, quantised (NF4)" in what_it_is(exported(parameters=parameters))


def run_folder(folder, stage, plan, lines=(), **config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model": {"patch_size": 16}, stage: plan, **config}))
    (folder / "environment.json").write_text(
        json.dumps({"torch": "2.13", "threads": 2, "gpu": None, "processor": "x86"})
    )
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"step": 99')
    return folder


def test_a_run_says_what_was_done_of_what_was_planned(tmp_path):
    lines = [{"step": 20, "seconds_a_step": 9.0}, {"step": 40, "seconds_a_step": 90.0, "device": "one NVIDIA H100"}]
    plan = {"steps": 50, "batch": 8, "real_share": 0.25, "kinds": {"chest-ct": 3, "brain-mr": 1}, "learning_rate": 1e-3}
    folder = run_folder(
        tmp_path / "sft", "sft", plan, lines, real=["x/y/annotations.json"], start="runs/vision/checkpoint"
    )
    run = read_run(folder)
    assert (run.stage, run.steps, run.images, run.start, run.device) == ("sft", 40, 320, "vision", "one NVIDIA H100")
    assert run.hours == pytest.approx(1.0) and run.kinds == {"chest-ct": 0.75, "brain-mr": 0.25}
    assert "| `sft` | `sft` | `vision` | 40 of 50 | 8 | 0.001 | 25 % | one NVIDIA H100 | 1.00 |" in recipe_table([run])
    card = model_card(exported(), [run], [])
    assert "| chest-ct | 180 |" in card and "| brain-mr | 60 |" in card
    assert "**y**: the list was not there when this card was written" in card
    assert "one NVIDIA H100 (x86), torch 2.13" in card


@pytest.mark.parametrize(
    "odd",
    [
        {"by_finding": [1]}, {"by_size": "x"}, {"prior": 5}, {"acc50": "abc"}, {"froc": {"found_at": [1]}},
        {"ci95": {"miou": 3}}, {"by_site": {"a": 1, "b": 2}}, {"prior": {"by_finding": {"nodule": 3}}},
        {"n": {"images": "x"}},
    ],
)  # fmt: skip
def test_an_evaluation_of_other_things_than_figures_is_refused(odd, tmp_path):
    path = written(tmp_path, **odd)
    with pytest.raises(BadInput, match=r"one\.json holds other things than figures"):
        read_evaluation(str(path))


@pytest.mark.parametrize(
    ("plan", "lists"),
    [
        *(({"steps": 5, **odd}, []) for odd in (
            {"accumulate": "x"}, {"reuse": "x"}, {"train_seeds": "x"}, {"kinds": ["chest-ct"]}, {"real_share": "x"},
            {"batch": "x"}, {"learning_rate": []},
        )),
        ({"steps": "x"}, []),
        ({"steps": 5}, 5),
    ],
)  # fmt: skip
def test_a_run_of_other_things_is_refused(plan, lists, tmp_path):
    with pytest.raises(BadInput, match=r"config\.json .*: give --run a folder that a training stage wrote"):
        read_run(run_folder(tmp_path / "odd", "sft", plan, real=lists))


def test_metrics_that_are_no_numbers_are_left_out(tmp_path):
    lines = [{"step": 1, "seconds_a_step": 3.6, "loss": 1.0}, {"step": "x", "seconds_a_step": "x", "loss": 2.0}]
    folder = run_folder(tmp_path / "odd", "sft", {"steps": 5}, [*lines, {"step": 2, "loss": 3.0}])
    assert read_run(folder).hours == pytest.approx(0.001) and read_run(folder).steps == 2
    assert write_curves(folder) == folder / "curves.html"


def test_a_grpo_run_counts_questions_and_its_own_clock(tmp_path):
    lines = [{"step": 1, "step_time": 1800.0}, {"step": 2, "step_time": 1800.0}]
    run = read_run(run_folder(tmp_path / "g", "grpo", {"steps": 2, "images": 4, "generations": 8}, lines, start="None"))
    assert (run.images, run.hours, run.start, run.device) == (8, 1.0, "", "2 CPU threads")
    assert "| random weights | 2 | 4 | – | 0 % | 2 CPU threads | 1.00 |" in recipe_table([run])


def test_the_folder_of_a_whole_run_names_its_stages(tmp_path):
    run_folder(tmp_path / "all" / "sft", "sft", {"steps": 1})
    (tmp_path / "all" / "config.json").write_text(json.dumps({"preset": {}, "real": []}))
    with pytest.raises(
        BadInput, match=r"holds a run of all stages: give --run the folders of the stages in it \(sft\)"
    ):
        read_run(tmp_path / "all")


def list_of(folder, note, rows):
    folder.mkdir()
    (folder / "SOURCE.md").write_text(note)
    entries = [{"image": f"{n}.png", "width": 9, "height": 9, "findings": [], **row} for n, row in enumerate(rows)]
    (folder / "annotations.json").write_text(json.dumps(entries))
    return folder / "annotations.json"


def test_a_list_says_whose_it_is_and_who_was_held_out(tmp_path):
    source = source_of(list_of(tmp_path / "nih", NIH, [{"patient": str(number // 2)} for number in range(40)]))
    assert (source.name, source.images, source.groups, source.grouped) == ("nih", 40, 20, "patients")
    assert 0 < source.held_out_groups < 10 and source.held_out_images == 2 * source.held_out_groups
    assert source.provider == "NIH Clinical Center. Site: https://example.org/nih"
    assert source.citation == 'Wang X. et al. "ChestX-ray8". CVPR 2017, pp. 3462-3471.'
    assert source.licence == "No restrictions on the use of the images; cite the paper."


def test_a_short_note_is_understood_and_nothing_is_guessed(tmp_path):
    assert provider_of(SHORT) == "Jun Cheng, figshare (3,064 slices), CC BY 4.0 (to be re-read)."
    assert citation_of(SHORT) == "Cheng J. et al., PLoS ONE 2015."
    assert licence_of(SHORT) == "CC BY 4.0 (to be re-read)."
    assert provider_of("") == citation_of("# a\n\nsome text") == licence_of("Files whose code is GPL-3.0.") == ""
    blocks = source_of(list_of(tmp_path / "mr", SHORT, [{"figshare_id": number} for number in range(301)]))
    assert (blocks.groups, blocks.grouped) == (3, "blocks of neighbouring slices")


def test_the_shared_lists_are_all_understood(shared_data):
    for name in ("nih-cxr-train", "brain-mri-train"):
        source = source_of(shared_data / name / "annotations.json")
        assert source.images > 700 and source.held_out_images and not source.phantoms
        assert all((source.provider, source.citation, source.licence))


def test_a_command_says_no_path_of_this_machine():
    given = argparse.Namespace(
        stage="evaluate", data=[Path("/home/me/nih/annotations.json"), Path("../b/c/list.json")],
        checkpoint=Path("runs/sft/checkpoint"), limit=3, json=True, threads=2, out=Path("x"), part=None, prior_data=[],
    )  # fmt: skip
    expected = "--data .../nih/annotations.json .../c/list.json --checkpoint runs/sft/checkpoint --limit 3"
    assert command_in_words("evaluate", given) == f"python -m training evaluate {expected}"
    assert path_in_words(Path("a b/c.json")) == "a b/c.json"


def test_a_digest_is_of_weights_and_thresholds_alone(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"1")
    (tmp_path / "grounding.json").write_text("{}")
    first = digest_of(tmp_path)
    (tmp_path / "README.md").write_text("other")
    assert digest_of(tmp_path) == first and len(first) == 64
    (tmp_path / "grounding.json").write_text('{"present_from": 0.3}')
    assert digest_of(tmp_path) not in (None, first)
    assert digest_of(tmp_path / "absent") is None
