"""Who may build: whoever knows the key, under a name; nobody else, and nobody by trying."""

import pytest

from ssg.errors import BadInput
from ssg.settings import Settings
from ssg.web.instructors import (
    KEPT_S,
    MOST_TRIES,
    NAMELESS,
    SLOWEST_S,
    Instructors,
    client_of,
)

KEY = b"k" * 32


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def instructors(clock=None, **settings):
    return Instructors(Settings(**settings), KEY, clock or Clock())


def test_whoever_knows_the_key_is_an_instructor_under_their_name(clock):
    people = instructors(clock, instructor_key="open sesame")
    value = people.sign_in("  Dr  Ann Müller ", "open sesame")
    assert people.read(value) == "Dr Ann Müller"
    assert value.isascii() and not set(value) & set(' ;,"')
    clock.now += KEPT_S - 1
    assert people.read(value) == "Dr Ann Müller"
    clock.now += 2
    assert people.read(value) is None


@pytest.mark.parametrize(
    "value", [None, "", ".", "..", "QW5u.9999999999.", "QW5u.x.y", "QW5u.9999999999999999.a", "é.1.ü"]
)
def test_a_forged_cookie_is_nobody(value):
    assert instructors(instructor_key="open sesame").read(value) is None


def test_a_cookie_of_another_key_or_another_name_is_nobody():
    value = instructors(instructor_key="one").sign_in("Ann", "one")
    assert instructors(instructor_key="two").read(value) is None
    told, until, signature = value.split(".")
    assert instructors(instructor_key="one").read(f"Qm9i.{until}.{signature}") is None
    assert instructors(instructor_key="one").read(f"{told}.{int(until) + 1}.{signature}") is None


def test_wrong_keys_are_refused_and_after_ten_so_are_right_ones_for_a_minute(clock):
    people = instructors(clock, instructor_key="open sesame")
    for _ in range(MOST_TRIES):
        with pytest.raises(BadInput, match="not the key"):
            people.sign_in("Ann", "guess")
    with pytest.raises(BadInput, match="wait a minute"):
        people.sign_in("Ann", "open sesame")
    assert people.read(people.sign_in("Bob", "open sesame", "10.0.0.7")) == "Bob", "nobody locks others out"
    clock.now += 61
    assert people.read(people.sign_in("Ann", "open sesame")) == "Ann"


@pytest.mark.parametrize("name", ["", "   ", "\u202e"])
def test_a_name_is_needed(name):
    with pytest.raises(BadInput, match="Give your name"):
        instructors(instructor_key="x").sign_in(name, "x")


def test_on_ones_own_computer_everybody_is_one():
    people = instructors(host="127.0.0.1")
    assert people.can_be and not people.needs_key and people.read(None) == NAMELESS
    assert people.read(people.sign_in("Ann", "")) == "Ann"


@pytest.mark.parametrize(
    "settings", [{"host": "0.0.0.0"}, {"host": "127.0.0.1", "allowed_hosts": ("ssg.example.org",)}]
)
def test_where_others_come_in_nobody_is_one_without_a_key(settings):
    people = instructors(**settings)
    assert not people.can_be and people.read(None) is None
    with pytest.raises(BadInput, match="SSG_INSTRUCTOR_KEY"):
        people.sign_in("Ann", "")


def test_the_key_is_not_shown():
    from ssg.settings import describe

    rows = {row["name"]: row["value"] for row in describe(Settings(instructor_key="open sesame"))}
    assert "sesame" not in str(rows) and rows["SSG_INSTRUCTOR_KEY"]
    assert "sesame" not in repr(Settings(instructor_key="open sesame"))


def test_guesses_from_many_addresses_slow_all_down_and_refuse_no_right_key(clock):
    people = instructors(clock, instructor_key="open sesame")
    assert people.delay_s() == 0
    waits = []
    for number in range(300):
        with pytest.raises(BadInput, match="not the key"):
            people.sign_in("Ann", "guess", f"1.1.{number // 250}.{number % 250}")
        waits.append(people.delay_s())
    assert waits[MOST_TRIES - 1] == 0 and waits == sorted(waits) and waits[-1] == SLOWEST_S
    assert people.read(people.sign_in("Ann", "open sesame", "2.2.2.2")) == "Ann"
    clock.now += 61
    assert people.delay_s() == 0


@pytest.mark.parametrize(
    ("host", "forwarded", "client"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "9.9.9.9", "8.8.8.8"),  # anybody may write it
        ("10.0.0.2", "7.7.7.7, 9.9.9.9", "9.9.9.9"),  # a proxy's own is the last
        ("10.0.0.2", "nonsense", "10.0.0.2"),
        ("2a00:1:2:3:4:5:6:7", "", "2a00:1:2:3::/64"),
        ("testclient", "9.9.9.9", "testclient"),
        ("", "", ""),
    ],
)
def test_whose_wrong_keys_are_counted_together(host, forwarded, client):
    assert client_of(host, forwarded) == client
