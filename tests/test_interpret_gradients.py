"""Methods that take gradients or change the way back: known numbers, what adds up, and where they are not offered."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import captum.attr as captum
import numpy as np
import pytest
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.bends import way
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import InputKind, Subject
from explorer.layers.chain import Chain
from explorer.layers.parallel import SideBySide
from explorer.layers.residual import AddToInput
from explorer.results.attribution import Attribution
from explorer.training.loop import train

WEIGHT = torch.tensor([[3.0, -2.0, 0.5], [1.0, 4.0, -1.0]])
SHIFTING = ("integrated_gradients", "deep_lift", "deep_lift_shap", "gradient_shap")


def subject(net: nn.Module, x: torch.Tensor, kind: InputKind = "table", background: torch.Tensor | None = None) -> Subject:
    net = net.eval()
    layers = {name: module for name, module in net.named_modules() if name}
    with torch.no_grad():
        targets = tuple(f"answer {number}" for number in range(net(x[:1]).shape[1]))
    axes = {"image": ("channels", "height", "width"), "series": ("time", "features")}.get(kind, ("features",))
    return Subject(kind, axes, net, targets, x, x if background is None else background, x.numpy(), layers=layers)


def values(name: str, asked: Subject, target: int = 0, x: torch.Tensor | None = None, **fields: object) -> torch.Tensor:
    return EXPLANATIONS[name](**fields).checked(asked, asked.x[:1] if x is None else x, target)


def reason(name: str, of: Subject) -> str:
    return EXPLANATIONS[name].reason_not(of)


@cache
def linear() -> Subject:
    net = nn.Linear(3, 2)
    net.weight.data, net.bias.data = WEIGHT.clone(), torch.tensor([0.7, -0.2])
    rng = torch.Generator().manual_seed(0)
    return subject(nn.Sequential(net), torch.randn(6, 3, generator=rng), background=torch.randn(1, 3, generator=rng))


@cache
def pictures(bias: bool = True) -> Subject:
    """ReLU, tanh and max pooling over small pictures."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = nn.Sequential(
            *(nn.Conv2d(2, 4, 3, padding=1, bias=bias), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(4, 5, 3, bias=bias), nn.ReLU(), nn.Flatten(), nn.Linear(20, 8, bias=bias), nn.Tanh(), nn.Linear(8, 3, bias=bias)),
        )
        return subject(net, torch.randn(5, 2, 8, 8), "image")


@cache
def rectified(bias: bool = True) -> Subject:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        net = nn.Sequential(nn.Conv2d(2, 4, 3, bias=bias), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3, bias=bias))
        return subject(net, torch.randn(5, 2, 8, 8), "image")


@cache
def preset(name: str) -> Subject:
    training = train(Experiment.preset(name))
    training.advance(steps=5)
    return subject_of(training, Selection())


# -- a straight line: weight x (input - baseline), exactly


def test_input_x_gradient_of_a_straight_line_is_weight_times_input():
    of = linear()
    torch.testing.assert_close(values("input_x_gradient", of, 1), WEIGHT[1] * of.x[:1])


