"""Case sets to the Hub and from it, against a stand-in that ``huggingface_hub`` speaks to."""

import json

import pytest
import yaml

from ssg.casebook import InvalidCaseSet, read_case_set
from ssg.casebook.hub_sets import COMMIT, pull_set, pulled_sets, push_set
from ssg.cli.main import main
from ssg.errors import BadInput, Unavailable
from ssg.settings import Settings
from ssg.web.services import Services
from tests.hub_repositories import Account
from tests.hub_standin import connect, serving

NAME = "teacher/small"


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with serving() as hub:
        hub.accounts = {"hf_teacher": Account("teacher"), "hf_student": Account("student")}
        connect(monkeypatch, hub, tmp_path / "home", "hf_teacher")
        yield hub


def test_what_is_pushed_comes_back_the_same(hub, folder, tmp_path, capsys):
    before = read_case_set(folder.path)
    assert main(["cases", "push", str(folder.path), NAME, "--private"]) == 0
    assert f"Pushed: {hub.url}/datasets/{NAME}/commit/" in capsys.readouterr().out
    assert hub.repositories["dataset", NAME].private
    assert main(["cases", "pull", NAME, "--out", str(tmp_path / "pulled")]) == 0
    assert "A small set, version 1.0.0, 2 cases; commit " in capsys.readouterr().out
    after = read_case_set(tmp_path / "pulled")
    assert after.cases == before.cases and after.citation == before.citation
    rows = [json.loads(line) for line in (tmp_path / "pulled" / "images" / "metadata.jsonl").read_text().splitlines()]
    assert [row["case"] for row in rows] == ["c1", "c2"]


def test_a_zip_file_of_a_set_is_pushed_as_its_folder_is(hub, folder, tmp_path):
    zipped = tmp_path / "small.zip"
    assert main(["cases", "export", str(folder.path), "--format", "zip", "--out", str(zipped)]) == 0
    assert main(["cases", "push", str(zipped), NAME]) == 0
    pulled, _ = pull_set(NAME, tmp_path / "pulled")
    assert pulled.cases == read_case_set(folder.path).cases


@pytest.mark.parametrize("licence", ["private", "Private"])
def test_a_private_set_is_not_made_public(hub, folder, licence, capsys):
    folder.manifest["licence"] = licence
    assert main(["cases", "push", str(folder.save()), NAME]) != 0
    assert "--private" in (said := capsys.readouterr().err) and "a licence that allows sharing" in said
    assert not hub.repositories
    push_set(folder.path, NAME, private=True)
    assert hub.repositories["dataset", NAME].private


def test_the_card_is_of_the_manifest(hub, folder, tmp_path):
    folder.manifest |= {"description": "Two <b>cases</b>.", "citation": "Author 2026.", "title": "A | set"}
    folder.save()
    push_set(folder.path, NAME)
    pull_set(NAME, tmp_path / "pulled")
    card = (tmp_path / "pulled" / "README.md").read_text()
    front = yaml.safe_load(card.split("---")[1])
    assert front["license"] == "cc-by-4.0" and front["pretty_name"] == "A | set" and front["size_categories"] == "n<1K"
    assert "Two &lt;b&gt;cases&lt;/b&gt;." in card and "Author 2026." in card and "not for clinical use" in card
    assert "| pleural effusion | 2 | 0 |" in card and f"cases pull {NAME}" in card and "# A \\| set" in card


def test_a_new_version_takes_the_place_of_the_old_pictures(hub, folder, tmp_path):
    push_set(folder.path, NAME)
    first = pull_set(NAME, tmp_path / "pulled")[1]
    gone = folder.manifest["cases"].pop()["image"]["file"]
    folder.manifest["version"] = "2.0.0"
    push_set(folder.save(), NAME)
    assert gone not in hub.repositories["dataset", NAME].at("main").files
    case_set, second = pull_set(NAME, tmp_path / "pulled")
    assert (case_set.version, len(case_set.cases)) == ("2.0.0", 1) and first != second
    old, commit = pull_set(NAME, tmp_path / "old", revision=first)
    assert (old.version, len(old.cases), commit) == ("1.0.0", 2, first), "a commit pins a version"


