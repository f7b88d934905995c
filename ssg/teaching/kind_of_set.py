"""What kind of image the cases of a set are, said once of all that do not say it: tables and PNG files never do."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ssg.store import Conflict
from ssg.teaching.picture_kinds import UNKNOWN
from ssg.teaching.workshop import Workshop

KIND = ("modality", "view", "body_part", "specialty")
"""Fields of a case that say it."""


def say_kind(shop: Workshop, set_id: str, kind: Mapping[str, str], by: str) -> int:
    """Fill in what the cases of a set leave open, and nothing that they say; the number of cases that were changed.

    ``kind`` has some of :data:`KIND`. A case that somebody saves at that moment is left as they have it.
    """
    wanted = {name: kind[name].strip() for name in KIND if kind.get(name, "").strip()}
    changed = 0
    for work in shop.store.cases(set_id):
        fields = {name: said for name, said in wanted.items() if work.body.get(name) in (None, "", UNKNOWN)}
        if fields:
            with suppress(Conflict):
                shop.save(set_id, work.case_id, fields, work.revision, by)
                changed += 1
    return changed
