"""Maps made by taking parts of the input away, against what is known in closed form."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation, Occlusion
from torch import nn

from explorer.errors import SpecError
from explorer.experiment.record import validated
from explorer.interpret.base import EXPLANATIONS, Map
from explorer.interpret.groups import grouped, suiting
from explorer.interpret.kernel_shap import KernelShap
from explorer.interpret.parted import at_once
from explorer.interpret.selection import Selection
from explorer.interpret.shapley_sampling import ShapleySampling
from explorer.interpret.subject import Subject
from explorer.plots.explanations import figures

AXES = {"table": ("features",), "points": ("features",), "image": ("channels", "height", "width"), "series": ("time", "features")}
PARTED = ("feature_ablation", "feature_permutation", "shapley_sampling", "kernel_shap", "lime")
WEIGHTS = torch.tensor([[2.0, -3.0, 0.5, 0.0]])


class Asked(nn.Module):
    """A function of inputs as a network."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x).reshape(len(x), -1)


def of(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, **known: object) -> Subject:
    """A subject with one score, that is this function of its inputs."""
    kind = known.pop("kind", "table")
    background = known.pop("background", torch.randn(50, *x.shape[1:], generator=torch.Generator().manual_seed(0)))
    return Subject(kind, AXES[kind], Asked(function), ("score",), x, background, x.numpy(), **known)  # ty: ignore[invalid-argument-type]


def linear(x: torch.Tensor) -> torch.Tensor:
    return x @ WEIGHTS.T + 1.0


def method_of(name: str, **fields: object) -> Map:
    kind = EXPLANATIONS[name]
    assert issubclass(kind, Map)
    return validated(kind(), fields)


def values(method: Map, subject: Subject) -> np.ndarray:
    return method.attribution(subject, Selection()).values


@pytest.mark.parametrize("name", ["feature_ablation", "shapley_sampling", "kernel_shap", "lime", "occlusion"])
def test_a_linear_model_gives_weight_times_difference(name):
    x = torch.tensor([[1.0, 2.0, -4.0, 7.0]])
    found = method_of(name).attribution(of(linear, x), Selection())
    np.testing.assert_allclose(found.values, (WEIGHTS * x)[0], atol=1e-5)


@pytest.mark.parametrize("name", ["feature_ablation", "shapley_sampling", "kernel_shap", "lime"])
def test_a_mean_is_compared_with_where_it_is_asked_for(name):
    x, background = torch.tensor([[1.0, 2.0, -4.0, 7.0]]), torch.tensor([[3.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 2.0]])
    method = method_of(name, baseline="mean")
    found = method.attribution(of(linear, x, background=background), Selection())
    np.testing.assert_allclose(found.values, (WEIGHTS * (x - background.mean(0)))[0], atol=1e-5)


def test_swapping_parts_of_a_linear_model_gives_weight_times_distance_from_their_mean():
    x, background = torch.tensor([[1.0, 2.0, -4.0, 7.0]]), torch.tensor([[3.0, 1.0, 2.0, 5.0], [3.0, 1.0, 2.0, 5.0]])
    found = method_of("feature_permutation").attribution(of(linear, x, background=background), Selection())
    np.testing.assert_allclose(found.values, (WEIGHTS * (x - background[0]))[0], atol=1e-5)


@pytest.mark.parametrize("name", ["shapley_sampling", "kernel_shap"])
@pytest.mark.parametrize("extra", [0, 4])
def test_two_parts_that_only_work_together_share_equally(name, extra):
    x = torch.cat([torch.tensor([[3.0, 5.0]]), torch.ones(1, extra)], 1)
    found = method_of(name).attribution(of(lambda x: x[:, 0] * x[:, 1], x), Selection())
    np.testing.assert_allclose(found.values, [7.5, 7.5, *([0.0] * extra)], atol=1e-4)


@pytest.mark.parametrize("name", ["shapley_sampling", "kernel_shap"])
def test_an_and_of_three_is_shared_in_thirds(name):
    found = method_of(name).attribution(of(lambda x: (x.sum(1) > 2.5).float(), torch.ones(1, 3)), Selection())
    np.testing.assert_allclose(found.values, [1 / 3] * 3, atol=1e-4)
    assert found.gap == pytest.approx(0, abs=1e-3)


def bent(x: torch.Tensor) -> torch.Tensor:
    return x[:, 0] * x[:, 1] + (x[:, 2] - x[:, 0]).relu() * x[:, 3] + x[:, 4].sin()


