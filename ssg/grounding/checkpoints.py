"""Where checkpoints lie and what can go wrong with them, said in one way for all of them.

A checkpoint is a folder, or the name of one on the Hugging Face Hub. Safetensors only, never pickle, no code from a
checkpoint. Whatever goes wrong is one :class:`ssg.errors.Unavailable` that names the checkpoint and the remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

from ssg.errors import Unavailable

WANTED_FILES = ("*.safetensors", "*.json", "*.txt", "*.jinja", "*.model")
"""What is fetched of a checkpoint on the Hub."""

HUB_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Source:
    """A checkpoint as it was asked for: ``what`` it is, its ``name``, and what ``chose`` it ("SSG_POLICY (or ...)")."""

    what: str
    name: str
    chose: str
    embedded: Path

    @property
    def said(self) -> str:
        """The checkpoint in an error."""
        return f"The {self.what} '{self.name or f'the embedded {self.what}'}'"

    def folder(self, revision: str | None = None) -> Path:
        """Its folder: the embedded one, one here, or one of the Hub's, downloaded where it is not kept yet."""
        if not self.name:
            return self.embedded
        where = Path(self.name)
        if where.is_file():
            raise Unavailable(f"'{self.name}' is a file: give {self.chose} the folder of a checkpoint.")
        if where.exists():
            return where
        if self.name.startswith((".", "/", "~")) or self.name.count("/") != 1:
            raise Unavailable(f"The {self.what} folder '{self.name}' does not exist: correct {self.chose}.")
        return self._fetched(revision)

    def _fetched(self, revision: str | None) -> Path:
        from huggingface_hub import snapshot_download
        from huggingface_hub.utils import logging

        logging.set_verbosity_error()  # its retries would be printed among our answers
        try:
            folder = snapshot_download(
                self.name, revision=revision, allow_patterns=list(WANTED_FILES), etag_timeout=HUB_PATIENCE_S
            )
        except Exception as error:  # the Hub's client raises its own, httpx's and the system's errors
            raise Unavailable(
                f"{self.said} is no folder here and cannot be fetched from the Hub ({_reason(error)}): correct "
                f"{self.chose}, see to the network, or leave it out."
            ) from error
        return Path(folder)

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Whatever the libraries raise for files that are missing, cut, damaged, gated or of another architecture is
        one error in words: a checkpoint that cannot be loaded is never a fault of ours."""
        quieten()
        try:
            yield
        except Unavailable:
            raise
        except Exception as error:
            raise Unavailable(
                f"{self.said} cannot be loaded: {_reason(error)}. Fetch it again, or leave out {self.chose}."
            ) from error


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__


def quieten() -> None:
    """Keep the libraries' progress bars and hints (an optional kernel that is missing, say) out of our output."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    getLogger("bitsandbytes").setLevel(ERROR)


def usable_device(wanted: str) -> str:
    """ "cuda" or "cpu" for "auto", "cuda" or "cpu"; raises Unavailable for a GPU where none is usable."""
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise Unavailable("SSG_DEVICE asks for a GPU and none is usable here: set SSG_DEVICE=cpu or auto.")
    return wanted


def require_whole(model: object, report: Mapping[str, Any], source: Source) -> None:
    """Refuse weights that are missing, which transformers makes up, or that hold NaN or infinite numbers.

    ``report`` is transformers' ``output_loading_info``.
    """
    import torch

    if missing := sorted(report["missing_keys"]):
        raise Unavailable(
            f"{source.said} lacks {len(missing)} of its weights ({missing[0]}): fetch it again, or give another."
        )
    for key, value in model.named_parameters():  # type: ignore[attr-defined]
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise Unavailable(f"{source.said} holds numbers that are not finite ({key}): fetch it again.")
