"""Words with several meanings, and words that are not known: told with candidates, never guessed."""

import pytest

from ssg.errors import UnknownFinding
from ssg.vocabulary import Reading, read, vocabulary
from ssg.vocabulary.ambiguity import ambiguities


@pytest.mark.parametrize(
    ("text", "modality", "words", "first"),
    [
        ("collapse", None, "collapse", "atelectasis"),
        ("is there a collapse on the left?", None, "collapse", "atelectasis"),
        ("water on the lung", None, "water on the lung", "pulmonary edema"),
        ("fluid in the left lung", None, "fluid in the left lung", "pulmonary edema"),
        ("PE", None, "PE", "pulmonary embolism"),
        ("shadow on the right lung", None, "shadow on the right lung", "lung opacity"),
        ("tumor", None, "tumor", "lung tumor"),
        ("where does the tube end?", None, "tube", "endotracheal tube"),
        ("metastases", None, "metastases", "lung metastasis"),
        ("metastases", "chest x-ray", "metastases", "lung metastasis"),
        ("enlarged", None, "enlarged", "cardiomegaly"),
        ("air?", None, "air", "pneumothorax"),
        ("stroke", "brain mr", "stroke", "infarct"),
        ("no infection", None, "infection", "pneumonia"),
        ("r/o PE", "chest x-ray", "PE", "pulmonary embolism"),
        ("PE", "chest ct", "PE", "pulmonary embolism"),
        ("PE?", "brain mr", "PE", "pulmonary embolism"),
        ("bubble in the lung", "chest x-ray", "bubble in the lung", "bulla"),
        ("is there an air bubble in the right lung?", None, "air bubble in the right lung", "bulla"),
    ],
)
def test_several_meanings_are_offered(text: str, modality: str | None, words: str, first: str) -> None:
    reading = read(text, modality)
    assert reading.statements == ()
    assert [part.text for part in reading.unclear] == [words]
    assert reading.unclear[0].candidates[0] == first
    assert reading.unclear[0].why


@pytest.mark.parametrize(
    ("text", "modality", "finding", "others"),
    [
        ("collapsed lung", None, "pneumothorax", ("atelectasis", "lobar atelectasis")),
        ("deflated lung", None, "pneumothorax", ("atelectasis", "lobar atelectasis")),
        ("is the lung down?", "chest x-ray", "pneumothorax", ("atelectasis", "lobar atelectasis")),
        ("edema", None, "pulmonary edema", ("cerebral edema",)),
        ("edema", "chest x-ray", "pulmonary edema", ()),
        ("edema", "brain mr", "cerebral edema", ()),
        ("edema", "no such modality", "pulmonary edema", ("cerebral edema",)),
        ("edema", ("chest x-ray", "brain mr"), "pulmonary edema", ("cerebral edema",)),
        ("edema", ("no such modality", "brain mr"), "cerebral edema", ()),
        ("edema", (), "pulmonary edema", ("cerebral edema",)),
        ("tumor", "brain mr", "brain tumor", ()),
        ("cyst in the left kidney", None, "renal cyst", ()),
        ("lesion in the right upper lobe", None, "lung lesion", ()),
        ("edema of the left frontal lobe", None, "cerebral edema", ()),
    ],
)
def test_a_meaning_is_taken_where_something_decides(
    text: str, modality: str | tuple[str, ...] | None, finding: str, others: tuple[str, ...]
) -> None:
    reading = read(text, modality)
    assert [(one.finding, one.others) for one in reading.statements] == [(finding, others)]
    assert reading.unclear == ()


@pytest.mark.parametrize(
    "text",
    [
        "shadow in the left lung, likely a nodule",
        "enlarged left hilum with displaced rib fracture",
        "left pacemaker with two leads",
        "central line, tip of the line in the SVC",
        "is the pituitary enlarged?",
    ],
)
def test_a_finding_beside_it_explains_a_word(text: str) -> None:
    assert read(text).unclear == ()


@pytest.mark.parametrize("text", ["sarcoidosis", "bronchiolitis", "pneumoconiosis", "thoracotomy"])
def test_medical_words_that_are_not_known_are_told(text: str) -> None:
    reading = read(f"is there {text}?")
    assert reading.statements == ()
    assert [part.text for part in reading.unclear] == [text]


def test_a_misspelling_that_is_near_to_two_words_is_not_guessed() -> None:
    reading = read("arthritides")
    assert reading == Reading((), reading.unclear)


def test_get_does_not_guess_but_offers_what_may_be_meant() -> None:
    with pytest.raises(UnknownFinding) as raised:
        vocabulary().get("collapsed lung")
    assert raised.value.candidates == ("pneumothorax", "atelectasis", "lobar atelectasis")


def test_candidates_are_names_of_the_vocabulary() -> None:
    for entry in ambiguities():
        assert all(name in vocabulary() for name in entry.candidates), entry.text
        assert entry.read_as is None or entry.read_as in entry.candidates
