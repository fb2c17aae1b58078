"""Everything there is to choose from, printed from the registries themselves."""

import streamlit as st

from explorer.experiment import AUGMENTATIONS, DATASETS, INITIALISATIONS, LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, STOPPING, TASKS
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.trials.base import TRIALS
from explorer.ui.navigation import Page
from explorer.ui.reference import STYLE, entries, matching, plural, show

PAGE = Page(title="Reference", section="Look up", order=90, icon=":material/menu_book:")
REGISTRIES = (LAYERS, DATASETS, AUGMENTATIONS, TASKS, LOSSES, OPTIMIZERS, SCHEDULES, INITIALISATIONS, STOPPING, EXPLANATIONS, TRIALS)


def render() -> None:
    st.title(PAGE.title)
    st.html(STYLE)
    query = st.text_input("Search", placeholder="for example: convolution, noise, momentum", help="Words in a name or in what it does.")
    nouns = [registry.noun for registry in REGISTRIES]
    chosen = st.segmented_control(
        "Show", nouns, default=nouns[0], format_func=lambda noun: plural(noun).capitalize(), help="A search looks through all of them."
    )
    found = {registry.noun: matching(entries(registry), query) for registry in REGISTRIES if query or chosen in (registry.noun, None)}
    st.caption(f"{sum(map(len, found.values()))} entries.")
    for noun, some in found.items():
        if some:
            show(noun, some, st.context.theme.type or "light")
