"""GRPO: rollouts that share an image, log-probabilities that equal the plain ones, and a run that can be stopped."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

from ssg.errors import BadInput
from ssg.grounding.grammar import question, read_answer
from ssg.grounding.tokenizer import SPECIAL
from training.__main__ import main
from training.objectives import first_box_at_half, objective, weights_of_parts
from training.rollouts import Rollouts, form_of, in_groups, keys_of
from training.start import starting_policy

QUESTIONS = ["Locate: left pleural effusion.", "Locate: nodule; heart; cardiomegaly."]


@pytest.fixture(scope="module")
def policy(taught):
    model, processor = starting_policy({}, taught / "checkpoint")
    return model.eval(), processor


def pictures(count):
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (64, 64), dtype=np.uint8)) for _ in range(count)]


def test_a_question_is_read_back():
    assert [name for name, _ in keys_of(QUESTIONS[1])] == ["nodule", "heart", "cardiomegaly"]
    assert keys_of(QUESTIONS[0])[0][1].value == "left"
    with pytest.raises(BadInput, match="no question of the grammar"):
        keys_of("What is this?")
    assert form_of(QUESTIONS[1]).lists_absent
    assert not form_of(QUESTIONS[0]).lists_absent


def test_rollouts_are_answers_and_each_image_is_encoded_once(policy):
    model, processor = policy
    rollouts = Rollouts(model, processor, seed=1)
    calls = []
    encode = rollouts._sampler.encode
    rollouts._sampler.encode = lambda *given: calls.append(1) or encode(*given)
    one, other = pictures(2)
    images = [one, other, one, one.copy(), other, one]
    made = in_groups(rollouts, images, [QUESTIONS[n % 2] for n in range(6)])
    assert len(calls) == 2
    texts = [processor.tokenizer.decode(rollout.tokens, skip_special_tokens=True) for rollout in made]
    assert all(read_answer(text).readable and not read_answer(text).repaired for text in texts)
    assert len(set(texts)) > 1
    for rollout in made:
        assert rollout.tokens[-1] == processor.tokenizer.eos_token_id
        assert len(rollout.tokens) == len(rollout.logprobs) == len(rollout.chosen)
        assert all(logprob == 0 for logprob, free in zip(rollout.logprobs, rollout.chosen, strict=True) if not free)
        assert any(rollout.chosen) and not all(rollout.chosen)


def test_rollouts_without_the_grammar_are_free(policy):
    model, processor = policy
    made = in_groups(Rollouts(model, processor, constrained=False, temperature=9.0), pictures(1) * 2, QUESTIONS)
    assert all(all(rollout.chosen) for rollout in made)
    written = {token for rollout in made for token in rollout.tokens}
    control = {processor.tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}
    assert len(written) > 300 and written & control <= {processor.tokenizer.eos_token_id}
    assert max(written) < len(processor.tokenizer), "nothing that only fills the table up"


def test_the_same_seed_samples_the_same(policy):
    model, processor = policy
    first, second = (in_groups(Rollouts(model, processor, seed=5), pictures(2), QUESTIONS) for _ in range(2))
    assert [one.tokens for one in first] == [one.tokens for one in second]


@pytest.fixture(scope="module")
def batch(policy):
    """Completions of two images in mixed order, as TRL hands them over."""
    from training.grpo_trainer import GroupProcessor

    model, processor = policy
    one, other = pictures(2)
    images = [one, other, one, other]
    texts = [QUESTIONS[0], QUESTIONS[1], QUESTIONS[1], QUESTIONS[0]]
    rollouts = Rollouts(model, processor, seed=2)
    made = in_groups(rollouts, images, texts)
    prompts = [torch.tensor(rollouts.prompt(image, text)) for image, text in zip(images, texts, strict=True)]
    longest, most = max(map(len, prompts)), max(len(rollout.tokens) for rollout in made)
    pad = processor.tokenizer.pad_token_id
    ids, mask = torch.full((4, longest + most), pad), torch.zeros(4, longest + most, dtype=torch.long)
    for row, (prompt, rollout) in enumerate(zip(prompts, made, strict=True)):
        ids[row, longest - len(prompt) : longest] = prompt
        ids[row, longest : longest + len(rollout.tokens)] = torch.tensor(rollout.tokens)
        mask[row, longest - len(prompt) : longest + len(rollout.tokens)] = 1
    together = GroupProcessor(processor.image_processor, processor.tokenizer)
    before = processor.apply_chat_template
    shown = [
        before(
            [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": text}]}],
            tokenize=False,
            add_generation_prompt=True,
        )
        for text in texts
    ]
    nested = [[image] for image in images]
    inputs = together(images=nested, text=shown, padding=True, return_tensors="pt")
    plain = processor(images=nested, text=shown, padding=True, padding_side="left", return_tensors="pt")
    return ids, mask, most, inputs, plain, made, longest


def test_the_processor_of_groups_gives_what_the_plain_one_gives(batch):
    *_, inputs, plain, _, longest = batch
    for name in ("input_ids", "attention_mask", "mm_token_type_ids", "image_grid_thw"):
        assert torch.equal(torch.as_tensor(inputs[name]), torch.as_tensor(plain[name])), name
    assert torch.allclose(inputs["pixel_values"], plain["pixel_values"], atol=1e-6)
    assert inputs["input_ids"].shape[1] == longest
    assert torch.equal(inputs["input_ids"], batch[0][:, :longest])


def in_full_precision():
    """A trainer that only computes log-probabilities."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    from training.grpo_trainer import GroupTrainer

    # Accelerate keeps its state for the whole process: a run before this one may have left it at bfloat16.
    AcceleratorState._reset_state(reset_partial_state=True)
    trainer = object.__new__(GroupTrainer)
    trainer.accelerator = Accelerator(cpu=True)
    return trainer


