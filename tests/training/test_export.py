"""Exported folders: complete, honest about where figures come from, and the same policy again when fetched by name."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import load_policy
from tests.hub_repositories import Account
from tests.hub_standin import connect, environment, serving
from training.__main__ import main

ANSWER = """
import sys
import numpy as np
from PIL import Image
from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import load_policy
grounder = Grounder(load_policy(sys.argv[1]))
pixels = np.asarray(Image.open(sys.argv[2]).convert("L"))
answers, _ = grounder.answer(pixels, [("cardiomegaly", None), ("pleural effusion", None)])
print([(one.finding, one.present, one.confidence, one.regions) for one in answers.values()])
"""


@pytest.fixture(scope="module")
def quantised(taught, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nf4") / "policy"
    assert main(["quantise", "--checkpoint", str(taught / "checkpoint"), "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def evaluated(quantised, phantom_list, tmp_path_factory):
    """An evaluation of the quantised policy, as it is exported."""
    file = tmp_path_factory.mktemp("evaluation") / "figures.json"
    given = ["--checkpoint", str(quantised), "--data", str(phantom_list), "--out", str(file)]
    assert main(["evaluate", *given]) == 0
    return file


@pytest.fixture(scope="module")
def adapter(preset, taught, phantom_list, tmp_path_factory):
    run = tmp_path_factory.mktemp("adapt")
    given = ["--preset", str(preset), "--run", str(run), "--start", str(taught / "checkpoint")]
    assert main(["adapt", *given, "--specialty", "chest-xray", "--real", str(phantom_list)]) == 0
    return run / "checkpoint"


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with serving() as hub:
        hub.accounts = {"hf_teacher": Account("teacher"), "hf_student": Account("student")}
        connect(monkeypatch, hub, tmp_path / "home", "hf_teacher")
        yield hub


@pytest.fixture
def picture(tmp_path, phantom_list):
    row = json.loads(phantom_list.read_text())[0]
    path = tmp_path / "image.png"
    Image.open(phantom_list.parent / row["image"]).convert("RGB").save(path)
    return path


def told(policy, picture):
    """What a policy answers, with how sure it is."""
    pixels = np.asarray(Image.open(picture).convert("L"))
    answers, _ = Grounder(load_policy(policy)).answer(pixels, [("cardiomegaly", None), ("pleural effusion", None)])
    return [(one.finding, one.present, one.confidence, one.regions) for one in answers.values()]


def blocks(card):
    """The Python code in a card."""
    return re.findall(r"```python\n(.*?)```", card, re.DOTALL)


def test_the_folder_is_complete_and_answers_as_the_checkpoint(taught, picture, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["export", "--checkpoint", str(taught / "checkpoint"), "--out", str(out), "--run", str(taught)]) == 0
    shown = capsys.readouterr().out
    assert "(whole, " in shown and "without --evaluation the card says that this is not known" in shown
    files = {path.name for path in out.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "grounding.json", "location_prior.json"} <= files
    assert {"README.md", "NOTICE.md", "LICENSE", "processor_config.json", "chat_template.jinja"} <= files
    assert "dense.pt" not in files, "the dense head is no part of the policy, and a pickle"
    for name in files - {"README.md", "NOTICE.md", "LICENSE"}:
        assert (out / name).read_bytes() == (taught / "checkpoint" / name).read_bytes()
    assert told(out, picture) == told(taught / "checkpoint", picture)
    assert not list(tmp_path.glob("*.part"))


def test_the_card_says_what_was_measured_and_by_which_command(quantised, evaluated, taught, phantom_list, tmp_path):
    given = ["--checkpoint", str(quantised), "--out", str(tmp_path / "out"), "--run", str(taught)]
    assert main(["export", *given, "--evaluation", f"twelve phantoms={evaluated}"]) == 0
    card = (tmp_path / "out" / "README.md").read_text()
    figures = json.loads(evaluated.read_text())
    low, high = figures["ci95"]["miou"]
    assert f"| this policy | {figures['miou']:.3f} ({low:.3f}–{high:.3f}) |" in card
    least, most = figures["prior"]["ci95"]["miou"]
    assert f"| location prior | {figures['prior']['miou']:.3f} ({least:.3f}–{most:.3f}) |" in card
    assert f"| share found (FROC) | {figures['froc']['found_at']['0.125']:.3f} |" in card
    least, most = figures["reward_ci95"]["total"]
    assert f"| this policy | {figures['total']:.3f} ({least:.3f}–{most:.3f}) |" in card
    assert "### twelve phantoms" in card and "These very weights, measured on cpu." in card
    listed = "/".join(phantom_list.parts[-2:])
    assert re.search(rf"python -m training evaluate --data \.\.\./{listed} --checkpoint \S+ --part all --json", card)
    for name in figures["by_finding"]:
        assert f"| {name} | " in card
    for size in figures["by_size"]:
        assert f"| {size} | " in card
    assert "not for clinical use" in card
    assert "| chest-xray | 6 | " in card, "six steps of two images, half of them of the list"
    assert "Lists are 50 % of the images of " in card and "phantoms, drawn by a computer" in card
    assert f"| `{taught.name}` | `sft` | `" in card
    assert str(tmp_path) not in card and str(phantom_list.parent.parent) not in card, "no path of this machine"
    matter = yaml.safe_load(card.split("---")[1])
    assert matter["library_name"] == "transformers" and matter["pipeline_tag"] == "image-text-to-text"
    assert matter["license"] == "apache-2.0" and {"qwen3_vl", "4-bit", "not-for-clinical-use"} <= set(matter["tags"])
    assert "base_model" not in matter


def test_without_an_evaluation_there_is_no_figure(taught, tmp_path):
    assert main(["export", "--checkpoint", str(taught / "checkpoint"), "--out", str(tmp_path / "out")]) == 0
    card = (tmp_path / "out" / "README.md").read_text()
    assert "It has not been measured" in card and "No run folder was given" in card
    assert not re.search(r"\d\.\d{3}", card)


def test_weights_that_were_changed_since_are_said_to_be_others(quantised, evaluated, tmp_path):
    """The thresholds were chosen anew after the evaluation."""
    figures = json.loads(evaluated.read_text())
    for change, said in (({"weights": "0" * 64}, "Other weights of the same name (nf4 there, nf4 here)"),
                         ({"weights": None}, "Whether of these very weights is not recorded")):  # fmt: skip
        file = tmp_path / "changed.json"
        file.write_text(json.dumps(figures | change))
        given = ["--checkpoint", str(quantised), "--out", str(tmp_path / "out"), "--evaluation", str(file)]
        assert main(["export", *given]) == 0
        assert said in (tmp_path / "out" / "README.md").read_text()


def test_an_earlier_export_is_replaced_as_a_whole(taught, quantised, tmp_path):
    out = tmp_path / "out"
    assert main(["export", "--checkpoint", str(taught / "checkpoint"), "--out", str(out)]) == 0
    (out / "model-00001-of-00002.safetensors").write_bytes(b"old")
    assert main(["export", "--checkpoint", str(quantised), "--out", str(out)]) == 0
    assert not (out / "model-00001-of-00002.safetensors").exists()
    assert load_policy(out).info.quantisation == "nf4"


def test_the_folder_that_one_stands_in_may_be_written(quantised, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert main(["export", "--checkpoint", str(quantised), "--out", "."]) == 0
    assert Path("model.safetensors").exists() and "SSG_POLICY=here" in Path("README.md").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_pushed_and_fetched_by_name_it_gives_the_same_answers(quantised, picture, hub, tmp_path, capsys):
    """In a process of its own, that knows nothing but the environment's endpoint, home and token."""
    given = ["--checkpoint", str(quantised), "--out", str(tmp_path / "out"), "--push", "teacher/small", "--private"]
    assert main(["export", *given]) == 0
    assert re.search(rf"Pushed: {hub.url}/teacher/small/commit/[0-9a-f]{{40}}", capsys.readouterr().out)
    assert hub.repositories["model", "teacher/small"].private
    script = tmp_path / "answer.py"
    script.write_text(ANSWER)
    known = {**os.environ, **environment(hub, tmp_path / "fresh", "hf_teacher"), "PYTHONPATH": str(Path.cwd())}
    answers = [
        subprocess.run(
            [sys.executable, str(script), name, str(picture)], env=known, capture_output=True, text=True, cwd=tmp_path
        )
        for name in ("teacher/small", str(quantised))
    ]
    assert [one.returncode for one in answers] == [0, 0], answers[0].stderr
    assert answers[0].stdout == answers[1].stdout and "cardiomegaly" in answers[0].stdout
    fetched = {path.name for path in (tmp_path / "fresh").rglob("snapshots/*/*")}
    assert "grounding.json" in fetched and "model.safetensors" in fetched


