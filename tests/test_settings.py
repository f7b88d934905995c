"""Settings: where they come from, what is refused, what is shown."""

import re
from pathlib import Path

import pytest

import ssg.hosting
from ssg.errors import BadInput
from ssg.hosting import default_data_dir
from ssg.settings import LOOPBACK, Settings, describe, masked_url

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "settings.md"


@pytest.fixture
def settings_file():
    """The place of the settings file of this test."""
    return Path(Settings.model_config["env_file"])


def row(name: str) -> dict:
    return next(row for row in describe(Settings.load()) if row["name"] == name)


def test_defaults_serve_this_machine_only():
    settings = Settings.load()
    assert settings.host == "127.0.0.1"
    assert settings.allowed_hosts == LOOPBACK
    assert settings.keeps_data
    assert {row["source"] for row in describe(settings)} == {"default"}


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(monkeypatch, settings_file):
    settings_file.write_text("SSG_PORT=8001\nSSG_QUEUE_SIZE=9\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("SSG_PORT", "8002")
    assert row("SSG_PORT") | {"meaning": ""} == {
        "name": "SSG_PORT",
        "value": 8002,
        "source": "environment",
        "meaning": "",
    }
    assert (row("SSG_QUEUE_SIZE")["value"], row("SSG_QUEUE_SIZE")["source"]) == (9, "file")
    assert row("SSG_HOST")["source"] == "default"


def test_arguments_win_over_everything(monkeypatch):
    monkeypatch.setenv("SSG_PORT", "8002")
    assert Settings.load(port=8003).port == 8003
    with pytest.raises(TypeError, match="prot"):
        Settings.load(prot=1)


def test_an_empty_variable_is_an_unset_one(monkeypatch):
    monkeypatch.setenv("SSG_PORT", "")
    assert row("SSG_PORT")["value"] == 7860
    assert row("SSG_PORT")["source"] == "default"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SSG_PORT", "abc", "valid integer"),
        ("SSG_PORT", "70000", "less than or equal to 65535"),
        ("SSG_DEVICE", "tpu", "'auto', 'cpu' or 'cuda'"),
        ("SSG_QUEUE_SIZE", "0", "greater than or equal to 1"),
        ("SSG_LOG_LEVEL", "loud", "'debug'"),
        ("SSG_DATABASE_URL", "mysql://h/x", "sqlite:/// or postgresql://"),
        ("SSG_DATABASE_URL", "attempts.db", "sqlite:/// or postgresql://"),
        ("SSG_DATA_DIR", __file__, "give a folder"),
        ("SSG_DATA_DIR", "~nobody-of-that-name/x", "write the whole path"),
        ("SSG_ALLOWED_HOSTS", "http://ssg.example.org", "host names only"),
        ("SSG_PORTS", "1", "did you mean SSG_PORT?"),
        ("SSG_ADAPTERS", "none,adapters/chest-ct", "'none' stands alone"),
        ("SSG_XYZZY", "1", "`python -m ssg settings` lists"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_remedy(monkeypatch, name, value, words):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=re.escape(words)) as caught:
        Settings.load()
    assert str(caught.value).startswith(name)
    assert "(environment)" in str(caught.value)


def test_all_problems_are_reported_at_once(monkeypatch, settings_file):
    settings_file.write_text("SSG_PORT=abc\n")
    monkeypatch.setenv("SSG_DEVICE", "tpu")
    monkeypatch.setenv("SSG_POLISY", "x")
    monkeypatch.setenv("SSG_DATA_DIR", __file__)
    with pytest.raises(BadInput) as caught:
        Settings.load()
    names = [line.split("=")[0].split(" ")[0] for line in str(caught.value).splitlines()]
    assert sorted(names) == ["SSG_DATA_DIR", "SSG_DEVICE", "SSG_POLISY", "SSG_PORT"]
    assert "SSG_PORT=abc (file)" in str(caught.value)


def test_a_settings_file_that_is_not_text_is_named(settings_file):
    settings_file.write_bytes(b"SSG_PORT=\xff\xfe")
    with pytest.raises(BadInput, match=r"\.env cannot be read"):
        Settings.load()


def test_the_password_of_the_database_is_shown_nowhere(monkeypatch):
    monkeypatch.setenv("SSG_DATABASE_URL", "postgresql://teacher:s3cret@db/ssg?sslpassword=s3cret")
    settings = Settings.load()
    assert settings.database_url.count("s3cret") == 2
    assert "s3cret" not in repr(settings) + str(describe(settings))
    monkeypatch.setenv("SSG_DATABASE_URL", "mysql://teacher:s3cret@db/ssg")
    with pytest.raises(BadInput) as caught:
        Settings.load()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////data/ssg.sqlite3", "sqlite:////data/ssg.sqlite3"),
        ("postgresql://db/ssg", "postgresql://db/ssg"),
        ("postgresql://teacher@db/ssg", "postgresql://teacher@db/ssg"),
        ("postgresql://teacher:a:b@c@db/ssg", "postgresql://teacher:***@db/ssg"),
        ("postgresql://db/ssg?password=a", "postgresql://db/ssg?***"),
        ("hunter2", "***"),
    ],
)
def test_masking_keeps_what_is_needed_to_recognise_a_database(url, shown):
    assert masked_url(url) == shown


