"""A network to take away, as code, file or picture, and a way in for one that was written elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError, SpecError
from explorer.experiment import Experiment
from explorer.export.bundle import bundled
from explorer.export.notebook import training_notebook
from explorer.export.onnx import onnx_in_own_process
from explorer.export.parse import Pasted, network_for
from explorer.export.png import png_of
from explorer.export.script import training_script
from explorer.export.source import network_source
from explorer.export.weights import safetensors_bytes, state_dict_bytes
from explorer.plots.network_picture import network_picture
from explorer.results.sketch import Sketch
from explorer.runs import checkpoints
from explorer.runs import home as places
from explorer.runs.store import CheckpointRow
from explorer.ui import apply, drafts, session
from explorer.ui.boundary import sentence_of
from explorer.ui.controls import show_problem
from explorer.ui.live_page import DIAGRAM, FILE, LivePage
from explorer.ui.study import size

PYTHON, JSON = "text/x-python", "application/json"
MOST_PARAMETERS = 2_000_000  # of a network whose run is written as a program while a page is drawn
ARRAYS = '\nDATA = """'  # where the readable part of a script ends
EXAMPLE = "nn.Sequential(\n    nn.Flatten(),\n    nn.Linear(64, 32),\n    nn.ReLU(),\n    nn.Linear(32, 10),\n)"


@dataclass(frozen=True)
class WeightFile:
    """A format that trained weights can be had in.

    Attributes:
        suffix: of the file.
        words: who reads it.
        make: (experiment, tensors of a checkpoint, role) -> the file.
    """

    suffix: str
    words: str
    make: Callable[[Experiment, Any, str], bytes]


WEIGHT_FILES = {
    "safetensors": WeightFile(
        ".safetensors",
        "Tensors under the names of their layers, and nothing that could run. Many programs read it.",
        lambda experiment, tensors, role: safetensors_bytes(tensors, role),
    ),
    "PyTorch": WeightFile(
        ".pt",
        "A state dict: `torch.load(file, weights_only=True)` gives the tensors under the names of their layers.",
        lambda experiment, tensors, role: state_dict_bytes(tensors, role),
    ),
    "ONNX": WeightFile(
        ".onnx",
        "Network and weights in one file, for programs without PyTorch: onnxruntime, Netron, phones, browsers. Takes some seconds.",
        onnx_in_own_process,
    ),
}


@st.fragment
def code_view(page: LivePage) -> None:
    """Draw the view; only the part that is open costs anything."""
    parts: dict[str, Callable[[LivePage], None]] = {
        "PyTorch": _source,
        "Script": _script,
        "Notebook": _notebook,
        "Weights": _weights,
        "Picture": _picture,
        "Import": _import,
    }
    tabs = st.tabs(list(parts), key=f"{page.name}.code.tab", on_change="rerun")
    for tab, draw in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                _explained(draw, page)


def _explained(draw: Callable[[LivePage], None], page: LivePage) -> None:
    """Draw a part; what cannot be had is said in its place, and the other parts stay."""
    try:
        draw(page)
    except ExplorerError as error:
        before = "This follows as soon as the network fits together. " if drafts.reason_not(page.experiment) else ""
        st.info(before + str(error), icon=":material/info:")


# -- text

source_of = lru_cache(maxsize=32)(network_source)
script_of = lru_cache(maxsize=8)(training_script)
notebook_of = lru_cache(maxsize=8)(training_notebook)


def _source(page: LivePage) -> None:
    st.caption("The network as PyTorch, without its data and weights. The sign at its corner copies it.")
    roles = page.experiment.task.roles
    for role in roles:
        if len(roles) > 1:
            st.markdown(f"**{role.capitalize()}**")
        st.code(source_of(page.experiment, role))


def _require_modest(experiment: Experiment) -> None:
    parameters = sum(cost.parameters for cost in apply.admit(experiment).values())
    if parameters > MOST_PARAMETERS:
        raise SpecError(
            f"This network has {parameters:,} parameters; programs are written here for networks of up to {MOST_PARAMETERS:,}, "
            "with their first weights in them. The code of the network is under PyTorch, its weights are under Weights."
        )


