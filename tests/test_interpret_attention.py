"""What attention looks at, followed back to the input: known looks, causal networks, patches of pictures."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.interpret.attending import attentions, looks, spread_over
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import InputKind, Subject
from explorer.layers.chain import Chain
from explorer.layers.mean_over_time import MeanOfSteps
from explorer.layers.residual import AddToInput
from explorer.layers.self_attention import Attention
from explorer.training.loop import Training, train

BOTH = ("attention_rollout", "attention_gradients")


def even(features: int = 2, causal: bool = False) -> Attention:
    """Attention that looks at every step it sees alike, and passes on what it finds there."""
    layer = Attention(features, 1, causal)
    for part in (layer.query, layer.key):
        nn.init.zeros_(part.weight), nn.init.zeros_(part.bias)
    for part in (layer.value, layer.output):
        nn.init.eye_(part.weight), nn.init.zeros_(part.bias)
    return layer


class At(nn.Module):
    """What is there at one step."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.step]


def added(layer: nn.Module) -> AddToInput:
    return AddToInput(Chain([("inner", layer)]))


def subject(*layers: nn.Module, steps: int = 4, kind: InputKind = "series") -> Subject:
    net = nn.Sequential(*layers).eval()
    x = torch.randn(3, steps, 2, generator=torch.Generator().manual_seed(0))
    return Subject(kind, ("time", "features"), net, ("first", "second"), x, x, x.numpy())


def by_step(name: str, of: Subject, target: int = 0) -> np.ndarray:
    """One number for each step; both features have it."""
    values = EXPLANATIONS[name]().checked(of, of.x[:1], target)[0]
    torch.testing.assert_close(values[:, 0], values[:, 1])
    return values[:, 0].numpy()


@cache
def trained(preset: str, steps: int = 10) -> Training:
    training = train(Experiment.preset(preset))
    training.advance(steps=steps)
    return training


# -- attention computed through its weights


@pytest.mark.parametrize("causal", [False, True])
def test_attention_through_its_weights_gives_what_torchs_own_gives(causal):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer, x = Attention(6, 3, causal), torch.randn(2, 5, 6)
    expected = layer(x)
    layer.through_weights = True
    torch.testing.assert_close(layer(x), expected)
    assert layer.weights is not None
    assert layer.weights.requires_grad


def test_the_slopes_are_those_of_the_weights():
    """The score is a mean over places of weights times values: its slope for a weight is the value there, by how many places."""
    of = subject(even(), MeanOfSteps())
    found, _ = looks(of, of.x[:1], 1)
    torch.testing.assert_close(found[0].slopes[0, 0], of.x[0, :, 1].expand(4, 4) / 4)


# -- rollout


def test_looks_that_are_even_roll_out_evenly():
    of = subject(even(), even(), MeanOfSteps())
    np.testing.assert_allclose(by_step("attention_rollout", of), 0.25, rtol=1e-6)


def test_where_a_block_adds_half_comes_from_the_step_itself():
    of = subject(added(even()), At(2))
    np.testing.assert_allclose(by_step("attention_rollout", of), [0.125, 0.125, 0.625, 0.125], rtol=1e-6)


def test_two_causal_layers_by_hand():
    """From step 1: half at 0 and half at 1; from 1 again half of each, from 0 all of 0."""
    of = subject(even(causal=True), even(causal=True), At(1))
    np.testing.assert_allclose(by_step("attention_rollout", of), [0.75, 0.25, 0, 0], rtol=1e-6)


def test_it_is_the_product_of_the_mean_weights():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        layers = [Attention(2, 2, False), Attention(2, 1, False)]
    of = subject(added(layers[0]), added(layers[1]), At(-1))
    found, read = looks(of, of.x[:1], 0)
    first, second = ((look.weights[0].mean(0) + torch.eye(4)) / 2 for look in found)
    np.testing.assert_allclose(by_step("attention_rollout", of), (second @ first)[-1].numpy(), rtol=1e-5)
    assert read.tolist() == [[0, 0, 0, 1]]


@pytest.mark.parametrize("preset", ["build_11_tiny_encoder", "build_12_tiny_decoder", "build_13_vit"])
def test_shares_add_up_to_all(preset):
    of = subject_of(trained(preset), Selection())
    values = EXPLANATIONS["attention_rollout"]().attribution(of, Selection(example=1)).values
    sizes = np.prod(values.shape) / attentions_steps(of)
    assert values.sum() == pytest.approx(sizes, rel=1e-5)
    assert (values >= 0).all()


