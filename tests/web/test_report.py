"""Report by its routes: what is read, kept, judged; and that nothing of the reference leaves before."""

import json
import re

import pytest

EASY = ("easily-missed", "em-02")
TEXT = "Right apical pneumothorax. No effusion or consolidation. No rib fracture or nodule."


def handle(**more):
    return {"set": EASY[0], "case": EASY[1], "token": "token-of-a-report", **more}


def test_the_page_answers(client):
    assert client.get("/report").status_code == 200


def test_what_is_written_is_read_without_a_judgement(client):
    got = client.post(
        "/api/report-read", json=handle(text="Left effusion, larger. No <b>pneumothorax</b>. Maybe a nodule.")
    )
    html = got.json()["html"]
    for words in ("pleural effusion", "left", "worse", "not there", "may be there"):
        assert words in html
    assert "<b>" not in html


def test_a_right_report_earns_all_and_shows_the_reference(client, services):
    answer = client.post("/api/reports", json=handle(text=TEXT, seconds=40)).json()
    assert answer["total"] == 1
    (region,) = answer["scene"]["regions"]
    assert region["label"] == "pneumothorax"
    assert f'data-regions="{region["id"]}"' in answer["feedback"]
    assert answer["receipt"] in answer["feedback"]


def test_a_sentence_about_what_no_reader_speaks_of_is_not_said_to_name_nothing(client):
    text = TEXT + " No scoliosis. Compare with earlier films."
    feedback = client.post("/api/reports", json=handle(text=text)).json()["feedback"]
    judged = dict(re.findall(r"<span>([^<]+)</span><span class=\"judged\">([^<]+)</span>", feedback))
    assert judged["No scoliosis."] == "not judged"
    assert judged["Compare with earlier films."] == "names no finding"


def test_a_normal_report_is_read_and_judged(client, services):
    cases = ((name, services.practice.case(*name)) for name in services.practice.order)
    name = next(name for name, case in cases if not any(reader.regions for reader in case.readers))
    mine = {"set": name[0], "case": name[1], "token": "token-of-a-normal"}
    read = client.post("/api/report-read", json={**mine, "text": "Normal."}).json()["html"]
    assert "<strong>everything</strong><span>normal</span>" in read and "No finding" not in read
    answer = client.post("/api/reports", json={**mine, "text": "Normal. Compare with earlier films."}).json()
    assert 0.5 < answer["total"] < 1
    judged = dict(re.findall(r"<span>([^<]+)</span><span class=\"judged\">([^<]+)</span>", answer["feedback"]))
    assert judged == {"Normal.": "in general terms", "Compare with earlier films.": "names no finding"}


def test_a_report_that_calls_the_rest_normal_shows_what_it_so_excludes(client):
    text = "No effusion. Otherwise normal."
    read = client.post("/api/report-read", json=handle(text=text)).json()["html"]
    assert "<strong>everything else</strong><span>normal</span>" in read
    feedback = client.post("/api/reports", json=handle(text=text)).json()["feedback"]
    assert re.search(
        r"data-regions=\"mark-1\">Otherwise normal.</button><span class=\"judged\">wrongly excluded", feedback
    )
    named = TEXT + " Otherwise normal."
    feedback = client.post("/api/reports", json=handle(text=named, token="another")).json()["feedback"]
    assert '<span>Otherwise normal.</span><span class="judged">' in feedback
    assert "names no finding" not in feedback


def test_handing_in_twice_is_one_report(client):
    receipts = {client.post("/api/reports", json=handle(text=TEXT)).json()["receipt"] for _ in range(3)}
    assert len(receipts) == 1


def test_nothing_of_the_reference_leaves_before_the_report_is_recorded(client, services):
    case = services.practice.case(*EASY)
    corners = [json.dumps(list(region.box)) for reader in case.readers for region in reader.regions]
    seen = [client.get("/report?set=easily-missed&case=em-02").text, client.get("/config").text]
    seen.append(client.post("/api/report-read", json=handle(text=TEXT)).text)
    seen.append(client.put("/api/report-drafts", json=handle(text=TEXT)).text)
    seen.append(client.post("/api/reports", json=handle(text="Nice film.")).text)
    assert not any(corner in text for corner in corners for text in seen)


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"text": ""}, 400, "Write what you see"),
        ({"text": "Lovely picture."}, 400, "No finding was read"),
        ({"text": 7}, 400, "must be text"),
        ({"text": "No effusion.", "token": None}, 400, "token"),
        ({"text": "No effusion.", "case": "gone"}, 400, "no such case"),
        ({"text": "x" * 200_001}, 400, "200,001"),
        ({"text": "Kein Erguss. Herz normal groß, keine Stauung, Knochen ohne Befund."}, 400, "not to be English"),
    ],
)
def test_bad_reports_are_answered_in_words(client, more, status, words):
    answer = client.post("/api/reports", json=handle(**more))
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_what_is_typed_cannot_become_html(client):
    text = "Left <script>alert(1)</script> effusion ${x} {{y}} `z`. No pneumothorax."
    answer = client.post("/api/reports", json=handle(text=text, token="another")).json()
    assert "<script>" not in answer["feedback"]
    assert "${" not in answer["feedback"]
    assert "{{" not in answer["feedback"]


def test_a_report_is_not_opened_as_drawn_boxes_nor_the_other_way_round(client, services):
    from ssg.web.practise_view import PractiseView
    from ssg.web.report_view import ReportView

    learner = "somebody"
    view = ReportView(services)
    receipt = view.submit(learner, handle(text=TEXT, token="mine"))["receipt"]
    assert view.attempt(learner, receipt) is not None
    assert PractiseView(services).attempt(learner, receipt) is None
    assert view.attempt("another", receipt) is None


def test_every_case_opens_to_be_reported(services):
    from ssg.web.report_view import ReportView

    view = ReportView(services)
    for name in services.practice.order:
        opened = view.open("reader", name)
        assert opened.scene["regions"] == []
        assert opened.scene["mode"] == "show"


def test_the_next_case_is_one_that_has_no_report(services):
    from ssg.web.report_view import ReportView

    view = ReportView(services)
    first, second, third = services.practice.order[:3]
    view.submit(
        "newcomer", {"set": second[0], "case": second[1], "token": "t", "text": "No pneumothorax, no effusion."}
    )
    assert view.next_after("newcomer", ("", "")) == first
    assert view.next_after("newcomer", first) == third
