"""``ground`` on real files with the embedded policy: the contract's form, one encoding of several texts, overlays."""

import json

import numpy as np
import pytest
from PIL import Image

from ssg.grounding.policy import EMBEDDED

CONTRACT = {"status", "image", "findings", "chain", "policy", "timing_ms"}


def is_in_form(answer):
    assert set(answer) >= CONTRACT
    assert answer["status"] in ("found", "nothing_found", "unreadable")
    width, height = answer["image"]["width"], answer["image"]["height"]
    for finding in answer["findings"]:
        assert {"finding", "side", "present", "regions"} <= set(finding)
        for region in finding["regions"]:
            x0, y0, x1, y1 = region["box"]
            assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
            assert 0 <= region["confidence"] <= 1
    return True


def test_a_radiograph_and_everyday_words(run, shared_data):
    image = shared_data / "nih-cxr-bbox" / "images" / "00000845_000.png"
    answer = run("ground", "--image", image, "--text", "enlarged heart", "--json").json
    assert is_in_form(answer)
    assert answer["image"] == {"width": 1024, "height": 1024}
    assert [finding["finding"] for finding in answer["findings"]] == ["cardiomegaly"]
    assert answer["policy"]["quantisation"] == "nf4"
    assert answer["policy"]["parameters"] > 10_000_000
    assert answer["policy"]["device"] == "cpu" or "cuda" in answer["policy"]["device"]


@pytest.mark.parametrize("name", ["RG1_J2KI.dcm", "RG3_J2KR.dcm", "highdicom_dx_image.dcm", "vlut_04.dcm"])
def test_dicom(run, shared_data, name):
    file = shared_data / "dicom-samples" / "files" / name
    assert is_in_form(run("ground", "--image", file, "--text", "pneumothorax", "--json").json)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(np.random.default_rng(2).integers(0, 255, (200, 240), dtype=np.uint8)).save(path)
    return path


def test_several_texts_share_one_encoding(run, picture, monkeypatch):
    from ssg.grounding.decoding import Decoder

    encoded = []
    plain = Decoder.encode
    monkeypatch.setattr(Decoder, "encode", lambda self, *inputs: encoded.append(1) or plain(self, *inputs))
    texts = ("big heart", "fluid on both sides", "no pneumothorax", "gibberish zqx")
    answers = run("ground", "--image", picture, *(f"--text={text}" for text in texts), "--json").json
    assert len(encoded) == 1
    assert all(is_in_form(answer) for answer in answers)
    assert [answer["text"] for answer in answers] == list(texts)
    assert answers[-1]["status"] == "unreadable"
    assert answers[-1]["findings"] == []


def test_the_overlay_is_written_at_the_image_s_size(run, picture, tmp_path):
    overlay = tmp_path / "overlay.png"
    assert run("ground", "--image", picture, "--text", "lung", "--overlay", overlay).code == 0
    with Image.open(overlay) as drawn:
        assert drawn.size == (240, 200)


def test_in_words(run, picture):
    ran = run("ground", "--image", picture, "--text", "lung mass on the left")
    assert ran.code == 0
    assert "“lung mass on the left”" in ran.out
    assert "left mass" in ran.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--text", "nodule"], "--image"),
        (["--image", "PICTURE"], "--text"),
        (["--image", "PICTURE", "--text", "  "], "--text is empty: name a finding"),
        (["--image", "absent.png", "--text", "nodule"], "no such file"),
        (["--image", "PICTURE", "--text", "nodule", "--overlay", "nowhere/a.png"], "does not exist: create it first"),
        (["--image", "PICTURE", "--text", "nodule", "--overlay", "a.jpg"], "give a name that ends in .png"),
        (["--image", "PICTURE", "--text", "nodule", "--overlay", "PICTURE"], "is the image itself"),
        (["--image", "PICTURE", "--text", "nodule", "--overlay", "a" * 300 + ".png"], "cannot be written"),
        (["--image", "PICTURE", "--text", "nodule", "--overlay", "/proc/a.png"], "cannot be written"),
        (["--image", "PICTURE", "--text", "nodule", "--overlay", ""], "the path is empty"),
        (["--image", "PICTURE", "--text", "nodule", "--boxes"], "ground --help"),
        (["--image", "PICTURE", "--text", "nodule", "--policy", "absent/folder"], "absent/folder"),
    ],
)
def test_refusals(run, picture, arguments, complaint):
    given = [str(picture) if argument == "PICTURE" else argument for argument in arguments]
    assert complaint in run("ground", *given).refusal


