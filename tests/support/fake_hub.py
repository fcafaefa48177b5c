"""A hub that speaks as much of Hugging Face's protocol as a push needs, on a free port of this machine."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_fake"
EMPTY = "0" * 40


class FakeHub:
    """Repositories in memory. `fail_with` maps a step (create, preupload, commit, tag) to a status to answer once."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.commits: dict[str, dict[str, bytes]] = {EMPTY: {}}
        self.heads: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.private: dict[str, bool] = {}
        self.fail_with: dict[str, int] = {}
        self.lose_reply_of: set[str] = set()
        self.calls: list[str] = []
        self.url = ""

    def files(self, repo: str) -> dict[str, bytes]:
        return self.commits[self.heads[repo]]

    def commit(self, repo: str, changes: dict[str, bytes]) -> str:
        """Put a commit on main, as anybody may."""
        files = self.files(repo) | changes
        seed = "".join(f"{path}{git_blob(content)}" for path, content in sorted(files.items()))
        oid = hashlib.sha1(f"{self.heads[repo]}{seed}".encode()).hexdigest()  # noqa: S324 -- git's hash
        self.commits[oid] = files
        self.heads[repo] = oid
        return oid


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\x00" % len(content) + content).hexdigest()  # noqa: S324 -- git's hash


@contextmanager
def serving() -> Iterator[FakeHub]:
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def answer(self, body: bytes) -> None:
            status, reply = _answer(hub, self.path, body, self.headers.get("Authorization", ""))
            content = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Nothing: a test's output is its own."""

    return Handler


def _answer(hub: FakeHub, address: str, body: bytes, authorization: str) -> tuple[int, object]:
    parts = [unquote(part) for part in urlsplit(address).path.strip("/").split("/")]
    match parts:
        case ["api", "validate-yaml"]:
            return 200, {"errors": [], "warnings": []}
        case ["api", "repos", "create"]:
            step, act = "create", lambda: _create(hub, json.loads(body))
        case ["api", "datasets", org, name]:
            step, act = "info", lambda: _info(hub, f"{org}/{name}")
        case ["api", "datasets", org, name, "revision", _revision]:
            step, act = "info", lambda: _info(hub, f"{org}/{name}")
        case ["api", "datasets", org, name, "refs"]:
            step, act = "refs", lambda: _refs(hub, f"{org}/{name}")
        case ["api", "datasets", org, name, "preupload", _revision]:
            step, act = "preupload", lambda: _preupload(hub, f"{org}/{name}", json.loads(body))
        case ["api", "datasets", org, name, "commit", _revision]:
            step, act = "commit", lambda: _commit(hub, f"{org}/{name}", body)
        case ["api", "datasets", org, name, "tag", revision]:
            step, act = "tag", lambda: _tag(hub, f"{org}/{name}", revision, json.loads(body))
        case ["api", "datasets", org, name, "paths-info", revision]:
            step, act = "paths", lambda: _paths(hub, f"{org}/{name}", revision, body)
        case _:
            return 404, {"error": "unknown"}
    hub.calls.append(step)
    if authorization != f"Bearer {TOKEN}":
        return 401, {"error": "Invalid username or password."}
    repo = "/".join(parts[2:4])
    if parts[1] == "datasets" and repo not in hub.heads:
        return 404, {"error": "Repository not found"}
    if step in hub.fail_with:
        return hub.fail_with.pop(step), {"error": "as the test wants it"}
    status, reply = act()
    if step in hub.lose_reply_of:
        hub.lose_reply_of.remove(step)
        return 500, {"error": "done, but the reply is lost"}
    return status, reply


def _create(hub: FakeHub, asked: dict) -> tuple[int, object]:
    repo = f"{asked['organization']}/{asked['name']}"
    url = {"url": f"{hub.url}/datasets/{repo}"}
    if repo in hub.heads:
        return 409, url
    hub.heads[repo], hub.tags[repo] = EMPTY, {}
    hub.private[repo] = asked.get("visibility") == "private"
    hub.commit(repo, {".gitattributes": b""})
    return 200, url


def _info(hub: FakeHub, repo: str) -> tuple[int, object]:
    return 200, {"id": repo, "sha": hub.heads[repo], "private": hub.private[repo], "tags": [], "siblings": []}


def _refs(hub: FakeHub, repo: str) -> tuple[int, object]:
    tags = [
        {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid} for tag, oid in hub.tags[repo].items()
    ]
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": hub.heads[repo]}
    return 200, {"branches": [main], "converts": [], "tags": tags}


def _preupload(hub: FakeHub, repo: str, asked: dict) -> tuple[int, object]:
    here = hub.files(repo)
    return 200, {
        "files": [
            {
                "path": file["path"],
                "uploadMode": "regular",
                "shouldIgnore": False,
                "oid": git_blob(here[file["path"]]) if file["path"] in here else None,
            }
            for file in asked["files"]
        ]
    }


def _commit(hub: FakeHub, repo: str, body: bytes) -> tuple[int, object]:
    header, *entries = [json.loads(line) for line in body.splitlines()]
    if header["value"].get("parentCommit") not in {None, hub.heads[repo]}:
        return 412, {"error": "The head has moved."}
    changes = {entry["value"]["path"]: base64.b64decode(entry["value"]["content"]) for entry in entries}
    oid = hub.commit(repo, changes)
    return 200, {"success": True, "commitOid": oid, "commitUrl": f"{hub.url}/datasets/{repo}/commit/{oid}"}


def _tag(hub: FakeHub, repo: str, revision: str, asked: dict) -> tuple[int, object]:
    if asked["tag"] in hub.tags[repo]:
        return 409, {"error": "The tag exists."}
    hub.tags[repo][asked["tag"]] = hub.heads[repo] if revision == "main" else revision
    return 200, {}


def _paths(hub: FakeHub, repo: str, revision: str, body: bytes) -> tuple[int, object]:
    files = hub.commits[hub.tags[repo].get(revision, hub.heads[repo])]
    wanted = parse_qs(body.decode())["paths"]
    return 200, [
        {"type": "file", "path": path, "size": len(files[path]), "oid": git_blob(files[path])}
        for path in wanted
        if path in files
    ]
