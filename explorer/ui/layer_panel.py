"""The form beside the editor: one selected layer with its settings, what it does and what it costs."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from explorer.experiment import LayerSpec
from explorer.results.sketch import Node
from explorer.ui import drafts
from explorer.ui.builder.edits import layer_of, with_layer
from explorer.ui.controls import Sheet, form
from explorer.ui.fields import questions
from explorer.ui.live_page import LivePage
from explorer.ui.study import size

HINT = (
    "Select a layer in the diagram to change it here. **+** between two layers inserts one; drag a layer to move it; "
    "every change can be undone. **?** shows the keys."
)

# As high as the editor beside it, whatever the layer: the run below stays where it is, and in view.
STYLE = """<style>.st-key-layer_panel {max-height: max(380px, calc(100vh - 230px)); overflow-y: auto; padding: 2px 6px 2px 2px}</style>"""


def layer_panel(page: LivePage) -> None:
    """Draw the form of the selected layer, or say how to select one."""
    found = layer_of(page.experiment, page.state.selected or "")
    if found is None:
        st.caption(HINT)
        return
    role, layer = found
    with st.container(key="layer_panel"):
        st.html(STYLE)
        _layer(page, role, layer)


def _layer(page: LivePage, role: str, layer: LayerSpec) -> None:
    st.markdown(f"**{layer.title()}** `{layer.id}`")
    st.caption(layer.summary())
    _settings(page, role, layer)
    _facts(page, layer)


def _settings(page: LivePage, role: str, layer: LayerSpec) -> None:
    names = [one.name for one in questions(type(layer)) if one.kind != "variants"]
    if not names:
        st.caption("It has nothing to set.")
        return
    path = f"layer.{layer.id}"

    def change(where: str, value: Any) -> None:
        name = where.removeprefix(f"{path}.")
        page.try_change(where, partial(with_layer, role=role, layer_id=layer.id, field=name, value=value))

    form(layer, path, Sheet(page.name, change, page.state.problem, exact=True), names)


def _facts(page: LivePage, layer: LayerSpec) -> None:
    found = ((node, sketch) for sketch in drafts.sketches(page.experiment) for node in sketch.walk() if node.id == layer.id)
    node, sketch = next(found)
    st.caption(f"{_shapes(node)}{_memory(node, sketch.batch_size)}")
    with st.expander("What it does", key=f"{page.name}.about", type="compact"):
        theme = "dark" if st.context.theme.type == "dark" else "light"
        st.html(f'<img src="nx/layers/{layer.kind}.svg?theme={theme}" alt="{layer.title()} on an example" style="width: 100%">')
        if layer.formula:
            st.latex(layer.formula)
        st.markdown(layer.use)


def _shapes(node: Node) -> str:
    into = str(node.input) if node.input else "not known: a layer before it does not fit"
    out = str(node.output) if node.output else "not known"
    return f"in: {into}  \nout: {out}"


def _memory(node: Node, batch_size: int) -> str:
    """What a batch takes: what the layer puts out, and what it keeps for the backward pass."""
    if node.activation_bytes is None or node.saved_bytes is None:
        return ""
    out, kept = (size(batch_size * amount) for amount in (node.activation_bytes, node.saved_bytes))
    return f"  \nmemory for a batch of {batch_size}: {out} put out going forward, {kept} kept for the backward pass"
