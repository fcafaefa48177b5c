import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import House

ROOT = Path(__file__).resolve().parents[2]

# Imports inside functions, each with its reason.
INSIDE_FUNCTIONS = {
    (
        "config.celery",
        "crowd.services.workers",
    ): "models can be imported once Django is set up, after this module",
    (
        "crowd.domain.formats",
        "crowd.domain.formats.parquet_file",
    ): "pyarrow, which no other format needs",
    (
        "exports.domain.quality",
        "exports.domain.distributions",
    ): "pandas, which the web process never needs: it reads what a job has counted",
    (
        "exports.services.push_job",
        "exports.services.hub",
    ): "the hub's client, which the web process never needs: only a worker pushes",
    (
        "exports.services.push_job",
        "exports.services.hub_model",
    ): "the hub's client, which the web process never needs: only a worker pushes",
    (
        "exports.services.push_job",
        "exports.services.hub_push",
    ): "the hub's client, which the web process never needs: only a worker pushes",
    (
        "exports.services.push_job",
        "exports.services.hub_repo",
    ): "the hub's client, which the web process never needs: only a worker pushes",
    (
        "crowd.domain.checks.identification",
        "py3langid.langid.MODEL_FILE",
    ): "the web process runs no check that needs it",
    (
        "crowd.domain.checks.identification",
        "py3langid.langid.LanguageIdentifier",
    ): "the web process runs no check that needs it",
    (
        "crowd.domain.checks.identification",
        "py3langid.langid.visit_counts",
    ): "the web process runs no check that needs it",
}


@pytest.fixture(scope="module")
def house() -> House:
    return House(ROOT)


class TestTheHouse:
    def test_imports_run_one_way(self, house):
        assert house.breaches() == []

    def test_has_no_cycles(self, house):
        assert house.cycles() == []

    def test_has_a_layer_for_every_module(self, house):
        assert house.strays() == []

    def test_imports_stand_on_top_but_for_a_listed_few(self, house):
        # An app's `ready` runs when the models are loaded; its imports cannot stand above it.
        inside = [
            found for found in house.imports if found.in_function and not found.source.endswith(".apps")
        ]
        assert [str(found) for found in inside if (found.source, found.target) not in INSIDE_FUNCTIONS] == []


class TestTheWebProcess:
    def test_never_loads_the_heavy_libraries(self, tmp_path):
        # All URLs are resolved, so that every view, form and serializer is loaded as the first requests would.
        program = (
            "import sys, config.wsgi; from django.urls import get_resolver; get_resolver().reverse_dict;"
            "print(sorted({'torch', 'transformers', 'datasets', 'pandas', 'numba', 'py3langid', 'huggingface_hub'} & sys.modules.keys()))"
        )
        environment = {"PATH": "/usr/bin:/bin", "FLOCK_DATA_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout == "[]\n"


# A rule that cannot be broken in a test is no rule: each breach is planted in a small house of its own.
BREACHES = [
    ("crowd/services/review.py", "from exports.models import Release", "crowd never imports exports"),
    ("crowd/views/review.py", "import config.settings", "crowd never imports config"),
    ("crowd/domain/text.py", "from training import prompt", "crowd never imports training"),
    ("crowd/services/jobs.py", "from crowd import tasks", "services stands below tasks"),
    ("crowd/domain/review.py", "from crowd.models import Claim", "domain stands below models"),
    (
        "crowd/models/review.py",
        "def f():\n    from crowd.services import review",
        "models stands below services",
    ),
    ("crowd/admin.py", "from crowd.views import review", "admin stands beside views"),
    ("crowd/views/review.py", "from crowd.apps import CrowdConfig", "nothing imports apps"),
    ("exports/domain/card.py", "from crowd.services import jobs", "domain stands below services"),
    ("exports/views/runs.py", "import config", "exports never imports config"),
    ("training/data.py", "import django.conf", "training stands alone"),
    ("training/data.py", "from exports.domain import card", "training never imports exports"),
    ("exports/services/runs.py", "from training.trainer import fit", "this needs torch"),
]


def build(folder: Path, files: dict[str, str]) -> House:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return House(folder)


class TestTheRules:
    @pytest.mark.parametrize(("name", "text", "reason"), BREACHES)
    def test_catch_a_planted_breach(self, tmp_path, name, text, reason):
        house = build(tmp_path, {"training/trainer.py": "import torch", name: text})
        assert [breach.endswith(reason) for breach in house.breaches()] == [True]

    def test_let_imports_downwards_pass(self, tmp_path):
        files = {
            "crowd/views/review.py": "from crowd.services import review\nfrom crowd.domain import text",
            "crowd/services/review.py": "from crowd.models import Claim",
            "exports/services/runs.py": "from crowd.services import jobs\nfrom training.recipes import NAMES",
            "training/recipes.py": "import json",
            "config/urls.py": "from exports import urls",
        }
        assert build(tmp_path, files).breaches() == []

    def test_find_a_cycle(self, tmp_path):
        files = {
            "crowd/models/a.py": "from crowd.models.b import B",
            "crowd/models/b.py": "import crowd.models.a",
        }
        assert build(tmp_path, files).cycles() == [["crowd.models.a", "crowd.models.b"]]

    def test_find_a_module_without_a_layer(self, tmp_path):
        assert build(tmp_path, {"crowd/utils.py": "", "crowd/models/a.py": ""}).strays() == ["crowd.utils"]
