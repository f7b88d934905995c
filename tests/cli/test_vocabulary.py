"""``vocabulary``: the findings that are known, all or those that a word matches."""

import pytest

from ssg.vocabulary import vocabulary


def test_without_a_word_every_finding_is_listed_once(run):
    assert [row["name"] for row in run("vocabulary", "--json").json] == [finding.name for finding in vocabulary()]
    assert len(run("vocabulary").out.splitlines()) == len(vocabulary())


@pytest.mark.parametrize("word", ["pneumothorax", "Pleural Air", "PTX"])
def test_a_finding_is_found_by_any_written_form(run, word):
    rows = run("vocabulary", word, "--json").json
    assert "pneumothorax" in [row["name"] for row in rows]
    assert len(rows) < len(vocabulary())
    assert "pneumothorax" in run("vocabulary", word).out


def test_a_row_says_what_a_finding_is(run):
    row = next(row for row in run("vocabulary", "pneumothorax", "--json").json if row["name"] == "pneumothorax")
    assert {"name", "kind", "group", "parents", "synonyms", "laterality", "urgency", "definition"} <= set(row)
    assert row["definition"]


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("pneumothoraks", "nothing matches 'pneumothoraks': try pneumothorax"),
        ("qqqqqqqq", "nothing matches 'qqqqqqqq': try a shorter part of the name"),
        ("q" * 100_000, "try a shorter part of the name"),
        ("q\x1b[2J\n", "nothing matches 'q?[2J'"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_a_word_that_matches_nothing_lists_nothing_and_says_so(run, word, words):
    ran = run("vocabulary", word)
    assert (ran.code, ran.out, ran.err.count("\n")) == (0, "", 1)
    assert words in ran.err
    assert len(ran.err) < 300
    assert run("vocabulary", word, "--json").json == []
