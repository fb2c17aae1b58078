"""What every test stands on."""

import functools
import gc
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything loads them: on small arrays a second thread costs more than it gives, and with as many workers
# as cores the threads of NumPy's and scikit-learn's libraries wait for each other, up to twenty times as long.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

# No test fails because the computer is slow, or busy with something else.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

gc.disable()  # while everything is imported and collected


def pytest_collection_finish():
    """What was imported and collected stays until the end: the garbage collector need not look at it again and again."""
    gc.freeze()
    gc.enable()
    if "streamlit" in sys.modules:
        _look_for_components_once()


def _look_for_components_once():
    """At each run of a page under test Streamlit reads what every installed package says of itself: longer than most pages take."""
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(scope="session", autouse=True)
def home_of_tests():
    """Nobody's own data are touched, and small made-up sets stand where downloaded ones would lie."""
    from openml_stand_in import keep_all  # late: it imports half the explorer

    before = os.environ.get("NEURAL_EXPLORER_HOME")
    with tempfile.TemporaryDirectory(prefix="explorer-tests-") as folder:
        os.environ["NEURAL_EXPLORER_HOME"] = folder
        keep_all(Path(folder))
        yield Path(folder)
        os.environ.pop("NEURAL_EXPLORER_HOME") if before is None else os.environ.update(NEURAL_EXPLORER_HOME=before)


@pytest.fixture(scope="module")
def data_drawn_once():
    """Equal records of data are one data set while a file runs whose tests are not about data: drawing it takes longer than they do."""
    from explorer.experiment.data import DataSpec  # late: it imports half the explorer

    load = DataSpec.load
    kept = functools.lru_cache(16)(load)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DataSpec, "load", lambda spec, carried=None: load(spec, carried) if carried else kept(spec))
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app, on a server that the tests of one file share: what they leave behind disturbs no other file."""
    from browsing import serving  # late, like the next two: few tests need a browser

    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    from browsing import chromium

    with chromium() as found:
        yield found


@pytest.fixture
def page(browser, server):
    """A new visitor of the app. Nothing from outside this computer is ever asked for."""
    from browsing import visitor

    asked: list[str] = []
    with visitor(browser) as found:
        found.on("request", lambda request: asked.append(request.url))
        yield found
    assert [url for url in asked if not url.startswith((server.url, server.url.replace("http", "ws", 1), "data:", "blob:"))] == []
