"""Everything there is to choose from, printed from the registries themselves."""

import streamlit as st

from explorer.experiment import DATASETS, INITIALISATIONS, LAYERS, LOSSES, OPTIMIZERS, SCHEDULES, STOPPING, TASKS
from explorer.ui.navigation import Page
from explorer.ui.reference import STYLE, contents, entries, matching, show

PAGE = Page(title="Reference", section="Look up", order=90, icon=":material/menu_book:")
REGISTRIES = (LAYERS, DATASETS, TASKS, LOSSES, OPTIMIZERS, SCHEDULES, INITIALISATIONS, STOPPING)


def render() -> None:
    st.title(PAGE.title)
    query = st.text_input("Search", placeholder="for example: convolution, noise, momentum", help="Words in a name or in what it does.")
    found = [(registry.noun, matching(entries(registry), query)) for registry in REGISTRIES]
    st.caption(f"{sum(len(some) for _, some in found)} entries.")
    st.html(STYLE)
    st.markdown(contents(found))
    for noun, some in found:
        if some:
            show(noun, some, st.context.theme.type or "light")
