"""The same through the app as a browser would send it: uploads, questions, the addresses of pages."""

import json
import logging

import httpx
import pytest

from tests.hostile.inputs import hostile_texts, malformed_files

SESSION = "0123456789a"
RAW = ("<script>alert", "<img src=x", "<svg/onload", "<h1>hi", 'href="javascript:', "Traceback (most recent")


@pytest.fixture
def browser(app):
    """One learner with a cookie."""
    address, _ = app
    with httpx.Client(base_url=address, timeout=60, headers={"origin": address}) as one:
        assert one.get("/").status_code == 200
        yield one


@pytest.fixture
def events(browser):
    """Run an event of the page Ask by its trigger and return what its outputs became."""
    config = browser.get("/config").json()

    def event(trigger):
        """The server's part of what a trigger begins: the first of its steps that is not the browser's own."""
        step = next(d for d in config["dependencies"] if any(t[1] == trigger for t in d["targets"]))
        while not step["backend_fn"]:
            step = next(d for d in config["dependencies"] if d["trigger_after"] == step["id"])
        return step["id"]

    def run(trigger, *data):
        body = {"data": list(data), "fn_index": event(trigger), "session_hash": SESSION}
        joined = browser.post("/gradio_api/queue/join", json=body)
        assert joined.status_code == 200, joined.text
        with browser.stream("GET", "/gradio_api/queue/data", params={"session_hash": SESSION}) as answers:
            for line in answers.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    assert message["success"], message
                    return message["output"]["data"]
        raise AssertionError("the event did not end")

    return run


@pytest.fixture
def no_errors_logged(caplog):
    caplog.set_level(logging.WARNING)
    yield
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


def is_clean(shown):
    return not any(raw in shown for raw in RAW)


def test_200_malformed_uploads(browser, events, no_errors_logged):
    refused = 0
    for name, data in malformed_files():
        sent = browser.post("/gradio_api/upload", files={"files": (f"{name}.dcm", data)})
        assert sent.status_code == 200, name
        file = {"path": sent.json()[0], "orig_name": f"{name}.dcm", "meta": {"_type": "gradio.FileData"}}
        shown = json.dumps(events("upload", file), ensure_ascii=False)
        assert is_clean(shown), name
        assert "went wrong" not in shown, name
        refused += 'role=\\"alert\\"' in shown
    assert refused >= 130
    assert browser.get("/").status_code == 200


def test_200_hostile_questions(app, browser, events, no_errors_logged):
    _, image = app
    for text in hostile_texts():
        for question in (json.dumps({"image": image, "text": text}), text):  # as the page sends it, and forged
            try:
                answer = json.loads(events("submit", question)[0] or "{}")  # nothing asked: nothing answered
            except UnicodeEncodeError:
                continue  # half a surrogate pair cannot be sent at all
            answer.pop("text", None)  # for the field and the address, never for the page
            shown = json.dumps(answer, ensure_ascii=False)
            assert is_clean(shown), text[:80]
            assert "went wrong" not in shown, text[:80]
    assert browser.get("/").status_code == 200


def test_hostile_addresses(browser):
    for text in hostile_texts()[:120]:
        try:
            answer = browser.get("/", params={"q": text, "image": text[:100]})
        except (UnicodeEncodeError, httpx.InvalidURL):
            continue
        assert answer.status_code in (200, 400, 414, 431), text[:80]
        assert is_clean(answer.text), text[:80]