def test_the_card_s_code_runs_as_it_stands(quantised, picture, hub, tmp_path, monkeypatch, capsys):
    given = ["--checkpoint", str(quantised), "--out", str(tmp_path / "out"), "--push", "teacher/small"]
    assert main(["export", *given, "--revision", "trial"]) == 0
    monkeypatch.chdir(picture.parent)
    [code] = blocks((tmp_path / "out" / "README.md").read_text())
    assert 'revision="trial"' in code
    known = {}
    exec(compile(code, "card", "exec"), known)
    assert known["written"].shape[1] > known["text"]["input_ids"].shape[1]


def test_an_adapter_is_exported_with_its_base(adapter, taught, picture, hub, tmp_path, monkeypatch, capsys):
    base = ["--checkpoint", str(taught / "checkpoint"), "--out", str(tmp_path / "base"), "--push", "teacher/base"]
    assert main(["export", *base]) == 0
    out = tmp_path / "out"
    given = ["--checkpoint", str(adapter), "--out", str(out), "--run", str(taught), str(adapter.parent)]
    assert main(["export", *given, "--base", str(tmp_path / "base"), "--push", "teacher/chest"]) == 2
    assert "is a folder here: give the base's OWNER/NAME on the Hub.\n" in capsys.readouterr().err
    assert main(["export", *given, "--base", "teacher/base", "--push", "teacher/chest"]) == 0
    files = {path.name for path in out.iterdir()}
    assert files == {"adapter_config.json", "adapter_model.safetensors", "grounding.json", "location_prior.json",
                     "README.md", "NOTICE.md", "LICENSE"}  # fmt: skip
    card = (out / "README.md").read_text()
    matter = yaml.safe_load(card.split("---")[1])
    assert matter["base_model"] == "teacher/base" and matter["base_model_relation"] == "adapter"
    assert matter["library_name"] == "peft" and {"lora", "chest-xray"} <= set(matter["tags"])
    assert json.loads((out / "adapter_config.json").read_text())["base_model_name_or_path"] == "teacher/base"
    monkeypatch.chdir(picture.parent)
    here, there = blocks(card)
    known = {}
    exec(compile(here, "card", "exec"), known)
    ups = [value for name, value in known["policy"].model.named_parameters() if "lora_B" in name]
    assert ups and any(bool(value.abs().max() > 0) for value in ups)
    exec(compile(there, "card", "exec"), known)
    assert known["written"].shape[1] > known["text"]["input_ids"].shape[1]
    assert any("lora_B" in name for name, _ in known["model"].named_parameters())


