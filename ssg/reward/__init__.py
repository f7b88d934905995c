"""The spatial-semantic reward: one function for students, policies, predictions and second readers.

    answers.py        Region, Answer, Reference: what is judged, and against what
    truth.py          what the readers' opinions allow as true
    layout.py         answers and references as arrays (segments.py: rows that belong to owners)
    pairing.py        box sets against box sets: the best one-to-one pairs
    spatial.py        is it in the right place, at the right size, in the right number?
    semantic.py       does the region show what the words say? (wording.py; sight.py: asked of an image-text encoder)
    clinical.py       would an expert accept it, and do the urgent things come first? (urgency.py)
    acceptability.py  the learned model of it; likeness.py, evidence.py, whereabouts.py: what it is given; forest.py
    coherence.py      do answers to related findings fit one another and the anatomy?
    relations.py      the relation graph (relations.toml), and how well boxes hold to it
    agreement.py      a score's place among radiologists
    rubric.py         weights and the gate
    judge.py          composes the components, of many answers at once: start here
    stated.py         findings that are stated and not drawn, put beside the judgement of the boxes
    breakdown.py      Breakdown, Component, Match, Missed, Extra: the result of one
    score.py          one answer: a batch of one as a Breakdown
    verdicts.py       what instructors accept and reject
    explain.py        says it in sentences (standing.py: the one on the whole)

Specification: docs/reward.md. Neither torch, transformers nor gradio is loaded here.
"""

from ssg.reward.acceptability import Acceptability
from ssg.reward.agreement import Agreement
from ssg.reward.answers import Answer, ReaderAnswer, Reference, Region, said
from ssg.reward.breakdown import Breakdown, Component, Extra, Match, Missed
from ssg.reward.judge import Scores, score_many
from ssg.reward.rubric import DEFAULT_RUBRIC, Rubric
from ssg.reward.score import score
from ssg.reward.stated import Stated

__all__ = [
    "DEFAULT_RUBRIC",
    "Acceptability",
    "Agreement",
    "Answer",
    "Breakdown",
    "Component",
    "Extra",
    "Match",
    "Missed",
    "ReaderAnswer",
    "Reference",
    "Region",
    "Rubric",
    "Scores",
    "Stated",
    "said",
    "score",
    "score_many",
]
