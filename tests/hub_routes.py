"""What the stand-in of the Hub answers: each kind of request is one function, found by its path in :data:`ROUTES`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml

from tests.hub_repositories import Account, Entry, Hub, Refused, Repository, commit_lines, is_large

PAGE = 1000
"""Entries of a tree in one answer."""


class Request(Protocol):
    """What a route may ask of a request, and how it answers."""

    hub: Hub
    path: str
    headers: Any
    query: dict[str, str]

    def account(self, needed: bool = False) -> Account | None:
        """Whose token came along."""

    def send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        """Send an answer."""

    def send_json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Send an answer as JSON."""


def create(request: Request, body: bytes) -> None:
    """A new repository."""
    wanted, account = json.loads(body), request.account(needed=True)
    assert account is not None
    owner = wanted.get("organization") or account.user
    kind, name = wanted.get("type") or "model", f"{owner}/{wanted['name']}"
    url = f"{request.hub.url}/{_prefix(kind)}{name}"
    if not (account.owns(owner) and account.may_write):
        raise Refused(403, f'You don\'t have the rights to create a {kind} under the namespace "{owner}"')
    if (kind, name) in request.hub.repositories:
        raise Refused(409, f"You already created this {kind} repo", body={"url": url})
    request.hub.repositories[kind, name] = Repository(kind, name, wanted.get("visibility") == "private")
    request.send_json({"url": url, "name": name, "id": name})


