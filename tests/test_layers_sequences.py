"""Layers for sequences against numbers known beforehand."""

import math
import time

import pytest
import torch
from torch.nn import functional

from explorer.errors import BudgetError, ShapeError
from explorer.experiment import LAYERS, NetworkSpec
from explorer.networks.build import build_network
from explorer.networks.cost import describe
from explorer.networks.limits import check_network
from explorer.results.shape import Shape

ONE_TO_SIX = torch.arange(1.0, 7.0).reshape(1, 3, 2)


def built(kind, shape, **fields):
    return LAYERS[kind](**fields).build(shape)


def test_reshape_keeps_the_order():
    assert built("reshape", Shape.features(6), units=2)(torch.arange(6.0)[None]).tolist() == [[[0, 1], [2, 3], [4, 5]]]
    wide = LAYERS["reshape"](to="image", units=2, height=1)
    assert wide.output_shape(Shape.sequence(3, 2)) == Shape.image(2, 1, 3)
    assert wide.build(Shape.sequence(3, 2))(ONE_TO_SIX).tolist() == [[[[1, 2, 3]], [[4, 5, 6]]]]
    assert LAYERS["reshape"](to="image").output_shape(Shape.features(49)) == Shape.image(1, 7, 7)


def test_permute_swaps_time_and_features():
    assert built("permute", Shape.sequence(3, 2))(ONE_TO_SIX).tolist() == [[[1, 3, 5], [2, 4, 6]]]
    assert LAYERS["permute"]().output_shape(Shape.sequence(3, 2)) == Shape.sequence(2, 3)


def test_pixels_are_read_row_by_row():
    x = torch.arange(12.0).reshape(1, 2, 2, 3)
    y = built("pixels_to_sequence", Shape.image(2, 2, 3))(x)
    assert y.shape == (1, 6, 2)
    assert y[0, 4].tolist() == x[0, :, 1, 1].tolist() == [4, 10]


def test_embedding_looks_up_its_table():
    module = built("embedding", Shape.tokens(3, 5), out_features=2)
    assert module.weight.shape == (5, 2)
    tokens = torch.tensor([[4, 0, 4]])
    assert torch.equal(module(tokens)[0], module.weight[[4, 0, 4]])


def test_waves_are_those_of_the_paper():
    y = built("positional_encoding_sinusoidal", Shape.sequence(4, 3))(torch.zeros(2, 4, 3))
    slow = 3 / 10_000 ** (2 / 3)
    torch.testing.assert_close(y[0, 0], torch.tensor([0.0, 1.0, 0.0]))
    torch.testing.assert_close(y[1, 3], torch.tensor([math.sin(3), math.cos(3), math.sin(slow)]))


def test_learned_positions_are_added_to_every_example():
    module = built("positional_encoding_learned", Shape.sequence(3, 2))
    with torch.no_grad():
        module.positions.copy_(ONE_TO_SIX[0])
    assert torch.equal(module(torch.ones(2, 3, 2)), (ONE_TO_SIX + 1).expand(2, 3, 2))


def test_over_time():
    shape = Shape.sequence(3, 2)
    x = torch.tensor([[[1.0, 9.0], [5.0, 0.0], [3.0, 3.0]]])
    assert built("mean_over_time", shape)(x).tolist() == [[3, 4]]
    assert built("max_over_time", shape)(x).tolist() == [[5, 9]]
    assert built("last_step", shape)(x).tolist() == [[3, 3]]


