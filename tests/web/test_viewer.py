"""The Python side of the viewer: scenes, forged answers, the bundle and its words."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssg.boxes import Box
from ssg.errors import BadInput, InvalidBox, UnknownFinding
from ssg.reward import Region
from ssg.vocabulary import Side
from ssg.web import words_viewer as words
from ssg.web.viewer import (
    FRONTAL,
    MOST_BOXES,
    Greys,
    Picture,
    PictureSeries,
    Shown,
    Step,
    image_viewer,
    read_drawn,
    scene,
)
from ssg.web.viewer.bundle import FOLDER, parts, script
from ssg.web.viewer.scene import grade

LABELS = ("pleural effusion", "cardiomegaly")
PICTURE = Picture("/images/a.png", 1024, 800, "Chest radiograph")
ROW = {"id": "drawn-1", "box": [10, 20, 30, 40], "label": "cardiomegaly", "side": None, "confidence": None}


def sent(*rows, case_id="case-1", **more):
    return {"case_id": case_id, "drawn": list(rows), **more}


def read(value):
    return read_drawn(value, "case-1", 1024, 800, LABELS)


# What came back


def test_what_was_drawn_is_read_in_order():
    value = sent(ROW, ROW | {"box": [0, 0, 1024, 800], "label": "pleural effusion", "side": "left", "confidence": 4})
    assert read(value) == (
        Region("cardiomegaly", Box(10, 20, 30, 40)),
        Region("pleural effusion", Box(0, 0, 1024, 800), Side.LEFT, 0.8),
    )


@pytest.mark.parametrize(("drawn_as", "confidence"), [(1, 0.2), (2, 0.4), (3, 0.6), (4, 0.8), (5, 1.0), (5.0, 1.0)])
def test_grades_become_confidences_and_back(drawn_as, confidence):
    assert read(sent(ROW | {"confidence": drawn_as}))[0].confidence == pytest.approx(confidence)
    assert grade(confidence) == drawn_as


def test_nothing_drawn_is_an_answer():
    assert read(sent()) == ()
    assert read({"case_id": "case-1", "drawn": None}) == ()
    assert read({"case_id": "case-1"}) == ()


def test_a_scene_is_its_own_answer():
    value = scene("case-1", PICTURE, labels=LABELS, drawn=[Region("cardiomegaly", Box(1, 2, 3, 4), None, 0.6)])
    assert read(json.loads(json.dumps(value))) == (Region("cardiomegaly", Box(1, 2, 3, 4), None, 0.6),)


def test_labels_may_be_given_as_to_the_scene():
    assert read_drawn(sent(ROW), "case-1", 1024, 800, ["big heart"])[0].finding == "cardiomegaly"


NOT_AN_ANSWER = words.DRAWN["not_an_answer"]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, NOT_AN_ANSWER),
        ("", NOT_AN_ANSWER),
        ("<script>", NOT_AN_ANSWER),
        ([], NOT_AN_ANSWER),
        (7, NOT_AN_ANSWER),
        ({}, NOT_AN_ANSWER),
        ({"drawn": []}, NOT_AN_ANSWER),
        ({"case_id": 1, "drawn": []}, NOT_AN_ANSWER),
        ({"case_id": None, "drawn": []}, NOT_AN_ANSWER),
        ({"case_id": "case-1", "drawn": {}}, NOT_AN_ANSWER),
        ({"case_id": "case-1", "drawn": "all"}, NOT_AN_ANSWER),
        ({"case_id": "case-1", "drawn": [None]}, NOT_AN_ANSWER),
        ({"case_id": "case-1", "drawn": [[10, 20, 30, 40]]}, NOT_AN_ANSWER),
        (sent(ROW, case_id="case-2"), words.DRAWN["other_case"]),
        (sent(*[ROW] * (MOST_BOXES + 1)), "201 boxes drawn; at most 200 are judged: delete some."),
        (sent(ROW, {}), "Box 2: a box is four numbers"),
        (sent(ROW | {"box": None}), "Box 1: a box is four numbers"),
        (sent(ROW | {"box": "0123"}), "Box 1: a box is four numbers"),
        (sent(ROW | {"box": [1, 2, 3]}), "Box 1: a box is four numbers"),
        (sent(ROW | {"box": [1, 2, 3, 4, 5]}), "Box 1: a box is four numbers"),
        (sent(ROW | {"box": [1, 2, 3, "4"]}), "Box 1: a box is four numbers"),
        (sent(ROW | {"box": [False, 0, True, True]}), "Box 1: a box is four numbers"),
        (sent(ROW | {"box": [0, 0, float("nan"), 9]}), "Box 1: Box [0, 0, nan, 9]"),
        (sent(ROW | {"box": [0, 0, float("inf"), 9]}), "every coordinate must be a finite number"),
        (sent(ROW | {"box": [0, 0, 10**400, 9]}), "Box 1: "),
        (sent(ROW | {"box": [0, 0, 1e9, 9]}), "Box 1: "),
        (sent(ROW | {"box": [30, 20, 10, 40]}), "corners are out of order"),
        (sent(ROW | {"box": [10, 20, 10, 40]}), "corners are out of order"),
        (sent(ROW | {"box": [-1, 20, 30, 40]}), "lies outside of its image of 1024 × 800 pixels"),
        (sent(ROW | {"box": [10, 20, 30, 800.5]}), "lies outside of its image"),
        (sent(ROW | {"label": None}), "Box 1 has no finding yet"),
        (sent(ROW | {"label": ""}), "Box 1 has no finding yet"),
        (sent(ROW | {"label": "pneumothorax"}), "Box 1: 'pneumothorax' is not one of the findings of this case"),
        (sent(ROW | {"label": ["cardiomegaly"]}), "is not one of the findings of this case"),
        (sent(ROW | {"label": 5}), "is not one of the findings of this case"),
        (sent(ROW | {"label": "x" * 100_000}), "'" + "x" * 60 + "'"),
        (sent(ROW | {"side": "up"}), "Box 1: the side is left, right"),
        (sent(ROW | {"side": ["left"]}), "Box 1: the side is left, right"),
        (sent(ROW | {"side": 0}), "Box 1: the side is left, right"),
        (sent(ROW | {"confidence": 0}), "Box 1: confidence is a whole number from 1"),
        (sent(ROW | {"confidence": 6}), "Box 1: confidence is a whole number from 1"),
        (sent(ROW | {"confidence": 2.5}), "Box 1: confidence is a whole number from 1"),
        (sent(ROW | {"confidence": True}), "Box 1: confidence is a whole number from 1"),
        (sent(ROW | {"confidence": "5"}), "Box 1: confidence is a whole number from 1"),
        (sent(ROW | {"confidence": float("nan")}), "Box 1: confidence is a whole number from 1"),
        (sent(ROW | {"confidence": [5]}), "Box 1: confidence is a whole number from 1"),
        (sent(ROW, ROW | {"id": "drawn-2"}), "Boxes 1 and 2 are the same box with the same finding: delete one."),
    ],
)
def test_a_forged_answer_is_refused_in_words(value, says):
    with pytest.raises(BadInput) as refused:
        read(value)
    assert says in str(refused.value)
    assert len(str(refused.value)) < 300


def test_the_same_box_on_the_other_side_or_of_another_finding_is_another_box():
    rows = [ROW | {"label": "pleural effusion", "side": side} for side in ("left", "right")]
    assert len(read(sent(ROW, *rows))) == 3


def test_extra_keys_are_ignored():
    assert read(sent(ROW | {"finding": "mass", "__class__": "x"}, mode="show", regions=[{"box": "?"}])) != ()


# What is shown


def test_a_scene_is_plain_json_with_everything_filled_in():
    region = Region("pleural effusion", Box(600.5, 600, 800, 790), Side.LEFT, 0.84)
    value = scene(
        "case-1",
        PICTURE,
        mode="show",
        labels=["cardiomegaly"],
        regions=[Shown(region, "policy", note="?"), Shown(region, "drawn", id="own")],
        steps=[Step("left base", Box(500, 500, 900, 800), "Look here.")],
        selected="own",
        spacing_mm=(0.4, 0.5),
        orientation=FRONTAL,
    )
    assert json.loads(json.dumps(value)) == value
    shown, own = value["regions"]
    assert shown | {"note": "?"} == {
        "id": "shown-1",
        "kind": "policy",
        "reader": "",
        "box": [600.5, 600, 800, 790],
        "label": "pleural effusion",
        "side": "left",
        "confidence": 0.84,
        "note": "?",
    }
    assert (own["id"], own["confidence"]) == ("own", 4)
    assert value["steps"] == [{"label": "left base", "box": [500, 500, 900, 800], "caption": "Look here."}]
    assert (value["keep_draft"], value["drawn"]) == (False, None)


def test_labels_carry_what_the_picker_needs_groups_together():
    value = scene(
        "case-1", PICTURE, labels=["pneumothorax", "cardiomegaly", "pleural effusion", "ptx", "bone fracture"]
    )
    names = [label["name"] for label in value["labels"]]
    assert names[:3] == ["pneumothorax", "pleural effusion", "cardiomegaly"]
    assert len(set(names)) == len(names)
    effusion, heart = value["labels"][1:3]
    assert "fluid" in " ".join(effusion["synonyms"])
    assert effusion["sides"] == ["right", "left", "bilateral"]
    assert heart["sides"] == []


def test_the_age_of_a_draft_travels_in_milliseconds():
    value = scene("case-1", PICTURE, drawn=[], drawn_at=datetime.now(UTC) - timedelta(minutes=2))
    assert 120_000 <= value["drawn_age"] < 125_000


REGION = Region("cardiomegaly", Box(0, 0, 10, 10))


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Picture("", 10, 10, ""), BadInput, "needs the URL"),
        (lambda: Picture("/a.png", 0, 10, ""), BadInput, "width of a picture is a whole number"),
        (lambda: Picture("/a.png", 10, 9.5, ""), BadInput, "height of a picture"),
        (lambda: Shown(REGION, "foe"), BadInput, "got 'foe'"),
        (lambda: scene("", PICTURE), BadInput, "needs the id"),
        (lambda: scene("a", PICTURE, mode="edit"), BadInput, "got 'edit'"),
        (lambda: scene("a", PICTURE, labels=["nonsense finding"]), UnknownFinding, "nonsense"),
        (lambda: scene("a", PICTURE, regions=[Shown(Region("mass", Box(0, 0, 2000, 10)))]), InvalidBox, "outside"),
        (lambda: scene("a", PICTURE, drawn=[Region("mass", Box(0, 0, 10, 801))]), InvalidBox, "outside"),
        (lambda: scene("a", PICTURE, steps=[Step("x", Box(0, 0, 10, 801))]), InvalidBox, "outside"),
        (lambda: scene("a", PICTURE, steps=[Step("x", Box(0, 0, 10, 10), picture=1)]), BadInput, "lies on picture 1"),
        (lambda: scene("a", PICTURE, steps=[Step("x", Box(0, 0, 10, 10), picture=-1)]), BadInput, "lies on picture -1"),
        (lambda: scene("a", PICTURE, regions=[Shown(REGION, id="x")] * 2), BadInput, "share an id"),
        (lambda: scene("a", PICTURE, selected="x"), BadInput, "not among those shown"),
        (lambda: scene("a", PICTURE, spacing_mm=(0.1, 0)), BadInput, "Pixel spacing"),
        (lambda: scene("a", PICTURE, spacing_mm=(0.1,)), BadInput, "Pixel spacing"),
        (lambda: scene("a", PICTURE, orientation={"up": "H"}), BadInput, "Orientation"),
        (lambda: Greys(values=(0.0, 0.0)), BadInput, "a slope that is not 0"),
        (lambda: Greys(window=(0.0, 40.0)), BadInput, "a window wider than 0"),
        (lambda: Greys(values=(float("nan"), 1.0)), BadInput, "finite numbers"),
        (lambda: PictureSeries("x", (PICTURE,), slice_mm=0.0), BadInput, "from slice to slice"),
        (lambda: image_viewer(height="1px; } body {"), ValueError, "CSS length"),
    ],
)
def test_what_cannot_be_shown_is_refused(make, error, says):
    with pytest.raises(error, match=re.escape(says)):
        make()


# The component and its JavaScript


def test_the_component_says_what_gradio_needs():
    viewer = image_viewer(scene("case-1", PICTURE), elem_id="case", visible=False)
    config = viewer.get_config()
    assert config["value"]["case_id"] == "case-1"
    assert config["elem_id"] == "case"
    assert config["js_on_load"] == script()
    json.dumps(config)


def test_the_bundle_can_stand_inside_of_a_page():
    assert "</" not in re.sub(r"//.*", "", script()).replace("<\\/", "")
    assert parts()[-1].name == "viewer.js"
    assert {path.name for path in FOLDER.glob("*.js")} == {path.name for path in parts()}


def test_no_name_is_defined_twice_in_the_bundle():
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script(), re.M)
    assert sorted(names) == sorted(set(names))


@pytest.fixture(scope="session")
def node() -> str:
    found = shutil.which("node")
    if not found:
        pytest.skip("needs node")
    return found


def test_the_bundle_is_valid_javascript(node, tmp_path):
    file = tmp_path / "bundle.js"
    file.write_text(f"(function (element, trigger, props, server, upload, watch) {{{script()}\n}});", encoding="utf-8")
    checked = subprocess.run([node, "--check", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_pure_parts_do_what_they_say(node):
    file = Path(__file__).parent / "parts.test.js"
    ran = subprocess.run([node, "--test", file], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_limits_are_those_of_the_javascript():
    assert f"const MOST_REGIONS = {MOST_BOXES};" in script()
    assert "const CONFIDENCES = [1, 2, 3, 4, 5];" in script()


def test_every_key_of_a_scene_is_known_to_the_javascript():
    blank = re.search(r"const BLANK_SCENE = \{(.*?)\};", script(), re.S).group(1)
    assert set(re.findall(r"^  (\w+):", blank, re.M)) == set(scene("a", PICTURE))


def source() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in parts())


def until_closed(text: str) -> str:
    """The call at the beginning of a text, to its closing bracket."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == ")" and depth == 0:
            return text[:at]
    return text


