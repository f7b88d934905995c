"""What the stand-in of the Hub keeps: accounts, repositories of models and data sets, their commits and large files.

All in memory. A commit's files are a mapping of paths to :class:`Entry`; every branch and every commit is a revision.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LARGE = 10 * 2**20
"""Bytes from which a file is kept as a large one whatever it is called."""

LARGE_NAMES = (".safetensors", ".bin", ".npz", ".gguf", ".onnx", ".parquet", ".png", ".jpg", ".zip")
"""As the .gitattributes of a new repository on the Hub have it, of what this project writes."""

GIT_ATTRIBUTES = "".join(f"*{name} filter=lfs diff=lfs merge=lfs -text\n" for name in LARGE_NAMES).encode()


class Refused(Exception):
    """An answer that is no success: its status, the Hub's short code for it ("RepoNotFound") and what it says."""

    def __init__(self, status: int, message: str, code: str = "", body: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.body = {"error": message, **(body or {})}


@dataclass(frozen=True, slots=True)
class Account:
    """Who a token belongs to, where it may write, and whether it may write at all."""

    user: str
    organisations: tuple[str, ...] = ()
    may_write: bool = True

    def owns(self, owner: str) -> bool:
        """Whether repositories of ``owner`` are this account's."""
        return owner == self.user or owner in self.organisations


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit. ``oid`` is git's for a small file and the SHA-256 for a large one."""

    data: bytes
    large: bool

    @property
    def git_oid(self) -> str:
        """git's object id: of a large file that of its pointer."""
        return _git_oid(self.pointer if self.large else self.data)

    @property
    def oid(self) -> str:
        """What a client compares its own file with."""
        return hashlib.sha256(self.data).hexdigest() if self.large else self.git_oid

    @property
    def pointer(self) -> bytes:
        """What git keeps in place of a large file."""
        digest = hashlib.sha256(self.data).hexdigest()
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(self.data)}\n".encode()


@dataclass(frozen=True, slots=True)
class Commit:
    """All files after a commit."""

    oid: str
    message: str
    files: Mapping[str, Entry]


@dataclass
class Repository:
    """A model or a data set: "owner/name", who may see it, its commits and where its branches are."""

    kind: str
    name: str
    private: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.add("main", "initial commit", {".gitattributes": Entry(GIT_ATTRIBUTES, False)})

    @property
    def owner(self) -> str:
        """Whose it is."""
        return self.name.partition("/")[0]

    def at(self, revision: str) -> Commit:
        """The commit of a branch or of a commit's name; raises Refused."""
        oid = self.branches.get(revision, revision)
        if oid not in self.commits:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[oid]

    def file(self, revision: str, path: str) -> tuple[Commit, Entry]:
        """A file and the commit that it is taken from; raises Refused."""
        commit = self.at(revision)
        if path not in commit.files:
            raise Refused(404, "Entry not found", "EntryNotFound")
        return commit, commit.files[path]

    def add(self, branch: str, message: str, files: Mapping[str, Entry]) -> Commit:
        """A new commit on a branch with these files."""
        content = {path: entry.git_oid for path, entry in sorted(files.items())}
        told = json.dumps([self.name, self.branches.get(branch), message, len(self.commits), content])
        commit = Commit(hashlib.sha1(told.encode()).hexdigest(), message, dict(files))
        self.commits[commit.oid] = commit
        self.branches[branch] = commit.oid
        return commit

    def described(self, revision: str) -> dict[str, Any]:
        """What the Hub tells of a repository at a revision."""
        commit = self.at(revision)
        return {
            "_id": hashlib.sha1(self.name.encode()).hexdigest()[:24],
            "id": self.name,
            "modelId": self.name,
            "author": self.owner,
            "sha": commit.oid,
            "private": self.private,
            "gated": False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        }


@dataclass
class Failure:
    """Requests that are to fail: how many more, and with what; status 0 closes the connection."""

    method: str
    path: re.Pattern[str]
    status: int
    times: int


@dataclass
class Hub:
    """The state of the stand-in, and where it listens."""

    url: str = ""
    storage: str = ""
    listening: bool = True
    accounts: dict[str, Account] = field(default_factory=dict)
    repositories: dict[tuple[str, str], Repository] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    parts: dict[tuple[str, int], bytes] = field(default_factory=dict)
    part_size: int = 64 * 2**20
    largest: int = 2**40
    failures: list[Failure] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def fail(self, method: str, path: str, status: int = 500, times: int = 1) -> None:
        """Let the next ``times`` requests of this method whose path holds the pattern ``path`` fail."""
        self.failures.append(Failure(method, re.compile(path), status, times))

    def failing(self, method: str, path: str) -> int | None:
        """The status that a request is to fail with now, or None."""
        for failure in self.failures:
            if failure.times and failure.method == method and failure.path.search(path):
                failure.times -= 1
                return failure.status
        return None

    def repository(self, kind: str, name: str, account: Account | None, writing: bool = False) -> Repository:
        """A repository that the account may see (or write to); one that it may not see does not exist for it."""
        found = self.repositories.get((kind, name))
        hidden = found is None or (found.private and not (account and account.owns(found.owner)))
        if hidden or found is None:
            raise Refused(404 if account else 401, "Repository not found", "RepoNotFound")
        if writing and account is None:
            raise Refused(401, "Invalid username or password.")
        if writing and account and not (account.may_write and account.owns(found.owner)):
            raise Refused(403, f"You don't have the rights to write to {name}")
        return found

    def asked(self, method: str, pattern: str) -> int:
        """How many requests of a method had such a path."""
        return sum(one == method and re.search(pattern, path) is not None for one, path in self.requests)


def commit_lines(
    repository: Repository, branch: str, lines: list[dict[str, Any]], large: Mapping[str, bytes]
) -> Commit:
    """Apply the lines of a commit (ndjson) to a branch; ``large`` holds the large files that have arrived."""
    before = repository.at(branch)
    if branch not in repository.branches:
        raise Refused(400, "A commit goes to a branch, not to another commit")
    files, header = dict(before.files), {}
    for line in lines:
        what, value = line["key"], line["value"]
        if what == "header":
            header = value
            if value.get("parentCommit") not in (None, before.oid):
                raise Refused(412, "A commit has happened since. Please refresh and try again.")
        elif what == "file":
            files[value["path"]] = Entry(_decoded(value), False)
        elif what == "lfsFile":
            if value["oid"] not in large:
                raise Refused(400, f"The large file {value['path']} ({value['oid']}) was not uploaded")
            files[value["path"]] = Entry(large[value["oid"]], True)
        elif what == "deletedFile":
            if files.pop(value["path"], None) is None:
                raise Refused(404, "A file with this name doesn't exist", "EntryNotFound")
        elif what == "deletedFolder":
            inside = value["path"].rstrip("/") + "/"
            files = {path: entry for path, entry in files.items() if not path.startswith(inside)}
        else:
            raise Refused(400, f"Unknown operation {what}")
    return repository.add(branch, str(header.get("summary", "")), files)


def is_large(path: str, size: int) -> bool:
    """Whether a file is to be uploaded apart from the commit."""
    return size > LARGE or path.endswith(LARGE_NAMES)


def _decoded(value: Mapping[str, Any]) -> bytes:
    return base64.b64decode(value["content"]) if value.get("encoding") == "base64" else value["content"].encode()


def _git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\x00" % len(data) + data).hexdigest()