def attentions_steps(of: Subject) -> int:
    return looks(of, of.x[:1], 0)[0][0].weights.shape[-1]


# -- attention times gradient


def test_only_looks_that_raise_the_score_count():
    """The slope of a look is what is found there: steps where it is below 0 get nothing, the others their share."""
    of = subject(even(), MeanOfSteps())
    x = of.x[0, :, 1].clamp(min=0) / 4 / 4  # weight 1/4 times slope value/4, the mean over four places that are read
    np.testing.assert_allclose(by_step("attention_gradients", of, 1), x.numpy(), rtol=1e-5)


def test_two_layers_that_add_by_hand():
    """R = (1 + A2)(1 + A1) - 1, as the paper adds it up."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        layers = [Attention(2, 2, False), Attention(2, 1, False)]
    of = subject(added(layers[0]), added(layers[1]), At(3))
    found, _ = looks(of, of.x[:1], 0)
    first, second = ((look.weights[0] * look.slopes[0]).clamp(min=0).mean(0) for look in found)
    relevance = torch.eye(4)
    for look in (first, second):
        relevance = relevance + look @ relevance
    np.testing.assert_allclose(by_step("attention_gradients", of), (relevance - torch.eye(4))[3].numpy(), rtol=1e-4, atol=1e-8)


def test_answers_get_different_maps_and_rollout_knows_no_answer():
    of = subject_of(trained("build_13_vit"), Selection())
    maps = {name: [EXPLANATIONS[name]().checked(of, of.x[:1], target) for target in (0, 7)] for name in BOTH}
    assert not torch.allclose(*maps["attention_gradients"])
    torch.testing.assert_close(*maps["attention_rollout"])


# -- generated text: which earlier token made this one


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_causal_network_gives_nothing_to_tokens_that_come_later(name, place):
    of = subject_of(trained("build_12_tiny_decoder"), Selection(place=place))
    found = EXPLANATIONS[name]().attribution(of, Selection(place=place)).values
    last = place % len(found)
    assert (found[last + 1 :] == 0).all()
    assert found[: last + 1].max() > 0


# -- pictures


def test_a_patch_is_as_large_as_it_is():
    of = subject_of(trained("build_13_vit"), Selection())
    spread = spread_over(of, 16)
    assert spread is not None
    values = spread(torch.arange(16.0)[None])[0, 0]
    assert values.shape == (8, 8)
    assert values[:2, :4].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1]]
    assert values[7, 7] == 15
    assert spread_over(of, 15) is None


# -- what is left behind, and where it is not offered


@pytest.mark.parametrize("name", BOTH)
def test_nothing_is_left_behind(name):
    of = subject_of(trained("build_13_vit"), Selection())
    EXPLANATIONS[name]().explain(of, Selection())
    assert not any(layer.keep_weights or layer.through_weights or layer.weights is not None for layer in attentions(of.answer))
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in of.answer.modules())
    assert all(parameter.grad is None for parameter in of.answer.parameters())


@pytest.mark.parametrize("name", BOTH)
def test_several_inputs_at_once_get_the_same_as_each_alone(name):
    of = subject_of(trained("build_13_vit"), Selection())
    together = EXPLANATIONS[name]().checked(of, of.x[:3], 4)
    alone = torch.cat([EXPLANATIONS[name]().checked(of, of.x[i : i + 1], 4) for i in range(3)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(("preset", "said"), [("digits_cnn", "has no attention layer"), ("build_08_lstm", "has no attention layer")])
def test_it_says_why_it_is_not_offered(preset, said):
    for name in BOTH:
        assert said in EXPLANATIONS[name].reason_not(subject_of(trained(preset, 1), Selection()))


def test_steps_that_are_not_those_of_the_input_are_said():
    class Half(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, ::2]

    of = subject(Half(), even(), MeanOfSteps())
    assert "looks at 2 steps, which are not the steps or patches of the input" in EXPLANATIONS["attention_rollout"].reason_not(of)


def test_a_memory_is_said():
    class Asking(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = even()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.attention(x, x * 2)

    assert "asks a memory" in EXPLANATIONS["attention_gradients"].reason_not(subject(Asking(), MeanOfSteps()))


def test_weights_that_are_no_numbers_are_said():
    layer = even()
    layer.value.weight.data.fill_(torch.nan)
    with pytest.raises(SpecError, match="not a finite number"):
        EXPLANATIONS["attention_rollout"]().explain(subject(layer, MeanOfSteps()), Selection())
