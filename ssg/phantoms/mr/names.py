"""Names of what a brain MR phantom can show; all are names of the vocabulary."""

from __future__ import annotations

FINDINGS: tuple[str, ...] = (
    "brain tumor",
    "glioma",
    "meningioma",
    "pituitary tumor",
    "cerebral edema",
    "infarct",
    "hemorrhage",
    "subdural hematoma",
    "epidural hematoma",
    "hydrocephalus",
    "midline shift",
    "white matter lesion",
    "cerebral atrophy",
    "arachnoid cyst",
    "sinusitis",
)
"""Every finding that can be drawn."""

STRUCTURES: tuple[str, ...] = (
    "brain",
    "skull",
    "lateral ventricle",
    "cerebellum",
    "brainstem",
    "corpus callosum",
    "pituitary gland",
    "basal ganglia",
    "frontal lobe",
    "parietal lobe",
    "temporal lobe",
    "occipital lobe",
    "falx",
    "paranasal sinus",
)
"""Every structure whose box is given where the slice shows it."""

MIDLINE = frozenset({"pituitary tumor", "hydrocephalus"})
"""Findings without a side."""

VIEWS = ("axial", "coronal", "sagittal")
"""How the plane can cut."""
