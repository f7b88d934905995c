"""What a chest CT phantom can hold: findings and structures by their names in the vocabulary."""

from __future__ import annotations

FINDINGS: tuple[str, ...] = (
    "nodule",
    "mass",
    "consolidation",
    "ground glass opacity",
    "atelectasis",
    "emphysema",
    "pleural effusion",
    "pneumothorax",
    "lymphadenopathy",
    "pulmonary embolism",
    "cardiomegaly",
    "pericardial effusion",
    "aortic aneurysm",
    "aortic dissection",
    "rib fracture",
)
"""Every finding that can be drawn."""

STRUCTURES: tuple[str, ...] = (
    "lung",
    "heart",
    "aorta",
    "descending aorta",
    "pulmonary artery",
    "superior vena cava",
    "trachea",
    "main bronchus",
    "esophagus",
    "mediastinum",
    "vertebra",
    "sternum",
    "scapula",
    "liver",
    "spleen",
    "stomach",
    "breast",
)
"""Every structure whose box is given."""

MIDLINE = frozenset({"cardiomegaly", "pericardial effusion", "aortic aneurysm", "aortic dissection"})
"""Findings without a side."""
