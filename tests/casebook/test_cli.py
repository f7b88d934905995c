"""``python -m ssg cases``: exit codes, one line on stderr, and every problem on stdout."""

import json
import re

import pytest

from ssg.casebook import read_case_set
from ssg.cli.main import main
from ssg.settings import BUNDLED_CASES


def test_a_valid_set_is_said_to_be_valid(folder, capsys):
    assert main(["cases", "validate", str(folder.path)]) == 0
    out = capsys.readouterr()
    assert out.out.startswith("small 1.0.0: A small set, 2 cases")
    assert out.err == ""


def test_every_problem_is_printed_and_the_exit_code_is_2(folder, capsys):
    folder.case["difficulty"] = 9
    folder.case["modality"] = "X"
    folder.save()
    assert main(["cases", "validate", str(folder.path)]) == 2
    out = capsys.readouterr()
    assert [line.split(": ")[0].split(", ")[1] for line in out.out.splitlines()] == [
        "cases[0].modality (case c1)",
        "cases[0].difficulty (case c1)",
    ]
    assert out.err.count("\n") == 1
    assert "2 problems" in out.err


def test_pictures_are_proved_unless_it_shall_be_quick(folder, capsys):
    picture = folder.path / "images" / "c1.png"
    data = bytearray(picture.read_bytes())
    data[-20] ^= 1
    picture.write_bytes(data)
    assert main(["cases", "validate", str(folder.path)]) == 2
    assert "sha256" in capsys.readouterr().out
    assert main(["cases", "validate", "--quick", str(folder.path)]) == 0


def test_validate_as_json(folder, capsys):
    folder.case["title"] = "Cardiomegaly"
    folder.save()
    assert main(["cases", "validate", "--json", str(folder.path)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["problems"] == []
    assert data["sets"][0]["cases"] == 2
    assert "cardiomegaly" in data["advice"]["small"][0]


def test_list_shows_what_the_app_finds(capsys):
    assert main(["cases", "list"]) == 0
    assert "chest-xray-first-steps" in capsys.readouterr().out
    assert main(["cases", "list", "--json", str(BUNDLED_CASES)]) == 0
    rows = json.loads(capsys.readouterr().out)["sets"]
    assert len(rows) >= 7 and all(row["synthetic"] for row in rows)


def test_list_of_nothing_names_the_remedy(tmp_path, capsys):
    assert main(["cases", "list", str(tmp_path)]) == 2
    assert "SSG_CASE_SETS" in capsys.readouterr().err


def test_synth_writes_a_set_that_validates(tmp_path, capsys):
    out = str(tmp_path / "set")
    assert main(["cases", "synth", "--seed", "5", "--count", "3", "--size", "96", "--out", out]) == 0
    assert main(["cases", "validate", out]) == 0
    assert "phantoms-5-3" in capsys.readouterr().out


@pytest.mark.parametrize(
    "flags",
    [
        ["--count", "0"],
        ["--count", "999999"],
        ["--seed", "-1"],
        ["--size", "7"],
        ["--recipe", "nowhere.toml"],
    ],
)
def test_synth_refuses_what_it_cannot_draw(tmp_path, capsys, flags):
    assert main(["cases", "synth", "--out", str(tmp_path / "set"), *flags]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "set").exists()


def test_the_example_of_the_readme_is_a_valid_set(folder, capsys):
    """The manifest in cases/README.md, with a picture of its size."""
    from tests.casebook.conftest import png

    text = (BUNDLED_CASES / "README.md").read_text(encoding="utf-8")
    example = json.loads(re.search(r"```json\n(.*?)```", text, re.S).group(1))
    image = example["cases"][0]["image"]
    (folder.path / image["file"]).write_bytes(png(image["width"], image["height"]))
    folder.manifest = example
    assert read_case_set(folder.save()).cases[0].present == ("pleural effusion",)
    assert main(["cases", "validate", "--quick", str(folder.path)]) == 0


def test_synth_draws_over_what_it_drew_and_over_nothing_else(folder, tmp_path, capsys):
    out = tmp_path / "drawn"
    flags = ["cases", "synth", "--count", "2", "--size", "96", "--out"]
    assert main([*flags, str(out)]) == 0
    assert main([*flags, str(out), "--seed", "3"]) == 0
    capsys.readouterr()
    before = (folder.path / "case_set.json").read_bytes()
    assert main([*flags, str(folder.path)]) == 2
    assert "holds a set that was not drawn so, which would be lost" in capsys.readouterr().err
    assert (folder.path / "case_set.json").read_bytes() == before
    manifest = json.loads((out / "case_set.json").read_text())
    manifest["cases"][0]["readers"][0]["id"] = "Ann"
    (out / "case_set.json").write_text(json.dumps(manifest))
    assert main([*flags, str(out)]) == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    assert main([*flags, str(tmp_path / "mine")]) == 2
    assert "something else than a set" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["stats", "export"])
def test_a_table_in_place_of_a_set_is_told(action, tmp_path, capsys):
    table = tmp_path / "boxes.csv"
    table.write_text("image,label\n")
    more = ["--format", "coco", "--out", str(tmp_path / "out")] if action == "export" else []
    assert main(["cases", action, str(table), *more]) == 2
    err = capsys.readouterr().err
    assert "boxes.csv is no case set: give the folder of one" in err and err.count("\n") == 1


def test_validate_gives_one_advice_for_many_cases(folder, capsys):
    folder.manifest["cases"] = [{**folder.case, "id": f"d{number}", "title": "Nodule?"} for number in range(5)]
    for case in folder.manifest["cases"]:
        case["readers"] = []
        case.pop("question")
        case.pop("teaching_points")
    assert main(["cases", "validate", str(folder.save())]) == 0
    advice = [line for line in capsys.readouterr().out.splitlines() if "it asks nothing" in line]
    assert advice == ["  advice: 5 cases (d0, d1, d2, ...), of each: it asks nothing, so Practise leaves it out."]
