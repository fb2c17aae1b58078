"""How examples are divided: three ways, and a validation part that is measured and never trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import explorer as nx
from explorer.errors import DataError
from explorer.experiment import DATASETS, DataSpec, Experiment, changed
from explorer.experiment.data import SPLITS
from explorer.plots.loss_curve import loss_curve
from explorer.probes.base import View
from explorer.probes.frame import Camera
from explorer.profiles.duplicates import duplicates, other_duplicates
from explorer.profiles.profile import UNVALIDATED, VALIDATED, how_split, profile
from explorer.profiles.windows import overlapping, windows
from explorer.results.dataset import Dataset, Part, Samples
from explorer.results.frame import unpack

SHARES = st.sampled_from([0.1, 0.2, 0.3, 0.5])


class Numbered(DataSpec):
    """Examples that are their own number; those of three classes take turns, of a fourth there are few. Not registered."""

    def sample(self, rng: np.random.Generator) -> Samples:
        y = np.arange(self.size) % 3
        y[-4:] = 3
        return Samples(np.arange(self.size, dtype=np.float32)[:, None], y, ("a", "b", "c", "rare"), ("number",))


def numbers(part: Part) -> list[int]:
    return part.raw[:, 0].astype(int).tolist()


@given(split=st.sampled_from(list(SPLITS)), tested=SHARES, validated=SHARES, size=st.integers(40, 90), seed=st.integers(0, 9), rarer=SHARES)
@settings(max_examples=60)
def test_parts_are_disjoint_and_together_everything(split, tested, validated, size, seed, rarer):
    dataset = Numbered(split=split, test_fraction=tested, validation_fraction=validated, size=size, seed=seed).load()
    assert list(dataset.parts) == ["training", "validation", "test"]
    assert sorted(number for part in dataset.parts.values() for number in numbers(part)) == list(range(size))
    thinner = Numbered(split=split, test_fraction=tested, validation_fraction=validated, size=size, seed=seed, imbalance=rarer).load()
    kept = [number for part in thinner.parts.values() for number in numbers(part)]
    assert len(set(kept)) == len(kept) <= size


@given(tested=SHARES, validated=SHARES, size=st.integers(40, 90), seed=st.integers(0, 9))
@settings(max_examples=40)
def test_within_each_class_every_part_has_its_share_of_every_class(tested, validated, size, seed):
    dataset = Numbered(test_fraction=tested, validation_fraction=validated, size=size, seed=seed).load()
    counts = {name: np.bincount(part.y, minlength=4) for name, part in dataset.parts.items()}
    every = sum(counts.values())
    held = np.array([max(round(tested * n), 1) for n in every])
    assert counts["test"].tolist() == held.tolist()
    rest = every - held
    assert counts["validation"].tolist() == [min(max(round(validated * n), 1), n - 1) for n in rest]
    assert all(part.min() >= 1 for part in counts.values())


@given(split=st.sampled_from(["random", "in_order"]), tested=SHARES, validated=SHARES, size=st.integers(40, 90))
@settings(max_examples=40)
def test_of_all_examples_the_shares_are_exact(split, tested, validated, size):
    dataset = Numbered(split=split, test_fraction=tested, validation_fraction=validated, size=size).load()
    assert len(dataset.test) == round(tested * size)
    assert len(dataset.validation) == max(round(validated * (size - len(dataset.test))), 1)


def test_in_order_the_parts_follow_one_another():
    dataset = Numbered(split="in_order", size=50, test_fraction=0.2, validation_fraction=0.25).load()
    assert [numbers(part) for part in dataset.parts.values()] == [list(range(30)), list(range(30, 40)), list(range(40, 50))]
    kept = Numbered(split="in_order", size=50, test_fraction=0.2, validation_fraction=0.25, few_examples=7).load()
    assert numbers(kept.train) == list(range(23, 30))


def test_at_random_is_neither_in_order_nor_by_class():
    dataset = Numbered(split="random", size=60).load()
    assert numbers(dataset.train) != sorted(numbers(dataset.train))
    counts = [np.bincount(Numbered(split="random", size=60, seed=seed).load().test.y, minlength=4) for seed in range(20)]
    assert len({tuple(one) for one in counts}) > 5
    assert min(one[3] for one in counts) == 0


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", ["moons", "wine", "own_table", "digits", "diabetes"])
def test_a_validation_part_is_taken_from_the_training_part_alone(kind, split):
    plain, divided = (DATASETS[kind](split=split, size=100, validation_fraction=share).load() for share in (0.0, 0.25))
    assert plain.validation is None
    np.testing.assert_array_equal(plain.test.raw[:, :1], divided.test.raw[:, :1])
    whole = np.concatenate([divided.train.raw, divided.validation.raw])
    if kind != "own_table":  # its columns follow from what the training part holds
        assert sorted(row.tobytes() for row in whole) == sorted(row.tobytes() for row in plain.train.raw)


def test_what_is_scaled_and_filled_in_is_measured_without_the_validation_part():
    dataset = DATASETS["wine"](validation_fraction=0.3, missing=0.2).load()
    assert np.abs(dataset.train.x.mean(axis=0)).max() < 1e-5
    assert np.abs(dataset.validation.x.mean(axis=0)).max() > 0.05
    means = np.where(dataset.train.missing, np.nan, dataset.train.raw)
    filled = dataset.validation.raw[dataset.validation.missing[:, 3], 3]
    np.testing.assert_allclose(filled, np.nanmean(means[:, 3]), rtol=1e-5)


def test_a_validation_part_is_marked_as_training_is_and_shifted_as_training_is():
    dataset = DATASETS["wine"](validation_fraction=0.3, shortcut=1.0, shift="moved", label_noise=0.3).load()
    for part in (dataset.train, dataset.validation):
        right = part.y == 0 if part is dataset.validation else (part.y == 0) & ~part.flipped
        assert part.carries[right].all()
    assert not dataset.test.carries[dataset.test.y == 0].any()
    plain = DATASETS["wine"](validation_fraction=0.3, shortcut=1.0).load()
    np.testing.assert_array_equal(dataset.validation.raw, plain.validation.raw)
    assert dataset.train.flipped.any()
    assert not dataset.validation.flipped.any()


def test_too_few_examples_for_a_validation_part_are_refused_in_words():
    painted = ((-0.5, -0.5, 0), (-0.6, -0.4, 0), (0.5, 0.5, 1), (0.6, 0.4, 1))
    with pytest.raises(DataError, match=r"2 examples that are not for testing are too few to set some aside for validation\. Set valid"):
        DATASETS["painted"](painted=painted, test_fraction=0.5, validation_fraction=0.5).load()


def test_stretches_of_a_series_share_no_row_between_any_two_parts():
    data = DATASETS["own_series"](step=3, validation_fraction=0.25)
    dataset = data.load()
    for later, earlier in (("validation", "training"), ("test", "validation"), ("test", "training")):
        assert overlapping(dataset, later, earlier)[0] == 0
    assert {one.level for one in windows(data, dataset)} == {"fine"}


# -- training


def trained(dataset: Dataset | None, engine: str, steps: int = 40) -> nx.Training:
    experiment = changed(changed(Experiment.preset("spiral"), "data.validation_fraction", 0.25), "training.engine", engine)
    training = nx.Training(changed(experiment, "training.device", "cpu"))
    if dataset:
        training.state.put(dataset)
    training.result = training.advance(steps=steps)
    return training


@pytest.mark.parametrize("engine", ["eager", "fused"])
def test_what_is_in_the_validation_part_changes_no_bit_of_the_training(engine):
    plain = trained(None, engine)
    dataset = plain.state.dataset
    other = replace(dataset.validation, x=dataset.validation.x[::-1] * 7 + 3, y=1 - dataset.validation.y)
    spoilt = trained(replace(dataset, validation=other), engine)
    np.testing.assert_array_equal(plain.result.losses["batch_loss"], spoilt.result.losses["batch_loss"])
    for mine, its in zip(plain.networks["model"].parameters(), spoilt.networks["model"].parameters(), strict=True):
        assert torch.equal(mine, its)
    for name, value in plain.metrics.items():
        assert (value == spoilt.metrics[name]) != name.startswith("validation_"), name


def test_the_validation_part_is_measured_by_the_loss_of_torch():
    training = trained(None, "eager")
    part, network = training.state.dataset.validation, training.networks["model"]
    with torch.no_grad():
        logits = network(torch.from_numpy(part.x))[:, 0]
    truth = torch.from_numpy(part.y).float()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth).item()
    assert training.metrics["validation_loss"] == pytest.approx(loss, rel=1e-5)
    assert training.metrics["validation_accuracy"] == pytest.approx(((logits > 0) == (truth > 0)).float().mean().item())


def test_a_validation_part_can_be_set_aside_and_given_up_while_a_run_trains():
    training = nx.Training(Experiment.preset("spiral"))
    training.advance(steps=20)
    assert "validation_loss" not in training.metrics
    training.set("data.validation_fraction", 0.2)
    training.advance(steps=20)
    assert training.metrics["validation_loss"] > 0
    training.set("data.validation_fraction", 0.0)
    training.advance(steps=20)
    assert "validation_loss" not in training.metrics
    assert np.isnan(training.history.arrays()["validation_loss"][[0, -1]]).all()


def test_early_stopping_ends_a_run_by_the_validation_loss():
    experiment = changed(Experiment.preset("spiral"), "data.validation_fraction", 0.2)
    rule = {"kind": "early_stopping", "epochs": 2}
    training = nx.Training(changed(changed(experiment, "training.stopping", (rule,)), "training.optimizer.learning_rate", 0.0))
    training.finish()
    assert training.finished.startswith("The validation loss has not improved for 2 epochs")
    assert "flatters" not in training.finished


def test_the_curve_of_validation_is_a_third_line_of_its_own():
    values = np.linspace(1, 0, 5)
    names = ("train_loss", "validation_loss", "test_loss")
    figure = loss_curve({"step": np.arange(5.0), **dict.fromkeys(names, values)})
    assert [line.name for line in figure.data] == ["training loss", "validation loss", "test loss"]
    assert len({(line.line.color, line.line.dash) for line in figure.data}) == len({line.line.color for line in figure.data}) == 3


# -- what is said of it


def levels(data: DataSpec) -> dict[str, str]:
    return {one.about: one.level for one in profile(data, data.load()).findings}


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("iris", {}, "At random within each class"),
        ("iris", {"split": "random"}, "At random: a rare class may miss in a part."),
        ("iris", {"split": "in_order"}, "In order, as they come: the last examples are for testing. "),
        ("iris", {"split": "in_order", "validation_fraction": 0.2}, "for testing; those before them are for validation"),
        ("diabetes", {}, "At random."),
        ("sine_mixture", {}, "By time: the last examples are for testing, so"),
    ],
)
def test_how_it_was_divided_is_said(kind, fields, words):
    assert how_split(DATASETS[kind](**fields)).startswith(words) or words in how_split(DATASETS[kind](**fields))


def test_the_page_says_why_not_to_choose_by_the_test_part():
    for share, words in ((0.0, UNVALIDATED), (0.2, VALIDATED)):
        data = DATASETS["iris"](validation_fraction=share)
        found = profile(data, data.load()).split
        assert found.advice == words
        assert found.train + found.validation + found.test == 150


def test_a_class_that_a_part_lacks_is_named_and_training_goes_on():
    data = DATASETS["iris"](split="in_order", validation_fraction=0.2)
    found = {one.about: one for one in profile(data, data.load()).findings}
    assert found["Classes in both parts"].level == "alarm"
    assert "45 of the test examples have a class that the training part lacks: virginica." in found["Classes in both parts"].words
    assert "nothing of: setosa." in found["Classes of the validation part"].words
    assert "Classes of the training part" not in levels(DATASETS["iris"](validation_fraction=0.2))
    experiment = Experiment.preset("spiral").model_copy(update={"data": DATASETS["gaussians"](split="in_order", size=60)})
    assert nx.Training(experiment).advance(steps=5).step == 5


def with_rows(dataset: Dataset, name: str, raw: np.ndarray) -> Dataset:
    key = {"training": "train"}.get(name, name)
    return replace(dataset, **{key: replace(dataset.parts[name], raw=raw)})


def test_the_same_example_is_found_between_every_two_parts():
    dataset = DATASETS["wine"](validation_fraction=0.3).load()
    validation, test = dataset.validation.raw.copy(), dataset.test.raw.copy()
    validation[2], test[5] = dataset.train.raw[9], dataset.validation.raw[7]
    leaky = with_rows(with_rows(dataset, "validation", validation), "test", test)
    assert duplicates(leaky).exact.tolist() == []
    assert [(one.parts, one.exact.tolist()) for one in other_duplicates(leaky)] == [
        (("validation", "training"), [[2, 9]]),
        (("test", "validation"), [[5, 7]]),
    ]
    assert other_duplicates(replace(dataset, validation=None)) == ()


def test_a_row_with_one_number_changed_is_found_whatever_the_number():
    dataset = DATASETS["wine"]().load()
    raw = dataset.test.raw.copy()
    for i, column in enumerate((0, 5, 12)):
        raw[i] = dataset.train.raw[20 + i]
        raw[i, column] += 1e4
    assert duplicates(with_rows(dataset, "test", raw)).near.tolist() == [[0, 20], [1, 21], [2, 22]]
    raw[0, 1] += 1e4
    assert duplicates(with_rows(dataset, "test", raw)).near.tolist() == [[1, 21], [2, 22]]


def test_a_text_with_a_word_changed_or_moved_along_is_found():
    dataset = DATASETS["python_text"](size=300).load()
    before = {tuple(pair) for pair in duplicates(dataset).near.tolist()}  # a manual repeats itself
    assert not {one for one, _ in before} & {2, 3}
    raw = dataset.test.raw.copy()
    raw[3] = dataset.train.raw[40]
    raw[3, 15] = (raw[3, 15] + 1) % 40
    raw[2, :-4] = dataset.train.raw[77, 4:]
    found = {tuple(pair) for pair in duplicates(with_rows(dataset, "test", raw)).near.tolist()}
    assert found == before | {(3, 40), (2, 77)}


def test_a_recording_that_is_louder_and_begins_later_is_found():
    from explorer.data._speech import spectrogram

    dataset = DATASETS["spoken_vowels"](size=300).load()
    before = {tuple(pair) for pair in duplicates(dataset).near.tolist()}
    sound, raw = dataset.test.sound.copy(), dataset.test.raw.copy()
    for i, (number, shift, gain) in enumerate([(3, 137, 0.5), (10, 37, 0.9)]):
        wave = np.roll(dataset.train.sound[number], shift).astype(np.float32) * gain
        wave[:shift] = 0
        sound[i], raw[i] = wave.astype(np.int16), spectrogram(wave[None] / 32768)
    leaky = replace(dataset, test=replace(dataset.test, sound=sound, raw=raw))
    found = {tuple(pair) for pair in duplicates(leaky).near.tolist()}
    assert {(0, 3), (1, 10)} <= found
    assert len(found - before - {(0, 3), (1, 10)}) == 0


def series(starts: list[int], values: np.ndarray, length: int = 12, ahead: int = 4) -> Part:
    rows = np.stack([values[start : start + length + ahead] for start in starts]).astype(np.float32)
    return Part(rows[:, :length, None], rows[:, :length, None], rows[:, length:], np.zeros(len(rows), bool))


@pytest.mark.parametrize("decimals", [6, 0])
def test_stretches_that_lie_over_the_border_are_counted(decimals):
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(0, 3, 900).cumsum(), decimals)
    dataset = replace(
        DATASETS["sine_mixture"](size=20).load(),
        train=series(list(range(0, 400, 8)), values),
        test=series([300, 396, 402, 500, 520], values),
        target_offset=np.zeros(4, np.float32),
        target_scale=np.ones(4, np.float32),
    )
    shared = 3 if decimals else 2  # of whole numbers a longer run has to agree
    assert overlapping(dataset, "test", "training") == (shared, 5)
    (found,) = windows(DATASETS["sine_mixture"](size=20), dataset)
    assert found.level == "alarm"
    assert f"{shared} of 5 test stretches" in found.words


def test_the_points_of_the_validation_part_are_drawn_while_there_is_one():
    training = trained(None, "eager", steps=1)
    part = training.state.dataset.validation
    _, arrays = unpack(Camera(training).take(View(), {}))
    assert arrays["validation/labels"].tolist() == part.y.tolist()
    np.testing.assert_allclose(arrays["validation/points"] / 65535 * 2 - 1, part.raw, atol=1e-4)
    training.set("data.validation_fraction", 0.0)
    assert "validation/points" not in unpack(Camera(training).take(View(), {}))[1]
