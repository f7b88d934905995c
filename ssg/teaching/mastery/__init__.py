"""What a learner knows, when to meet it again, how hard cases are, and which comes next.

    outcomes.py     attempts → what they say of each finding: start here (grading.py: one attempt; times.py: the clock)
    tracing.py      how likely each finding is known, and how sure that is (fitting.py: its parameters from a class)
    spacing.py      when each finding is due again
    difficulty.py   how hard a case is by itself (calibration.py: by what learners made of it)
    standing.py     all of it for one learner at one moment
    choosing.py     the next case (saying.py: why, in a sentence)

Pure functions over attempts and cases: nothing of it is stored. Formulas, defaults and figures: docs/mastery.md.
"""

from ssg.teaching.mastery.choosing import Candidate, Choice, choose, choose_for
from ssg.teaching.mastery.difficulty import Difficulty
from ssg.teaching.mastery.grading import DrawnBox, ErrorKind, How, found_from
from ssg.teaching.mastery.outcomes import History, Name, Outcome, Visit, replay
from ssg.teaching.mastery.spacing import Spacing
from ssg.teaching.mastery.standing import Standing, standing
from ssg.teaching.mastery.tracing import Mastery, Parameters

__all__ = [
    "Candidate",
    "Choice",
    "Difficulty",
    "DrawnBox",
    "ErrorKind",
    "History",
    "How",
    "Mastery",
    "Name",
    "Outcome",
    "Parameters",
    "Spacing",
    "Standing",
    "Visit",
    "choose",
    "choose_for",
    "found_from",
    "replay",
    "standing",
]