def cell_loop(kind, cell, x, suffix=""):
    """Outputs (B, T, H) of one direction, by the formulas of the papers."""
    w, u, b, d = (getattr(cell, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h = c = torch.zeros(len(x), cell.hidden_size)
    outputs = []
    for t in range(x.shape[1]):
        a, m = x[:, t] @ w.T + b, h @ u.T + d
        if kind == "rnn":
            h = torch.tanh(a + m)
        elif kind == "lstm":
            i, f, g, o = (a + m).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        else:
            (ar, az, an), (mr, mz, mn) = a.chunk(3, 1), m.chunk(3, 1)
            z = (az + mz).sigmoid()
            h = (1 - z) * (an + (ar + mr).sigmoid() * mn).tanh() + z * h
        outputs.append(h)
    return torch.stack(outputs, 1)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_recurrent_layers_are_their_cells_step_by_step(kind):
    layer, shape, x = LAYERS[kind](hidden_size=4, bidirectional=True), Shape.sequence(5, 3), torch.randn(2, 5, 3)
    module = layer.build(shape)
    backward = cell_loop(kind, module.cell, x.flip(1), "_reverse").flip(1)
    torch.testing.assert_close(module(x), torch.cat([cell_loop(kind, module.cell, x), backward], 2))
    assert layer.output_shape(shape) == Shape.sequence(5, 8)
    alone = built(kind, shape, hidden_size=4)
    torch.testing.assert_close(alone(x), cell_loop(kind, alone.cell, x))


def test_rnn_with_relu_can_count():
    module = built("rnn", Shape.sequence(4, 1), hidden_size=1, nonlinearity="relu")
    with torch.no_grad():
        for name, value in (("weight_ih", 1.0), ("weight_hh", 1.0), ("bias_ih", 0.0), ("bias_hh", 0.0)):
            getattr(module.cell, f"{name}_l0").fill_(value)
    assert module(torch.tensor([1.0, 0.0, 1.0, 1.0]).reshape(1, 4, 1)).flatten().tolist() == [1, 1, 2, 3]


def test_the_gates_that_are_shown_make_the_output():
    x, shape = torch.randn(2, 6, 3), Shape.sequence(6, 3)
    lstm = built("lstm", shape, hidden_size=4)
    gates = lstm.gates(x)
    torch.testing.assert_close(gates["output"] * gates["cell"].tanh(), lstm(x))
    before = torch.cat([torch.zeros(2, 1, 4), gates["cell"][:, :-1]], 1)
    torch.testing.assert_close(gates["cell"], gates["forget"] * before + gates["input"] * gates["candidate"])
    gru = built("gru", shape, hidden_size=4, bidirectional=True)
    gates, forward = gru.gates(x), gru(x)[:, :, :4]
    before = torch.cat([torch.zeros(2, 1, 4), forward[:, :-1]], 1)
    torch.testing.assert_close((1 - gates["update"]) * gates["candidate"] + gates["update"] * before, forward)
    assert built("rnn", shape).gates(x) == {}


def test_the_gates_that_read_backwards_make_their_half_of_the_output():
    x, shape = torch.randn(2, 6, 3), Shape.sequence(6, 3)
    lstm = built("lstm", shape, hidden_size=4, bidirectional=True)
    gates, backward = lstm.gates(x, backward=True), lstm(x)[:, :, 4:]
    torch.testing.assert_close(gates["output"] * gates["cell"].tanh(), backward)
    gru = built("gru", shape, hidden_size=4, bidirectional=True)
    gates, backward = gru.gates(x, backward=True), gru(x)[:, :, 4:]
    before = torch.cat([backward[:, 1:], torch.zeros(2, 1, 4)], 1)
    torch.testing.assert_close((1 - gates["update"]) * gates["candidate"] + gates["update"] * before, backward)


def twin(module):
    """torch's own attention with the weights of ours."""
    features = module.query.in_features
    theirs = torch.nn.MultiheadAttention(features, module.heads, batch_first=True)
    with torch.no_grad():
        for name, into in (("weight", theirs.in_proj_weight), ("bias", theirs.in_proj_bias)):
            into.copy_(torch.cat([getattr(part, name) for part in (module.query, module.key, module.value)]))
            getattr(theirs.out_proj, name).copy_(getattr(module.output, name))
    return theirs


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [1, 3])
def test_attention_is_that_of_torch(heads, causal):
    module, x = built("self_attention", Shape.sequence(5, 6), heads=heads, causal=causal), torch.randn(2, 5, 6)
    mask = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
    expected, shares = twin(module)(x, x, x, attn_mask=mask, average_attn_weights=False)
    torch.testing.assert_close(module(x), expected)
    assert module.weights is None
    module.keep_weights = True
    torch.testing.assert_close(module(x), expected)
    torch.testing.assert_close(module.weights, shares.detach())
    assert not module.weights.requires_grad


def test_a_causal_step_sees_nothing_of_what_follows():
    for kind in ("self_attention", "transformer_block"):
        module, x = built(kind, Shape.sequence(5, 6), causal=True), torch.randn(1, 5, 6)
        changed = torch.cat([x[:, :3], torch.randn(1, 2, 6)], 1)
        torch.testing.assert_close(module(x)[:, :3], module(changed)[:, :3])
        assert not torch.allclose(module(x)[:, 3:], module(changed)[:, 3:])


def test_transformer_block_is_that_of_torch():
    module, x = built("transformer_block", Shape.sequence(5, 6), heads=2, expansion=3), torch.randn(2, 5, 6)
    theirs = torch.nn.TransformerEncoderLayer(6, 2, 18, dropout=0.0, activation=functional.gelu, batch_first=True, norm_first=True)
    theirs.self_attn = twin(module.attention)
    pairs = ((theirs.linear1, module.mlp[0]), (theirs.linear2, module.mlp[2]))
    for their, our in (*pairs, (theirs.norm1, module.attention_norm), (theirs.norm2, module.mlp_norm)):
        their.load_state_dict(our.state_dict())
    torch.testing.assert_close(module(x), theirs(x))


def asking_twin(module):
    """torch's attention to a memory of other features, with the weights of ours."""
    features, memory = module.query.in_features, module.key.in_features
    theirs = torch.nn.MultiheadAttention(features, module.heads, kdim=memory, vdim=memory, batch_first=True)
    if memory == features:  # torch then keeps the three as one
        return twin(module)
    with torch.no_grad():
        for name, part in (("q", module.query), ("k", module.key), ("v", module.value)):
            getattr(theirs, f"{name}_proj_weight").copy_(part.weight)
        theirs.in_proj_bias.copy_(torch.cat([module.query.bias, module.key.bias, module.value.bias]))
        theirs.out_proj.load_state_dict(module.output.state_dict())
    return theirs


@pytest.mark.parametrize("body", [[], [{"kind": "linear", "out_features": 4}], [{"kind": "conv1d", "out_channels": 5, "stride": 2}]])
def test_cross_attention_is_that_of_torch(body):
    module, x = LAYERS["cross_attention"].model_validate({"heads": 2, "body": body}).build(Shape.sequence(7, 6)), torch.randn(2, 7, 6)
    memory = module.memory(x)
    expected, shares = asking_twin(module.attention)(x, memory, memory, average_attn_weights=False)
    module.attention.keep_weights = True
    torch.testing.assert_close(module(x), expected)
    torch.testing.assert_close(module.attention.weights, shares.detach())
    assert shares.shape == (2, 2, 7, memory.shape[1])


def test_a_memory_that_is_the_input_is_self_attention():
    module, x = built("cross_attention", Shape.sequence(5, 6), heads=3, causal=True, body=()), torch.randn(2, 5, 6)
    alone = built("self_attention", Shape.sequence(5, 6), heads=3, causal=True)
    alone.load_state_dict(module.attention.state_dict())
    torch.testing.assert_close(module(x), alone(x))


@pytest.mark.parametrize("causal", [True, False])
def test_transformer_decoder_is_that_of_torch(causal):
    memory = (LAYERS["conv1d"](out_channels=6, kernel_size=2),)
    module = built("transformer_decoder", Shape.sequence(5, 6), heads=2, expansion=3, causal=causal, memory=memory)
    x, options = torch.randn(2, 5, 6), {"dropout": 0.0, "activation": functional.gelu, "batch_first": True, "norm_first": True}
    theirs = torch.nn.TransformerDecoderLayer(6, 2, 18, **options)
    theirs.self_attn, theirs.multihead_attn = twin(module.attention), asking_twin(module.asking)
    pairs = ((theirs.linear1, module.mlp[0]), (theirs.linear2, module.mlp[2]), (theirs.norm1, module.attention_norm))
    for their, our in (*pairs, (theirs.norm2, module.asking_norm), (theirs.norm3, module.mlp_norm)):
        their.load_state_dict(our.state_dict())
    mask = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
    torch.testing.assert_close(module(x), theirs(x, module.memory(x), tgt_mask=mask))


@pytest.mark.parametrize("kind", ["cross_attention", "transformer_decoder"])
def test_a_block_draws_its_own_weights_whatever_stands_beside_it(kind):
    alone, beside = [{"kind": kind, "id": "it"}], [{"kind": "linear", "out_features": 6}, {"kind": kind, "id": "it"}]
    ends = {"initialisation": {"kind": "orthogonal"}}
    one, other = (
        build_network(NetworkSpec.model_validate({"layers": layers, **ends}), Shape.sequence(4, 6), Shape.sequence(4, 6), 3)
        for layers in (alone, beside)
    )
    for name, weight in one.module_of("it").attention.named_parameters():
        assert torch.equal(weight, other.module_of("it").attention.get_parameter(name))
    query = one.module_of("it").attention.query.weight
    torch.testing.assert_close(query @ query.T, torch.eye(6), atol=1e-5, rtol=1e-5)


def test_a_block_whose_own_weights_are_too_many_is_named():
    layers = [{"kind": "linear", "out_features": 2048}, {"kind": "transformer_decoder", "memory": [{"kind": "linear"}]}, {"kind": "output"}]
    with pytest.raises(BudgetError, match=r"^Layer 2 \(Transformer decoder\): this layer has 58,\d+,\d+ weights;") as raised:
        check_network(NetworkSpec.model_validate({"layers": layers}), Shape.sequence(4, 2), Shape.sequence(4, 3), 4)
    assert raised.value.layer == "transformer_decoder_1"


@pytest.mark.parametrize("kind", ["transformer_block", "transformer_decoder"])
def test_transformer_dropout_can_be_turned(kind):
    module, x = built(kind, Shape.sequence(5, 6)), torch.randn(2, 5, 6)
    assert torch.equal(module(x), module(x))
    LAYERS[kind](p=0.5).adjust(module)
    assert not torch.equal(module(x), module(x))
    assert torch.equal(module.eval()(x), module(x))


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "self_attention", "transformer_block", "embedding", "positional_encoding_learned"])
def test_first_weights_come_from_the_seed(kind):
    shape = Shape.tokens(4, 9) if kind == "embedding" else Shape.sequence(4, 6)
    spec = NetworkSpec.model_validate({"layers": [{"kind": kind}, {"kind": "flatten"}, {"kind": "output"}]})
    one, again, other = (build_network(spec, shape, Shape.features(2), seed).module_of(f"{kind}_1") for seed in (0, 0, 1))
    for name, weight in one.named_parameters():
        assert torch.equal(weight, again.get_parameter(name))
        if weight.dim() > 1:
            assert not torch.equal(weight, other.get_parameter(name))
            assert 0.01 < weight.std() < 1.2


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru", "self_attention", "transformer_block"])
@pytest.mark.parametrize("size", [8, 64])
def test_the_estimate_of_memory_is_near_what_torch_keeps(kind, size):
    """At least what autograd really keeps, and less than twice that; the arithmetic of LSTM and GRU by hand."""
    spec = NetworkSpec.model_validate({"layers": [{"kind": "linear", "out_features": size}, {"kind": kind}, {"kind": "output"}]})
    if LAYERS[kind].unit_field:
        spec = spec.replaced(f"{kind}_1", LAYERS[kind].model_validate({"id": f"{kind}_1", LAYERS[kind].unit_field: size}))
    shape, end = Shape.sequence(20, size), Shape.sequence(20, 1)
    cost, network = describe(spec, shape, end, 16), build_network(spec, shape, end, 0)
    kept = {}
    weights = {tensor.untyped_storage().data_ptr() for tensor in network.parameters()}

    def keep(tensor):
        if tensor.untyped_storage().data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(torch.randn(16, *shape.sizes))
    real = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    assert real <= cost.training_bytes - 16 * cost.parameters <= 2 * real
    gates = {"rnn": 1, "lstm": 4, "gru": 3}
    if kind in gates:
        assert cost.layer(f"{kind}_1").flops == 2 * gates[kind] * size * (size + size) * 20


