"""A page around one live run: it opens the run its link names, draws its controls and its picture, and takes changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError, SpecError
from explorer.experiment import DataSpec, Experiment, NetworkSpec, Preset, changed, preset, presets
from explorer.runs.film import NEWEST
from explorer.runs.store import RunRow
from explorer.ui import apply, drafts, link, session
from explorer.ui.boundary import sentence_of
from explorer.ui.controls import Sheet
from explorer.ui.edits import apply_edit, with_data
from explorer.ui.watching import WATCHING

DIAGRAM, PRESET, FILE = "diagram", "preset", "file"  # where a refused change is explained, besides the paths of an experiment
QUESTION = "q"  # what a page asks of its run, in its address


@dataclass(frozen=True)
class LivePage:
    """One page of this kind.

    Attributes:
        name: the page's name in the URL; keys of its widgets start with it.
        default: the preset it opens with.
        suits: which data sets it offers.
        pad: whether the drawing pad is shown.
        speed: steps per second of a first run: slow enough to watch it learn.
        plays: whether a first run starts by itself.
        drafts: whether it may hold an experiment that cannot be trained yet; `settle` gives the run what can be.
        noun: what its presets are called.
    """

    name: str
    default: str
    suits: Callable[[type[DataSpec]], bool] = lambda data: True
    pad: bool = False
    speed: float = 1000
    plays: bool = True
    drafts: bool = False
    noun: str = "Preset"

    @cached_property
    def presets(self) -> dict[str, Preset]:
        return catalogue(self.name)

    @property
    def state(self) -> session.PageState:
        return session.page_state(self.name)

    @property
    def experiment(self) -> Experiment:
        """The experiment on the page, trainable or not; there is one once the page was opened."""
        wanted = self.state.draft or self.state.experiment
        assert wanted is not None
        return wanted

    @property
    def has_run(self) -> bool:
        """Whether there is a run to look at."""
        return apply.find_run(session.client(), self.state.run_id) is not None

    def sheet(self) -> Sheet:
        """What the generated forms of this page need to know."""
        return Sheet(self.name, self.set, self.state.problem, self._offer)

    def set(self, path: str, value: Any) -> None:
        """Set one field of the experiment, as a form asks for it."""
        if path == "data":
            self.try_change(path, lambda experiment: with_data(experiment, value["kind"]))
        else:
            self.try_change(path, lambda experiment: changed(experiment, path, value))

    def edit(self, edit: dict[str, Any]) -> None:
        """Make an edit of the diagram, or branch off at a step that is looked at."""
        if not self.state.is_new(edit):
            return
        if edit.get("action") == "branch":
            self._attempt(DIAGRAM, lambda: self._branch(int(edit["step"])))
        else:
            self.try_change(DIAGRAM, lambda one: apply_edit(one, edit, apply.columns_of(one), apply.admit))

    def _branch(self, step: int) -> None:
        """Go on from a recorded step in a run of its own; the other one pauses, for two futures are easier to compare one by one."""
        client, owner = session.client(), session.session().owner
        row = self.follow()
        run_id = client.branch(self.state.run_id, step, owner)
        if row and row.owner == owner and row.state in ("starting", "running"):
            client.command(row.id, {"command": "pause"})
        self.state.run_id, self.state.draft, self.state.moment = run_id, None, NEWEST
        self.follow()

    def load_preset(self, name: str) -> None:
        """Take another preset."""
        if self.try_change(PRESET, lambda _: preset(name).experiment):
            self.state.preset, self.state.afresh = name, True

    def replace_network(self, network: NetworkSpec) -> bool:
        """Put a network that was brought along in the place of the first one. False when it cannot be; the page says why."""
        role = self.experiment.task.roles[0]
        self.state.afresh = self.try_change(DIAGRAM, lambda one: one.with_network(role, network))
        return self.state.afresh

    def load_json(self, text: str) -> None:
        """Take an experiment from a file."""
        self.state.afresh = self.try_change(FILE, lambda _: Experiment.from_json(text))

    def run_anew(self) -> None:
        """Start another run of the same experiment."""
        start = partial(apply.start, session.client(), self.state, self.experiment, session.session().owner)
        if self._attempt(DIAGRAM, lambda: start(play=self.plays, speed=self.speed)):
            self.state.draft = None

    def forget_run(self) -> None:
        """Let go of a run that is no longer there; the next look at the page starts another."""
        if not self.has_run:
            self.state.run_id = ""

    def try_change(self, where: str, make: Callable[[Experiment], Experiment]) -> bool:
        """Change the experiment; what cannot be is explained at `where`, and everything stays as it was."""
        self.state.notice = ""
        return self._attempt(where, lambda: self._change(make))

    def undo(self) -> None:
        """Take back the last change of a draft."""
        self._attempt(DIAGRAM, lambda: drafts.back(self.state, self.experiment))

    def redo(self) -> None:
        """Make again the change that was taken back."""
        self._attempt(DIAGRAM, lambda: drafts.forward(self.state, self.experiment))

    def settle(self) -> None:
        """Give the draft to the run. One that cannot be trained stays a draft; the run trains what it trained before."""
        draft = self.state.draft
        if draft is None or drafts.reason_not(draft):
            return
        if not self.has_run:
            self.run_anew()
            return
        watchers, keep = self._watchers(), not self.state.afresh
        if self._attempt(DIAGRAM, lambda: apply.apply(session.client(), self.state, draft, session.session().owner, watchers, keep)):
            self.state.draft, self.state.afresh = None, False

    def _change(self, make: Callable[[Experiment], Experiment]) -> None:
        self.follow()
        if self.drafts:
            drafts.take(self.state, self.experiment, make(self.experiment))
            return
        apply.apply(session.client(), self.state, make(self.experiment), session.session().owner, self._watchers())

    def _watchers(self) -> int:
        """How many pages show the run, this one included: every open picture, and another page of this tab that comes back to it."""
        run_id = self.state.run_id
        return WATCHING.watchers(run_id) + session.is_shared(run_id)

    def _attempt(self, where: str, action: Callable[[], None]) -> bool:
        self.state.problem = ("", "")
        try:
            action()
        except Exception as error:
            self.state.problem = (where, sentence_of(error))
            return False
        return True

    def follow(self) -> RunRow | None:
        """Take over what the run has become: another viewer, or the picture itself, may have changed it."""
        row = apply.find_run(session.client(), self.state.run_id)
        if row:
            self.state.experiment = apply.experiment_of(row.experiment)
        return row

    def _offer(self, path: str, kinds: list[str]) -> list[str]:
        return apply.offered(self.experiment, path, kinds, self.suits)


@cache
def catalogue(page: str) -> dict[str, Preset]:
    """The presets of a page by name; read from their files once."""
    return {name: preset(name) for name in presets(page)}


def open_page(page: LivePage) -> RunRow | None:
    """Bring the page to what its link asks for, once per visit and whenever the link was changed by hand or by "back".

    Returns:
        The row of its run; None when there is none, which `state.problem` then explains.
    """
    state = page.state
    asked = (st.query_params.get("x", ""), st.query_params.get("run", ""))
    if state.experiment is None or (any(asked) and asked != state.written):
        _open_link(page, link.read(*asked))
    row = page.follow()
    if row is None and state.experiment and not state.draft and not state.problem[1]:
        page.run_anew()
        row = page.follow()
    return row


def write_link(page: LivePage) -> None:
    """Put the page's experiment and run into the URL, where they are missing or old."""
    state = page.state
    state.written = (link.token_of(page.experiment), state.run_id)
    wanted = {name: value for name, value in zip(("x", "run"), state.written, strict=True) if value}
    asked = {name: value for name, value in st.query_params.to_dict().items() if name != QUESTION}
    if asked != wanted:
        st.query_params.from_dict(wanted)


