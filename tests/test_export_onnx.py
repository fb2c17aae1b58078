"""Networks as ONNX, run by onnxruntime."""

import numpy as np
import pytest
import torch
from test_layers_contract import batch, example, fitting
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import LAYERS, Experiment, LayerSpec, NetworkSpec, presets
from explorer.export import onnx as export
from explorer.export.onnx import checkpoint_onnx, network_onnx, onnx_in_own_process
from explorer.networks.build import Network
from explorer.results.shape import Shape
from explorer.training.loop import Training

pytest.importorskip("onnxscript")
onnxruntime = pytest.importorskip("onnxruntime")
IMAGE, WORDS = Shape.image(1, 8, 8), Shape.tokens(7, 20)
NETWORKS = {
    "CNN": (
        IMAGE,
        [
            {"kind": "conv2d", "out_channels": 4},
            {"kind": "batch_norm2d"},
            {"kind": "relu"},
            {"kind": "max_pool2d"},
            {"kind": "flatten"},
            {"kind": "linear", "out_features": 3},
        ],
    ),
    "LSTM": (
        WORDS,
        [
            {"kind": "embedding", "out_features": 6},
            {"kind": "lstm", "bidirectional": True},
            {"kind": "last_step"},
            {"kind": "linear", "out_features": 2},
        ],
    ),
    "transformer": (
        WORDS,
        [
            {"kind": "embedding", "out_features": 8},
            {"kind": "positional_encoding_sinusoidal"},
            {"kind": "repeat", "times": 2, "body": [{"kind": "transformer_block", "heads": 2, "causal": True, "p": 0.3}]},
            {"kind": "linear", "out_features": 20},
        ],
    ),
}


def built(shape: Shape, layers: list[dict]) -> Network:
    torch.manual_seed(0)
    return Network(NetworkSpec.model_validate({"layers": layers}), shape)


def answers(file: bytes, x: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape[0] == "batch"
    return session.run(["output"], {"input": x.numpy()})[0]


def assert_alike(network: Network, file: bytes) -> None:
    for size in (1, 5):
        x = batch(network.input_shape, size)
        with torch.no_grad():
            expected = network.eval()(x).numpy()
        np.testing.assert_allclose(answers(file, x), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_answers_as_the_network_for_any_batch(name):
    network = built(*NETWORKS[name])
    network.train()
    file = network_onnx(network)
    assert network.training
    assert_alike(network, file)
    assert b"/explorer/" not in file  # no path of this computer


@pytest.mark.slow
@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_can_be_had_as_onnx(kind):
    layer = example(kind)
    network = Network(NetworkSpec(layers=(layer,)), fitting(layer)[0])
    assert_alike(network, network_onnx(network))


@pytest.mark.slow
@pytest.mark.parametrize("name", presets("build"))
def test_every_starter_can_be_had_as_onnx(name):
    training = Training(Experiment.preset(name))
    training.advance(steps=2)
    network = training.networks["model"].cpu()
    session = onnxruntime.InferenceSession(network_onnx(network), providers=["CPUExecutionProvider"])
    x = torch.from_numpy(training.state.dataset.test.x[:7])
    with torch.no_grad():
        expected = network.eval()(x).numpy()
    np.testing.assert_allclose(session.run(["output"], {"input": x.numpy()})[0], expected, atol=1e-4)


@pytest.mark.slow
def test_a_checkpoint_as_onnx_made_by_another_process():
    experiment = Experiment.preset("digits_cnn")
    training = Training(experiment)
    training.advance(steps=3)
    tensors, _ = training.checkpoint()
    file = onnx_in_own_process(experiment, tensors)
    x = torch.from_numpy(training.state.dataset.test.x[:9])
    with torch.no_grad():
        expected = training.networks["model"].eval()(x)
    np.testing.assert_allclose(answers(file, x), expected, atol=1e-4)
    with pytest.raises(SpecError, match=r"no network named 'critic'. It has: model"):
        onnx_in_own_process(experiment, tensors, "critic")


def test_weights_of_another_network_are_refused():
    tensors, _ = Training(Experiment.preset("spiral")).checkpoint()
    with pytest.raises(SpecError, match="belong to another network"):
        checkpoint_onnx(Experiment.preset("digits_cnn"), tensors)


class HalfTheTime(nn.Module):
    """Whether it doubles depends on the numbers, which no fixed graph can hold."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * x if x.sum().item() > 0 else x


@pytest.fixture
def undecided():
    """A layer that no ONNX file can hold, in the catalogue for one test."""
    list(LAYERS)
    before = dict(LAYERS._classes)

    @LAYERS.register("undecided")
    class Undecided(LayerSpec):
        """Doubles some of the time."""

        def output_shape(self, shape: Shape) -> Shape:
            return shape

        def build(self, shape: Shape) -> nn.Module:
            return HalfTheTime()

    yield Undecided()
    LAYERS._classes.clear()
    LAYERS._classes.update(before)


@pytest.mark.slow
def test_a_layer_that_cannot_be_written_is_named(undecided):
    network = Network(NetworkSpec(layers=(LAYERS["relu"](), undecided)), Shape.features(3))
    with pytest.raises(SpecError, match=r"^Layer 2 \(Undecided\) cannot be written as ONNX\."):
        network_onnx(network)


def test_without_the_packages_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"onnx and onnxscript.*neural-explorer\[onnx\]"):
        network_onnx(built(*NETWORKS["CNN"]))
    with pytest.raises(SpecError, match=r"neural-explorer\[onnx\]"):
        onnx_in_own_process(Experiment.preset("spiral"), {})
