"""Every setting, in one class; no other place reads settings from the environment.

A setting comes from an environment variable (``SSG_PORT=8000``), else from a line of the same form in a file ``.env``
in the current folder, else from its default. A name that begins with SSG_ and is not known is refused, because a
misspelled setting that is silently ignored costs somebody an evening. This module knows what the settings are, not
what is done with them; ``docs/settings.md`` lists them, and a test holds that list to this one.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, PrivateAttr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ssg.errors import BadInput
from ssg.hosting import default_data_dir, on_space, outlives_restarts

PREFIX = "SSG_"
TEST_PREFIX = "SSG_TEST_"
"""Names that only the test suite reads."""

SETTINGS_FILE = Path(".env")
BUNDLED_CASES = Path(__file__).resolve().parent.parent / "cases"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
DATABASES = ("sqlite", "postgresql", "postgresql+psycopg", "postgres")
MASK = "***"
NO_ENCODER = "none"
"""SSG_ENCODER where names are to be judged by themselves."""

NO_ADAPTERS = "none"
"""SSG_ADAPTERS where the policy is to answer alone."""

Device = Literal["auto", "cpu", "cuda"]
LogLevel = Literal["debug", "info", "warning", "error"]
Words = Annotated[tuple[str, ...], NoDecode]
Paths = Annotated[tuple[Path, ...], NoDecode]


def _default_database(known: dict[str, Any]) -> str:
    return f"sqlite:///{known['data_dir'] / 'ssg.sqlite3'}"


def _default_hosts(known: dict[str, Any]) -> tuple[str, ...]:
    return LOOPBACK if known["host"] in LOOPBACK else ()


class Settings(BaseSettings):
    """All settings, checked and frozen. Build it with :meth:`load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=SETTINGS_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    policy: str = Field("", description="Checkpoint folder or Hugging Face Hub name of the policy; empty: embedded.")
    policy_revision: str = Field("", description="Commit of the policy on the Hub, to pin it; empty: the newest.")
    adapters: Words = Field(
        (),
        description="Adapters beside the policy: folders or Hub names, separated by commas; none; empty: embedded.",
    )
    encoder: str = Field(
        "",
        description="Image-text encoder of the reward: folder, Hub name (SigLIP, CLIP), none; empty: embedded.",
    )
    encoder_revision: str = Field("", description="Commit of the encoder on the Hub, to pin it; empty: the newest.")
    device: Device = Field("auto", description="Where the models run: auto, cpu or cuda; auto takes a usable GPU.")
    data_dir: Path = Field(
        default_factory=default_data_dir, description="Folder of the database, keys and what people upload."
    )
    database_url: str = Field(
        default_factory=_default_database,
        description="Where attempts are kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        repr=False,
    )
    case_sets: Paths = Field(
        (BUNDLED_CASES,),
        description=f"Folders that are, or that hold, case sets, separated by '{os.pathsep}'.",
    )
    hub_sets: Words = Field(
        (),
        description="Case sets on the Hugging Face Hub, OWNER/NAME or OWNER/NAME@COMMIT, separated by commas.",
    )
    instructor_key: str = Field(
        "",
        description="Whoever knows this word is an instructor; empty: nobody, but on one's own computer everybody.",
        repr=False,
    )
    host: str = Field(
        default_factory=lambda: "0.0.0.0" if on_space() else "127.0.0.1",  # noqa: S104 - a Space is behind its proxy
        description="Address to listen on; 0.0.0.0 lets other machines in.",
    )
    port: int = Field(7860, ge=1, le=65535, description="TCP port to listen on.")
    allowed_hosts: Words = Field(
        default_factory=_default_hosts,
        description="Host names that the server answers to, separated by commas; empty: any.",
    )
    queue_size: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Questions to the policy and files being opened that may wait; more are told that it is busy.",
    )
    max_upload_mb: int = Field(50, ge=1, le=2_000, description="Largest file that can be uploaded, in megabytes.")
    log_level: LogLevel = Field("info", description="How much is logged: debug, info, warning or error.")

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, **arguments: Any) -> Settings:
        """Read and check all settings; ``arguments`` (field names) win over the environment and the file.

        Raises BadInput with one line for each problem: the name, its source, what is wrong, the remedy.
        """
        unknown = sorted(set(arguments) - set(cls.model_fields))
        if unknown:
            raise TypeError(f"Settings has no field {unknown[0]!r}")
        origins = _origins() | dict.fromkeys(arguments, "argument")
        problems = _unknown_names(origins)
        try:
            settings = cls(**arguments)
        except ValidationError as error:
            raise BadInput("\n".join(problems + _problems(error, origins))) from None
        if problems:
            raise BadInput("\n".join(problems))
        settings._sources.update(origins)
        return settings

    @property
    def keeps_data(self) -> bool:
        """False on a Space without persistent storage: there, all that people did is lost at the next restart."""
        kept_elsewhere = not self.database_url.startswith("sqlite")
        return kept_elsewhere or outlives_restarts(self.data_dir)

    @property
    def wanted_adapters(self) -> tuple[str, ...] | None:
        """Adapters as ``ssg.grounding`` takes them: empty for those that come with the policy, None for none."""
        return None if NO_ADAPTERS in self.adapters else self.adapters

    @field_validator("data_dir")
    @classmethod
    def _usable_folder(cls, folder: Path) -> Path:
        folder = _expanded(folder)
        if folder.exists() and not folder.is_dir():
            raise ValueError("this is a file: give a folder")
        return folder

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if "://" not in url or urlsplit(url).scheme not in DATABASES:
            raise ValueError("a database URL begins with sqlite:/// or postgresql://")
        return url

    @field_validator("case_sets", mode="before")
    @classmethod
    def _several_folders(cls, value: Any) -> Any:
        folders = value.split(os.pathsep) if isinstance(value, str) else value
        return tuple(_expanded(Path(folder)) for folder in folders if str(folder).strip())

    @field_validator("hub_sets", mode="before")
    @classmethod
    def _several_sets(cls, value: Any) -> Any:
        sets = _listed(value)
        for name in sets:
            if not re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w./-]+)?", name):
                raise ValueError(f"'{name[:60]}' is no set on the Hub: give OWNER/NAME or OWNER/NAME@COMMIT")
        return sets

    @field_validator("adapters", mode="before")
    @classmethod
    def _several_adapters(cls, value: Any) -> Any:
        adapters = _listed(value)
        if NO_ADAPTERS in adapters and len(adapters) > 1:
            raise ValueError(f"'{NO_ADAPTERS}' stands alone: leave it out, or the adapters beside it")
        return adapters

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _several_names(cls, value: Any) -> Any:
        hosts = tuple(name.lower() for name in _listed(value))
        if any("/" in host for host in hosts):
            raise ValueError("give host names only, such as ssg.example.org, not addresses with http://")
        return hosts


def describe(settings: Settings) -> list[dict[str, Any]]:
    """One row for each setting: name, value (secrets masked), source (default, environment or file), meaning."""
    return [
        {
            "name": PREFIX + name.upper(),
            "value": _shown(name, getattr(settings, name)),
            "source": settings._sources.get(name, "default"),
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]


def masked_url(url: str) -> str:
    """A database URL without its password, in the user part or in the query."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return MASK
    place, question, query = rest.partition("?")
    user, at, host = place.rpartition("@")
    name, colon, _ = user.partition(":")
    shown = f"{name}{colon}{MASK if colon else ''}{at}{host}"
    return f"{scheme}://{shown}{question}{MASK if query else ''}"


def _shown(name: str, value: Any) -> Any:
    if name == "instructor_key":
        return MASK if value else ""
    if name == "database_url":
        return masked_url(str(value))
    if isinstance(value, tuple | list):
        return [str(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ValueError("the home folder that ~ means cannot be found: write the whole path") from None


def _origins() -> dict[str, str]:
    """Where each setting (by field name) comes from; the environment wins over the file. Empty values are unset."""
    file = Path(str(Settings.model_config["env_file"]))
    try:
        lines = dotenv_values(file, encoding="utf-8") if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The settings file {file.absolute()} cannot be read ({error}): correct or remove it.") from None
    found = dict.fromkeys(_ours(lines), "file")
    return found | dict.fromkeys(_ours(os.environ), "environment")


def _ours(values: Any) -> list[str]:
    return [
        name.upper().removeprefix(PREFIX).lower()
        for name, value in values.items()
        if value and name.upper().startswith(PREFIX) and not name.upper().startswith(TEST_PREFIX)
    ]


def _unknown_names(origins: dict[str, str]) -> list[str]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    rows = []
    for field, origin in sorted(origins.items()):
        name = PREFIX + field.upper()
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            remedy = f"did you mean {near[0]}?" if near else "`python -m ssg settings` lists those that are known."
            rows.append(f"{name} ({origin}) is not a setting: {remedy}")
    return rows


def _problems(error: ValidationError, origins: dict[str, str]) -> list[str]:
    rows = []
    for problem in error.errors(include_url=False, include_context=False):
        field = str(problem["loc"][0])
        if problem["type"] == "default_factory_not_called":
            continue  # a default that follows from another setting, which is reported itself
        name, origin = PREFIX + field.upper(), origins.get(field, "default")
        reason = problem["msg"].removeprefix("Value error, ").replace("Input should", "it should")
        meaning = Settings.model_fields[field].description
        given = f"{name}={_shown(field, problem['input'])!s:.200} ({origin})"
        rows.append(f"{given} cannot be used: {reason}. Meaning: {meaning} Correct it or unset it.")
    return rows


def _listed(value: Any) -> tuple[str, ...]:
    """Words separated by commas, or already apart; empty ones are none."""
    names = value.split(",") if isinstance(value, str) else value
    return tuple(str(name).strip() for name in names if str(name).strip())
