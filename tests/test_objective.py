"""The loss of a task, asked for by itself, is the one that a training step makes small."""

from __future__ import annotations

import pytest
import torch

from explorer.errors import SpecError
from explorer.experiment import TASKS, Experiment, preset, presets
from explorer.training.setup import build_state


def of_every_task() -> dict[str, Experiment]:
    """One example of each task."""
    return {one.task.kind: one for one in (preset(name).experiment for name in presets())}


def test_every_task_is_tried():
    assert set(of_every_task()) | {"gan"} == set(TASKS)


@pytest.mark.parametrize("kind", sorted(set(TASKS) - {"gan"}))
def test_it_is_what_a_step_reports(kind):
    experiment = of_every_task()[kind]
    state = build_state(experiment, experiment.data.load())
    numbers = torch.arange(min(16, len(state.x_train)))
    x, [(_, y)] = state.batch(numbers)
    state.networks["model"].train()
    torch.manual_seed(0)
    asked = experiment.task.objective(state.networks["model"](x), x, y)
    torch.manual_seed(0)
    reported = experiment.task.step(state, numbers)["batch_loss"]
    assert asked.requires_grad
    torch.testing.assert_close(asked.detach(), reported)


def test_networks_trained_against_each_other_have_none():
    with pytest.raises(SpecError, match="against each other"):
        TASKS["gan"]().objective(torch.zeros(1), torch.zeros(1), torch.zeros(1))
