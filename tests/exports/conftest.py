import shutil

import pytest

from exports.services import model_process
from exports.services.derived import derive
from exports.services.model_process import KeptModel
from exports.services.release_folder import place
from tests.support.derived import EVERYTHING, make_varied_release
from tests.support.factories import make_source, make_submission
from tests.support.fake_hub import TOKEN, serving
from tests.support.releases import make_contributions, make_release


@pytest.fixture(autouse=True)
def releases_dir(settings, tmp_path):
    """Releases of a test's own."""
    settings.RELEASES_DIR = tmp_path / "releases"
    return settings.RELEASES_DIR


@pytest.fixture
def contributions(alice, rita):
    """Alice's three approved pairs, one of them about a passage."""
    return make_contributions(alice, rita)


@pytest.fixture
def downloaded(contributions, tmp_path):
    """A stranger's copy of a release of these and of one imported record."""
    make_submission(source=make_source(), state="approved")
    make_release()
    return shutil.copytree(place("1.0.0"), tmp_path / "downloaded")


@pytest.fixture
def varied(alice, rita):
    """A release whose pairs can be parted, some of them only together."""
    return make_varied_release(alice, rita)


@pytest.fixture
def derived(varied, tmp_path):
    """The folder of everything that is derived from it."""
    derive(varied, tmp_path / "out", EVERYTHING)
    return tmp_path / "out"


@pytest.fixture
def patient_client(monkeypatch):
    """The hub's client without its own pauses between tries."""
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _seconds: None)


@pytest.fixture
def hub(settings, patient_client):
    """The hub that the site pushes to, on this machine."""
    with serving() as hub:
        settings.HF_ENDPOINT, settings.HF_TOKEN = hub.url, TOKEN
        yield hub


@pytest.fixture
def kept(monkeypatch):
    """This test's own loaded model."""
    model = KeptModel()
    monkeypatch.setattr(model_process, "KEPT_MODEL", model)
    yield model
    if model._goodbye:
        model._goodbye.cancel()
    model.let_go()
