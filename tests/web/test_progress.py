"""Progress as a page: empty for a newcomer, and what a learner did for who did something."""

from datetime import UTC, datetime

import pytest

from ssg.teaching import Submission
from ssg.web import progress_plots, progress_view
from ssg.web.pages import progress
from ssg.web.progress_view import ProgressView


@pytest.fixture(scope="module")
def somebody(services):
    """A learner who reads twelve cases as the readers do, but for every third, of which they see nothing."""
    for number, name in enumerate(services.practice.order[:12]):
        case = services.practice.case(*name)
        reader = case.readers[0]
        asked = [region for region in reader.regions if region.finding in case.question]
        drawn = () if number % 3 == 0 else tuple(asked)
        absent = tuple(one for one in case.question if one not in {region.finding for region in drawn})
        services.practice.submit("somebody", *name, Submission(f"token {number}", drawn, absent))
    return "somebody"


def test_a_newcomer_is_told_what_to_do(services):
    shown = ProgressView(services).look("nobody at all")
    assert shown.progress.is_empty
    html = progress_view.head_html(shown, "")
    assert "Nothing here yet" in html
    assert "/practise?set=" in html


def test_what_a_learner_did_is_counted(services, somebody):
    view = ProgressView(services)
    shown = view.look(somebody)
    assert shown.progress.cases == shown.progress.attempts == 12
    assert len(shown.progress.drawn) == 12
    assert shown.progress.mistakes.kinds
    html = progress_view.head_html(shown, view.title_of(shown.choice))
    assert ">12<" in html
    assert view.title_of(shown.choice)[:5] in html


def test_every_section_has_words_and_a_figure_or_a_reason(services, somebody):
    parts = progress._parts(ProgressView(services).look(somebody))
    assert len(parts) == 3 * len(progress.SECTIONS)
    for heading in parts[::3]:
        assert "<h2>" in heading
        assert "{" not in heading


def test_the_table_has_every_finding(services, somebody):
    shown = ProgressView(services).look(somebody)
    table = progress_view.mastery_table(shown.progress, datetime.now(UTC))
    for mastery, _, _ in shown.progress.mastery:
        assert mastery.finding in table


def test_figures_are_dark_and_fit_their_place(services, somebody):
    shown = ProgressView(services).look(somebody)
    for figure in (
        progress_plots.mastery_figure(shown.progress),
        progress_plots.course_figure(shown.progress.drawn, shown.progress.written),
        progress_plots.mistakes_figure(shown.progress.mistakes),
    ):
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.xaxis.fixedrange, "a finger that scrolls the page does not zoom"


def test_the_page_answers(client):
    assert client.get("/progress").status_code == 200
