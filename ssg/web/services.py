"""What the pages share: settings, store, cases, images and the models, made once at the start."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from ssg.casebook import Case, CaseSet, load_case_sets
from ssg.casebook.hub_sets import pulled_sets
from ssg.reward.sight import Sight
from ssg.settings import Settings
from ssg.store import Store
from ssg.teaching import Practice
from ssg.teaching.learning import Learning
from ssg.teaching.library import Library
from ssg.teaching.workshop import Workshop
from ssg.web.calibrating import Calibrating
from ssg.web.embeddings import Embeddings
from ssg.web.encoder_desk import EncoderDesk, load_encoder
from ssg.web.guard import LearnerCookie
from ssg.web.images import ImageShelf
from ssg.web.instructors import Instructors
from ssg.web.policy_desk import PolicyDesk, load_grounder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that handlers need; nothing of it knows a page."""

    settings: Settings
    store: Store
    practice: Practice
    learning: Learning
    calibrating: Calibrating
    images: ImageShelf
    case_images: dict[tuple[str, str], str]
    desk: PolicyDesk
    encoder: EncoderDesk
    cookie: LearnerCookie
    instructors: Instructors
    workshop: Workshop
    library: Library
    embeddings: Embeddings

    @classmethod
    def open(cls, settings: Settings, desk: PolicyDesk | None = None, encoder: EncoderDesk | None = None) -> Services:
        """Open the database, read the case sets and begin to load the policy and the reward's encoder.

        Raises Unavailable where the data directory or the database cannot be used: without them answers would be lost.
        """
        cookie = LearnerCookie.with_key_file(settings.data_dir / "cookie.key")
        store = Store(settings.database_url)
        pulled, told = pulled_sets(settings.hub_sets, settings.data_dir / "hub_sets")
        for sentence in told:
            log.warning("case set of the Hub: %s", sentence)
        sets, problems = load_case_sets([*settings.case_sets, *pulled])
        for problem in problems:
            log.warning("case set left out: %s", problem)
        images = ImageShelf(cookie.derived_key("images"), settings.data_dir / "uploads")
        case_images = {(one.id, case.id): images.case_id(one, case) for one in sets for case in one.cases}
        desk = desk or PolicyDesk(lambda: load_grounder(settings))
        encoder = encoder or EncoderDesk(lambda: load_encoder(settings))
        desk.start()
        encoder.start()

        def look(case_set: CaseSet, case: Case) -> tuple[Sight | None, str]:
            name = case_images[case_set.id, case.id]
            return encoder.look(lambda: images.case_pixels(name), case.modality, case.body_part)

        practice = Practice(sets, store, look)
        learning = Learning(practice, store)
        services = cls(
            settings,
            store,
            practice,
            learning,
            Calibrating(learning),
            images,
            case_images,
            desk,
            encoder,
            cookie,
            Instructors(settings, cookie.derived_key("instructors")),
            Workshop(store.workshop, settings.data_dir / "workshop"),
            Library(practice),
            Embeddings(encoder, images),
        )
        for work, made in services.workshop.versions.in_use():
            services.offer(made, work.visibility)
        services.calibrating.start()
        return services

    def offer(self, made: CaseSet, visibility: str) -> None:
        """Offer a published set: a public one to all learners, an unlisted one by its link, a private one to none."""
        if visibility == "private":
            self.withdraw(made.id)
            return
        for case in made.cases:
            self.case_images[made.id, case.id] = self.images.case_id(made, case)
        self.practice.put(made, listed=visibility == "public")

    def pictures_url(self, name: tuple[str, str], case: Case) -> str:
        """Where the pictures of a case are served, as :func:`ssg.web.case_scene.case_scene` takes it."""
        shown = self.case_images[name]
        return f"/media/{shown}.png" if len(case.pictures) == 1 else f"/media/{shown}-{{number}}.png"

    def withdraw(self, set_id: str) -> None:
        """Offer a set no more."""
        self.practice.drop(set_id)
        for name in [name for name in self.case_images if name[0] == set_id]:
            self.images.forget_case(self.case_images.pop(name))

    def health(self) -> dict[str, Any]:
        """Whether the parts work; the database is asked, not assumed."""
        self.store.questions("health", limit=1)
        return {
            "database": "ok",
            "cases": len(self.practice),
            "policy": self.desk.state,
            "encoder": self.encoder.state,
            "kept": self.settings.keeps_data,
        }

    def close(self) -> None:
        """Give the database back."""
        self.calibrating.stop()
        self.store.close()
