"""What was chosen: frozen, validated, versioned records and the registries their variants come from.

Decided: a record names its variants by `kind` and the registries resolve them when a record is read.
Because: this floor can then describe layers, data sets and tasks without importing a single one.
Instead of: a pydantic union over imported classes, which would import every floor above.
"""

from explorer.experiment.augmentation import AUGMENTATIONS, AugmentationSpec, MixingSpec
from explorer.experiment.change import changed, differences, is_live
from explorer.experiment.data import DATASETS, DataSpec
from explorer.experiment.experiment import TASKS, Experiment, Preset, TaskSpec, own_task, preset, presets
from explorer.experiment.network import INITIALISATIONS, LAYERS, AnyLayer, InitialisationSpec, LayerSpec, NetworkSpec
from explorer.experiment.record import Record, Spec, any_of, explain, live
from explorer.experiment.training import (
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    STOPPING,
    LossSpec,
    OptimizerSpec,
    ScheduleSpec,
    StoppingSpec,
    TrainingSpec,
)

__all__ = [
    "AUGMENTATIONS",
    "DATASETS",
    "INITIALISATIONS",
    "LAYERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "STOPPING",
    "TASKS",
    "AnyLayer",
    "AugmentationSpec",
    "DataSpec",
    "Experiment",
    "InitialisationSpec",
    "LayerSpec",
    "LossSpec",
    "MixingSpec",
    "NetworkSpec",
    "OptimizerSpec",
    "Preset",
    "Record",
    "ScheduleSpec",
    "Spec",
    "StoppingSpec",
    "TaskSpec",
    "TrainingSpec",
    "any_of",
    "changed",
    "differences",
    "explain",
    "is_live",
    "live",
    "own_task",
    "preset",
    "presets",
]
