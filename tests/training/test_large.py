"""Large policies: both coordinate conventions from the question to the reward, and every step on a miniature."""

import argparse
import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest
import regex
import torch
import xgrammar
from PIL import Image
from safetensors import SafetensorError

from ssg.errors import BadInput, Unavailable
from ssg.grounding.coordinates import Convention
from ssg.grounding.grammar import read_answer
from ssg.grounding.manifest import read_manifest
from ssg.grounding.tokenizer import SPECIAL
from ssg.reward import Acceptability
from training.__main__ import main
from training.architectures import miniature
from training.frames import RELATIVE, Frames
from training.judges import Judges
from training.large import teach
from training.large_base import folder_of, frames_of, load_base, read_large_preset, require_libraries
from training.large_dry_run import SMALLER, rehearse, right_rewards, seen_frame
from training.large_grammar import Forms, largest_coordinate
from training.large_grpo import answer_regex, grpo_settings, vllm_settings
from training.large_run import SAMPLES, settings_of
from training.packing import END, Packer, collate
from training.prior import LocationPrior
from training.runs import PRESETS, RunFolder
from training.trainer_runs import resumed

QWEN3, QWEN3_LARGER, QWEN25 = "qwen3-vl-4b-qlora", "qwen3-vl-8b-qlora", "qwen2.5-vl-7b-qlora"
BOTH = pytest.mark.parametrize("name", [QWEN3, QWEN25])
QUESTION = "Locate: left pleural effusion."


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A function that gives a preset's miniature: the folder of its base, and the preset with small tables."""
    made = {}

    def of(name):
        if name not in made:
            preset = read_large_preset(name)
            folder = tmp_path_factory.mktemp("base")
            model, processor = miniature(preset["base"])
            model.save_pretrained(folder)
            processor.save_pretrained(folder)
            tables = {stage: preset[stage] | smaller for stage, smaller in SMALLER.items()}
            pixels = (8 * processor.image_processor.patch_size) ** 2
            base = preset["base"] | {"name": str(folder), "image_pixels": pixels}
            made[name] = {**preset, **tables, "base": base, "lora": preset["lora"] | {"rank": 4, "alpha": 8}}
        return made[name]

    return of


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """The folder of a dry run of both stages, by preset, as ``python -m training large grpo --dry-run`` does it."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = tmp_path_factory.mktemp("kept")
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rehearse(read_large_preset(name), "grpo", [], made[name])
            torch.set_num_threads(threads)
        return made[name]

    return of


def given(start=None, save_every=2):
    return argparse.Namespace(start=start, save_every=save_every, encoder=None, acceptability=None, vllm="off")


def lines(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_the_command_does_every_step_and_prints_what_the_full_one_takes(capsys):
    assert main(["large", "sft", "--preset", QWEN3, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "Qwen/Qwen3-VL-4B-Instruct on one GPU" in out and "GB at most: weights 3.5" in out
    for said in ("miniature", "right answers earn the reward", "sft: NF4 base, LoRA", "one question asked"):
        assert said in out


@pytest.mark.parametrize("name", [QWEN3, QWEN3_LARGER, QWEN25])
def test_both_stages_are_executed_and_measured(rehearsed, name):
    kept = rehearsed(name)
    losses = [line["loss"] for line in lines(kept / "sft") if "loss" in line]
    assert len(losses) == 2 and all(np.isfinite(losses)) and min(losses) > 1
    steps = [line for line in lines(kept / "grpo") if "reward" in line]
    assert [line["step"] for line in steps] == [1, 2]
    for line in steps:
        assert {"kl", "entropy", "rewards/spatial/mean", "rewards/semantic/mean"} <= set(line)
        assert line["completions/mean_length"] > 5 and 0 <= line["reward"] <= 1
    held = [line["held_out"] for line in lines(kept / "grpo") if "held_out" in line]
    assert len(held) == 2 and all("miou" in figures for figures in held)
    for stage in ("sft", "grpo"):
        assert "grad_norm" in (kept / stage / "curves.html").read_text(encoding="utf-8")
        assert len(list((kept / stage / "samples").glob("*.png"))) == SAMPLES


@BOTH
def test_what_is_written_is_an_adapter_of_that_base(rehearsed, name):
    kept = rehearsed(name)
    for stage in ("sft", "grpo"):
        folder = kept / stage / "checkpoint"
        assert {path.name for path in folder.iterdir()} == {
            "adapter_config.json",
            "adapter_model.safetensors",
            "grounding.json",
            "location_prior.json",
        }
        assert LocationPrior.read(folder).predict("phantom", "pleural effusion", 100, 100).shape == (1, 4)
        manifest = read_manifest(folder)
        assert manifest.name == str(kept / "base")
        assert manifest.convention == read_large_preset(name)["base"]["convention"]
        assert manifest.specialty == "radiology" and set(manifest.modalities) == {"DX", "CT", "MR"}
        assert "pleural effusion" in manifest.findings and manifest.chain


@BOTH
def test_the_base_is_four_bit_but_for_what_sees_and_what_writes(small, name):
    from bitsandbytes.nn import Linear4bit

    preset = small(name)
    base = load_base(preset, folder_of(preset["base"]["name"]), None)
    quantised = {key for key, module in base.plain.named_modules() if isinstance(module, Linear4bit)}
    assert len(quantised) == 3 * 7 and all("language_model" in key for key in quantised)
    learns = {key for key, value in base.model.named_parameters() if value.requires_grad}
    assert learns and all("lora_" in key for key in learns)
    assert any("visual.merger" in key for key in learns) and not any("visual.blocks" in key for key in learns)
    whole = load_base(preset, folder_of(preset["base"]["name"]), None, whole=True)
    assert not any(isinstance(module, Linear4bit) for module in whole.plain.modules())


@BOTH
def test_gradients_are_the_same_after_an_answer(small, name):
    """bitsandbytes repacks a four-bit layer on a CPU once it has answered, and then has no way back."""
    preset = small(name)
    base = load_base(preset, folder_of(preset["base"]["name"]), None)
    ids = torch.arange(1100, 1130)[None]

    def gradients():
        base.model.zero_grad()
        base.model.train()(input_ids=ids, labels=ids).loss.backward()
        return {key: value.grad.clone() for key, value in base.model.named_parameters() if value.grad is not None}

    before = gradients()
    with torch.no_grad():
        base.model.eval()(input_ids=ids)
    after = gradients()
    assert any("layers.0." in key for key in before)
    assert all(torch.allclose(after[key], value, atol=1e-7) for key, value in before.items())


@pytest.mark.parametrize("size", [(224, 224), (300, 200), (97, 311), (1024, 768)])
@BOTH
def test_the_frame_of_an_image_is_foreseen(small, name, size):
    preset = small(name)
    base = load_base(preset, folder_of(preset["base"]["name"]), None, whole=True)
    pixels = np.zeros((size[1], size[0]), np.uint8)
    seen = seen_frame(base.processor, base.frames.convention, pixels)
    foreseen = base.frames(*size)
    assert foreseen.limit == seen.limit and foreseen.image_size == seen.image_size
    box = [[10.0, 12.0, 60.0, 70.0]]
    assert foreseen.write(np.array(box)) == seen.write(np.array(box))


def test_frames_know_how_a_policy_of_pixels_resizes():
    frames = frames_of(read_large_preset(QWEN25)["base"])
    assert frames(756, 756).limit == (756, 756)
    assert frames(1512, 1512).limit == (756, 756)
    assert largest_coordinate(frames) == 756 and largest_coordinate(RELATIVE) == 1000
    with pytest.raises(BadInput, match="how many pixels"):
        Frames(Convention.RESIZED_PIXELS)


@pytest.mark.parametrize("asked", range(3))
def test_right_answers_earn_the_reward_in_their_own_convention_only(asked):
    relative = frames_of(read_large_preset(QWEN3)["base"])
    pixels = frames_of(read_large_preset(QWEN25)["base"])
    seeds = range(10 * asked + 3, 10 * asked + 7)
    for right, wrong in ((relative, pixels), (pixels, relative)):
        assert right_rewards(right, right, seeds) > 0.9
        assert right_rewards(right, wrong, seeds) < right_rewards(right, right, seeds) - 0.2


def test_what_is_taught_is_written_in_pixels_of_the_resized_image(small):
    from dataclasses import replace

    from ssg.boxes import as_boxes, iou
    from training.scenes import phantom_scene
    from training.tasks import make_task

    frames = frames_of(read_large_preset(QWEN25)["base"])
    scene = replace(phantom_scene(4, 128), frames=frames)
    key = next(iter(scene.anatomy))
    written = read_answer(make_task(scene, [key], np.random.default_rng(0)).answer).boxes
    assert max(max(box.corners) for box in written) <= 756 and max(max(box.corners) for box in written) > 128
    read = as_boxes([scene.frame.read(list(box.corners)) for box in written])
    assert float(iou(read, as_boxes(scene.anatomy[key])).max(axis=1).min()) > 0.9


@BOTH
def test_both_stages_teach_and_judge_in_the_frames_of_the_base(small, name, tmp_path):
    from training.large_grpo import grpo_trainer
    from training.large_sft import PackedScenes
    from training.questions import ClusterQuestions
    from training.start import stream_config

    preset = small(name)
    base = load_base(preset, folder_of(preset["base"]["name"]), None, whole=True)
    stream = stream_config(preset["base"], preset["sft"], [], "sft")
    data = PackedScenes(base.processor, base.frames, stream, [], 4, 0.0)
    numbers = []
    for number in range(4):
        packed, patches, grid = data[number]
        assert len(patches) == int(grid.prod())
        text = base.processor.tokenizer.decode(packed.ids[packed.learn])
        numbers += [int(one) for box in regex.findall(r"\[(\d+, \d+, \d+, \d+)\]", text) for one in box.split(", ")]
    limit = largest_coordinate(base.frames)
    assert 0.8 * limit < max(numbers) <= limit
    with pytest.raises(IndexError):
        data[4]
    plan, accepts = preset["grpo"], Acceptability.load()
    settings = grpo_settings(plan, settings_of(plan, RunFolder(tmp_path, {}), 1), base.frames, "off")
    made = grpo_trainer(base, plan, settings, ClusterQuestions(stream, 2), Judges(acceptability=accepts), [])
    assert {function.acceptability for function in made.reward_funcs} == {accepts}
    assert all(function.frames == base.frames for function in made.reward_funcs)
    assert all(value.dtype == torch.float32 for value in made.model.parameters() if value.requires_grad)


@BOTH
def test_packed_questions_are_the_checkpoints_own_chat_text(small, name):
    preset = small(name)
    base = load_base(preset, folder_of(preset["base"]["name"]), None, whole=True)
    processor, model = base.processor, base.plain.eval()
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 90), dtype=np.uint8))
    answer = '<answer>[{"bbox_2d": [1, 2, 3, 4], "label": "left pleural effusion"}]</answer>'
    images = processor.image_processor(images=[picture], return_tensors="pt")
    grid = images["image_grid_thw"][0]
    other = ("Locate: nodule.", "", "<think>[]</think><answer>[]</answer>")
    packed = Packer(processor).pack((int(grid[1]), int(grid[2])), [other, (QUESTION, "<think>[]</think>", answer)])
    batch = collate([packed], processor.tokenizer.pad_token_id, processor.image_token_id)
    learn = batch.pop("learn")
    del batch["decides"]
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]}]
    text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    inputs = processor(images=[picture], text=[f"{text}<think>[]</think>{answer}{END}"], return_tensors="pt")
    with torch.inference_mode():
        together = model(**batch, **images).logits[learn]
        alone = model(**inputs).logits[0]
    count = len(processor.tokenizer.encode(answer + END, add_special_tokens=False))
    assert torch.allclose(together[-count:], alone[-count:], atol=1e-4)


def test_the_expression_for_vllm_holds_right_answers_and_no_others():
    from training.scenes import phantom_scene
    from training.tasks import draw_tasks

    model, processor = miniature(read_large_preset(QWEN3)["base"])
    info = xgrammar.TokenizerInfo.from_huggingface(processor.tokenizer, vocab_size=model.lm_head.weight.shape[0])
    compiler = xgrammar.GrammarCompiler(info)  # what vLLM follows an expression with
    for name in (QWEN3, QWEN25):
        base = read_large_preset(name)["base"]
        expression = answer_regex(frames_of(base), ("chest-xray", "chest-ct", "brain-mr"))
        pattern, compiled = regex.compile(expression), compiler.compile_regex(expression)
        for number, kind in enumerate(("chest-xray", "chest-ct", "brain-mr")):
            for task in draw_tasks(phantom_scene(number, 128, kind), 6, np.random.default_rng(number)):
                assert pattern.fullmatch(task.given + task.answer), task
                assert xgrammar.GrammarMatcher(compiled).accept_string(task.given + task.answer)
        assert not pattern.fullmatch("It is on the left.")
        assert not pattern.fullmatch('<think>[]</think><answer>[{"bbox_2d": [1, 2, 3, 4], "label": "dragon"}]</answer>')


def test_vllm_is_set_up_only_where_it_is_asked_for():
    preset = read_large_preset(QWEN3)
    plan, frames = preset["grpo"], frames_of(preset["base"])
    assert vllm_settings(plan, frames, "off") == {}
    here, there = (vllm_settings(plan, frames, mode) for mode in ("colocate", "server"))
    assert here["vllm_enable_sleep_mode"] and not there["vllm_enable_sleep_mode"]
    assert there["vllm_server_port"] == 8000 and here["vllm_structured_outputs_regex"].startswith("<think>")
    assert vllm_settings({**plan, "constrained": False}, frames, "server")["vllm_structured_outputs_regex"] is None


@pytest.mark.parametrize("mode", ["colocate", "server"])
def test_the_settings_of_vllm_are_those_that_trl_reads(mode, small, tmp_path, monkeypatch):
    """vLLM is not installed here, so that what TRL would hand to it is looked at instead."""
    from dataclasses import fields

    from trl import GRPOConfig
    from trl.trainer import grpo_trainer as of_trl

    from training.large_grpo import grpo_trainer
    from training.questions import ClusterQuestions
    from training.start import stream_config

    preset = small(QWEN3)
    plan, frames = preset["grpo"], frames_of(preset["base"])
    own = vllm_settings(plan, frames, mode)
    assert set(own) <= {field.name for field in fields(GRPOConfig)}
    settings = grpo_settings(plan, settings_of(plan, RunFolder(tmp_path, {}), 1), frames, mode)
    assert {name: getattr(settings, name) for name in own} == own
    base = load_base(preset, folder_of(preset["base"]["name"]), None, whole=True)
    questions = ClusterQuestions(stream_config(preset["base"], plan, [], "grpo"), 2)
    with pytest.raises(ImportError, match="vLLM is not available"):
        grpo_trainer(base, plan, settings, questions, Judges(), [])
    base = load_base(preset, folder_of(preset["base"]["name"]), None, whole=True)
    handed = {}
    monkeypatch.setattr(of_trl, "VLLMGeneration", lambda **given: handed.update(given) or MagicMock())
    grpo_trainer(base, plan, settings, questions, Judges(), [])
    assert handed["mode"] == mode and handed["max_completion_length"] == plan["completion_length"]
    assert handed["structured_outputs_regex"] == answer_regex(frames, tuple(plan["kinds"]))
    assert "generate" not in vars(base.plain), "nothing else holds it to a form"


def test_transformers_may_be_left_free_but_for_control_tokens(small, tmp_path):
    """One that stands for a place of an image, written by chance, would end the run."""
    from training.large_grpo import grpo_trainer
    from training.questions import ClusterQuestions
    from training.start import stream_config

    preset = small(QWEN3)
    plan = preset["grpo"] | {"constrained": False, "completion_length": 64}
    base = load_base(preset, folder_of(preset["base"]["name"]), None)
    settings = grpo_settings(plan, settings_of(plan, RunFolder(tmp_path, {}), 1), base.frames, "off")
    made = grpo_trainer(
        base, plan, settings, ClusterQuestions(stream_config(preset["base"], plan, [], "grpo"), 2), Judges(), []
    )
    tokenizer = base.processor.tokenizer
    inputs = base.processor(images=[Image.new("L", (112, 112))] * 16, text=["<|image_pad|>"] * 16, return_tensors="pt")
    given = inputs["input_ids"].shape[1]
    written = base.plain.generate(**inputs, generation_config=made.generation_config)[:, given:]
    control = {tokenizer.convert_tokens_to_ids(token) for token in SPECIAL} - {tokenizer.eos_token_id}
    assert len(set(written.flatten().tolist())) > 100
    assert not control - {tokenizer.pad_token_id} & set(written.flatten().tolist())


def test_a_server_of_vllm_is_sent_the_form_of_an_answer():
    from trl.generation.vllm_client import VLLMClient

    preset = read_large_preset(QWEN3)
    form = vllm_settings(preset["grpo"], frames_of(preset["base"]), "server")["vllm_structured_outputs_regex"]
    client, sent = object.__new__(VLLMClient), []
    client.base_url, client.model = "http://localhost", "a/base"

    def post(url, json):
        sent.append(json["sampling_params"])
        return {"choices": [{"token_ids": [2], "logprobs": {"content": []}}]}

    client._post = post
    client.generate(prompts=[[1]], features=[{}], structured_outputs_regex=form)
    assert [one["structured_outputs"] for one in sent] == [{"regex": form}]


def test_completions_of_a_question_have_its_own_form(small):
    preset = small(QWEN25)
    base = load_base(preset, folder_of(preset["base"]["name"]), None, whole=True)
    forms = Forms(base.processor.tokenizer, base.plain.lm_head.weight.shape[0], (0,), base.frames)
    form = forms.form("system\nYou help.\nuser\nLocate: nodule; left pleural effusion.\nassistant\n")
    assert form.lists_absent and form.limit == 112 and "left pleural effusion" in form.labels
    with pytest.raises(BadInput, match="asks no question"):
        forms.form("What is this?")


def test_grpo_learns_what_is_rewarded(small, tmp_path, monkeypatch):
    """Longer answers earn more here, so that a miniature has something to learn from."""
    from training import large_grpo

    def longer(completions, **_):
        return [len(one[-1]["content"]) / 500 for one in completions]

    monkeypatch.setattr(large_grpo, "objective", lambda *_: ([longer], [1.0]))
    preset = small(QWEN3)
    preset = {**preset, "grpo": preset["grpo"] | {"learning_rate": 1e-2, "warmup": 0, "watch_every": 0}}
    folder = teach(preset, "grpo", [], RunFolder(tmp_path, {}), given())
    from safetensors.torch import load_file

    ups = [value for key, value in load_file(folder / "adapter_model.safetensors").items() if "lora_B" in key]
    assert ups and all(bool(value.abs().max() > 0) for value in ups)
    first = next(line for line in lines(tmp_path) if "reward" in line)
    assert first["reward_std"] > 0 and first["grad_norm"] > 0


@pytest.mark.parametrize(("stage", "asked"), [("sft", signal.SIGTERM), ("grpo", signal.SIGINT)])
def test_a_run_that_is_stopped_saves_and_goes_on_from_there(small, rehearsed, tmp_path, monkeypatch, stage, asked):
    from safetensors.torch import load_file

    from training.trainer_runs import Lines

    start = rehearsed(QWEN3) / "sft" / "checkpoint"
    preset = small(QWEN3)
    preset = {**preset, stage: preset[stage] | {"steps": 3, "watch_every": 0, "completion_length": 40}}
    plain = Lines.on_log

    def stop(self, args, state, control, logs=None, **others):
        plain(self, args, state, control, logs, **others)
        if state.global_step == 1 and not seen:
            seen.append(asked)
            os.kill(os.getpid(), asked)

    whole = teach(preset, stage, [], RunFolder(tmp_path / "whole", {}), given(start))
    seen, run = [], tmp_path / "run"
    before = [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)]
    monkeypatch.setattr(Lines, "on_log", stop)
    with pytest.raises(SystemExit) as stopped:
        teach(preset, stage, [], RunFolder(run, {}), given(start, save_every=100))
    assert stopped.value.code == 130 and seen
    assert [signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)] == before
    done = [line["step"] for line in lines(run) if "loss" in line]
    assert done in ([1], [1, 2]), "the step in hand is done, and no other"
    assert (run / "states" / f"checkpoint-{done[-1]}" / "trainer_state.json").is_file()
    (run / "states" / "checkpoint-9").mkdir()  # of a kill in the middle of a save
    folder = teach(preset, stage, [], RunFolder(run, {}), given(start, save_every=100))
    assert [line["step"] for line in lines(run) if "loss" in line] == [1, 2, 3]
    one, other = (load_file(path / "adapter_model.safetensors") for path in (whole, folder))
    assert all(torch.allclose(other[key].float(), value.float(), atol=1e-5) for key, value in one.items())
    begun = load_file(start / "adapter_model.safetensors")
    assert any(not torch.equal(one[key], value) for key, value in begun.items())


AGREEING = """
import sys
from torch import device, distributed
from training.loop import StopFlag
from training.trainer_runs import Stop
rank = int(sys.argv[2])
distributed.init_process_group("gloo", init_method=f"file://{sys.argv[1]}", rank=rank, world_size=2)
with StopFlag() as flag:
    stop, here = Stop(flag), device("cpu")
    found = [stop.asked(here)]
    flag.asked = rank == 1
    print(rank, [*found, stop.asked(here)])
