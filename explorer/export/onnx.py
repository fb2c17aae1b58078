"""A trained network as an ONNX file, which many programs read: onnxruntime, netron, phones, browsers.

Decided: a page has the file made by a process of its own, one at a time.
Because: torch's exporter takes seconds, half a gigabyte and global state that other threads of a server must not meet.
Instead of: calling it where the page is drawn.
"""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout, suppress
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import safetensors.torch
import torch

from explorer.errors import ExplorerError, SpecError
from explorer.experiment import Experiment, NetworkSpec
from explorer.experiment.network import shapes_through
from explorer.export.weights import checkpoint_part
from explorer.networks.build import Network, build_network

NEEDED = ("onnx", "onnxscript")
BATCH = 2  # examples while the network is traced; the file takes any number
SECONDS = 180.0  # that a process of its own may take
MADE, REFUSED = b"+", b"-"  # first byte of what that process answers
_ONE_AT_A_TIME = threading.Lock()


def network_onnx(network: Network, about: str = "") -> bytes:
    """An ONNX file of the network in evaluation mode, opset 20: "input" (batch, *input_shape) to "output", any batch size.

    Nothing of this computer is in it: no path, no source line.

    Args:
        network: left as it was.
        about: kept in the file as its description.

    Raises:
        SpecError: onnx is not installed, or a layer cannot be expressed in ONNX; names the layer.
    """
    _require_onnx()
    try:
        return _exported(network, about)
    except Exception:  # what torch's exporter raises has no common class
        raise SpecError(
            f"{_culprit(network)} cannot be written as ONNX. The weights can be had as safetensors, the code as PyTorch."
        ) from None


def checkpoint_onnx(experiment: Experiment, tensors: dict[str, torch.Tensor], role: str = "model") -> bytes:
    """An ONNX file of one network of a checkpoint.

    Args:
        tensors: those of `Training.checkpoint()`.

    Raises:
        SpecError: there is no such network, the tensors are another's, or as `network_onnx`.
    """
    found = checkpoint_part(tensors, role)
    shapes = experiment.task.shapes(role, experiment.data.load())
    network = build_network(experiment.networks[role], *shapes, seed=0)
    try:
        network.load_state_dict(found)
    except RuntimeError:
        raise SpecError("These weights belong to another network: their names or shapes differ. Take the newest ones.") from None
    return network_onnx(network, f"{experiment.task.title()} of {experiment.data.title()}. Takes {shapes[0]}, answers with {shapes[1]}.")


def onnx_in_own_process(experiment: Experiment, tensors: dict[str, torch.Tensor], role: str = "model") -> bytes:
    """`checkpoint_onnx` by a process that ends afterwards; callers wait for each other. Raises SpecError."""
    _require_onnx()
    about = {"experiment": experiment.to_json(), "role": role}
    wanted = {f"network/{role}/{name}": value.contiguous() for name, value in checkpoint_part(tensors, role).items()}
    question = safetensors.torch.save(wanted, about)
    root = Path(__file__).parents[2]
    command = [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(root)!r}); from explorer.export import onnx; onnx.answer()",
    ]
    with _ONE_AT_A_TIME:
        try:
            done = subprocess.run(command, input=question, capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise SpecError(f"Writing this network as ONNX took longer than {SECONDS:.0f} seconds. Make it smaller.") from None
    first, rest = done.stdout[:1], done.stdout[1:]
    if first == MADE:
        return rest
    if first == REFUSED:
        raise SpecError(rest.decode())
    raise SpecError("The process that writes ONNX files ended early; most often there was too little memory. Make the network smaller.")


def answer() -> None:
    """The other side of `onnx_in_own_process`: weights and experiment from standard input, the file to standard output."""
    given, out = sys.stdin.buffer.read(), sys.stdout.buffer
    length = int.from_bytes(given[:8], "little")
    about = json.loads(given[8 : 8 + length])["__metadata__"]
    torch.set_num_threads(1)
    with suppress(AttributeError, OSError):  # runs and pages go first
        os.nice(10)
    try:
        with redirect_stdout(sys.stderr):
            made = MADE + checkpoint_onnx(Experiment.from_json(about["experiment"]), safetensors.torch.load(given), about["role"])
    except ExplorerError as error:
        made = REFUSED + str(error).encode()
    out.write(made)
    out.flush()


def _require_onnx() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SpecError(
            f"ONNX files are written with the help of {' and '.join(missing)}, which this computer does not have. "
            'Install what is missing with: pip install "neural-explorer[onnx]".'
        )


def _exported(network: Network, about: str) -> bytes:
    kind = torch.int64 if network.input_shape.vocabulary else torch.float32
    x = torch.zeros(BATCH, *network.input_shape.sizes, dtype=kind)
    with _evaluating(network), _quiet():
        program = torch.onnx.export(
            network,
            (x,),
            dynamo=True,
            verbose=False,
            external_data=False,
            input_names=["input"],
            output_names=["output"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
        )
    assert program is not None
    model = program.model
    model.producer_name, model.graph.doc_string = "Neural Explorer", about
    model.graph.metadata_props.clear()
    for node in model.graph.all_nodes():
        node.metadata_props.clear()  # paths and source lines of this computer
    return program.model_proto.SerializeToString()


def _culprit(network: Network) -> str:
    """The first layer that cannot be exported by itself, in words; the network as a whole when each can."""
    layers = network.spec.layers
    for layer, (shape, _) in zip(layers, pairwise(shapes_through(layers, network.input_shape)), strict=True):
        try:
            _exported(Network(NetworkSpec(layers=(layer,)), shape), "")
        except Exception:
            return network.spec.place(layer.id)
    return "This network"


@contextmanager
def _evaluating(network: Network) -> Generator[None]:
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)


@contextmanager
def _quiet() -> Generator[None]:
    """Without what torch says about packages that are not needed here."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