def test_a_pull_that_broke_off_goes_on(hub, folder, tmp_path):
    push_set(folder.path, NAME)
    hub.fail("GET", "/storage/|resolve", times=50)
    with pytest.raises(Unavailable, match="start the same command again"):
        pull_set(NAME, tmp_path / "pulled")
    assert not (tmp_path / "pulled" / COMMIT).exists()
    hub.failures.clear()
    assert len(pull_set(NAME, tmp_path / "pulled")[0].cases) == 2


def test_pictures_that_are_not_those_of_the_manifest_are_refused(hub, folder, tmp_path):
    (folder.path / "images" / "c1.png").write_bytes((folder.path / "images" / "c2.png").read_bytes())
    with pytest.raises(InvalidCaseSet, match="is not the picture that the manifest means"):
        push_set(folder.path, NAME)
    assert not hub.repositories, "nothing is sent of a set that is not whole"


def test_what_is_no_set_is_refused_by_name(hub, folder, tmp_path):
    from ssg.hub import push_folder

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.txt").write_text("x")
    push_folder(tmp_path / "other", "teacher/other", "dataset")
    with pytest.raises(BadInput, match=r"teacher/other holds no case set"):
        pull_set("teacher/other", tmp_path / "pulled")
    for name, said in (("teacher/none", "knows no 'teacher/none'"), ("nobody", "is no name on the Hub")):
        with pytest.raises(BadInput, match=said):
            pull_set(name, tmp_path / "new")
    with pytest.raises(BadInput, match="is there already"):
        pull_set(NAME, tmp_path / "other")


def test_a_private_set_needs_the_token_of_one_who_may(hub, folder, tmp_path, monkeypatch):
    push_set(folder.path, NAME, private=True)
    connect(monkeypatch, hub, tmp_path / "home2", "hf_student")
    with pytest.raises(BadInput, match=NAME):
        pull_set(NAME, tmp_path / "pulled")
    connect(monkeypatch, hub, tmp_path / "home3", "hf_teacher")
    assert pull_set(NAME, tmp_path / "pulled")


def test_the_app_shows_sets_that_its_setting_names(hub, folder, tmp_path, monkeypatch):
    push_set(folder.path, NAME)
    commit = pull_set(NAME, tmp_path / "once")[1]
    monkeypatch.setenv("SSG_HUB_SETS", f"{NAME}@{commit}, teacher/none")
    monkeypatch.setenv("SSG_CASE_SETS", str(tmp_path / "nothing"))
    settings = Settings.load(data_dir=tmp_path / "data")
    assert settings.hub_sets == (f"{NAME}@{commit}", "teacher/none")
    folders, problems = pulled_sets(settings.hub_sets, tmp_path / "data" / "hub_sets")
    assert [path.name for path in folders] == ["teacher--small"] and len(problems) == 1
    hub.listening = False
    asked = len(hub.requests)
    assert pulled_sets(settings.hub_sets[:1], tmp_path / "data" / "hub_sets") == (folders, [])
    assert len(hub.requests) == asked, "a pinned set that is here is not asked for"
    again, problems = pulled_sets([NAME], tmp_path / "data" / "hub_sets")
    assert again == folders and len(problems) == 1, "what was pulled before is shown where the Hub is away"
    services = Services.open(settings)
    try:
        assert [one.id for one in services.practice.sets] == ["small"]
    finally:
        services.close()


@pytest.mark.parametrize("value", ["nobody", "a/b/c", "a/b@", "https://x/y"])
def test_a_setting_that_names_no_set_is_refused(value, monkeypatch):
    monkeypatch.setenv("SSG_HUB_SETS", value)
    with pytest.raises(BadInput, match="give OWNER/NAME or OWNER/NAME@COMMIT"):
        Settings.load()
