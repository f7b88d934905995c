"""The reward's encoder in the app: it is waited for, and no judgement fails for want of it."""

import json
import subprocess
import sys
import threading
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image

from ssg.__main__ import main
from ssg.errors import Unavailable
from ssg.grounding.region_text import RegionText
from ssg.reward import DEFAULT_RUBRIC, Answer, Region
from ssg.settings import Settings
from ssg.teaching import Practice, Submission
from ssg.web import judging_view as view
from ssg.web import words
from ssg.web.demonstrations import demonstration
from ssg.web.encoder_desk import EncoderDesk, load_encoder
from ssg.web.frame import encoder_status

CHEST = np.asarray(demonstration("A mass").pixels)


@pytest.fixture(scope="module")
def desk():
    opened = EncoderDesk(RegionText.load)
    opened.start()
    return opened


def failing(error):
    def load():
        raise error

    opened = EncoderDesk(load)
    opened.start()
    return opened


def chest():
    return CHEST


def test_an_image_is_seen_and_one_of_another_kind_is_not(desk):
    sight, unseen = desk.look(chest, "DX")
    assert unseen == "" and sight.name == RegionText.load().manifest.name
    sight, unseen = desk.look(chest, "CT")
    assert sight is None and "its modality is CT" in unseen and "by themselves" in unseen
    assert desk.state == "ready"


@pytest.mark.parametrize("error", [Unavailable("The encoder 'x' is gone."), KeyError("x")])
def test_without_it_names_are_judged_by_themselves_and_that_is_said(error, services):
    gone = failing(error)
    assert gone.look(not_called) == (None, words.ENCODER["unavailable"])
    assert gone.state == "unavailable"
    assert encoder_status(replace(services, encoder=gone)) == gone.problem
    none = EncoderDesk(lambda: None)
    none.start()
    assert none.look(not_called) == (None, "") and none.state == "none"
    assert encoder_status(replace(services, encoder=none)) == words.ENCODER["none"]
    assert load_encoder(Settings(encoder="none")) is None


def not_called():
    raise AssertionError("an image is not opened where nobody looks at it")


def test_a_judgement_does_not_wait_for_ever(services):
    done = threading.Event()
    slow = EncoderDesk(lambda: done.wait(60) and None)
    slow.start()
    assert slow.look(not_called, patience_s=0.05) == (None, words.ENCODER["loading"]) and slow.state == "loading"
    assert encoder_status(replace(services, encoder=slow)) == words.ENCODER["loading"]
    done.set()
    assert slow.wait(60)


def test_both_models_can_be_loaded_at_once():
    """In a process of its own: what is imported already cannot be imported at once."""
    ran = subprocess.run([sys.executable, "-c", BOTH], capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["ready", "ready"], ran.stderr


BOTH = """
from ssg.settings import Settings
from ssg.web.encoder_desk import EncoderDesk, load_encoder
from ssg.web.policy_desk import PolicyDesk, load_grounder
settings = Settings()
desks = [PolicyDesk(lambda: load_grounder(settings)), EncoderDesk(lambda: load_encoder(settings))]
for desk in desks:
    desk.start()
for desk in desks:
    assert desk.wait(200)
print(*(desk.state for desk in desks))
"""


def test_a_student_is_judged_as_the_command_line_judges(services, desk, capsys, tmp_path):
    """Same answer, same image, same rubric: the attempt in the database is what ``score --image`` prints."""
    images, ids = services.images, services.case_images
    practice = Practice(
        services.practice.sets,
        services.store,
        lambda case_set, case: desk.look(lambda: images.case_pixels(ids[case_set.id, case.id]), case.modality),
    )
    radiographs = [one for one in practice.order if practice.case(*one).modality == "DX"]
    seen = 0
    for number, (set_id, case_id) in enumerate(radiographs[:6]):
        case = practice.case(set_id, case_id)
        wide = [
            replace(one, box=replace(one.box, x1=min(one.box.x1 + 40, case.width)))
            for one in case.readers[0].regions
            if one.finding in case.question
        ]
        attempt = practice.submit("9" * 32, set_id, case_id, Submission(f"{number:032d}", tuple(wide), ()))
        files = {name: tmp_path / f"{name}.json" for name in ("reference", "answer", "rubric")}
        files["reference"].write_text(json.dumps(case.reference().to_json()))
        files["answer"].write_text(json.dumps(attempt.answer))
        files["rubric"].write_text(json.dumps(asdict(case.rubric or DEFAULT_RUBRIC)))
        Image.fromarray(images.case_pixels(ids[set_id, case_id])).save(tmp_path / "image.png")
        flags = [part for name, path in files.items() for part in (f"--{name}", str(path))]
        assert main(["score", *flags, "--image", str(tmp_path / "image.png"), "--json"]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert bool(attempt.breakdown["encoder"]) == bool(attempt.breakdown["matches"])
        assert printed == attempt.breakdown
        seen += sum(row["shown"] is not None for row in attempt.breakdown["matches"])
    assert seen > 3


def test_the_page_on_the_judgement_shows_what_the_image_says(desk):
    shown = demonstration("A large heart and fluid on both sides")
    assert desk.wait()
    elsewhere = tuple(replace(one, box=replace(one.box, x1=one.box.x1 + 90)) for one in shown.marked)
    blind = EncoderDesk(lambda: None)
    blind.start()
    seeing, unseeing = (view.html(shown, Answer(elsewhere), DEFAULT_RUBRIC, one) for one in (desk, blind))
    assert seeing != unseeing
    gone = failing(Unavailable("x"))
    assert gone.wait()
    said = view.html(shown, Answer((Region("mass", shown.marked[0].box),)), DEFAULT_RUBRIC, gone)
    assert words.ENCODER["unavailable"] in said
