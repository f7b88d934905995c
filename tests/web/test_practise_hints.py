"""Hints over their route: what is paid for, what comes back at a reload, and what is refused."""

import json
import re
from html import unescape

import pytest

from ssg.web.pages.practise import asked_html
from ssg.web.practise_parts import Said
from ssg.web.practise_view import PractiseView
from tests.web.test_practise import body_of, learner_of, named


def test_there_are_no_hints_in_an_exam_nor_after_the_answer(services):
    case = services.practice.case(*named(services, "case-14"))
    assert asked_html(case, Said(), judged=False).count("hint-open") == len(case.question)
    assert "hint-open" not in asked_html(case, Said(), judged=False, hints=False)
    assert "hint-open" not in asked_html(case, Said(), judged=True)


def test_a_hint_is_paid_for_shown_and_kept(client, services):
    ask = body_of(services, "case-03", finding="pneumothorax", step=1)
    given = client.post("/api/hints", json=ask).json()
    assert given["paid"] == 0.05 and "Search the" in given["html"] and len(given["steps"]) == 1
    assert "costs 10 of 100" in given["html"], "the next one's cost is said before it is taken"
    opened = PractiseView(services).open(learner_of(client, services), named(services, "case-03"))
    assert "Search the" in asked_html(opened.case, opened.said, judged=False)
    other = client.post("/api/hints", json=ask | {"token": "another tab"}).json()
    assert other["paid"] == 0.05, "two tabs pay once"


def test_a_nudge_by_nothing_is_refused_in_words_and_costs_nothing(client, services):
    ask = body_of(services, "case-03", finding="pneumothorax")
    paid = [client.post("/api/hints", json=ask | {"step": step}).json()["paid"] for step in (1, 2)][-1]
    answer = client.post("/api/hints", json=ask | {"step": 3})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Draw it and name it first: this step goes by what you have drawn."
    assert client.post("/api/hints", json=ask | {"step": 2}).json()["paid"] == paid == 0.15


def shown_again(html):
    """What the buttons of a finding's hints outline, in their order."""
    return [json.loads(unescape(found)) for found in re.findall(r'data-shown="([^"]*)"', html)]


def test_what_was_outlined_is_there_to_be_seen_again_and_nothing_else(client, services):
    name = named(services, "t-4")
    case = services.practice.case(*name)
    given = [
        client.post("/api/hints", json=body_of(services, "t-4", finding="meningioma", step=step)).json()
        for step in (1, 2)
    ]
    assert shown_again(given[0]["html"]) == [given[0]["steps"]], "the second has not been paid for"
    opened = PractiseView(services).open(learner_of(client, services), name)
    page = asked_html(case, opened.said, judged=False)
    assert shown_again(page) == [one["steps"] for one in given], "after a reload too, and of this finding alone"


def test_the_mark_is_told_with_what_the_hints_cost(client, services):
    case = services.practice.case(*named(services, "case-03"))
    for step in (1, 2):
        client.post("/api/hints", json=body_of(services, "case-03", finding="pneumothorax", step=step))
    judged = client.post("/api/attempts", json=body_of(services, "case-03", regions=case.readers[0].regions)).json()
    assert "less 15 for hints: 85" in judged["feedback"]


@pytest.mark.parametrize(
    ("finding", "step", "words"),
    [
        ("scoliosis", 1, "not asked"),
        ("pneumothorax", 2, "in their order"),
        ("pneumothorax", 9, "three hints"),
        ("pneumothorax", "1", "three hints"),
        ("pneumothorax", None, "three hints"),
        (None, 1, "not asked"),
        ({"a": 1}, 1, "not asked"),
    ],
)
def test_a_hint_that_there_is_not_is_refused_and_costs_nothing(client, services, finding, step, words):
    answer = client.post("/api/hints", json=body_of(services, "case-03", finding=finding, step=step))
    assert answer.status_code == 400 and words in answer.json()["error"]
    assert services.practice.hints(learner_of(client, services), *named(services, "case-03")) == ()
