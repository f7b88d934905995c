"""``score`` refuses what it cannot judge: exit code 2, one line that names the thing and the remedy."""

import json

import pytest

BOX = [10, 10, 20, 20]
READER = {"id": "a", "regions": [{"finding": "nodule", "box": BOX}], "absent": ["pneumothorax"]}
REFERENCE = {"width": 100, "height": 100, "readers": [READER]}
ANSWER = {"regions": [{"finding": "nodule", "box": BOX}]}


def region(**changed):
    return {"regions": [{"finding": "nodule", "box": BOX} | changed]}


def reader(**changed):
    return REFERENCE | {"readers": [READER | changed]}


def deep(depth):
    return "[" * depth + "]" * depth


BAD_ANSWERS = {
    "a reference": (REFERENCE, 'An answer holds "regions", "absent" or both; this is a reference.'),
    "neither": ({"foo": 1}, 'An answer holds "regions", "absent" or both; this has neither.'),
    "a field misspelled": ({"region": []}, 'An answer has a field "region": did you mean "regions"?'),
    "a side misspelled": (region(sides="left"), 'has a field "sides": did you mean "side"?'),
    "an unknown finding": (region(finding="foo bar"), "Region 1 of the answer: 'foo bar' is not a finding"),
    "a box of no size": (region(box=[0, 0, 1e-200, 1e-200]), "it is thinner than 0.001 pixels"),
    "empty file": ("", "ans.json is not valid JSON"),
    "not JSON": ("regions: none", "ans.json is not valid JSON"),
    "cut off": ('{"regions": [', "ans.json is not valid JSON"),
    "two values": ("{} {}", "Extra data"),
    "NaN": ('{"regions": [{"finding": "nodule", "box": [1, 1, NaN, 9]}]}', "Region 1 of the answer (nodule)"),
    "Infinity": ('{"regions": [{"finding": "nodule", "box": [1, 1, Infinity, 9]}]}', "Region 1 of the answer (nodule)"),
    "a name twice": ('{"regions": [], "regions": []}', "'regions' stands twice"),
    "nested a little too deeply": (f'{{"absent": {deep(33)}}}', "ans.json is nested too deeply: at most 32"),
    "nested deeply": (f'{{"absent": {deep(970)}}}', "ans.json is nested too deeply"),
    "nested without end": (deep(100_000), "ans.json is nested too deeply"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\xff", "ans.json is not a UTF-8 text file: save it as UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), "ans.json is not a UTF-8 text file"),
    "a list": ([], "ans.json: An answer is a JSON object, got list"),
    "null": (None, "An answer is a JSON object"),
    "a string": ('"regions"', "An answer is a JSON object, got str"),
    "regions is an object": ({"regions": {}}, '"regions" must be a list, got dict'),
    "regions is text": ({"regions": "none"}, '"regions" must be a list, got str'),
    "regions is null": ({"regions": None}, '"regions" must be a list'),
    "a region is a number": ({"regions": [5]}, "Region 1 of the answer is a JSON object, got int"),
    "absent is text": ({"absent": "nodule"}, '"absent" must be a list, got str'),
    "absent holds a number": ({"absent": [5]}, "is named by a string"),
    "finding missing": ({"regions": [{"box": BOX}]}, 'Region 1 of the answer names no finding: give it "finding"'),
    "finding is a list": (region(finding=["nodule"]), "names no finding"),
    "finding is blank": (region(finding="  "), "names no finding"),
    "finding unknown": (region(finding="pneumothoraks"), "'pneumothoraks' is not a finding.*did you mean pneumothorax"),
    "finding like nothing": (region(finding="qqqqqqqq"), "`python -m ssg vocabulary` lists the names"),
    "finding without end": (region(finding="q" * 10**6), "is not a finding of the vocabulary"),
    "finding is half a letter": (region(finding="\ud800"), "is not a finding of the vocabulary"),
    "absent unknown": ({"absent": ["cardiomegally"]}, "did you mean cardiomegaly"),
    "box missing": ({"regions": [{"finding": "nodule"}]}, "A box is four numbers"),
    "box is text": (region(box="1122"), "A box is four numbers"),
    "box of three": (region(box=[1, 2, 3]), "A box is four numbers"),
    "box of five": (region(box=[1, 2, 3, 4, 5]), "A box is four numbers"),
    "box of nulls": (region(box=[None] * 4), "x0 of a box must be a number"),
    "box of lists": (region(box=[[1], [2], [3], [4]]), "x0 of a box must be a number"),
    "box inverted": (region(box=[20, 20, 10, 10]), "corners are out of order or it has no area; give"),
    "box empty": (region(box=[10, 10, 10, 20]), "corners are out of order or it has no area"),
    "box left of the image": (region(box=[-1, 0, 9, 9]), "lies outside of its image of 100 × 100 pixels: use"),
    "box below the image": (region(box=[0, 0, 9, 100.5]), "lies outside of its image"),
    "box far away": (region(box=[0, 0, 9, 1e9]), "coordinates are pixels, at most 1e"),
    "box with a huge number": ('{"regions": [{"finding": "nodule", "box": [0, 0, 1e999, 9]}]}', "finite number"),
    "box with a huge integer": (f'{{"regions": [{{"finding": "nodule", "box": [0, 0, {"9" * 5000}, 9]}}]}}', "finite"),
    "side unknown": (region(side="up"), "side must be one of left, right"),
    "side is a number": (region(side=1), "side must be one of left, right"),
    "confidence above 1": (region(confidence=1.5), "confidence must lie between 0 and 1"),
    "confidence is text": (region(confidence="high"), "confidence must be a number between 0 and 1"),
    "confidence is true": (region(confidence=True), "confidence must be a number between 0 and 1"),
    "10,000 regions": ({"regions": ANSWER["regions"] * 10_000}, "10,000 regions in the answer; at most 500"),
    "box of strings": (region(box=["1", "2", "30", "40"]), "x0 of a box must be a number, got '1'"),
    "box of truth values": (region(box=[False, 0, 30, True]), "x0 of a box must be a number, got 'False'"),
    "box is an object": (region(box={"x0": 1, "y0": 2, "x1": 3, "y1": 4}), "A box is four numbers [x0, y0, x1, y1]"),
}
BAD_REFERENCES = {
    "readers misspelled": ({"width": 9, "height": 9, "reader": []}, 'has a field "reader": did you mean "readers"?'),
    "a finding marked and excluded": (reader(absent=["nodule"]), "marks nodule and excludes nodule: decide on one"),
    "a list": ([], "ref.json: A reference is a JSON object, got list"),
    "width missing": ({"height": 100, "readers": []}, '"width" of the reference must be its image\'s width in pixels'),
    "width 0": (REFERENCE | {"width": 0}, '"width" of the reference'),
    "width negative": (REFERENCE | {"width": -5}, '"width" of the reference'),
    "width true": (REFERENCE | {"width": True}, '"width" of the reference'),
    "width is text": (REFERENCE | {"width": "100"}, '"width" of the reference'),
    "width without end": (REFERENCE | {"width": "x" * 10**6}, '"width" of the reference'),
    "width is a long list": (REFERENCE | {"width": [1] * 10**5}, '"width" of the reference'),
    "height a million": (REFERENCE | {"height": 10**6}, '"height" of the reference'),
    "height -Infinity": ('{"width": 9, "height": -Infinity}', '"height" of the reference'),
    "readers is an object": (REFERENCE | {"readers": READER}, '"readers" must be a list, got dict'),
    "a reader is text": (REFERENCE | {"readers": ["dr a"]}, "Reader number 1 is a JSON object, got str"),
    "readers share an id": (REFERENCE | {"readers": [READER, READER]}, "share the id 'a': give each reader their own"),
    "reader's box outside": (reader(regions=region(box=[0, 0, 101, 9])["regions"]), "of the reader 'a' (nodule)"),
    "reader's regions are text": (reader(regions="nodule"), '"regions" must be a list'),
    "reader's finding unknown": (reader(absent=["pneumothoraks"]), "did you mean pneumothorax"),
    "10,001 regions": (reader(regions=READER["regions"] * 10_001), "10,001 regions in the reader 'a'"),
    "question is a number": (REFERENCE | {"question": 5}, '"question" must be a list, got int'),
    "question unknown": (REFERENCE | {"question": ["pneumothoraks"]}, "did you mean pneumothorax"),
    "spacing of one": (REFERENCE | {"spacing_mm": [0.1]}, '"spacing_mm" is [row, column] in millimetres'),
    "spacing 0": (REFERENCE | {"spacing_mm": [0, 0]}, '"spacing_mm" is [row, column] in millimetres'),
}
BAD_RUBRICS = {
    "a list": ([], "rubric.json: A rubric is a JSON object of weights"),
    "unknown weight": ({"spacial": 1}, "'spacial' is not one of spatial, semantic"),
    "weight is text": ({"spatial": "1"}, "spatial must be a number from 0 to"),
    "weight negative": ({"semantic": -1}, "semantic must be a number from 0 to"),
    "no spatial weight": ({"spatial": 0}, "spatial must be above 0"),
    "weights whose sum overflows": (
        {"spatial": 1e308, "semantic": 1e308},
        "spatial must be a number from 0 to 1,000,000",
    ),
    "huge weight": ('{"gate": 1e999}', "gate must be a number from 0 to"),
}
BAD_BATCHES = {
    "empty": ("", "batch.jsonl holds no line to score: write"),
    "blank": ("\n \n", "batch.jsonl holds no line to score"),
    "line 3 is not JSON": ("{ok}\n{ok}\n{bad", "batch.jsonl, line 3 is not valid JSON"),
    "line 3 is a list": ("{ok}\n\n[]", "batch.jsonl, line 3 must be {"),
    "line 2 has no answer": ('{ok}\n{"reference": {}}', "batch.jsonl, line 2 must be {"),
    "line 2 is nested": ("{ok}\n" + deep(500), "batch.jsonl, line 2 is nested too deeply"),
    "line 2 has a bad width": ('{ok}\n{"reference": {}, "answer": {}}', 'batch.jsonl, line 2: "width"'),
    "one long line": ("{ok}{ok}", "batch.jsonl, line 1 is not valid JSON"),
}
OK = json.dumps({"reference": REFERENCE, "answer": ANSWER})


