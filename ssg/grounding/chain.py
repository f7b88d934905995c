"""Where a reader looks first, and by which landmark: the anatomy behind the chain of boxes.

For each finding a search region and a landmark, both structures of the vocabulary. Training derives its targets from
this table; the decoder takes from it which places a chain may name.
"""

from __future__ import annotations

from dataclasses import dataclass

from ssg.errors import UnknownFinding
from ssg.reward.answers import said
from ssg.vocabulary import Side, vocabulary

Key = tuple[str, Side | None]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """A search region and a landmark; ``paired`` ones exist on both sides of the patient."""

    search: str
    landmark: str
    paired_search: bool = True
    paired_landmark: bool = True

    def search_keys(self, side: Side | None) -> list[Key]:
        """Search regions for a question with this side, the image's left first."""
        if not self.paired_search:
            return [(self.search, None)]
        sides = (side,) if side in (Side.LEFT, Side.RIGHT) else (Side.RIGHT, Side.LEFT)
        return [(self.search, one) for one in sides]

    def landmark_keys(self, side: Side) -> list[Key]:
        """The landmark on one side."""
        return [(self.landmark, side if self.paired_landmark else None)]


_IN_LUNG = Landmarks("lung", "hilum")
_ABOVE_DIAPHRAGM = Landmarks("lung", "hemidiaphragm")
_CENTRAL = Landmarks("mediastinum", "heart", paired_search=False, paired_landmark=False)

_TABLE = {
    "cardiomegaly": _CENTRAL,
    "heart": _CENTRAL,
    "aortic enlargement": Landmarks("mediastinum", "aortic knob", False, False),
    "pleural effusion": Landmarks("lung", "costophrenic angle"),
    "pleural thickening": Landmarks("lung", "costophrenic angle"),
    "pneumothorax": Landmarks("lung", "clavicle"),
    "consolidation": _IN_LUNG,
    "pneumonia": _IN_LUNG,
    "infiltrate": _IN_LUNG,
    "lung opacity": _IN_LUNG,
    "nodule": _IN_LUNG,
    "mass": _IN_LUNG,
    "pulmonary edema": _IN_LUNG,
    "hilar enlargement": _IN_LUNG,
    "atelectasis": _ABOVE_DIAPHRAGM,
    "rib fracture": Landmarks("lung", "clavicle"),
    "endotracheal tube": Landmarks("mediastinum", "trachea", False, False),
    "central venous catheter": Landmarks("mediastinum", "clavicle", False, True),
    "pacemaker": Landmarks("clavicle", "heart", True, False),
}


def landmarks_of(finding: str) -> Landmarks | None:
    """Search region and landmark of a finding, or of its nearest ancestor that has them; None without either."""
    if finding in _TABLE:
        return _TABLE[finding]
    try:
        parents = vocabulary().get(finding).parents
    except UnknownFinding:
        return None
    return next((found for parent in parents if (found := landmarks_of(parent))), None)


def places(finding: str, side: Side | None) -> tuple[str, ...]:
    """What a chain may name for a finding: its search regions and landmarks, as they are said."""
    found = landmarks_of(finding)
    if found is None:
        return ()
    sides = (side,) if side in (Side.LEFT, Side.RIGHT) else (Side.RIGHT, Side.LEFT)
    keys = [*found.search_keys(side), *(key for one in sides for key in found.landmark_keys(one))]
    return tuple(dict.fromkeys(said(*key) for key in keys))