def test_a_long_sequence_is_described_at_once():
    spec = NetworkSpec.model_validate({"layers": [{"kind": "lstm", "bidirectional": True}, {"kind": "last_step"}, {"kind": "output"}]})
    describe(spec, Shape.sequence(4, 2), Shape.features(1), 2)  # loads the meta kernels
    start = time.perf_counter()
    cost = describe(spec, Shape.sequence(5000, 2), Shape.features(1), 2)
    assert time.perf_counter() - start < 60  # step by step it would take minutes
    assert cost.layer("lstm_1").output == Shape.sequence(5000, 16)
    assert cost.layer("lstm_1").parameters == 2 * (4 * 8 * (2 + 8) + 2 * 4 * 8)


def test_an_lstm_learns_what_came_first():
    """The first number of four decides; nothing but a memory can bring it to the last step."""
    layers = [{"kind": "lstm"}, {"kind": "last_step"}, {"kind": "output"}]
    network = build_network(NetworkSpec.model_validate({"layers": layers}), Shape.sequence(4, 1), Shape.features(1), 0)
    x = torch.randn(256, 4, 1, generator=torch.Generator().manual_seed(0))
    y = (x[:, 0] > 0).float()
    optimizer = torch.optim.Adam(network.parameters(), 0.03)
    for _ in range(80):
        optimizer.zero_grad()
        functional.binary_cross_entropy_with_logits(network(x), y).backward()
        optimizer.step()
    assert ((network(x) > 0) == (y > 0)).float().mean() > 0.95


