"""Search lists: one for each kind of image that cases have, whole and in words of their own."""

import pytest

from ssg.casebook import load_case_sets
from ssg.grounding.image_kinds import IMAGE_KINDS, words_on
from ssg.settings import BUNDLED_CASES
from ssg.teaching.searching import search_list, search_lists
from ssg.vocabulary import vocabulary


@pytest.mark.parametrize("kind", sorted({one for entry in vocabulary() for one in entry.modalities}))
def test_every_modality_of_the_vocabulary_has_a_list(kind):
    assert kind in search_list([kind]).kinds


def test_a_lateral_view_is_searched_otherwise():
    assert "lateral" in search_list(["chest x-ray"], "LATERAL").title
    assert "frontal" in search_list(["chest x-ray"], "PA").title


def test_an_image_of_which_nothing_is_known_has_a_list():
    assert search_list([]).title == "Any image"
    assert search_list(["thermography"]).title == "Any image"


def test_the_bundled_cases_have_lists_of_their_kind():
    sets, _ = load_case_sets([BUNDLED_CASES])
    for case in (case for one in sets for case in one.cases):
        found = search_list(words_on(IMAGE_KINDS, case.modality, case.body_part), case.view)
        assert found.title != "Any image", (case.id, case.modality, case.body_part)


def test_lists_are_short_sentences_each_place_once():
    for one in search_lists():
        places = [where for where, _ in one.steps]
        assert len(set(places)) == len(places) >= 5
        assert all(what.endswith((".", "?")) and len(what) <= 100 for _, what in one.steps)


def test_a_frontal_chest_radiograph_has_the_places_where_things_are_missed():
    places = " ".join(where for where, _ in search_list(["chest x-ray"], "PA").steps)
    for place in ("Apices", "Hila", "Behind the heart", "Below the diaphragm", "Bones", "Soft tissues", "devices"):
        assert place in places
