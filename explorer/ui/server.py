"""What the server process does besides drawing pages: start the supervisor and what is heavy to import, and stop both again."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import logging
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from streamlit.runtime.pages_manager import PagesManager

from explorer.errors import ExplorerError
from explorer.ui import session
from explorer.ui.watching import WATCHING

log = logging.getLogger("explorer")

MAIN = Path(__file__).with_name("main.py")
ESTIMATE_AFTER = 5.0  # seconds after the imports: the first page has its picture by then
HEAVY = ("explorer.ui.live_page", "explorer.networks.limits", "plotly.graph_objects", "pandas")

# A folder named pages/ makes Streamlit take over the navigation when a fresh server is first asked for a page other than the
# first. The flag is private: tests/test_ui_browser.py opens such a link on a fresh server.
PagesManager.uses_pages_directory = False

_warming = threading.Lock()
_warm = threading.Event()  # asking the collector what it has frozen would count a million objects: 100 ms in every rerun


def warm_up() -> None:
    """Import everything heavy, once, and take it out of every later garbage collection (measured: 340 ms each with torch)."""
    if _warm.is_set():
        return
    with _warming:
        if _warm.is_set():
            return
        for name in HEAVY:
            importlib.import_module(name)
        import torch

        torch.set_num_threads(1)
        from explorer.ui.navigation import discover_pages

        discover_pages()
        gc.collect()
        gc.freeze()
        later = threading.Timer(ESTIMATE_AFTER, _estimate_once)
        later.daemon = True
        later.start()
        _warm.set()


def _estimate_once() -> None:
    """The first estimate of a network imports a second's worth of torch: best done before somebody waits for it."""
    from explorer.experiment import Experiment
    from explorer.ui import apply

    for name in ("xor", "build_03_lenet"):
        apply.admit(Experiment.preset(name))
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """The life of the server: the supervisor starts with it and is told to stop when it stops in the ordinary way."""
    starting = [threading.Thread(target=_start_supervisor), threading.Thread(target=warm_up)]
    for thread in starting:
        thread.start()
    atexit.register(_stop_supervisor)  # for the impatient: a second Ctrl-C skips what follows
    try:
        async with WATCHING.reporting(session.client()):
            yield
    finally:
        for thread in starting:  # a supervisor that is just starting would outlive us, and torch does not like to be cut short
            thread.join()
        _stop_supervisor()


def _start_supervisor() -> None:
    try:
        session.client().ensure_supervisor()
    except ExplorerError as error:
        log.error("%s", error)  # the page says the same to whoever opens it


def _stop_supervisor() -> None:
    try:
        session.client().shutdown()
    except ExplorerError as error:
        log.warning("%s", error)
