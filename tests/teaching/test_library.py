"""The library: words, findings, denials and sides are understood; packets are balanced; similar cases are alike."""

from dataclasses import replace

import numpy as np
import pytest

from ssg.casebook import load_case_sets
from ssg.errors import BadInput, UnknownFinding
from ssg.imaging import open_image
from ssg.settings import BUNDLED_CASES
from ssg.store import Store
from ssg.teaching import Practice
from ssg.teaching.library import ABNORMAL, NEW, NORMAL, TRIED, Library, Wanted
from ssg.teaching.packets import MOST, balanced, cases_of, packet_id, with_normals
from ssg.teaching.picture_kinds import group_of, likeliest_group
from ssg.teaching.similar import like_case, like_picture
from ssg.teaching.text_search import TextSearch, Written
from ssg.vocabulary import Side


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('library') / 'ssg.sqlite3'}")
    sets, problems = load_case_sets([BUNDLED_CASES])
    assert not problems
    yield Practice(sets, store)
    store.close()


@pytest.fixture(scope="module")
def library(practice):
    return Library(practice)


def named(found):
    return {one.name for one in found}


def test_without_a_wish_all_cases_are_there_in_their_order(library, practice):
    assert [one.name for one in library.search(Wanted())] == list(practice.order)


def test_a_finding_is_found_by_any_of_its_names_and_with_its_kinds(library):
    expected = {name for name, one in library.entries.items() if "pneumothorax" in one.case.present}
    assert len(expected) > 3
    assert named(library.search(Wanted(finding="pneumothorax"))) == expected
    assert named(library.search(Wanted.of({"finding": "PTX"}))) == expected
    best = library.search(Wanted("PTX"))
    assert named(best[: len(expected)]) == expected


def test_a_side_is_heard(library):
    found = library.search(Wanted("pleural effusion on the left"))
    first = [one for one in found if "pleural effusion" in one.found]
    sides = [
        {
            region.side
            for reader in one.case.readers
            for region in reader.regions
            if region.finding == "pleural effusion"
        }
        for one in first
    ]
    assert first and all(one & {Side.LEFT, Side.BILATERAL} for one in sides)
    other = library.search(Wanted("pleural effusion on the right"))
    assert named(other) != named(found)


def test_a_denial_finds_cases_in_which_it_is_excluded(library):
    found = library.search(Wanted("no pneumothorax"))
    assert found
    by_finding = [one for one in found if "pneumothorax" in one.excluded]
    assert found[: len(by_finding)] == by_finding and not any("pneumothorax" in one.found for one in by_finding)


def sides_of(entry, finding):
    return [{one.side for one in reader.regions if one.finding == finding} for reader in entry.case.readers]


def test_bilateral_is_on_both_sides_of_one_reader(library):
    found = library.search(Wanted("bilateral effusion"))
    both = {
        name
        for name, entry in library.entries.items()
        if any({Side.LEFT, Side.RIGHT} <= one or Side.BILATERAL in one for one in sides_of(entry, "pleural effusion"))
    }
    assert both and both <= named(found)
    assert not [one.name for one in found if "pleural effusion" in one.found and one.name not in both]


@pytest.mark.parametrize("finding", ["pleural effusion", "nodule", "pneumothorax"])
def test_what_is_denied_is_in_no_case_that_is_found(library, finding):
    found = library.search(Wanted(f"no {finding}"))
    assert found and not [one.name for one in found if finding in one.found]


def test_what_is_excluded_is_not_found_by_its_name_in_a_text(library):
    found = library.search(Wanted("pneumothorax"))
    assert any("pneumothorax" in one.excluded for one in library.entries.values())
    assert found and not [one.name for one in found if "pneumothorax" in one.excluded]
    assert not [one for one in library.nearest(Wanted("pneumothorax zebra")) if "pneumothorax" in one.excluded]


def test_one_side_is_denied_where_the_other_has_it(library):
    found = library.search(Wanted("no effusion on the left"))
    left = named(one for one in library.search(Wanted("left effusion")) if "pleural effusion" in one.found)
    right = named(one for one in library.search(Wanted("right effusion")) if "pleural effusion" in one.found)
    assert left and not left & named(found)
    assert right - left and right - left <= named(found)


def test_words_are_found_in_histories_whatever_their_ending(library):
    assert ("chest-xray-first-steps", "case-01") in named(library.search(Wanted("ankle")))  # "Swollen ankles"
    assert not library.search(Wanted("zebra"))


def test_what_has_only_some_of_the_words_is_offered_where_nothing_has_all(library):
    assert not library.search(Wanted("ankle zebra"))
    assert ("chest-xray-first-steps", "case-01") in named(library.nearest(Wanted("ankle zebra")))


@pytest.mark.parametrize("typed", ["pneumothorax or effusion", "effusion, pneumothorax", "PTX; effusion"])
def test_of_a_list_either_is_found_and_what_has_both_comes_first(library, typed):
    found = [one for one in library.search(Wanted(typed)) if one.found & {"pneumothorax", "pleural effusion"}]
    expected = {name for name, one in library.entries.items() if one.found & {"pneumothorax", "pleural effusion"}}
    assert named(found) == expected
    both = [len(one.found & {"pneumothorax", "pleural effusion"}) for one in found]
    assert both == sorted(both, reverse=True)
    together = library.search(Wanted("pneumothorax and effusion"))
    assert all({"pneumothorax", "pleural effusion"} <= one.found for one in together if "pneumothorax" in one.found)