def test_a_corrupt_policy_is_named(run, picture, tmp_path):
    folder = tmp_path / "policy"
    folder.mkdir()
    for file in EMBEDDED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[:100])
    assert str(folder) in run("ground", "--image", picture, "--text", "nodule", "--policy", folder).refusal


def test_many_findings_at_once_are_refused(run, picture):
    text = (
        "cardiomegaly, nodule, mass, pneumothorax, pleural effusion, consolidation, atelectasis, rib fracture, "
        "pacemaker, pulmonary edema, emphysema, hiatal hernia, pleural thickening, goiter"
    )
    assert "ask about at most 12" in run("ground", "--image", picture, "--text", text).refusal


def test_the_json_is_plain(run, picture):
    ran = run("ground", "--image", picture, "--text", "cardiomegaly", "--json")
    json.loads(ran.out, parse_constant=lambda name: pytest.fail(name))


@pytest.fixture
def adapters(tmp_path, monkeypatch):
    """Two adapters to the embedded policy, of which one is damaged."""
    from ssg.grounding.image_kinds import modalities_of
    from tests.grounding.making import made_adapter

    places = []
    for name in ("chest-ct", "brain-mr"):
        said = {"specialty": name, "modalities": modalities_of([name])}
        places.append(made_adapter(EMBEDDED, tmp_path / name, 1, rank=2, scale=0.2, **said))
    weights = places[1] / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    monkeypatch.setenv("SSG_ADAPTERS", ",".join(map(str, places)))
    return places


def test_a_specialty_answers(run, picture, adapters):
    by_base, by_adapter = (
        run("ground", "--image", picture, "--text", "consolidation", "--json", "--adapter", name).json
        for name in ("base", "chest-ct")
    )
    assert (by_base["adapter"], by_adapter["adapter"]) == (None, "chest-ct")
    assert by_base["policy"] == by_adapter["policy"]
    assert by_base["findings"] != by_adapter["findings"]
    assert run("ground", "--image", picture, "--text", "consolidation", "--json").json["adapter"] is None
    said = run("ground", "--image", picture, "--text", "consolidation", "--adapter", "chest-ct")
    assert "Answered with the specialty Chest CT." in said.out
    assert said.err.startswith(f"The adapter in {adapters[1]} cannot be read") and said.err.count("\n") == 1


def test_a_specialty_that_there_is_not_is_refused_with_what_is_wrong(run, picture, adapters):
    refusal = run("ground", "--image", picture, "--text", "consolidation", "--adapter", "brain-mr").refusal
    assert "There is no adapter 'brain-mr': choose one of chest-ct, base." in refusal
    assert f"The adapter in {adapters[1]} cannot be read" in refusal


def test_the_image_chooses_the_specialty(run, adapters, tmp_path):
    from tests.imaging.building import dicom

    file = tmp_path / "slice.dcm"
    pixels = np.random.default_rng(2).integers(0, 255, (200, 240), dtype=np.uint8)
    for body, used in (("CHEST", "chest-ct"), ("KNEE", None)):
        file.write_bytes(dicom(pixels, Modality="CT", BodyPartExamined=body))
        answer = run("ground", "--image", file, "--text", "consolidation", "--json").json
        assert answer["adapter"] == used
        assert ("notice" in answer) is (body == "KNEE")