def test_an_adapter_that_is_not_pushed_lies_beside_its_base(adapter, taught, picture, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("base", "other"):
        assert main(["export", "--checkpoint", str(taught / "checkpoint"), "--out", name]) == 0
    manifest = json.loads(Path("other/grounding.json").read_text()) | {"name": "ssg-other"}
    Path("other/grounding.json").write_text(json.dumps(manifest))
    given = ["export", "--checkpoint", str(adapter), "--out", "chest"]
    assert main([*given, "--base", "other"]) == 2
    assert "--base 'other' is ssg-other: give its own base" in capsys.readouterr().err
    assert main([*given, "--base", str(tmp_path / "base")]) == 0
    assert json.loads(Path("chest/adapter_config.json").read_text())["base_model_name_or_path"] == "base"
    card = Path("chest/README.md").read_text()
    assert "base_model" not in yaml.safe_load(card.split("---")[1]), "there is none of that name on the Hub"
    assert "SSG_POLICY=base SSG_ADAPTERS=chest make run" in card and str(tmp_path) not in card
    known = {}
    exec(compile(blocks(card)[0], "card", "exec"), known)
    assert list(known["policy"].adapters) == ["chest-xray"]


def test_an_adapter_whose_manifest_names_its_base_needs_no_flag(adapter, tmp_path):
    """As those of the stage ``large``, whose bases are on the Hub."""
    shutil.copytree(adapter, tmp_path / "adapter")
    manifest = json.loads((adapter / "grounding.json").read_text()) | {"name": "Qwen/Qwen3-VL-4B-Instruct"}
    (tmp_path / "adapter" / "grounding.json").write_text(json.dumps(manifest))
    assert main(["export", "--checkpoint", str(tmp_path / "adapter"), "--out", str(tmp_path / "out")]) == 0
    card = (tmp_path / "out" / "README.md").read_text()
    assert yaml.safe_load(card.split("---")[1])["base_model"] == "Qwen/Qwen3-VL-4B-Instruct"


def test_a_push_that_fails_in_the_middle_goes_on(quantised, hub, tmp_path, capsys):
    given = ["export", "--checkpoint", str(quantised), "--out", str(tmp_path / "out"), "--push", "teacher/small"]
    hub.fail("POST", "/commit/")
    assert main(given) == 2
    err = capsys.readouterr().err
    assert "The Hub failed while 'teacher/small' was pushed (status 500" in err and err.count("\n") == 1
    assert "start the same command again" in err
    assert load_policy(tmp_path / "out").info.quantisation == "nf4", "the folder is there all the same"
    sent = hub.asked("PUT", "/storage/")
    assert main(given) == 0
    assert hub.asked("PUT", "/storage/") == sent, "the weights had arrived"
    assert "Pushed: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("token", "complaint"),
    [
        ("hf_wrong", "The Hub does not accept the token (Invalid credentials in Authorization header)"),
        ("hf_student", "The token may not write to 'teacher/small'"),
        ("", "There is no token for the Hub"),
    ],
)
def test_a_wrong_token_is_one_line(token, complaint, quantised, hub, tmp_path, monkeypatch, capsys):
    connect(monkeypatch, hub, tmp_path / "other", token)
    given = ["export", "--checkpoint", str(quantised), "--out", str(tmp_path / "out"), "--push", "teacher/small"]
    assert main(given) == 2
    err = capsys.readouterr().err
    assert complaint in err and "hf auth login" in err and err.count("\n") == 1
    assert (tmp_path / "out").exists() == bool(token), "without a token nothing is begun"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--checkpoint", "absent"], "absent holds no checkpoint"),
        (["--checkpoint", "{taught}", "--out", "taken"], "taken holds other files (notes.txt): give --out an empty"),
        (["--checkpoint", "{taught}", "--out", "{taught}"], "--out is the checkpoint's own folder"),
        (["--checkpoint", "{taught}", "--run", "taken"], "taken is no run folder"),
        (["--checkpoint", "{taught}", "--evaluation", "absent.json"], "absent.json cannot be read"),
        (["--checkpoint", "{taught}", "--evaluation", "x=list.json"], "list.json is no evaluation of a policy"),
        (["--checkpoint", "{taught}", "--evaluation", "other.json"], "is of another policy (ssg-other, 5 parameters)"),
        (["--checkpoint", "{taught}", "--push", "nobody"], "'nobody' is no name on the Hub: give OWNER/NAME"),
        (["--checkpoint", "{taught}", "--private"], "give --push OWNER/NAME, or leave them out"),
        (["--checkpoint", "{adapter}"], "give --base the base's OWNER/NAME on the Hub"),
        (["--checkpoint", "{adapter}", "--base", "a/base"], "--base 'a/base' is a folder here"),
        (["--checkpoint", "bare"], "bare has no grounding.json"),
        (["--checkpoint", "broken"], "broken does not load and so is not exported"),
        (["--checkpoint", "torn"], "The adapter in torn cannot be read"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    arguments, complaint, taught, adapter, evaluated, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "base").mkdir(parents=True)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    (tmp_path / "list.json").write_text("[]")
    other = json.loads(evaluated.read_text()) | {"policy": {"name": "ssg-other", "parameters": 5}}
    (tmp_path / "other.json").write_text(json.dumps(other))
    shutil.copytree(taught / "checkpoint", tmp_path / "bare")
    (tmp_path / "bare" / "grounding.json").unlink()
    shutil.copytree(taught / "checkpoint", tmp_path / "broken")
    shutil.copytree(adapter, tmp_path / "torn")
    for weights in (tmp_path / "broken" / "model.safetensors", tmp_path / "torn" / "adapter_model.safetensors"):
        weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    given = [one.format(taught=taught / "checkpoint", adapter=adapter) for one in arguments]
    given += [] if "--out" in given else ["--out", "out"]
    assert main(["export", *given]) == 2
    err = capsys.readouterr().err
    assert complaint in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob("*.part"))
    assert (tmp_path / "taken" / "notes.txt").read_text() == "mine"
    assert Path(taught / "checkpoint" / "model.safetensors").exists()
