"""Random numbers of one run alone: torch draws masks and noise from one generator per device for the whole process."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch

Random = dict[str, torch.Tensor]  # device type -> state of its generator


def seeded(seed: int, device: torch.device) -> Random:
    """The states a run starts from: the processor's generator, and the one of the device where that is another."""
    return {kind: torch.Generator(kind).manual_seed(seed).get_state() for kind in {"cpu", device.type}}


@contextmanager
def own(random: Random) -> Generator[None]:
    """While the block runs, torch's global generators are in the states of `random`, which is brought up to date after it."""
    outside = {kind: _module(kind).get_rng_state() for kind in random}
    _enter(random)
    try:
        yield
    finally:
        random.update({kind: _module(kind).get_rng_state() for kind in random})
        _enter(outside)


def _enter(states: Random) -> None:
    for kind, state in states.items():
        _module(kind).set_rng_state(state)


def _module(kind: str) -> Any:
    return torch if kind == "cpu" else torch.get_device_module(kind)
