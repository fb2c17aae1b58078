"""The Data page: choose a data set and see it before anything is trained on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import streamlit as st

from explorer.data._own import OwnData
from explorer.errors import ExplorerError
from explorer.experiment import AUGMENTATIONS, DATASETS, DataSpec, Experiment, changed, own_task, preset
from explorer.plots import data_counts, data_histogram
from explorer.profiles import steps
from explorer.profiles.columns import histogram
from explorer.profiles.profile import profile
from explorer.profiles.spoiling import details_of, in_use, spoiling_fields, unspoilt
from explorer.results.dataset import Part
from explorer.results.profile import Profile
from explorer.training.preview import augmented
from explorer.ui import apply, downloads, drafts, link, navigation, own_data, session
from explorer.ui.boundary import sentence_of
from explorer.ui.controls import Sheet, ask, form, widget
from explorer.ui.data_views import FAMILIES, View, family_of
from explorer.ui.edits import with_data
from explorer.ui.fields import own_fields
from explorer.ui.live_page import catalogue
from explorer.ui.own_check import check_view
from explorer.ui.words import plain

FAMILY, SOURCE = "family", "source"  # the paths under which another family of data, and ready sets or one's own, are asked for
SOURCES = {"ready": "Ready sets", "own": "Your own"}
SPLIT = ("split", "test_fraction", "validation_fraction", "seed")
SIGNS = {"fine": ":green[:material/check_circle:]", "look": ":orange[:material/visibility:]", "alarm": ":red[:material/warning:]"}


@dataclass(frozen=True)
class DataPage:
    """A page that shows the data of an experiment and runs nothing.

    Attributes:
        name: its name in the URL; keys of its widgets start with it.
        default: the preset whose data it opens with.
        builds: name of the page that builds networks.
    """

    name: str
    default: str
    builds: str

    @property
    def state(self) -> session.PageState:
        return session.page_state(self.name)

    @property
    def own(self) -> own_data.OwnState:
        return own_data.own_state(self.name)

    @property
    def experiment(self) -> Experiment:
        """What is looked at; there is one once the page was opened."""
        assert self.state.experiment is not None
        return self.state.experiment

    def sheet(self) -> Sheet:
        """What the generated forms of this page need to know."""
        return Sheet(self.name, self.set, self.state.problem, self._offer, runs=False)

    def set(self, path: str, value: Any) -> None:
        """Set one field of the data, as a form asks for it; what cannot be is explained there, and everything stays as it was."""
        self.state.notice, self.state.problem = "", ("", "")
        try:
            self.turn_to(value) if path == SOURCE else self.take(self._with(path, value))
        except Exception as error:
            self.state.problem = (path, sentence_of(error))

    def use(self, data: OwnData) -> None:
        """Take one's own data into use; what cannot be is explained where they are looked at."""
        self.state.notice, self.state.problem = "", ("", "")
        try:
            self.take(self.experiment.model_copy(update={"data": data, "task": own_task(data.problem)()}))
        except Exception as error:
            self.own.problem = sentence_of(error)

    def take(self, experiment: Experiment) -> None:
        """Look at the data of this experiment. Raises ExplorerError where they cannot be drawn."""
        if not downloads.is_missing(experiment.data):
            profile_of(experiment.data)
        self.state.experiment, own = experiment, self.own
        own.draft, own.bringing, own.problem = None, False, ""
        own.source = "own" if experiment.data.upload else "ready"
        if not experiment.data.upload:
            own.ready = experiment.data

    def turn_to(self, source: str) -> None:
        """Show ready sets, or one's own data."""
        if source == "own":
            self.own.source = "own"
        else:
            self.take(self.ready() if self.experiment.data.upload else self.experiment)

    def ready(self) -> Experiment:
        """What was looked at before one's own data, or else what the page opens with."""
        first, data = preset(self.default).experiment, self.own.ready
        return with_data(first, data.kind).model_copy(update={"data": data}) if data else first

    def let_go(self) -> None:
        """Go back to a ready set, because the data in use are about to be removed; one's own stay in view."""
        self.take(self.ready())
        self.own.source = "own"

    def _with(self, path: str, value: Any) -> Experiment:
        if path == FAMILY:
            return with_data(self.experiment, self._offer_of(value, list(DATASETS))[0])
        return with_data(self.experiment, value["kind"]) if path == "data" else changed(self.experiment, path, value)

    def _offer(self, path: str, options: list[str]) -> list[str]:
        """Of data sets, those of the same family."""
        if path == "data":
            return self._offer_of(family_of(type(self.experiment.data)), options)
        if path == "data.augment":
            return [kind for kind in options if AUGMENTATIONS[kind].suits(type(self.experiment.data))]
        return apply.offered(self.experiment, path, options, lambda data: True)

    def _offer_of(self, family: str, options: list[str]) -> list[str]:
        return apply.offered(self.experiment, "data", options, lambda data: family_of(data) == family and not data.upload)


