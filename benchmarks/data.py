"""Large data: a table of 100,000 rows and 50 columns, and 60,000 pictures of 28 x 28 pixels, made up."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.row import Row, below
from explorer.experiment import DATASETS, DataSpec, Experiment
from explorer.ingest import online
from explorer.profiles.profile import profile
from explorer.runs.client import Client
from explorer.runs.parsing import parse

ROWS, COLUMNS, PICTURES, CLASSES = 100_000, 50, 60_000, 10
TIMES = 3
OWNER = "benchmark"


def measure() -> list[Row]:
    """From the file to what is seen of it, and from Use or Play to the first steps."""
    with tempfile.TemporaryDirectory() as folder, _home(Path(folder)) as home:
        return [*_of_tables(home), *_of_pictures(home)]


def _of_tables(home: Path) -> list[Row]:
    file = home / "table.csv"
    make_table(file)
    content = parse(file, file.name, OWNER).content  # the first one loads libraries from the disk
    data = DATASETS["own_table"].model_validate({"content": content})
    parsed = seconds(lambda: parse(file, file.name, OWNER))
    plain = seconds(lambda: pd.read_csv(file))
    seen = seconds(lambda: profile(data, data.load()))
    trained = _to_first_step(home, _experiment("tumours", data))
    table = f"{ROWS:,} x {COLUMNS} CSV"
    return [
        below(f"{table}: read and checked in a reader's process, and profiled", parsed + seen, 3, "s"),
        below(f"{table}: read and checked over a plain pandas.read_csv", parsed / plain, 6, "x"),
        below(f"{table}: from Use to the first step of training", trained, 5, "s"),
    ]


def _of_pictures(home: Path) -> list[Row]:
    make_pictures(home)
    data = DATASETS["mnist"].model_validate({"size": PICTURES})
    loaded, dataset = seconds(data.load), data.load()
    seen = seconds(lambda: profile(data, dataset))
    trained = _to_first_step(home, _experiment("digits_mlp", data))
    pictures = f"{PICTURES:,} pictures"
    return [
        below(f"{pictures}: drawn, divided and encoded", loaded, 1, "s"),
        below(f"{pictures}: profiled", seen, 2, "s"),
        below(f"{pictures}: from Play to the first step of training", trained, 2, "s"),
    ]


def make_table(file: Path) -> None:
    """Numbers with a class that two of them decide."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 10, (ROWS, COLUMNS - 1)).round(4)
    frame = pd.DataFrame(x, columns=[f"number {i}" for i in range(COLUMNS - 1)])
    frame.assign(kind=np.where(x[:, 0] + x[:, 1] > 0, "above", "below")).to_csv(file, index=False)


def make_pictures(home: Path) -> None:
    """One picture for each class and noise over it, kept where a downloaded set would be."""
    cls, rng = DATASETS["mnist"], np.random.default_rng(0)
    labels = (np.arange(PICTURES) % CLASSES).astype(np.uint8)
    clean = rng.integers(0, 150, (CLASSES, 1, 28, 28), dtype=np.uint8)
    pixels = clean[labels] + rng.integers(0, 100, (PICTURES, 1, 28, 28), dtype=np.uint8)
    online.keep(cls.source, {"pixels": pixels, "labels": labels}, home)  # ty: ignore[unresolved-attribute]


def seconds(action: Callable[[], object]) -> float:
    """Median."""
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        action()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def _experiment(preset: str, data: DataSpec) -> Experiment:
    return Experiment.preset(preset).model_copy(update={"data": data})


def _to_first_step(home: Path, experiment: Experiment) -> float:
    """Seconds from the start of a run to its first step, as its worker reports it; runs are started and ended one after another."""
    client = Client(home)
    client.ensure_supervisor()
    try:
        _one_run(client, experiment)  # the first one waits until everything is imported
        return statistics.median(_one_run(client, experiment) for _ in range(TIMES))
    finally:
        client.shutdown()


def _one_run(client: Client, experiment: Experiment) -> float:
    began = time.perf_counter()
    run = client.start(experiment, play=True, owner=OWNER)
    while client.run(run).step < 1:
        if time.perf_counter() - began > 120:
            raise TimeoutError(f"the run did not begin: {client.run(run)}")
        client.watch([run])
        time.sleep(0.01)
    spent = time.perf_counter() - began
    client.command(run, {"command": "stop"})
    return spent


@contextmanager
def _home(folder: Path) -> Generator[Path]:
    """A data directory of its own, for this process and those it starts."""
    before = os.environ.get("NEURAL_EXPLORER_HOME")
    os.environ["NEURAL_EXPLORER_HOME"] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop("NEURAL_EXPLORER_HOME") if before is None else os.environ.update(NEURAL_EXPLORER_HOME=before)
