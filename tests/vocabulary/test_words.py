"""The word tables agree with the vocabulary and with themselves."""

from collections import defaultdict

from ssg.vocabulary import vocabulary
from ssg.vocabulary.cues import _cues
from ssg.vocabulary.forms import key, words_table
from ssg.vocabulary.lexicon import lexicon, spelled, words_of
from ssg.vocabulary.phrases import form_index
from ssg.vocabulary.written import forms


def test_lasting_findings_are_in_the_vocabulary() -> None:
    for name in words_table()["past"]["lasting"].split():
        assert name.replace("_", " ") in vocabulary()


def test_structures_of_one_side_are_in_the_vocabulary() -> None:
    for name in words_table()["implied_sides"]:
        assert vocabulary().get(name)


def test_no_phrase_says_two_things() -> None:
    said = defaultdict(set)
    for phrase, cue in _cues():
        said[spelled(phrase)].add(cue)
    reached = {words: {cue[0] for cue in cues} for words, cues in said.items()}
    assert [words for words, meanings in reached.items() if len(meanings) > 1] == []


def test_no_two_findings_are_written_with_the_same_words() -> None:
    """Whatever their order, because forms are found in any order."""
    written = defaultdict(set)
    for form in forms(vocabulary()):
        if form.finding and form.style == "bag":
            written[tuple(sorted(form.words))].add((form.finding, form.normal))
    assert [words for words, findings in written.items() if len(findings) > 1] == []


def test_no_finding_is_named_by_a_cue() -> None:
    denials = {"no", "not", "without", "possible", "history", "left", "right", "and", "or", "the"}
    assert not [finding.name for finding in vocabulary() for form in finding.written_forms if set(key(form)) <= denials]


def test_plain_words_and_medical_words_are_apart() -> None:
    medical = words_of(words_table()["unknown"]["medical"])
    assert not medical & lexicon().plain
    assert not medical & form_index().words
