"""What kind of image a case is: said of many at once where files do not say it, and never over what they do say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KIND = ("modality", "view", "body_part", "specialty")
"""Fields of a case that say it."""

UNKNOWN_MODALITY = "OT"
"""DICOM's code for any other: of a PNG file nothing is known."""


def left_open(row: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
    """What of ``said`` (some of :data:`KIND`) fills in what the row of a case leaves open."""
    given = {name: said[name].strip() for name in KIND if said.get(name, "").strip()}
    return {name: value for name, value in given.items() if row.get(name) in (None, "", UNKNOWN_MODALITY)}