def _script(page: LivePage) -> None:
    _require_modest(page.experiment)
    text = script_of(page.experiment)
    st.caption(f"The whole run as one program that needs PyTorch and NumPy alone. {_whose_losses(page)}")
    _take_away(page, "experiment.py", text, PYTHON, "Then run it: python experiment.py 200 makes 200 steps.")
    st.code(readable(text), height=480)
    st.caption("The data and the first weights follow in the file, packed as text.")


def _notebook(page: LivePage) -> None:
    _require_modest(page.experiment)
    text = notebook_of(page.experiment)
    st.caption(f"The whole run in cells, with words between them and a plot of the loss, for Jupyter. {_whose_losses(page)}")
    _take_away(page, "experiment.ipynb", text, JSON, "Then open it in Jupyter and run all cells.")
    st.code(readable(script_of(page.experiment)), height=480)


def _whose_losses(page: LivePage) -> str:
    """Which losses the program prints: a run that began with the weights of another has losses of its own."""
    heir = session.client().inherited(page.state.run_id) if page.state.run_id else None
    fresh = "It prints the losses of this experiment when it begins anew"
    return f"{fresh}; the run on this page began with weights of an earlier one." if heir and heir.kept else f"{fresh}."


def _take_away(page: LivePage, name: str, text: str, mime: str, words: str) -> None:
    file, content = bundled(name, text, page.experiment)
    st.download_button(
        f"Download {file} ({size(len(content))})",
        content,
        file,
        mime if file == name else "application/zip",
        key=f"{page.name}.code.{name}",
        type="primary",
        help=words,
        on_click="ignore",
        icon=":material/download:",
    )


def readable(script: str) -> str:
    """The part of a script that people read: all but its packed arrays."""
    return script.partition(ARRAYS)[0].rstrip() + "\n"


# -- weights


