"""The site as a browser meets it: who may see what, what is kept, and what is refused."""

import json
import threading
from types import SimpleNamespace

import pytest

from ssg.vocabulary import read
from ssg.web import words


def opened(client, services, number=0):
    """The handle of a case and what a right answer to it is."""
    name = services.practice.order[number]
    case = services.practice.case(*name)
    reader = case.readers[0]
    drawn = [
        {"id": f"d{i}", "box": list(region.box), "label": region.finding, "side": region.side, "confidence": 4}
        for i, region in enumerate(reader.regions)
    ]
    absent = [finding for finding in reader.absent if finding in case.question]
    body = {"set": name[0], "case": name[1], "token": "token-1", "absent": absent, "seconds": 31}
    return body | {"drawn": {"case_id": f"{name[0]}/{name[1]}", "drawn": drawn}}, case


def test_the_pages_and_the_health_answer(client):
    assert client.get("/").status_code == 200
    assert client.get("/practise").status_code == 200
    assert client.get("/api/health").json()["database"] == "ok"


def test_a_readers_own_answer_is_recorded_and_fully_right(client, services):
    body, _ = opened(client, services)
    answer = client.post("/api/attempts", json=body)
    assert answer.status_code == 200
    assert answer.json()["total"] == 1
    assert {row["kind"] for row in answer.json()["scene"]["regions"]} >= {"drawn", "reader"}
    assert answer.json()["receipt"] in answer.json()["feedback"]


def test_structures_are_judged_and_not_shown(client, services):
    body, case = opened(client, services)
    assert case.structures
    judged = client.post("/api/attempts", json=body).json()
    shown = {row["label"] for row in judged["scene"]["regions"]}
    assert shown <= set(case.present)
    assert "Coherence" in judged["feedback"]


