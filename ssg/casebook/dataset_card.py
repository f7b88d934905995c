"""The card of a case set as a data set on the Hub, from its manifest: what is in it, whose it is, how to load it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from ssg.casebook.stats import Stats
from ssg.casebook.types import CaseSet
from ssg.counting import counted

FILE = "README.md"
NOTICE = "For teaching and research only. Not a medical device, not for clinical use."
SPDX = {
    "apache-2.0", "mit", "cc0-1.0", "cc-by-4.0", "cc-by-3.0", "cc-by-2.0", "cc-by-sa-4.0", "cc-by-sa-3.0",
    "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-4.0", "odbl", "pddl",
}  # fmt: skip
"""Licences that the Hub has a word for; any other is "other", with its name beside."""

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
MOST = 60
"""Findings that are listed."""


def dataset_card(case_set: CaseSet, found: Stats, name: str) -> str:
    """The card for the repository ``name`` ("owner/name"): Markdown with YAML front matter."""
    reviewed = (
        "A clinician has reviewed the teaching text." if case_set.reviewed else "No clinician has reviewed the text."
    )
    drawn = "The pictures are synthetic: no patient is behind them." if case_set.synthetic else ""
    parts = [
        f"# {_plain(case_set.title)}",
        f"**{NOTICE}** {reviewed}",
        " ".join(part for part in (_plain(case_set.description), drawn) if part),
        "## What is in it",
        f"Version {case_set.version}: {counted(found.cases, 'case')} with {counted(found.pictures, 'picture')}; "
        f"readers: {found.readers:,}; nothing is marked in {counted(found.nothing_marked, 'case')}. "
        "Readers are kept apart; what no reader marks nor excludes is unknown, not absent.",
        _table(found),
        "## How to use it",
        "In SSG:",
        f"```\npython -m ssg cases pull {name} --out {case_set.id}\nSSG_CASE_SETS={case_set.id} python app.py\n```",
        "With `datasets`:",
        f'```python\nfrom datasets import load_dataset\n\nload_dataset("{name}")\n```',
        "## Where it is from",
        _plain(case_set.provenance),
        f"Licence: {_plain(case_set.licence)}",
        f"Cite: {_plain(case_set.citation)}" if case_set.citation else "",
    ]
    return f"---\n{_front(case_set, found)}\n---\n\n" + "\n\n".join(part for part in parts if part) + "\n"


def _front(case_set: CaseSet, found: Stats) -> str:
    from huggingface_hub import DatasetCardData

    licence = case_set.licence.strip().lower()
    size = next((word for most, word in SIZES if found.pictures < most), "100K<n<1M")
    known: Mapping[str, Any] = {
        "license": licence if licence in SPDX else "other",
        **({} if licence in SPDX else {"license_name": case_set.licence[:100]}),
        "pretty_name": case_set.title,
        "language": "en",
        "task_categories": ["object-detection", "image-classification"],
        "size_categories": size,
        "tags": ["medical", "radiology", "ssg", *(["synthetic"] if case_set.synthetic else [])],
        "configs": [{"config_name": "default", "data_dir": "images"}],
    }
    return str(DatasetCardData(**known).to_yaml())


def _table(found: Stats) -> str:
    rows = ["| finding | cases with it | cases without | regions: small, medium, large |", "| --- | --- | --- | --- |"]
    for name, one in list(found.findings.items())[:MOST]:
        rows.append(
            f"| {name} | {one.present:,} | {one.absent:,} | {', '.join(f'{n:,}' for n in one.sizes.values())} |"
        )
    more = len(found.findings) - MOST
    return "\n".join([*rows, *([f"| and {more} more | | | |"] if more > 0 else [])])


def _plain(text: str) -> str:
    """A text of the manifest that means nothing in Markdown or HTML."""
    return html.escape(text, quote=False).replace("|", "\\|").replace("`", "'")
