"""A release's signature: an SSH signature over manifest.json, as `ssh-keygen -Y sign` makes it. Read and checked, pure.

The format is PROTOCOL.sshsig of OpenSSH (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig).
Keys are Ed25519, in a file or in a security key (PROTOCOL.u2f): docs/decisions/0010-signatures.md says why.
"""

import base64
import hashlib
import struct
from dataclasses import dataclass
from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exports.domain import manifest

NAME = f"{manifest.NAME}.sig"  # what ssh-keygen calls it
# Says what was signed: a signature that the same key gave for anything else, such as a commit, is none for a release.
NAMESPACE = "flock-release"
MAX_BYTES = 4096

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_LINE_CHARS = 70
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_ED25519 = b"ssh-ed25519"
_SECURITY_KEY = b"sk-ssh-ed25519@openssh.com"
_TOUCHED = 0x01  # the flag by which a security key says that somebody touched it


class BadSignature(ValueError):
    """This is no signature of the manifest; the message says why."""


class BadKey(ValueError):
    """This file holds no public key that could have signed a release; the message says why."""


@dataclass(frozen=True)
class Signature:
    """A signature and the public key it names. Whose key that is, it cannot tell."""

    key: bytes  # as SSH encodes it
    hash_name: bytes
    proof: bytes

    @property
    def fingerprint(self) -> str:
        """The key's name, as `ssh-keygen -l` prints it."""
        return fingerprint(self.key)

    def verify(self, message: bytes) -> None:
        """Raises BadSignature where the key did not sign this message."""
        digest = _HASHES[self.hash_name](message).digest()
        signed = _MAGIC + b"".join(map(_string, (NAMESPACE.encode(), b"", self.hash_name, digest)))
        _verify(self.key, self.proof, signed)


def fingerprint(key: bytes) -> str:
    """The name of a public key that `ssh-keygen -l` prints."""
    return f"SHA256:{base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip('=')}"


def read(armoured: bytes) -> Signature:
    """Read a signature strictly: of one content there is one spelling. Raises BadSignature."""
    blob = _unarmoured(armoured)
    if armour(blob) != armoured:
        raise BadSignature("it is not written the way ssh-keygen writes it")
    return _decoded(blob)


def tidy(pasted: bytes) -> bytes:
    """The one spelling of a signature whose line ends a form or an editor has changed. Raises BadSignature."""
    return armour(_unarmoured(pasted))


def armour(blob: bytes) -> bytes:
    """A signature's file."""
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + _LINE_CHARS] for start in range(0, len(text), _LINE_CHARS)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def read_keys(text: bytes) -> frozenset[bytes]:
    """The keys of a public key file or of OpenSSH's allowed signers: one a line. Raises BadKey."""
    lines = [line for line in text.decode("utf-8", "replace").splitlines() if line.strip() and line[0] != "#"]
    if any("PRIVATE KEY" in line for line in lines):
        raise BadKey("it holds a private key; the public one ends in .pub")
    keys = frozenset(_key_of(line) for line in lines)
    if not keys:
        raise BadKey("it holds no key")
    return keys


def _key_of(line: str) -> bytes:
    words = line.split()
    for kind, encoded in pairwise(words):
        if kind.encode() in {_ED25519, _SECURITY_KEY}:
            key = _base64(encoded)
            if key.startswith(_string(kind.encode())):
                return key
    raise BadKey(f"{line[:60]!r} is no Ed25519 key as ssh-keygen writes it")


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _unarmoured(text: bytes) -> bytes:
    if len(text) > MAX_BYTES:
        raise BadSignature("it is too long for a signature")
    lines = text.decode("ascii", "replace").split()
    body = " ".join(lines)
    if not (body.startswith(_BEGIN) and body.endswith(_END)):
        raise BadSignature("it is no SSH signature")
    blob = _base64("".join(body[len(_BEGIN) : -len(_END)].split()))
    if not blob:
        raise BadSignature("its base64 cannot be read")
    return blob


def _decoded(blob: bytes) -> Signature:
    fields = _Fields(blob)
    if fields.take(len(_MAGIC)) != _MAGIC or fields.number() != _VERSION:
        raise BadSignature("it is no SSH signature of version 1")
    key, namespace, reserved, hash_name, proof = (fields.string() for _ in range(5))
    fields.end()
    if namespace != NAMESPACE.encode():
        shown = namespace[:40].decode("ascii", "replace")
        raise BadSignature(f"it was given for {shown!r}, not for {NAMESPACE!r}")
    if reserved or hash_name not in _HASHES:
        raise BadSignature("it is of a kind that is not known here")
    if not key.startswith((_string(_ED25519), _string(_SECURITY_KEY))):
        raise BadSignature("its key is not Ed25519")
    return Signature(key, hash_name, proof)


def _verify(key: bytes, proof: bytes, signed: bytes) -> None:
    keys, proofs = _Fields(key), _Fields(proof)
    kind, public = keys.string(), keys.string()
    if proofs.string() != kind:
        raise BadSignature("its key and its proof are of different kinds")
    ed25519 = proofs.string()
    if kind == _SECURITY_KEY:
        signed = _as_a_security_key_signs(signed, application=keys.string(), rest=proofs.take(5))
    keys.end()
    proofs.end()
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(ed25519, signed)
    except (InvalidSignature, ValueError):
        raise BadSignature("the key it names did not sign this manifest") from None


def _as_a_security_key_signs(signed: bytes, *, application: bytes, rest: bytes) -> bytes:
    """What the device signs: hashes, its flags and its counter. Raises BadSignature where nobody touched it."""
    if not rest[0] & _TOUCHED:
        raise BadSignature("nobody touched the security key")
    return hashlib.sha256(application).digest() + rest + hashlib.sha256(signed).digest()


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


class _Fields:
    """Reads SSH's binary encoding (RFC 4251 section 5). Raises BadSignature where there is too little or too much."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def take(self, count: int) -> bytes:
        taken, self._rest = self._rest[:count], self._rest[count:]
        if len(taken) < count:
            raise BadSignature("it ends too early")
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def end(self) -> None:
        if self._rest:
            raise BadSignature("there is something behind it")
