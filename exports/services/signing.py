"""Keep the signatures of releases, beside them. They are made where the key is: no private key is ever stored here."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from crowd.models import Person
from crowd.services import events
from exports.domain import signature as signatures
from exports.domain.manifest import NAME, Manifest
from exports.domain.release import IllegalMove, State
from exports.models import Release, Signature
from exports.services import release as releases
from exports.services import release_folder
from exports.services.release_state import RELEASE_SUBJECT

# How the first line of a key file begins, or what stands in it.
_PRIVATE, _PUBLIC = b" PRIVATE KEY-----", (b"ssh-", b"sk-", b"ecdsa-")
_HEAD_BYTES = 100


class NotSigned(Exception):
    """The tool that signs did not; the message says why."""


class NoKey(Exception):
    """What was given to sign with is no key; the message says what it is."""


class SignedByAnother(Exception):
    """Another key has signed the release already, and nobody asked to replace its signature."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(_("the key %(fingerprint)s has signed it already") % {"fingerprint": fingerprint})
        self.fingerprint = fingerprint


def attach(
    release: Release, text: bytes, *, replace: bool = False, person: Person | None = None, now: datetime
) -> Signature:
    """Keep a signature of a ready release; the same one twice is one.

    Raises IllegalMove, BadSignature and BrokenRelease, and SignedByAnother unless it may `replace` another key's.
    """
    tidy = signatures.tidy(text)
    found = signatures.read(tidy)
    found.verify(manifest_bytes(release))
    with transaction.atomic():
        Release.objects.select_for_update().get(pk=release.pk)  # two keys at once: the second sees the first
        _make_way(release, found.fingerprint, replace=replace)
        row, is_new = Signature.objects.get_or_create(
            release=release,
            fingerprint=found.fingerprint,
            defaults={"text": tidy.decode("ascii"), "created_by": person, "created_at": now},
        )
        if is_new:
            data = {"fingerprint": row.fingerprint, "signature": row.text}
            events.record(RELEASE_SUBJECT, release.version, "sign", now=now, actor=person, data=data)
    return row


def _make_way(release: Release, fingerprint: str, *, replace: bool) -> None:
    """The newest signature counts: what this key signed before another did goes, and its event stays."""
    standing = current(release)
    if standing is None or standing.fingerprint == fingerprint:
        return
    if not replace:
        raise SignedByAnother(standing.fingerprint)
    release.signatures.filter(fingerprint=fingerprint).delete()


def make(release: Release, key: Path) -> bytes:
    """Sign with a key file of the person at this terminal, whom ssh-keygen asks for what it needs.

    The file may be a public key whose private half an agent or a security key holds. Raises NoKey, NotSigned, IllegalMove
    and BrokenRelease.
    """
    _require_key(key)
    tool = shutil.which("ssh-keygen")
    if tool is None:
        raise NotSigned("there is no ssh-keygen here. Sign where it is, and pass the file as --signature.")
    done = subprocess.run(
        [tool, "-Y", "sign", "-q", "-n", signatures.NAMESPACE, "-f", str(key)],
        input=manifest_bytes(release),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise NotSigned(_why(key, done.stderr.decode(errors="replace")))
    return done.stdout


def _require_key(key: Path) -> None:
    """Raise NoKey for what ssh-keygen would blame in words of its own. Only the file's first line is looked at."""
    if not key.is_file():
        raise NoKey(f"There is no key file {key}.")
    try:
        with key.open("rb") as stream:
            first = stream.readline(_HEAD_BYTES)
    except OSError as error:
        raise NoKey(f"{key} cannot be read: {error.strerror}.") from None
    if _PRIVATE not in first and not first.startswith(_PUBLIC):
        raise NoKey(f"{key} is not an SSH private key.")


def _why(key: Path, said: str) -> str:
    """What ssh-keygen said, in one line."""
    if "passphrase" in said:
        return (
            f"{key} has a passphrase, and none or a wrong one was given. Run this in a terminal, which asks for it, or "
            f"`ssh-add {key}` first."
        )
    if "UNPROTECTED" in said:
        return f"ssh-keygen takes no key that others may read: `chmod 600 {key}` first."
    return said.strip().rpartition("\n")[2] or "ssh-keygen failed"


def current(release: Release) -> Signature | None:
    """The signature that goes with the release's files: the newest."""
    return release.signatures.order_by("pk").last()


def export(release: Release, target: Path) -> Manifest:
    """Copy a release's folder, with its signature where it has one. Raises what `release.export` raises."""
    manifest = releases.export(release, target)
    if signed := current(release):
        (target / signatures.NAME).write_bytes(signed.content)
    return manifest


def manifest_bytes(release: Release) -> bytes:
    """What is signed, proved to be what was written. Raises IllegalMove and BrokenRelease."""
    if release.state != State.READY:
        raise IllegalMove(release.state, "sign")
    release_folder.manifest_of(release)
    return (release_folder.place(release.version) / NAME).read_bytes()
