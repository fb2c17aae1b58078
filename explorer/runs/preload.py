"""What the forkserver imports once, so that a worker starts with all of it in memory: importing this module does it."""

from __future__ import annotations

import gc
import importlib
from contextlib import suppress

import torch
import torch._dynamo

from explorer import experiment
from explorer.errors import ExplorerError


def _import_everything() -> None:
    """Every variant there is, and what a worker runs."""
    for registry in (experiment.DATASETS, experiment.LAYERS, experiment.TASKS, experiment.OPTIMIZERS, experiment.SCHEDULES):
        list(registry)
    for registry in (experiment.LOSSES, experiment.STOPPING, experiment.INITIALISATIONS, experiment.AUGMENTATIONS):
        list(registry)
    for module in (
        "explorer.runs.worker",
        "explorer.runs.session",
        "explorer.runs.past",
        "explorer.networks.limits",
        "safetensors.torch",
        "sklearn.datasets",
    ):
        importlib.import_module(module)
    from explorer.inspections import INSPECTIONS
    from explorer.interpret.base import EXPLANATIONS
    from explorer.probes.base import PROBES

    list(PROBES)
    list(INSPECTIONS)
    list(EXPLANATIONS)


def _rehearse() -> None:
    """Open two small runs, so that what torch and the kernels load on first use is loaded, and shared.

    Nothing is trained: autograd's backward pass must not have run in a process that is to be forked. Nor may a GPU
    have been asked for: a fork of a process that has can use none.
    """
    from explorer.runs.sandbox import open_session

    for preset in ("spiral", "digits_cnn"):
        with suppress(ExplorerError):
            small = experiment.changed(experiment.Experiment.preset(preset), "training.device", "cpu")
            open_session(small.to_json(), confined=False).frame({}, True)


torch.set_num_threads(1)
_import_everything()
_rehearse()
gc.collect()
gc.freeze()  # a worker's collector then leaves these pages alone, and they stay shared