def validate_card(request: Request, body: bytes) -> None:
    """Whether the front matter of a card is YAML of the expected form."""
    text = json.loads(body)["content"]
    found = re.match(r"---\r?\n(.*?)\r?\n---", text, re.DOTALL)
    if found is None:
        request.send_json({"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]})
        return
    errors = []
    try:
        data = yaml.safe_load(found[1])
        if not isinstance(data, dict):
            errors.append({"message": "the metadata is no mapping"})
        elif not isinstance(data.get("license", ""), (str, list)) or not isinstance(data.get("tags", []), list):
            errors.append({"message": '"license" must be text and "tags" a list'})
    except yaml.YAMLError as error:
        errors.append({"message": f"the metadata is no YAML: {error}"})
    request.send_json({"errors": errors, "warnings": []}, 400 if errors else 200)


def preupload(request: Request, body: bytes, kind: str, name: str, revision: str) -> None:
    """Which files go into the commit and which go apart; and what is there already."""
    repository = request.hub.repository(kind, name, request.account(), writing=True)
    files = repository.at(revision).files
    told = []
    for one in json.loads(body)["files"]:
        mode = "lfs" if is_large(one["path"], one["size"]) else "regular"
        oid = files[one["path"]].oid if one["path"] in files else None
        told.append({"path": one["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    request.send_json({"files": told})


def batch(request: Request, body: bytes, prefix: str | None, name: str) -> None:
    """Where large files go (git-lfs, "batch"); none for what is here."""
    request.hub.repository((prefix or "models/")[:-2], name, request.account(), writing=True)
    wanted = json.loads(body)
    objects: list[dict[str, Any]] = []
    for one in wanted["objects"]:
        oid, size = one["oid"], one["size"]
        where = f"{request.hub.storage}/storage/{oid}"
        verify = {"href": f"{request.hub.url}/verify/{oid}"}
        if size > request.hub.largest:
            objects.append({**one, "error": {"code": 422, "message": f"File is too large: {size} bytes"}})
        elif oid in request.hub.large:
            objects.append(one)
        elif size > request.hub.part_size:
            count = -(-size // request.hub.part_size)
            header = {"chunk_size": str(request.hub.part_size)}
            header |= {str(number): f"{where}?part={number}" for number in range(1, count + 1)}
            whole = {"href": f"{request.hub.url}/complete/{oid}", "header": header}
            objects.append({**one, "actions": {"upload": whole, "verify": verify}})
        else:
            objects.append({**one, "actions": {"upload": {"href": where}, "verify": verify}})
    request.send_json({"transfer": "basic", "objects": objects})


def store(request: Request, body: bytes, oid: str) -> None:
    """A large file, or a part of one, arrives."""
    if "part" in request.query:
        request.hub.parts[oid, int(request.query["part"])] = body
    elif hashlib.sha256(body).hexdigest() != oid:
        raise Refused(400, "What arrived is not what was announced")
    else:
        request.hub.large[oid] = body
    request.send(200, headers={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})


def complete(request: Request, body: bytes, oid: str) -> None:
    """All parts of a large file have arrived."""
    numbers = [part["partNumber"] for part in json.loads(body)["parts"]]
    whole = b"".join(request.hub.parts.pop((oid, number)) for number in numbers)
    if hashlib.sha256(whole).hexdigest() != oid:
        raise Refused(400, "The parts do not make what was announced")
    request.hub.large[oid] = whole
    request.send_json({})


def verify(request: Request, body: bytes, oid: str) -> None:
    """Whether a large file is here in full."""
    if len(request.hub.large.get(oid, b"")) != json.loads(body)["size"] or oid not in request.hub.large:
        raise Refused(404, "The file has not arrived")
    request.send_json({})


def commit(request: Request, body: bytes, kind: str, name: str, revision: str) -> None:
    """A commit, as lines of JSON."""
    repository = request.hub.repository(kind, name, request.account(), writing=True)
    made = commit_lines(repository, revision, [json.loads(line) for line in body.splitlines()], request.hub.large)
    url = f"{request.hub.url}/{_prefix(kind)}{name}/commit/{made.oid}"
    request.send_json({"success": True, "commitOid": made.oid, "commitUrl": url, "hookOutput": ""})


def branch(request: Request, body: bytes, kind: str, name: str, revision: str) -> None:
    """A new branch."""
    repository = request.hub.repository(kind, name, request.account(), writing=True)
    if revision in repository.branches:
        raise Refused(409, f"Reference already exists: {revision}")
    repository.branches[revision] = repository.at(json.loads(body or b"{}").get("startingPoint", "main")).oid
    request.send_json({})


def information(request: Request, body: bytes, kind: str, name: str, revision: str | None = None) -> None:
    """What a repository is, at a revision."""
    request.send_json(request.hub.repository(kind, name, request.account()).described(revision or "main"))


def references(request: Request, body: bytes, kind: str, name: str) -> None:
    """The branches."""
    branches = request.hub.repository(kind, name, request.account()).branches
    rows = [{"name": one, "ref": f"refs/heads/{one}", "targetCommit": oid} for one, oid in branches.items()]
    request.send_json({"branches": rows, "tags": [], "converts": []})


def tree(request: Request, body: bytes, kind: str, name: str, revision: str, inside: str | None = None) -> None:
    """The files below a folder, :data:`PAGE` at a time."""
    files = request.hub.repository(kind, name, request.account()).at(revision).files
    start = f"{inside.strip('/')}/" if inside else ""
    deep = request.query.get("recursive", "").lower() == "true"
    below = [path for path in sorted(files) if path.startswith(start)]
    folders = sorted({start + folder for path in below if (folder := path[len(start) :].rpartition("/")[0])})
    rows: list[dict[str, Any]] = [{"type": "directory", "path": one, "oid": "0" * 40, "size": 0} for one in folders]
    rows += [_listed(path, files[path]) for path in below]
    rows = [row for row in rows if deep or "/" not in row["path"][len(start) :]]
    first = int(request.query.get("cursor", 0))
    more = {}
    if first + PAGE < len(rows):
        again = f"{request.hub.url}{urlsplit(request.path).path}?recursive={deep}&cursor={first + PAGE}"
        more = {"Link": f'<{again}>; rel="next"'}
    request.send_json(rows[first : first + PAGE], headers=more)


def resolve(request: Request, body: bytes, prefix: str | None, name: str, revision: str, path: str) -> None:
    """A file; of a large one where it lies."""
    repository = request.hub.repository((prefix or "models/")[:-2], name, request.account())
    made, entry = repository.file(revision, path)
    told = {"X-Repo-Commit": made.oid, "ETag": f'"{entry.oid}"', "Accept-Ranges": "bytes"}
    if entry.large:
        request.hub.large.setdefault(entry.oid, entry.data)
        told |= {"X-Linked-Size": str(len(entry.data)), "X-Linked-Etag": f'"{entry.oid}"'}
        request.send(302, headers=told | {"Location": f"{request.hub.storage}/storage/{entry.oid}"})
        return
    _send_file(request, entry, told)


def stored(request: Request, body: bytes, oid: str) -> None:
    """A large file from where it lies; this host knows no accounts, and a token must not come here."""
    if request.headers.get("Authorization"):
        raise Refused(400, "A token was sent to another host")
    if oid not in request.hub.large:
        raise Refused(404, "No such file")
    _send_file(request, Entry(request.hub.large[oid], True), {"ETag": f'"{oid}"', "Accept-Ranges": "bytes"})


def who(request: Request, body: bytes) -> None:
    """Whose token it is."""
    account = request.account(needed=True)
    assert account is not None
    role = "write" if account.may_write else "read"
    organisations = [{"name": name, "type": "org"} for name in account.organisations]
    token = {"type": "access_token", "accessToken": {"displayName": "stand-in", "role": role}}
    request.send_json({"type": "user", "name": account.user, "orgs": organisations, "auth": token})


def _send_file(request: Request, entry: Entry, told: dict[str, str]) -> None:
    told = {"Content-Type": "application/octet-stream", **told}
    if found := re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", "")):
        first, last = int(found[1]), int(found[2] or len(entry.data) - 1)
        told["Content-Range"] = f"bytes {first}-{last}/{len(entry.data)}"
        request.send(206, entry.data[first : last + 1], told)
        return
    request.send(200, entry.data, told)


def _listed(path: str, entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"type": "file", "path": path, "oid": entry.git_oid, "size": len(entry.data)}
    if entry.large:
        row["lfs"] = {"oid": entry.oid, "size": len(entry.data), "pointerSize": len(entry.pointer)}
    return row


def _prefix(kind: str) -> str:
    return "" if kind == "model" else f"{kind}s/"


_API = r"/api/(?P<kind>model|dataset)s/(?P<name>[^/]+/[^/]+)"
_PAGE = r"/(?P<prefix>datasets/)?(?P<name>[^/]+/[^/]+?)"
ROUTES: list[tuple[str, re.Pattern[str], Callable[..., None]]] = [
    (method, re.compile(pattern), work)
    for method, pattern, work in (
        ("POST", r"/api/repos/create", create),
        ("POST", r"/api/validate-yaml", validate_card),
        ("GET", r"/api/whoami-v2", who),
        ("POST", _API + r"/preupload/(?P<revision>.+)", preupload),
        ("POST", _API + r"/commit/(?P<revision>.+)", commit),
        ("POST", _API + r"/branch/(?P<revision>.+)", branch),
        ("GET", _API + r"/refs", references),
        ("GET", _API + r"/tree/(?P<revision>[^/]+)(?P<inside>/.+)?", tree),
        ("GET", _API + r"(?:/revision/(?P<revision>.+))?", information),
        ("POST", _PAGE + r"\.git/info/lfs/objects/batch", batch),
        ("POST", r"/complete/(?P<oid>[0-9a-f]{64})", complete),
        ("POST", r"/verify/(?P<oid>[0-9a-f]{64})", verify),
        ("PUT", r"/storage/(?P<oid>[0-9a-f]{64})", store),
        ("*", r"/storage/(?P<oid>[0-9a-f]{64})", stored),
        ("*", _PAGE + r"/resolve/(?P<revision>[^/]+)/(?P<path>.+)", resolve),
    )
]
