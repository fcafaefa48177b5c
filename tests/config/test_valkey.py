import os
from pathlib import Path

import pytest
from redis.connection import parse_url

from config import valkey


class TestTheSocket:
    def test_lies_in_the_data_folder(self):
        assert valkey.socket_path(Path("/srv/flock")) == Path("/srv/flock/valkey.sock")

    def test_of_a_deep_data_folder_lies_in_a_short_one_of_its_own(self):
        one, other = (valkey.socket_path(Path("/srv") / ("x" * 90) / name) for name in ("one", "other"))
        assert len(os.fsencode(one)) <= valkey.MAX_SOCKET_PATH_BYTES
        assert one != other

    def test_counts_bytes_and_not_letters(self):
        assert valkey.socket_path(Path("/srv") / ("ü" * 45)).parent.name.startswith("flock-")

    @pytest.mark.parametrize("name", ["flock", "a b", "a#b", "a?b=1", "a%41b", "ü"])
    def test_is_found_again_by_its_url(self, name):
        folder = Path("/srv") / name
        assert parse_url(valkey.socket_url(folder))["path"] == str(valkey.socket_path(folder))

    def test_has_a_folder_that_only_we_can_enter(self, tmp_path):
        socket = tmp_path / "short" / "valkey.sock"
        valkey.make_socket_folder(socket)
        assert socket.parent.stat().st_mode & 0o777 == 0o700

    def test_is_refused_in_somebody_elses_folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "getuid", lambda: 12345)
        with pytest.raises(valkey.UnsafeFolder, match="belongs to somebody else"):
            valkey.make_socket_folder(tmp_path / "valkey.sock")


class TestTheServer:
    def test_is_the_bundled_one_before_one_on_the_path(self):
        assert (valkey.server_program() or "").endswith("/valkey-server")

    def test_is_looked_for_on_the_path_where_there_is_no_wheel(self, monkeypatch, tmp_path):
        program = tmp_path / "redis-server"
        program.touch(mode=0o700)
        monkeypatch.setattr(valkey, "_bundled_program", lambda: None)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert valkey.server_program() == str(program)

    def test_is_none_where_there_is_none(self, monkeypatch, tmp_path):
        monkeypatch.setattr(valkey, "_bundled_program", lambda: None)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert valkey.server_program() is None
