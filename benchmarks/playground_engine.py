"""How many times more examples per second the fused engine trains on than the loop most people write.

Both train the same networks on the same 250 points of the spiral, batch 10, one thread, forward + backward + update,
side by side in turns. The loop: nn.Sequential, DataLoader with shuffle, the loss read with .item(), optimizer.step().
The engine: what stands behind Play, `Training.advance`, with its batches, its safety copies and its bookkeeping.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.row import Row, at_least
from explorer.experiment import Experiment
from explorer.training.loop import Training, train

ROUNDS, EPOCHS, STEPS = 7, 4, 20_000
POINTS, BATCH, GOAL = 250, 10, 40.0
NETWORKS = ((4, 2), (8, 8, 8))
OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.03),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01),
}


def measure() -> list[Row]:
    """The ratio of samples per second for every network and optimiser, each the median of interleaved rounds."""
    torch.set_num_threads(1)
    return [
        at_least(f"spiral {list(hidden)}, {optimizer}: fused engine over a plain loop", ratio(hidden, optimizer), GOAL, "x samples/s")
        for hidden in NETWORKS
        for optimizer in OPTIMIZERS
    ]


def ratio(hidden: tuple[int, ...], optimizer: str) -> float:
    """How many times as many samples per second the engine trains on."""
    run = train(_experiment(hidden, optimizer))
    plain = _plain_loop(hidden, optimizer, run)
    _fused_step(run), plain()  # warm both up
    return statistics.median(plain() / _fused_step(run) for _ in range(ROUNDS))


def _experiment(hidden: tuple[int, ...], optimizer: str) -> Experiment:
    layers = [layer for width in hidden for layer in ({"kind": "linear", "out_features": width}, {"kind": "tanh"})]
    rate = 0.03 if optimizer == "sgd" else 0.01
    fields = {
        "schema_version": 1,
        "data": {"kind": "spiral", "size": 2 * POINTS, "test_fraction": 0.5},
        "task": {"kind": "classification"},
        "networks": {"model": {"layers": [*layers, {"kind": "output"}]}},
        "training": {"engine": "fused", "batch_size": BATCH, "optimizer": {"kind": optimizer, "learning_rate": rate}},
    }
    return Experiment.from_fields(fields)


def _fused_step(run: Training) -> float:
    """Seconds of one step."""
    before, began = run.step, time.perf_counter()
    run.advance(steps=STEPS)
    spent = time.perf_counter() - began
    assert run.step == before + STEPS, run.finished
    return spent / STEPS


def _plain_loop(hidden: tuple[int, ...], optimizer: str, run: Training) -> Callable[[], float]:
    """A function that trains a few epochs the usual way and returns the seconds of one step."""
    x, y = run.state.x_train, run.state.y_train.float()[:, None]
    widths = [x.shape[1], *hidden]
    layers = [layer for a, b in itertools.pairwise(widths) for layer in (nn.Linear(a, b), nn.Tanh())]
    model = nn.Sequential(*layers, nn.Linear(widths[-1], 1))
    rule, criterion = OPTIMIZERS[optimizer](model.parameters()), nn.BCEWithLogitsLoss()
    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True)

    def epochs() -> float:
        began, running = time.perf_counter(), 0.0
        for _ in range(EPOCHS):
            for inputs, targets in loader:
                rule.zero_grad()
                loss = criterion(model(inputs), targets)
                loss.backward()
                rule.step()
                running += loss.item()
        return (time.perf_counter() - began) / (EPOCHS * len(loader))

    return epochs


if __name__ == "__main__":
    for row in measure():
        print(f"{row['name']}: {row['value']:.0f} (goal {row['goal']})")
