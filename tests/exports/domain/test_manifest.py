import json

import pytest

from exports.domain.manifest import FILES, BadManifest, File, Manifest, is_safe, load

MANIFEST = Manifest(
    version="1.0.0",
    parent=None,
    profile="commercial",
    licence="CC-BY-SA-4.0",
    created_at="2026-03-04T12:00:00.000000Z",
    exporter="flock 0.1.0",
    counts={"records": 1},
    files=tuple(File(path, "a" * 64, 1) for path in FILES),
)


def changed(**fields):
    return json.dumps(json.loads(MANIFEST.dump()) | fields, indent=2).encode() + b"\n"


class TestLoading:
    def test_gives_what_was_dumped(self):
        assert load(MANIFEST.dump()) == MANIFEST

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{}",
            b"\xff",
            b"[" * 100_000,
            MANIFEST.dump().rstrip(),
            MANIFEST.dump().replace(b'  "parent"', b'   "parent"'),
            changed(version="v1"),
            changed(version=1),
            changed(parent="x"),
            changed(profile="any"),
            changed(licence=""),
            changed(exporter="\ud800"),
            changed(created_at="yesterday"),
            changed(counts=[]),
            changed(files=[]),
            changed(files="all"),
            changed(files=[{"path": "README.md"}]),
            changed(more=1),
        ],
    )
    def test_refuses_anything_else(self, content):
        with pytest.raises(BadManifest):
            load(content)

    @pytest.mark.parametrize(
        "path", ["../x", "/etc/passwd", "a/../b", "a//b", ".hidden", "a\\b", "manifest.json", ""]
    )
    def test_refuses_a_path_that_leaves_the_folder(self, path):
        files = [*json.loads(MANIFEST.dump())["files"], {"path": path, "sha256": "a" * 64, "bytes": 1}]
        assert not is_safe(path)
        with pytest.raises(BadManifest):
            load(changed(files=files))
