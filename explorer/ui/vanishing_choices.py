"""What can be chosen on the page of vanishing gradients: a deep stack in a few controls, and cures that change one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, get_args

import streamlit as st

from explorer.experiment import INITIALISATIONS, LAYERS, DataSpec, Experiment, InitialisationSpec
from explorer.experiment.stack import Normalisation, Stack, stack_of
from explorer.ui.controls import Sheet, ask, form, show_problem, widget
from explorer.ui.edits import with_data
from explorer.ui.fields import own_fields
from explorer.ui.live_page import LivePage
from explorer.ui.sidebar import preset_menu

MODEL, STACK, CURE = "model", "stack", "cure"
LARGEST = 28 * 28  # pixels of a picture: a first layer of larger ones would be most of the network

Chosen = tuple[Stack, InitialisationSpec]


def suits(data: type[DataSpec]) -> bool:
    """Points in the plane with classes, and small pictures."""
    if data.problem != "classification" or data.tokens or data.series:
        return False
    channels, high, wide = data.image_shape or (0, 0, 0)
    return data.coordinates == 2 or 0 < channels * high * wide <= LARGEST


def chosen_in(experiment: Experiment) -> Chosen | None:
    """The stack and the first weights of an experiment; None where its network is no plain stack."""
    network = experiment.networks.get(MODEL)
    stack = stack_of(network) if network else None
    return (stack, network.initialisation) if network and stack else None


def described(experiment: Experiment) -> str:
    """The network in a few words: "12 Sigmoid, Xavier uniform, shortcuts"."""
    chosen = chosen_in(experiment)
    if chosen is None:
        return "own network"
    stack, initialisation = chosen
    parts = [f"{stack.depth} {LAYERS[stack.activation].title()}", _wide(initialisation)]
    parts += [] if stack.normalisation == "none" else [_norm(stack.normalisation)]
    return ", ".join([*parts, "shortcuts"] if stack.residual else parts)


def _wide(initialisation: InitialisationSpec) -> str:
    """The first weights; with their size where it is not the layer's own."""
    size = initialisation.model_dump().get("std")
    return f"{initialisation.title()} {size:g}" if size else initialisation.title()


def _norm(kind: str) -> str:
    return "None" if kind == "none" else LAYERS[kind].title().removesuffix(" 1d")


def controls(page: LivePage) -> None:
    """Every control of the page, at the side."""
    stack, _ = chosen_in(page.experiment) or (Stack(), None)
    sheet = replace(page.sheet(), change=partial(_set, page, stack))
    preset_menu(page)
    with st.expander("Network", expanded=True):
        _network(page, stack, sheet)
    with st.expander("Training", expanded=True):
        ask(page.experiment.training, "optimizer", sheet, "training", names=lambda kind: ["learning_rate"])
        ask(page.experiment, "seed", sheet)
    with st.expander("Data", expanded=True):
        ask(page.experiment, "data", sheet, names=lambda kind: [])


def _network(page: LivePage, stack: Stack, sheet: Sheet) -> None:
    if chosen_in(page.experiment) is None:
        st.caption("The network of this run is no plain stack. Whatever is chosen here builds one in its place.")
    form(stack, STACK, sheet, ["depth"])
    _choice("activation", [kind for kind, layer in LAYERS.items() if layer.elementwise], lambda kind: LAYERS[kind].title(), stack, sheet)
    ask(page.experiment.networks[MODEL], "initialisation", sheet, f"networks.{MODEL}", names=_of_weights)
    _choice("normalisation", list(get_args(Normalisation)), _norm, stack, sheet)
    form(stack, STACK, sheet, ["residual", "width"])


def _of_weights(kind: type[InitialisationSpec]) -> list[str]:
    """What is asked about first weights here: what they add of their own, and nothing about biases."""
    return own_fields(kind, InitialisationSpec)


def _choice(name: str, options: list[str], words: Callable[[str], str], stack: Stack, sheet: Sheet) -> None:
    about = Stack.model_fields[name].description or ""
    help_ = f"{about[:1].upper()}{about[1:]}. A change starts the run anew."
    draw = partial(st.selectbox, name.capitalize(), options, format_func=words, help=help_)
    widget(draw, f"{STACK}.{name}", getattr(stack, name), sheet)


def _set(page: LivePage, stack: Stack, path: str, value: Any) -> None:
    """Make one choice otherwise; the stack is built anew around it."""
    if path == "data":
        page.try_change(path, lambda one: stacked(with_data(one, value["kind"]), stack))
    elif path.startswith(f"{STACK}."):
        page.try_change(path, lambda one: stacked(one, stack.having(path.removeprefix(f"{STACK}."), value)))
    else:
        page.set(path, value)


def stacked(experiment: Experiment, stack: Stack, initialisation: InitialisationSpec | None = None) -> Experiment:
    """The experiment with this stack as its network; its first weights are drawn as before where nothing else is said."""
    initialisation = initialisation or experiment.networks[MODEL].initialisation
    return experiment.with_network(MODEL, stack.network(initialisation, experiment.data.image_shape is not None))


@dataclass(frozen=True)
class Cure:
    """One thing done otherwise."""

    title: str
    help: str
    change: Callable[[Stack, InitialisationSpec], Chosen]


CURES = (
    Cure(
        "ReLU and He weights",
        "ReLU passes the gradient of a positive sum back whole; He's first weights are as wide as keeps signals of one size through it.",
        lambda stack, _: (stack.having("activation", "relu"), INITIALISATIONS["kaiming_normal"]()),
    ),
    Cure(
        "Xavier weights",
        "First weights whose size follows the size of the layer, so that signals neither grow nor shrink where units are linear.",
        lambda stack, _: (stack, INITIALISATIONS["xavier_uniform"]()),
    ),
    Cure(
        "BatchNorm",
        "Every sum is brought to mean 0 and deviation 1 over the batch, so that no activation is left at its flat ends.",
        lambda stack, initialisation: (stack.having("normalisation", "batch_norm1d"), initialisation),
    ),
    Cure(
        "Shortcuts",
        "Every hidden layer adds what it computes to what it was given: the gradient has a way past all of them.",
        lambda stack, initialisation: (stack.having("residual", True), initialisation),
    ),
)


def cures(page: LivePage) -> None:
    """Buttons that change one thing, each as a new run beside the old one."""
    chosen = chosen_in(page.experiment)
    if chosen is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Change one thing:**", width="content", help="Each starts a new run; the old one stays in the picture.")
        for cure in CURES:
            after = cure.change(*chosen)
            same = after == chosen
            words = f"{cure.help} {'This network has it already.' if same else ''}".strip()
            st.button(cure.title, help=words, disabled=same, key=f"{page.name}.cure.{cure.title}", on_click=_cure, args=(page, after))
    show_problem(CURE, page.sheet())


def _cure(page: LivePage, after: Chosen) -> None:
    page.try_change(CURE, lambda one: stacked(one, *after))