def test_several_folders_and_hosts_are_separated(monkeypatch, tmp_path):
    monkeypatch.setenv("SSG_CASE_SETS", f"{tmp_path}:~/cases:")
    monkeypatch.setenv("SSG_ALLOWED_HOSTS", "SSG.example.org, localhost,")
    settings = Settings.load()
    assert settings.case_sets == (tmp_path, Path("~/cases").expanduser())
    assert settings.allowed_hosts == ("ssg.example.org", "localhost")


@pytest.mark.parametrize(
    ("value", "adapters", "wanted"),
    [
        ("", (), ()),
        (" , ", (), ()),
        ("none", ("none",), None),
        ("adapters/chest-ct, owner/brain-mr", ("adapters/chest-ct", "owner/brain-mr"), None),
    ],
)
def test_adapters_are_those_of_the_policy_or_none_or_named(monkeypatch, value, adapters, wanted):
    monkeypatch.setenv("SSG_ADAPTERS", value)
    settings = Settings.load()
    assert settings.adapters == adapters
    assert settings.wanted_adapters == (wanted if adapters in ((), ("none",)) else adapters)


def test_listening_to_other_machines_answers_to_any_name(monkeypatch):
    monkeypatch.setenv("SSG_HOST", "0.0.0.0")
    assert Settings.load().allowed_hosts == ()


def test_the_database_follows_the_data_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("SSG_DATA_DIR", str(tmp_path / "kept"))
    assert Settings.load().database_url == f"sqlite:///{tmp_path}/kept/ssg.sqlite3"


def test_the_data_directory_is_where_the_platform_keeps_user_data(monkeypatch, tmp_path, own_settings):
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_data_dir() == own_settings / ".local/share/ssg"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert default_data_dir() == own_settings / ".local/share/ssg"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "ssg"
    monkeypatch.setattr(ssg.hosting.sys, "platform", "darwin")
    assert default_data_dir() == own_settings / "Library/Application Support/ssg"
    monkeypatch.setattr(ssg.hosting.sys, "platform", "win32")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert default_data_dir() == own_settings / "AppData/Local/ssg"


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.undo()
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(ssg.hosting.Path, "home", no_home)
    with pytest.raises(BadInput, match="set SSG_DATA_DIR"):
        default_data_dir()


@pytest.mark.parametrize("volume_exists", [True, False])
def test_a_space_keeps_data_where_it_has_a_volume_and_says_so_where_not(monkeypatch, tmp_path, volume_exists):
    volume = tmp_path / "data"
    if volume_exists:
        volume.mkdir()
    monkeypatch.setattr(ssg.hosting, "SPACE_VOLUME", volume)
    monkeypatch.setenv("SPACE_ID", "someone/ssg")
    settings = Settings.load()
    assert settings.host == "0.0.0.0"
    assert settings.keeps_data is volume_exists
    assert settings.data_dir.is_relative_to(volume) is volume_exists
    assert Settings.load(database_url="postgresql://db/ssg").keeps_data


def test_every_setting_is_documented_and_no_other():
    documented = re.findall(r"^\| `(SSG_\w+)` \|", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert documented == [row["name"] for row in describe(Settings.load())]


def test_every_setting_says_what_it_means():
    for entry in describe(Settings.load()):
        assert entry["meaning"].endswith("."), entry["name"]
