"""``parse-report``: what a report says, sentence by sentence, from the line or from a file of any editor."""

import io

import pytest

REPORT = "FINDINGS: The heart is enlarged. Small left effusion, larger than before.\nIMPRESSION:\n1. Possible pneumonia"


def told(rows):
    return [(row["finding"], row["side"], row["presence"]) for row in rows["statements"]]


SAID = [("cardiomegaly", None, "present"), ("pleural effusion", "left", "present"), ("pneumonia", None, "uncertain")]


def test_json_has_each_statement_with_its_sentence_and_place(run):
    rows = run("parse-report", "--text", REPORT, "--json").json
    assert told(rows) == SAID
    assert [REPORT[slice(*row["span"])] for row in rows["statements"]] == ["heart is enlarged", "effusion", "pneumonia"]
    assert [row["sentence"] for row in rows["statements"]][1] == "Small left effusion, larger than before."
    assert [row["section"] for row in rows["statements"]] == ["FINDINGS", "FINDINGS", "IMPRESSION"]
    assert rows["statements"][1]["comparison"] == "worse"
    assert rows["notes"] == []


def test_a_person_reads_it_by_sentence(run):
    ran = run("parse-report", "--text", REPORT)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "FINDINGS",
        "  The heart is enlarged.",
        "    present    cardiomegaly",
        "  Small left effusion, larger than before.",
        "    present    pleural effusion, left  (worse)",
        "IMPRESSION",
        "  Possible pneumonia",
        "    uncertain  pneumonia",
    ]


def test_a_normal_report_is_told_so(run):
    assert run("parse-report", "--text", "Normal chest.").out.splitlines() == [
        "  Normal chest.",
        "    normal     all that is not named",
    ]
    rows = run("parse-report", "--text", "Normal chest.", "--json").json
    assert rows == {"statements": [], "notes": [], "normal": ["Normal chest."]}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le with its mark"], ids=lambda name: name
)
def test_a_file_of_any_editor_is_read(run, tmp_path, encoding):
    path = tmp_path / "report.txt"
    text = "Findings:\r\nThe “heart” is enlarged – no effusion, 5 µm.\r\n"
    data = ("\ufeff" + text).encode("utf-16-le") if "mark" in encoding else text.encode(encoding)
    path.write_bytes(data)
    rows = run("parse-report", "--file", path, "--json").json
    assert told(rows) == [("cardiomegaly", None, "present"), ("pleural effusion", None, "absent")]
    assert [text[slice(*row["span"])] for row in rows["statements"]] == ["heart” is enlarged", "effusion"]


@pytest.mark.parametrize("data", [REPORT.encode(), "Größe: pneumonia possible".encode("cp1252"), b"\0", b""])
def test_the_standard_input_is_read_as_a_file_is(run, monkeypatch, tmp_path, data):
    path = tmp_path / "report.txt"
    path.write_bytes(data)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    piped, filed = (run("parse-report", "--file", given, "--json") for given in ("-", path))
    assert (piped.code, piped.out) == (filed.code, filed.out)
    assert piped.err == filed.err.replace(str(path), "standard input")


def test_the_modality_decides_between_meanings(run):
    def findings(*more):
        return [row["finding"] for row in run("parse-report", "--text", "edema", "--json", *more).json["statements"]]

    assert findings("--modality", "brain mr") == ["cerebral edema"]
    assert findings("--modality", "Chest X-Ray") == ["pulmonary edema"]
    assert "or cerebral edema" in run("parse-report", "--text", "edema").out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The report is empty: write what you see."),
        ("hello", "No finding was read"),
        ("Keine Pleuraergüsse. Das Herz ist normal groß und die Lunge ist frei.", "This seems not to be English"),
    ],
)
def test_a_report_that_says_nothing_is_told_why(run, text, words):
    ran = run("parse-report", "--text", text)
    assert (ran.code, ran.err) == (0, "")
    assert words in ran.out
    rows = run("parse-report", "--text", text, "--json").json
    assert rows["statements"] == []
    assert words in rows["notes"][0]


def test_control_letters_do_not_reach_the_terminal(run):
    assert "\x1b" not in run("parse-report", "--text", "left effusion \x1b[2J\x00").out


def test_half_a_letter_is_printed_and_no_error(run):
    assert run("parse-report", "--text", "left effusion \udcff").code == 0
    assert told(run("parse-report", "--text", "left effusion \udcff", "--json").json) == [
        ("pleural effusion", "left", "present")
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "one of the arguments --text --file is required"),
        (["--text", "a", "--file", "b"], "argument --file: not allowed with argument --text"),
        (["--text", "a", "--modality", "ct of the toe"], "'ct of the toe' is none of abdominal ct, bone x-ray"),
        (["--text", "a", "--modality", ""], "'' is none of abdominal ct"),
        (["--file", ""], "the path is empty"),
        (["--file", "missing.txt"], "missing.txt cannot be read (No such file or directory): give a file"),
        (["--file", "."], "cannot be read (Is a directory)"),
        (["--text", "a" * 200_001], "--text: The report has 200,001 characters; at most 200,000 are read: shorten it."),
        (["a report"], "one of the arguments --text --file is required"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_wrong_use_is_said_in_one_line(run, arguments, words):
    refusal = run("parse-report", *arguments).refusal
    assert refusal.startswith("ssg parse-report: ")
    assert words in refusal


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n\x00\xff", b"left effusion\x00", b"\x81\x8d", b"\xff\xfea", bytes(range(256)) * 16],
    ids=["a picture", "with a NUL", "no letters", "half a letter", "noise"],
)
def test_what_is_no_text_is_refused_with_a_remedy(run, tmp_path, data):
    path = tmp_path / "report.doc"
    path.write_bytes(data)
    assert run("parse-report", "--file", path).refusal == (
        f"ssg parse-report: {path} is not a text file: save the report as plain text (UTF-8)."
    )


def test_a_file_that_is_too_long_is_named(run, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("effusion " * 30_000, encoding="utf-8")
    assert run("parse-report", "--file", path).refusal == (
        f"ssg parse-report: {path}: The report has 270,000 characters; at most 200,000 are read: shorten it."
    )
