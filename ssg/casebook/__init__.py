"""Case sets: a folder with one manifest and its images, that a person can write by hand and anyone can check.

    types.py       Case, Series, CaseImage, Reader, TeachingPoint, CaseSet
    schema.py      case_set.schema.json, the form of a manifest, and objects read by it
    lesions.py     what several pictures show, judged on one of them
    series.py      the pictures of a case, and where a region lies
    migrations.py  manifests of earlier formats
    files.py       files inside of a folder, a PNG's size
    problems.py    Problem, InvalidCaseSet: everything that is wrong, at once
    fields.py      foreign values checked one by one
    manifest.py    JSON to CaseSet; the format
    reading.py     read_case_set, load_case_sets, check_images
    zipped.py      a case set as one zip file
    writing.py     write_case_set, atomically
    advice.py      what is valid and yet unwise: histories that give the answer away, sides that look mirrored
    recipe.py      a set of phantoms as its author writes it down
    synth.py       phantoms to case sets

``cases/README.md`` explains the format. Neither torch nor gradio is loaded here.
"""

from ssg.casebook.problems import InvalidCaseSet, Problem
from ssg.casebook.reading import check_images, load_case_sets, read_case_set
from ssg.casebook.types import Case, CaseImage, CaseSet, OtherMark, Reader, Series, TeachingPoint
from ssg.casebook.writing import write_case_set

__all__ = [
    "Case",
    "CaseImage",
    "CaseSet",
    "InvalidCaseSet",
    "OtherMark",
    "Problem",
    "Reader",
    "Series",
    "TeachingPoint",
    "check_images",
    "load_case_sets",
    "read_case_set",
    "write_case_set",
]
