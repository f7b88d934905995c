"""Folders on the Hub, against a stand-in that ``huggingface_hub`` itself speaks to: models and data sets."""

from pathlib import Path

import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download

from ssg.errors import BadInput, Unavailable
from ssg.hub import push_folder, require_ready
from tests.hub_repositories import Account
from tests.hub_standin import connect, serving

LARGE = bytes(range(256)) * 700


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with serving() as hub:
        hub.accounts = {
            "hf_teacher": Account("teacher", ("school",)),
            "hf_reader": Account("teacher", may_write=False),
            "hf_student": Account("student"),
        }
        connect(monkeypatch, hub, tmp_path / "home", "hf_teacher")
        yield hub


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "folder"
    (place / "images").mkdir(parents=True)
    (place / "README.md").write_text("---\nlicense: apache-2.0\n---\n# A model\n")
    (place / "config.json").write_text('{"a": 1}\n')
    (place / "model.safetensors").write_bytes(LARGE)
    (place / "images" / "one.png").write_bytes(LARGE[:1000])
    return place


def fetched(path, **given):
    """The bytes of one file of the pushed repository, as ``hf_hub_download`` gets it."""
    return Path(hf_hub_download("teacher/one", path, **given)).read_bytes()


def contents(place):
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_what_is_pushed_comes_back_byte_for_byte(kind, hub, folder, tmp_path):
    address = push_folder(folder, "teacher/one", kind)
    assert address.startswith(f"{hub.url}/{'datasets/' if kind == 'dataset' else ''}teacher/one/commit/")
    snapshot_download("teacher/one", repo_type=kind, local_dir=tmp_path / "fetched", ignore_patterns=".git*")
    kept = {path: data for path, data in contents(tmp_path / "fetched").items() if not path.startswith(".cache")}
    assert kept == contents(folder)
    assert fetched("images/one.png", repo_type=kind) == LARGE[:1000]
    assert hub.asked("PUT", "/storage/") == 2, "large files go apart from the commit"


def test_small_files_go_through_the_streamed_upload_of_xet_as_well(hub, folder, monkeypatch):
    """Where ``hf_xet`` is installed another path of ``huggingface_hub`` makes the commits; the stand-in has no Xet."""
    pytest.importorskip("hf_xet")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", False)
    for large in ("model.safetensors", "images/one.png"):
        (folder / large).unlink()
    first = push_folder(folder, "teacher/one")
    (folder / "more.json").write_text("{}")
    hub.fail("POST", "/commit/", times=100)
    with pytest.raises(Unavailable, match="status 500"):
        push_folder(folder, "teacher/one")
    hub.failures.clear()
    assert push_folder(folder, "teacher/one") != first
    assert fetched("more.json") == b"{}"


def test_large_files_go_in_parts(hub, folder):
    hub.part_size = 50_000
    push_folder(folder, "teacher/one")
    assert hub.asked("PUT", "/storage/") == 5
    assert fetched("model.safetensors") == LARGE


def test_a_second_push_sends_only_what_is_new(hub, folder):
    first = push_folder(folder, "teacher/one")
    sent = hub.asked("PUT", "/storage/")
    assert push_folder(folder, "teacher/one") == first, "nothing new is no new commit"
    (folder / "config.json").write_text('{"a": 2}\n')
    assert push_folder(folder, "teacher/one") != first
    assert hub.asked("PUT", "/storage/") == sent


def test_old_files_of_the_kind_go_and_others_stay(hub, folder):
    push_folder(folder, "teacher/one")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    (folder / "config.json").unlink()
    push_folder(folder, "teacher/one", ours=lambda path: path.endswith(".safetensors"))
    files = HfApi().list_repo_files("teacher/one")
    assert "model.safetensors" not in files
    assert {"model-00001-of-00001.safetensors", "config.json", "images/one.png", ".gitattributes"} <= set(files)


def test_a_private_repository_is_seen_with_its_token_only(hub, folder, monkeypatch, tmp_path):
    push_folder(folder, "school/one", private=True)
    assert hub.repositories["model", "school/one"].private
    connect(monkeypatch, hub, tmp_path / "other", "hf_student")
    with pytest.raises(Exception, match=r"not found|Not Found"):
        snapshot_download("school/one")
    connect(monkeypatch, hub, tmp_path / "nobody")
    with pytest.raises(Exception, match=r"not found|Not Found"):
        snapshot_download("school/one")
    connect(monkeypatch, hub, tmp_path / "owner", "hf_teacher")
    assert snapshot_download("school/one")


def test_what_everybody_sees_is_not_taken_for_private(hub, folder):
    push_folder(folder, "teacher/one")
    (folder / "secret.json").write_text("{}")
    with pytest.raises(BadInput, match="everybody sees it: make it private"):
        push_folder(folder, "teacher/one", private=True)
    assert "secret.json" not in HfApi().list_repo_files("teacher/one")


