"""The reward as TRL's trainers call it is the reward that a student gets."""

import itertools
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.reward import work
from ssg.boxes import Box, as_boxes
from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention, CoordinateFrame
from ssg.grounding.grammar import WrittenBox, write_answer
from ssg.grounding.region_text import RegionText
from ssg.reward import Acceptability, Answer, ReaderAnswer, Reference, Region, Rubric, score
from ssg.reward.rubric import COMPONENTS
from training.clusters import draw_cluster
from training.questions import reference_of
from training.rewards import ComponentReward, answer_of_text, reward_functions, text_of
from training.scenes import phantom_scene
from training.tasks import make_task

FRAME = CoordinateFrame(Convention.RELATIVE_1000, (1024, 1024), (1024, 1024))
CHEST = CoordinateFrame(Convention.RELATIVE_1000, (256, 256), (256, 256))
OTHERS = {"trainer_state": None, "log_metric": print, "image": ["not looked at"]}


def written(answer, frame=FRAME):
    corners = frame.write(answer.boxes) if answer.regions else []
    boxes = [WrittenBox(r.called, tuple(row)) for r, row in zip(answer.regions, corners, strict=True)]
    return write_answer([], boxes, answer.absent)


def rewards(texts, references, rubric=None, **others):
    functions = reward_functions(*([rubric] if rubric else []))
    return [one(prompts=texts, completions=texts, reference=references, **OTHERS, **others) for one in functions]


def totals(columns):
    """As TRL adds them up: None is left out."""
    table = np.array([[np.nan if value is None else value for value in column] for column in columns])
    return np.where(np.isnan(table).all(axis=0), np.nan, np.nansum(table, axis=0))


@pytest.mark.parametrize("rubric", [Rubric(), Rubric(spatial=1, semantic=2, clinical=0, coherence=3, gate=0)])
def test_the_trainer_gets_what_a_student_gets(rubric):
    asked, answers = work(12, seed=5)
    texts = [written(answer) for answer in answers]
    drawn = [answer_of_text(text, FRAME) for text in texts]
    found = totals(rewards(texts, [reference.to_json() for reference in asked], rubric))
    for total, reference, answer in zip(found, asked, drawn, strict=True):
        # the reference goes through JSON, so that the app's own reading of it is what is compared
        student = score(Reference.from_json(reference.to_json()), answer, rubric)
        assert total == pytest.approx(student.total, abs=1e-12)
    assert len(np.unique(found)) > 50


def test_what_is_written_is_what_is_drawn_to_the_checkpoints_unit():
    (reference, *_), answers = work(1, seed=1)
    for answer in answers:
        read = answer_of_text(written(answer), FRAME)
        assert [(r.finding, r.side) for r in read.regions] == [(r.finding, r.side) for r in answer.regions]
        assert np.abs(as_boxes(read.boxes) - answer.boxes).max(initial=0) <= 1024 / 1000
        assert read.absent == answer.absent
    assert reference.width == 1024


def test_a_component_that_does_not_apply_is_none_and_so_is_what_cannot_be_judged():
    region = Region("mass", as_box(100, 100, 300, 300))
    plain = Reference(1024, 1024, (), ("mass",)).to_json()
    known = {**plain, "readers": [{"id": "A", "regions": [region.to_json()]}]}
    text = written(Answer((region,)))
    by_name = dict(zip(COMPONENTS, rewards([text, text], [known, json.dumps(plain)]), strict=True))
    assert by_name["coherence"] == [None, None]
    for name in ("spatial", "semantic", "clinical"):
        assert by_name[name][0] > 0 and by_name[name][1] is None


def as_box(*corners):
    from ssg.boxes import Box

    return Box(*corners)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I see nothing.",
        "<answer>[{]</answer>",
        '<answer>[{"bbox_2d": [1, 1, 9, 9], "label": "xyzzy"}]</answer>',
        '<answer>[{"bbox_2d": [1, 1, 9, 9], "label": "mass and nodule"}]</answer>',
        '<answer>[{"bbox_2d": [1, 1, 9, 9], "label": "no mass"}]</answer>',
        '<answer>[{"bbox_2d": [9, 9, 1, 1], "label": "mass"}]</answer>',
        '<answer>[{"bbox_2d": [0, 0, 0, 0], "label": "mass"}]</answer>',
        '<answer>[{"bbox_2d": [NaN, 1, 2, 3], "label": "mass"}]</answer>',
        '<answer>[{"label": "mass"}]</answer>',
        "<answer>[5]</answer>",
    ],
)
def test_what_is_no_answer_earns_nothing_even_where_nothing_is_there(text):
    nothing = Reference(1024, 1024).to_json() | {"readers": [{"id": "A", "absent": ["mass"]}]}
    columns = rewards([text, "<answer>[]</answer>"], [nothing, nothing])
    assert totals(columns).tolist() == pytest.approx([0, 1])


