"""Experiments that are being put together: they may not be trainable yet, and every change can be taken back."""

from __future__ import annotations

from functools import lru_cache

from explorer.errors import ExplorerError, SpecError
from explorer.experiment import Experiment
from explorer.networks import limits
from explorer.networks.fixes import fixes_for
from explorer.networks.passes import passes
from explorer.networks.sketch import sketch
from explorer.results.sketch import Sketch
from explorer.ui import apply
from explorer.ui.session import PageState

MOST_STEPS = 100  # changes that can be taken back


def take(state: PageState, before: Experiment, after: Experiment) -> None:
    """Make `after` the draft, and `before` what undo brings back.

    Raises:
        ExplorerError: its data cannot be drawn, or do not suit its task: then there is nothing to draw a network between.
    """
    if after == before:
        return
    require_shapes(after)
    state.past = [*state.past, (before, state.preset)][-MOST_STEPS:]
    state.future = []
    state.draft = after


def back(state: PageState, now: Experiment) -> None:
    """Undo: the last change is taken back."""
    if state.past:
        state.future = [*state.future, (now, state.preset)]
        state.draft, state.preset = state.past[-1]
        state.past = state.past[:-1]


def forward(state: PageState, now: Experiment) -> None:
    """Redo: the change that was taken back last is made again."""
    if state.future:
        state.past = [*state.past, (now, state.preset)]
        state.draft, state.preset = state.future[-1]
        state.future = state.future[:-1]


@lru_cache(maxsize=64)
def sketches(experiment: Experiment) -> tuple[Sketch, ...]:
    """Every network of an experiment as far as it fits, role by role. Raises ExplorerError as `take`."""
    dataset, found = apply.dataset_of(experiment.data), []
    batch_size = limits.batch_size_of(experiment, dataset)
    for role in experiment.task.roles:
        shapes = experiment.task.shapes(role, dataset)
        found.append(sketch(experiment.networks[role], *shapes, batch_size=batch_size, role=role, at_once=passes(*shapes, dataset)))
    return tuple(found)


def mended(experiment: Experiment, role: str, number: int, title: str) -> Experiment:
    """The experiment after one of the fixes that its sketch offers, tried out once more.

    Raises:
        SpecError: there is no such fix: the network has changed since it was offered.
    """
    one = next((one for one in sketches(experiment) if one.role == role and one.clash), None)
    if one and one.clash:
        at_once = passes(one.input, one.wanted, apply.dataset_of(experiment.data))
        proposals = fixes_for(experiment.networks[role], one.input, one.wanted, one.clash.layer, one.batch_size, at_once)
        if number < len(proposals) and proposals[number].title == title:
            return experiment.with_network(role, proposals[number].spec)
    raise SpecError(f"The fix {title[:60]!r} was for a network that has changed since. Look at it again.")


def doubts(experiment: Experiment) -> list[str]:
    """Why the metrics of its networks would say nothing, network by network; empty where there is no reason for doubt."""
    told = (experiment.task.doubt(experiment.networks[one.role], one.input) for one in sketches(experiment) if not one.clash)
    return [words for words in told if words]


def require_shapes(experiment: Experiment) -> None:
    """Check that there is something to draw networks between. Raises ExplorerError."""
    for role in experiment.task.roles:
        experiment.task.shapes(role, apply.dataset_of(experiment.data))


def misfit(experiment: Experiment) -> str:
    """Why the data of an experiment and its task do not go together, in words; "" when they do."""
    try:
        require_shapes(experiment)
    except ExplorerError as error:
        return str(error)
    return ""


def reason_not(experiment: Experiment) -> str:
    """Why an experiment cannot be trained, in words; "" when it can."""
    try:
        apply.admit(experiment)
    except ExplorerError as error:
        return str(error)
    return ""