def cases(table):
    return [pytest.param(bad, words, id=name) for name, (bad, words) in table.items()]


@pytest.fixture
def files(tmp_path):
    def written(**contents):
        paths = []
        for name, content in contents.items():
            path = tmp_path / f"{name}.json"
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
            paths.append(path)
        return paths

    return written


def assert_says(refusal, words):
    parts = words.split(".*")
    assert all(part in refusal for part in parts), refusal
    assert refusal.startswith("ssg score: ")


@pytest.mark.parametrize(("bad", "words"), cases(BAD_ANSWERS))
def test_a_bad_answer(run, files, bad, words):
    reference, answer = files(ref=REFERENCE, ans=bad)
    assert_says(run("score", "--reference", reference, "--answer", answer).refusal, words)


@pytest.mark.parametrize(("bad", "words"), cases(BAD_REFERENCES))
def test_a_bad_reference(run, files, bad, words):
    reference, answer = files(ref=bad, ans=ANSWER)
    assert_says(run("score", "--reference", reference, "--answer", answer, "--json").refusal, words)


@pytest.mark.parametrize(("bad", "words"), cases(BAD_RUBRICS))
def test_a_bad_rubric(run, files, bad, words):
    reference, answer, rubric = files(ref=REFERENCE, ans=ANSWER, rubric=bad)
    assert_says(run("score", "--reference", reference, "--answer", answer, "--rubric", rubric).refusal, words)


