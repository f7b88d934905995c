"""What the Progress page shows, as plain values and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from ssg.teaching.mastery import Choice
from ssg.teaching.progress import AT_FALSE, Among, ClassMarks, Curve, Progress, progress_of
from ssg.web.html import tag, text
from ssg.web.progress_plots import percent
from ssg.web.services import Services
from ssg.web.words_progress import PROGRESS as W

MOST_LISTED = 5
"""Findings whose mistakes are listed at once; the others on demand."""

KNOWN_FROM = 0.8
"""From so likely on a finding counts as known."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A learner's progress with what comes next (None where there is no case) and their place among the others."""

    progress: Progress
    choice: Choice | None
    among: Among


class ProgressView:
    """Looks a learner's progress up; ``clock`` gives the time."""

    def __init__(self, services: Services) -> None:
        self._practice, self._learning = services.practice, services.learning
        self._class = ClassMarks(lambda: (attempt for _, attempt in services.store.everyones()))

    def look(self, learner: str) -> Shown:
        """All that is shown of a learner, as it is now."""
        now = datetime.now(UTC)
        attempts = self._learning.attempts(learner)
        stands = self._learning.standing(learner, now, attempts)
        choice = self._learning.next_by(stands, learner) if len(self._practice) else None
        return Shown(progress_of(attempts, stands), choice, self._class.among(learner))

    def title_of(self, choice: Choice) -> str:
        """The title of the case that comes next."""
        return self._practice.case(*choice.name).title


def head_html(shown: Shown, title: str) -> str:
    """The page's first lines: a few numbers, and what to do next."""
    progress = shown.progress
    lead = tag("h1", text(W["title"])) + tag("p", text(W["lead"]), class_="lead")
    if progress.is_empty:
        return lead + _empty(shown)
    lately = progress.drawn.lately if progress.drawn.lately is not None else progress.written.lately
    known = sum(now >= KNOWN_FROM for _, _, now in progress.mastery)
    tiles = [
        _tile(str(progress.cases), W["cases"]),
        _tile("–" if lately is None else f"{100 * lately:.0f}", W["lately"]),
        _tile(f"{known} / {len(progress.mastery)}", W["known"]),
        _tile(str(len(progress.due)), W["due"]),
    ]
    return lead + tag("div", *tiles, class_="tiles") + _next(shown, title)


def _tile(number: str, words: str) -> str:
    return tag("div", tag("strong", text(number)), tag("span", text(words)), class_="tile")


def _empty(shown: Shown) -> str:
    where = _address(shown.choice) if shown.choice else "/practise"
    inside = tag("h2", text(W["empty_title"])) + tag("p", text(W["empty"]))
    return tag("section", inside, tag("a", text(W["start"]), href=where, class_="go"), class_="empty-state")


def _next(shown: Shown, title: str) -> str:
    if shown.choice is None:
        return ""
    words = tag("div", tag("strong", text(title)), tag("p", text(shown.choice.why), class_="hint"))
    link = tag("a", text(W["go"]), href=_address(shown.choice), class_="go")
    return tag("h2", text(W["next"])) + tag("section", words, link, class_="next-case")


def _address(choice: Choice) -> str:
    return "/practise?" + urlencode({"set": choice.name[0], "case": choice.name[1]})


def section_html(title: str, *sentences: str) -> str:
    """What stands above a figure."""
    hints = "".join(tag("p", text(sentence), class_="hint") for sentence in sentences if sentence)
    return tag("h2", text(title)) + hints


def mastery_table(progress: Progress, now: datetime | None = None) -> str:
    """The same as the figure of mastery, for who reads tables: every finding with when it is due."""
    now = now or datetime.now(UTC)
    head = "".join(tag("th", text(W[name]), scope="col") for name in ("finding", "now", "asked", "right", "due_on"))
    rows = []
    for mastery, card, known in progress.mastery:
        due = "" if card is None else W["due_now"] if card.is_due(now) else card.due.strftime("%Y-%m-%d")
        asked = mastery.present + mastery.absent
        cells = [*percent([known]), str(asked), str(mastery.right), due]
        name = tag("th", text(mastery.finding), scope="row")
        rows.append(tag("tr", name, *(tag("td", text(cell)) for cell in cells)))
    table = tag("table", tag("thead", tag("tr", head)), tag("tbody", *rows))
    return tag("details", tag("summary", text(W["table"])), table, class_="as-table")


def mistakes_list(progress: Progress) -> str:
    """The findings that go wrong most, each with how."""
    rows = [
        tag("li", tag("strong", text(name)), text(" " + ", ".join(f"{kind.value} {count}" for kind, count in kinds)))
        for name, kinds in progress.mistakes.by_finding
    ]
    if not rows:
        return ""
    most, others = rows[:MOST_LISTED], rows[MOST_LISTED:]
    more = tag("details", tag("summary", text(W["all"])), tag("ul", *others), class_="as-table") if others else ""
    return tag("ul", *most, class_="wrong") + more


def froc_words(progress: Progress) -> str:
    """What the FROC curve says."""
    most = progress.froc.x[-1] if progress.froc.x else 0.0
    at = W["froc_half"] if most >= AT_FALSE else W["froc_all"].format(false=f"{most:.2f}")
    return _curve_words("froc", progress.froc, at)


def lroc_words(progress: Progress) -> str:
    """What the LROC curve says."""
    return _curve_words("lroc", progress.lroc)


def _curve_words(name: str, curve: Curve, at: str = "") -> str:
    if curve.why_not:
        return curve.why_not
    figure, low, high = percent((curve.figure, curve.low, curve.high))
    return W[f"{name}_hint"].format(figure=figure, low=low, high=high, at=at)


def calibration_words(progress: Progress) -> str:
    """What the learner's confidence is worth."""
    bias = progress.calibration.bias
    if bias is None:
        return W["few_boxes"]
    if abs(bias) < 0.05:
        return W["just_sure"]
    return W["too_sure" if bias > 0 else "too_unsure"].format(bias=f"{abs(bias):.0%}")


def class_words(among: Among) -> str:
    """Where the learner stands among the others."""
    if among.why_not:
        return among.why_not
    return W["class_place"].format(below=f"{among.below or 0:.0%}", others=among.others)


def mistakes_words(progress: Progress) -> str:
    """What is counted."""
    name = "mistakes_hint" if progress.mistakes.kinds else "no_mistakes"
    return W[name].format(among=progress.mistakes.among)
