"""What can go wrong, as a small tree.

    SSGError                  everything that SSG raises on purpose
    ├── Cancelled             somebody wanted no more of it
    ├── BadInput              the caller's side: names the thing and the remedy (exit code 2)
    │   ├── InvalidBox
    │   ├── InvalidAnswer     an answer or a reference that cannot be scored as it stands
    │   ├── UnknownFinding    carries candidates
    │   └── ImageRefused      carries a short code for the reason
    └── Unavailable           our side or the outside: a policy that is missing, a full queue

Only the outermost layers (command line, pages, HTTP routes) turn these into words for a person.
"""

from collections.abc import Sequence


class SSGError(Exception):
    """Base of every error that SSG raises on purpose; its text is meant for the user."""

    @property
    def each(self) -> Sequence[str]:
        """What is said, thing by thing: each is shown on a line of its own."""
        return (str(self),)


class Cancelled(SSGError):
    """Work that was given up because somebody said so."""


class BadInput(SSGError):
    """Something given to SSG cannot be used; the text names the thing and the remedy."""


class InvalidBox(BadInput):
    """A box without area, with a NaN, with corners out of order, or outside of its image."""


class InvalidAnswer(BadInput):
    """An answer or a reference whose form is wrong."""


class UnknownFinding(BadInput):
    """A name that the vocabulary does not hold.

    ``candidates`` are the names it may have meant, best first; ``where`` says in which part of a file it stands.
    """

    def __init__(self, name: str, candidates: Sequence[str] = (), where: str = "") -> None:
        self.name = name
        self.candidates = tuple(candidates)
        shown = name if len(name) <= 60 else name[:57] + "..."
        if self.candidates:
            remedy = "did you mean " + ", ".join(self.candidates[:3]) + "?"
        else:
            remedy = "`python -m ssg vocabulary` lists the names that are known."
        place = f"{where}: " if where else ""
        super().__init__(f"{place}'{shown}' is not a finding of the vocabulary: {remedy}")


class ImageRefused(BadInput):
    """A file that is not shown. ``code`` is stable and short ("truncated", "too_large", ...).

    ``reason`` is what is wrong, without the name of the file and without the remedy.
    """

    def __init__(self, code: str, message: str, reason: str = "") -> None:
        self.code, self.reason = code, reason or code
        super().__init__(message)


class Unavailable(SSGError):
    """Something that SSG needs is not there now; the text says what still works."""
