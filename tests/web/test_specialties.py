"""Specialties on Ask: a choice where adapters are loaded, the answer says which was used, others are told."""

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from ssg.errors import Unavailable
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest
from ssg.grounding.types import FindingAnswer
from ssg.web.ask_view import AskView
from ssg.web.frame import policy_status
from ssg.web.pages.ask import _choice, answered
from ssg.web.policy_desk import NoAdapter, PolicyDesk
from tests.imaging.building import dicom
from tests.web.fakes import FakeGrounder

LEARNER = "7" * 32
RAMP = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
ALL = Manifest("fake", Convention.RELATIVE_1000, seen="phantoms", modalities=("DX", "CT", "MR"))
ADAPTERS = {name: ALL.adapted(name, (), "phantoms", (code,)) for name, code in (("brain-mr", "MR"), ("chest-ct", "CT"))}
PROBLEM = "The adapter in a/folder cannot be read (it is cut): fetch it again, or leave it out."


@pytest.fixture(scope="module")
def special(tmp_path_factory):
    """The services with a policy of all kinds, two adapters, and one that could not be used."""
    from ssg.settings import BUNDLED_CASES, Settings
    from ssg.web.encoder_desk import EncoderDesk
    from ssg.web.services import Services

    folder = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'ssg.sqlite3'}", case_sets=(BUNDLED_CASES,))
    desk = PolicyDesk(lambda: FakeGrounder(ALL, ADAPTERS, (PROBLEM,)))
    opened = Services.open(settings, desk, EncoderDesk(lambda: None))
    assert desk.wait(60)
    yield opened
    opened.close()


@pytest.fixture
def view(special):
    return AskView(special)


@pytest.fixture
def image_of(view, tmp_path):
    """``image_of("MR", "KNEE")``: an upload that says so of itself, as (image, what is said of it at once)."""

    def opened(modality, body_part=None):
        file = tmp_path / "slice.dcm"
        file.write_bytes(dicom(RAMP, Modality=modality, BodyPartExamined=body_part))
        image = view.upload(LEARNER, file, file.name)
        return image, view.opened(LEARNER, image)

    return opened


def asked(view, image, **chosen):
    question = json.dumps({"image": image.id, "text": "nodule", **chosen})
    return answered(view, LEARNER, question)["html"]


def test_there_is_a_choice_where_adapters_are_loaded_and_none_elsewhere(view, services):
    assert view.specialties() == [
        ("Automatic", "auto"),
        ("Base", "base"),
        ("Chest CT", "chest-ct"),
        ("Brain MR", "brain-mr"),
    ]
    assert _choice(view)["visible"] and "value" not in _choice(view)
    assert _choice(view, "brain-mr")["value"] == "brain-mr"
    assert AskView(services).specialties() == []
    assert _choice(AskView(services), "auto")["visible"] is False
    assert "visible" not in _choice(AskView(services))


def test_a_link_to_a_specialty_that_there_is_not_any_more_leaves_it_to_the_image(view, services):
    assert [view.held(said) for said in ("brain-mr", "base", "auto", "no such")] == ["brain-mr", "base", "auto", "auto"]
    assert AskView(services).held("brain-mr") == "auto"


@pytest.mark.parametrize(
    ("modality", "body", "used"),
    [("CT", "CHEST", "Chest CT"), ("MR", None, "Brain MR"), ("MR", "BRAIN", "Brain MR"), ("DX", "CHEST", "Base")],
)
def test_the_image_chooses_and_the_answer_says_what(view, image_of, modality, body, used):
    image, said = image_of(modality, body)
    html = asked(view, image)
    assert f"specialty: {used} (automatic)" in html
    assert 'class="note"' not in said + html
    assert f"specialty: {used} (automatic)" in asked(view, image, specialty="auto")


def test_the_learner_chooses_and_the_answer_says_what(view, image_of):
    image, _ = image_of("CT", "CHEST")
    assert "specialty: Base<" in asked(view, image, specialty="base")
    html = asked(view, image, specialty="brain-mr")
    assert "specialty: Brain MR<" in html
    assert (
        "The specialty Brain MR was adapted to brain MR slices only: "
        "what it answers about this image (CT, CHEST) means little." in html
    )


def test_a_knee_is_unlike_whatever_its_modality(view, image_of):
    image, said = image_of("MR", "KNEE")
    for html in (said, asked(view, image)):
        assert (
            "The policy has only seen frontal chest radiographs, chest CT slices and brain MR slices: "
            "what it answers about this image (MR, KNEE) means little." in html
        )
    assert "specialty: Base (automatic)" in asked(view, image)


def test_what_the_policy_knows_is_told_of_an_upload(view, image_of):
    image, said = image_of("DX", "CHEST")
    for html in (said, asked(view, image)):
        assert "The policy knows frontal chest radiographs, chest CT slices and brain MR slices only." in html
    image, said = image_of("CT", "CHEST")
    for html in (said, asked(view, image)):
        assert "The specialty Chest CT was adapted to chest CT slices only." in html


def test_the_body_part_of_an_upload_is_kept(view, image_of):
    image, _ = image_of("MR", "KNEE")
    assert view.image(LEARNER, image.id).body_part == "KNEE"


