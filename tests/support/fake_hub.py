"""A hub that speaks as much of Hugging Face's protocol as a push needs, on a free port of this machine."""

import base64
import hashlib
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from tests.support.stand_in import Answering, served

TOKEN = "hf_fake"
EMPTY = "0" * 40
# The hub's addresses, and what the repositories there are for.
KINDS = {"datasets": "dataset", "models": "model"}
# From here on the hub takes a file by LFS alone (https://huggingface.co/docs/hub/repositories-recommendations).
LFS_FROM_BYTES = 10 * 1024 * 1024


@dataclass
class Fault:
    """What goes wrong with a request: before or after it is done, by a status or by a connection that is cut."""

    status: int | None = None  # None: no answer at all
    is_done: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class FakeHub:
    """Repositories in memory.

    `faults` maps a step (create, info, refs, tree, preupload, batch, upload, verify, commit, tag) to what goes wrong
    with it, once; `fault_at` does the same for the request of that number. `before` maps a step to what happens,
    once, just before it is done.
    """

    def __init__(self) -> None:
        self.commits: dict[str, dict[str, bytes]] = {EMPTY: {}}
        self.parents: dict[str, str] = {}
        self.heads: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.private: dict[str, bool] = {}
        self.kinds: dict[str, str] = {}
        self.large: dict[str, bytes] = {}
        self.faults: dict[str, Fault] = {}
        self.fault_at: dict[int, Fault] = {}
        self.before: dict[str, Callable[[], object]] = {}
        self.ignored: set[str] = set()
        self.calls: list[str] = []
        self.url = ""

    def files(self, repo: str) -> dict[str, bytes]:
        return self.commits[self.heads[repo]]

    def history(self, repo: str) -> list[str]:
        """The commits of main, the newest first."""
        found = [self.heads[repo]]
        while found[-1] in self.parents:
            found.append(self.parents[found[-1]])
        return found

    def commit(self, repo: str, changes: dict[str, bytes], gone: Iterable[str] = ()) -> str:
        """Put a commit on main, as anybody may."""
        files = {path: content for path, content in (self.files(repo) | changes).items() if path not in gone}
        seed = "".join(f"{path}{git_blob(content)}" for path, content in sorted(files.items()))
        oid = hashlib.sha1(f"{self.heads[repo]}{seed}".encode()).hexdigest()  # noqa: S324 -- git's hash
        self.commits[oid] = files
        self.parents[oid] = self.heads[repo]
        self.heads[repo] = oid
        return oid

    def create(self, repo: str, *, private: bool, kind: str = "dataset") -> None:
        self.kinds[repo] = kind
        self.heads[repo], self.tags[repo], self.private[repo] = EMPTY, {}, private
        self.commit(repo, {".gitattributes": b""})


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\x00" % len(content) + content).hexdigest()  # noqa: S324 -- git's hash


@contextmanager
def serving() -> Iterator[FakeHub]:
    hub = FakeHub()
    with served(_handler(hub)) as address:
        hub.url = address
        yield hub


def _handler(hub: FakeHub) -> type[Answering]:
    class Handler(Answering):
        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.body())

        def do_PUT(self) -> None:
            self.answer(self.body())

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def answer(self, body: bytes) -> None:
            step, act = _route(hub, self.path, body)
            hub.calls.append(step)
            if step in hub.before:
                hub.before.pop(step)()
            fault = hub.fault_at.pop(len(hub.calls), None) or hub.faults.pop(step, None)
            if fault is None or fault.is_done:
                status, reply = _answer(hub, step, act, self.path, self.headers.get("Authorization", ""))
            if fault is not None:
                if fault.status is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, reply = fault.status, {"error": "as the test wants it"}
            self.send(status, fault.headers if fault else {}, reply)

    return Handler


Answer = tuple[int, object]


def _route(hub: FakeHub, address: str, body: bytes) -> tuple[str, Callable[[], Answer]]:
    parts = [unquote(part) for part in urlsplit(address).path.strip("/").split("/")]
    match parts:
        case ["api", "validate-yaml"]:
            return "validate", lambda: (200, {"errors": [], "warnings": []})
        case ["api", "repos", "create"]:
            return "create", lambda: _create(hub, json.loads(body))
        case ["lfs", oid]:
            return "upload", lambda: _upload(hub, oid, body)
        case ["lfs", "verify", oid]:
            return "verify", lambda: (200 if oid in hub.large else 404, {})
        case ["datasets", org, git, "info", "lfs", "objects", "batch"] | [
            org,
            git,
            "info",
            "lfs",
            "objects",
            "batch",
        ]:
            return "batch", lambda: _batch(hub, f"{org}/{git.removesuffix('.git')}", json.loads(body))
        case ["api", "datasets" | "models", org, name]:
            return "info", lambda: _info(hub, f"{org}/{name}")
        case ["api", "datasets" | "models", org, name, "refs"]:
            return "refs", lambda: _refs(hub, f"{org}/{name}")
        case ["api", "datasets" | "models", org, name, "tree", revision]:
            return "tree", lambda: _tree(hub, f"{org}/{name}", revision)
        case ["api", "datasets" | "models", org, name, "preupload", _revision]:
            return "preupload", lambda: _preupload(hub, f"{org}/{name}", json.loads(body))
        case ["api", "datasets" | "models", org, name, "commit", _revision]:
            return "commit", lambda: _commit(hub, f"{org}/{name}", body)
        case ["api", "datasets" | "models", org, name, "tag", revision]:
            return "tag", lambda: _tag(hub, f"{org}/{name}", revision, json.loads(body))
        case _:
            return "unknown", lambda: (404, {"error": "unknown"})


