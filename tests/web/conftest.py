"""The whole site in memory, with a policy that answers from the words alone."""

import pytest

from tests.web.fakes import FakeGrounder


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    from ssg.settings import BUNDLED_CASES, Settings
    from ssg.web.encoder_desk import EncoderDesk
    from ssg.web.policy_desk import PolicyDesk
    from ssg.web.services import Services

    folder = tmp_path_factory.mktemp("data")
    settings = Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'ssg.sqlite3'}",
        case_sets=(BUNDLED_CASES,),
        allowed_hosts=(),
    )
    # names by themselves: what an encoder adds has tests of its own
    opened = Services.open(settings, PolicyDesk(FakeGrounder), EncoderDesk(lambda: None))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(services):
    from ssg.web.site import build_site

    return build_site(services.settings, services)


@pytest.fixture
def client(site):
    """A browser of its own: cookies are kept, and nothing is shared with other tests."""
    from starlette.testclient import TestClient

    with TestClient(site, base_url="http://127.0.0.1:7860") as one:
        yield one
