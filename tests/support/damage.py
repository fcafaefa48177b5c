"""Ways to damage a downloaded release, and to lie in one so that every hash still agrees."""

import hashlib
from dataclasses import replace

from hypothesis import strategies as st

from exports.domain.manifest import File, load
from exports.services.verification import Verification

PATHS = [
    "ATTRIBUTION.md",
    "LICENSE",
    "README.md",
    "croissant.json",
    "data/train.jsonl",
    "manifest.json",
    "provenance.jsonl",
]


def folder_of(folder):
    """Every file of a folder: its path with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def problems_of(folder):
    return list(Verification(folder).problems())


def rewrite(folder, path, change):
    """Change a file and make the manifest agree, as somebody would who wants to deceive."""
    target = folder / path
    target.write_bytes(change(target.read_bytes()))
    content = target.read_bytes()
    manifest = load((folder / "manifest.json").read_bytes())
    files = tuple(
        File(path, hashlib.sha256(content).hexdigest(), len(content)) if file.path == path else file
        for file in manifest.files
    )
    (folder / "manifest.json").write_bytes(replace(manifest, files=files).dump())


def enlist(folder, path, content):
    """Add a file, and make the manifest list it."""
    (folder / path).write_bytes(content)
    manifest = load((folder / "manifest.json").read_bytes())
    file = File(path, hashlib.sha256(content).hexdigest(), len(content))
    write_manifest(folder, files=tuple(sorted((*manifest.files, file), key=lambda file: file.path)))


def delist(folder, path):
    """Remove a file, and make the manifest not list it."""
    (folder / path).unlink()
    manifest = load((folder / "manifest.json").read_bytes())
    write_manifest(folder, files=tuple(file for file in manifest.files if file.path != path))


def write_manifest(folder, **changes):
    """Write the manifest with something changed, and spelled as a release spells it."""
    manifest = load((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_bytes(replace(manifest, **changes).dump())


def flip(folder, path, draw):
    content = bytearray((folder / path).read_bytes())
    content[draw(st.integers(0, len(content) - 1))] ^= draw(st.integers(1, 255))
    (folder / path).write_bytes(content)
    return path


def cut_off(folder, path, draw):
    content = (folder / path).read_bytes()
    (folder / path).write_bytes(content[: draw(st.integers(0, len(content) - 1))])
    return path


def append(folder, path, draw):
    with (folder / path).open("ab") as stream:
        stream.write(draw(st.binary(min_size=1, max_size=3)))
    return path


def remove(folder, path, draw):
    (folder / path).unlink()
    return path


def rename(folder, path, draw):
    (folder / path).rename(folder / f"{path}.bak")
    return path


def link(folder, path, draw):
    (folder / path).rename(folder.parent / "elsewhere")
    (folder / path).symlink_to(folder.parent / "elsewhere")
    return path


def add_a_case_twin(folder, path, draw):
    twin = path.upper() if path != path.upper() else path.lower()
    (folder / twin).parent.mkdir(exist_ok=True)
    (folder / twin).write_bytes((folder / path).read_bytes())
    return twin


def add_beside(folder, path, draw):
    added = (folder / path).parent / draw(st.sampled_from(["x", ".x", "x\u202e", "new\nline", "-rf"]))
    added.touch()
    return added.relative_to(folder).as_posix().encode("unicode_escape").decode()


DAMAGES = [flip, cut_off, append, remove, rename, link, add_a_case_twin, add_beside]
