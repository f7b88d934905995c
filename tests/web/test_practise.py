"""Practise over its routes: statements, checks without the reference, and cases that change while open."""

import json
from dataclasses import replace
from html import unescape

import pytest

from ssg.boxes import Box
from ssg.reward import Region, Stated
from ssg.vocabulary import Presence
from ssg.web.pages.practise import asked_html
from ssg.web.practise_ai import seen
from ssg.web.practise_parts import Said
from ssg.web.practise_view import PractiseView, form_of


def named(services, case_id):
    return next(name for name in services.practice.order if name[1] == case_id)


def body_of(services, case_id, token="token", regions=(), **more):
    name = named(services, case_id)
    drawn = [{"box": list(one.box), "label": one.finding, "side": one.side, "confidence": 3} for one in regions]
    form = form_of(services.practice.case(*name))
    scene = {"case_id": "/".join(name), "drawn": drawn}
    return {"set": name[0], "case": name[1], "token": token, "form": form, "drawn": scene, "absent": []} | more


def learner_of(client, services):
    client.get("/api/health")
    return services.cookie.read(client.cookies["ssg_learner"])


def boxes_in_words(case):
    """The corners of every region of the reference as JSON writes them, with spaces and without."""
    corners = [", ".join(str(value) for value in one.box) for reader in case.readers for one in reader.regions]
    return [form for text in corners for form in (text, text.replace(" ", ""))]


# What is stated ---------------------------------------------------------------------------------------------------


def test_a_diffuse_finding_is_stated_and_judged_without_a_box(client, services):
    case = services.practice.case(*named(services, "case-14"))
    hearts = [one for one in case.readers[0].regions if one.finding == "cardiomegaly"]
    stated = [{"finding": "pulmonary edema", "presence": "present", "side": "bilateral", "confidence": 4}]
    judged = client.post("/api/attempts", json=body_of(services, "case-14", regions=hearts, stated=stated)).json()
    assert judged["total"] == pytest.approx(1)
    attempt = services.practice.attempt(learner_of(client, services), judged["receipt"])
    assert attempt.answer["stated"] == [
        {"finding": "pulmonary edema", "presence": "present", "side": "bilateral", "confidence": 0.8}
    ]
    assert "rightly stated to be there" in judged["feedback"]
    assert not [row for row in attempt.answer["regions"] if row["finding"] == "pulmonary edema"], "no box is made up"


FORGED = [
    ([{"finding": "cardiomegaly", "presence": "present"}], "Draw cardiomegaly"),
    ([{"finding": "emphysema", "presence": "present"}], "not asked"),
    ([{"finding": "pulmonary edema", "presence": "absent"}], "not sure"),
    ([{"finding": "pulmonary edema", "presence": "present", "side": "upper"}], "side"),
    ([{"finding": "pulmonary edema", "presence": "present", "confidence": 9}], "sure"),
    ([{"finding": "pulmonary edema", "presence": "present", "confidence": True}], "sure"),
    ([{"finding": "pulmonary edema", "presence": "present"}] * 2, "once"),
    ([{"finding": None}], "name"),
    (["pulmonary edema"], "list"),
    ({"finding": "pulmonary edema"}, "list"),
]


@pytest.mark.parametrize(("stated", "words"), FORGED)
def test_a_forged_statement_is_refused_in_words(client, services, stated, words):
    answer = client.post("/api/attempts", json=body_of(services, "case-14", stated=stated))
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_what_is_stated_survives_a_reload(client, services):
    stated = [{"finding": "pulmonary edema", "presence": "uncertain"}]
    assert client.put("/api/drafts", json=body_of(services, "case-14", stated=stated)).status_code == 200
    opened = PractiseView(services).open(learner_of(client, services), named(services, "case-14"))
    assert opened.said.stated == (Stated("pulmonary edema", Presence.UNCERTAIN),)
    html = asked_html(opened.case, opened.said, judged=False)
    [sure] = [part for part in html.split("<input") if 'data-says="uncertain"' in part]
    assert " checked" in sure.split(">")[0]


def test_focal_findings_are_drawn_and_diffuse_ones_may_be_stated(services):
    case = services.practice.case(*named(services, "case-14"))
    html = asked_html(case, Said(), judged=False)
    assert html.count('data-extent="diffuse"') == 1 and html.count('data-extent="focal"') == 4
    assert html.count('data-says="present"') == 1


# Nothing of the reference before it is shown ----------------------------------------------------------------------