def test_shared_log_probabilities_and_gradients_are_the_plain_ones(policy, batch):
    model, _ = policy
    ids, mask, keep, inputs, *_ = batch
    trainer = in_full_precision()
    grid, patches = inputs["image_grid_thw"], inputs["pixel_values"]
    model.zero_grad()
    logps, entropies, _ = trainer._get_per_token_logps_and_entropies(
        model, ids, mask, keep, compute_entropy=True, pixel_values=patches, image_grid_thw=grid
    )
    real = mask[:, -keep:].bool()
    logps[real].sum().backward()
    shared = {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}
    model.zero_grad()
    types = (ids == model.config.image_token_id).int()
    output = model(
        input_ids=ids, attention_mask=mask, pixel_values=patches, image_grid_thw=grid, mm_token_type_ids=types
    )
    chances = output.logits[:, -keep - 1 : -1].log_softmax(-1)
    plain = chances.gather(2, ids[:, -keep:, None])[..., 0]
    plain[real].sum().backward()
    assert torch.allclose(logps[real], plain[real], atol=1e-4)
    assert torch.allclose(entropies[real], -(chances.exp() * chances).sum(-1)[real], atol=1e-4)
    for name, value in model.named_parameters():
        if value.grad is not None:
            scale = value.grad.abs().max().clamp_min(1e-6)
            assert ((shared[name] - value.grad).abs().max() / scale) < 1e-2, name
    model.zero_grad()


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_what_is_learned_is_the_probability_that_was_drawn_from(policy, temperature):
    """Among the tokens that the grammar offered, at the temperature of sampling."""
    model, processor = policy
    [image] = pictures(1)
    rollouts = Rollouts(model, processor, seed=4, temperature=temperature)
    made = in_groups(rollouts, [image] * 3, [QUESTIONS[1]] * 3)
    prompt = rollouts.prompt(image, QUESTIONS[1])
    keep = max(len(one.tokens) for one in made)
    ids = torch.tensor([[*prompt, *one.tokens, *[0] * (keep - len(one.tokens))] for one in made])
    mask = torch.tensor([[1] * (len(prompt) + len(one.tokens)) + [0] * (keep - len(one.tokens)) for one in made])
    inputs = processor(images=[image], text=["<|image_pad|>"], return_tensors="pt")
    patches, grid = (inputs[name].repeat(3, 1) for name in ("pixel_values", "image_grid_thw"))
    trainer = in_full_precision()
    trainer.rollouts = rollouts
    logps, entropies, _ = trainer._get_per_token_logps_and_entropies(
        model, ids, mask, keep, compute_entropy=True, pixel_values=patches, image_grid_thw=grid
    )
    checked = 0
    for row, one in enumerate(made):
        for place, (drawn, chosen) in enumerate(zip(one.logprobs, one.chosen, strict=True)):
            if chosen:
                assert float(logps[row, place]) == pytest.approx(drawn, abs=2e-3)
                assert 0 <= float(entropies[row, place]) <= np.log(len(one.offered[place])) + 1e-4
                checked += 1
    assert checked > 5
    logps.sum().backward()
    assert all(value.grad is None or bool(value.grad.isfinite().all()) for value in model.parameters())
    model.zero_grad()


def test_a_step_samples_the_same_whatever_came_before(policy):
    model, processor = policy
    rollouts = Rollouts(model, processor, seed=5)
    steps = []
    for step in (3, 4, 3):
        rollouts.begin(step)
        steps.append([one.tokens for one in in_groups(rollouts, pictures(2), QUESTIONS)])
    assert steps[0] == steps[2] != steps[1]


