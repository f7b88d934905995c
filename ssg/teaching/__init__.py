"""What happens between a learner and a case: drafts, attempts, what comes next. Knows neither pages nor models."""

from ssg.teaching.practice import Practice, Submission

__all__ = ["Practice", "Submission"]