@pytest.mark.parametrize(("bad", "words"), cases(BAD_BATCHES))
def test_a_bad_batch(run, tmp_path, bad, words):
    path = tmp_path / "batch.jsonl"
    path.write_text(bad.replace("{ok}", OK), encoding="utf-8")
    assert_says(run("score", "--batch", path).refusal, words)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing.json", "missing.json cannot be read (No such file or directory): give a file"),
        ("", "the path is empty"),
        (".", "cannot be read (Is a directory): give a file"),
        ("/dev/zero", "/dev/zero is larger than 64 MiB: split it"),
        ("/dev/null", "/dev/null is not valid JSON"),
        ("a\nb\x1b[2J", "a b?[2J cannot be read"),
        ("x" * 300, "cannot be read (File name too long)"),
    ],
    ids=lambda value: ascii(value[:20]),
)
@pytest.mark.parametrize("flag", ["--reference", "--answer", "--batch"])
def test_a_path_that_holds_nothing_to_read(run, files, flag, path, words):
    if flag == "--batch":
        words = words.replace("is not valid JSON", "holds no line to score")
        assert_says(run("score", "--batch", path).refusal, words)
        return
    given = dict(zip(("--reference", "--answer"), files(ref=REFERENCE, ans=ANSWER), strict=True)) | {flag: path}
    assert_says(run("score", *(part for pair in given.items() for part in pair)).refusal, words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give --reference and --answer, or --batch"),
        (["--reference", "ref.json"], "give --reference and --answer, or --batch"),
        (["--batch", "b.jsonl", "--answer", "a.json"], "leave out --reference, --answer and --image"),
        (["--answer"], "argument --answer: expected one argument; `python -m ssg score --help` lists"),
        (["--ref", "ref.json"], "unrecognized arguments: --ref"),
        (["ref.json"], "unrecognized arguments: ref.json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use(run, arguments, words):
    refusal = run("score", *arguments).refusal
    assert words in refusal