def test_in_a_list_what_is_denied_stays_denied(library):
    found = library.search(Wanted("effusion, cardiomegaly, no pneumothorax"))
    assert found and not [one for one in found if "pneumothorax" in one.found]
    assert {"pleural effusion", "cardiomegaly"} & set().union(*(one.found for one in found))


def test_words_of_a_list_are_found_in_texts_too(library):
    assert ("chest-xray-first-steps", "case-01") in named(library.search(Wanted("zebra, ankle")))


def test_words_that_stand_in_no_case_are_told(library):
    assert library.not_found(Wanted("asdfgh effusion")) == ("asdfgh",)
    assert library.search(Wanted("asdfgh effusion"))
    for known in ("fluid on the left, no pneumothorax", "ankle", "without PTX", "show cases with effusion", "", "*"):
        assert library.not_found(Wanted(known)) == (), known


def test_whatever_is_typed_is_a_search(library):
    for typed in (
        '"',
        "*",
        "AND",
        "a OR",
        "NEAR(",
        "title:x",
        "--",
        "%",
        "é",
        "\x00",
        "'; DROP TABLE written; --",
        "-1",
    ):
        library.search(Wanted(typed))
        library.nearest(Wanted(typed))


def test_filters_narrow_and_add_up(library):
    everything = named(library.search(Wanted()))
    for one, other in (
        (Wanted(kind=NORMAL), Wanted(kind=ABNORMAL)),
        (Wanted(tried=NEW), Wanted(tried=TRIED)),
    ):
        tried = [next(iter(everything))]
        first, second = named(library.search(one, tried)), named(library.search(other, tried))
        assert first and second and first | second == everything and not first & second
    levels = [named(library.search(Wanted(difficulty=level))) for level in range(1, 6)]
    assert sum(map(len, levels)) == len(everything)
    found = library.search(Wanted(modality="CT", specialty="chest", case_set="chest-ct"))
    assert found and all(one.case.modality == "CT" and one.case_set.id == "chest-ct" for one in found)


def test_the_numbers_beside_choices_are_what_choosing_finds(library):
    choices = library.choices()
    for key in ("modality", "specialty", "difficulty", "set", "finding"):
        assert choices[key]
        for value, count in choices[key].items():
            found = library.search(Wanted.of({key: value}))
            exact = [one for one in found if key != "finding" or value in one.case.present]
            assert len(exact) == count, (key, value)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"text": "x" * 201}, "201 characters"),
        ({"difficulty": "9"}, "1 to 5"),
        ({"kind": "odd"}, "'odd'"),
        ({"tried": "<b>"}, "cannot be chosen"),
    ],
)
def test_what_cannot_be_meant_is_said(asked, said):
    with pytest.raises(BadInput, match=said):
        Wanted.of(asked)


def test_an_unknown_finding_names_candidates():
    with pytest.raises(UnknownFinding):
        Wanted.of({"finding": "pneumothoraxx"})


def test_a_set_that_comes_is_found_and_one_that_goes_is_not(practice):
    library = Library(practice)
    before = len(library.entries)
    made = replace(practice.sets[0], id="another", title="Quokka", cases=practice.sets[0].cases[:2])
    practice.put(made)
    assert len(library.entries) == before + 2 and len(library.search(Wanted("quokka"))) == 2
    practice.put(made, listed=False)
    assert not library.search(Wanted("quokka"))
    practice.drop("another")
    assert len(library.entries) == before


def test_packets_are_half_normal_and_turn_from_finding_to_finding(library):
    entries = library.search(Wanted(modality="DX"))
    packet = balanced(entries, 12, seed=1)
    shown = [one for one in packet if not one.is_normal]
    assert len(named(packet)) == 12 and len(shown) == 6
    assert len({finding for one in shown for finding in one.case.present}) >= 6
    assert named(balanced(entries, 12, seed=1)) == named(packet) != named(balanced(entries, 12, seed=2))


def test_packets_take_what_there_is(library):
    normal, shown = library.search(Wanted(kind=NORMAL)), library.search(Wanted(kind=ABNORMAL))
    assert len(balanced(normal[:3], 10, seed=0)) == 3
    assert sum(one.is_normal for one in balanced([*normal[:1], *shown], 10, seed=0)) == 1
    assert sum(one.is_normal for one in balanced([*normal, *shown[:1]], 10, seed=0)) == 9
    with pytest.raises(BadInput, match="No case fits"):
        balanced([], 10, seed=0)
    with pytest.raises(BadInput, match=f"1 to {MOST}"):
        balanced(normal, MOST + 1, seed=0)