def test_conversations_are_read_and_functions_travel():
    message = [
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "<answer>"}, {"type": "text", "text": "[]</answer>"}],
        }
    ]
    assert (
        text_of(message) == text_of([{"role": "assistant", "content": "<answer>[]</answer>"}]) == "<answer>[]</answer>"
    )
    nothing = Reference(1024, 1024).to_json() | {"readers": [{"id": "A", "absent": ["mass"]}]}
    for one in reward_functions():
        copy = pickle.loads(pickle.dumps(one))
        assert copy.__name__ == one.__name__ in COMPONENTS
        assert copy(completions=[message], reference=[nothing]) == one(completions=[message], reference=[nothing])


def test_a_reference_that_is_none_is_refused_and_no_completion_is_no_answer():
    with pytest.raises(BadInput, match="column"):
        ComponentReward("spatial")(completions=["x"], reference=["{"])
    with pytest.raises(BadInput, match="column"):
        ComponentReward("spatial")(completions=["x"], reference=[{"width": np.int64(3)}])
    nothing = Reference(1024, 1024).to_json() | {"readers": [{"id": "A", "absent": ["mass"]}]}
    given = [nothing, Reference.from_json(nothing)]
    assert ComponentReward("spatial")(completions=[None, None], reference=given) == [0.0, 0.0]


def test_a_component_without_weight_has_no_function_and_an_unknown_one_is_refused():
    assert [one.__name__ for one in reward_functions(Rubric(clinical=0))] == ["spatial", "semantic", "coherence"]
    with pytest.raises(BadInput, match="spatial, semantic"):
        ComponentReward("beauty")


@pytest.fixture(scope="module")
def encoder():
    return RegionText.load()


def chest_work(count=4):
    """Images of phantoms with their references, and a group of answers to each."""
    rng = np.random.default_rng(3)
    for seed in range(12, 12 + count):
        scene = phantom_scene(seed, 256)
        regions = tuple(Region(key[0], box, key[1]) for key, boxes in scene.present.items() for box in boxes)
        reference = Reference(256, 256, (ReaderAnswer(regions, scene.absent, id="phantom"),))
        for _ in range(4):
            moved = as_boxes([one.box for one in regions]) + np.tile(rng.normal(0, 6, (len(regions), 2)), 2)
            drawn = [replace(one, box=Box(*row)) for one, row in zip(regions, moved.tolist(), strict=True)]
            yield Image.fromarray(scene.pixels), reference, Answer(tuple(drawn))


def test_with_an_image_the_trainer_gets_what_a_student_gets(encoder):
    images, asked, answers = zip(*chest_work(), strict=True)
    texts = [written(answer, CHEST) for answer in answers]
    drawn = [answer_of_text(text, CHEST) for text in texts]
    rows = [reference.to_json() for reference in asked]
    functions = reward_functions(encoder=encoder)
    columns = {"image": list(images), "prompts": texts, "trainer_state": None}
    found = totals([one(completions=texts, reference=rows, **columns) for one in functions])
    blind = totals(rewards(texts, rows))
    for row, (image, reference, answer) in enumerate(zip(images, asked, drawn, strict=True)):
        sight = encoder.on(np.asarray(image))
        assert found[row] == pytest.approx(score(reference, answer, sight=sight).total, abs=1e-12)
    assert (found <= blind).all() and (found < blind - 0.001).any()
    in_lists = [one(completions=texts, reference=rows, images=[[image] for image in images]) for one in functions]
    assert totals(in_lists).tolist() == found.tolist()
    again = pickle.loads(pickle.dumps(functions))
    copied = totals([one(completions=texts, reference=rows, **columns) for one in again])
    assert copied == pytest.approx(found, abs=1e-6)


def test_another_model_of_what_experts_accept_changes_what_is_clinical_and_nothing_else():
    shipped = Acceptability.load()
    never = replace(shipped, compared=replace(shipped.compared, start=shipped.compared.start - 3.0))
    _, asked, answers = zip(*chest_work(2), strict=True)
    texts, rows = [written(answer, CHEST) for answer in answers], [reference.to_json() for reference in asked]
    for usual, other in zip(reward_functions(), reward_functions(acceptability=never), strict=True):
        before, after = (np.array(one(completions=texts, reference=rows)) for one in (usual, other))
        assert (after != before).any() == (usual.__name__ == "clinical")
        again = pickle.loads(pickle.dumps(other))
        assert again(completions=texts, reference=rows) == after.tolist()


