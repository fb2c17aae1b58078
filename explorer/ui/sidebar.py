"""The controls of a live page: presets, data, network and training, generated from the records."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.experiment import DataSpec, OptimizerSpec, Preset, TrainingSpec
from explorer.experiment.data import formula_of
from explorer.ui.controls import Sheet, ask, form, show_problem, widget
from explorer.ui.fields import own_fields, question
from explorer.ui.live_page import PRESET, LivePage, preset_like

FIRST_DATA, REST_DATA = ("size", "noise"), ("split", "test_fraction", "validation_fraction", "label_noise", "imbalance", "seed")
NEXT_TO_NOTHING = 1e-4
FIRST_TRAINING = ("optimizer", "batch_size", "schedule")


def sidebar(page: LivePage) -> None:
    """Draw every control of the page into the sidebar."""
    with st.sidebar:
        preset_menu(page)
        with st.expander("Data", expanded=True):
            _data(page)
        _folded(page, "network", lambda: _network(page), "Network")
        with st.expander("Training", expanded=True):
            _training(page)


def _folded(page: LivePage, name: str, draw: Callable[[], object], title: str = "More") -> None:
    """What is seldom needed: drawn when it is unfolded, so that the page opens sooner."""
    looks = "compact" if title == "More" else "default"
    more = st.expander(title, expanded=False, type=looks, key=f"{page.name}.more.{name}", on_change="rerun")
    if more.open:
        with more:
            draw()


def preset_menu(page: LivePage) -> None:
    """The presets of the page, what to see in the one that was chosen, and the way back to it."""
    key, chosen = f"{page.name}.preset", _preset_in_use(page)
    if st.session_state.get(key) != (chosen.name if chosen else None):
        st.session_state[key] = chosen.name if chosen else None
    st.selectbox(
        page.noun,
        list(page.presets),
        index=0 if chosen else None,
        format_func=lambda name: page.presets[name].title,
        placeholder="Your own",
        help="A ready-made experiment. Choosing one replaces data, network and training.",
        key=key,
        on_change=_choose_preset,
        args=(page, key),
    )
    show_problem(PRESET, page.sheet())
    if chosen:
        st.caption(chosen.look_for)
        if preset_like(page, page.experiment) != chosen.name:
            noun = page.noun.lower()
            words = f"Put everything back to how the {noun} {chosen.title!r} has it."
            st.button(f"Back to the {noun}", type="tertiary", help=words, on_click=page.load_preset, args=(chosen.name,))


def _preset_in_use(page: LivePage) -> Preset | None:
    """The preset the experiment began as, as long as it is about the same data."""
    chosen = page.presets.get(page.state.preset)
    return chosen if chosen and chosen.experiment.data.kind == page.experiment.data.kind else None


def _choose_preset(page: LivePage, key: str) -> None:
    if st.session_state[key]:
        page.load_preset(st.session_state[key])


def _data(page: LivePage) -> None:
    data, sheet = page.experiment.data, page.sheet()
    ask(page.experiment, "data", sheet, names=_first_data)
    if data.coordinates:
        _features(page, data)
    rest = [name for name in REST_DATA if data.applies(name)]
    _folded(page, "data", lambda: form(data, "data", sheet, rest))


def _first_data(kind: type[DataSpec]) -> list[str]:
    """What is asked about a data set at once."""
    return [name for name in (*own_fields(kind, DataSpec), *FIRST_DATA) if kind.applies(name)]


def _features(page: LivePage, data: DataSpec) -> None:
    """Which numbers of a point are fed in. No choice means the plain coordinates, and is shown as such."""
    asked = question("features", type(data).model_fields["features"])
    assert asked
    plain = ("x", "y")[: data.coordinates]
    options = page.sheet().offer("data.features", list(asked.options))

    def chosen(shown: list[str]) -> tuple[str, ...]:
        names = tuple(name for name in options if name in shown)
        return () if names == plain else names

    draw = partial(st.pills, "Features", options, selection_mode="multi", format_func=formula_of, help=asked.help)
    widget(draw, "data.features", list(data.features or plain), page.sheet(), report=("data.features", chosen))


def _training(page: LivePage) -> None:
    training, sheet = page.experiment.training, page.sheet()
    ask(training, "optimizer", sheet, "training", names=lambda kind: ["learning_rate", *_own(kind, tiny=False)])
    form(training, "training", sheet, ["batch_size"])
    ask(training, "schedule", sheet, "training")
    _folded(page, "training", lambda: _more_training(training, sheet))


def _more_training(training: TrainingSpec, sheet: Sheet) -> None:
    form(training.optimizer, "training.optimizer", sheet, ["weight_decay", *_own(type(training.optimizer), tiny=True)])
    form(training, "training", sheet, [name for name in TrainingSpec.model_fields if name not in FIRST_TRAINING])


def _own(kind: type[OptimizerSpec], tiny: bool) -> list[str]:
    """The fields an optimiser adds: those that shape its path, or those that only keep a division from failing."""
    names = own_fields(kind, OptimizerSpec)
    return [name for name in names if (0 < kind.model_fields[name].default < NEXT_TO_NOTHING) == tiny]


def _network(page: LivePage) -> None:
    experiment, sheet = page.experiment, page.sheet()
    st.caption("Layers, units and activations are changed in the diagram itself.")
    if page.drafts:
        ask(experiment, "task", sheet)
    else:
        form(experiment.task, "task", sheet)
    for role, network in experiment.networks.items():
        if len(experiment.networks) > 1:
            st.markdown(f"**{role.capitalize()}**")
        ask(network, "initialisation", sheet, f"networks.{role}")
    ask(experiment, "seed", sheet)


def images_only(data: type[DataSpec]) -> bool:
    """Whether a data set holds pictures."""
    return data.image_shape is not None


def no_images(data: type[DataSpec]) -> bool:
    """Whether a data set holds points, curves or tables."""
    return not (data.image_shape or data.tokens or data.series)
