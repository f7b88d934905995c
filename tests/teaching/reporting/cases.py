"""Cases to write reports on."""

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, Series
from ssg.casebook.types import OtherMark, Reader
from ssg.reports import parse
from ssg.reward import Region
from ssg.teaching.reporting import judge_report
from ssg.vocabulary import Side

ASKED = ("pneumothorax", "pleural effusion", "consolidation", "cardiomegaly")


def region(finding, side=None, picture=0, size=20):
    return Region(finding, Box(10, 10, 10 + size, 10 + size), side=side and Side(side), picture=picture)


def reader(*regions, absent=(), name="A", other=()):
    return Reader(tuple(regions), tuple(absent), name, other=tuple(other))


def case(*readers, question=ASKED, before=False, **more):
    image = CaseImage("images/a.png", 100, 100, "0" * 64)
    series = [Series("now", (image,))]
    if before:
        series.append(Series("before", (image,), days=-30))
    return Case("c", "C", "", "DX", 1, tuple(series), tuple(readers), question, view="PA", body_part="CHEST", **more)


def judged(made, text):
    return judge_report(made, parse(text, "chest x-ray"))


def row(judgement, finding):
    (found,) = [one for one in judgement.rows if one.finding == finding]
    return found


def kinds(made, text):
    return {one.finding: one.kind.value for one in judged(made, text).rows}


GONE = OtherMark("right consolidation, gone since", Box(10, 10, 30, 30), picture=1)
