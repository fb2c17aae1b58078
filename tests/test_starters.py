"""Every network the Build page starts from learns within a minute on one core, and every claim beside it holds."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest

import explorer as nx
from explorer.experiment import Experiment, changed, preset, presets
from explorer.results.dataset import Dataset

STARTERS = list(presets("build"))
IN_ORDER = (
    "logistic_regression mlp lenet vgg resnet inception dilated_conv1d lstm gru bilstm_tagger tiny_encoder tiny_decoder vit autoencoder "
    "box_finder several_labels recommender anomaly_autoencoder"
)


def named(words: str) -> str:
    """The starter whose file is called build_NN_<words>."""
    return next(name for name in STARTERS if name[9:] == words)


def trained(experiment: Experiment, steps: int, seed: int = 0) -> nx.Training:
    training = nx.train(changed(changed(experiment, "seed", seed), "training.engine", "eager"))
    training.advance(steps=steps)
    return training


def without(experiment: Experiment, kind: str) -> Experiment:
    """The same experiment, all layers of a kind taken out."""
    network = experiment.networks["model"]
    for layer in [layer for layer in network.walk() if layer.kind == kind]:
        network = network.replaced(layer.id)
    return experiment.model_copy(update={"networks": {"model": network}})


def with_layer(experiment: Experiment, layer_id: str, **fields: object) -> Experiment:
    network = experiment.networks["model"]
    layer = network.layer(layer_id).model_copy(update=fields)
    return experiment.model_copy(update={"networks": {"model": network.replaced(layer_id, layer)}})


def test_they_come_in_the_order_of_the_list():
    assert [name[9:] for name in STARTERS] == IN_ORDER.split()
    assert [int(name[6:8]) for name in STARTERS] == list(range(1, 19))


@pytest.mark.parametrize("name", STARTERS)
def test_each_task_suits_its_data(name):
    experiment = preset(name).experiment
    assert experiment.task.suits(type(experiment.data))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "steps", "metric", "reached"),
    [
        ("logistic_regression", 800, "test_accuracy", 0.94),
        ("mlp", 1000, "test_accuracy", 0.94),
        ("lenet", 1000, "test_accuracy", 0.95),
        ("vgg", 800, "test_accuracy", 0.96),
        ("resnet", 700, "test_accuracy", 0.96),
        ("inception", 1000, "test_accuracy", 0.95),
        ("dilated_conv1d", 800, "test_skill", 0.8),
        ("lstm", 800, "test_accuracy", 0.98),
        ("gru", 1200, "test_accuracy", 0.95),
        ("bilstm_tagger", 700, "test_accuracy", 0.99),
        ("tiny_encoder", 1000, "test_accuracy", 0.97),
        ("vit", 1500, "test_accuracy", 0.93),
        ("autoencoder", 3000, "test_r2", 0.8),
        ("box_finder", 1000, "test_iou", 0.76),
        ("several_labels", 900, "test_labels", 0.9),
        ("recommender", 3000, "test_skill", 0.27),
        ("anomaly_autoencoder", 1500, "test_auroc", 0.98),
    ],
)
def test_it_learns_what_it_shows(words, steps, metric, reached):
    experiment = Experiment.preset(named(words))
    scores = [trained(experiment, steps, seed).metrics[metric] for seed in range(3)]
    assert statistics.median(scores) >= reached
    assert min(scores) >= reached - 0.03


@pytest.mark.slow
def test_size_speaks_for_a_malignant_tumour():
    training = trained(Experiment.preset(named("logistic_regression")), 800)
    weights = training.module_of("model", "output_1").weight[0].detach().numpy()
    names = training.state.dataset.input_names
    assert training.state.dataset.class_names == ("malignant", "benign")  # a negative weight speaks for the first
    assert all(weight < 0 for name, weight in zip(names, weights, strict=True) if name.split()[1] in ("radius", "perimeter", "area"))


def test_the_dilated_filters_look_back_as_far_as_the_page_says():
    filters = [layer for layer in Experiment.preset(named("dilated_conv1d")).networks["model"].layers if layer.kind == "conv1d"]
    assert all(later.dilation == 2 * earlier.dilation for earlier, later in itertools.pairwise(filters))
    assert 1 + sum(layer.dilation * (layer.kernel_size - 1) for layer in filters) == 32


@pytest.mark.slow
def test_one_direction_leaves_words_wrong_that_the_next_word_decides():
    experiment = with_layer(Experiment.preset(named("bilstm_tagger")), "lstm_1", bidirectional=False)
    metrics = trained(experiment, 1000).metrics
    assert 0.94 < metrics["test_accuracy"] < 0.975
    assert 0.5 < metrics["test_whole"] < 0.7


@pytest.mark.slow
def test_without_positions_the_encoder_cannot_sort():
    assert trained(without(Experiment.preset(named("tiny_encoder")), "positional_encoding_learned"), 600).metrics["test_accuracy"] < 0.5


@pytest.mark.slow
def test_the_decoder_knows_more_than_pairs_of_characters():
    training = trained(Experiment.preset(named("tiny_decoder")), 700)
    dataset = training.state.dataset
    assert pairs_perplexity(dataset) == pytest.approx(11.5, abs=1)
    assert training.metrics["test_perplexity"] < 7.5
    head, _ = training.experiment.task.example(training.state, 0)
    known = {word for row in dataset.train.x for word in "".join(dataset.vocabulary[token] for token in row).split()[1:-1]}
    words = head["continuation"].split()[1:-1]
    assert np.mean([word in known for word in words]) > 0.4


def pairs_perplexity(dataset: Dataset) -> float:
    """Of the test part, for a model that has counted which character follows which."""
    size = len(dataset.vocabulary)
    counts = np.ones((size, size))
    np.add.at(counts, (dataset.train.x.ravel(), dataset.train.y.ravel()), 1)
    p = counts / counts.sum(1, keepdims=True)
    return float(np.exp(-np.log(p[dataset.test.x, dataset.test.y]).mean()))


def test_the_vision_transformer_sees_sixteen_patches():
    experiment = Experiment.preset(named("vit"))
    training = nx.train(experiment)
    assert training.module_of("model", "positional_encoding_learned_1").positions.shape[0] == 16


@pytest.mark.slow
def test_two_numbers_carry_about_half():
    narrow = with_layer(Experiment.preset(named("autoencoder")), "linear_2", out_features=2)
    assert 0.4 < trained(narrow, 5000).metrics["test_r2"] < 0.6
