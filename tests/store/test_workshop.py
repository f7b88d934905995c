"""Case sets that several instructors build at once: nobody's work is overwritten unseen, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ssg.errors import BadInput
from ssg.store import Conflict

HEAD = {"title": "Chest basics", "licence": "CC-BY-4.0"}


@pytest.fixture
def shop(store):
    store.workshop.create_set("basics", HEAD, "Ann")
    return store.workshop


def test_a_set_begins_private_and_empty(shop):
    made = shop.set("basics")
    assert (made.head, made.visibility, made.version, made.revision) == (HEAD, "private", None, 1)
    assert (made.made_by, made.saved_by) == ("Ann", "Ann") and shop.cases("basics") == []
    with pytest.raises(BadInput, match="already"):
        shop.create_set("basics", HEAD, "Bob")
    with pytest.raises(BadInput, match="no such set"):
        shop.set("elsewhere")


def test_of_two_who_save_at_once_the_second_is_told(shop):
    opened = shop.add_case("basics", "c1", {"title": "One"}, "Ann")
    shop.save_case("basics", "c1", {"title": "Ann's"}, opened.revision, "Ann")
    with pytest.raises(Conflict, match="Ann saved this at") as said:
        shop.save_case("basics", "c1", {"title": "Bob's"}, opened.revision, "Bob")
    current = said.value.current
    assert current.body == {"title": "Ann's"} and current.revision == opened.revision + 1
    over = shop.save_case("basics", "c1", {"title": "Bob's"}, current.revision, "Bob")
    assert over.body == {"title": "Bob's"} and over.saved_by == "Bob"
    with pytest.raises(Conflict):
        shop.save_set("basics", HEAD | {"title": "New"}, 7, "Bob")


def test_twenty_at_once_make_twenty_revisions_and_one_wins_each(shop):
    opened = shop.add_case("basics", "c1", {"by": ""}, "Ann")

    def save(number):
        try:
            shop.save_case("basics", "c1", {"by": number}, opened.revision, f"reader {number}")
            return number
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as threads:
        winners = [one for one in threads.map(save, range(20)) if one is not None]
    assert len(winners) == 1
    assert shop.case("basics", "c1").body == {"by": winners[0]}
    assert shop.case("basics", "c1").revision == opened.revision + 1


def test_cases_keep_their_order_and_can_be_put_into_another(shop):
    for name in ("a", "b", "c"):
        shop.add_case("basics", name, {}, "Ann")
    assert [one.case_id for one in shop.cases("basics")] == ["a", "b", "c"]
    shop.order_cases("basics", ["c", "a"], "Ann")
    assert [one.case_id for one in shop.cases("basics")] == ["c", "a", "b"]
    with pytest.raises(BadInput, match="already"):
        shop.add_case("basics", "b", {}, "Ann")


def test_what_is_removed_can_be_brought_back(shop):
    shop.add_case("basics", "a", {"title": "kept"}, "Ann")
    shop.remove_case("basics", "a", "Bob")
    assert shop.cases("basics") == []
    with pytest.raises(BadInput, match="no such case"):
        shop.case("basics", "a")
    with pytest.raises(BadInput, match="already"):
        shop.add_case("basics", "a", {}, "Ann")
    assert [one.case_id for one in shop.removed_cases("basics")] == ["a"] and shop.removed_sets() == []
    assert shop.bring_case_back("basics", "a", "Ann").body == {"title": "kept"}
    assert shop.removed_cases("basics") == []
    shop.remove_set("basics", "Ann")
    assert [one.id for one in shop.removed_sets()] == ["basics"]
    assert shop.sets() == []
    with pytest.raises(BadInput, match="no such set"):
        shop.cases("basics")
    shop.bring_set_back("basics", "Ann")
    assert [one.case_id for one in shop.cases("basics")] == ["a"]


def test_versions_are_published_used_and_rolled_back(shop):
    shop.record_version("basics", "1.0.0", "the first", 3, "Ann")
    shop.record_version("basics", "1.1.0", "more", 4, "Bob")
    assert shop.set("basics").version == "1.1.0"
    assert [(one.version, one.cases, one.made_by) for one in shop.versions("basics")] == [
        ("1.1.0", 4, "Bob"),
        ("1.0.0", 3, "Ann"),
    ]
    with pytest.raises(BadInput, match="published already"):
        shop.record_version("basics", "1.0.0", "", 3, "Ann")
    assert shop.use_version("basics", "1.0.0").version == "1.0.0"
    assert shop.use_version("basics", None).version is None
    with pytest.raises(BadInput, match="never published"):
        shop.use_version("basics", "9")


def test_visibility_is_one_of_three(shop):
    assert shop.set_visibility("basics", "public", "Ann").visibility == "public"
    with pytest.raises(BadInput, match="private, unlisted, public"):
        shop.set_visibility("basics", "secret", "Ann")


def test_verdicts_are_kept_in_their_order(shop):
    for number in range(3):
        shop.record_verdict("basics", "a", {"accepted": bool(number % 2)}, "Ann")
    shop.record_verdict("other", "a", {"accepted": True}, "Bob")
    assert [one.verdict["accepted"] for one in shop.verdicts("basics")] == [False, True, False]
    assert len(shop.verdicts()) == 4


def test_odd_values_are_refused(shop):
    with pytest.raises(BadInput, match="not plain JSON"):
        shop.add_case("basics", "x", {"a": float("nan")}, "Ann")
    with pytest.raises(BadInput, match="name"):
        shop.add_case("basics", "x", {}, "")
    with pytest.raises(BadInput, match="larger than"):
        shop.add_case("basics", "x", {"a": "x" * 5_000_000}, "Ann")
    assert shop.cases("basics") == []


def test_it_is_there_after_a_restart(store, url):
    from ssg.store import Store

    store.workshop.create_set("basics", HEAD, "Ann")
    store.workshop.add_case("basics", "a", {"title": "kept"}, "Ann")
    with Store(url) as again:
        assert again.workshop.cases("basics")[0].body == {"title": "kept"}
