"""How a learner is getting on, as numbers that the Progress page draws. All of it is made anew from attempts.

course.py         marks over time
mistakes.py       what goes wrong, by kind and by finding
localisation.py   FROC and LROC curves from the learner's own confidence
calibration.py    whether "certain" means right
classmates.py     the learner among all learners, without names
summary.py        all of it for one learner: start here
"""

from ssg.teaching.progress.calibration import Calibration, Grade, calibration_of
from ssg.teaching.progress.classmates import Among, ClassMarks
from ssg.teaching.progress.course import Course, course_of
from ssg.teaching.progress.localisation import AT_FALSE, Curve, froc, lroc
from ssg.teaching.progress.mistakes import Mistakes, mistakes_of
from ssg.teaching.progress.summary import Progress, progress_of

__all__ = [
    "AT_FALSE",
    "Among",
    "Calibration",
    "ClassMarks",
    "Course",
    "Curve",
    "Grade",
    "Mistakes",
    "Progress",
    "calibration_of",
    "course_of",
    "froc",
    "lroc",
    "mistakes_of",
    "progress_of",
]