@lru_cache(maxsize=8)
def profile_of(data: DataSpec) -> Profile:
    """What the examples of `data` look like; the last few are kept, by the content of the record. Raises DataError."""
    return profile(data, apply.dataset_of(data))


def data_page(page: DataPage) -> None:
    """Draw the whole page."""
    _open(page)
    _write_link(page)
    if page.state.notice:
        st.warning(page.state.notice)
    _main(page)
    with st.sidebar:
        _source(page)
        SIDES[page.own.source](page)


def _main(page: DataPage) -> None:
    """The data in use; or what is about to be brought, or used."""
    own, data = page.own, page.experiment.data
    if own.source == "own" and own.draft is not None:
        check_view(page.name, own, own_data.about_of(own.draft.content), page.use)
    elif own.source == "own" and (own.bringing or not data.upload):
        own_data.bring_view(page.name)
    elif not downloads.offer(data):
        _seen(page, data)


def _seen(page: DataPage, data: DataSpec) -> None:
    """The data in use, from every side."""
    view = View(page.name, data, apply.dataset_of(data), profile_of(data))
    _heading(page, view)
    tabs = st.tabs(list(TABS), key=f"{page.name}.tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(view)


def _open(page: DataPage) -> None:
    """Bring the page to what its link asks for, once per visit and whenever the link was changed."""
    state, asked = page.state, st.query_params.get("x", "")
    if state.experiment is not None and (not asked or asked == state.written[0]):
        return
    found = link.read(asked, "")
    state.notice, state.problem = found.problem, ("", "")
    try:
        page.take(found.experiment or state.experiment or preset(page.default).experiment)
    except ExplorerError as error:
        state.notice = str(error)
        if state.experiment is None:
            page.take(preset(page.default).experiment)


def _write_link(page: DataPage) -> None:
    page.state.written = (link.token_of(page.experiment), "")
    if st.query_params.to_dict() != {"x": page.state.written[0]}:
        st.query_params.from_dict({"x": page.state.written[0]})


def _heading(page: DataPage, view: View) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(_title(view.data), width="content", anchor=False)
        words = "Opens the Build page with these data and a network that can be trained on them."
        if st.button("Build a network for it", type="primary", icon=":material/account_tree:", help=words):
            navigation.go(page.builds, x=link.token_of(buildable(page.experiment, page.builds)))
    st.caption(view.data.summary())
    st.markdown(facts(view), width="stretch")
    for one in view.profile.findings:
        if one.level == "alarm":
            st.warning(f"**{one.about}.** {plain(one.words)}")


def _title(data: DataSpec) -> str:
    """What the data are called: one's own by the file they came in."""
    return plain(own_data.about_of(data.content).name) if isinstance(data, OwnData) and data.content else data.title()


def facts(view: View) -> str:
    """Sizes in one line of Markdown."""
    split, dataset = view.profile.split, view.dataset
    asked = f"**{dataset.classes}** classes" if dataset.classes else dataset.target_name or "a number"
    between = f"**{split.validation:,}** to choose by, " if split.validation else ""
    parts = f"**{split.train:,}** examples to train on, {between}**{split.test:,}** to test on"
    return f"{parts} · to answer: {asked} · fed: {steps.fed_in_words(dataset).rstrip('.')}"


def buildable(experiment: Experiment, page: str) -> Experiment:
    """The experiment with a network that can be trained on its data: its own, or else that of the first starter that suits."""
    data = experiment.data
    ready = (*catalogue(page).values(), *catalogue("data").values())
    starters = sorted((one.experiment for one in ready), key=lambda one: _distance(one.data, data))
    candidates = (with_data(one, data.kind).model_copy(update={"data": data}) for one in starters)
    return next((one for one in (experiment, *candidates) if not drafts.reason_not(one)), experiment)


def _distance(data: DataSpec, other: DataSpec) -> tuple[bool, bool, bool]:
    return data.kind != other.kind, data.problem != other.problem, family_of(type(data)) != family_of(type(other))


def _source(page: DataPage) -> None:
    words = "Ready sets come with the explorer. Your own are files you bring, or examples you collect here."
    draw = partial(st.segmented_control, "Data", list(SOURCES), format_func=SOURCES.__getitem__, required=True, help=words)
    widget(draw, SOURCE, page.own.source, page.sheet())


def _ready_form(page: DataPage) -> None:
    """Which ready set, and everything about it."""
    sheet, words = page.sheet(), "Kinds of data, by what one example is."
    draw = partial(st.pills, "Kind of data", list(FAMILIES), help=words)
    widget(draw, FAMILY, family_of(type(page.experiment.data)), sheet)
    ask(page.experiment, "data", sheet, names=lambda kind: [*own_fields(kind, DataSpec), *_first(kind)])
    _form(page)


def _own_form(page: DataPage) -> None:
    """What one brought, and everything about what is in use of it."""
    own, data = page.own, page.experiment.data
    used = data if isinstance(data, OwnData) else None
    if used and own.draft is None and not own.bringing:
        words = "Look at the file again: what is wrong with it, what its columns are for, and what a network is to tell."
        st.button("Look at the file again", icon=":material/table_view:", help=words, on_click=own.look_again, args=(used,))
        form(used, "data", page.sheet(), [*own_fields(type(used), DataSpec), *_first(type(used))])
        _form(page)
        st.divider()
    own_data.shelf(page.name, used.content if used else "", page.let_go)


SIDES = {"ready": _ready_form, "own": _own_form}


def _form(page: DataPage) -> None:
    """How the data are divided, and how hard they are made."""
    data, sheet = page.experiment.data, page.sheet()
    hard = [name for name in spoiling_fields(data) if _asked(data, name)]
    with st.expander("Split", expanded=True):
        form(data, "data", sheet, SPLIT)
    if hard:
        with st.expander("Make it hard on purpose", expanded=True):
            form(data, "data", sheet, hard)
    if data.applies("augment"):
        with st.expander("Augment the training part", expanded=bool(data.augment)):
            form(data, "data", sheet, ["augment"])


def _first(kind: type[DataSpec]) -> list[str]:
    return [name for name in ("size", "features") if kind.applies(name)]


def _asked(data: DataSpec, name: str) -> bool:
    """A field that only says how another does it is asked for once the other is in use."""
    whose = [one for one in spoiling_fields(data) if name in details_of(one)]
    return not whose or any(one in in_use(data) for one in whose)


def _examples(view: View) -> None:
    family = FAMILIES[family_of(type(view.data))]
    left = st.container()
    if view.profile.answers or view.profile.target:
        left, right = st.columns([2, 1], gap="medium")
        with right:
            _answers(view)
    with left:
        family.examples(_chosen(view, family.many) if family.many else view)


def _chosen(view: View, many: int) -> View:
    """The same view of one part, of one class if one was chosen, and of so many examples from where "others" led."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = _ask_part(view, "examples")
        numbers = _mixed(view.data, _of_class(view, steps.part_of(view.dataset, part)))
        turn = f"{view.key}.turn"
        if len(numbers) > many:
            words = f"Show the next {many} of {len(numbers):,}."
            st.button("Others", icon=":material/skip_next:", help=words, key=f"{view.key}.others", on_click=_turn, args=(turn,))
    begin = st.session_state.get(turn, 0) * many % max(len(numbers), 1)
    return replace(view, part=part, numbers=[int(number) for number in numbers[begin : begin + many]])


def _mixed(data: DataSpec, numbers: np.ndarray) -> np.ndarray:
    """In an order in which all classes come early; examples that follow one another in time stay in theirs."""
    return numbers if data.split == "in_order" else np.random.default_rng(0).permutation(numbers)


def _turn(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, 0) + 1


def _ask_part(view: View, where: str) -> str:
    chosen = st.segmented_control(
        "Part",
        list(view.dataset.parts),
        default="training",
        required=True,
        format_func=str.capitalize,
        key=f"{view.key}.{where}.part",
        help="Training examples change the network; validation examples help to choose; test examples only measure.",
    )
    return chosen or "training"


def _of_class(view: View, part: Part) -> np.ndarray:
    """Numbers of the examples of the class that was chosen; of all, where nothing is chosen or there are no classes."""
    names = view.dataset.class_names
    if part.y.ndim > 1 or not names:
        return np.arange(len(part))
    chosen = st.selectbox(
        "Class", names, index=None, placeholder="All", key=f"{view.key}.class", help="Show examples of this class only.", width=220
    )
    return np.flatnonzero(part.y == names.index(chosen)) if chosen in names else np.arange(len(part))


def _answers(view: View) -> None:
    """What is to be answered, and how often."""
    counts, target = view.profile.answers, view.profile.target
    if counts:
        st.markdown(f"**How many {counts.what} of each {'class' if counts.what == 'examples' else 'answer'}**")
        view.chart(data_counts.counts_chart(counts, view.dataset.target_name), "answers", data_counts.in_words(counts))
    elif target:
        st.markdown("**The number to answer**", help="How it spreads in both parts: they should look alike.")
        found = histogram(view.dataset, target.name)
        view.chart(data_histogram.spread_chart(found), "target", data_histogram.in_words(found))


def _spread(view: View) -> None:
    FAMILIES[family_of(type(view.data))].spread(view)


def _checks(view: View) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _split(view)
    with right:
        st.markdown("**Checks** · measured on these examples")
        for one in view.profile.findings:
            st.markdown(f"{SIGNS[one.level]} **{one.about}.** {plain(one.words)}")


def _split(view: View) -> None:
    split = view.profile.split
    total = split.train + split.validation + split.test
    between = f"{split.validation:,} for validation ({split.validation / total:.0%}), " if split.validation else ""
    st.markdown("**How the examples are divided**")
    st.markdown(f"{split.how} {split.train:,} to train on, {between}{split.test:,} to test on ({split.test / total:.0%}). {split.advice}")
    st.markdown("**Made hard on purpose**")
    for one in view.profile.effects:
        st.markdown(f"- **{one.name.replace('_', ' ').capitalize()}** ({one.value}): {plain(one.words)}")
    if not view.profile.effects:
        st.caption("Nothing was done to these data. The controls at the side can make them harder, and the effect is counted here.")
    _pairs(view)


def _pairs(view: View) -> None:
    """Which examples come in two parts."""
    rows = [
        {"example": f"{found.parts[0]} {one}", "like": f"{found.parts[1]} {other}", "how alike": how}
        for found in (view.profile.duplicates, *view.profile.other_duplicates)
        for how, pairs in (("the same", found.exact), ("nearly", found.near))
        for one, other in pairs[:50]
    ]
    if rows:
        st.markdown("**Examples that come in two parts**", help="Their numbers; the tab One example shows each.")
        st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 250), key=f"{view.key}.pairs")


def _one(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = _ask_part(view, "one")
        most = len(steps.part_of(view.dataset, part)) - 1
        key = f"{view.key}.one.number.{part}"
        if st.session_state.get(key, 0) > most:
            st.session_state[key] = most
        words = f"Examples are counted from 0 to {most:,}."
        number = st.number_input("Example", 0, most, key=key, step=1, width=180, help=words)
    plain_dataset = apply.dataset_of(unspoilt(view.data))
    stages = steps.stages(view.data, view.dataset, plain_dataset, part, int(number))
    lines = [f"{i}. **{one.name.capitalize()}.** {one.words}" for i, one in enumerate(stages, 1)]
    lines.append(f"{len(lines) + 1}. **Fed to the network.** {steps.fed_in_words(view.dataset)}")
    if answer := steps.answer_in_words(view.dataset, part, int(number)):
        lines.append(f"{len(lines) + 1}. **Answer wanted.** {plain(answer)}")
    left, right = st.columns([1, 2], gap="large")
    left.markdown("\n".join(lines))
    with right:
        family, one_view = FAMILIES[family_of(type(view.data))], replace(view, part=part, numbers=[int(number)])
        family.stages(one_view, stages)
        if view.data.augment and part == "training":
            words = "Each time it is trained on it looks another way; the test part is never changed."
            st.markdown("**Fed to the network while it trains**", help=words)
            family.augmented(one_view, augmented(view.data, view.dataset, int(number), family.copies))


TABS = {"Examples": _examples, "Distribution": _spread, "Split and checks": _checks, "One example, step by step": _one}
