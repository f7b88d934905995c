"""Rapid packets: made of single pictures with normal ones among them, and told at the end."""

from urllib.parse import parse_qs, urlsplit

import pytest

from ssg.web.practise_view import PractiseView
from ssg.web.rapid_view import Rapid, RapidView
from tests.web.test_practise import body_of, learner_of


def begun(client, **asked):
    answer = client.get("/practise/rapid", params=asked, follow_redirects=False)
    assert answer.status_code == 303
    where = {key: value[0] for key, value in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return Rapid.of(where), where


def test_a_packet_has_twenty_cases_and_normal_ones_among_them(client, services):
    at, where = begun(client)
    names = PractiseView(services).packet(at.packet)
    assert at.is_rapid and at.mode == "end" and len(names) == 20
    assert names[0] == (where["set"], where["case"])
    cases = [services.practice.case(*name) for name in names]
    assert 5 <= sum(not case.present for case in cases) <= 15
    assert all(len(case.pictures) == 1 for case in cases)


@pytest.mark.parametrize(("count", "there"), [("3", 3), ("0", 1), ("999999", 50), ("many", 20), ("-4", 20)])
def test_odd_numbers_of_cases_are_mended(client, services, count, there):
    at, _ = begun(client, count=count, feedback="once")
    assert len(PractiseView(services).packet(at.packet)) == there and at.mode == "once"


def test_the_summary_tells_each_case_and_shows_the_reference_from_then_on(client, services):
    at, _ = begun(client, count="4")
    view, learner = PractiseView(services), learner_of(client, services)
    names = view.packet(at.packet)
    for name in names[:3]:
        body = body_of(services, name[1], token="/".join(name), check=True) | {"set": name[0]}
        body["drawn"]["case_id"] = "/".join(name)
        body.pop("form")
        body["absent"] = list(services.practice.case(*name).question)
        assert client.post("/api/attempts", json=body).status_code == 200
    assert all(one.revealed_at is None for one in services.store.attempts(learner))
    html = RapidView(services, view).summary(learner, at)
    right = sum(not services.practice.case(*name).present for name in names[:3])
    assert f"Normal or not: {right} of 3 right." in html
    assert html.count("attempt=") == 3 and "not answered" in html
    assert all(one.revealed_at is not None for one in services.store.attempts(learner))


def test_answers_of_another_day_are_not_of_this_packet(client, services):
    at, _ = begun(client, count="2")
    later = Rapid(at.packet, at.mode, at.begun + 3600)
    html = RapidView(services, PractiseView(services)).summary(learner_of(client, services), later)
    assert "Nothing of this packet is answered yet" in html


@pytest.mark.parametrize(
    "asked", [{}, {"packet": "x", "rapid": "later"}, {"rapid": "end"}, {"begun": "-1", "packet": "x"}]
)
def test_an_address_that_is_none_is_no_rapid_packet(asked):
    assert not Rapid.of(asked).is_rapid and Rapid.of(asked).begun == 0
