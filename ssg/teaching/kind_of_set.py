"""What kind of image the cases of a set are, said once of all that do not say it: tables and PNG files never do."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ssg.casebook.kinds import left_open
from ssg.store import Conflict
from ssg.teaching.workshop import Workshop


def say_kind(shop: Workshop, set_id: str, kind: Mapping[str, str], by: str) -> int:
    """Fill in what the cases of a set leave open, and nothing that they say; the number of cases that were changed.

    ``kind`` has some of :data:`ssg.casebook.kinds.KIND`. A case that somebody saves at that moment is left as they have
    it.
    """
    changed = 0
    for work in shop.store.cases(set_id):
        if fields := left_open(work.body, kind):
            with suppress(Conflict):
                shop.save(set_id, work.case_id, fields, work.revision, by)
                changed += 1
    return changed
