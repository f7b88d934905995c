"""A report that a learner writes, judged against what the readers of its case mark and exclude.

types.py          Row, Part, ReportJudgement: what comes out
reference.py      what the readers of a case say of each finding, with its sides and how it has changed
matching.py       which statements of a report speak of which finding
judging.py        statements against the reference -> rows: start here
scoring.py        rows -> parts and a total
wording.py        the sentence of each row and part
model_answer.py   how the readers' marks read as a report
"""

from ssg.teaching.reporting.judging import judge_report
from ssg.teaching.reporting.model_answer import model_answer
from ssg.teaching.reporting.types import Kind, Part, ReportJudgement, Row

__all__ = ["Kind", "Part", "ReportJudgement", "Row", "judge_report", "model_answer"]
