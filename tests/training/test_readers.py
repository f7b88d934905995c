"""Tables of several readers' boxes, and how far the readers agree."""

import gzip
import json
import math

import numpy as np
import pytest

from ssg.reward.agreement import TABLE
from training.__main__ import main
from training.calibrate import LEAST_PAIRS, SHARES, agreement, overlap_agreement, spatial_score
from training.readers import VINDR, MultiRead, read_table

HEAD = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
ROWS = [
    "a,Cardiomegaly,3,R1,100,100,200,200",
    "a,Cardiomegaly,3,R2,100,100,200,150",
    "a,Nodule/Mass,8,R1,10,10,20,20",
    "a,Nodule/Mass,8,R1,40,10,50,20",
    "a,Nodule/Mass,8,R2,40,10,50,20",
    "a,No finding,14,R3,,,,",
    "b,Pneumothorax,12,R1,0,0,9,9",
]


@pytest.fixture
def table(tmp_path):
    def written(rows=ROWS, name="readers.csv"):
        path = tmp_path / name
        data = (HEAD + "\n".join(rows) + "\n").encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return str(path)

    return written


@pytest.fixture(scope="session")
def vindr():
    try:
        return read_table(VINDR)
    except Exception as error:
        if "not installed" in str(error):
            pytest.skip(str(error))
        raise


@pytest.mark.parametrize("name", ["readers.csv", "readers.csv.gz"])
def test_readers_are_kept_apart(table, name):
    first, second = read_table(table(name=name))
    assert set(first.readers) == {"R1", "R2", "R3"}
    assert first.readers["R3"] == {}
    assert first.readers["R1"]["lung lesion"].tolist() == [[10, 10, 20, 20], [40, 10, 50, 20]]
    assert second.readers["R1"]["pneumothorax"].shape == (1, 4)


def test_only_two_who_mark_a_finding_are_a_pair(table):
    first, second = read_table(table())
    assert sorted(finding for finding, _, _ in first.pairs()) == ["cardiomegaly", "lung lesion"]
    assert list(second.pairs()) == []


def test_agreement_by_hand(table):
    rows = overlap_agreement(read_table(table()))
    assert rows["cardiomegaly"] == {"pairs": 1, "mean_iou": 0.5, "share_of_half": 1.0}
    assert rows["lung lesion"] == {"pairs": 1, "mean_iou": 0.5, "share_of_half": 1.0}  # one of two boxes
    assert rows["all"]["pairs"] == 2


def test_the_score_between_readers_is_the_rewards(table):
    [one, other] = [[[100, 100, 200, 200]], [[100, 100, 200, 150]]]
    proximity = 1 - 25 / math.hypot(100, 100)
    assert spatial_score(np.array(one, float), np.array(other, float)) == pytest.approx(0.9 * 0.5 + 0.1 * proximity)


def test_a_finding_with_few_pairs_has_no_curve_of_its_own():
    box = np.array([[0.0, 0.0, 10.0, 10.0]])
    read = [MultiRead(str(n), {"A": {"nodule": box}, "B": {"nodule": box + n % 5}}) for n in range(LEAST_PAIRS)]
    few = [MultiRead("x", {"A": {"mass": box}, "B": {"mass": box}})]
    curves = agreement([*read, *few])
    assert set(curves["findings"]) == {"nodule"}
    assert curves["pooled"]["pairs"] == LEAST_PAIRS + 1
    quantiles = curves["findings"]["nodule"]["quantiles"]
    assert len(quantiles) == len(SHARES)
    assert quantiles == sorted(quantiles)
    assert quantiles[-1] == 1


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["a,Cardiomegaly,3,R1,200,100,100,200"], "image a: Box [200, 100, 100, 200]"),
        (["a,Cardiomegaly,3,R1,,,,"], "finite number"),
        (["a,Unheard of,3,R1,1,1,2,2"], "'Unheard of' is not a finding"),
        (["a,No finding,14,R1,,,,"], "holds no finding that two readers mark"),
    ],
)
def test_a_bad_table_is_one_line(table, rows, complaint, tmp_path, capsys):
    assert main(["calibrate", "--annotations", table(rows), "--out", str(tmp_path / "out.json")]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


def test_a_table_that_is_not_there(tmp_path, capsys):
    assert main(["calibrate", "--annotations", "absent.csv", "--out", str(tmp_path / "out.json")]) == 2
    assert "absent.csv cannot be read" in capsys.readouterr().err


def test_the_shipped_curves_are_those_of_the_table(vindr):
    shipped, made = json.loads(TABLE.read_text()), agreement(vindr)
    assert shipped["findings"] == made["findings"]
    assert shipped["pooled"] == made["pooled"]


def test_vindr_is_read_whole(vindr):
    assert len(vindr) == 15_000
    assert len({reader for image in vindr for reader in image.readers}) == 17
    rows = overlap_agreement(vindr)
    assert rows["all"]["pairs"] == 19_357
    assert rows["cardiomegaly"]["mean_iou"] == pytest.approx(0.732, abs=5e-4)
    assert rows["pleural thickening"]["share_of_half"] == pytest.approx(0.241, abs=5e-4)
