"""What the codes of the chest X-ray reports mean in the vocabulary: one :class:`Group` for each line of the table.

A code is a MeSH term with qualifiers, "Opacity/lung/base/left". Coders gave "Opacity/.../round" to what a report may
call a nodule, and a code to what is meant where the words are of another finding: so some groups hear words as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from ssg.reports import ReportStatement
from ssg.vocabulary import vocabulary

AIR_AND_TISSUE = ("airspace", "interstitium", "focal lung lesion", "lung fluid")
"""Groups of the vocabulary whose findings a report may describe as an opacity."""


@dataclass(frozen=True, slots=True)
class Group:
    """``codes`` begin so (a pattern); ``findings`` with their kinds, less ``without``, are what a report says for them.

    ``words`` is a pattern of what else counts, of the findings of ``word_groups``: the words of the statement.
    """

    codes: str
    findings: tuple[str, ...]
    without: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    words: str = ""
    word_groups: tuple[str, ...] = ()
    has_sides: bool = False

    def is_coded(self, code: str) -> bool:
        """Whether a code belongs to the group."""
        return re.match(self.codes, code) is not None

    def is_said(self, statement: ReportStatement, written: str) -> bool:
        """Whether a statement, ``written`` so, belongs to the group."""
        known = vocabulary()
        if any(known.is_a(statement.finding, name) for name in self.without):
            return False
        if statement.finding in self.exact or any(known.is_a(statement.finding, name) for name in self.findings):
            return True
        heard = self.words and re.search(self.words, written.lower())
        return bool(heard) and known.get(statement.finding).group in self.word_groups


GROUPS: dict[str, Group] = {
    "cardiomegaly": Group(r"Cardiomegaly|Cardiac Shadow/enlarged|Heart/enlarged", ("cardiomegaly",)),
    "pleural effusion": Group(
        r"Pleural Effusion|Hydropneumothorax|Hemothorax|Hemopneumothorax", ("pleural effusion",), has_sides=True
    ),
    "atelectasis": Group(r"Pulmonary Atelectasis", ("atelectasis",), has_sides=True),
    "pneumothorax": Group(r"Pneumothorax|Hydropneumothorax|Hemopneumothorax", ("pneumothorax",), has_sides=True),
    "edema or congestion": Group(
        r"Pulmonary Edema|Pulmonary Congestion|Heart Failure", ("pulmonary edema", "pulmonary congestion")
    ),
    "emphysema": Group(
        r"Emphysema|Pulmonary Emphysema|Bullous Emphysema|Pulmonary Disease, Chronic Obstructive",
        ("emphysema", "chronic obstructive pulmonary disease"),
        without=("hyperinflation",),
    ),
    "nodule or mass": Group(
        r"Nodule|Mass(/|$)|(Opacity|Density)/.*round",
        ("nodule", "mass", "mediastinal mass"),
        without=("granuloma",),
        words=r"nodul",
        word_groups=("focal lung lesion",),
        has_sides=True,
    ),
    "calcified granuloma": Group(
        r"Calcified Granuloma|Granuloma|Calcinosis/lung(?!.*hilum)|Granulomatous Disease",
        ("granuloma",),
        has_sides=True,
    ),
    "fracture": Group(r"Fractures, Bone|Deformity/ribs|Deformity/clavicle", ("fracture",), has_sides=True),
    "hiatal hernia": Group(r"Hernia, Hiatal", ("hiatal hernia",)),
    "scoliosis": Group(r"Scoliosis", ("scoliosis",)),
    "degenerative spine": Group(
        r"((Thoracic|Lumbar|Cervical) Vertebrae|Spine)/.*degenerative|Osteophyte|Spondylosis|Hyperostosis",
        ("spinal degeneration",),
    ),
    "consolidation or airspace disease": Group(
        r"Consolidation|Airspace Disease|Infiltrate|Pneumonia(/|$)",
        ("consolidation", "pneumonia", "infiltrate"),
        has_sides=True,
    ),
    "opacity": Group(
        r"(Opacity|Density)(?!.*round)",
        (),
        exact=("lung opacity",),
        words=r"^(?!.*(nodul|round)).*(opacit|densit)",
        word_groups=AIR_AND_TISSUE,
        has_sides=True,
    ),
    "tubes and devices": Group(
        r"Catheters, Indwelling|Implanted Medical Device|Tube, Inserted|Medical Device|Stents",
        ("support device",),
        without=("sternal wires", "surgical clips", "breast implant"),
    ),
}
"""Pneumonia and infiltrate are said of the same shadow as consolidation and airspace disease; wires and clips are coded
as "Surgical Instruments" and are no tubes or devices."""


def sides_coded(codes: Collection[str]) -> set[str]:
    """The sides that qualifiers of codes name: "left", "right"; both for "bilateral"."""
    named = {word for code in codes for word in code.lower().split("/")}
    return ({"left", "right"} & named) | ({"left", "right"} if "bilateral" in named else set())
