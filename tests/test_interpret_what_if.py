"""Counterfactuals, attacks and partial dependence, against what is known in closed form, and on networks fed for real."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from captum.robust import FGSM
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.interpret.aims import AnotherClass, LabelTurned, NumberMoved, aim_of
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.counterfactual import Counterfactual, place_name
from explorer.interpret.fgsm import FastGradientSign
from explorer.interpret.forms import AXES
from explorer.interpret.of_training import subject_of
from explorer.interpret.partial_dependence import PartialDependence
from explorer.interpret.pgd import ProjectedGradientDescent
from explorer.interpret.ranges import own_units, ranges_of, translated
from explorer.interpret.replacing import filled
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.plots.explanations import figures
from explorer.results.hearing import Hearing
from explorer.results.inspected import Inspected
from explorer.training.loop import Training, train

WHAT_IF = ("counterfactual", "fgsm", "pgd", "partial_dependence")
PRESETS = ("digits_cnn", "data_spoken_vowels", "tips", "data_sentiment", "data_stocks", "spiral", "build_16_several_labels")
BOX = torch.tensor([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])  # training examples whose ranges are known
WEIGHTS = torch.tensor([1.0, -4.0, 2.0])


class Asked(nn.Module):
    """A function of inputs as a network."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


def of(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, **known: object) -> Subject:
    """A subject that answers two classes with this function as the odds of the second, or numbers if `chances` is None."""
    asked = {"kind": "table", "background": BOX, "targets": ("no", "yes"), "chances": torch.sigmoid, **known}
    kind, background, targets = (asked.pop(name) for name in ("kind", "background", "targets"))
    answer = Asked(lambda x: torch.stack([-function(x), function(x)], 1) if len(targets) == 2 else function(x)[:, None])
    return Subject(kind, AXES[kind], answer, targets, x, background, x.numpy(), **asked)  # ty: ignore[invalid-argument-type]


def linear(x: torch.Tensor) -> torch.Tensor:
    return x @ WEIGHTS - 1.0


def bent(x: torch.Tensor) -> torch.Tensor:
    return (3 * x[:, 0]).sin() + x[:, 1] * x[:, 2] * 2 + x[:, 2].square() - 0.4


@cache
def trained(preset: str) -> Training:
    training = train(Experiment.preset(preset))
    training.advance(steps=60)
    return training


# -- counterfactuals


def test_of_a_linear_model_it_lies_on_the_boundary_at_the_least_distance():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    subject = of(linear, x)
    found = Counterfactual().explain(subject, Selection())
    after = torch.from_numpy(found.arrays["after"])[None]
    assert found.facts["found"]
    assert float(linear(x)) < 0 < float(linear(after))
    assert float(linear(after)) == pytest.approx(0, abs=0.02)
    assert found.facts["distance"] == pytest.approx(abs(float(linear(x))) / 4 / 2, rel=0.01), "all of it with the largest weight"
    assert [change["name"] for change in found.facts["changes"]] == ["column 1"]


def test_where_one_number_is_not_enough_the_next_best_helps_and_ranges_are_kept():
    x = torch.tensor([[-0.9, 0.8, -0.9]])
    subject = of(lambda x: x @ torch.tensor([1.0, -2.0, 1.5]) - 2.5, x)
    found = Counterfactual().explain(subject, Selection())
    after = found.arrays["after"]
    assert found.facts["found"]
    assert after[1] == pytest.approx(-1.0, abs=0.06), "the heaviest goes to the end of its range"
    assert (np.abs(after) <= 1 + 1e-6).all()
    assert after[0] == pytest.approx(-0.9), "the lightest is not needed"


def test_an_answer_that_cannot_be_had_is_said_not_to_be_found():
    found = Counterfactual().explain(of(lambda x: linear(x) - 50, torch.zeros(1, 3)), Selection())
    assert not found.facts["found"]
    assert any("None was found" in sentence for sentence in found.words)
    assert figures(found) == {}


