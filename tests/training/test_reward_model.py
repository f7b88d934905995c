"""Learning what experts accept: flaws, verdicts, and a small model from a small table."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.reward import Acceptability, Answer, ReaderAnswer, Reference, Region
from ssg.reward.acceptability import TABLE
from ssg.reward.verdicts import Verdict
from training.__main__ import main
from training.acceptance import EXPERT, cases_of, is_held_out, judged_of
from training.flaws import FLAWS, REFERENCE, UNSEEN, Pool, flawed
from training.readers import MultiRead

HEAD = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max"
SIZE = np.array([2000.0, 2000.0, 2000.0, 2000.0])


def reads(images, seed=0):
    """Images on which three readers mark a heart, and two a nodule or two, each with a hand that is not quite sure."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(images):
        heart = np.array([700, 900, 1500, 1600]) + rng.normal(0, 40, 4)
        nodules = np.array([[300, 500, 380, 580], [1500, 700, 1560, 760]]) + rng.normal(0, 100, (2, 1))
        readers = {
            f"R{reader}": {"cardiomegaly": heart[None] + rng.normal(0, 30, (1, 4))}
            | ({"lung lesion": nodules[: 1 + number % 2] + rng.normal(0, 6, (1 + number % 2, 4))} if reader < 3 else {})
            for reader in (1, 2, 3)
        }
        made.append(MultiRead(f"image {number}", readers))
    return made


@pytest.fixture
def table(tmp_path):
    names = {"cardiomegaly": "Cardiomegaly", "lung lesion": "Nodule/Mass"}
    rows = [
        f"{image.image},{names[finding]},0,{reader},{','.join(map(str, box))}"
        for image in reads(60)
        for reader, found in image.readers.items()
        for finding, boxes in found.items()
        for box in boxes.tolist()
    ]
    path = tmp_path / "readers.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def test_a_case_is_what_two_readers_mark():
    cases = cases_of(reads(2))
    assert {(case.finding, len(case.others)) for case in cases} == {("cardiomegaly", 2), ("lung lesion", 1)}
    heart = next(case for case in cases if case.finding == "cardiomegaly" and case.reader == "R3")
    assert len(heart.elsewhere) == 2, "one nodule of each of the two other readers"
    assert all(side >= limit for side, limit in zip(heart.size, heart.boxes[0, 2:], strict=True))


@pytest.mark.parametrize("kind", FLAWS)
def test_every_flaw_is_no_longer_the_experts_answer(kind):
    cases, rng = cases_of(reads(8)), np.random.default_rng(0)
    made = [(case, flawed(kind, case, Pool.of(cases), rng)) for case in cases]
    applying = [(case, boxes) for case, boxes in made if boxes is not None]
    assert applying, kind
    for case, boxes in applying:
        assert boxes.shape != case.boxes.shape or not np.allclose(boxes, case.boxes)
        if kind not in REFERENCE:
            assert (boxes >= 0).all() and (boxes[:, 2:] <= case.size).all()


def test_what_is_measured_was_not_trained_on():
    rows = judged_of(cases_of(reads(40)))
    trained, held = ({row.image for row in rows if row.held_out is out} for out in (False, True))
    assert trained and held and not trained & held
    assert not {row.kind for row in rows if not row.held_out} & set(UNSEEN)
    assert {row.kind for row in rows if row.held_out} >= set(UNSEEN) | set(REFERENCE)
    assert all(row.accepted == (row.kind == EXPERT) for row in rows)


def test_flaws_that_are_trained_on_are_made_of_nothing_that_is_held_out(monkeypatch):
    cases = cases_of(reads(40))
    used = []

    def noting(kind, case, pool, rng):
        used.append((case, pool))
        return flawed(kind, case, pool, rng)

    monkeypatch.setattr("training.acceptance.flawed", noting)
    judged_of(cases)
    assert {is_held_out(case.image) for case, _ in used} == {True, False}
    for case, pool in used:
        others = [other for found in pool.by_finding.values() for other in found]
        assert all(is_held_out(other.image) == is_held_out(case.image) for other in others)
        assert np.allclose(pool.medians[case.finding], Pool.of(others).medians[case.finding])