def test_a_state_that_was_cut_off_is_not_gone_on_from_and_another_run_is_refused(preset, taught, tmp_path, capsys):
    run = tmp_path / "run"
    given = ["grpo", "--preset", str(preset), "--start", str(taught / "checkpoint"), "--run", str(run)]
    assert main([*given, "--steps", "2", "--save-every", "1"]) == 0
    (run / "states" / "checkpoint-9").mkdir()  # as a kill leaves it in the middle of writing
    assert main([*given, "--steps", "2", "--save-every", "1"]) == 0
    capsys.readouterr()
    assert main([*given, "--steps", "2", "--rewards", "iou"]) == 2
    assert "another configuration (grpo.rewards was 'full', is 'iou')" in capsys.readouterr().err


def test_what_may_be_rewarded():
    for name in ("iou", "semantic", "clinical", "full"):
        functions, weights = objective(name)
        assert len(functions) == len(weights) == len(weights_of_parts(name))
        assert sum(weights_of_parts(name)) == pytest.approx(1)
    assert [one.__name__ for one in objective("iou")[0]] == ["spatial"]
    with pytest.raises(BadInput, match="half, iou, semantic, clinical, full"):
        objective("beauty")


def test_the_reward_of_the_first_box_at_half():
    reference = {
        "width": 100,
        "height": 100,
        "question": ["nodule"],
        "readers": [
            {
                "id": "a",
                "regions": [
                    {"finding": "nodule", "box": [0, 0, 50, 50]},
                    {"finding": "lung", "box": [0, 0, 90, 90]},
                ],
            }
        ],
    }
    nothing = {"width": 100, "height": 100, "question": ["nodule"], "readers": [{"id": "a", "absent": ["nodule"]}]}
    answers = [
        '<answer>[{"bbox_2d": [0, 0, 500, 300], "label": "nodule"}]</answer>',
        '<answer>[{"bbox_2d": [0, 0, 500, 200], "label": "nodule"}]</answer>',
        "<answer>[]</answer>",
        "no answer",
    ]
    assert first_box_at_half(answers, [reference] * 4) == [1, 0, 0, 0]
    assert first_box_at_half(answers, [nothing] * 4) == [0, 0, 1, 0]