def test_normal_cases_of_the_same_kind_are_mixed_in_until_half_are(library):
    heads = library.search(Wanted(modality="MR", kind=ABNORMAL))[:3]
    normals = library.search(Wanted(kind=NORMAL))
    mixed = with_normals(heads, normals, seed=1)
    assert mixed[:3] == heads and len(named(mixed)) == 6
    assert all(one.is_normal and one.case.modality == "MR" for one in mixed[3:])
    assert len({frozenset(named(with_normals(heads, normals, seed))) for seed in range(5)}) > 1
    assert with_normals(mixed, normals, seed=2) == mixed and with_normals(heads, heads, seed=0) == heads


def test_an_address_names_the_packet_and_what_is_gone_is_left_out(library):
    names = [one.name for one in library.search(Wanted())]
    packet = packet_id(names[5:0:-1])
    assert cases_of(packet, names) == tuple(names[5:0:-1])
    assert cases_of(packet, names[:3]) == (names[2], names[1])
    assert cases_of(f"{packet}.{packet}", names) == tuple(names[5:0:-1])
    assert cases_of("....x.' OR 1", names) == ()
    assert len({packet_id([name]) for name in names}) == len(names)


def test_a_packet_is_gone_through_in_its_order(practice):
    a, b, c = practice.order[3], practice.order[0], practice.order[9]
    assert practice.next_after("ann", packet=(a, b, c)) == a
    assert practice.next_after("ann", *a, packet=(a, b, c)) == b
    assert practice.next_after("ann", *c, packet=(a, b, c)) == a


def test_similar_cases_share_a_finding_and_rare_ones_count_more(library):
    entries = library.entries.values()
    both = next(one for one in entries if set(one.case.present) == {"pneumothorax", "rib fracture"})
    found = like_case(both, entries, {}, 20)
    assert both.name not in {one.entry.name for one in found}
    assert [one.like for one in found] == sorted((one.like for one in found), reverse=True)
    assert found[0].shared and found[0].picture is None
    single = [one for one in found if len(one.entry.case.present) == 1]
    fracture = next(one.like for one in single if one.shared == ("rib fracture",))
    pneumothorax = next(one.like for one in single if one.shared == ("pneumothorax",))
    assert fracture > pneumothorax  # three have the one, nine the other


def test_normal_cases_are_like_normal_ones_of_the_same_kind(library):
    entries = library.entries.values()
    normal = next(one for one in entries if one.is_normal and one.case.modality == "MR")
    best = like_case(normal, entries, {}, 3)
    assert all(one.entry.is_normal and one.entry.case.modality == "MR" and one.like == 1 for one in best)


def test_pictures_are_compared_within_their_modality(library):
    entries = list(library.entries.values())
    chance = np.random.default_rng(0)
    common = chance.normal(size=32) * 10
    vectors = {one.name: common + chance.normal(size=32) for one in entries}
    asked = next(one for one in entries if one.case.modality == "DX" and one.is_normal)
    twin = next(one for one in entries if one.case.modality == "DX" and one.name != asked.name and one.is_normal)
    ct = next(one for one in entries if one.case.modality == "CT")
    vectors[twin.name] = vectors[asked.name] + 0.01
    vectors[ct.name] = vectors[asked.name]
    by_picture = like_picture(vectors[asked.name], "DX", [one for one in entries if one is not asked], vectors, 5)
    assert by_picture[0].entry is twin and by_picture[0].like > 0.9 > by_picture[1].like
    assert all(one.entry.case.modality == "DX" for one in by_picture)
    found = {one.entry.name: one for one in like_case(asked, entries, vectors, len(entries))}
    assert found[ct.name].picture is None and found[twin.name].like > 0.9


def test_radiographs_are_compared_with_one_another_whatever_their_code(library):
    entries = list(library.entries.values())
    chance = np.random.default_rng(0)
    vectors = {one.name: chance.normal(size=8) for one in entries}
    found = like_picture(chance.normal(size=8), group_of("CR"), entries, vectors, 200)
    assert found and {one.entry.case.modality for one in found} == {"DX"}


def test_a_picture_that_does_not_say_its_kind_is_compared_with_the_likeliest(library):
    entries = list(library.entries.values())
    axis = {"DX": 0, "CT": 1, "MR": 2}
    vectors = {one.name: np.eye(3)[axis[one.case.modality]] for one in entries}
    for modality in axis:
        some = [one for one in entries if one.case.modality == modality][::4]
        pictures = [open_image(one.case_set.image_path(one.case)).pixels for one in some]
        kinds = [
            likeliest_group(picture, vectors[one.name], entries, vectors)
            for one, picture in zip(some, pictures, strict=True)
        ]
        assert set(kinds) == {modality}
    assert likeliest_group(np.full((50, 60), 90, np.uint8), np.ones(3), [], {}) == ""


def test_a_name_in_the_title_counts_more_than_one_in_the_text():
    rows = [
        (("s", "text"), Written("A case", "", "pleura pleura pleura", "")),
        (("s", "title"), Written("Pleura", "", "", "")),
        (("s", "none"), Written("", "", "", "")),
    ]
    assert TextSearch(rows).find("pleura") == [("s", "title"), ("s", "text")]
    assert TextSearch(rows).find("") == []
