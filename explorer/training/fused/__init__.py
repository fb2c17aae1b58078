"""The fused engine: plain multi-layer perceptrons, many times faster than one small operator after another.

Decided: one Numba kernel works in place on the memory of torch's own parameters and optimiser state.
Because: probes, checkpoints and the eager engine then see an ordinary module, and the engines can change places mid-run.
Instead of: weights of its own that are copied back and forth.
"""

from __future__ import annotations

from explorer.training.fused.engine import FusedEngine

__all__ = ["FusedEngine", "prepare", "ready"]


def ready() -> bool:
    """Whether the kernel can be used at once: it is loaded, or compiled on this machine's disk (and is then loaded)."""
    from explorer.training.fused import kernel

    return kernel.ready()


def prepare() -> None:
    """Load the kernel, compiling it first (several seconds) where this machine has not done so yet."""
    from explorer.training.fused import kernel

    kernel.prepare()
