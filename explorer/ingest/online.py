"""Data sets of openml.org: fetched once, then kept here, so that they work without a network from then on.

Decided: a set is fetched when somebody asks for it, in a process of its own; `load` of a data set reads what is kept, and nothing else.
Because: a run that silently waits for a network looks broken; and thirty runs would fetch the same file thirty times.
Instead of: fetching where the examples are drawn, with the cache of scikit-learn, which reads the text anew every time (3 s, 1 GB).
"""

from __future__ import annotations

import gzip
import http.client
import math
import os
import re
import secrets
import shutil
import socket
import time
import urllib.request
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from explorer.errors import DataError
from explorer.home import default_home
from explorer.ingest.content import Arrays

ORIGIN = "https://www.openml.org"
REACHED = 5.0  # seconds in which the site has to answer at all
SILENT = 20.0  # seconds without a byte, after which a download has failed
FORM = 1  # of what is kept; another number makes older files be fetched anew
ABANDONED = 7200  # seconds after which what is temporary is nobody's
Told = Callable[[int, int], None]  # bytes so far, bytes in all (0: the site does not say)


@dataclass(frozen=True)
class Source:
    """A data set of openml.org.

    Attributes:
        title: what people call it.
        name, version: by which it is found there.
        rows: how many there are; what has another number is not it.
        packed, plain: megabytes to fetch, if the site compresses them and if it does not; to one digit.
    """

    title: str
    name: str
    version: int
    rows: int
    packed: float
    plain: float

    @property
    def page(self) -> str:
        """Where people read about it."""
        return f"{ORIGIN}/search?type=data&q={self.name}"

    @property
    def file(self) -> str:
        return f"{re.sub('[^a-z0-9]+', '_', self.name.lower())}-{self.version}-{FORM}.safetensors"


# -- what is kept


def path_of(source: Source, home: Path | None = None) -> Path:
    """The file that keeps a set, whether it is there or not."""
    return (home or default_home()) / "online" / source.file


def is_kept(source: Source) -> bool:
    return path_of(source).is_file()


def kept(source: Source) -> Arrays:
    """The arrays of a set that was fetched, which must not be changed. Raises DataError when they are not here, or damaged."""
    path = path_of(source)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise DataError(
            f"{source.title} is not on this computer yet: it comes from openml.org. Choose it on the Data page, and press Download there."
        ) from None
    except (OSError, SafetensorError, LookupError, ValueError, TypeError):
        path.unlink(missing_ok=True)
        raise DataError(f"What was kept of {source.title} is damaged and was removed. Download it again on the Data page.") from None


def keep(source: Source, arrays: Arrays, home: Path | None = None) -> Path:
    """Keep the arrays of a set: whole or not at all. Raises DataError when there is no room."""
    path = path_of(source, home)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_file({key: np.ascontiguousarray(array) for key, array in arrays.items()}, new, {"crc": str(_sum(arrays))})
        with open(new, "rb") as file:
            os.fsync(file.fileno())
        os.replace(new, path)
    except (OSError, SafetensorError) as error:
        raise DataError(f"{source.title} could not be kept: {error}. Free some space on the disk, then try again.") from None
    finally:
        new.unlink(missing_ok=True)
    return path


@lru_cache(maxsize=2)
def _read(path: Path, changed: int) -> Arrays:
    """Arrays of the file that was last changed at `changed`; read again when it is another."""
    with safe_open(path, "numpy") as file:
        arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (it is no mapping)
        if file.metadata()["crc"] != str(_sum(arrays)):
            raise ValueError(path)
    return arrays


def _sum(arrays: Arrays) -> int:
    """A number that another content is very unlikely to have."""
    found = 0
    for key in sorted(arrays):
        found = zlib.crc32(np.ascontiguousarray(arrays[key]).data, zlib.crc32(key.encode(), found))
    return found


# -- fetching


def fetched(source: Source, options: dict[str, Any], folder: Path, origin: str, told: Told) -> Any:
    """Every column of the set, as a pandas frame.

    To be called in a process of its own: it changes how the whole process opens addresses.

    Args:
        options: for `pandas.read_csv`.
        folder: for what is temporary.
        origin: the site; another one must answer as openml.org does.
        told: called with the bytes that have come, again and again.

    Raises:
        DataError: there is no network, no such set, or what came is not it. The sentence says which.
    """
    urllib.request.install_opener(urllib.request.build_opener(_Elsewhere(origin), _Counter(told)))
    with _in_words(source, origin):
        _reach(source)
        frame = _frame(source, options, folder)
    if len(frame) != source.rows:
        raise DataError(
            f"{source.title} should have {source.rows:,} examples, but {origin} sent {len(frame):,}. Nothing was kept; choose another set."
        )
    return frame