def test_a_model_is_trained_saved_measured_and_loaded(table, tmp_path, capsys):
    pytest.importorskip("sklearn")
    out = tmp_path / "new" / "model.npz"
    assert main(["reward-model", "--annotations", str(table), "--out", str(out), "--json"]) == 0
    trained = json.loads(capsys.readouterr().out)
    command = ["reward-model", "--annotations", str(table), "--evaluate", "--model", str(out), "--json"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out) == trained
    assert trained["auc"] > 0.9 and set(trained["preference"]) == set(REFERENCE)
    assert trained["iou_rule"]["balanced_agreement"] > 0.5
    model = Acceptability.read(out)
    assert model.findings == ("cardiomegaly", "lung lesion") and model.source == "readers.csv"
    heart = np.array([[700.0, 900, 1500, 1600]])
    assert model.probability(heart, heart + 20) > 0.5 > model.probability(heart / 4, heart)


def test_the_shipped_model_reaches_what_its_documentation_says(capsys):
    try:
        from training.readers import read_table

        cases = cases_of(read_table("vindr"))
    except BadInput as error:
        pytest.skip(f"no table of readers: {error}")
    from training.acceptance_metrics import figures

    held = [case for case in cases if judged_of([case])[0].held_out]
    some = [case for case in held if sum(map(ord, case.image)) % 4 == 0]
    found = figures(judged_of(some), Acceptability.load())
    assert found["balanced_agreement"] > 0.93 and found["auc"] > 0.98 and found["mean_preference"] > 0.97
    assert found["iou_rule"]["balanced_agreement"] < 0.9


# Verdicts (what is read of them: tests/training/test_verdicts.py)


def test_a_verdict_is_learned_from(table, tmp_path, capsys):
    pytest.importorskip("sklearn")
    region, drawn = Region("cardiomegaly", Box(100, 100, 300, 300)), Region("cardiomegaly", Box(110, 110, 300, 310))
    seen = Reference(1000, 1000, (ReaderAnswer((region,), id="A"),))
    rows = [
        Verdict(seen, Answer((drawn,)), accepted=False, by="Dr Example", image=f"image {number}")
        for number in range(300)
    ]
    path, out = tmp_path / "verdicts.jsonl", tmp_path / "model.npz"
    rows.append(replace(rows[0], reference=replace(seen, readers=())))
    path.write_text("".join(json.dumps(row.to_json()) + "\n" for row in rows))
    command = ["reward-model", "--annotations", str(table), "--verdicts", str(path), "--json"]
    plain = tmp_path / "plain.npz"
    assert main(["reward-model", "--annotations", str(table), "--out", str(plain)]) == 0
    capsys.readouterr()
    assert main([*command, "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "left out: 1 (no reader marks" in printed.err
    learned = json.loads(printed.out)["verdicts"]
    assert learned["n"] > 30 and learned["accepted_agreement"] is None
    assert main([*command, "--evaluate", "--model", str(plain)]) == 0
    before = json.loads(capsys.readouterr().out)["verdicts"]
    assert before["n"] == learned["n"] and learned["rejected_agreement"] > before["rejected_agreement"]
    assert "verdicts of verdicts.jsonl" in Acceptability.read(out).source


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--evaluate", "--out", "x.npz"], "--out FILE to train"),
        ([], "--evaluate to measure"),
        (["--annotations", "nothing.csv", "--evaluate"], "nothing.csv"),
        (["--annotations", "few.csv", "--evaluate"], "too few images"),
        (["--annotations", "few.csv", "--evaluate", "--seed", "-1"], "--seed"),
        (["--annotations", "nameless.csv", "--evaluate"], "line 3: class_name is empty"),
        (["--annotations", "worded.csv", "--evaluate"], "image one"),
    ],
)
def test_wrong_use_is_answered_in_one_line(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row = "one,Cardiomegaly,3,R{0},100,100,300,{1}"
    few = [HEAD, row.format(1, 300), row.format(2, 310)]
    (tmp_path / "few.csv").write_text("\n".join(few) + "\n")
    (tmp_path / "nameless.csv").write_text("\n".join([*few[:2], "one,,3,R2,1,1,9,9"]) + "\n")
    (tmp_path / "worded.csv").write_text("\n".join([*few[:2], row.format(2, "low")]) + "\n")
    assert main(["reward-model", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert TABLE.is_file()
