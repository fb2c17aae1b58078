"""What the forkserver imports once, so that a worker starts with all of it in memory: importing this module does it."""

from __future__ import annotations

import gc
import importlib
from contextlib import suppress

import torch
import torch._dynamo

from explorer import experiment


def _import_everything() -> None:
    """Every variant there is, and what a worker runs."""
    for registry in (experiment.DATASETS, experiment.LAYERS, experiment.TASKS, experiment.OPTIMIZERS, experiment.SCHEDULES):
        list(registry)
    for registry in (experiment.LOSSES, experiment.STOPPING, experiment.INITIALISATIONS):
        list(registry)
    for module in ("explorer.runs.worker", "explorer.runs.session", "explorer.networks.limits", "safetensors.torch", "sklearn.datasets"):
        importlib.import_module(module)
    from explorer.probes.base import PROBES

    list(PROBES)


def _load_kernels() -> None:
    """The fused kernel from its cache on disk; a worker compiles it where there is none yet."""
    with suppress(ImportError):
        from explorer.training import fused

        fused.ready()


torch.set_num_threads(1)
_import_everything()
_load_kernels()
gc.collect()
gc.freeze()  # a worker's collector then leaves these pages alone, and they stay shared
