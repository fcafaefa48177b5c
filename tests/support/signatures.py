"""Keys and SSH signatures for tests, made without ssh-keygen."""

import base64
import hashlib
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exports.domain.signature import NAMESPACE, armour

KIND = b"ssh-ed25519"
SECURITY_KEY = b"sk-ssh-ed25519@openssh.com"


class Key:
    """A key pair, the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.blob = string(KIND) + string(public)

    @property
    def line(self) -> str:
        """Its .pub file."""
        kind = self.blob[4 : 4 + self.blob[3]].decode()
        return f"{kind} {base64.b64encode(self.blob).decode()} somebody@flock.example\n"

    def sign(self, message: bytes, *, namespace: str = NAMESPACE, hash_name: bytes = b"sha512") -> bytes:
        digest = hashlib.new(hash_name.decode(), message).digest()
        middle = string(namespace.encode()) + string(b"") + string(hash_name)
        proof = self.proof(b"SSHSIG" + middle + string(digest))
        return armour(b"SSHSIG" + struct.pack(">I", 1) + string(self.blob) + middle + string(proof))

    def proof(self, signed: bytes) -> bytes:
        return string(KIND) + string(self.private.sign(signed))


class SecurityKey(Key):
    """The same in a device, which says whether somebody touched it."""

    def __init__(self, seed: int = 1, *, flags: int = 1) -> None:
        super().__init__(seed)
        self.flags = flags
        self.blob = string(SECURITY_KEY) + self.blob[4 + len(KIND) :] + string(b"ssh:")

    def proof(self, signed: bytes) -> bytes:
        rest = struct.pack(">BI", self.flags, 7)
        told = hashlib.sha256(b"ssh:").digest() + rest + hashlib.sha256(signed).digest()
        return string(SECURITY_KEY) + string(self.private.sign(told)) + rest


def string(content: bytes) -> bytes:
    """A string as SSH encodes it."""
    return struct.pack(">I", len(content)) + content