def test_nothing_of_the_reference_leaves_before_it_is_shown(client, services):
    """Pages, configuration, drafts, hints and checks of many cases: no corner of a reader's box, and no verdict."""
    pages = [client.get(path).text for path in ("/", "/practise", "/config")]
    for case_id in ("case-03", "case-07", "case-13", "case-14", "em-01", "mr-04", "ct-07"):
        name = named(services, case_id)
        case = services.practice.case(*name)
        told = [*pages, client.put("/api/drafts", json=body_of(services, case_id)).text]
        asked = [(finding, step) for finding in case.question for step in (1, 2, 3)]
        drawn = [Region(finding, Box(3, 4, 25, 36)) for finding in case.question]
        hints = (body_of(services, case_id, finding=finding, step=step, regions=drawn) for finding, step in asked)
        told += [client.post("/api/hints", json=body).text for body in hints]
        checked = client.post("/api/attempts", json=body_of(services, case_id, token=case_id, check=True))
        learner = learner_of(client, services)
        attempt = services.practice.attempt(learner, checked.json()["receipt"])
        opened = PractiseView(services).checked_attempt(learner, name, attempt)
        told += [checked.text, json.dumps(opened.scene), asked_html(case, opened.said, judged=False)]
        told.append(json.dumps(seen(services, PractiseView(services), learner, attempt.receipt)))
        for box in boxes_in_words(case):
            assert not [text for text in told if box in text], (case_id, box)
        shown = client.post(f"/api/attempts/{attempt.receipt}/reveal", json={}).text
        assert any(box in shown for box in boxes_in_words(case)), "else this test would find nothing anywhere"


def test_a_check_says_what_is_right_and_where_nothing_is(client, services):
    case = services.practice.case(*named(services, "case-13"))
    right = [one for one in case.readers[0].regions if one.finding == "cardiomegaly"]
    body = body_of(services, "case-13", regions=right, absent=["pneumothorax"], check=True)
    checked = client.post("/api/attempts", json=body).json()
    assert set(checked) == {"receipt", "checked", "handle"}
    text = unescape(checked["checked"])
    assert "Cardiomegaly: right." in text and "Pneumothorax: right." in text
    assert "nothing yet about 3 of the 5" in text
    assert "Missed" not in text and "pleural effusion" not in text, "what is missed is not named"


def test_a_check_tells_near_from_wrong(client, services):
    case = services.practice.case(*named(services, "case-13"))
    [heart] = [one for one in case.readers[0].regions if one.finding == "cardiomegaly"]
    x0, y0, x1, y1 = heart.box
    near = replace(heart, box=type(heart.box)(x0, y0, x0 + (x1 - x0) * 0.5, y0 + (y1 - y0) * 0.6))
    wrong = replace(heart, finding="pacemaker", box=type(heart.box)(5, 5, 60, 60))
    body = body_of(services, "case-13", regions=[near, wrong], absent=["pleural effusion"], check=True)
    text = client.post("/api/attempts", json=body).json()["checked"]
    assert "Cardiomegaly: near" in text and "Pacemaker: not so" in text and "Pleural effusion: not so" in text


def test_the_reference_comes_when_it_is_asked_for(client, services):
    checked = client.post("/api/attempts", json=body_of(services, "case-03", check=True)).json()
    shown = client.post(f"/api/attempts/{checked['receipt']}/reveal", json={}).json()
    assert shown["receipt"] == checked["receipt"]
    assert {row["kind"] for row in shown["scene"]["regions"]} == {"missed"}
    assert "Missed" in shown["feedback"]
    assert services.practice.attempt(learner_of(client, services), checked["receipt"]).revealed_at


def test_nobody_is_shown_another_ones_attempt(site, client, services):
    from starlette.testclient import TestClient

    receipt = client.post("/api/attempts", json=body_of(services, "case-03", check=True)).json()["receipt"]
    other = TestClient(site, base_url="http://127.0.0.1:7860")
    assert other.post(f"/api/attempts/{receipt}/reveal", json={}).status_code == 400
    assert client.post("/api/attempts/NOSUCH/reveal", json={}).status_code == 400


def test_after_a_check_the_answer_goes_on_under_another_token(client, services):
    case = services.practice.case(*named(services, "case-03"))
    checked = client.post("/api/attempts", json=body_of(services, "case-03", check=True)).json()
    body = body_of(services, "case-03", regions=case.readers[0].regions) | checked["handle"]
    judged = client.post("/api/attempts", json=body).json()
    assert judged["total"] == 1 and judged["receipt"] != checked["receipt"]


# Cases that change, and much ---------------------------------------------------------------------------------------


def test_a_case_that_was_withdrawn_is_told_and_the_answer_kept(client, services):
    body = body_of(services, "case-03") | {"set": "gone"}
    for method, path in (("PUT", "/api/drafts"), ("POST", "/api/attempts"), ("POST", "/api/hints")):
        answer = client.request(method, path, json=body)
        assert answer.status_code == 400
        assert "withdrawn" in answer.json()["error"] and "stays in this browser" in answer.json()["error"]


