"""Stands in for openml.org: small made-up sets of the same form as the real ones, and a server that gives them away."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.data._openml import OnlineData, OnlinePictures, OnlineTable
from explorer.experiment import DATASETS
from explorer.ingest import online

ROWS = 300
KINDS = [kind for kind, cls in DATASETS.items() if issubclass(cls, OnlineData)]


def frame_of(cls: type[OnlineData], rows: int = ROWS) -> pd.DataFrame:
    """What the file of a set might hold."""
    rng = np.random.default_rng(0)
    if issubclass(cls, OnlinePictures):
        return pictures(cls, rows, rng)
    assert issubclass(cls, OnlineTable)
    return table(cls, rows, rng)


def pictures(cls: type[OnlinePictures], rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Each class has a part of the picture that is bright."""
    y, pixels = np.arange(rows) % len(cls.names), int(np.prod(cls.image_shape))
    x = rng.integers(0, 60, (rows, pixels), dtype=np.uint8)
    x += (np.arange(pixels) * len(cls.names) // pixels == y[:, None]).astype(np.uint8) * 150
    return pd.DataFrame(x, columns=[f"pixel{i + 1}" for i in range(pixels)]).assign(**{"class": y.astype(np.uint8)})


def table(cls: type[OnlineTable], rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """The first number decides; one cell of it is missing."""
    columns = {name: np.round(rng.normal(50, 10, rows), 3).astype(str) for name in cls.numbers}
    first = columns[next(iter(cls.numbers))].astype(float)
    columns |= {name: rng.choice(["one", "'two words'", "three"], rows) for name in cls.words}
    columns[cls.target] = np.array(list(cls.answers))[(first > 50).astype(int)] if cls.answers else np.round(first * 2 + 1, 3).astype(str)
    frame = pd.DataFrame(columns)
    frame.iloc[7, 0] = np.nan
    return frame


def keep_all(home: Path) -> None:
    """Have every set there, as if it had been downloaded."""
    for kind in KINDS:
        cls = DATASETS[kind]
        online.keep(cls.source, cls.arrays(frame_of(cls)), home)


def arff_of(frame: pd.DataFrame, types: dict[str, str]) -> bytes:
    head = ["@RELATION stand_in", *(f"@ATTRIBUTE '{name}' {types[name]}" for name in frame.columns), "@DATA"]
    return ("\n".join(head) + "\n" + frame.to_csv(index=False, header=False, na_rep="?")).encode()


class Site:
    """A copy of openml.org with one set.

    Attributes:
        rows: of the set it gives away.
        packed: whether data come compressed.
        damage: changes the bytes of the data on their way.
        pause: waited for in the middle of the data.
        asked: paths, in the order they were asked for.
    """

    def __init__(self, cls: type[OnlineData], rows: int) -> None:
        frame = frame_of(cls, rows)
        words = set(getattr(cls, "words", {})) | ({cls.target} if getattr(cls, "answers", {}) else set())
        self.types = {name: "nominal" if name in words or name == "class" else "numeric" for name in frame.columns}
        self.data = arff_of(frame, self.types)
        self.source, self.md5, self.rows = cls.source, hashlib.md5(self.data).hexdigest(), rows
        self.packed, self.damage, self.pause = True, lambda data: data, threading.Event()
        self.pause.set()
        self.asked: list[str] = []

    def answer(self, path: str) -> dict | None:
        """What is said of the set; None for its data."""
        if "/data/list/" in path:
            return {"data": {"dataset": [{"did": 7, "name": self.source.name, "version": self.source.version, "status": "active"}]}}
        if "/features/" in path:
            return {"data_features": {"feature": [self._feature(*one) for one in enumerate(self.types.items())]}}
        if "/qualities/" in path:
            return {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": str(self.rows)}]}}
        if path.endswith("/json/data/7"):
            fields = {"id": "7", "name": self.source.name, "version": "1", "description": "", "format": "ARFF", "status": "active"}
            url = "https://api.openml.org/data/v1/download/7/stand_in.arff"
            return {"data_set_description": {**fields, "url": url, "md5_checksum": self.md5}}
        return None

    def _feature(self, number: int, column: tuple[str, str]) -> dict[str, str]:
        flags = {"is_target": "false", "is_ignore": "false", "is_row_identifier": "false", "number_of_missing_values": "0"}
        return {"index": str(number), "name": column[0], "data_type": column[1], **flags}


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """The address of a running copy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            said = site.answer(self.path)
            body = json.dumps(said).encode() if said else gzip.compress(site.data, 1) if site.packed else site.data
            self.send_response(200)
            sent = body if said else site.damage(body)
            self.send_header("Content-Length", str(max(len(body), len(sent))))
            if site.packed and not said:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(sent[: len(sent) // 2])
            if not said:
                site.pause.wait(60)
            self.wfile.write(sent[len(sent) // 2 :])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        site.pause.set()
        server.shutdown()
        server.server_close()
