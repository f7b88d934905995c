"""The way into the tour: its address, and the invitation for whoever is new."""

from __future__ import annotations

from urllib.parse import urlencode

from ssg.web.html import tag, text
from ssg.web.services import Services
from ssg.web.words_tour import TOUR as W


def tour_address(services: Services) -> str:
    """Where the tour begins; "" where no tour is installed."""
    first = services.learning.tour()
    return "/practise?" + urlencode({"set": first[0], "case": first[1], "tour": 1}) if first else ""


def invitation(services: Services, learner: str) -> str:
    """For a learner without attempts; tour.js hides it where the tour was finished, skipped or declined before."""
    address = tour_address(services)
    if not address or services.learning.has_begun(learner):
        return ""
    words = tag("p", tag("strong", text(W["invite_title"])), " ", text(W["invite"]))
    link = tag("a", text(W["begin"]), href=address, class_="go")
    later = tag("button", text(W["not_now"]), type="button", attributes={"data-tour-not-now": True})
    return tag("aside", words, link, later, class_="invitation", aria_label=W["label"])