def used_words() -> tuple[set[str], set[str]]:
    """Words that the JavaScript names, and the beginnings of those that it puts together: say(`side_${side}`)."""
    text = source()
    named = set(re.findall(r'"([a-z][a-z_0-9]*)"', text)) & set(words.VIEWER)
    called = set(re.findall(r'\bsay\(\s*"(\w+)"', text)) | set(re.findall(r'iconButton\(\s*"(\w+)"', text))
    headings = set(re.findall(r"^  (help_\w+): \[", text, re.M))
    return named | called | headings, set(re.findall(r"`([a-z]+_)\$\{", text))


def test_every_word_of_the_javascript_is_there_and_none_is_idle():
    named, beginnings = used_words()
    assert named <= set(words.VIEWER)
    idle = {word for word in words.VIEWER if word not in named and not word.startswith(tuple(beginnings))}
    assert idle == set()


def test_every_place_in_a_sentence_is_filled_in():
    """``say("zoom", {percent})`` names what "{percent} %" asks for."""
    text = source()
    for call in re.finditer(r'\bsay\("(\w+)"', text):
        asked = set(re.findall(r"\{(\w+)\}", words.VIEWER[call[1]]))
        assert asked <= set(re.findall(r"\b(\w+)\b", until_closed(text[call.start() :]))), call[1]


def test_every_reason_of_a_refusal_is_used():
    text = (FOLDER / "drawn.py").read_text(encoding="utf-8")
    assert set(re.findall(r'_refusal\("(\w+)"', text)) == set(words.DRAWN)
