"""What is published in the workshop is offered at once, to those who may see it, and again after a restart."""

from dataclasses import replace

import pytest

from ssg.casebook import read_case_set
from ssg.errors import BadInput
from ssg.settings import BUNDLED_CASES, Settings
from ssg.web.ask_view import AskView
from ssg.web.encoder_desk import EncoderDesk
from ssg.web.library_view import LibraryView
from ssg.web.policy_desk import PolicyDesk
from ssg.web.services import Services
from tests.web.fakes import FakeGrounder


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", case_sets=(tmp_path / "none",))


def opened(settings):
    return Services.open(settings, PolicyDesk(FakeGrounder), EncoderDesk(lambda: None))


@pytest.fixture
def published(settings):
    services = opened(settings)
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    made = services.workshop.create("Mine", "CC0-1.0", "Ann")
    services.workshop.copy_in(made.id, read_case_set(folder), "Ann")
    services.workshop.publish(made.id, "1.0.0", "", "Ann")
    yield services, made.id
    services.close()


def test_a_public_set_is_listed_and_its_pictures_are_served(published):
    services, set_id = published
    assert not len(services.practice)
    services.offer(services.workshop.versions.read(set_id, "1.0.0"), "public")
    assert {name[0] for name in services.practice.order} == {set_id}
    name = services.practice.order[0]
    assert services.images.path("x" * 32, services.case_images[name]).is_file()


def test_an_unlisted_one_is_found_by_its_id_and_a_private_one_not_at_all(published):
    services, set_id = published
    made = services.workshop.versions.read(set_id, "1.0.0")
    services.offer(made, "unlisted")
    assert not services.practice.order and services.practice.case(set_id, made.cases[0].id)
    shown = services.case_images[set_id, made.cases[0].id]
    services.offer(made, "private")
    with pytest.raises(BadInput, match="no such case"):
        services.practice.case(set_id, made.cases[0].id)
    assert (set_id, made.cases[0].id) not in services.case_images
    with pytest.raises(BadInput, match="no such image"):
        services.images.path("x" * 32, shown)


def test_what_is_public_is_offered_again_after_a_restart(published, settings):
    services, set_id = published
    services.workshop.store.set_visibility(set_id, "public", "Ann")
    again = opened(settings)
    assert {name[0] for name in again.practice.order} == {set_id}
    again.close()


def test_ask_and_the_library_list_what_is_listed(published):
    services, set_id = published
    made = services.workshop.versions.read(set_id, "1.0.0")
    ask, library = AskView(services), LibraryView(services)
    services.offer(made, "unlisted")
    assert not ask.gallery("ann") and not ask.first_image() and made.cases[0].title not in library.page("ann", {})
    assert ask.image("ann", services.case_images[set_id, made.cases[0].id])  # by its link
    nobody_read = replace(made, cases=(replace(made.cases[0], readers=(), question=()), *made.cases[1:]))
    services.offer(nobody_read, "public")
    assert len(ask.gallery("ann")) == len(made.cases) - 1
    assert ask.image("ann", services.case_images[set_id, made.cases[0].id])