@pytest.mark.parametrize("name", SHIFTING)
def test_on_a_straight_line_a_part_gets_its_weight_times_how_far_it_is_from_the_baseline(name):
    of = linear()
    base = of.background.mean(0) if "shap" in name else torch.zeros(3)
    torch.testing.assert_close(values(name, of, 1), WEIGHT[1] * (of.x[:1] - base), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", SHIFTING[:2])
def test_the_mean_of_the_training_examples_can_be_the_baseline(name):
    of = linear()
    found = values(name, of, 0, baseline="mean")
    torch.testing.assert_close(found, WEIGHT[0] * (of.x[:1] - of.background.mean(0)), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["input_x_gradient", "deep_lift", "deep_lift_shap", "lrp", "guided_backprop", "grad_cam", "smooth_grad"])
def test_several_inputs_at_once_get_the_same_as_each_alone(name):
    of, fields = pictures(), {"noise": 0.0, "samples": 2} if name == "smooth_grad" else {}
    together = values(name, of, 2, of.x, **fields)
    alone = torch.cat([values(name, of, 2, one, **fields) for one in of.x.split(1)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


# -- what adds up


@pytest.mark.parametrize("name", ["deep_lift", "deep_lift_shap"])
@pytest.mark.parametrize("target", [0, 1, 2])
def test_the_numbers_add_up_to_the_difference_of_the_scores(name, target):
    of = pictures()
    found = Attribution.from_inspected(EXPLANATIONS[name]().explain(of, Selection(example=3, target=f"answer {target}")))
    assert found.gap == pytest.approx(0, abs=1e-4)
    assert found.values.sum() == pytest.approx(found.output - found.baseline_output, abs=1e-3)
    assert abs(found.output - found.baseline_output) > 1e-2, "the scores have to differ for this to say anything"


@pytest.mark.parametrize("name", ["build_05_resnet", "build_06_inception", "residual", "build_07_dilated_conv1d", "digits_cnn", "tips"])
def test_deep_lift_adds_up_in_blocks_that_add_and_put_side_by_side(name):
    of = preset(name)
    if reason("deep_lift", of):
        pytest.fail(reason("deep_lift", of))
    found = Attribution.from_inspected(EXPLANATIONS["deep_lift"]().explain(of, Selection(example=2)))
    assert found.gap == pytest.approx(0, abs=1e-3 * max(1, abs(found.output - found.baseline_output)))


def test_gradient_shap_comes_closer_with_more_samples():
    of = pictures()
    gaps = [abs(EXPLANATIONS["gradient_shap"](samples=n).attribution(of, Selection(target="answer 1")).gap) for n in (3, 500)]
    assert gaps[1] < gaps[0]
    assert gaps[1] < 0.05


# -- Captum asked directly


@pytest.mark.parametrize(
    ("name", "direct"),
    [
        ("input_x_gradient", captum.InputXGradient),
        ("guided_backprop", captum.GuidedBackprop),
        ("deconvolution", captum.Deconvolution),
    ],
)
def test_captum_asked_directly_says_the_same(name, direct):
    of = pictures()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = direct(of.answer).attribute(of.x[:1].clone().requires_grad_(), target=1)
    torch.testing.assert_close(values(name, of, 1), expected.detach())


@cache
def spaced() -> Subject:
    """No two layers with a rule follow each other: there Captum alone is right as well."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        net = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Softplus(), nn.Conv2d(4, 4, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 3))
        return subject(net, torch.randn(5, 2, 8, 8), "image")


def test_captums_deep_lift_says_the_same_where_no_two_layers_with_a_rule_meet():
    of = spaced()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = captum.DeepLift(of.answer).attribute(of.x[:1].clone().requires_grad_(), target=1)
    torch.testing.assert_close(values("deep_lift", of, 1), expected.detach())


def test_deep_lift_shap_in_pieces_is_captums_in_one():
    of = spaced()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = captum.DeepLiftShap(of.answer).attribute(of.x[:1].clone().requires_grad_(), baselines=of.background, target=1)
    torch.testing.assert_close(values("deep_lift_shap", replace(of, piece=4), 1), expected.detach(), atol=1e-6, rtol=1e-5)


def test_guided_grad_cam_is_captums():
    of = pictures()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method = captum.GuidedGradCam(of.answer, of.layers["3"])
        expected = method.attribute(of.x[:1].clone().requires_grad_(), target=1, interpolate_mode="bilinear")
    torch.testing.assert_close(values("guided_grad_cam", of, 1), expected.detach())


# -- the way back through ReLU


def test_guided_and_deconvolved_are_the_gradient_where_every_relu_is_active_and_every_weight_is_positive():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    for weight in net.parameters():
        weight.data = weight.data.abs() + 0.1
    of = subject(net, torch.rand(2, 3))
    for name in ("guided_backprop", "deconvolution"):
        torch.testing.assert_close(values(name, of, 1), values("saliency", of, 1, signs=True))


def test_they_differ_by_what_they_let_through():
    """One path with a silent ReLU, one with a negative weight behind an active one."""
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    net[0].weight.data, net[2].weight.data = torch.eye(2), torch.tensor([[5.0, -3.0]])
    of = subject(net, torch.tensor([[-1.0, 2.0]]))
    assert values("saliency", of, signs=True).tolist() == [[0, -3]]
    assert values("guided_backprop", of).tolist() == [[0, 0]]
    assert values("deconvolution", of).tolist() == [[5, 0]]


# -- relevance


@pytest.mark.parametrize("make", [rectified, pictures])
def test_relevance_adds_up_to_the_score_where_there_are_no_biases(make):
    of = make(bias=False)
    score = float(of.scores(of.x[:1])[0, 1])
    assert float(values("lrp", of, 1, epsilon=1e-9).sum()) == pytest.approx(score, abs=1e-4)


def test_without_epsilon_relevance_in_a_network_of_relus_is_input_times_gradient():
    of = rectified()
    torch.testing.assert_close(values("lrp", of, 1, epsilon=1e-9), values("input_x_gradient", of, 1), atol=1e-5, rtol=1e-3)


def test_layers_that_change_nothing_change_nothing():
    of = rectified()
    first, second = ([nn.Identity(), nn.Dropout(0.5), nn.Dropout2d(0.5)] for _ in range(2))
    more = subject(nn.Sequential(*first, *of.answer[:2], *second, *of.answer[2:4], nn.Flatten(), of.answer[4]), of.x, "image")
    for name in ("lrp", "deep_lift", "guided_backprop", "deconvolution"):
        torch.testing.assert_close(values(name, more, 1), values(name, of, 1), atol=1e-6, rtol=1e-4)


def chain(*layers: nn.Module) -> Chain:
    return Chain([(f"layer_{number}", layer) for number, layer in enumerate(layers)])


def block(kind: str) -> nn.Module:
    first, second = nn.Linear(6, 6, bias=False), nn.Linear(6, 6, bias=False)
    return {
        "residual": lambda: AddToInput(chain(first, nn.ReLU(), second)),
        "pre-activation": lambda: AddToInput(chain(nn.ReLU(), first)),
        "nested": lambda: AddToInput(chain(AddToInput(chain(nn.ReLU(), first)), nn.ReLU(), second)),
        "added": lambda: SideBySide([chain(first, nn.ReLU()), chain(nn.ReLU(), second), chain()], None),
        "side by side": lambda: SideBySide([chain(first, nn.ReLU()), chain(nn.ReLU(), second)], 1),
    }[kind]()


@pytest.mark.parametrize("kind", ["residual", "pre-activation", "nested", "added", "side by side"])
def test_relevance_goes_through_ways_that_part_and_meet(kind):
    """Without biases and epsilon it is the input times the gradient, whatever the blocks."""
    with torch.random.fork_rng():
        torch.manual_seed(6)
        wide = 12 if kind == "side by side" else 6
        net = nn.Sequential(nn.Linear(4, 6, bias=False), block(kind), nn.ReLU(), nn.Linear(wide, 2, bias=False)).double()
        of = subject(net, torch.randn(3, 4).double())
    assert not reason("lrp", of)
    torch.testing.assert_close(values("lrp", of, 1, epsilon=1e-9), values("input_x_gradient", of, 1), atol=1e-6, rtol=1e-6)
    names = [name for name, _ in of.answer.named_modules()]
    assert not any("what" in name for name in names), "what was put in is taken out again"
    assert "forward" not in vars(of.answer[1])


@pytest.mark.parametrize("name", ["build_05_resnet", "build_06_inception"])
def test_relevance_of_presets_with_blocks_is_what_biases_leave(name):
    of = preset(name)
    assert not reason("lrp", of)
    with torch.no_grad():
        for module in of.answer.modules():
            if isinstance(getattr(module, "bias", None), torch.Tensor):
                module.bias.zero_()
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.zero_()
    score = float(of.scores(of.x[:1])[0, 0])
    assert float(values("lrp", of, 0, epsilon=1e-9).sum()) == pytest.approx(score, rel=1e-2, abs=1e-3)


def test_relevance_by_hand():
    """Contributions 2 and 6 to a unit of 8, which is weighed 3; a second unit is silent."""
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    net[0].weight.data, net[2].weight.data = torch.tensor([[1.0, 2.0], [-1.0, -1.0]]), torch.tensor([[3.0, 5.0]])
    of = subject(net, torch.tensor([[2.0, 3.0]]))
    torch.testing.assert_close(values("lrp", of), torch.tensor([[6.0, 18.0]]), atol=1e-4, rtol=1e-4)


def test_epsilon_swallows_and_gamma_favours_what_speaks_for_the_answer():
    net = nn.Sequential(nn.Linear(2, 1, bias=False))
    net[0].weight.data = torch.tensor([[3.0, -1.0]])
    of = subject(net, torch.tensor([[1.0, 1.0]]))
    torch.testing.assert_close(values("lrp", of, epsilon=2), torch.tensor([[1.5, -0.5]]))  # of 2, shared out over 2 + 2
    torch.testing.assert_close(values("lrp", of, gamma=1), torch.tensor([[2.4, -0.4]]), atol=1e-4, rtol=1e-4)  # 6 and -1 of 5, of 2


def test_relevance_leaves_no_trace():
    of = pictures()
    before = {key: value.clone() for key, value in of.answer.state_dict().items()}
    first, second = (values("lrp", of, 1, gamma=0.3) for _ in range(2))
    torch.testing.assert_close(first, second)
    assert all(torch.equal(value, before[key]) for key, value in of.answer.state_dict().items())
    assert not any({"rule", "activations"} & set(vars(module)) for module in of.answer.modules())


def test_relevance_of_the_first_of_two_classes_is_that_of_the_second_turned_round():
    of = preset("spiral")
    first, second = (values("lrp", of, target) for target in (0, 1))
    torch.testing.assert_close(first, -second)


# -- Grad-CAM


def test_grad_cam_by_hand():
    """Two 1x1 maps, x and -2 x, whose means weigh 3 and 1: weights 3/9 and 1/9, so 3/9 x - 2/9 x = x / 9 where that is above 0."""
    net = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 1, bias=False))
    net[0].weight.data, net[3].weight.data = torch.tensor([1.0, -2.0]).reshape(2, 1, 1, 1), torch.tensor([[3.0, 1.0]])
    of = subject(net, torch.arange(-4.0, 5.0).reshape(1, 1, 3, 3), "image")
    torch.testing.assert_close(values("grad_cam", of), (of.x / 9).clamp(min=0))
    torch.testing.assert_close(values("grad_cam", of, positive=False), of.x / 9)


def test_grad_cam_of_a_series_is_stretched_over_its_steps():
    of = preset("build_07_dilated_conv1d")
    found = values("grad_cam", of, positive=False)
    assert found.shape == of.x[:1].shape
    assert bool(found.abs().sum() > 0)


def test_grad_cam_looks_at_the_layer_that_is_selected():
    of = pictures()
    found = {layer: EXPLANATIONS["grad_cam"]().attribution(of, Selection(layer=layer)).values for layer in ("", "0", "3")}
    assert EXPLANATIONS["grad_cam"].choices(of) == {"layer": ["0", "3"]}
    np.testing.assert_array_equal(found[""], found["3"])
    assert not np.allclose(found["0"], found["3"])
    with pytest.raises(SpecError, match=r"There is no convolution named '6' here\. There are: 0, 3\."):
        EXPLANATIONS["grad_cam"]().explain(of, Selection(layer="6"))


# -- noise


@pytest.mark.parametrize("inner", ["saliency", "integrated_gradients", "deep_lift", "guided_backprop", "grad_cam"])
def test_without_noise_smooth_grad_is_the_method_inside(inner):
    of = pictures()
    torch.testing.assert_close(values("smooth_grad", of, 1, of=inner, noise=0.0, samples=3), values(inner, of, 1), atol=1e-5, rtol=1e-4)
    square = values("smooth_grad", of, 1, of=inner, noise=0.0, samples=3, type="smoothgrad_sq")
    torch.testing.assert_close(square, values(inner, of, 1).square(), atol=1e-5, rtol=1e-4)
    assert float(values("smooth_grad", of, 1, of=inner, noise=0.0, samples=3, type="vargrad").abs().max()) < 1e-6


def test_smooth_grad_is_captums_noise_tunnel():
    of = pictures()
    std = 0.2 * float(of.x.max() - of.x.min())
    found = values("smooth_grad", of, 1, noise=0.2, samples=7, seed=5)
    torch.manual_seed(5)
    expected = captum.NoiseTunnel(captum.Saliency(of.answer)).attribute(of.x[:1], nt_samples=7, stdevs=std, target=1)
    torch.testing.assert_close(found, expected.detach())


def test_its_luck_can_be_repeated_and_nobody_elses_is_touched():
    of = pictures()
    torch.manual_seed(3)
    np.random.seed(3)
    expected = torch.rand(1), np.random.rand()
    torch.manual_seed(3)
    np.random.seed(3)
    found = [values("smooth_grad", of, 1, seed=seed) for seed in (1, 1, 2)] + [values("gradient_shap", of, 1) for _ in range(2)]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    assert torch.equal(found[3], found[4])
    assert (torch.rand(1), np.random.rand()) == expected


def test_it_has_the_signs_that_are_left():
    method = EXPLANATIONS["smooth_grad"]
    assert not method().is_signed(pictures())  # saliency has none
    assert method(of="input_x_gradient").is_signed(pictures())
    assert not method(of="input_x_gradient", type="vargrad").is_signed(pictures())
    assert method(type="vargrad").unit(pictures()) == "(score per unit of input)²"


def test_smooth_grad_of_tokens_adds_noise_to_their_vectors():
    of = preset("build_08_lstm")
    found = EXPLANATIONS["smooth_grad"](of="input_x_gradient", noise=0.0, samples=2).attribution(of, Selection(example=1))
    plain = EXPLANATIONS["input_x_gradient"]().attribution(of, Selection(example=1))
    np.testing.assert_allclose(found.values, plain.values, atol=1e-6)


@pytest.mark.parametrize(
    ("inner", "said"), [("occlusion", "there is no method 'occlusion' that takes gradients"), ("smooth_grad", "no method")]
)
def test_it_says_which_methods_it_cannot_smooth(inner, said):
    with pytest.raises(SpecError, match=said):
        values("smooth_grad", pictures(), of=inner)


def test_it_says_that_the_method_inside_does_not_fit():
    with pytest.raises(SpecError, match=r"DeepLift does not fit here\. It has no rule for what lstm_1 does"):
        values("smooth_grad", preset("build_08_lstm"), of="deep_lift")


# -- where they are not offered


class Function(nn.Module):
    """ReLU as a function, and a product of two activations."""

    def __init__(self, gated: bool) -> None:
        super().__init__()
        self.first, self.second, self.gated = nn.Linear(3, 4), nn.Linear(4, 2), gated

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(x)
        return self.second(y * y.mean(1, keepdim=True) if self.gated else torch.relu(y))


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.bend, self.second = nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bend(self.second(self.bend(self.first(x))))


@pytest.mark.parametrize("gated", [False, True])
def test_what_bends_outside_of_layers_is_found(gated):
    of = subject(Function(gated), torch.randn(4, 3))
    assert reason("deep_lift", of).startswith(f"It has no rule for {'Mul' if gated else 'Relu'}, which is computed outside of the layers.")
    assert reason("lrp", of) == reason("deep_lift", of)
    assert "without being a layer" in reason("guided_backprop", of) or gated


def test_a_layer_used_twice_is_found():
    of = subject(Twice(), torch.randn(4, 3))
    assert "one of type ReLU is used more than once in one pass" in reason("deep_lift", of)
    assert "one of type ReLU is used more than once in one pass" in reason("lrp", of)
    assert not reason("guided_backprop", of)


def test_a_layer_that_changes_nothing_used_twice_is_found():
    same = nn.Identity()
    of = subject(nn.Sequential(same, nn.Linear(3, 2), same), torch.randn(4, 3))
    assert "one of type Identity is used more than once" in reason("lrp", of)
    assert not reason("deep_lift", of)


def test_without_relu_the_way_back_is_the_gradient_and_not_offered():
    for name in ("guided_backprop", "deconvolution"):
        assert "this network has none" in reason(name, preset("spiral"))


def test_windows_that_overlap_have_no_rule():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(3, stride=1), nn.Flatten(), nn.Linear(32, 2))
    assert "windows that do not overlap" in reason("deep_lift", subject(net, torch.randn(2, 1, 8, 8), "image"))


def test_a_sum_of_two_ways_outside_of_a_layer_has_no_rule_of_relevance():
    class Skipping(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.second(x + self.first(x))

    assert "added up or weighed outside of its layers" in reason("lrp", subject(Skipping(), torch.randn(2, 3)))


def test_a_probability_is_made_outside_of_the_layers():
    training = train(Experiment.preset("digits_cnn"))
    of = subject_of(training, Selection(scale="probability"))
    for name in ("deep_lift", "lrp"):
        assert "no rule for Softmax, which is computed outside of the layers" in reason(name, of)


@pytest.mark.parametrize(("name", "layer"), [("build_13_vit", "transformer_block_1"), ("build_09_gru", "gru_1")])
def test_a_layer_without_a_rule_is_named(name, layer):
    assert f"no rule for what {layer} does" in reason("deep_lift", preset(name))


def test_batch_norm_that_looks_at_its_batch_bends():
    for norm, bends in ((nn.InstanceNorm2d(2), True), (nn.BatchNorm2d(2), False)):
        net = nn.Sequential(nn.Conv2d(1, 2, 3), norm, nn.Flatten(), nn.Linear(72, 2))
        said = reason("deep_lift", subject(net, torch.randn(2, 1, 8, 8), "image"))
        assert ("InstanceNorm2d" in said) == bends


def test_looking_for_bends_leaves_no_hooks():
    of = subject(Twice(), torch.randn(4, 3))
    assert [step.what for step in way(of).bends] == ["Relu", "Relu"]
    assert way(of) is way(of)
    assert not any(module._forward_hooks for module in of.answer.modules())


def test_grad_cam_wants_convolutions():
    assert "no convolution" in reason("grad_cam", preset("digits_mlp"))


# -- tokens that come later


@pytest.mark.parametrize("name", ["saliency", "input_x_gradient", "integrated_gradients", "gradient_shap", "smooth_grad"])
@pytest.mark.parametrize("place", [4, -1])
def test_a_causal_network_gives_nothing_to_tokens_that_come_later(name, place):
    training = train(Experiment.preset("build_12_tiny_decoder"))
    of = subject_of(training, Selection(place=place))
    fields = {"seed": 1} if name == "smooth_grad" else {}
    found = EXPLANATIONS[name](**fields).attribution(of, Selection(place=place)).values
    last = place % len(found)
    assert (found[last + 1 :] == 0).all()
    assert (np.abs(found[: last + 1]) > 0).sum() > last / 2


@pytest.mark.parametrize("name", ["saliency", "neuron_gradient"])
def test_slopes_of_tokens_have_sizes_and_no_direction(name):
    """A first layer that takes the mean of every vector away has slopes that add up to 0 along it, whatever it looks at."""
    network = nn.Sequential(nn.Embedding(5, 8), nn.LayerNorm(8), nn.Flatten(), nn.Linear(24, 2)).eval()
    x = torch.tensor([[1, 4, 2]])
    answer, vocabulary = nn.Sequential(network), tuple("abcde")
    of = Subject(
        "text", ("time",), answer, ("no", "yes"), x, x, x.numpy(), vocabulary=vocabulary, entry=network[0], layers={"last": network[3]}
    )
    found = EXPLANATIONS[name](**({"signs": True} if name == "saliency" else {})).attribution(
        of, Selection(target="yes", layer="last", unit=1)
    )
    vectors = network[0](x).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(network[1:](vectors)[0, 1], vectors)
    assert abs(float(slopes.sum())) < 1e-5
    np.testing.assert_allclose(found.values, slopes.abs().sum(-1)[0], rtol=1e-5)
    assert not found.signed
    assert "sizes of the slopes" in found.meaning
