"""``settings``: every setting, its value without secrets, its source."""

import pytest

from ssg.settings import Settings, describe


def test_every_setting_is_printed_with_its_source_and_meaning(run, monkeypatch):
    monkeypatch.setenv("SSG_PORT", "8001")
    rows = run("settings", "--json").json
    assert rows == describe(Settings.load())
    assert next(row for row in rows if row["name"] == "SSG_PORT")["source"] == "environment"
    lines = run("settings").out.splitlines()
    assert [line.split()[0] for line in lines] == [row["name"] for row in rows]
    assert "8001" in next(line for line in lines if line.startswith("SSG_PORT"))


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["words", "json"])
@pytest.mark.parametrize("place", ["teacher:s3cret@db/ssg", "db/ssg?password=s3cret&sslpassword=s3cret"])
def test_secrets_are_masked(run, monkeypatch, flags, place):
    monkeypatch.setenv("SSG_DATABASE_URL", f"postgresql://{place}")
    ran = run("settings", *flags)
    assert ran.code == 0
    assert "s3cret" not in ran.out + ran.err
    assert "***" in ran.out


def test_all_problems_are_said_on_one_line_without_secrets(run, monkeypatch):
    monkeypatch.setenv("SSG_PORT", "abc")
    monkeypatch.setenv("SSG_DEVISE", "cpu")
    monkeypatch.setenv("SSG_DATABASE_URL", "mysql://teacher:s3cret@db/ssg")
    refusal = run("settings").refusal
    assert refusal.startswith("ssg settings: SSG_")
    assert all(words in refusal for words in ("SSG_PORT=abc", "did you mean SSG_DEVICE?", "begins with sqlite:///"))
    assert "s3cret" not in refusal


def test_values_cannot_command_the_terminal(run, monkeypatch):
    monkeypatch.setenv("SSG_POLICY", "a\x1b[2Jb\nc")
    assert "a?[2Jb?c" in run("settings").out