def test_the_same_answer_posted_at_once_is_one_attempt(client, services):
    body, _ = opened(client, services, 2)
    receipts = []
    client.get("/api/health")
    threads = [
        threading.Thread(target=lambda: receipts.append(client.post("/api/attempts", json=body).json()["receipt"]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 8
    assert len(set(receipts)) == 1


def test_the_reference_leaves_only_after_the_answer_is_stored(client, services):
    """No page, configuration or draft holds a reader's box of a case that is not answered yet."""
    for number in range(5):
        body, case = opened(client, services, number)
        texts = [client.get("/").text, client.get("/practise").text, client.get("/config").text]
        texts.append(client.put("/api/drafts", json=body | {"drawn": None, "absent": []}).text)
        for region in case.readers[0].regions:
            corners = ", ".join(map(str, region.box))
            assert not any(corners in text or corners.replace(" ", "") in text for text in texts)


FORGED = [
    ("a box outside of the image", lambda body: body["drawn"]["drawn"][0].update(box=[0, 0, 5000, 10]), "outside"),
    ("an inverted box", lambda body: body["drawn"]["drawn"][0].update(box=[50, 50, 10, 10]), "out of order"),
    ("an empty box", lambda body: body["drawn"]["drawn"][0].update(box=[5, 5, 5, 5]), "area"),
    ("a box of words", lambda body: body["drawn"]["drawn"][0].update(box=["a", 1, 2, 3]), "four numbers"),
    ("a finding that was not asked", lambda body: body["drawn"]["drawn"][0].update(label="scoliosis"), "scoliosis"),
    ("a nameless box", lambda body: body["drawn"]["drawn"][0].update(label=None), "no finding"),
    ("another case's boxes", lambda body: body["drawn"].update(case_id="x/y"), "another case"),
    ("an unknown case", lambda body: body.update(case="nope"), "no such case"),
    ("an absent finding that was not asked", lambda body: body.update(absent=["scoliosis"]), "not asked"),
    ("absences that are no list", lambda body: body.update(absent="all"), "list"),
    ("no token", lambda body: body.pop("token"), "token"),
    ("a token that is no text", lambda body: body.update(token={"a": 1}), "token"),
    ("a finding drawn and denied", lambda body: body.update(absent=[body["drawn"]["drawn"][0]["label"]]), "absent"),
]


@pytest.mark.parametrize(("what", "forge", "words"), FORGED, ids=[row[0] for row in FORGED])
def test_a_forged_answer_is_refused_in_words(client, services, what, forge, words):
    body, _ = opened(client, services)
    body = json.loads(json.dumps(body)) | {"token": f"forged {what}"}
    forge(body)
    answer = client.post("/api/attempts", json=body)
    assert answer.status_code == 400, what
    assert words in answer.json()["error"]


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe", b'"text"', b"[" * 5000, b'{"set": NaN}'])
def test_what_is_no_answer_at_all_is_refused(client, data):
    answer = client.post("/api/attempts", content=data, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_answer_of_megabytes_is_refused(client):
    assert client.post("/api/attempts", content=b" " * 2_000_000).status_code == 400


def test_a_draft_comes_back_after_a_reload(client, services):
    from ssg.web.practise_view import PractiseView

    body, _ = opened(client, services, 3)
    assert client.put("/api/drafts", json=body).status_code == 200
    learner = services.cookie.read(client.cookies["ssg_learner"])
    again = PractiseView(services).open(learner, services.practice.order[3])
    assert [row["label"] for row in again.scene["drawn"]] == [row["label"] for row in body["drawn"]["drawn"]]
    assert list(again.absent) == body["absent"]


def test_attempts_are_found_by_their_own_learner_only(site, client, services):
    from starlette.testclient import TestClient

    from ssg.web.practise_view import PractiseView

    body, _ = opened(client, services, 4)
    receipt = client.post("/api/attempts", json=body).json()["receipt"]
    mine = services.cookie.read(client.cookies["ssg_learner"])
    other = TestClient(site, base_url="http://127.0.0.1:7860")
    other.get("/api/health")
    theirs = services.cookie.read(other.cookies["ssg_learner"])
    view = PractiseView(services)
    assert view.attempt(mine, receipt) is not None
    assert view.attempt(theirs, receipt) is None


def test_case_images_are_png_under_names_that_say_nothing(client, services):
    for shown_id in services.case_images.values():
        assert len(shown_id) == 32
    answer = client.get(f"/media/{next(iter(services.case_images.values()))}.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["0" * 32, "../../etc/passwd", "%2e%2e%2f", "a" * 500, "ABC"])
def test_other_names_find_no_image(client, name):
    assert client.get(f"/media/{name}.png").status_code == 404


def test_an_upload_is_seen_by_its_own_learner_only(services, tmp_path):
    import numpy as np

    from ssg.errors import BadInput
    from ssg.imaging import png_bytes
    from ssg.web.ask_view import AskView

    file = tmp_path / "patient_name.png"
    file.write_bytes(png_bytes(np.full((90, 120), 77, np.uint8)))
    view = AskView(services)
    shown = view.upload("a" * 32, file, file.name)
    assert (shown.width, shown.height) == (120, 90)
    assert view.image("a" * 32, shown.id).id == shown.id
    with pytest.raises(BadInput):
        view.image("b" * 32, shown.id)
    kept = [path for path in services.settings.data_dir.rglob("*") if "patient" in path.name]
    assert kept == []


def test_gradios_file_checks_are_on(site, client):
    """A mounted Blocks has them off until it counts as launched."""
    [pages] = [route.app for route in site._app.routes if hasattr(getattr(route, "app", None), "get_blocks")]
    assert pages.get_blocks().has_launched
    from ssg.settings import BUNDLED_CASES

    inside = [BUNDLED_CASES / "README.md", BUNDLED_CASES.parent / "app.py", "/etc/passwd", "/proc/self/environ"]
    for path in inside:
        for form in (f"/gradio_api/file={path}", f"/file={path}", f"/gradio_api/file={path}%00.png"):
            assert client.get(form).status_code in (400, 403, 404), form


def test_requests_from_other_sites_are_refused(client, services):
    body, _ = opened(client, services)
    answer = client.post("/api/attempts", json=body, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


HOSTILE = ["<script>alert(1)</script>", "${alert(1)}", "{{constructor}}", "`", "\\", "<img src=x onerror=alert(1)>"]


@pytest.mark.parametrize("typed", HOSTILE)
def test_typed_text_stays_text(services, typed):
    from ssg.web.ask_view import AskView

    view = AskView(services)
    html = view.ask("c" * 32, view.first_image(), f"mass {typed}").html
    for raw in ("<script", "<img", "${", "{{", "`"):
        assert raw not in html


@pytest.mark.parametrize(("typed", "words"), [("", "Type"), ("   ", "Type"), ("x" * 600, "characters")])
def test_a_question_that_is_none_is_answered_in_words(services, typed, words):
    from ssg.errors import BadInput
    from ssg.web.ask_view import AskView

    view = AskView(services)
    with pytest.raises(BadInput, match=words):
        view.ask("d" * 32, view.first_image(), typed)


def test_without_a_policy_the_answer_says_so_and_the_rest_works(services):
    from dataclasses import replace

    from ssg.errors import Unavailable
    from ssg.web.ask_view import AskView
    from ssg.web.policy_desk import PolicyDesk

    def missing():
        raise Unavailable("The policy folder 'x' does not exist.")

    desk = PolicyDesk(missing)
    desk.start()
    view = AskView(replace(services, desk=desk))
    answered = view.ask("e" * 32, view.first_image(), "effusion")
    assert "could not be loaded; the log says why" in answered.html
    assert answered.scene["regions"] == []


def test_each_question_asked_before_is_offered_once(services):
    from ssg.web.ask_view import AskView

    view, learner = AskView(services), "f" * 32
    first, second = [name for name, _ in view.gallery(learner)][:2]
    for name, typed in [(first, "big heart"), (second, "big heart"), (first, "Big  heart"), (first, "mass")]:
        view.ask(learner, name, typed)
    assert [typed for _, typed in view.recent(learner)] == ["mass", "Big  heart"]


def test_every_image_can_be_chosen_to_ask_about(services):
    from ssg.web.ask_view import AskView

    assert len(AskView(services).gallery("0" * 32)) == len(services.practice) > 12


def test_the_hint_of_the_upload_warns_of_names_in_the_picture():
    from ssg.web import words

    assert "burned into the picture stays visible" in words.ASK["upload_hint"]


@pytest.mark.parametrize("question", ["", "x", "[]", "null", '{"image": 1, "text": "mass"}', '{"text": "mass"}'])
def test_a_question_that_the_page_did_not_take_down_is_answered_in_words(services, question):
    from ssg.web.ask_view import AskView
    from ssg.web.pages.ask import answered

    told = answered(AskView(services), "a" * 32, question)
    assert "reload" in told["html"]
    assert "text" not in told


@pytest.mark.parametrize(
    ("modality", "body_part", "kind"),
    [
        ("DX", "CHEST", "chest x-ray"),
        ("CR", "", "chest x-ray"),
        ("CT", "CHEST", "chest ct"),
        ("CT", "", "chest ct"),
        ("MR", "BRAIN", "brain mr"),
        ("MR", "", "brain mr"),
        ("CT", "ABDOMEN", None),
        ("US", "BREAST", None),
    ],
)
def test_the_questions_to_try_suit_the_image(services, monkeypatch, modality, body_part, kind):
    from ssg.web.ask_view import AskView

    view = AskView(services)
    monkeypatch.setattr(view, "image", lambda *_: SimpleNamespace(modality=modality, body_part=body_part))
    assert view.examples("0" * 32, "x") == (words.EXAMPLES[kind] if kind else ())


def test_an_image_of_which_nothing_is_known_has_some_of_each_kind(services, monkeypatch):
    from ssg.web.ask_view import AskView

    view = AskView(services)
    monkeypatch.setattr(view, "image", lambda *_: SimpleNamespace(modality="", body_part=""))
    assert view.examples("0" * 32, "x") == tuple(one for some in words.EXAMPLES.values() for one in some[:2])


@pytest.mark.parametrize(("kind", "typed"), [(kind, one) for kind, some in words.EXAMPLES.items() for one in some])
def test_the_questions_to_try_are_understood(kind, typed):
    reading = read(typed, kind)
    assert reading.statements or reading.unclear[0].candidates


def test_an_image_that_is_gone_has_no_questions_to_try(services):
    from ssg.web.ask_view import AskView

    assert AskView(services).examples("0" * 32, "gone") == ()
