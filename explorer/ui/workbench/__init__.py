"""The live workbench: a training network drawn in the browser from the frames of its run.

The component is the plain ES modules and the style sheet beside this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from explorer.ui import assembly

ASSETS = Path(__file__).parent
ENTRY = "index.js"


def module_order() -> list[str]:
    """File names of the component's modules, each after all that it imports itself."""
    return [path.name for path in assembly.module_order(ASSETS / ENTRY)]


@cache
def script() -> str:
    """The whole component as one ES module; its default export is what Streamlit calls."""
    return assembly.joined(ASSETS / ENTRY)


@cache
def style() -> str:
    """The style sheet of the component."""
    return assembly.styled(ASSETS / "workbench.css")


@cache
def _component() -> Callable[..., Any]:
    import streamlit as st

    return st.components.v2.component("neural_explorer_workbench", js=script(), css=style())


def workbench_data(
    run_id: str,
    *,
    page: Mapping[str, Any] | None = None,
    activations: Sequence[tuple[str, str]] = (),
    palette: str = "blue and orange",
    readonly: bool = False,
) -> dict[str, Any]:
    """What the component is told; it changes only with the run and the page, so a rerun of the page sends nothing new."""
    return {
        "run": run_id,
        "socket": f"nx/runs/{run_id}/live",
        "page": dict(page or {}),
        "activations": [list(pair) for pair in activations],
        "palette": palette,
        "readonly": readonly,
    }


def workbench(
    run_id: str,
    *,
    key: str,
    on_edit: Callable[[], None] | None = None,
    on_gone: Callable[[], None] | None = None,
    on_moment: Callable[[], None] | None = None,
    **options: Any,
) -> Any:
    """Show the run live, where it is called.

    `options`: those of `workbench_data`. `page` may hold `pad` (offer the drawing pad for images), `edit` (False: the network
    cannot be changed), `paint` (False: no painting), `view` ("strip": no diagram, everything in one row below the controls;
    "bar": the controls alone), `branch` ("of" and "step" of the run it branched off from), `moments` (tell which recorded step is
    looked at) and `follow` (also while the film plays).
    What the user changes in the picture arrives as `st.session_state[key].edit` inside `on_edit`: a dictionary with `action`
    and what belongs to it; `on_gone` is called when the server does not know the run. `st.session_state[key].moment` holds
    "step" inside `on_moment`: the recorded step that is looked at, -1 for the newest.
    """
    return _component()(
        data=workbench_data(run_id, **options),
        key=key,
        on_edit_change=on_edit or _ignore,
        on_gone_change=on_gone or _ignore,
        on_moment_change=on_moment or _ignore,
    )


def _ignore() -> None:
    """For pages that do not listen: a trigger has to have a callback to exist."""