def test_images_that_are_none_are_refused(encoder):
    (image, reference, answer), *_ = chest_work(1)
    call = {"completions": [written(answer, CHEST)], "reference": [reference.to_json()]}
    one = ComponentReward("semantic", encoder=encoder)
    assert one(**call, image=[np.asarray(image)])[0] > 0
    with pytest.raises(BadInput, match='needs a column "image"'):
        one(**call)
    with pytest.raises(BadInput, match='needs a column "image"'):
        one(**call, image=[image, image])
    with pytest.raises(BadInput, match="one image at a time, got 2"):
        one(**call, images=[[image, image]])
    for bad, words in (
        ("chest.png", "eight bits, got str"),
        (Image.fromarray(np.zeros((256, 256), np.uint16)), "PIL image of mode I;16"),
        (np.zeros((256, 256)), "eight bits, got ndarray"),
        (np.zeros((256, 10), np.uint8), "other proportions"),
        (np.zeros((0, 0), np.uint8), "eight bits"),
    ):
        with pytest.raises(BadInput, match=words):
            one(**call, image=[bad])


def test_an_image_that_the_encoder_does_not_know_is_not_asked_about(encoder):
    (image, reference, answer), *_ = chest_work(1)
    call = {"completions": [written(answer, CHEST)], "reference": [reference.to_json()]}
    one, blind = ComponentReward("semantic", encoder=encoder), ComponentReward("semantic")(**call)
    coloured = np.stack([np.asarray(image), np.asarray(image), 255 - np.asarray(image)], axis=-1)
    assert one(**call, image=[Image.fromarray(coloured)]) == blind
    assert one(**call, image=[Image.fromarray(np.full((256, 256), 80, np.uint8))]) == blind
    assert one(**call, image=[image.convert("RGB")]) == one(**call, image=[image])


def test_a_column_that_decodes_at_each_look_is_told_apart(encoder):
    images, asked, answers = zip(*chest_work(), strict=True)
    texts, rows = [written(answer, CHEST) for answer in answers], [reference.to_json() for reference in asked]

    class Lazy:
        def __len__(self):
            return len(images)

        def __getitem__(self, row):
            return np.array(images[row])

    one = ComponentReward("semantic", encoder=encoder)
    assert one(completions=texts, reference=rows, image=Lazy()) == one(completions=texts, reference=rows, image=images)


@pytest.fixture(scope="module")
def clusters():
    """Question clusters on phantoms of every kind, with what the scene's truth says: (reference, right answer)."""
    return list(_clusters())


def _clusters():
    for kind, seed in itertools.product(("chest-xray", "chest-ct", "brain-mr"), range(2_000_000, 2_000_030)):
        scene, rng = phantom_scene(seed, 256, kind), np.random.default_rng(seed)
        for keys in filter(None, (draw_cluster(scene, rng, 4) for _ in range(3))):
            yield reference_of(scene, keys).to_json(), make_task(scene, keys, rng).answer


def test_what_sft_teaches_is_what_grpo_rewards(clusters):
    references, right = zip(*clusters, strict=True)
    earned = totals(rewards(right, references))
    assert len(clusters) > 200 and earned.min() > 0.95, right[int(earned.argmin())]


def test_within_a_cluster_the_better_answer_is_ranked_higher(clusters):
    """What GRPO learns from is the order within the group of answers to one question."""
    for reference, answer in clusters:
        best = answer_of_text(answer, CHEST)
        moved = Answer(tuple(replace(r, box=shifted(r.box, 0.3)) for r in best.regions), best.absent)
        silent = Answer(best.regions[1:], best.absent)
        denied = Answer((), tuple(reference["question"]))
        right, less, least, none = totals(
            rewards([written(a, CHEST) for a in (best, moved, silent, denied)], [reference] * 4)
        )
        if best.regions:
            assert right > less > none and right > least, answer
        else:
            assert right == none > 0.95


def shifted(box, share):
    along = share * box.width if box.x1 + share * box.width <= 256 else -share * box.width
    return Box(max(0.0, box.x0 + along), box.y0, max(1.0, box.x1 + along), box.y1)


def test_a_denial_of_the_other_side_denies_nothing_that_is_drawn():
    frame = CoordinateFrame(Convention.RELATIVE_1000, (1000, 1000), (1000, 1000))
    text = '<answer>[{"bbox_2d": [600, 500, 900, 900], "label": "left pleural effusion"}, %s]</answer>'
    for denied, absent in [
        ('{"label": "right pleural effusion", "absent": true}', ()),
        ('{"label": "left pleural effusion", "absent": true}', ("pleural effusion",)),
        ('{"label": "pleural effusion", "absent": true}', ("pleural effusion",)),
        ('{"label": "right pneumothorax", "absent": true}', ("pneumothorax",)),
    ]:
        assert answer_of_text(text % denied, frame).absent == absent, denied
