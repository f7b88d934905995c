"""The learned models that the reward asks while a policy is trained by it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from ssg.cli.files import file_path
from ssg.grounding.region_text import RegionText
from ssg.reward import Acceptability


@dataclass(frozen=True, slots=True)
class Judges:
    """``encoder`` hears whether regions show what they are called; without it names alone are compared.

    ``acceptability`` says what an expert accepts, in place of the shipped model.
    """

    encoder: RegionText | None = None
    acceptability: Acceptability | None = None


def add_judges(parser: argparse.ArgumentParser, of: str = "") -> None:
    """The flags of :func:`judges_of`; ``of`` is put before what they say."""
    parser.add_argument("--encoder", help=f"{of}image-text encoder of the reward (a folder or Hub name; 'embedded')")
    parser.add_argument(
        "--acceptability",
        type=file_path,
        help=f"{of}what an expert accepts, as reward-model wrote it (the shipped model)",
    )


def encoder_of(name: str | None) -> RegionText | None:
    """An image-text encoder as a flag names it: a folder, a Hub name or "embedded"; None where nothing is named."""
    return RegionText.load("" if name == "embedded" else name) if name else None


def judges_of(encoder: str | None, acceptability: Path | None) -> Judges:
    """As a command names them, the encoder perhaps "embedded"; raises BadInput or Unavailable for what is none."""
    return Judges(
        encoder_of(encoder),
        Acceptability.read(acceptability) if acceptability else None,
    )
