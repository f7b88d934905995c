"""Cases, attempts and outcomes that the tests of mastery are about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, Reader, Series
from ssg.reward import Region
from ssg.store import Attempt
from ssg.teaching.mastery import How, Outcome
from ssg.teaching.practice import judged_on
from ssg.vocabulary import Side

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

EFFUSION = Region("pleural effusion", Box(600, 600, 800, 900), Side.LEFT)
NODULE = Region("nodule", Box(200, 300, 260, 360), Side.RIGHT)
READER = Reader((EFFUSION, NODULE), ("pneumothorax", "cardiomegaly"), id="A")
QUESTION = ("pleural effusion", "nodule", "pneumothorax", "cardiomegaly")


def a_case(name="one", readers=(READER,), question=QUESTION, difficulty=3, **more):
    image = CaseImage(f"images/{name}.png", 1000, 1000, "0" * 64)
    return Case(name, name, "", "DX", difficulty, (Series.single(image),), readers, question, view="PA", **more)


def a_normal(name="normal", question=QUESTION, **more):
    return a_case(name, (Reader((), question, id="A"),), question, **more)


def moved(region, dx=0, dy=0, **more):
    box = Box(region.box.x0 + dx, region.box.y0 + dy, region.box.x1 + dx, region.box.y1 + dy)
    return replace(region, box=box, **more)


def an_attempt(case, regions=(), absent=(), at=NOW, number=0, shown=True, **more):
    answer, breakdown = judged_on(case, regions, absent)
    row = {
        "receipt": f"R-{case.id}-{number}",
        "learner": "ann",
        "case_set": "set",
        "case_id": case.id,
        "case_version": "1",
        "answer": answer.to_json(),
        "breakdown": breakdown.to_json(),
        "total": breakdown.total,
        "policy": None,
        "duration_s": None,
        "recorded_at": at,
        "revealed_at": at if shown else None,
    }
    return Attempt(**{**row, **more})


def cases_of(*cases):
    return {("set", case.id): case for case in cases}


def an_outcome(finding="nodule", right=True, present=True, at=NOW, name="one", **more):
    how = How.DRAWN if present == right else How.DENIED
    grade = 0.7 if right and present else float(right)
    return Outcome(("set", name), "1", "R", at, finding, present, how, right, more.pop("grade", grade), **more)
