"""Who is invited to the tour, and where it begins."""

from pathlib import Path

from ssg.web.tour import invitation, tour_address
from ssg.web.words_tour import CALLOUTS
from tests.web.test_practise import body_of, learner_of


def test_who_has_handed_in_nothing_is_invited(client, services):
    learner = learner_of(client, services)
    assert tour_address(services) == "/practise?set=first-steps-tour&case=t-1&tour=1"
    assert "case=t-1" in invitation(services, learner)
    client.post("/api/attempts", json=body_of(services, "case-03"))
    assert invitation(services, learner) == ""


def test_without_a_tour_nobody_is_invited(client, services, monkeypatch):
    learner = learner_of(client, services)
    monkeypatch.setattr(services.learning, "tour", lambda: None)
    assert invitation(services, learner) == "" and tour_address(services) == ""


def test_the_judgement_parts_the_callouts_once():
    """tour.js goes back to before it or on from it: it has one place, where the learner is waited for."""
    judged = [callout.get("when") == "judged" for callout in CALLOUTS]
    assert judged == sorted(judged) and 0 < sum(judged) < len(judged)
    assert CALLOUTS[judged.index(True) - 1]["then"] == "wait" and CALLOUTS[-1]["then"] == "finish"


def test_the_tour_presses_nothing_but_the_way_to_the_next_case():
    script = (Path(__file__).parents[2] / "ssg" / "web" / "tour.js").read_text(encoding="utf-8")
    assert script.count(".click()") == 1 and 'find("#case-next")?.click()' in script