def _answer(hub: FakeHub, step: str, act: Callable[[], Answer], address: str, authorization: str) -> Answer:
    # A large file goes to a storage of its own, whose address is its key.
    if step not in {"upload", "validate"} and authorization != f"Bearer {TOKEN}":
        return 401, {"error": "Invalid username or password."}
    parts = urlsplit(address).path.strip("/").split("/")
    repo = "/".join(parts[2:4])
    if parts[0] == "api" and parts[1] in KINDS and hub.kinds.get(repo) != KINDS[parts[1]]:
        return 404, {"error": "Repository not found"}
    return act()


def _create(hub: FakeHub, asked: dict) -> Answer:
    repo = f"{asked['organization']}/{asked['name']}"
    url = {"url": f"{hub.url}/{repo}"}
    if repo in hub.heads:
        return 409, url
    hub.create(repo, private=asked.get("visibility") == "private", kind=asked.get("type", "model"))
    return 200, url


def _info(hub: FakeHub, repo: str) -> Answer:
    return 200, {"id": repo, "sha": hub.heads[repo], "private": hub.private[repo], "tags": [], "siblings": []}


def _refs(hub: FakeHub, repo: str) -> Answer:
    tags = [
        {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid} for tag, oid in hub.tags[repo].items()
    ]
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": hub.heads[repo]}
    return 200, {"branches": [main], "converts": [], "tags": tags}


def _tree(hub: FakeHub, repo: str, revision: str) -> Answer:
    files = hub.commits[revision]
    folders = {path.rpartition("/")[0] for path in files} - {""}
    return 200, [
        *({"type": "directory", "path": path, "oid": EMPTY} for path in sorted(folders)),
        *(_entry(path, content) for path, content in sorted(files.items())),
    ]


def _entry(path: str, content: bytes) -> dict:
    entry = {"type": "file", "path": path, "size": len(content), "oid": git_blob(content)}
    if len(content) < LFS_FROM_BYTES:
        return entry
    pointer = b"version https://git-lfs.github.com/spec/v1\n"  # what git holds in its place
    large = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": len(pointer)}
    return {**entry, "oid": git_blob(pointer), "lfs": large}


def _preupload(hub: FakeHub, repo: str, asked: dict) -> Answer:
    here = hub.files(repo)
    return 200, {
        "files": [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["size"] >= LFS_FROM_BYTES else "regular",
                "shouldIgnore": file["path"] in hub.ignored,
                "oid": _entry(file["path"], here[file["path"]])["oid"] if file["path"] in here else None,
            }
            for file in asked["files"]
        ]
    }


def _batch(hub: FakeHub, repo: str, asked: dict) -> Answer:
    def actions(oid: str) -> dict:
        if oid in hub.large:
            return {}
        places = {"upload": f"{hub.url}/lfs/{oid}", "verify": f"{hub.url}/lfs/verify/{oid}"}
        return {"actions": {name: {"href": href} for name, href in places.items()}}

    if repo not in hub.heads:
        return 404, {"error": "Repository not found"}
    objects = [
        {"oid": file["oid"], "size": file["size"], **actions(file["oid"])} for file in asked["objects"]
    ]
    return 200, {"transfer": "basic", "objects": objects}


def _upload(hub: FakeHub, oid: str, body: bytes) -> Answer:
    if hashlib.sha256(body).hexdigest() != oid:
        return 400, {"error": "Another content than was announced."}
    hub.large[oid] = body
    return 200, {}


def _commit(hub: FakeHub, repo: str, body: bytes) -> Answer:
    header, *entries = [json.loads(line) for line in body.splitlines()]
    if header["value"].get("parentCommit") not in {None, hub.heads[repo]}:
        return 412, {"error": "The head has moved."}
    changes, gone = {}, set()
    for entry in entries:
        value = entry["value"]
        match entry["key"]:
            case "file":
                changes[value["path"]] = base64.b64decode(value["content"])
            case "lfsFile" if value["oid"] in hub.large:
                changes[value["path"]] = hub.large[value["oid"]]
            case "deletedFile":
                gone.add(value["path"])
            case _:
                return 400, {"error": "A file that was never uploaded, or an operation that is not known."}
    oid = hub.commit(repo, changes, gone)
    return 200, {"success": True, "commitOid": oid, "commitUrl": f"{hub.url}/datasets/{repo}/commit/{oid}"}


def _tag(hub: FakeHub, repo: str, revision: str, asked: dict) -> Answer:
    if asked["tag"] in hub.tags[repo]:
        return 409, {"error": "The tag exists."}
    hub.tags[repo][asked["tag"]] = revision
    return 200, {}
