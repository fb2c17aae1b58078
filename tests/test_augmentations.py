"""Augmentations: each against a change made another way, then what all promise: fresh, repeatable, and nothing else touched."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

import explorer as nx
from explorer.errors import SpecError
from explorer.experiment import AUGMENTATIONS, DATASETS, Experiment, MixingSpec, changed
from explorer.export.script import training_script
from explorer.results.dataset import Dataset
from explorer.training.augmentations._shares import beta

FIRST = {  # the first set that each is tried on
    "frequency_mask": "spoken_vowels",
    "time_mask": "spoken_vowels",
    "token_dropout": "sentiment",
}
ALL = list(AUGMENTATIONS)
STRONG = {  # so strong that nearly every example is changed
    "flip": {"chance": 1.0},
    "erase": {"chance": 1.0, "side": 0.5},
    "token_dropout": {"share": 0.9},
    "mixup": {"alpha": 4.0},
    "shift": {"most": 0.5},
    "crop": {"least": 0.4},
    "rotate": {"most": 90.0},
}


def loaded(name: str) -> Dataset:
    return DATASETS[FIRST.get(name, "shapes")](size=120).load()


def examples(name: str) -> tuple[torch.Tensor, Dataset]:
    dataset = loaded(name)
    return torch.from_numpy(dataset.train.x[:40]), dataset


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def changed_by(name: str, seed: int = 0, **fields: float) -> tuple[torch.Tensor, torch.Tensor]:
    x, dataset = examples(name)
    return x, AUGMENTATIONS[name].model_validate(fields).change(x, rng(seed), dataset)


# -- each by itself


def test_shifting_is_moving_by_whole_pixels_with_black_behind():
    x, moved = changed_by("shift", most=0.25)
    seen = set()
    for before, after in zip(x[:, 0].numpy(), moved[:, 0].numpy(), strict=True):
        padded = np.pad(before, 4)
        ways = [(d, r) for d in range(-4, 5) for r in range(-4, 5) if np.allclose(padded[4 + d : 20 + d, 4 + r : 20 + r], after, atol=1e-4)]
        assert ways
        seen |= {ways[0]}
    assert len(seen) > 15
    assert {abs(d) for d, _ in seen} == {abs(r) for _, r in seen} == {0, 1, 2, 3, 4}


def test_turning_by_nothing_changes_nothing_and_circles_stay():
    x, same = changed_by("rotate", most=0.0)
    torch.testing.assert_close(same, x, atol=1e-5, rtol=0)
    x, turned = changed_by("rotate", most=90.0)
    torch.testing.assert_close(distance_from_middle(turned), distance_from_middle(x), atol=0.4, rtol=0)
    assert (turned - x).abs().amax((1, 2, 3)).median() > 0.3


def distance_from_middle(x: torch.Tensor) -> torch.Tensor:
    """(n,) pixels from the middle of the picture to that of what is bright; what would lie outside after turning is left out."""
    at = torch.arange(x.shape[2]) - (x.shape[2] - 1) / 2
    inside = (at[:, None] ** 2 + at[None] ** 2).sqrt() < x.shape[2] / 2
    x = x * inside
    mass = x.sum((1, 2, 3))
    return (((x * at).sum((1, 2, 3)) / mass) ** 2 + ((x * at[:, None]).sum((1, 2, 3)) / mass) ** 2).sqrt()


def test_a_quarter_turn_is_that_of_torch():
    from explorer.training.augmentations._warp import warped

    x, _ = examples("rotate")
    quarter = torch.tensor([[0.0, -1, 0], [1, 0, 0]]).repeat(len(x), 1, 1)
    torch.testing.assert_close(warped(x, quarter), x.rot90(1, (2, 3)), atol=1e-4, rtol=0)


def test_flipping_is_numpy_s():
    x, flipped = changed_by("flip", chance=1.0)
    np.testing.assert_array_equal(flipped.numpy(), x.numpy()[..., ::-1])
    x, half = changed_by("flip", chance=0.5)
    kept = (half == x).flatten(1).all(1)
    assert 10 < kept.sum() < 30
    torch.testing.assert_close(half[~kept], x[~kept].flip(3))


def test_the_whole_of_a_picture_cropped_is_the_picture_and_half_of_it_covers_four_times_the_area():
    x, same = changed_by("crop", least=1.0)
    torch.testing.assert_close(same, x, atol=1e-5, rtol=0)
    from explorer.training.augmentations._warp import warped

    ones = torch.zeros(1, 1, 16, 16)
    ones[..., 6:10, 6:10] = 1
    larger = warped(ones, torch.tensor([[[0.5, 0, 0], [0, 0.5, 0]]]))
    assert larger.sum().item() == pytest.approx(4 * 16, rel=0.05)


def test_erasing_blots_out_one_square():
    dataset = loaded("erase")
    erased = AUGMENTATIONS["erase"].model_validate({"side": 0.25, "chance": 1.0}).change(torch.ones(40, 1, 16, 16), rng(), dataset)
    gone = erased[:, 0] == 0
    assert (gone.sum((1, 2)) == 16).all()
    assert (gone.any(1).sum(1) == 4).all()
    assert (gone.any(2).sum(1) == 4).all()
    assert len({tuple(torch.nonzero(one)[0].tolist()) for one in gone}) > 20


def test_noise_has_its_deviation():
    x, noisy = changed_by("noise", deviation=0.3)
    assert (noisy - x).std().item() == pytest.approx(0.3, rel=0.03)
    assert (noisy - x).mean().item() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("name", "axis"), [("time_mask", 3), ("frequency_mask", 2)])
def test_a_mask_silences_neighbours_all_along_the_other_way(name, axis):
    dataset = loaded(name)
    ones = torch.ones(40, *dataset.input_shape.sizes)
    silent = AUGMENTATIONS[name].model_validate({"widest": 0.5}).change(ones, rng(), dataset) == 0
    other = 5 - axis
    torch.testing.assert_close(silent.any(other), silent.all(other))
    for row in silent.any(other)[:, 0]:
        places = torch.nonzero(row)[:, 0].tolist()
        assert places == list(range(places[0], places[0] + len(places))) if places else True
        assert len(places) <= 0.5 * ones.shape[axis] + 0.5
    assert 0.15 < silent.float().mean() < 0.35  # a quarter, the mean of 0 to a half


@pytest.mark.parametrize(("name", "filler"), [("sentiment", 0), ("balanced_brackets", -1)])
def test_the_stated_share_of_tokens_is_replaced_by_any_but_what_fills_rows_up(name, filler):
    dataset = DATASETS[name](size=120).load()
    x = torch.from_numpy(dataset.train.x[:60])
    other = AUGMENTATIONS["token_dropout"].model_validate({"share": 0.5}).change(x, rng(), dataset)
    words, filling = len(dataset.vocabulary) - (filler == 0), x == filler
    assert dataset.filler == filler
    assert filling.any() == (filler == 0)
    assert torch.equal(filling, other == filler)
    assert (x != other)[~filling].float().mean().item() == pytest.approx(0.5 * (1 - 1 / words), abs=0.05)
    assert set(other[~filling].unique().tolist()) == set(range(filler + 1, filler + 1 + words))
    assert other.dtype == torch.int64


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_are_of_the_beta_distribution(alpha):
    draws = np.array([beta(alpha, generator) for generator in [rng(1)] for _ in range(1500)])
    assert draws.mean() == pytest.approx(0.5, abs=0.03)
    assert draws.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)  # of Beta(a, a)
    assert 0 <= draws.min() <= draws.max() <= 1


def test_mixup_is_the_weighted_mean_of_two_pictures():
    x, _ = examples("mixup")
    mixed, partner, own = AUGMENTATIONS["mixup"].model_validate({"alpha": 4.0}).mix(x, rng())
    np.testing.assert_allclose(mixed.numpy(), own * x.numpy() + (1 - own) * x.numpy()[partner.numpy()], atol=1e-6)
    assert sorted(partner.tolist()) == list(range(len(x)))


def test_cutmix_pastes_a_part_as_large_as_its_share():
    x = torch.arange(40.0)[:, None, None, None].expand(40, 1, 16, 16)
    sizes = set()
    for seed in range(20):
        mixed, partner, own = AUGMENTATIONS["cutmix"]().mix(x, rng(seed))
        pasted = mixed == partner[:, None, None, None]
        kept = mixed == x
        assert (pasted | kept).all()
        moved = partner != torch.arange(40)
        torch.testing.assert_close(kept[moved].float().mean((1, 2, 3)), torch.full((int(moved.sum()),), own))
        sizes |= {own}
    assert len(sizes) > 6


# -- what all promise


@pytest.mark.parametrize("name", ALL)
def test_it_says_what_it_does_and_for_what(name):
    one = AUGMENTATIONS[name]
    assert 30 <= len(one.summary()) <= 130
    assert one.summary()[-1] == "."
    assert one.needs
    assert all(field.description for field in one.model_fields.values())
    assert any(one.suits(data) for data in DATASETS.values())


@pytest.mark.parametrize("name", ALL)
def test_it_is_repeatable_and_fresh_and_leaves_the_examples_alone(name):
    x, dataset = examples(name)
    before, one = x.clone(), AUGMENTATIONS[name].model_validate(STRONG.get(name, {}))
    torch.manual_seed(1)
    first = one.change(x, rng(), dataset)
    torch.manual_seed(2)
    again, other = one.change(x, rng(), dataset), one.change(x, rng(1), dataset)
    assert torch.equal(first, again)
    assert not torch.equal(first, other) or name == "flip"
    assert torch.equal(x, before)
    assert not torch.equal(first, x)
    assert (first.shape, first.dtype) == (x.shape, x.dtype)
    assert one.change(x[:0], rng(), dataset).shape == x[:0].shape


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("data", DATASETS)
def test_what_it_does_not_suit_refuses_it_in_words(name, data):
    cls = DATASETS[data]
    if AUGMENTATIONS[name].suits(cls):
        assert cls.model_validate({"augment": [{"kind": name}]}).augment[0].kind == name
        assert cls.applies("augment")
    else:
        with pytest.raises(ValidationError, match=rf"{data} cannot be augmented by {name}, which is for .+: take it out"):
            cls.model_validate({"augment": [{"kind": name}]})


# -- in a run


def experiment(*augment: dict, task: str = "classification", data: str = "shapes") -> Experiment:
    layers = [{"kind": "flatten"}, {"kind": "dropout", "p": 0.3}, {"kind": "output"}]
    if data == "sentiment":
        layers = [{"kind": "embedding", "out_features": 4}, *layers]
    fields = {
        "schema_version": 1,
        "data": {"kind": data, "size": 200, "augment": list(augment)},
        "task": {"kind": task},
        "networks": {"model": {"layers": layers}},
        "training": {"optimizer": {"kind": "adam", "learning_rate": 0.01}, "batch_size": 16, "engine": "eager"},
        "seed": 3,
    }
    return Experiment.from_fields(fields)


@pytest.mark.parametrize("name", ALL)
def test_a_run_repeats_itself_and_goes_on_bit_for_bit_after_an_interruption(name):
    chosen = experiment({"kind": name}, data=FIRST.get(name, "shapes"))
    whole, first = nx.train(chosen), nx.train(chosen)
    whole.advance(steps=25)
    first.advance(steps=10)
    later = nx.train(chosen)
    later.restore(*first.checkpoint())
    later.advance(steps=15)
    for a, b in zip(whole.networks["model"].parameters(), later.networks["model"].parameters(), strict=True):
        assert torch.equal(a, b)
    assert whole.metrics == later.metrics
    plain = nx.train(experiment(data=FIRST.get(name, "shapes")))
    plain.advance(steps=25)
    assert plain.metrics != whole.metrics


def test_changing_nothing_changes_nothing():
    plain, none = nx.train(experiment()), nx.train(experiment({"kind": "noise", "deviation": 0.0}))
    plain.advance(steps=20)
    none.advance(steps=20)
    assert plain.metrics == none.metrics  # dropout masks and batches too: augmentation draws from numbers of its own
    assert "augment" not in plain.experiment.to_json()


def test_it_can_be_changed_while_a_run_trains():
    training = nx.train(experiment())
    training.advance(steps=5)
    training.set("data.augment", [{"kind": "noise", "deviation": 0.2}, {"kind": "flip"}])
    training.advance(steps=5)
    assert training.step == 10
    assert training.marks[-1][0] == 5


def test_the_loss_of_mixed_examples_is_shared_between_their_answers():
    training = nx.train(experiment({"kind": "mixup", "alpha": 4.0}, {"kind": "noise", "deviation": 0.0}))
    state, numbers = training.state, torch.arange(8)
    x, answers = state.batch(numbers)
    assert sum(share for share, _ in answers) == pytest.approx(1)
    (own, y), (rest, other) = answers
    assert torch.equal(y, state.y_train[numbers])
    state.random.manual_seed(3)
    spec = state.experiment.data.augment[0]
    assert isinstance(spec, MixingSpec)
    mixed, partner, share = spec.mix(state.x_train[numbers], state.random)
    assert torch.equal(mixed, x)
    assert (own, rest) == (share, 1 - share)
    assert torch.equal(other, y[partner])
    state.random.manual_seed(3)
    state.networks["model"].eval()
    network, loss = state.networks["model"], state.experiment.task.loss
    expected = own * loss.loss(network(x), y) + rest * loss.loss(network(x), other)
    got = state.experiment.task.step(state, numbers)["batch_loss"]
    assert got.item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_test_part_is_never_changed():
    chosen = experiment({"kind": "erase", "chance": 1.0})
    training = nx.train(chosen)
    np.testing.assert_array_equal(training.state.x_test.numpy(), DATASETS["shapes"](size=200).load().test.x)
    np.testing.assert_array_equal(training.state.x_train.numpy(), DATASETS["shapes"](size=200).load().train.x)


def test_an_autoencoder_is_asked_for_what_it_was_given():
    layers = [{"kind": "conv2d", "out_channels": 1, "kernel_size": 1}]
    fields = experiment({"kind": "noise"}).model_dump(mode="json") | {
        "task": {"kind": "reconstruction"},
        "networks": {"model": {"layers": layers}},
    }
    training = nx.train(Experiment.from_fields(fields))
    training.advance(steps=3)
    assert training.step == 3


def test_the_script_and_the_fused_engine_say_why_not():
    chosen = experiment({"kind": "noise"})
    with pytest.raises(SpecError, match="augmentation cannot be written as a script"):
        training_script(chosen)
    with pytest.raises(SpecError, match=r"fused engine cannot run this experiment: .*augmented"):
        nx.train(changed(chosen, "training.engine", "fused"))
