"""The Library's routes: what is found, what stays hidden before an answer, packets, similar cases of the own upload."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from ssg.imaging import open_image
from ssg.reward import Region
from ssg.settings import BUNDLED_CASES, Settings
from ssg.teaching import Submission
from ssg.teaching.packets import cases_of
from ssg.web.encoder_desk import EncoderDesk
from ssg.web.guard import COOKIE
from ssg.web.library_view import LibraryView
from ssg.web.policy_desk import PolicyDesk
from ssg.web.services import Services
from tests.web.fakes import FakeGrounder


class FakeEncoder:
    """Sees the mean grey of four quarters, and refuses pictures of which it is told that they are broken."""

    def __init__(self):
        self.looked = 0

    def embedding(self, pixels):
        self.looked += 1
        half = np.array_split(pixels.astype(float), 2)
        quarters = [part.mean() for row in half for part in np.array_split(row, 2, axis=1)]
        return np.array(quarters) / max(np.linalg.norm(quarters), 1e-9)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), case_sets=(BUNDLED_CASES,), allowed_hosts=())
    encoder = EncoderDesk(FakeEncoder)
    services = Services.open(settings, PolicyDesk(FakeGrounder), encoder)
    assert encoder.wait(30)
    yield services
    services.close()


def results(client, **asked):
    answer = client.get("/api/library", params=asked)
    assert answer.status_code == 200
    return answer.json()["html"]


def test_findings_stay_hidden_until_they_are_asked_for_or_answered(services, client):
    name = next(name for name, one in services.library.entries.items() if one.case.present == ("pneumothorax",))
    case = services.practice.case(*name)
    assert "pneumothorax" not in results(client, set=name[0])
    assert 'class="found">pneumothorax' in results(client, set=name[0], answers="1")
    view, learner = LibraryView(services), "ann"
    assert 'class="found"' not in view.results(learner, {"set": name[0]})
    regions = tuple(Region(one.finding, one.box) for one in case.readers[0].regions)
    services.practice.submit(learner, *name, Submission("token-1", regions, ()))
    shown = view.results(learner, {"set": name[0]})
    assert shown.count('class="found"') == 1 and "pneumothorax" in shown and "best " in shown
    assert "pneumothorax" not in view.results("bob", {"set": name[0]})


def test_what_nobody_has_is_said_and_nothing_is_shown(client):
    shown = results(client, text="zebra", modality="MR")
    assert "No case fits" in shown and "<li" not in shown
    assert "201 characters" in results(client, text="x" * 201)
    assert "did you mean" in results(client, finding="pneumothoraxx").lower()


def test_what_is_typed_is_never_html(services, client):
    evil = "<img src=x onerror=alert(1)>${alert(2)}{{x}}"
    page = LibraryView(services).page("ann", {"text": evil, "set": evil, "count": evil, "page": evil})
    for shown in (page, results(client, text=evil), results(client, like=evil), results(client, image=evil)):
        assert "<img src=x" not in shown and "${" not in shown and "{{" not in shown


def test_a_long_list_is_turned_page_by_page(client, services):
    first, second = results(client), results(client, page="2")
    assert first.count("<li") == 48 and "Page 1 of" in first
    assert "Page 2 of" in second and first.split("<li")[1] != second.split("<li")[1]
    assert results(client, page="99999") == results(client, page="3")
    assert results(client, page="-1") == results(client, page="abc") == first


def test_a_packet_is_an_address_of_practise(client, services):
    answer = client.get("/library/packet", params={"modality": "MR", "count": "6"}, follow_redirects=False)
    where = answer.headers["location"]
    assert answer.status_code == 303 and where.startswith("/practise?packet=") and where.count(".") == 5
    few = client.get("/library/packet", params={"modality": "MR", "count": "0"}, follow_redirects=False)
    assert few.headers["location"].count(".") == 0
    assert few.headers["location"].startswith("/practise?packet=")
    odd = client.get("/library/packet", params={"count": "many"}, follow_redirects=False)
    assert odd.headers["location"].count(".") == 9
    none = client.get("/library/packet", params={"text": "zebra"}, follow_redirects=False)
    assert none.headers["location"] == "/library?text=zebra"


def packet_of(client, services, **asked):
    answer = client.get("/library/packet", params=asked, follow_redirects=False)
    where = parse_qs(urlsplit(answer.headers["location"]).query)
    return [services.library.entries[name] for name in cases_of(where["packet"][0], services.practice.order)]


@pytest.mark.parametrize("asked", [{"finding": "nodule"}, {"text": "nodule", "modality": "DX"}])
def test_a_packet_of_a_finding_is_half_normal_and_of_the_same_kind(client, services, asked):
    packet = packet_of(client, services, **asked, count="8")
    shown = [one for one in packet if not one.is_normal]
    assert len(packet) == 8 and len(shown) == 4 and any("nodule" in one.found for one in shown)
    marked = [one for one in services.library.entries.values() if "nodule" in one.found]
    kinds = {(one.case.modality, one.case.body_part) for one in marked}
    normal = [one for one in packet if one.is_normal]
    if "finding" in asked:  # a text finds normal cases too, of whatever kind
        assert {(one.case.modality, one.case.body_part) for one in normal} <= kinds
    assert "mixed in" in results(client, **asked)


def test_only_abnormal_ones_that_were_chosen_stay_alone(client, services):
    asked = {"finding": "nodule", "kind": "abnormal"}
    assert not any(one.is_normal for one in packet_of(client, services, **asked, count="5"))
    shown = results(client, **asked)
    assert "Make a packet" in shown and "mixed in" not in shown and "are normal" not in shown


def test_fewer_than_were_asked_for_is_said(client):
    there = int(re.search(r"There are (\d+) cases for it", results(client, finding="nodule"))[1])
    assert 7 < there < 50
    answer = client.get("/library/packet", params={"finding": "nodule", "count": "50"}, follow_redirects=False)
    where = answer.headers["location"]
    assert where == "/library?finding=nodule&count=50"
    shown = client.get("/api/library", params={"finding": "nodule", "count": "50"}).json()["html"]
    assert f"You asked for 50: that is more than there are. There are {there} cases for it." in shown
    assert f'max="{there}"' in shown and f'value="{there}"' in shown
    assert "at most 50" in results(client, count="60") and "more than a packet has" in results(client, count="60")


def test_similar_cases_are_found_and_pictures_are_looked_at_once(client, services):
    name = next(iter(services.library.entries))
    shown = results(client, like="/".join(name))
    assert shown.count("<li") == 12 and "% alike" in shown and "also " not in shown
    ids = [services.case_images[name] for name in services.library.entries]
    assert len(services.embeddings.of_cases(ids, patience_s=120)) == len(ids)  # a page waits less, and says so
    looked = services.encoder.loaded.looked
    assert looked == len(ids)
    assert "also " in results(client, like="/".join(name), answers="1")
    assert services.encoder.loaded.looked == looked
    assert "There is no such case" in results(client, like="a/b")


def test_an_upload_is_compared_for_its_learner_only(client, services, site, tmp_path):
    Image.fromarray(np.tile(np.arange(200, dtype=np.uint8), (180, 1))).save(tmp_path / "mine.png")
    client.get("/api/health")
    learner = services.cookie.read(client.cookies[COOKIE])
    kept = services.images.add(learner, open_image(tmp_path / "mine.png"))
    shown = results(client, image=kept.id)
    assert "look like your image" in shown and shown.count("<li") == 12
    with TestClient(site, base_url="http://127.0.0.1:7860") as other:
        assert "seen by whoever opened it alone" in results(other, image=kept.id)


def test_an_own_picture_is_compared_with_one_kind_and_another_can_be_chosen(client, services, tmp_path):
    ids = [services.case_images[name] for name in services.library.entries]
    assert len(services.embeddings.of_cases(ids, patience_s=120)) == len(ids)
    grey = np.tile(np.arange(20, 220, dtype=np.uint8), (180, 1))  # no air around it, as on a radiograph
    Image.fromarray(grey).save(tmp_path / "mine.png")
    client.get("/api/health")
    learner = services.cookie.read(client.cookies[COOKIE])
    image = open_image(tmp_path / "mine.png")
    kept = services.images.add(learner, image)
    shown = results(client, image=kept.id)
    assert "does not say what kind of image it is. It looks most like radiographs" in shown
    assert modalities_in(shown) == {"DX"}
    chosen = results(client, image=kept.id, modality="CT")
    assert modalities_in(chosen) == {"CT"} and "does not say" not in chosen
    told = services.images.add(learner, replace(image, modality="MR", pixels=image.pixels[:-1]))
    assert modalities_in(results(client, image=told.id)) == {"MR"}
    none = services.images.add(learner, replace(image, modality="US", pixels=image.pixels[:-2]))
    assert "There is no case of this kind (US)" in (shown := results(client, image=none.id)) and "<li" not in shown
    assert "There is no case of this kind (&lt;b&gt;)" in results(client, image=kept.id, modality="<b>")


def modalities_in(shown):
    return {fact.split()[0] for fact in re.findall(r'class="facts">([A-Z]+[^<]*level)', shown)}


def test_without_an_encoder_findings_alone_are_compared(tmp_path):
    settings = Settings(data_dir=tmp_path, case_sets=(BUNDLED_CASES,), allowed_hosts=())
    services = Services.open(settings, PolicyDesk(FakeGrounder), EncoderDesk(lambda: None))
    try:
        name = next(iter(services.library.entries))
        like = {"like": "/".join(name)}
        unanswered = LibraryView(services).results("ann", like)
        assert "first: without an image-text encoder" in unanswered and "<li" not in unanswered
        shown = LibraryView(services).results("ann", like | {"answers": "1"})
        assert (
            "Only findings are compared" in shown and shown.count("<li") == 12 and "alike" not in shown.split("<ul")[0]
        )
    finally:
        services.close()
