"""Files, and what is in folders and archives, laid down in a folder as they are: data sets that belong together."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path, PurePosixPath

from ssg.casebook.imports.marks import LeftOut
from ssg.casebook.ingest.ingest import Limits
from ssg.casebook.ingest.sources import Archives, Source, Unreadable, sources_of
from ssg.errors import BadInput
from ssg.whole import write_whole


def lay_down(paths: Sequence[Path], folder: Path, limits: Limits, stop: Callable[[], None] = lambda: None) -> LeftOut:
    """Write every file of ``paths`` into ``folder`` under its name; what was refused, and why.

    Raises BadInput where nothing is left or it is too large, and as ``stop`` does, which is called before each file;
    then nothing stays.
    """
    refused, left, count = LeftOut(), int(limits.decoded_gb * 2**30), 0
    try:
        with closing(Archives()) as archives:
            for source in sources_of(paths, archives, refused.add):
                stop()
                why, size = _lay(source, folder, min(int(limits.file_mb * 2**20), left))
                left -= size
                count += not why
                if why:
                    refused.add(why, source.name)
        if not count:
            told = "; ".join(f"{names[0]}: {why}" for why, names in refused.examples.items())
            raise BadInput(f"No file was taken ({told}): choose the annotations and their pictures.")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return refused


def _lay(source: Source, folder: Path, largest: int) -> tuple[str, int]:
    """Write a file where its name says, never outside; why it was not ("" where it was), and its bytes."""
    name = source.member.filename if source.member is not None else source.name
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    if not parts or any(len(part.encode()) > 200 or not part.isprintable() for part in parts) or len(parts) > 20:
        return "its name cannot be used", 0
    path = folder.joinpath(*parts)
    try:
        data = source.read(largest)
        if len(data) > largest:
            return "it is larger than what is taken", 0
        if path.exists():
            return "another file has its name", 0
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except Unreadable as error:
        return str(error), 0
    except (FileExistsError, NotADirectoryError):
        return "another file has its name", 0
    except OSError as error:
        raise BadInput(f"The files could not be laid down ({error.strerror or error}): free some space.") from None
    return "", len(data)