def test_numbers_that_only_help_together_are_moved_together():
    found = Counterfactual().explain(of(lambda x: x.amin(1) - 0.4, torch.zeros(1, 3)), Selection())
    np.testing.assert_allclose(found.arrays["after"], [0.4, 0.4, 0.4], atol=0.06)
    assert found.facts["found"]


def test_a_constant_network_has_no_counterfactual():
    found = Counterfactual().explain(of(lambda x: 0 * x[:, 0] - 1, torch.zeros(1, 3)), Selection())
    assert not found.facts["found"]


def test_a_function_that_only_predicts_is_walked_by_trying():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    subject = of(lambda x: linear(x.detach()), x, differentiable=False)
    assert Counterfactual.reason_not(subject) == ""
    found = Counterfactual().explain(subject, Selection())
    assert found.facts["distance"] == pytest.approx(abs(float(linear(x))) / 8, rel=0.01)
    many = of(linear, torch.zeros(1, 1, 9, 9), kind="image", differentiable=False, background=torch.zeros(2, 1, 9, 9))
    assert Counterfactual.reason_not(many).endswith("numbers.")


def test_words_change_by_whole_words_and_yes_and_no_stay_so():
    names = ("port: A", "port: B", "port: C", "member", "fare")
    background = torch.tensor([[1.0, 0, 0, 1, 0.0], [0, 1, 0, 0, 0.5], [0, 0, 1, 1, 1.0], [0, 1, 0, 1, 0.2]])
    heavy = torch.tensor([0.0, 1.0, 3.0, 0.5, 0.4])
    subject = of(lambda x: x @ heavy - 2.0, torch.tensor([[1.0, 0, 0, 1, 0.3]]), background=background, names=names)
    found = Counterfactual().explain(subject, Selection())
    np.testing.assert_allclose(found.arrays["after"], [0, 0, 1, 1, 0.3], atol=1e-6)
    assert found.facts["changes"] == [{"name": "port", "from": "A", "to": "C", "size": 1.0}]


