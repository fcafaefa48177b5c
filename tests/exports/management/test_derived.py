from pathlib import Path

import pytest
from django.core.management import call_command

from crowd.management.base import Refusal, WrongUsage

pytestmark = pytest.mark.django_db


class TestTheCommand:
    def test_exports_what_verify_accepts(self, varied, tmp_path, capsys):
        to = str(tmp_path / "out")
        options = ["--format", "parquet", "--format", "alpaca", "--split", "train=0.5,test=0.5"]
        call_command("export_release", "1.0.0", "--to", to, *options)
        call_command("verify_release", to)
        assert capsys.readouterr().out == ""
        assert {path.name for path in Path(to).iterdir()} >= {"parquet", "alpaca", "data", "provenance"}

    @pytest.mark.parametrize("split", ["train=0.9", "train", "../x=0.5,test=0.5"])
    def test_refuses_splits_that_cannot_be_meant(self, varied, tmp_path, split):
        with pytest.raises(WrongUsage):
            call_command("export_release", "1.0.0", "--to", str(tmp_path / "out"), "--split", split)

    def test_refuses_an_empty_split_and_leaves_nothing(self, varied, tmp_path):
        with pytest.raises(Refusal, match="No record falls into test"):
            call_command(
                "export_release",
                "1.0.0",
                "--to",
                str(tmp_path / "out"),
                "--split",
                "train=0.999999,test=0.000001",
            )
        assert list((tmp_path / "out").iterdir()) == []

    def test_will_not_take_a_key_for_what_no_key_signs(self, derived, tmp_path):
        with pytest.raises(WrongUsage, match="is derived"):
            call_command("verify_release", str(derived), "--key", str(tmp_path / "key"))