def redraw(page: LivePage) -> None:
    """From a fragment that looks by itself now and then: draw the whole page anew.

    Not while the browser still sends the link that was replaced just now: the page would take that for a wish to go back.
    """
    if (st.query_params.get("x", ""), st.query_params.get("run", "")) == page.state.written:
        st.rerun()


def _open_link(page: LivePage, asked: link.Link) -> None:
    state = page.state
    state.notice, state.problem, state.wished = asked.problem, ("", ""), st.query_params.get(QUESTION, "")
    row, before = apply.find_run(session.client(), asked.run_id), "" if session.is_shared(state.run_id) else state.run_id
    state.moment = NEWEST
    if row and _opened_from(page, row):
        state.draft = asked.experiment if page.drafts and asked.experiment and drafts.reason_not(asked.experiment) else None
        apply.go_back(session.client(), before, row, session.session().owner, WATCHING.watchers(before))
        return
    if asked.run_id and not asked.problem and asked.experiment:
        state.notice = "The run in this link is gone. This is a new run of the same experiment."
    elif asked.run_id and not asked.problem:
        state.notice = "The run in this link is gone, and the link does not say what it was. This is the page's own example."
    if asked.experiment is None and state.experiment:
        return  # a damaged link keeps what was there
    wanted = asked.experiment or page.presets[page.default].experiment
    _start(page, wanted)


def _opened_from(page: LivePage, row: RunRow) -> bool:
    """Show an existing run. False when this explorer cannot read what it trains."""
    try:
        page.state.experiment = apply.experiment_of(row.experiment)
    except SpecError as error:
        page.state.notice = str(error)
        return False
    page.state.run_id = row.id
    page.state.preset = preset_like(page, page.state.experiment)
    return True


def _start(page: LivePage, wanted: Experiment) -> None:
    """Start what a link asks for; what cannot be trained is explained, and the page's own example takes its place."""
    state, client, owner = page.state, session.client(), session.session().owner
    state.draft = None
    try:
        apply.start(client, state, wanted, owner, play=page.plays, speed=page.speed)
    except ExplorerError as error:
        if page.drafts and not drafts.misfit(wanted):
            state.draft = wanted
        else:
            state.notice = str(error)
        wanted = page.presets[page.default].experiment
        if state.experiment is None:
            state.experiment, state.run_id = wanted, ""
    state.preset = preset_like(page, state.draft or wanted)


def preset_like(page: LivePage, experiment: Experiment) -> str:
    """Name of the preset this experiment is, whatever its seed; "" when it is none."""
    plain = experiment.model_copy(update={"seed": 0})
    return next((name for name, one in page.presets.items() if one.experiment.model_copy(update={"seed": 0}) == plain), "")
