"""Luck that can be repeated: what Captum draws at random."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from pydantic import Field


def seed_field() -> Any:
    """The field that says which luck."""
    return Field(0, ge=0, le=1_000_000, description="what is drawn at random: another number draws anew, the same one draws the same")


@contextmanager
def drawn(seed: int) -> Generator[None]:
    """While the block runs, torch (on every device) and NumPy draw from `seed`; afterwards they go on as if it had not been."""
    before = np.random.get_state()
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(before)
