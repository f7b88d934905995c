"""The published schema means what the reader means: a manifest that it refuses has a problem, at the same place."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ssg.casebook.manifest import read_manifest
from ssg.casebook.problems import Problems
from ssg.casebook.schema import SCHEMA_FILE, schema
from tests.casebook.conftest import case_row, png
from tests.casebook.test_problems import ONE_PROBLEM

VALIDATOR = Draft202012Validator(schema())
STACK = {
    "id": "axial", "days": 3, "slice_mm": 2, "spacing_mm": [1, 1], "orientation": ["R", "L", "A", "P"],
    "window": [400, 40],
    "values": [-1024, 1], "inverted": False, "modality": "CT", "title": "Axial",
    "frames": [{"file": "images/a.png", "width": 64, "height": 48, "sha256": "0" * 64}],
}  # fmt: skip


def manifest():
    rows = [case_row("c1", png()), case_row("c2", png(seed=1))]
    del rows[1]["image"]
    rows[1]["series"] = [copy.deepcopy(STACK)]
    rows[1]["readers"][0]["regions"][0] |= {
        "series": "axial",
        "frame": 0,
        "lesion": "l",
        "phrase": "p",
        "confidence": 0.5,
    }
    rows[1]["readers"][0] |= {"unknown": ["nodule"], "other": [{"label": "x", "box": [1, 1, 2, 2]}]}
    rows[1] |= {
        "findings": "a\nb", "diagnosis": "d", "differential": ["e"], "discussion": "f", "report": "g", "tags": ["h"],
        "source": "i", "body_part": "CHEST", "specialty": "chest", "structures": [{"finding": "heart", "box": [1,
        1, 9, 9]}],
    }  # fmt: skip
    return {
        "format": "ssg-case-set/2", "id": "s", "title": "t", "version": "1", "licence": "l", "provenance": "p",
        "reviewed": False, "synthetic": True, "description": "d", "citation": "c", "cases": rows,
    }  # fmt: skip


def problems_of(data):
    problems = Problems(SCHEMA_FILE)
    read_manifest(copy.deepcopy(data), problems)
    return problems.listed()


def test_it_is_a_schema_and_the_bundled_sets_fit_it():
    Draft202012Validator.check_schema(schema())
    for path in (SCHEMA_FILE.parents[2] / "cases").glob("*/case_set.json"):
        VALIDATOR.validate(json.loads(path.read_text()))


def test_a_manifest_with_everything_fits_both():
    assert not list(VALIDATOR.iter_errors(manifest())) and not problems_of(manifest())


def test_every_key_is_described():
    forms = [schema(), *schema()["$defs"].values()]
    bare = [name for form in forms for name, rule in form.get("properties", {}).items() if "const" not in rule
            and not rule.get("description")]  # fmt: skip
    assert not bare


def places(value, path=()):
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*path, step))


OTHERS = [
    "", " ", "x", "a\nb", "a\x00b", "x" * 5000, "\u202eabc", "images/x.png", "left", "nodule", -1, 0, 1, 0.5,
    7.0, 1e9, True,
    False, [], ["x"], [1, 2], [1, 1, 2, 2], {}, {"x": 1},
]  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_the_schema_refuses_is_a_problem(data):
    """The other way round there is more: what boxes, names and sides mean is no matter of form."""
    changed = manifest()
    path = data.draw(st.sampled_from([path for path in places(changed) if path and path[-1] != "rubric"]))
    place = changed
    for step in path[:-1]:
        place = place[step]
    if data.draw(st.booleans()):
        place[path[-1]] = data.draw(st.sampled_from(OTHERS))
    elif isinstance(place, dict):
        del place[path[-1]]
    else:
        place.append(copy.deepcopy(place[path[-1]]))
    refused = [error.json_path for error in VALIDATOR.iter_errors(changed)]
    if refused:
        assert problems_of(changed), f"{path}: {refused}"


FORM_ONLY = [case for case in ONE_PROBLEM if case.id in {
    "no format", "a later format", "a set id that no address can hold", "an empty title", "a title of two lines",
    "a version that is a number", "no licence", "reviewed in words", "no case", "cases as an object",
    "a misspelled key of the set", "a misspelled key", "a case that is a text", "a case id with a path",
    "a long case id",
    "no history", "a novel as history", "a NUL in the history", "text that turns around", "an unknown modality",
    "difficulty 6",
    "difficulty true", "difficulty as a text", "a tag that is a number", "no image", "no checksum", "half a checksum",
    "no width", "half a pixel", "one spacing", "zero", "a JPEG", "no reader", "regions as an object",
    "absent as a text",
    "no finding", "a nautical side", "more than certain", "no box",
}]  # fmt: skip


@pytest.mark.parametrize(("change", "field", "words"), FORM_ONLY)
def test_what_is_wrong_in_form_is_refused_by_the_schema_too(change, field, words, folder):
    change(folder.manifest)
    assert list(VALIDATOR.iter_errors(folder.manifest)), field