def _reach(source: Source) -> None:
    """Ask for the set's name: a site that is not there should be noticed before libraries are loaded, and after one try."""
    socket.setdefaulttimeout(REACHED)
    with suppress(HTTPError), urllib.request.urlopen(f"{ORIGIN}/api/v1/json/data/list/data_name/{source.name.lower()}/limit/1"):
        pass
    socket.setdefaulttimeout(SILENT)


def _frame(source: Source, options: dict[str, Any], folder: Path) -> Any:
    from sklearn.datasets import fetch_openml  # with pandas it takes a second or two

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it tries a second time
        found = fetch_openml(
            source.name,
            version=source.version,
            target_column=None,
            data_home=folder,
            as_frame=True,
            parser="pandas",
            n_retries=1,
            delay=0.5,
            read_csv_kwargs=options,
        )
    return found.frame


class _Elsewhere(urllib.request.BaseHandler):
    """Asks another site in the place of openml.org."""

    handler_order = 400  # before a connection is opened

    def __init__(self, origin: str) -> None:
        self._origin = origin.rstrip("/")

    def https_open(self, request: urllib.request.Request) -> Any:
        """The answer of the other site; None, for any other address, leaves it to the usual way."""
        if self._origin == ORIGIN or not re.fullmatch(r"([\w-]+\.)?openml\.org", request.host):
            return None
        return urllib.request.urlopen(urllib.request.Request(self._origin + request.selector, headers=dict(request.header_items())))


class _Counter(urllib.request.BaseHandler):
    """Counts the bytes of data files as they come; what is asked about them is short."""

    handler_order = 1100  # after errors were noticed

    def __init__(self, told: Told) -> None:
        self._told = told

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        """The response, which tells of every byte that is read of it."""
        if "/api/" not in request.full_url:
            self._count(response)
        return response

    https_response = http_response

    def _count(self, response: Any) -> None:
        whole, read, sofar = int(response.headers.get("Content-Length") or 0), response.read, 0

        def counted(*size: int) -> bytes:
            nonlocal sofar
            data = response.read1(*size) if size else read()  # what has come, without waiting for more
            sofar += len(data)
            self._told(sofar, whole)
            return data

        response.read = counted


@contextmanager
def _in_words(source: Source, origin: str) -> Iterator[None]:
    """What goes wrong inside, as a sentence."""
    site = origin.partition("://")[2]
    try:
        yield
    except DataError:
        raise
    except HTTPError as error:
        raise DataError(
            f"{site} does not give {source.title} away now (it answers {error.code}). Choose a ready set, or try again later."
        ) from None
    except (URLError, TimeoutError, ConnectionError) as error:
        why = getattr(error, "reason", None) or error
        raise DataError(
            f"{site} could not be reached ({why}). Choose a ready set, which needs no network, or try again when this computer is online."
        ) from None
    except (gzip.BadGzipFile, ValueError, EOFError, LookupError, AttributeError, http.client.HTTPException, zlib.error) as error:
        detail = "its checksum is another" if "md5" in str(error) else type(error).__name__
        raise DataError(f"What came as {source.title} is damaged ({detail}). Nothing of it was kept; try again in a while.") from None
    except OSError as error:
        raise DataError(f"{source.title} could not be written: {error.strerror}. Free some space on the disk, then try again.") from None


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """A folder for what is temporary, gone when the block ends; so are those of downloads that were killed."""
    _sweep(home / "online")
    folder = home / "online" / f"incoming-{secrets.token_hex(6)}"
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise DataError(f"There is no place for new data here: {error.strerror}. Free some space on the disk, then try again.") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    for old in (*folder.glob("incoming-*"), *folder.glob("state-*")):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > ABANDONED:
                shutil.rmtree(old) if old.is_dir() else old.unlink()


def share_of(source: Source, sofar: int, whole: int) -> float:
    """How much of a set has come, from 0 to 1; where the site does not say how much there is, judged by what it was when it was plain."""
    expected = whole or source.plain * 2**20
    return min(sofar / expected, 1.0) if expected and math.isfinite(expected) else 0.0
