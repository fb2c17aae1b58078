"""Trials agree with closed forms, and find out maps that ignore the network."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import ClassVar

import numpy as np
import pytest
import torch
from test_interpret_contract import PRESETS, trained
from torch import nn

from explorer.errors import SpecError
from explorer.experiment import changed, preset
from explorer.interpret.agreement import agreements, rank_agreement, two_digits
from explorer.interpret.base import EXPLANATIONS, KINDS, Map
from explorer.interpret.of_training import subject_of
from explorer.interpret.on_trial import method_of, quick_methods
from explorer.interpret.retraining import retrained, with_shuffled_labels
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.interpret.trials.base import TRIALS, Case, case_of, fitting, judge
from explorer.interpret.trials.deletion_and_insertion import area, taken
from explorer.interpret.trials.stability_over_seeds import maps_of
from explorer.interpret.trials.weight_randomisation import stages, unharmed
from explorer.plots.explanations import figures
from explorer.results.inspected import Inspected
from explorer.results.verdict import verdicts_of
from explorer.training.loop import train

WEIGHTS = torch.tensor([[3.0, -2.0, 0.5, 1.0, 0.0, 4.0]])
INPUT = torch.tensor([1.0, 4.0, -2.0, 0.5, 7.0, 0.25])  # contributions 3, -8, -1, 0.5, 0, 1


def linear(weights: torch.Tensor = WEIGHTS, x: torch.Tensor = INPUT) -> Subject:
    """A linear model of a table, whose one answer is weights . x."""
    model = nn.Linear(weights.shape[1], len(weights), bias=False)
    model.weight.data = weights.clone()
    rows = torch.stack([x, 2 * x, x + 1])
    names = tuple(f"column {i}" for i in range(weights.shape[1]))
    targets = tuple(f"answer {i}" for i in range(len(weights)))
    return Subject("table", ("features",), model, targets, rows, rows, rows.numpy(), names=names, layers={"linear": model})


class Edges(Map):
    """Shows the input and ignores the network.

    Source: made for this test.
    """

    kind: ClassVar[str] = "edges"
    meaning: ClassVar[str] = "A number is that of the input."

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        return x


class Luck(Edges):
    """Random numbers, the same every time.

    Source: made for this test.
    """

    def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
        return torch.randn(x.shape, generator=torch.Generator().manual_seed(3))


def tried(trial: str, subject: Subject, method: Map, **fields: object):
    return TRIALS[trial].model_validate(fields).judge(case_of(subject, method, Selection()))


EXACT = EXPLANATIONS["integrated_gradients"]()
SLOPE = EXPLANATIONS["saliency"](signs=True)


# -- agreement of maps


def test_rank_agreement_is_spearmans_of_the_sizes():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 3, 20))
    assert rank_agreement(one, other) == pytest.approx(spearmanr(np.abs(one).ravel(), np.abs(other).ravel()).statistic)
    assert rank_agreement(one, -2 * one) == pytest.approx(1.0)
    assert agreements([one, other])[0, 1] == agreements([one, other])[1, 0] == rank_agreement(one, other)


def test_places_where_both_say_nothing_do_not_count():
    one, other = np.array([1.0, 2.0, 3.0, 4.0]), np.array([4.0, 1.0, 3.0, 2.0])
    empty = np.zeros(100)
    assert rank_agreement(np.concatenate([one, empty]), np.concatenate([other, empty])) == pytest.approx(rank_agreement(one, other))
    assert rank_agreement(empty, empty) == 1.0
    assert rank_agreement(empty, np.arange(100)) == 0.0
    assert two_digits(-0.001) == "0.00"


# -- a linear model, by hand


def test_completeness_of_exact_numbers():
    found = tried("completeness", linear(), EXACT)
    assert found.passed is True
    assert found.numbers["missed"] < 1e-5
    assert found.numbers["difference"] == pytest.approx(-4.5)


def test_completeness_of_a_baseline_like_the_input_has_nothing_to_share_out():
    found = tried("completeness", linear(x=torch.zeros(6)), EXACT)
    assert found.passed is None


def test_completeness_finds_out_numbers_that_are_too_large():
    class Doubled(type(EXACT)):
        def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
            return 2 * super().attribute(subject, x, target)

    found = tried("completeness", linear(), Doubled())
    assert found.passed is False
    assert found.numbers["missed"] == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize("method", [EXACT, SLOPE, EXPLANATIONS["occlusion"]()], ids=["exact", "slope", "occlusion"])
def test_infidelity_of_exact_numbers_is_nothing(method):
    found = tried("infidelity", linear(), method)
    assert found.numbers["unexplained"] < 1e-6
    assert found.passed is True


def test_infidelity_finds_out_luck():
    found = tried("infidelity", linear(), Luck())
    assert found.numbers["unexplained"] > 0.5
    assert found.passed is False


def test_infidelity_is_for_numbers_with_signs():
    assert "no sign" in TRIALS["infidelity"].reason_not(EXPLANATIONS["saliency"](), linear())


def test_sensitivity_of_a_slope_is_nothing():
    found = tried("sensitivity", linear(), SLOPE)
    assert found.numbers["change"] < 1e-6
    assert found.passed is True


def test_sensitivity_is_the_largest_relative_change():
    """A map that is the input itself changes by as much as the input does."""
    found = tried("sensitivity", linear(), Edges(), samples=50, radius=0.1)
    most = found.numbers["radius"] * 6**0.5 / float(INPUT.norm())
    assert 0.5 * most < found.numbers["change"] <= most * (1 + 1e-5)


def test_sensitivity_of_a_picture_is_measured_on_the_whole_picture():
    subject = subject_of(trained(PRESETS["image"]), Selection())
    found = TRIALS["sensitivity"](samples=20, radius=0.1).judge(case_of(subject, Edges(), Selection()))
    most = found.numbers["radius"] * subject.x[0].numel() ** 0.5 / float(subject.x[0].norm())
    assert found.numbers["change"] == pytest.approx(most / 3**0.5, rel=0.25)  # uniform numbers: a third of the square


def test_areas_of_a_linear_model_are_those_by_hand():
    """Contributions 3, 1, 0.5, 0, -1, -8 are taken away in this order from -4.5."""
    found = tried("deletion_and_insertion", linear(), EXACT)
    np.testing.assert_allclose(found.arrays["deletion"], [-4.5, -7.5, -8.5, -9, -9, -8, 0], atol=1e-4)
    np.testing.assert_allclose(found.arrays["insertion"], [0, 3, 4, 4.5, 4.5, 3.5, -4.5], atol=1e-4)
    assert found.numbers["deletion"] == pytest.approx((-2.25 - 7.5 - 8.5 - 9 - 9 - 8) / 6, rel=1e-4)
    assert found.numbers["insertion"] == pytest.approx((3 + 4 + 4.5 + 4.5 + 3.5 - 2.25) / 6, rel=1e-4)
    assert found.passed is True
    assert found.numbers["beaten"] == 1.0


def test_the_opposite_order_beats_nothing():
    class Opposite(type(EXACT)):
        def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
            return -super().attribute(subject, x, target)

    found = tried("deletion_and_insertion", linear(), Opposite())
    assert found.passed is False
    assert found.numbers["beaten"] == 0.0


def test_two_parts_are_too_few_for_a_verdict():
    found = tried("deletion_and_insertion", linear(WEIGHTS[:, :2], INPUT[:2]), EXACT)
    assert found.passed is None


def test_taking_in_order_and_areas():
    assert taken(torch.tensor([2, 0, 1]), np.array([0, 1, 3])).tolist() == [[False] * 3, [False, False, True], [True] * 3]
    assert area(np.array([[0.0, 1.0, 0.0]]), np.array([0.0, 0.5, 1.0]))[0] == pytest.approx(0.5)


# -- networks that are another one


@cache
def digits() -> Subject:
    training = train(changed(preset("digits_mlp").experiment, "data.size", 300))
    training.make_steps(60)
    return subject_of(training, Selection())


def test_a_map_that_ignores_the_network_is_found_out():
    found = TRIALS["weight_randomisation"]().judge(case_of(digits(), Edges(), Selection()))
    assert found.passed is False
    assert found.numbers["agreement"] == pytest.approx(1.0)
    assert "shows the input" in found.words


def test_a_gradient_changes_with_the_weights():
    found = TRIALS["weight_randomisation"]().judge(case_of(digits(), EXPLANATIONS["saliency"](), Selection()))
    assert found.passed is True
    assert found.numbers["agreement"] < 0.5
    assert found.arrays["agreement"][:, 0].tolist() == [1.0] * 4


def test_scrambling_goes_from_the_last_layer_and_is_undone():
    subject = digits()
    assert list(stages(subject)) == [name for name in subject.layers if any(True for _ in subject.layers[name].parameters())]
    before = {name: value.clone() for name, value in subject.answer.state_dict().items()}
    with pytest.raises(RuntimeError):
        _spoil(subject)
    assert all(torch.equal(value, before[name]) for name, value in subject.answer.state_dict().items())


def _spoil(subject: Subject) -> None:
    with unharmed(subject.answer):
        for weights in subject.answer.parameters():
            weights.data.zero_()
        raise RuntimeError


def test_only_the_last_layer_matters_to_a_linear_models_gradient():
    """Scrambling the weights of one row changes the map to those very weights."""
    found = tried("weight_randomisation", linear(), SLOPE, draws=3)
    assert found.arrays["layers"].tolist() == [0, 1]
    assert (found.arrays["agreement"][:, 1] < 1).all()


def test_a_function_without_weights_cannot_be_scrambled():
    subject = replace(linear(), answer=nn.Identity(), layers={})
    assert "cannot be scrambled" in TRIALS["weight_randomisation"].reason_not(EXACT, subject)
    assert fitting(EXACT, subject, cheap=True) == ["completeness", "deletion_and_insertion", "infidelity", "sensitivity"]


def test_training_again_with_the_same_seed_gives_the_same_map():
    subject = digits()
    case = case_of(subject, EXACT, Selection())
    seed = subject.training.experiment.seed
    maps = maps_of(case, [seed, seed + 1], subject.training.step)
    assert rank_agreement(maps[0], maps[1]) == pytest.approx(1.0)
    np.testing.assert_allclose(maps[0], maps[1], atol=1e-5)
    assert rank_agreement(maps[0], maps[2]) < 1.0


def test_labels_are_shuffled_and_nothing_else():
    dataset = digits().training.state.dataset
    other = with_shuffled_labels(dataset, np.random.default_rng(0))
    assert (other.train.y != dataset.train.y).mean() > 0.7
    assert sorted(other.train.y) == sorted(dataset.train.y)
    assert other.train.x is dataset.train.x
    assert other.test is dataset.test
    trained_on = retrained(digits().training.experiment, 5, other).state
    assert torch.equal(trained_on.y_train, torch.from_numpy(other.train.y))


def test_shuffled_labels_and_other_seeds_are_told_apart_from_a_map_of_the_input():
    for name, ignoring in (("label_randomisation", False), ("stability_over_seeds", True)):
        found = TRIALS[name](steps=30).judge(case_of(digits(), Edges(), Selection()))
        assert found.passed is ignoring
        assert found.numbers["agreement"] == pytest.approx(1.0)
        assert found.numbers["steps"] == 30
        assert "(this " in found.words


def test_a_network_that_was_never_trained_is_said():
    subject = subject_of(train(preset("xor").experiment), Selection())
    found = judge(subject, EXACT, Selection(), [TRIALS["stability_over_seeds"]()])[0]
    assert found.passed is None
    assert "not been trained yet" in found.words


# -- every trial


@pytest.mark.parametrize("name", TRIALS)
def test_says_what_it_is_and_where_it_comes_from(name):
    trial = TRIALS[name]
    assert trial.summary().endswith("?")
    assert "Source: " in (trial.__doc__ or "")
    assert all(field.description for field in trial.model_fields.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TRIALS)
def test_every_trial_judges_every_kind_of_input_and_leaves_the_network_as_it_was(name, kind):
    subject = subject_of(trained(PRESETS[kind]), Selection())
    trial, judged = TRIALS[name](), 0
    trial = trial.model_copy(
        update={field: value for field, value in {"steps": 4, "seeds": 1, "shuffles": 1}.items() if hasattr(trial, field)}
    )
    before = {key: value.clone() for key, value in subject.answer.state_dict().items()}
    for method in (EXACT, EXPLANATIONS["saliency"](), EXPLANATIONS["occlusion"]()):
        reason = trial.reason_not(method, subject)
        if reason:
            assert reason.endswith(".")
            continue
        told: list[float] = []
        found = judge(subject, method, Selection(example=1), [trial], told.append)[0]
        judged += 1
        assert found.trial == name
        assert found.words.endswith(".")
        assert found.passed in (True, False, None)
        assert all(np.isfinite(value) for value in found.numbers.values())
        assert all(np.isfinite(array).all() for array in found.arrays.values())
        assert told[-1] == 1.0
        assert told == sorted(told)
    assert judged, "tried on none of these methods"
    assert all(torch.equal(value, before[key]) for key, value in subject.answer.state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_quick_method_can_be_put_on_trial(kind):
    subject = subject_of(trained(PRESETS[kind]), Selection())
    assert len(quick_methods(subject)) >= 3
    for name in quick_methods(subject):
        found = judge(subject, method_of(subject, name), Selection(example=1), [TRIALS["weight_randomisation"](draws=1)])[0]
        assert not found.words.startswith("Could not"), f"{name}: {found.words}"


def test_a_network_that_breaks_when_it_is_scrambled_is_said_not_raised():
    class Broken(Edges):
        def attribute(self, subject: Subject, x: torch.Tensor, target: int) -> torch.Tensor:
            same = torch.equal(next(subject.answer.parameters()), WEIGHTS)
            return x if same else x * torch.nan

    found = judge(linear(), Broken(), Selection(), [TRIALS["weight_randomisation"]()])[0]
    assert found.passed is None
    assert found.words.startswith("Could not be judged: ")


# -- the explanations


def test_a_map_on_trial_is_a_record_with_figures():
    found = EXPLANATIONS["on_trial"](method="integrated_gradients").explain(digits(), Selection(example=2))
    again = Inspected.unpack(found.pack())
    verdicts = verdicts_of(again)
    assert [one.trial for one in verdicts] == fitting(EXACT, digits(), cheap=True)
    assert [one.title for one in verdicts] == [TRIALS[one.trial].title() for one in verdicts]
    assert found.words[0].startswith("Integrated gradients on trial: ")
    assert len(found.words) == 1 + len(verdicts)
    assert list(figures(again)) == ["Taking parts away, putting them in", "Scrambling the network"]
    json.dumps(found.facts, allow_nan=False)


def test_the_settings_of_the_method_are_kept():
    signed = EXPLANATIONS["on_trial"](method="saliency", settings=(("signs", True),)).explain(digits(), Selection())
    plain = EXPLANATIONS["on_trial"](method="saliency").explain(digits(), Selection())
    assert "infidelity" in plain.facts["left_out"]
    assert "infidelity" not in signed.facts["left_out"]


def test_a_cross_examination_trains_and_is_drawn():
    found = EXPLANATIONS["cross_examination"](method="saliency", steps=10, seeds=2).explain(digits(), Selection())
    assert [one.trial for one in verdicts_of(found)] == ["label_randomisation", "stability_over_seeds"]
    assert len(found.arrays["label_randomisation/agreement"]) == 2
    assert found.arrays["stability_over_seeds/agreement"].shape == (3, 3)
    assert len(figures(found)) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"method": "nonsense"}, "no explanation named 'nonsense'"),
        ({"method": "on_trial"}, "gives no map"),
        ({"method": "saliency", "settings": (("signs", "perhaps"),)}, "Saliency: signs"),
        ({"method": "saliency", "trials": ("stability_over_seeds",)}, "cross-examination"),
        ({"method": "saliency", "trials": ("nonsense",)}, "no trial named"),
        ({"method": "saliency", "trials": ("completeness",)}, "None of these trials fits"),
    ],
)
def test_what_cannot_be_asked_is_said(fields, said):
    with pytest.raises(SpecError, match=said):
        EXPLANATIONS["on_trial"](**fields).explain(digits(), Selection())


def test_a_network_that_was_not_trained_here_has_no_cross_examination():
    assert "not trained here" in EXPLANATIONS["cross_examination"].reason_not(linear())


def test_small_inputs_are_judged_on_several():
    case = case_of(linear(), EXACT, Selection(example=1))
    assert isinstance(case, Case)
    assert len(case.rows()) == 3
    assert torch.equal(case.rows()[0], 2 * INPUT)
    assert "3 examples together" in case.over()