"""


@pytest.mark.slow
def test_processes_that_train_together_stop_together(tmp_path):
    command = [sys.executable, "-c", AGREEING, str(tmp_path / "meeting")]
    asked = [subprocess.Popen([*command, rank], stdout=subprocess.PIPE, text=True) for rank in "01"]
    assert [one.communicate(timeout=120)[0] for one in asked] == ["0 [False, True]\n", "1 [False, True]\n"]


def test_without_a_dry_run_the_preset_is_done_as_it_stands(small, tmp_path, monkeypatch, capsys):
    from training import large

    preset = small(QWEN3)["base"]
    text = (PRESETS / f"{QWEN3}.toml").read_text()
    for before, after in (
        ('Qwen/Qwen3-VL-4B-Instruct"', f'{preset["name"]}"'),
        ("image_pixels = 589824", f"image_pixels = {preset['image_pixels']}"),
        ("accumulate = 8", "accumulate = 1"),
        ("workers = 8", "workers = 1"),
        ("pool = 1024", "pool = 4\nprior_phantoms = 4"),
    ):
        assert before in text
        text = text.replace(before, after)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    monkeypatch.setattr(large, "require_gpu", lambda *_: "a GPU, enough of it")
    command = ["large", "sft", "--preset", str(path), "--run", str(tmp_path / "run"), "--steps", "1"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "a GPU, enough of it" in out and f"Adapter: {tmp_path / 'run' / 'checkpoint'}" in out
    kept = json.loads((tmp_path / "run" / "config.json").read_text())
    assert kept["sft"]["steps"] == 1 and kept["lora"]["rank"] == 32 and kept["start"] == "None"
    assert main([*command[:-1], "2"]) == 2
    assert "another configuration (sft.steps was 1, is 2)" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "other"), [(QWEN3, QWEN25), (QWEN25, QWEN3)])
def test_a_base_of_another_architecture_is_refused_before_it_is_read(small, name, other, monkeypatch):
    """A copy of a preset with only its name changed would be taught to write places otherwise than the base does."""
    from training import large_base

    monkeypatch.setattr(large_base, "_loaded", lambda *_: pytest.fail("weights were read"))
    folder = Path(small(other)["base"]["name"])
    preset = small(name) | {"base": small(name)["base"] | {"name": str(folder)}}
    with pytest.raises(
        BadInput, match=f"another policy .*{preset['base']['architecture']}.*copy the preset of its"
    ) as said:
        load_base(preset, folder, None)
    assert "\n" not in str(said.value)


def test_a_base_of_another_architecture_is_one_line_before_it_is_fetched(small, tmp_path, monkeypatch, capsys):
    from training import large

    monkeypatch.setattr(large, "require_gpu", lambda *_: "a GPU, enough of it")
    monkeypatch.setattr(large, "folder_of", lambda _: pytest.fail("weights were fetched"))
    path = tmp_path / "mine.toml"
    path.write_text(
        (PRESETS / f"{QWEN3}.toml").read_text().replace("Qwen/Qwen3-VL-4B-Instruct", small(QWEN25)["base"]["name"])
    )
    assert main(["large", "sft", "--preset", str(path), "--run", str(tmp_path / "run")]) == 2
    err = capsys.readouterr().err
    assert "(architecture qwen2_5_vl, patch_size 14)" in err and "(architecture qwen3_vl, patch_size 16)" in err
    assert err.count("\n") == 1 and not (tmp_path / "run").exists()


def test_an_adapter_of_another_convention_is_refused(rehearsed, small):
    start = rehearsed(QWEN3) / "sft" / "checkpoint"
    preset = small(QWEN25)
    with pytest.raises(BadInput, match="write places otherwise"):
        load_base(preset, folder_of(preset["base"]["name"]), start)
    with pytest.raises(BadInput, match=r"has no adapter_config\.json"):
        load_base(preset, folder_of(preset["base"]["name"]), Path("nowhere"))


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["sft"], "needs a GPU and none is usable here: run this where there is one, or add --dry-run"),
        (["grpo", "--vllm", "server"], "pip install 'trl[vllm]'"),
        (["sft", "--vllm", "server"], "leave it out"),
        (["sft", "--preset", "tiny-cpu"], "has no [base]"),
        (["sft", "--preset", "nonsense"], "There is no preset 'nonsense'"),
        (["sft", "--dry-run", "--real", "nowhere.json"], "nowhere.json cannot be read"),
    ],
)
def test_bad_input_is_one_line(arguments, said, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["large", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_a_preset_of_large_policies_is_refused_by_the_others(tmp_path, capsys):
    assert main(["sft", "--preset", QWEN3, "--run", str(tmp_path)]) == 2
    assert "has no [model]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change, said",
    [(("rank = 32", ""), r"lacks rank in \[lora\]"), (("relative_1000", "resized_pixels"), "its family writes")],
)
def test_a_preset_that_cannot_be_is_refused(tmp_path, change, said):
    path = tmp_path / "other.toml"
    path.write_text((PRESETS / f"{QWEN3}.toml").read_text().replace(*change))
    with pytest.raises(BadInput, match=said):
        read_large_preset(str(path))


def test_a_library_that_is_missing_is_named(monkeypatch):
    from training import large_base

    monkeypatch.setattr(large_base, "find_spec", lambda name: None if name in ("trl", "peft") else True)
    with pytest.raises(BadInput, match=r"PEFT and TRL, which are not installed: pip install -e '.\[train\]'"):
        require_libraries()


def test_batches_divide_the_completions():
    preset = read_large_preset(QWEN3)
    plan, frames = preset["grpo"] | {"batch": 7}, frames_of(preset["base"])
    with pytest.raises(BadInput, match="does not divide"):
        grpo_settings(plan, {}, frames, "off")


@pytest.mark.parametrize(
    "raised",
    [
        OSError(28, "No space left on device"),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 704 vs 598"),
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
    ],
    ids=["disk", "torch", "safetensors"],
)
def test_a_full_disk_is_one_line_and_the_run_goes_on_later(tmp_path, raised):
    class Full:
        state = argparse.Namespace(global_step=3)

        def remove_callback(self, _):
            pass

        add_callback = remove_callback

        def train(self, **_):
            raise raised

    with pytest.raises(Unavailable, match="the same command") as said:
        resumed(Full(), RunFolder(tmp_path, {}))
    assert "\n" not in str(said.value)


def test_a_full_gpu_is_one_line_and_the_run_goes_on_later(small, tmp_path, monkeypatch, capsys):
    from training import large

    def full(*_):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nGPU 0 has a capacity")

    monkeypatch.setattr(large, "require_gpu", lambda *_: "a GPU, enough of it")
    monkeypatch.setattr(large, "require_family", lambda *_: None)
    monkeypatch.setattr(large, "sft_trainer", full)
    monkeypatch.setattr(large, "load_base", lambda *_: argparse.Namespace(model=None, processor=None, frames=None))
    monkeypatch.setattr(large, "folder_of", lambda _: tmp_path)
    monkeypatch.setattr(large, "PackedScenes", lambda *_: None)
    assert main(["large", "sft", "--preset", QWEN3, "--run", str(tmp_path / "run"), "--steps", "1"]) == 2
    err = capsys.readouterr().err
    assert "The GPU's memory was full (CUDA out of memory. Tried to allocate 20.00 GiB.)" in err
    assert "goes on from the last state that was saved" in err and err.count("\n") == 1
    assert "batch, generations or image_pixels smaller in a copy of the preset" in err


@pytest.mark.parametrize("path", sorted((PRESETS / "accelerate").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_way_to_launch_is_one_that_accelerate_reads(path):
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(path))
    assert config.distributed_type in ("NO", "MULTI_GPU", "DEEPSPEED")
    file = getattr(config, "deepspeed_config", {}).get("deepspeed_config_file")
    assert bool(file) == path.stem.startswith("zero")
    if file:
        from accelerate.utils.deepspeed import HfDeepSpeedConfig

        read = HfDeepSpeedConfig(str(PRESETS.parents[1] / file))
        assert str(read.get_value("zero_optimization.stage")) in path.stem
        assert read.get_value("train_micro_batch_size_per_gpu") == "auto"


def test_settings_that_both_stages_share(tmp_path):
    preset = read_large_preset(QWEN3)
    shared = settings_of(preset["sft"], RunFolder(tmp_path, {}), 7)
    assert shared["save_steps"] == 7 and shared["gradient_checkpointing"] and shared["report_to"] == []