MISFITS = [
    ("reshape", {"units": 4}, Shape.features(6), "Reshape takes a multiple of 4 numbers, but its input has shape features 6. "
     "Choose a number of features that divides 6."),
    ("reshape", {"to": "image"}, Shape.features(6), "Reshape takes channels that are square images, but its input has shape features 6. "
     "Choose a height that divides the 6 pixels of each channel."),
    ("reshape", {"to": "image", "height": 4}, Shape.features(6), "Reshape takes channels of a multiple of 4 pixels, but its input has "
     "shape features 6. Choose a height that divides the 6 pixels of each channel."),
    ("embedding", {}, Shape.features(6), "Embedding takes token numbers, but its input has shape features 6. "
     "Leave it out, or use a Linear layer: these are amounts already."),
    ("lstm", {}, Shape.tokens(4, 9), "LSTM takes numbers, but its input has shape time 4. These are token numbers below 9: put an "
     "Embedding layer before it."),
    ("gru", {}, Shape.features(4), "GRU takes a sequence (time, features), but its input has shape features 4. "
     "Put a Reshape layer before it."),
    ("cross_attention", {"body": [{"kind": "last_step"}]}, Shape.sequence(3, 6), "Cross attention takes layers that end in a sequence "
     "(time, features), but its own end in features 6. Leave out the one that gives up the steps."),
    ("cross_attention", {"causal": True, "body": [{"kind": "max_pool1d"}]}, Shape.sequence(4, 6), "Cross attention that is causal takes "
     "a memory with a step for each of its own, but its input has shape time 4 x features 6 and its layers end in time 2 x features 6. "
     "Let them keep the number of steps, or turn causal off."),
    ("self_attention", {"heads": 4}, Shape.sequence(3, 6), "Self attention takes a number of features that 4 heads can share evenly, "
     "but its input has shape time 3 x features 6. Use a number of heads that divides 6, or a Linear layer of 8 units before it."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fields", "shape", "sentence"), MISFITS)
def test_misfit_says_what_came_and_what_to_do(kind, fields, shape, sentence):
    with pytest.raises(ShapeError) as raised:
        LAYERS[kind].model_validate(fields).output_shape(shape)
    assert str(raised.value) == sentence
