"""Nobody but an instructor sees or changes what is being built, by the routes or by Gradio's own interface."""

import io
import json
import zipfile

import pytest
from starlette.testclient import TestClient

from ssg.casebook import read_case_set
from ssg.settings import BUNDLED_CASES, Settings
from ssg.web.build_cases import cases_html, unreadable
from ssg.web.build_html import address, problem_lines
from ssg.web.encoder_desk import EncoderDesk
from ssg.web.policy_desk import PolicyDesk
from ssg.web.services import Services
from ssg.web.site import build_site
from tests.web.fakes import FakeGrounder

KEY = "open sesame"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """(site, services, the id of a set, the id of its first case) on a server with a key."""
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=folder, case_sets=(BUNDLED_CASES,), allowed_hosts=(), instructor_key=KEY)
    services = Services.open(settings, PolicyDesk(FakeGrounder), EncoderDesk(lambda: None))
    made = services.workshop.create("Zebra stripes", "private", "Ann")
    (bundled, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    services.workshop.copy_in(made.id, read_case_set(bundled), "Ann")
    yield build_site(settings, services), services, made.id, services.workshop.store.cases(made.id)[0].case_id
    services.close()


@pytest.fixture
def student(workplace):
    with TestClient(workplace[0], base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def instructor(workplace):
    with TestClient(workplace[0], base_url="http://127.0.0.1:7860") as client:
        assert client.post("/api/instructor", json={"name": "Ann", "key": KEY}).status_code == 200
        yield client


def test_pictures_that_are_being_built_are_for_instructors(student, instructor, workplace):
    _, _, set_id, case_id = workplace
    for path in (f"/workshop/{set_id}/{case_id}/0.png", f"/workshop/{set_id}/{case_id}/small.jpg"):
        refused = student.get(path)
        assert refused.status_code == 404 and "instructors" in refused.json()["error"]
        assert instructor.get(path).headers["content-type"].startswith("image/")
    for path in (
        f"/workshop/{set_id}/{case_id}/1.png",
        f"/workshop/{set_id}/{case_id}/99999999.png",
        f"/workshop/{set_id}/nothing/0.png",
        f"/workshop/nothing/{case_id}/0.png",
        f"/workshop/..%2f..%2f/{case_id}/0.png",
    ):
        assert instructor.get(path).status_code == 404


def test_exports_and_the_order_are_for_instructors(student, instructor, workplace):
    _, services, set_id, case_id = workplace
    order = {"set": set_id, "case": case_id, "by": 1}
    before = [work.case_id for work in services.workshop.store.cases(set_id)]
    refused = student.post("/api/workshop/order", json=order)
    assert refused.status_code == 400 and "instructors" in refused.json()["error"]
    assert student.get(f"/workshop/{set_id}/export/zip.zip").status_code == 404
    assert [work.case_id for work in services.workshop.store.cases(set_id)] == before
    assert instructor.post("/api/workshop/order", json=order).json() == {"moved": True}
    assert [work.case_id for work in services.workshop.store.cases(set_id)][:2] == [before[1], before[0]]
    instructor.post("/api/workshop/order", json={**order, "by": -50})
    assert [work.case_id for work in services.workshop.store.cases(set_id)] == before
    for odd in ({**order, "case": "nothing"}, {**order, "set": "nothing"}, {**order, "by": "x"}, {**order, "by": True}):
        assert instructor.post("/api/workshop/order", json=odd).status_code == 400


@pytest.mark.parametrize("form", ["zip", "coco", "yolo", "csv", "huggingface"])
def test_a_set_is_downloaded_in_each_format(instructor, workplace, form):
    answer = instructor.get(f"/workshop/{workplace[2]}/export/{form}.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None and len(archive.namelist()) > 1
    assert not list((workplace[1].workshop.folder_of(workplace[2]) / ".exports").iterdir()), "what was sent is not kept"
    refused = instructor.get(f"/workshop/{workplace[2]}/export/docx.zip")
    assert refused.status_code == 404 and "not to 'docx'" in refused.json()["error"]


def test_signing_in_and_out(student):
    refused = student.post("/api/instructor", json={"name": "Ann", "key": "guess"})
    assert refused.status_code == 400 and "not the key" in refused.json()["error"]
    assert "ssg_instructor" not in student.cookies
    accepted = student.post("/api/instructor", json={"name": "Ann", "key": KEY})
    line = accepted.headers["set-cookie"]
    assert "HttpOnly" in line and "SameSite=Lax" in line and KEY not in line
    assert student.delete("/api/instructor").status_code == 200
    assert not student.cookies.get("ssg_instructor")


def calls(site_config, inputs):
    """Every event of the site, called with ``inputs`` values of the right number."""
    for event in site_config["dependencies"]:
        if event.get("backend_fn"):
            yield {"fn_index": event["id"], "data": [inputs] * len(event["inputs"]), "session_hash": "x"}


@pytest.mark.parametrize("value", ["", "x", None])
def test_no_event_of_gradio_changes_anything_for_a_student(student, workplace, value):
    _, services, set_id, case_id = workplace
    store = services.workshop.store
    before = [store.sets(), store.cases(set_id), store.versions(set_id), store.verdicts()]
    config = student.get("/config").json()
    held = json.dumps(
        {"set": set_id, "case": case_id, "revision": store.case(set_id, case_id).revision, "reader": "Mallory"}
    )
    tried = 0
    for filling in (value, set_id, held):
        for body in calls(config, filling):
            student.post("/gradio_api/run/predict", json=body)
            tried += 1
    assert tried > 10
    assert [store.sets(), store.cases(set_id), store.versions(set_id), store.verdicts()] == before


def test_giving_up_what_runs_is_no_fault_for_who_has_signed_out(student):
    config = student.get("/config").json()
    stops = [one for one in config["dependencies"] if one["api_name"].startswith("give_up")]
    assert len(stops) == 2
    for one in stops:
        body = {"fn_index": one["id"], "data": [""], "session_hash": "x"}
        assert student.post("/gradio_api/run/predict", json=body).status_code == 200


def test_a_case_that_cannot_be_read_is_removed_from_the_list(student, instructor, workplace):
    _, services, _, _ = workplace
    shop = services.workshop
    made = shop.create("Broken", "private", "Ann")
    for name, body in (("a", {"title": "No pictures", "readers": None}), ("b", {"image": 3, "series": [4]})):
        shop.store.add_case(made.id, name, body, "Ann")
    html = cases_html(shop, made.id, moving=True, lost=unreadable(shop, made.id))
    assert html.count("data-remove=") == 2 and "<img" not in html and unreadable(shop, made.id) == {"a", "b"}
    asked = {"set": made.id, "case": "a"}
    refused = student.request("DELETE", "/api/workshop/case", json=asked)
    assert refused.status_code == 400 and "instructors" in refused.json()["error"]
    assert instructor.request("DELETE", "/api/workshop/case", json=asked).json() == {"removed": True}
    assert [one.case_id for one in shop.store.cases(made.id)] == ["b"]
    assert [one.case_id for one in shop.store.removed_cases(made.id)] == ["a"]


def test_nothing_of_a_set_stands_in_the_page_of_a_student(student, workplace):
    assert "Zebra" not in student.get("/build").text and "Zebra" not in student.get("/config").text
    assert workplace[2] not in student.get("/build").text


def test_addresses_are_quoted():
    assert address() == "/build" and address("a b", "c&d") == "/build?set=a+b&case=c%26d"


def test_problems_are_told_without_paths_of_the_server(workplace):
    _, services, set_id, case_id = workplace
    shop = services.workshop
    before = shop.store.case(set_id, case_id)
    wrong = shop.save(set_id, case_id, {"difficulty": 9}, before.revision, "Ann")
    (line,) = problem_lines(wrong.problems)
    assert "difficulty" in line and "/" not in line.partition(":")[0]
    shop.save(set_id, case_id, {"difficulty": 2}, wrong.work.revision, "Ann")


def test_the_same_events_work_for_an_instructor(instructor, workplace):
    """Else the test above would prove nothing."""
    store = workplace[1].workshop.store
    before = len(store.sets())
    for body in calls(instructor.get("/config").json(), "by an event"):
        if len(body["data"]) == 2:
            instructor.post("/gradio_api/run/predict", json=body)
    assert len(store.sets()) > before
