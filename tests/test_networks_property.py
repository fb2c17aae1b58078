"""Whatever stack of layers the shape rules accept can be built, run and differentiated."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ShapeError
from explorer.experiment import LAYERS, NetworkSpec
from explorer.networks.build import build_network, require_output, resolve
from explorer.networks.cost import describe
from explorer.networks.diagram import diagram
from explorer.results.shape import Shape

INPUTS = (Shape.features(4), Shape.image(2, 7, 6), Shape.sequence(3, 4))
WRAPPERS = (
    lambda body: {"kind": "residual", "body": body},
    lambda body: {"kind": "repeat", "times": 2, "body": body},
    lambda body: {"kind": "parallel", "branches": [body, []]},
)

plain = st.sampled_from(sorted(set(LAYERS) - {"output"})).map(lambda kind: {"kind": kind})
rows = st.lists(plain, min_size=1, max_size=3)
blocks = st.builds(lambda wrap, body: wrap(body), st.sampled_from(WRAPPERS), rows)
stacks = st.lists(st.one_of(plain, plain, blocks), max_size=6).map(lambda layers: [*layers, {"kind": "flatten"}, {"kind": "output"}])


def clashing_layer(spec: NetworkSpec, shape: Shape, output: Shape) -> str | None:
    try:
        require_output(resolve(spec, output), shape, output)
    except ShapeError as error:
        return error.layer
    return None


@settings(max_examples=60, derandomize=True)
@given(stacks, st.sampled_from(INPUTS))
def test_what_fits_runs_forward_and_backward(layers, shape):
    spec, output = NetworkSpec.model_validate({"layers": layers}), Shape.features(3)
    clash = clashing_layer(spec, shape, output)
    if clash is not None:
        assert clash in {layer.id for layer in spec.walk()}
        return
    cost = describe(spec, shape, output, 2)
    model = build_network(spec, shape, output, 0)
    answer = model(torch.randn(4, *shape.sizes))
    assert answer.shape == (4, 3)
    answer.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert cost.parameters == sum(parameter.numel() for parameter in model.parameters())
    columns, _ = diagram(resolve(spec, output), shape)
    assert columns[-1].id == "output_1"
    assert all(model.module_of(column.output_id) for column in columns[1:])