def test_a_branch_of_its_own(hub, folder):
    push_folder(folder, "teacher/one")
    (folder / "config.json").write_text('{"a": 2}\n')
    push_folder(folder, "teacher/one", revision="trial")
    for revision, expected in (("main", b'{"a": 1}\n'), ("trial", b'{"a": 2}\n')):
        assert fetched("config.json", revision=revision) == expected


def test_a_push_that_broke_off_goes_on(hub, folder):
    """The small file went through, the weights did not; the same call again sends only those."""
    hub.fail("PUT", "/storage/", times=10_000)
    with pytest.raises(Unavailable, match=r"The Hub failed .* \(status 500: .*start the same command again"):
        push_folder(folder, "teacher/one")
    hub.failures.clear()
    hub.fail("POST", "/commit/")
    with pytest.raises(Unavailable, match="status 500"):
        push_folder(folder, "teacher/one")
    sent = hub.asked("PUT", "/storage/")
    assert "model.safetensors" not in HfApi().list_repo_files("teacher/one")
    push_folder(folder, "teacher/one")
    assert hub.asked("PUT", "/storage/") == sent, "the large files had arrived"
    assert fetched("model.safetensors") == LARGE


def test_a_hiccup_is_nobody_s_business(hub, folder):
    hub.fail("PUT", "/storage/", status=503, times=2)
    hub.fail("POST", "/preupload/", status=0, times=1)
    assert push_folder(folder, "teacher/one")


def test_a_download_that_breaks_off_goes_on(hub, folder):
    push_folder(folder, "teacher/one")
    hub.fail("GET", "/storage/", status=0, times=2)
    assert fetched("model.safetensors") == LARGE


@pytest.mark.parametrize(
    ("token", "name", "complaint"),
    [
        ("hf_wrong", "teacher/one", "does not accept the token (Invalid credentials in Authorization header): make a"),
        ("hf_reader", "teacher/one", "may not write to 'teacher/one'"),
        ("hf_teacher", "nobody/one", "give an owner that you belong to (`hf auth whoami`) in place of 'nobody'"),
        ("hf_student", "teacher/one", "may not write to 'teacher/one'"),
    ],
)
def test_who_may_not_write_is_told_what_to_do(token, name, complaint, hub, folder, monkeypatch, tmp_path):
    connect(monkeypatch, hub, tmp_path / "home", token)
    with pytest.raises(BadInput) as raised:
        push_folder(folder, name)
    assert complaint in str(raised.value)
    assert "hf auth login" in str(raised.value) and hub.url in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["one", "a/b/c", "teacher/", "/one", "tea cher/one", "teacher/../one", ""])
def test_a_name_that_is_none_is_refused_at_the_start(name, hub):
    with pytest.raises(BadInput, match="is no name on the Hub: give OWNER/NAME"):
        require_ready(name)
    assert not hub.requests


def test_without_a_token_nothing_is_asked(hub, folder, monkeypatch, tmp_path):
    connect(monkeypatch, hub, tmp_path / "home")
    with pytest.raises(BadInput, match="There is no token for the Hub: make a token with the right to write at"):
        push_folder(folder, "teacher/one")
    assert not hub.requests


def test_a_file_that_is_too_large_is_said_to_be(hub, folder):
    hub.largest = 1_000
    with pytest.raises(BadInput, match=r"too large for the Hub .*: write it in smaller files"):
        push_folder(folder, "teacher/one")


def test_a_hub_that_cannot_be_reached(hub, folder, monkeypatch, tmp_path):
    with serving() as gone:
        connect(monkeypatch, gone, tmp_path / "home", "hf_teacher")
    with pytest.raises(Unavailable, match=r"cannot be reached \(.*\): see to the network and HF_ENDPOINT"):
        push_folder(folder, "teacher/one")


def test_offline_is_said_to_be_a_setting(hub, folder, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Unavailable, match="HF_HUB_OFFLINE forbids"):
        push_folder(folder, "teacher/one")


def test_somebody_else_pushed_meanwhile(hub, folder):
    hub.fail("POST", "/commit/", status=412)
    with pytest.raises(Unavailable, match="changed by somebody else meanwhile"):
        push_folder(folder, "teacher/one")


def test_too_many_requests(hub, folder):
    hub.fail("POST", "/commit/", status=429)
    with pytest.raises(Unavailable, match=r"asked too often .*: wait some minutes"):
        push_folder(folder, "teacher/one")


def test_a_card_with_broken_front_matter_is_refused(hub, folder):
    (folder / "README.md").write_text("---\nlicense: [\n---\n")
    with pytest.raises(BadInput, match=r"Invalid metadata in README.md"):
        push_folder(folder, "teacher/one")


def test_a_large_tree_comes_in_pages(hub, folder, monkeypatch):
    monkeypatch.setattr("tests.hub_routes.PAGE", 3)
    push_folder(folder, "teacher/one")
    assert len(HfApi().list_repo_files("teacher/one")) == 5
    listed = {one.path for one in HfApi().list_repo_tree("teacher/one")}
    assert "images" in listed and "images/one.png" not in listed
