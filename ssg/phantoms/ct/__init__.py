"""Axial chest CT with exact truth. ``chest_ct(seed)`` draws one slice: see chest_ct.py.

patient.py      who lies in the scanner; contours.py, vessels.py, heart.py, spine.py, tree.py: the healthy body
layout.py       where everything lies in one slice; grid.py: signed distances and compiled shapes
wall.py, bones.py, abdomen.py, lungs.py, mediastinum.py     the slice painted in Hounsfield units
focal.py, airspace.py, pleura.py, central.py, fracture.py   the findings; blob.py: irregular bodies
choice.py       which findings, level, contrast phase and window; what stays unknown
distractors.py  what is no finding, but could be taken for one
sites.py, acquisition.py, display.py    how a department's scanner shows it; truth.py: boxes and masks;
visible.py: what others cover; names.py
"""

from ssg.phantoms.ct.chest_ct import chest_ct
from ssg.phantoms.ct.names import FINDINGS, MIDLINE, STRUCTURES
from ssg.phantoms.ct.sites import HELD_OUT_SITES, SITES

__all__ = ["FINDINGS", "HELD_OUT_SITES", "MIDLINE", "SITES", "STRUCTURES", "chest_ct"]