def test_an_upload_from_before_body_parts_were_kept_is_still_opened(special, view, image_of):
    image, _ = image_of("MR", "KNEE")
    path = special.images._home(LEARNER) / f"{image.id}.json"
    row = json.loads(path.read_text())
    row.pop("body_part")
    path.write_text(json.dumps(row))
    assert view.image(LEARNER, image.id).body_part == ""
    assert "specialty: Brain MR (automatic)" in asked(view, image)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("knee", "There is no specialty “knee” here, so the image chose."),
        ("<b>", "There is no specialty “&lt;b&gt;” here"),
        (7, "no question"),
        (None, "no question"),
    ],
)
def test_a_specialty_that_there_is_not_is_left_to_the_image_in_words(view, image_of, chosen, said):
    image, _ = image_of("CT", "CHEST")
    html = asked(view, image, specialty=chosen)
    assert said in html and "a/folder" not in html
    assert ("specialty: Chest CT (automatic)" in html) == isinstance(chosen, str)


@pytest.mark.parametrize("adapters", [ADAPTERS, {}])
def test_a_bookmark_opened_while_the_policy_loads_leaves_no_tab_stuck(special, image_of, adapters):
    done = threading.Event()
    loading = PolicyDesk(lambda: done.wait(60) and FakeGrounder(ALL, adapters, (PROBLEM,)))
    loading.start()
    view = AskView(replace(special, desk=loading))
    image, _ = image_of("CT", "CHEST")
    chosen = view.held("old")
    assert chosen == "old"
    done.set()
    told = answered(view, LEARNER, json.dumps({"image": image.id, "text": "nodule", "specialty": chosen}))
    assert "There is no specialty “old” here, so the image chose." in told["html"] and "nodule" in told["html"]
    assert (told["chosen"], told["specialty"]) == ("old", "auto")


def test_no_page_says_where_anything_lies(special):
    with pytest.raises(NoAdapter) as caught:
        special.desk.ground(RAMP, ["nodule"], adapter="old")
    assert str(caught.value) == "There is no adapter 'old': choose one of chest-ct, brain-mr, base."

    def missing():
        raise Unavailable("The policy folder '/home/somebody/policy' does not exist.")

    desk = PolicyDesk(missing)
    desk.start()
    view = AskView(replace(special, desk=desk))
    html = view.ask(LEARNER, view.first_image(), "nodule").html
    assert "Questions cannot be answered now" in html and "somebody" not in html


def test_without_adapters_nothing_is_said_of_specialties(services):
    view = AskView(services)
    answer = view.ask(LEARNER, view.first_image(), "cardiomegaly")
    assert "pecialty" not in answer.html


def test_the_status_names_specialties_and_how_many_were_left_out(special, services, capsys):
    from ssg.web.serve import _say_policy

    assert policy_status(special).endswith("; specialties: Chest CT, Brain MR; adapters that could not be used: 1")
    assert "pecialt" not in policy_status(services)
    _say_policy(special)
    assert PROBLEM in capsys.readouterr().out
    assert "a/folder" not in policy_status(special)  # pages are for everybody


def test_while_the_policy_loads_only_the_picture_itself_is_judged(special):
    done = threading.Event()
    loading = PolicyDesk(lambda: done.wait(60) and FakeGrounder())
    loading.start()
    view = AskView(replace(special, desk=loading))
    image = special.images.uploads(LEARNER)[0]
    assert view.specialties() == []
    assert view.held("brain-mr") == "brain-mr"
    assert "knows" not in view.opened(LEARNER, image) and 'class="note"' not in view.opened(LEARNER, image)
    done.set()
    assert loading.wait(60)
    assert "frontal chest radiographs" in view.opened(LEARNER, image)


def test_what_is_wrong_with_an_adapter_is_logged_and_the_base_serves(tmp_path, caplog):
    from ssg.settings import Settings
    from ssg.web.policy_desk import load_grounder

    settings = Settings(adapters=(str(tmp_path),))
    desk = PolicyDesk(lambda: load_grounder(settings))
    desk.start()
    assert desk.wait(200) and desk.state == "ready"
    [problem] = desk.adapter_problems
    assert f"The adapter in {tmp_path} cannot be read (adapter_config.json is missing)" in problem
    assert problem in caplog.text
    assert desk.ground(RAMP, ["nodule"], "CT", "CHEST")[0].adapter == ""


@pytest.mark.parametrize(("present", "state", "sure"), [(True, "seen", "80%"), (None, "cannot say", "")])
def test_the_page_says_what_was_looked_for_and_names_each_place_as_what_it_is(special, present, state, sure):
    class General(FakeGrounder):
        def _one(self, pixels, text):
            grounding = super()._one(pixels, "atelectasis")
            regions = grounding.findings[0].regions
            note = "Looked for: consolidation, atelectasis. Seen: atelectasis."
            return replace(grounding, findings=(FindingAnswer("lung opacity", None, present, regions, (), 0.8, note),))

    desk = PolicyDesk(General)
    desk.start()
    view = AskView(replace(special, desk=desk))
    told = view.ask(LEARNER, view.first_image(), "lung opacity")
    assert "Looked for: consolidation, atelectasis. Seen: atelectasis." in told.html
    assert f'<span class="state">{state}</span><span class="sure">{sure}' in told.html
    assert ("%" in told.html) == bool(sure)
    assert "atelectasis" in json.dumps(told.scene["regions"]) and "opacity" not in json.dumps(told.scene["regions"])
