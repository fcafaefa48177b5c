import os
import stat
import subprocess
import sys

import pytest

from config import environment as env
from config.data_folder import prepare_data_folder, site_secret

GOOD_SECRET = "q7Jm-Zk3xT9vB1nW5cR8yL2hD6sF0gA4eU_pK7oI3tQ9wX1zC5"


class TestReaders:
    def test_a_variable_or_its_default(self, monkeypatch):
        monkeypatch.setenv("FLOCK_X", "a")
        assert (env.text("FLOCK_X"), env.text("FLOCK_Y", "b")) == ("a", "b")

    def test_a_secret_can_stand_in_a_file(self, monkeypatch, tmp_path):
        (tmp_path / "key").write_text("from a file\n")
        monkeypatch.setenv("FLOCK_X_FILE", str(tmp_path / "key"))
        assert env.text("FLOCK_X") == "from a file"

    def test_a_file_that_is_not_there_stops_the_start(self, monkeypatch, tmp_path):
        monkeypatch.setenv("FLOCK_X_FILE", str(tmp_path / "none"))
        with pytest.raises(env.BadSetting, match="FLOCK_X_FILE cannot be read"):
            env.text("FLOCK_X")

    def test_a_file_that_is_no_text_stops_the_start(self, monkeypatch, tmp_path):
        (tmp_path / "key").write_bytes(b"\xff\xfe")
        monkeypatch.setenv("FLOCK_X_FILE", str(tmp_path / "key"))
        with pytest.raises(env.BadSetting, match="FLOCK_X_FILE names a file that is not UTF-8"):
            env.text("FLOCK_X")

    @pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x1bb", "a\udcffb"])
    def test_more_than_a_line_of_text_stops_the_start(self, monkeypatch, value):
        monkeypatch.setenv("FLOCK_X", value)
        with pytest.raises(env.BadSetting, match="FLOCK_X has a line break, or something else"):
            env.text("FLOCK_X")

    def test_one_of_a_few_words(self, monkeypatch):
        monkeypatch.setenv("FLOCK_MODE", "prod")
        with pytest.raises(
            env.BadSetting, match="FLOCK_MODE is 'prod', which is none of embedded, production"
        ):
            env.choice("FLOCK_MODE", ("embedded", "production"), "embedded")

    @pytest.mark.parametrize(("value", "read"), [("1", True), ("Yes", True), ("off", False), ("", True)])
    def test_yes_or_no(self, monkeypatch, value, read):
        monkeypatch.setenv("FLOCK_X", value)
        assert env.boolean("FLOCK_X", default=True) is read

    def test_neither_yes_nor_no(self, monkeypatch):
        monkeypatch.setenv("FLOCK_X", "maybe")
        with pytest.raises(env.BadSetting, match="neither true nor false"):
            env.boolean("FLOCK_X", default=True)

    def test_an_unknown_variable_is_a_typo(self, monkeypatch):
        monkeypatch.setenv("FLOCK_MODUS", "embedded")
        with pytest.raises(env.BadSetting, match="FLOCK_MODUS is not a setting of Flock"):
            env.refuse_unknown({"FLOCK_MODE", "FLOCK_DATA_DIR"})


