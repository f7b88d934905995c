"""When things happened, also where a clock was wrong for a while."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime

from ssg.errors import BadInput


def aware(now: datetime) -> datetime:
    """A time in UTC; raises BadInput for one without a time zone, which could mean any of 24 hours."""
    if now.tzinfo is None or now.utcoffset() is None:
        raise BadInput("A time without a time zone was given: use datetime.now(UTC).")
    return now.astimezone(UTC)


def in_order(times: Sequence[datetime], now: datetime) -> list[datetime]:
    """Times of things that are known to have followed one another, made to follow one another and not to pass ``now``.

    A clock that was set back, or ran ahead, contradicts the order. The most times that agree with it (the longest
    non-decreasing subsequence) are believed; each other one is taken to be the nearest believed one before it, or, at
    the beginning, behind it. All must be aware.
    """
    stamps = [aware(time) for time in times]
    now = aware(now)
    tails: list[datetime] = []
    ends: list[int] = []
    before: list[int] = []
    for number, stamp in enumerate(stamps):
        if stamp > now:
            before.append(-1)
            continue
        place = bisect_right(tails, stamp)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [stamp]
        ends[place : place + 1] = [number]
    believed = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        believed.add(at)
        at = before[at]
    last = next((stamps[number] for number in sorted(believed)), now)
    ordered = []
    for number, stamp in enumerate(stamps):
        last = stamp if number in believed else last
        ordered.append(last)
    return ordered