def test_a_case_that_was_published_anew_is_told(client, services):
    body = body_of(services, "case-03", form="0" * 12)
    answer = client.post("/api/attempts", json=body)
    assert answer.status_code == 400 and "published anew" in answer.json()["error"]
    assert services.practice.best(learner_of(client, services)) == {}


def test_a_draft_of_other_pictures_does_not_shut_the_case(client, services):
    learner, name = learner_of(client, services), named(services, "case-03")
    case = services.practice.case(*name)
    far = replace(case.readers[0].regions[0], box=type(case.readers[0].regions[0].box)(0, 0, 5000, 5000))
    services.practice.keep_draft(learner, *name, [far], ())
    opened = PractiseView(services).open(learner, name)
    assert "another version" in opened.notice and opened.scene["drawn"] is None


def test_200_boxes_are_judged_and_201_refused(client, services):
    box = [{"box": [n, n, n + 20, n + 20], "label": "pneumothorax", "side": None} for n in range(201)]
    body = body_of(services, "case-03")
    body["drawn"]["drawn"] = box[:200]
    judged = client.post("/api/attempts", json=body).json()
    assert judged["total"] < 0.3
    body["drawn"]["drawn"], body["token"] = box, "more"
    answer = client.post("/api/attempts", json=body)
    assert answer.status_code == 400 and "200" in answer.json()["error"]


# After the answer --------------------------------------------------------------------------------------------------


def test_what_was_missed_is_replayed_from_zone_to_landmark_to_finding(client, services):
    judged = client.post("/api/attempts", json=body_of(services, "case-03")).json()
    [steps] = judged["scene"]["replays"]
    captions = [one["caption"] for one in steps]
    assert captions[0] == "Look here first" and captions[1].startswith("Landmark: ")
    assert captions[-1].startswith("Missed: ")
    case = services.practice.case(*named(services, "case-03"))
    assert steps[-1]["box"] == list(case.readers[0].regions[0].box)
    assert judged["feedback"].count("data-replay") == 1


def test_each_readers_boxes_can_be_seen_alone(client, services):
    judged = client.post("/api/attempts", json=body_of(services, "case-03")).json()
    reader = services.practice.case(*named(services, "case-03")).readers[0].id
    assert f'data-whose="reader:{reader}"' in judged["feedback"]


def test_teaching_points_stand_before_the_numbers_and_a_search_list_is_there(client, services):
    html = client.post("/api/attempts", json=body_of(services, "case-03")).json()["feedback"]
    assert html.index("Teaching points") < html.index("<summary>How it was judged")
    assert "Behind the heart" in html and "No clinician has reviewed it" in html


def test_the_ai_is_asked_only_about_what_was_shown_and_is_labelled(client, services):
    learner = learner_of(client, services)
    receipt = client.post("/api/attempts", json=body_of(services, "case-03")).json()["receipt"]
    told = seen(services, PractiseView(services), learner, receipt)
    assert "AI" in told["html"] and "no part in your mark" in told["html"]
    assert {row["kind"] for row in told["regions"]} == {"policy"} and told["steps"]
    assert "regions" not in seen(services, PractiseView(services), learner, "")


def test_on_a_stack_what_was_missed_and_what_the_ai_sees_lie_on_their_pictures(client, services):
    name, case = next(
        (name, case)
        for name in services.practice.order
        if len((case := services.practice.case(*name)).pictures) > 1
        and any(region.picture for reader in case.readers for region in reader.regions)
    )
    learner = learner_of(client, services)
    judged = client.post("/api/attempts", json=body_of(services, name[1])).json()
    marked = {region.picture for reader in case.readers for region in reader.regions}
    assert judged["scene"]["replays"] and "data-replay" in judged["feedback"]
    assert {step["picture"] for steps in judged["scene"]["replays"] for step in steps} <= marked
    told = seen(services, PractiseView(services), learner, judged["receipt"])
    assert {step["picture"] for step in told["steps"]} == {case.key_picture}


def test_without_a_policy_the_feedback_is_whole_and_says_so(client, services):
    from ssg.errors import Unavailable
    from ssg.web.policy_desk import PolicyDesk

    def missing():
        raise Unavailable("There is none.")

    desk = PolicyDesk(missing)
    desk.start()
    without = replace(services, desk=desk)
    learner = learner_of(client, services)
    receipt = client.post("/api/attempts", json=body_of(services, "case-03")).json()["receipt"]
    told = seen(without, PractiseView(without), learner, receipt)
    assert "your feedback is whole without it" in told["html"] and "regions" not in told
    assert "Missed" in PractiseView(without).feedback(
        named(services, "case-03"), without.practice.attempt(learner, receipt)
    )