def test_a_number_is_moved_by_as_much_as_is_asked_for():
    x, background = torch.tensor([[0.2, 0.3, 0.1]]), torch.rand(40, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    subject = of(linear, x, targets=("price",), chances=None, background=background)
    wide = float(torch.cat([linear(x), linear(background)]).std())
    for way, sign in (("up", 1), ("down", -1)):
        found = Counterfactual(way=way, spread=0.5).explain(subject, Selection())
        moved = float(linear(torch.from_numpy(found.arrays["after"])[None]) - linear(x))
        assert moved == pytest.approx(sign * 0.5 * wide, rel=0.02)


class Counting(nn.Module):
    """Odds are the sum of what each token is worth."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = nn.Embedding(5, 1)
        with torch.no_grad():
            self.entry.weight.copy_(torch.tensor([[0.0], [-1.0], [-2.0], [1.0], [5.0]]))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        odds = self.entry(tokens).sum((1, 2))
        return torch.stack([-odds, odds], 1)


def text(tokens: list[int]) -> Subject:
    network, x = Counting(), torch.tensor([tokens])
    known = {"vocabulary": ("_", "bad", "awful", "good", "great"), "blank": 0, "entry": network.entry, "chances": torch.sigmoid}
    return Subject("text", ("time",), network, ("no", "yes"), x, x, x.numpy(), **known)  # ty: ignore[invalid-argument-type]


def test_in_a_text_the_fewest_tokens_are_replaced():
    found = Counterfactual().explain(text([1, 2, 1, 0, 0]), Selection())
    assert found.facts["tokens_after"] == ["bad", "great", "bad", "_", "_"], "the worst of them, and nothing that fills up"
    assert found.facts["changes"] == [{"name": "token 1", "from": "'awful'", "to": "'great'", "size": 1.0}]


def test_a_text_that_needs_more_replacements_than_allowed_is_said_not_to_be_found():
    assert not Counterfactual(words=1).explain(text([2, 2, 2, 2, 2, 2]), Selection()).facts["found"]
    assert Counterfactual(words=3).explain(text([2, 2, 2, 2, 2, 2]), Selection()).facts["found"]


def test_tokens_that_fill_up_are_known_by_lying_at_the_ends():
    subject = text([0, 0, 1, 0, 3, 0])
    assert filled(subject, subject.x).tolist() == [True, True, False, False, False, True]
    blank = text([0, 0])
    assert filled(blank, blank.x).tolist() == [False, False]


# -- attacks


def test_fgsm_moves_by_epsilon_times_the_sign_and_captum_agrees():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    found = FastGradientSign(epsilon=0.15).explain(of(linear, x), Selection())
    np.testing.assert_allclose(found.arrays["moved"], 0.15 * WEIGHTS.sign(), atol=1e-6)
    np.testing.assert_allclose(found.arrays["after"], x[0] + 0.15 * 2 * WEIGHTS.sign(), atol=1e-6)
    known = FGSM(nn.Sequential(Asked(lambda x: torch.stack([-linear(x), linear(x)], 1).softmax(1)))).perturb(
        x.clone().requires_grad_(), 0.3, target=0
    )
    np.testing.assert_allclose(found.arrays["after"], known[0].detach(), atol=1e-6)


def test_the_smallest_disturbance_of_a_linear_model_is_its_margin_over_the_sum_of_weights():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    true = abs(float(linear(x))) / float(WEIGHTS.abs().sum()) / 2
    for method in (FastGradientSign(epsilon=0.2), ProjectedGradientDescent(epsilon=0.2)):
        assert method.explain(of(linear, x), Selection()).facts["smallest"] == pytest.approx(true, rel=0.02)


def test_a_gradient_too_small_for_captum_still_has_a_sign():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    found = FastGradientSign(epsilon=0.15).explain(of(lambda x: 1e-8 * linear(x), x), Selection())
    np.testing.assert_allclose(found.arrays["moved"], 0.15 * WEIGHTS.sign(), atol=1e-6)


@pytest.mark.parametrize("random_start", [False, True])
def test_pgd_stays_in_the_ball_and_in_the_ranges(random_start):
    x = torch.tensor([[0.95, -0.9, 0.1]])
    found = ProjectedGradientDescent(epsilon=0.2, random_start=random_start).explain(of(bent, x), Selection())
    assert (np.abs(found.arrays["moved"]) <= 0.2 + 1e-6).all()
    assert (np.abs(found.arrays["after"]) <= 1 + 1e-6).all()


def test_pgd_is_never_weaker_than_fgsm_here():
    points = torch.rand(8, 3, generator=torch.Generator().manual_seed(3)) * 2 - 1
    for at in range(len(points)):
        subject = of(bent, points)
        scores = subject.scores(points[at : at + 1])[0]
        aim, ranges = aim_of(subject, Selection(example=at), scores), ranges_of(subject, points[at : at + 1])
        for size in (0.05, 0.2, 0.4):
            ends = [
                method.disturbed(aim, ranges, points[at : at + 1], torch.tensor([size]))
                for method in (FastGradientSign(), ProjectedGradientDescent(steps=40))
            ]
            once, often = (float(aim.push(subject.scores(end))[0]) for end in ends)
            assert often >= once - 1e-4


def test_the_curve_is_what_the_network_says_and_begins_with_the_answer():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    found = FastGradientSign(epsilon=0.1).explain(of(linear, x), Selection())
    sizes = found.arrays["sizes"]
    odds = linear(x) + torch.from_numpy(sizes) * 2 * WEIGHTS.abs().sum()
    np.testing.assert_allclose(found.arrays["curves"][0], torch.sigmoid(-odds), atol=1e-5)
    assert found.facts["curves"] == ["no", "the likeliest other"]


def test_an_answer_that_is_selected_is_what_an_attack_is_after():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    subject = of(linear, x)
    first = FastGradientSign().explain(subject, Selection(target="yes"))
    second = FastGradientSign().explain(subject, Selection())
    np.testing.assert_array_equal(first.arrays["after"], second.arrays["after"])
    assert first.facts["curves"] == ["no", "yes"]


def test_columns_of_yes_and_no_are_not_disturbed_and_nothing_else_is_refused():
    x = torch.tensor([[1.0, 0.2]])
    background = torch.tensor([[0.0, -1.0], [1.0, 0.0], [1.0, 1.0]])
    found = FastGradientSign().explain(of(lambda x: x.sum(1), x, background=background), Selection())
    assert found.arrays["moved"][0] == 0
    assert found.arrays["moved"][1] == pytest.approx(-0.1)
    only = of(lambda x: x.sum(1), x.round(), background=background.clamp_min(0))
    assert "yes or no" in FastGradientSign.reason_not(only)


# -- what is wanted instead


def test_the_aim_is_told_apart_by_what_the_answers_are():
    x = torch.tensor([[0.2, 0.3, 0.1]])
    scores = torch.tensor([1.0, -1.0])
    assert isinstance(aim_of(of(linear, x), Selection(), scores), AnotherClass)
    labels = Subject("table", ("features",), Asked(lambda x: x[:, :2]), ("a", "b"), x, BOX, x.numpy(), chances=torch.sigmoid)
    turned = aim_of(labels, Selection(target="b"), scores)
    assert isinstance(turned, LabelTurned)
    assert not turned.held
    assert isinstance(aim_of(of(linear, x, targets=("price",), chances=None), Selection(), scores[:1]), NumberMoved)


def test_sure_networks_are_pushed_as_well_as_unsure_ones():
    subject = of(linear, torch.zeros(1, 3))
    aim = AnotherClass(subject, 0)
    scores = torch.tensor([[200.0, -200.0]], requires_grad=True)
    aim.push(scores).sum().backward()
    np.testing.assert_allclose(scores.grad, [[-1.0, 1.0]])


# -- partial dependence


def test_of_a_linear_model_the_mean_is_a_line_with_its_slope_and_lines_are_parallel():
    background = torch.rand(60, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    subject = of(linear, background[:2], targets=("price",), chances=None, background=background)
    found = PartialDependence(feature="column 1").explain(subject, Selection(example=1))
    slopes = np.diff(found.arrays["mean"]) / np.diff(found.arrays["grid"])
    np.testing.assert_allclose(slopes, -4.0, rtol=1e-2)
    shapes = found.arrays["lines"] - found.arrays["lines"][:, :1]
    np.testing.assert_allclose(shapes, np.broadcast_to(shapes[:1], shapes.shape), atol=1e-5)
    assert any("parallel: what it does does not depend" in sentence for sentence in found.words)
    np.testing.assert_allclose(np.interp(found.arrays["at"], found.arrays["grid"], found.arrays["own"]), linear(background[1:2]), atol=1e-4)


def test_lines_that_cross_are_said_to_depend_on_other_columns():
    background = torch.rand(60, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    subject = of(lambda x: x[:, 0] * x[:, 1], background[:1], targets=("price",), chances=None, background=background)
    assert any("not parallel" in sentence for sentence in PartialDependence().explain(subject, Selection()).words)


def test_the_mean_is_over_all_training_examples():
    background = torch.rand(60, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    subject = of(bent, background[:1], targets=("price",), chances=None, background=background)
    found = PartialDependence(feature="column 2", grid=5).explain(subject, Selection())
    for value, mean in zip(found.arrays["grid"], found.arrays["mean"], strict=True):
        changed = background.clone()
        changed[:, 2] = float(value)
        assert mean == pytest.approx(float(bent(changed).mean()), abs=1e-5)


def test_centred_lines_begin_at_zero():
    subject = of(bent, BOX[:1], targets=("price",), chances=None, background=torch.randn(30, 3))
    found = PartialDependence(centred=True).explain(subject, Selection())
    assert (found.arrays["lines"][:, 0] == 0).all()
    assert found.arrays["own"][0] == found.arrays["mean"][0] == 0


def test_a_column_of_words_is_asked_word_by_word():
    names = ("port: A", "port: B", "port: C", "fare")
    background = torch.tensor([[1.0, 0, 0, 0.0], [0, 1, 0, 0.5], [0, 0, 1, 1.0]])
    weights = torch.tensor([1.0, 5.0, 2.0, 0.0])
    subject = of(lambda x: x @ weights, background[1:2], background=background, names=names, targets=("price",), chances=None)
    found = PartialDependence(feature="port").explain(subject, Selection())
    assert found.facts["categories"] == ["A", "B", "C"]
    np.testing.assert_allclose(found.arrays["mean"], [1, 5, 2])
    assert found.arrays["at"].tolist() == [1]
    assert list(PartialDependence.choices(subject)["feature"]) == ["port", "fare"]


def test_a_column_that_is_not_there_is_refused_in_words():
    with pytest.raises(SpecError, match="no column named 'wieght'"):
        PartialDependence(feature="wieght").explain(of(linear, BOX), Selection())


def test_a_function_that_only_predicts_can_be_asked():
    subject = of(lambda x: linear(x.detach()), BOX, differentiable=False)
    assert PartialDependence.reason_not(subject) == ""
    assert FastGradientSign.reason_not(subject)
    assert PartialDependence().explain(subject, Selection()).arrays["mean"].size


# -- units


def test_standardised_columns_come_back_in_their_own_units():
    raw = np.array([[10.0, 1.0], [30.0, 4.0], [20.0, 9.0]], np.float32)
    x = torch.tensor([[-1.0, 0.0], [1.0, 2.0], [0.0, 3.0]])
    subject = Subject("table", ("features",), Asked(linear), ("s",), x, x, raw)
    np.testing.assert_allclose(own_units(subject, np.array([[0.5, 2.0]])), [[25.0, 4.0]])


def test_what_is_no_straight_line_is_read_between_known_numbers():
    np.testing.assert_allclose(translated(np.log([1.0, 10.0, 100.0]), np.array([1.0, 10.0, 100.0]), np.log([10.0])), [10.0])


# -- everything that was trained here


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", WHAT_IF)
def test_what_is_claimed_is_what_the_network_answers_when_it_is_fed(name, preset):
    subject = subject_of(trained(preset), Selection())
    if EXPLANATIONS[name].reason_not(subject):
        pytest.skip(EXPLANATIONS[name].reason_not(subject))
    found = Inspected.unpack(EXPLANATIONS[name]().explain(subject, Selection(example=1)).pack())
    again = EXPLANATIONS[name]().explain(subject, Selection(example=1))
    assert found.words == again.words
    drawn = figures(found)
    assert drawn or not found.facts.get("found", True)
    if found.facts.get("found") and found.facts["answers"][0][2] is not None and preset != "build_16_several_labels":
        assert found.facts["after"][0][0] != found.facts["answers"][0][0], "the answer is another"
    if "moved" in found.arrays and subject.kind in ("image", "audio"):
        fed = torch.tensor(found.arrays["after"])[None]
        if np.allclose(subject.raw[1], subject.x[1]):
            chances = subject.answers(subject.scores(fed)[0])
            assert chances[0][0] == found.facts["after"][0][0]
            assert chances[0][1] == pytest.approx(found.facts["after"][0][1], abs=1e-3)


@pytest.mark.parametrize("name", WHAT_IF)
@pytest.mark.parametrize("scale", ["score", "probability"])
def test_scores_and_probabilities_are_both_answered(name, scale):
    subject = subject_of(trained("spiral"), Selection(scale=scale))
    assert EXPLANATIONS[name]().explain(subject, Selection(example=2, scale=scale)).words


def test_places_are_named_as_people_find_them_in_the_figures():
    hearing = Hearing(rate=100, starts=np.array([0, 10]), window=10, shares=np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    sound = of(lambda x: x.sum((1, 2, 3)), torch.zeros(1, 1, 2, 2), kind="audio", hearing=hearing)
    assert place_name(sound, (0, 1, 1)) == "25 Hz at 0.15 s"
    picture = of(lambda x: x.sum((1, 2, 3)), torch.zeros(1, 1, 2, 2), kind="image")
    assert place_name(picture, (0, 1, 0)) == "row 1, column 0"
    series = of(lambda x: x.sum((1, 2)), torch.zeros(1, 4, 1), kind="series", names=("height",))
    assert place_name(series, (0, 0)) == "step 1 of height"
