"""What a changed experiment does to the run on the page: nothing, a change while it trains, or a new run in its place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from explorer.data._openml import OnlineData
from explorer.errors import RunError
from explorer.experiment import DATASETS, LOSSES, TASKS, DataSpec, Experiment, is_live
from explorer.experiment.data import NEEDS_Y
from explorer.networks import limits
from explorer.networks.build import resolve
from explorer.networks.diagram import diagram
from explorer.results.cost import NetworkCost
from explorer.results.dataset import Dataset
from explorer.runs.client import Client
from explorer.runs.store import RunRow
from explorer.ui.session import PageState


@lru_cache(maxsize=8)
def dataset_of(data: DataSpec) -> Dataset:
    """The examples `data` draws; the last few are kept, by the content of the record. Raises DataError."""
    return data.load()


@lru_cache(maxsize=64)
def admit(experiment: Experiment) -> dict[str, NetworkCost]:
    """What the experiment would cost, by role. Raises ExplorerError unless its data load, its shapes fit and it is not too large."""
    return limits.check(experiment, dataset_of(experiment.data))


@lru_cache(maxsize=64)
def columns_of(experiment: Experiment) -> tuple[tuple[str, str], ...]:
    """(role, layer id) of every column of the experiment's diagram, in the order the picture shows them."""
    columns: list[tuple[str, str]] = []
    for role in experiment.task.roles:
        shape, end = experiment.task.shapes(role, dataset_of(experiment.data))
        drawn, _ = diagram(resolve(experiment.networks[role], end), shape, role)
        columns += [(role, column.id.partition("#")[0]) for column in drawn]  # a copy in a Repeat stands for its original
    return tuple(columns)


def offered(experiment: Experiment, path: str, options: list[str], suits: Callable[[type[DataSpec]], bool]) -> list[str]:
    """The options of a control that make sense in `experiment`, in the order to show them.

    Args:
        experiment: as it is.
        path: of the control.
        options: everything there is.
        suits: which data sets the page is for.
    """
    data, task = experiment.data, experiment.task
    if path == "data":
        ready = [kind for kind in options if not DATASETS[kind].upload]
        kinds = [kind for kind in ready if suits(DATASETS[kind])]
        return sorted(kinds, key=lambda kind: _place(DATASETS[kind]))
    if path == "task":
        return [kind for kind in options if TASKS[kind].suits(type(data)) and TASKS[kind].roles == task.roles]
    if path == "task.loss":
        return [kind for kind in options if LOSSES[kind].problem == task.losses]
    if path == "data.features" and data.coordinates == 1:
        return [name for name in options if name not in NEEDS_Y]
    return options


def _place(data: type[DataSpec]) -> tuple[bool, int, str, str]:
    """Where a data set stands among the others: those that have to be fetched come last."""
    return issubclass(data, OnlineData), -data.coordinates, data.problem, data.title()


def find_run(client: Client, run_id: str) -> RunRow | None:
    """The row of a run, or None when there is no such run (any more). Raises RunError when the store cannot be read."""
    try:
        return client.run(run_id) if run_id else None
    except RunError:
        return None


@lru_cache(maxsize=256)
def experiment_of(text: str) -> Experiment:
    """The experiment of a run's row; remembered, because every rerun asks for it. Raises SpecError."""
    return Experiment.from_json(text)


def apply(client: Client, state: PageState, after: Experiment, owner: str, watchers: int, keep: bool = False) -> None:
    """Make `after` the page's experiment, through its run.

    Args:
        client: of the supervisor.
        state: of the page; changed only when everything worked.
        after: the experiment wanted.
        owner: who a new run belongs to.
        watchers: how many pages show the present run, this one included.
        keep: where a new run is needed, begin it with the weights of the present one, layer by layer as far as they fit.

    Raises:
        ExplorerError: `after` cannot be trained, or the run refuses; the page and its run are as before.
    """
    before = state.experiment
    if after == before:
        return
    admit(after)
    row = find_run(client, state.run_id)
    if before and row and is_live(before, after):
        client.command(state.run_id, {"command": "change", "experiment": after.to_json()})
        state.experiment = after
        return
    start(client, state, after, owner, play=row is None or not _held(row), keep=keep)
    if row and watchers <= 1:
        _leave(client, row, owner)


def start(  # noqa: PLR0913
    client: Client, state: PageState, experiment: Experiment, owner: str, play: bool = True, speed: float = 0, keep: bool = False
) -> None:
    """Start a run of `experiment` and show it on the page; `speed` is that of a first run, a later one keeps its forerunner's.

    With `keep` it also begins with the weights of the page's present run, as far as they fit; `client.inherited` tells which did.

    Raises:
        ExplorerError: the experiment does not work or is too large, as its worker finds; the page is as before.
    """
    row = find_run(client, state.run_id)
    heir_of = state.run_id if keep else ""
    state.run_id = client.start(experiment, play=play, owner=owner, speed=row.speed if row else speed, heir_of=heir_of)
    state.experiment = experiment


def go_back(client: Client, left: str, row: RunRow, owner: str, watchers: int) -> None:
    """One's own run that was stopped when it was left goes on, if it had begun; the run `left` for it ends, if nobody else watches."""
    before = find_run(client, left)
    if before and left != row.id and watchers <= 1:
        _leave(client, before, owner)
    if row.state == "stopped" and row.owner == owner and row.step > 0:
        with suppress(RunError):  # then it stands where it stopped, and Play says why it cannot go on
            client.command(row.id, {"command": "play"})


def _held(row: RunRow) -> bool:
    """Paused by somebody's hand: a pause of the explorer's own has a reason."""
    return row.state == "paused" and not row.reason


def _leave(client: Client, row: RunRow, owner: str) -> None:
    """End one's own run; somebody else's waits for them, should they come back to it."""
    if row.owner != owner and row.state not in ("starting", "running"):
        return
    with suppress(RunError):  # it ended by itself in the meantime
        client.command(row.id, {"command": "stop" if row.owner == owner else "pause"})
