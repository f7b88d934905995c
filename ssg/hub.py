"""Folders to the Hugging Face Hub, as models or data sets, and data sets from it, with errors that say what to do.

By ``huggingface_hub`` and its own settings: the endpoint is ``HF_ENDPOINT``, the token ``HF_TOKEN`` or that of
``hf auth login``. What is there already is not sent again, so a push that broke off goes on by being started again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ssg.errors import BadInput, SSGError, Unavailable

Kind = Literal["model", "dataset"]

LOG_IN = "make a token with the right to write at {hub}/settings/tokens and give it by `hf auth login` or HF_TOKEN"
AGAIN = "start the same command again; what has arrived is not sent again"


@dataclass(frozen=True, slots=True)
class Doing:
    """What is done with a repository, in the words of errors."""

    done: str
    again: str


PUSHING = Doing("pushed", AGAIN)
PULLING = Doing("pulled", "start the same command again; what has arrived is not fetched again")


def require_name(name: str) -> None:
    """Refuse what is no name on the Hub; raises BadInput."""
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    try:
        validate_repo_id(name)
        whole = name.count("/") == 1
    except HFValidationError:
        whole = False
    if not whole:
        raise BadInput(f"'{name[:80]}' is no name on the Hub: give OWNER/NAME, of letters, digits, '-', '_' and '.'.")


def require_ready(name: str) -> None:
    """Refuse at the start what cannot be pushed: a name that is none, and no token at all; raises BadInput."""
    require_name(name)
    from huggingface_hub import constants, get_token

    if not get_token():
        raise BadInput(f"There is no token for the Hub: {LOG_IN.format(hub=constants.ENDPOINT)}.")


def push_folder(
    folder: Path,
    name: str,
    kind: Kind = "model",
    private: bool = False,
    revision: str = "",
    message: str = "",
    ours: Callable[[str], bool] = lambda _: False,
) -> str:
    """Write the files of ``folder`` to ``name`` ("owner/name") and return the address of the commit.

    The repository is made where there is none; ``private`` makes it so, and refuses one that everybody sees.
    ``revision`` is a branch, made where there is none; "main" without it. Files of the repository that ``ours`` says
    are of this kind (by their paths) and that the folder does not have go, so that nothing old stays beside the new.
    Raises BadInput where name, token or folder must change, and Unavailable where the Hub cannot be reached or fails.
    """
    require_ready(name)
    from huggingface_hub import HfApi
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()  # its retries would be printed among our answers
    api = HfApi(library_name="ssg")
    try:
        api.create_repo(name, repo_type=kind, private=private or None, exist_ok=True)
        if private and not api.repo_info(name, repo_type=kind).private:
            raise BadInput(
                f"'{name}' is on the Hub already and everybody sees it: make it private in its settings there, or give "
                "another name."
            )
        if revision:
            api.create_branch(name, branch=revision, repo_type=kind, exist_ok=True)
        there = api.list_repo_files(name, repo_type=kind, revision=revision or None)
        old = [path for path in there if ours(path) and not (folder / path).exists()]
        done = api.upload_folder(
            repo_id=name,
            repo_type=kind,
            folder_path=folder,
            revision=revision or None,
            commit_message=message or f"Upload {folder.name}",
            delete_patterns=old or None,
        )
    except SSGError:
        raise
    except Exception as error:  # the Hub's client raises its own, httpx's and the system's errors
        raise in_words(error, name, api.endpoint) from error
    return str(done.commit_url)


def commit_of(name: str, revision: str = "") -> str:
    """The commit of a branch, tag or commit of the data set ``name``, of "main" without it; raises as a push does."""
    require_name(name)
    with _pulling(name) as api:
        return str(api.repo_info(name, repo_type="dataset", revision=revision or None).sha)


def pull_folder(name: str, folder: Path, commit: str) -> None:
    """Fetch a commit of the data set ``name`` into ``folder``; what is there and the same is kept. Raises as a push."""
    with _pulling(name) as api:
        api.snapshot_download(name, repo_type="dataset", revision=commit, local_dir=folder)


@contextmanager
def _pulling(name: str) -> Iterator[Any]:
    from huggingface_hub import HfApi
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()
    api = HfApi(library_name="ssg")
    try:
        yield api
    except Exception as error:  # the Hub's client raises its own, httpx's and the system's errors
        raise in_words(error, name, api.endpoint, PULLING) from error


def in_words(error: Exception, name: str, hub: str, doing: Doing = PUSHING) -> SSGError:
    """An error of ``huggingface_hub`` about ``name`` on ``hub`` as one that says what to do."""
    cause = _root(error)
    response = getattr(cause, "response", None)
    if response is not None:
        return _refused(int(response.status_code), _said(response), name, hub, doing)
    if _is_too_large(str(cause)):
        return _too_large(name, _line(cause))
    if isinstance(cause, ValueError):
        return BadInput(f"'{name}' cannot be {doing.done} ({_line(cause)}).")
    if type(cause).__name__ == "OfflineModeIsEnabled":
        return Unavailable(f"'{name}' cannot be {doing.done}: HF_HUB_OFFLINE forbids to ask the Hub; unset it.")
    if _is_network(cause):
        return Unavailable(
            f"{hub} cannot be reached ({_line(cause)}): see to the network and HF_ENDPOINT, then {doing.again}."
        )
    return Unavailable(f"'{name}' was not {doing.done} ({_line(cause)}): {doing.again}.")


def _refused(status: int, said: str, name: str, hub: str, doing: Doing) -> SSGError:
    """By the status of the Hub's answer."""
    owner = name.partition("/")[0]
    if status == 401:
        return BadInput(f"The Hub does not accept the token ({said}): {LOG_IN.format(hub=hub)}.")
    if status in (402, 403) and doing is PULLING:
        return BadInput(
            f"The token may not read '{name}' ({said}): ask its owner, accept its terms on the Hub, or give another "
            f"token by `hf auth login` or HF_TOKEN ({hub}/settings/tokens)."
        )
    if status in (402, 403):
        return BadInput(
            f"The token may not write to '{name}' ({said}): give an owner that you belong to (`hf auth whoami`) in "
            f"place of '{owner}', or {LOG_IN.format(hub=hub)}."
        )
    if status == 404:
        return BadInput(f"The Hub knows no '{name}' ({said}), or the token may not see it: correct the name.")
    if status == 413 or _is_too_large(said):
        return _too_large(name, said)
    if status in (409, 412):
        return Unavailable(f"'{name}' was changed by somebody else meanwhile ({said}): {doing.again}.")
    if status == 429:
        return Unavailable(f"The Hub was asked too often ({said}): wait some minutes, then {doing.again}.")
    if status >= 500:
        return Unavailable(f"The Hub failed while '{name}' was {doing.done} (status {status}: {said}): {doing.again}.")
    return BadInput(f"The Hub refuses '{name}' (status {status}: {said}).")


def _too_large(name: str, said: str) -> BadInput:
    return BadInput(f"'{name}' holds a file that is too large for the Hub ({said}): write it in smaller files.")


def _is_too_large(text: str) -> bool:
    return "too large" in text.lower() or "maximum" in text.lower()


def _root(error: BaseException) -> BaseException:
    """What lies under "Error while uploading ...": an answer of the Hub or of the network, where there is one."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ValueError):
        if getattr(cause, "response", None) is not None or _is_network(cause):
            return cause
        cause = cause.__cause__
    return error


def _is_network(error: BaseException) -> bool:
    return isinstance(error, (ConnectionError, TimeoutError)) or type(error).__module__.startswith("httpx")


def _said(response: Any) -> str:
    """What the Hub said, in its header or its body."""
    said = response.headers.get("X-Error-Message")
    if not said:
        try:
            said = response.json().get("error")
        except Exception:  # noqa: BLE001 - no JSON, or a body that was not read
            said = None
    return _line(said or response.reason_phrase or "no reason given")


def _line(text: object) -> str:
    return " ".join(str(text).split())[:200].rstrip(".") or type(text).__name__