def lines(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_a_polite_kill_saves_and_leaves(preset, taught, tmp_path):
    given = ["--preset", str(preset), "--start", str(taught / "checkpoint"), "--threads", "1", "--steps", "5000"]
    run = tmp_path / "run"
    command = [sys.executable, "-m", "training", "grpo", *given, "--run", str(run), "--save-every", "4000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 240
    while not (run / "metrics.jsonl").exists() or not any("reward" in line for line in lines(run)):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "goes on from here" in out
    assert list(run.glob("states/checkpoint-*/trainer_state.json"))
    assert not (run / "checkpoint").exists()


def test_each_aggregation_and_objective_runs(preset, taught, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(preset.read_text().replace("sum_then_normalize", "normalize_then_sum"))
    given = ["--start", str(taught / "checkpoint"), "--steps", "1"]
    assert main(["grpo", "--preset", str(other), *given, "--run", str(tmp_path / "a")]) == 0
    assert main(["grpo", "--preset", str(preset), *given, "--run", str(tmp_path / "b"), "--rewards", "half"]) == 0


def test_the_reward_asks_the_models_that_it_is_given(preset, taught, accepted, tmp_path, monkeypatch, capsys):
    given = ["grpo", "--preset", str(preset), "--start", str(taught / "checkpoint"), "--steps", "1", "--threads", "1"]
    judges = ["--encoder", "embedded", "--acceptability", str(accepted)]
    asked = []

    def spied(name, encoder, acceptability):
        asked.append((encoder, acceptability))
        return objective(name, encoder, acceptability=acceptability)

    monkeypatch.setattr("training.grpo_run.objective", spied)
    for run, more in (("plain", []), ("heard", judges)):
        assert main([*given, "--run", str(tmp_path / run), *more]) == 0
    [plain, (encoder, acceptability)] = asked
    assert plain == (None, None) and encoder.manifest.name and acceptability.source == "readers.csv"
    plain, heard = (next(line for line in lines(tmp_path / run) if "reward" in line) for run in ("plain", "heard"))
    assert heard["rewards/semantic/mean"] <= plain["rewards/semantic/mean"], "an encoder can only doubt"
    assert heard["rewards/spatial/mean"] == plain["rewards/spatial/mean"], "the same answers in the same places"
    gaming = [next(line["gaming"] for line in lines(tmp_path / run) if "gaming" in line) for run in ("plain", "heard")]
    assert gaming[0] != gaming[1], "what gaming earns is by the same models"
    config = json.loads((tmp_path / "heard" / "config.json").read_text())
    assert (config["encoder"], config["acceptability"]) == (judges[1], judges[3])
    capsys.readouterr()
    assert main([*given, "--run", str(tmp_path / "other"), "--acceptability", str(preset)]) == 2
    assert "cannot be read as an acceptability model" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_rollouts_may_be_free_of_the_grammar(preset, taught, tmp_path):
    """What is written is then judged as it stands, most of it as no answer at all by a policy as small as this one."""
    free = tmp_path / "free.toml"
    fewer = preset.read_text().replace("generations = 4", "generations = 2").replace("questions = 2", "questions = 1")
    free.write_text(fewer.replace("[grpo]\n", "[grpo]\nconstrained = false\n"))
    given = ["--preset", str(free), "--start", str(taught / "checkpoint"), "--run", str(tmp_path / "run")]
    assert main(["grpo", *given, "--steps", "1"]) == 0
    [line] = [line for line in lines(tmp_path / "run") if "reward" in line]
    assert 0 <= line["reward"] <= 1 and np.isfinite([line["loss"], line["kl"], line["entropy"]]).all()
    assert line["entropy"] > 0 and line["completions/mean_length"] > 0
    assert (tmp_path / "run" / "checkpoint" / "model.safetensors").is_file()


def test_bad_input_is_one_line(preset, taught, tmp_path, capsys):
    start = ["--preset", str(preset), "--run", str(tmp_path / "run")]
    assert main(["grpo", *start, "--start", str(tmp_path)]) == 2
    assert "cannot be started from" in capsys.readouterr().err
    assert main(["grpo", *start, "--start", str(taught / "checkpoint"), "--rewards", "beauty"]) == 2
    assert "rewards must be one of half, iou, semantic, clinical, full" in capsys.readouterr().err


def test_questions_are_clusters_of_known_things(preset):
    from training.questions import ClusterQuestions
    from training.runs import read_preset
    from training.start import stream_config

    plan = read_preset(str(preset))["grpo"]
    questions = ClusterQuestions(stream_config({"image_pixels": 4096}, plan, [], "grpo"), 60)
    made = [questions[number] for number in range(60)]
    sizes = [len(keys_of(one["prompt"][0]["content"])) for one in made]
    assert min(sizes) == 1 and max(sizes) >= 3 and np.mean(np.array(sizes) > 1) > 0.4
    for one in made:
        asked = {name for name, _ in keys_of(one["prompt"][0]["content"])}
        reader = one["reference"]["readers"][0]
        known = {region["finding"] for region in reader["regions"]} | set(reader["absent"])
        assert asked <= known, "nobody is asked about what is unknown"
        assert set(one["reference"]["question"]) == asked
    singles = [one["reference"] for one in made if len(one["reference"]["question"]) == 1]
    absent = [reference["question"][0] in reference["readers"][0]["absent"] for reference in singles]
    assert 0.25 < np.mean(absent) < 0.75, "what is not there is asked about as often as what is"
    assert question([]) == "Locate: ."
    assert made[3]["prompt"] == questions[3]["prompt"]
    with pytest.raises(IndexError):
        questions[60]


def test_questions_in_a_row_share_their_image(preset):
    from training.questions import ClusterQuestions
    from training.runs import read_preset
    from training.start import stream_config

    stream = stream_config({"image_pixels": 4096}, read_preset(str(preset))["grpo"], [], "grpo")
    made = [ClusterQuestions(stream, 12, each=3)[number] for number in range(12)]
    seen = [np.asarray(one["image"]).tobytes() for one in made]
    assert [len(set(seen[number : number + 3])) for number in (0, 3, 6, 9)] == [1, 1, 1, 1] and len(set(seen)) == 4
    assert len({one["prompt"][0]["content"] for one in made}) > 6


def test_an_image_with_one_known_thing_is_asked_about(preset, tmp_path):
    """A real image may have a single mark, which a crop may lose: nobody is asked about nothing."""
    from training.lists import read_rows
    from training.questions import ClusterQuestions
    from training.rows import part_of
    from training.runs import read_preset
    from training.scene import elsewhere
    from training.start import stream_config

    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80), dtype=np.uint8)).save(tmp_path / "a.png")
    marked = {"label": "nodule", "boxes": [[0, 0, 6, 6]]}
    rows = [
        {"image": "a.png", "width": 80, "height": 80, "patient": str(number), "findings": [marked], "absent": []}
        for number in range(12)
    ]
    (tmp_path / "annotations.json").write_text(json.dumps(rows))
    real = part_of(read_rows(tmp_path / "annotations.json"), "training")
    assert real
    plan = read_preset(str(preset))["grpo"] | {"real_share": 1.0}
    questions = ClusterQuestions(stream_config({"image_pixels": 4096}, plan, real, "grpo"), 40, real, each=2)
    asked = [name for n in range(40) for name, _ in keys_of(questions[n]["prompt"][0]["content"])]
    others = {name for name in asked if name != "nodule"}
    assert asked.count("nodule") > 30 and others <= set(elsewhere("chest")), "or of another part of the body"