def _weights(page: LivePage) -> None:
    experiment, run_id = page.state.experiment, page.state.run_id
    rows = session.client().checkpoints(run_id) if run_id else []
    if experiment is None or not rows:
        st.info("This run has saved no weights yet. It does so every few seconds while it trains: press Play in the Train view.")
        st.button("Look again", key=f"{page.name}.code.again", icon=":material/refresh:", help="See whether there are weights now.")
        return
    if page.state.draft:
        st.info("What is being built cannot be trained yet. These are the weights of the last network that could.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        role = _role(page, experiment)
        kind = st.segmented_control(
            "Format", list(WEIGHT_FILES), default="safetensors", required=True, key=f"{page.name}.code.format", help="What reads the file."
        )
        asked = st.button(
            "Make the file",
            key=f"{page.name}.code.make",
            icon=":material/deployed_code:",
            help="Take the newest weights that the run has saved.",
        )
    chosen = WEIGHT_FILES[kind or "safetensors"]
    st.caption(f"{chosen.words} The newest weights saved are those of step {rows[0].step:,}.")
    _made_file(page, (experiment, rows[0], role, chosen) if asked else None)


def _role(page: LivePage, experiment: Experiment) -> str:
    roles = experiment.task.roles
    if len(roles) == 1:
        return roles[0]
    key = f"{page.name}.code.role"
    return st.selectbox("Network", roles, format_func=str.capitalize, key=key, help="Whose weights.", width=200) or roles[0]


def _made_file(page: LivePage, wanted: tuple[Experiment, CheckpointRow, str, WeightFile] | None) -> None:
    """Make a file when one is wanted; offer the last one that was made of this run."""
    key = f"{page.name}.code.file"
    if wanted:
        experiment, row, role, chosen = wanted
        with st.spinner("Making the file"):
            tensors, _ = checkpoints.load(places.run_folder(session.client().home, page.state.run_id), row)
            content = chosen.make(experiment, tensors, role)
        st.session_state[key] = (page.state.run_id, f"{experiment.data.kind}-{role}-step-{row.step}{chosen.suffix}", content)
    run_id, name, content = st.session_state.get(key, ("", "", b""))
    if run_id == page.state.run_id and content:
        st.download_button(
            f"Download {name} ({size(len(content))})",
            content,
            name,
            key=f"{page.name}.code.weights",
            type="primary",
            help="Save the file that was made.",
            on_click="ignore",
            icon=":material/download:",
        )


# -- picture


def _picture(page: LivePage) -> None:
    dark = st.context.theme.type == "dark"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        theme = st.segmented_control(
            "Colours",
            ["light", "dark"],
            default="dark" if dark else "light",
            required=True,
            key=f"{page.name}.code.theme",
            help="For a light or a dark slide.",
        )
        place = st.container(horizontal=True)
    for sketch in drafts.sketches(page.experiment):
        svg = network_picture(sketch, "dark" if theme == "dark" else "light")
        with place:
            _offer_picture(page, sketch, svg)
        st.image(svg, alt=f"The network from its input to its answer, layer by layer: {len(list(sketch.walk()))} in all.")


def _offer_picture(page: LivePage, sketch: Sketch, svg: str) -> None:
    whose = "" if sketch.role == "model" else f" of the {sketch.role}"
    st.download_button(
        f"SVG{whose}",
        svg,
        f"{sketch.role}.svg",
        "image/svg+xml",
        key=f"{page.name}.code.svg.{sketch.role}",
        help="Sharp at every size; for slides, papers and the web.",
        on_click="ignore",
        icon=":material/download:",
    )
    drawn, why_not = _png(svg)
    st.download_button(
        f"PNG{whose}",
        drawn,
        f"{sketch.role}.png",
        "image/png",
        key=f"{page.name}.code.png.{sketch.role}",
        help=why_not or "Pixels, twice as many as on the screen; for programs that take no SVG.",
        disabled=bool(why_not),
        on_click="ignore",
        icon=":material/download:",
    )


@lru_cache(maxsize=16)
def _png(svg: str) -> tuple[bytes, str]:
    """The picture as PNG, or why there is none."""
    try:
        return png_of(svg), ""
    except ExplorerError as error:
        return b"", str(error)


# -- the way in


def _import(page: LivePage) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _import_code(page)
    with right:
        _import_file(page)


def _import_code(page: LivePage) -> None:
    text = st.text_area(
        "PyTorch code",
        key=f"{page.name}.code.paste",
        height=240,
        placeholder=EXAMPLE,
        help="One nn.Sequential(...) with layers of torch.nn. The text is read and never run.",
    )
    pasted, problem = read_text(page.experiment, text or "")
    if problem:
        st.error(problem)
    elif pasted:
        st.caption(f"{len(pasted.network.layers)} layers: {', '.join(layer.title() for layer in pasted.network.layers)}.")
    for note in pasted.notes if pasted else ():
        st.caption(f":material/edit: {note}")
    if st.button(
        "Use this network",
        key=f"{page.name}.code.use",
        type="primary",
        disabled=pasted is None,
        help="Put it in the place of the network in the editor. Undo brings that one back.",
    ):
        assert pasted
        if page.replace_network(pasted.network):
            st.toast("The network is in the editor. Undo brings back the one before.", icon=":material/check:")
            st.rerun()
    show_problem(DIAGRAM, page.sheet())


def read_text(experiment: Experiment, text: str) -> tuple[Pasted | None, str]:
    """The network of a pasted text for the data and task at hand, or what is wrong with it; neither of an empty text."""
    if not text.strip():
        return None, ""
    try:
        shapes = experiment.task.shapes(experiment.task.roles[0], apply.dataset_of(experiment.data))
        return network_for(text, *shapes), ""
    except Exception as error:
        return None, sentence_of(error)


def _import_file(page: LivePage) -> None:
    file = st.file_uploader(
        "Experiment",
        type="json",
        max_upload_size=1,
        key=f"{page.name}.code.upload",
        help="An experiment saved before: data, network and training. Save one in the Train view, under Study this run.",
    )
    words = "Replace data, network and training with those of the file."
    if st.button("Open this experiment", key=f"{page.name}.code.open", disabled=file is None, help=words):
        assert file
        page.load_json(file.getvalue().decode("utf-8", "replace"))
        st.rerun()
    show_problem(FILE, page.sheet())