class TestDatabase:
    def test_postgresql_with_password_and_port(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://flock:p%40ss@db.example:5433/contest")
        database = env.database("DATABASE_URL", "")
        assert [database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
            "contest",
            "flock",
            "p@ss",
            "db.example",
            "5433",
        ]

    def test_postgresql_by_its_socket(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql:///flock?host=/run/postgresql")
        assert env.database("DATABASE_URL", "")["HOST"] == "/run/postgresql"

    def test_sqlite_takes_the_write_lock_first(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "sqlite:////tmp/a.sqlite3")
        database = env.database("DATABASE_URL", "")
        assert (str(database["NAME"]), database["OPTIONS"]["transaction_mode"]) == (
            "/tmp/a.sqlite3",
            "IMMEDIATE",
        )

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://db/flock",
            "postgresql://db",
            "nonsense",
            "sqlite://",
            "postgresql://db:port/flock",
            "postgresql://db:99999/flock",
            "postgresql://[::1/flock",
        ],
    )
    def test_anything_else_stops_the_start(self, monkeypatch, url):
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(env.BadSetting, match="DATABASE_URL"):
            env.database("DATABASE_URL", "")

    def test_no_part_of_a_password_is_told(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://flock:pass/word@db/flock")
        with pytest.raises(env.BadSetting) as refusal:
            env.database("DATABASE_URL", "")
        assert str(refusal.value) == (
            "flock: DATABASE_URL has a host or a port that cannot be read; a password's / @ : are written %2F %40 %3A."
            " Set it like DATABASE_URL=postgresql://flock@localhost/flock"
        )


class TestAddress:
    @pytest.mark.parametrize("url", ["redis://h:1/0", "unix:///run/redis.sock", ""])
    def test_is_taken(self, monkeypatch, url):
        monkeypatch.setenv("REDIS_URL", url)
        assert env.address("REDIS_URL", "", schemes=("redis", "unix"), good="redis://h") == url

    @pytest.mark.parametrize(
        "url", ["foo", "http://h", "redis:", "redis://[", "redis://h:a", "redis://h:0", "unix:relative"]
    )
    def test_anything_else_stops_the_start(self, monkeypatch, url):
        monkeypatch.setenv("REDIS_URL", url)
        with pytest.raises(
            env.BadSetting, match="REDIS_URL is .* no address .* Set it like REDIS_URL=redis://h"
        ):
            env.address("REDIS_URL", "", schemes=("redis", "unix"), good="redis://h")

    def test_that_is_needed_is_not_empty(self, monkeypatch):
        monkeypatch.setenv("HF_ENDPOINT", "")
        with pytest.raises(env.BadSetting, match="HF_ENDPOINT is '', which is no address"):
            env.address("HF_ENDPOINT", "https://hub.example", schemes=env.WEB, good="https://hub.example")

    def test_of_the_web_needs_a_host(self, monkeypatch):
        monkeypatch.setenv("FLOCK_WIKI_URL", "https:///w/")
        with pytest.raises(env.BadSetting, match="FLOCK_WIKI_URL is 'https:///w/', which is no address"):
            env.address("FLOCK_WIKI_URL", "", schemes=env.WEB, good="https://en.wikipedia.org/w/")


class TestRedis:
    @pytest.mark.parametrize(
        "url", ["redis://h", "redis://h:1/", "rediss://:pw@h/15", "unix:///run/r.sock?db=1"]
    )
    def test_is_taken(self, monkeypatch, url):
        monkeypatch.setenv("REDIS_URL", url)
        assert env.redis("REDIS_URL", "") == url

    @pytest.mark.parametrize(
        ("url", "problem"),
        [
            ("redis://h/flock", "has '/flock' for the number"),
            ("http://h", "is 'http://h', which is no address"),
            # Celery would take it for a RabbitMQ of this machine.
            ("", "is '', which is no address"),
        ],
    )
    def test_anything_else_stops_the_start(self, monkeypatch, url, problem):
        monkeypatch.setenv("REDIS_URL", url)
        with pytest.raises(env.BadSetting, match=f"REDIS_URL {problem}"):
            env.redis("REDIS_URL", "redis://localhost:6379/0")


class TestHosts:
    def test_are_names_addresses_or_any(self, monkeypatch):
        given = ["flock.example.com", ".example.com", "10.0.0.7", "[::1]", "localhost", "*"]
        monkeypatch.setenv("FLOCK_ALLOWED_HOSTS", ", ".join(given))
        assert env.hosts("FLOCK_ALLOWED_HOSTS", "") == given

    @pytest.mark.parametrize(
        "host", ["https://a.example", "a.example:8000", "a.example/", "a b", "bücher.example"]
    )
    def test_that_no_request_could_name_stop_the_start(self, monkeypatch, host):
        monkeypatch.setenv("FLOCK_ALLOWED_HOSTS", f"good.example,{host}")
        with pytest.raises(env.BadSetting, match="FLOCK_ALLOWED_HOSTS has .* which is no host name"):
            env.hosts("FLOCK_ALLOWED_HOSTS", "")

    @pytest.mark.parametrize("value", ["", " , "])
    def test_none_at_all_stops_the_start(self, monkeypatch, value):
        monkeypatch.setenv("FLOCK_ALLOWED_HOSTS", value)
        with pytest.raises(env.BadSetting, match="FLOCK_ALLOWED_HOSTS names no host"):
            env.hosts("FLOCK_ALLOWED_HOSTS", "*")


class TestDataFolder:
    def test_is_made(self, tmp_path):
        assert prepare_data_folder(tmp_path / "a" / "b").is_dir()

    def test_a_file_in_its_place_stops_the_start(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(env.BadSetting, match="FLOCK_DATA_DIR is .* cannot be made"):
            prepare_data_folder(tmp_path / "file" / "var")

    def test_whose_name_means_something_in_a_url_holds_its_database(self, tmp_path):
        folder = tmp_path / "a#b?c=%41"
        mine = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FLOCK_", "DATABASE_URL"))
        }
        told = subprocess.run(
            [
                sys.executable,
                "-c",
                "from config import settings; print(settings.DATABASES['default']['NAME'])",
            ],
            env=mine | {"FLOCK_DATA_DIR": str(folder)},
            check=True,
            capture_output=True,
            text=True,
        )
        assert told.stdout == f"{folder / 'flock.sqlite3'}\n"


class TestSecret:
    def test_an_embedded_site_makes_its_own_once_and_keeps_it_to_itself(self, tmp_path):
        first = site_secret("", tmp_path, required=False)
        assert site_secret("", tmp_path, required=False) == first
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]

    def test_that_cannot_be_kept_stops_the_start(self, tmp_path):
        (tmp_path / "secret_key").mkdir()
        with pytest.raises(env.BadSetting, match="FLOCK_DATA_DIR is .* cannot keep the site's key"):
            site_secret("", tmp_path, required=False)

    def test_a_given_one_is_used(self, tmp_path):
        assert site_secret(GOOD_SECRET, tmp_path, required=True) == GOOD_SECRET

    def test_production_needs_one(self, tmp_path):
        with pytest.raises(env.BadSetting, match="FLOCK_SECRET_KEY is not set"):
            site_secret("", tmp_path, required=True)

    @pytest.mark.parametrize("secret", ["1234", "a" * 60, f"django-insecure-{GOOD_SECRET}", GOOD_SECRET[:49]])
    def test_a_published_or_short_one_stops_the_start(self, tmp_path, secret):
        with pytest.raises(env.BadSetting, match="published or a short one"):
            site_secret(secret, tmp_path, required=False)