def shapley(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> np.ndarray:
    """By the definition: over all subsets, zeros being compared with."""
    n, found = len(x), np.zeros(len(x))
    for part in range(n):
        rest = [other for other in range(n) if other != part]
        for size in range(n):
            for kept in itertools.combinations(rest, size):
                mask = torch.zeros(2, n)
                mask[:, list(kept)] = 1
                mask[1, part] = 1
                low, high = function(mask * x).tolist()
                found[part] += (high - low) / (n * math.comb(n - 1, size))
    return found


def test_all_subsets_give_shapley_values_exactly():
    x = torch.tensor([[0.5, -2.0, 3.0, 1.5, 1.0]])
    np.testing.assert_allclose(values(KernelShap(), of(bent, x)), shapley(bent, x[0]), atol=1e-4)


def test_all_orders_give_shapley_values_exactly():
    x = torch.tensor([[0.5, -2.0, 3.0, 1.5, 1.0]])
    np.testing.assert_allclose(values(ShapleySampling(orders=120), of(bent, x)), shapley(bent, x[0]), atol=1e-5)


def test_random_orders_come_closer_to_shapley_values_the_more_they_are():
    x = torch.tensor([[0.5, -2.0, 3.0, 1.5, 1.0, 0.7, -0.3, 2.0]])

    def function(x: torch.Tensor) -> torch.Tensor:
        return bent(x[:, :5]) + (x[:, 5] * x[:, 6] * x[:, 7]).tanh()

    true = shapley(function, x[0])
    few, many = (np.abs(values(ShapleySampling(orders=orders), of(function, x)) - true).max() for orders in (4, 400))
    assert many < few
    assert many < 0.1


def test_kernel_shap_with_few_subsets_still_adds_up():
    x = torch.randn(1, 12, generator=torch.Generator().manual_seed(1))
    found = KernelShap(samples=60).attribution(of(lambda x: x.prod(1).tanh() + x.square().sum(1), x), Selection())
    assert found.gap == pytest.approx(0, abs=1e-3)
    assert found.passes == 60


@pytest.mark.parametrize("name", ["shapley_sampling", "kernel_shap"])
def test_one_single_part_gets_everything(name):
    found = method_of(name).attribution(of(lambda x: x[:, 0] ** 2, torch.tensor([[3.0]])), Selection())
    np.testing.assert_allclose(found.values, [9.0], rtol=1e-5)


@pytest.mark.parametrize("name", ["shapley_sampling", "kernel_shap"])
def test_a_square_of_a_picture_divides_its_number_so_that_the_sum_stays_true(name):
    x = torch.rand(1, 2, 6, 6, generator=torch.Generator().manual_seed(0))
    method = method_of(name, patch=3)
    found = method.attribution(of(lambda x: x.sum((1, 2, 3)), x, kind="image"), Selection())
    np.testing.assert_allclose(found.values[:, :3, :3], np.full((2, 3, 3), float(x[0, :, :3, :3].mean())), rtol=1e-4)
    assert found.values.sum() == pytest.approx(float(x.sum()), rel=1e-4)


@pytest.mark.parametrize("name", ["feature_ablation", "lime"])
def test_a_square_of_a_picture_repeats_its_number_where_numbers_do_not_add_up(name):
    x = torch.rand(1, 2, 6, 6, generator=torch.Generator().manual_seed(0))
    method = method_of(name, patch=3)
    found = method.attribution(of(lambda x: x.sum((1, 2, 3)), x, kind="image"), Selection())
    np.testing.assert_allclose(found.values[:, :3, :3], np.full((2, 3, 3), float(x[0, :, :3, :3].sum())), rtol=1e-4)


def test_ablation_and_occlusion_are_what_captum_gives():
    x = torch.rand(1, 1, 7, 7, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(75, 1))
    subject = of(network, x, kind="image")
    with torch.no_grad():
        known = FeatureAblation(network).attribute(x, target=0)
        covered = Occlusion(network).attribute(x, (1, 3, 3), strides=(1, 1, 1), target=0)
    np.testing.assert_allclose(values(method_of("feature_ablation"), subject), known[0], atol=1e-6)
    np.testing.assert_allclose(values(method_of("occlusion"), subject), covered[0], atol=1e-6)


def test_columns_of_words_go_together():
    x = torch.tensor([[1.0, 0.0, 0.3]])
    background = torch.tensor([[1.0, 0.0, 0.5], [0.0, 1.0, 0.1], [0.0, 1.0, 0.7]])
    subject = of(lambda x: (x[:, 0] - x[:, 1]).square() + x[:, 2], x, background=background, names=("port: A", "port: B", "fare"))
    found = method_of("feature_ablation").explain(subject, Selection())
    np.testing.assert_allclose(found.arrays["values"], [0.5, 0.5, 0.3], atol=1e-6)
    bars = next(trace for trace in figures(found)["Which columns"].data if trace.type == "bar")
    np.testing.assert_allclose(sorted(bars.x), [0.3, 1.0], atol=1e-6)  # as far as the score falls when the port is taken away
    assert "divided among its columns" in found.facts["meaning"]


def test_columns_of_words_are_known_when_they_are_standardised():
    x = torch.tensor([[1.3, -0.7, 0.3]])
    background = torch.tensor([[1.3, -0.7, 0.5], [-0.7, 1.3, 0.1], [-0.7, 1.3, 0.7]])
    subject = of(linear, x, background=background, names=("port: A", "port: B", "note: fare"))
    assert grouped(subject).tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", PARTED)
def test_the_same_question_gives_the_same_answer_and_leaves_chance_alone(name):
    x = torch.randn(1, 9, generator=torch.Generator().manual_seed(0))
    subject = of(lambda x: x.prod(1) + x.square().sum(1), x)
    before = torch.random.get_rng_state()
    first, second = (values(method_of(name), subject) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", PARTED)
def test_several_inputs_at_once_are_each_explained_as_if_alone(name):
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    subject, method = of(linear, x), method_of(name)
    together = method.attribute(subject, x, 0)
    alone = torch.cat([method.attribute(subject, x[at : at + 1], 0) for at in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("name", [*PARTED, "occlusion"])
def test_never_more_rows_at_once_than_fit(name):
    seen = []

    def function(x: torch.Tensor) -> torch.Tensor:
        seen.append(len(x))
        return x.sum((1, 2, 3))

    x = torch.rand(1, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    method_of(name).attribution(of(function, x, kind="image", piece=7), Selection())
    assert max(seen) <= 7


def test_room_for_large_inputs_is_bounded():
    subject = of(linear, torch.zeros(1, 1, 1024, 1024), kind="image", background=torch.zeros(2, 1, 8, 8), piece=100_000)
    assert at_once(subject, subject.x, 900) == 4


@pytest.mark.parametrize("side", [8, 28, 64, 224])
def test_large_pictures_stay_affordable(side):
    subject = of(lambda x: x.sum((1, 2, 3)), torch.zeros(1, 3, side, side), kind="image")
    assert method_of("occlusion").passes(subject) < 1000
    assert int(grouped(subject, 0).max()) + 1 <= 64
    assert suiting(subject) == -(-side // 8)


def test_swapping_needs_others():
    subject = of(linear, torch.zeros(1, 4), background=torch.zeros(1, 4))
    assert EXPLANATIONS["feature_permutation"].reason_not(subject).endswith("here.")


@pytest.mark.parametrize(("name", "fields"), [("lime", {"width": 0}), ("kernel_shap", {"samples": 1}), ("occlusion", {"window": -1})])
def test_fields_out_of_bounds_are_refused_in_words(name, fields):
    with pytest.raises(SpecError, match=next(iter(fields))):
        method_of(name, **fields)


@pytest.mark.parametrize("name", PARTED)
def test_whose_number_it_is_is_said_only_where_a_part_has_several_places(name):
    pictures = of(lambda x: x.sum((1, 2, 3)), torch.ones(1, 1, 4, 4), kind="image")
    table = of(linear, torch.tensor([[1.0, 2.0, -4.0, 7.0]]))
    said = [method_of(name, patch=patch).means(pictures, pictures.x) for patch in (1, 2)]
    assert ["whole square" in one for one in said] == [False, True]
    assert not {"square", "stretch", "column"} & set(method_of(name).means(table, table.x).split())
    assert all(one.endswith(".") for one in said)


def test_windows_are_spoken_of_where_there_are_some():
    table = of(linear, torch.tensor([[1.0, 2.0, -4.0, 7.0]]))
    picture = of(lambda x: x.sum((1, 2, 3)), torch.ones(1, 1, 4, 4), kind="image")
    assert ["windows" in method_of("occlusion").means(one, one.x) for one in (table, picture)] == [False, True]


def test_lime_of_few_parts_fits_all_subsets_each_weighed_by_what_it_keeps():
    subject = of(lambda x: x[:, 0] * x[:, 1] + 2 * x[:, 0], torch.tensor([[1.0, 3.0]]), kind="points")
    method = method_of("lime")
    kept = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], float)
    answers = np.array([0.0, 2.0, 0.0, 5.0])
    root = np.sqrt(np.exp(-(((1 - np.sqrt(kept.mean(1))) / method.width) ** 2)))[:, None]
    expected = np.linalg.lstsq(np.c_[kept, np.ones(4)] * root, answers * root[:, 0], rcond=None)[0]
    assert method.passes(subject) == 4
    np.testing.assert_allclose(values(method, subject), expected[:2], rtol=1e-4)
