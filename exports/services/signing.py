"""Keep the signatures of releases, beside them. They are made where the key is: no private key is ever stored here."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from django.db import transaction

from crowd.models import Person
from crowd.services import events
from exports.domain import signature as signatures
from exports.domain.manifest import NAME, Manifest
from exports.domain.release import IllegalMove, State
from exports.models import Release, Signature
from exports.services import release as releases
from exports.services import release_folder
from exports.services.release_state import SUBJECT


class NotSigned(Exception):
    """The tool that signs did not; the message is its own."""


def attach(release: Release, text: bytes, *, person: Person | None = None, now: datetime) -> Signature:
    """Keep a signature of a ready release; the same one twice is one. Raises IllegalMove, BadSignature and BrokenRelease."""
    tidy = signatures.tidy(text)
    found = signatures.read(tidy)
    found.verify(manifest_bytes(release))
    with transaction.atomic():
        row, is_new = Signature.objects.get_or_create(
            release=release,
            fingerprint=found.fingerprint,
            defaults={"text": tidy.decode("ascii"), "created_by": person, "created_at": now},
        )
        if is_new:
            data = {"fingerprint": row.fingerprint, "signature": row.text}
            events.record(SUBJECT, release.version, "sign", now=now, actor=person, data=data)
    return row


def make(release: Release, key: Path) -> bytes:
    """Sign with a key file of the person at this terminal, whom ssh-keygen asks for what it needs.

    The file may be a public key whose private half an agent or a security key holds. Raises NotSigned, IllegalMove
    and BrokenRelease.
    """
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
        raise NotSigned(done.stderr.decode(errors="replace").strip() or "ssh-keygen failed")
    return done.stdout


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
