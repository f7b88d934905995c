"""An import of many pictures that is killed half-way and begun again: what it loses, how fast it is, what it takes.

    python -m benchmarks.import_many [--pictures 10000] [--search-text] [--work FOLDER] [--json]

Draws small phantoms, each stored many times over with other noise, as PNG and as DICOM, and takes them in by
``python -m ssg cases import`` as a person would: killed (SIGKILL) when half of the files are read, then run to its end.
Prints how many files are accounted for, how many a second are read and put together, the most memory of the program and
of its workers, and how many files the second run read anew of those that the first one had read.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ssg.phantoms import draw

KINDS = ("chest-xray", "chest-ct", "brain-mr")
PHANTOMS = 60
"""Phantoms that are drawn; every picture is one of them with noise of its own."""

SIDE = 256
DICOM_EACH = 4
"""Every so manyth picture is a DICOM file, the others are PNG."""

LOOK = 0.5
"""Seconds between two looks at memory and lines."""


def write_pictures(folder: Path, count: int, seed: int = 0) -> None:
    """``count`` files in folders of a thousand, no two of which have the same pixels."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    drawn = [draw(KINDS[number % len(KINDS)], 70_000 + number, size=SIDE).pixels for number in range(PHANTOMS)]
    for number in range(count):
        pixels = rng.choice(drawn).astype(np.int16) + noise.integers(-6, 7, (SIDE, SIDE), dtype=np.int16)
        grey = np.clip(pixels, 0, 255).astype(np.uint8)
        is_dicom = number % DICOM_EACH == 0
        path = folder / f"{number // 1000:03}" / f"{number:06}.{'dcm' if is_dicom else 'png'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_dicom:
            path.write_bytes(_dicom(grey, number))
        else:
            Image.fromarray(grey).save(path, compress_level=1)


def _dicom(grey: np.ndarray[Any, Any], number: int) -> bytes:
    """A radiograph of a patient of its own."""
    from pydicom import dcmwrite
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.1")
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = UID(f"1.2.3.{number}")
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.StudyInstanceUID, made.SeriesInstanceUID, made.PatientID = f"1.2.4.{number}", f"1.2.5.{number}", f"p{number}"
    made.Modality, made.PhotometricInterpretation, made.SamplesPerPixel = "CR", "MONOCHROME2", 1
    made.Rows, made.Columns = grey.shape
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.PixelData = (grey.astype("<u2") << 4).tobytes()
    buffer = io.BytesIO()
    dcmwrite(buffer, made, enforce_file_format=True)
    return buffer.getvalue()


class Run:
    """One run of the import, watched: ``peak`` and ``peak_workers`` are the most resident memory, in bytes."""

    def __init__(self, pictures: Path, out: Path, search_text: bool) -> None:
        options = [] if search_text else ["--no-text-search"]
        command = [*("-m", "ssg", "cases", "import", str(pictures), "--out", str(out)), *("--licence", "private")]
        command += ["--format", "pictures", "--report", str(out.parent / "report.json"), "--id", "many", *options]
        self.peak = self.peak_workers = 0
        self.read_seconds = 0.0
        """Until the last file was read."""

        self._lines = out / ".ingest" / "done.jsonl"
        self._begin = time.monotonic()
        self.process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)  # noqa: S603

    @property
    def seconds(self) -> float:
        """Since it was begun."""
        return time.monotonic() - self._begin

    def lines(self) -> int:
        """Files that it has read, and those before it."""
        return self._lines.read_bytes().count(b"\n") if self._lines.exists() else 0

    def watch(self, until: int) -> None:
        """Return when it has read so many files, or has ended."""
        last = 0
        while self.process.poll() is None:
            self._look()
            lines = self.lines()
            if lines > last:
                last, self.read_seconds = lines, self.seconds
            if lines >= until:
                return
            time.sleep(LOOK)

    def _look(self) -> None:
        """Memory of the process and of its children together, from /proc; none where there is no /proc."""
        pid = self.process.pid
        self.peak = max(self.peak, _resident(pid))
        workers = 0
        with suppress(OSError):  # a thread that has ended meanwhile
            for task in Path(f"/proc/{pid}/task").iterdir():
                workers += sum(_resident(int(one)) for one in (task / "children").read_text().split())
        self.peak_workers = max(self.peak_workers, workers)


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS")), 0)
    except OSError:
        return 0


def measured(count: int, work: Path, search_text: bool = False) -> dict[str, Any]:
    """The figures of ``count`` pictures, made and taken in under ``work``."""
    pictures, out = work / "in", work / "out"
    print(f"drawing {count:,} pictures ...", file=sys.stderr, flush=True)
    write_pictures(pictures, count)
    first = Run(pictures, out, search_text)
    first.watch(count // 2)
    first.process.kill()
    first.process.wait()
    kept = first.lines()
    print(f"killed after {kept:,} files in {first.seconds:.0f} s; again ...", file=sys.stderr, flush=True)
    second = Run(pictures, out, search_text)
    second.watch(count + 1)
    if second.process.wait() != 0:
        raise SystemExit("The second run failed; see what it said.")
    seconds = second.seconds
    report = json.loads((work / "report.json").read_text())
    files = report["files"]
    refused = sum(one["times"] for one in files["refused"].values())
    cases = json.loads((out / "case_set.json").read_text())["cases"]
    return {
        "pictures": count,
        "accounted": sum(files["taken"].values()) + refused,
        "cases": len(cases),
        "read_by_the_first": kept,
        "of_these_read_again": kept - files["read_before"],
        "read_a_second": round(kept / first.read_seconds, 1),
        "second_run_seconds": round(seconds, 1),
        "all_a_second": round(count / (first.read_seconds + seconds), 1),
        "put_together_a_second": round(count / max(seconds - second.read_seconds, 1e-3), 1),
        "peak_mb": round(max(first.peak, second.peak) / 2**20),
        "peak_workers_mb": round(max(first.peak_workers, second.peak_workers) / 2**20),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--search-text", action="store_true", help="look for burned-in text too, which takes longest")
    parser.add_argument("--work", type=Path, help="a folder to work in, on a disk with room (a temporary one)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        row = measured(arguments.pictures, Path(work), arguments.search_text)
    if arguments.json:
        print(json.dumps(row, indent=2))
        return
    print(f"accounted for   {row['accounted']:,} of {row['pictures']:,} files; {row['cases']:,} cases")
    print(
        f"killed after    {row['read_by_the_first']:,} files, of which {row['of_these_read_again']:,} were read again"
    )
    print(f"speed           {row['read_a_second']} files a second read, {row['put_together_a_second']} put together,")
    print(f"                {row['all_a_second']} a second over both runs")
    print(f"memory          {row['peak_mb']:,} MB at most, and {row['peak_workers_mb']:,} MB in its workers")


if __name__ == "__main__":
    main()
