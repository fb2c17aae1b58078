"""Networks as PyTorch text: every layer of the catalogue, run without the project."""

import io

import pytest
import safetensors.torch
import torch
from test_layers_contract import batch, example, fitting

from explorer.errors import SpecError
from explorer.experiment import LAYERS, Experiment, NetworkSpec
from explorer.export.source import WrittenNetwork, import_lines, network_source, plain_weights
from explorer.export.weights import layer_weights, safetensors_bytes, state_dict_bytes
from explorer.networks.build import Network
from explorer.training.loop import Training


def text_of(network: Network) -> str:
    """The whole text."""
    written = WrittenNetwork(network)
    return "\n".join([*import_lines(written.around), *written.definitions(), written.model])


@pytest.mark.parametrize("kind", LAYERS)
def test_the_text_of_every_layer_computes_what_the_layer_does(kind):
    layer = example(kind)
    for shape in fitting(layer)[:2]:
        network = Network(NetworkSpec(layers=(layer,)), shape)
        text = text_of(network)
        assert "explorer" not in text
        names: dict = {}
        exec(text, names)
        names["model"].load_state_dict(plain_weights(network))
        x = batch(shape)
        for training in (True, False):
            torch.manual_seed(3)
            expected = network.train(training)(x)
            torch.manual_seed(3)
            assert torch.equal(names["model"].train(training)(x), expected)


def test_a_plain_chain_is_one_sequential_with_the_shapes_beside_it():
    assert network_source(Experiment.preset("digits_mlp")) == (
        "import torch\nfrom torch import nn\n\n\n"
        "model = nn.Sequential(  # takes channels 1 x height 8 x width 8\n"
        "    nn.Flatten(),  # features 64\n"
        "    nn.Linear(64, 32),  # features 32\n"
        "    nn.ReLU(),  # features 32\n"
        "    nn.Linear(32, 10),  # features 10\n"
        ")\n"
    )


def test_one_class_serves_all_blocks_of_a_kind():
    text = network_source(Experiment.preset("residual"))
    assert text.count("class AddToInput(nn.Module):") == 1
    assert text.count("    AddToInput(") == 2


def test_an_unknown_role_is_named():
    with pytest.raises(SpecError, match=r"no network named 'teacher'. There are: model"):
        network_source(Experiment.preset("spiral"), "teacher")


def test_a_network_of_a_gan_can_be_had_by_role():
    gan = Experiment.from_fields(
        {
            "schema_version": 1,
            "data": {"kind": "gaussians"},
            "task": {"kind": "gan"},
            "networks": {role: {"layers": [{"kind": "linear"}, {"kind": "output"}]} for role in ("generator", "discriminator")},
        }
    )
    assert "nn.Linear(8, 1)" in network_source(gan, "discriminator")


def test_weights_of_a_checkpoint_have_the_names_of_the_layers():
    training = Training(Experiment.preset("residual"))
    tensors, _ = training.checkpoint()
    weights = layer_weights(tensors)
    assert weights.keys() >= {"linear_1.weight", "residual_1.body.linear_2.weight", "output_1.bias"}
    safe = safetensors.torch.load(safetensors_bytes(tensors))
    plain = torch.load(io.BytesIO(state_dict_bytes(tensors)), weights_only=True)
    for found in (safe, plain):
        assert found.keys() == weights.keys()
        assert all(torch.equal(found[name], value) for name, value in weights.items())
    with pytest.raises(SpecError, match=r"no network named 'critic'. It has: model"):
        safetensors_bytes(tensors, "critic")
