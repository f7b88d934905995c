"""The formats that can be imported, by name; and which of them a file is of."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from ssg.casebook.imports.csv_rows import start_of
from ssg.casebook.imports.json_rows import json_file
from ssg.casebook.imports.marks import Reading
from ssg.errors import BadInput

FORMATS = {
    "annotations": "SSG's own annotations.json",
    "chestxray8": "ChestX-ray8, BBox_List_2017.csv (and Data_Entry_2017*.csv)",
    "vindr": "VinDr-CXR, train.csv of the Kaggle competition",
    "rsna": "RSNA Pneumonia Detection Challenge, stage_2_train_labels.csv",
    "siim": "SIIM-ACR Pneumothorax Segmentation, train-rle.csv",
    "mscxr": "MS-CXR, MS_CXR_Local_Alignment_v*.json or .csv",
    "padchest_gr": "PadChest-GR, grounded_reports_*.json",
    "chestx_det": "ChestX-Det and ChestX-Det10, ChestX_Det_train.json and _test.json",
    "m3d_refseg": "M3D-RefSeg, M3D_RefSeg*.csv or the folder of its cases",
    "masks": "masks in PNG, DICOM or NIfTI files, or their folder, with labels.json where values have names",
    "pascal_voc": "Pascal VOC, .xml files or their folder",
    "yolo": "YOLO, a folder with data.yaml or classes.txt and labels/, or one of these files",
    "coco": "COCO detection, a JSON of images, annotations and categories",
    "table": "any CSV whose columns have usual names: image, label, xmin, ymin, xmax, ymax, ...",
}
"""Name and what it is; each is a module of this folder. ``auto`` asks them in this order: special ones come first."""

AUTOMATIC = "auto"


class Importer(Protocol):
    """What the module of a format has."""

    def read(self, files: Sequence[Path]) -> Reading:
        """Read the files of a source; raises BadInput for those that are not of the format."""

    def recognises(self, path: Path) -> bool:
        """Whether a file looks like one of the format."""


def importer_of(name: str, files: Sequence[Path]) -> Importer:
    """The importer of a format, or (``auto``) of the one that the first file is of."""
    if name != AUTOMATIC:
        return cast(Importer, importlib.import_module(f"ssg.casebook.imports.{name}"))
    unreadable: BadInput | None = None
    for known in FORMATS:
        importer = importer_of(known, files)
        try:
            if importer.recognises(files[0]):
                return importer
        except BadInput as error:  # a folder, or no text: nothing for a format of one file, but perhaps for another
            unreadable = unreadable or error
    if unreadable is not None and not files[0].is_dir():
        raise unreadable
    if files[0].is_file():
        if not start_of(files[0]).strip():
            raise BadInput(f"{files[0]} is empty: give a file with the annotations in it.")
        require_whole_json(files[0])
    if why := _of_table(files[0]):
        raise BadInput(f"{why} Or give --format, one of {', '.join(FORMATS)}.")
    raise BadInput(f"{files[0]} is of no format that is known by its look: give --format, one of {', '.join(FORMATS)}.")


def require_whole_json(path: Path) -> None:
    """Raise BadInput for JSON that is damaged or ends too early, and for COCO that lacks one of its lists."""
    from ssg.casebook.imports import coco

    start = start_of(path).lstrip()
    if not start or (path.suffix.lower() != ".json" and start[0] != "{"):
        return
    value = json_file(path)
    missing = [key for key in coco.KEYS if key not in value] if isinstance(value, dict) else []
    if len(missing) == 1:
        there = " and ".join(key for key in coco.KEYS if key not in missing)
        raise BadInput(f"{path} has {there} as COCO has, but no {missing[0]}: give the whole file, or add that list.")


def _of_table(path: Path) -> str:
    """What a CSV table lacks to be read; "" for anything else."""
    from ssg.casebook.imports import table

    return table.lacks(path) if path.is_file() else ""
