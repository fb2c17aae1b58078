"""What each task measures, predicts and says of one example: against other ways to the same number, then for every task there is."""

from __future__ import annotations

import json
import math
from functools import cache

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

import explorer as nx
from explorer.errors import DataError
from explorer.experiment import DATASETS, LOSSES, TASKS, Experiment, changed, own_task
from explorer.results.dataset import Dataset
from explorer.training.tasks.anomaly_scoring import auroc
from explorer.training.tasks.box_regression import overlap
from explorer.training.tasks.multi_label import f1_of_labels
from explorer.training.tasks.rating import item_means
from explorer.training.tasks.supervised import macro_f1

pytestmark = pytest.mark.usefixtures("data_drawn_once")

OUTPUT = {"kind": "output"}
FLAT = [{"kind": "flatten"}, OUTPUT]
BY_PLACE = [{"kind": "embedding", "out_features": 4}, OUTPUT]
CASES = {  # task -> a data set it suits, and a network that fits both
    "classification": ("digits", FLAT),
    "regression": ("curve", [OUTPUT]),
    "tagging": ("part_of_speech", BY_PLACE),
    "language_modelling": ("python_text", BY_PLACE),
    "forecasting": ("sine_mixture", FLAT),
    "reconstruction": ("digits", [{"kind": "conv2d", "out_channels": 1, "padding": 1}]),
    "box_regression": ("shapes_located", FLAT),
    "multi_label": ("shapes_together", FLAT),
    "rating": ("ratings", [{"kind": "embedding", "out_features": 4}, *FLAT]),
    "anomaly_scoring": ("series_anomalies", [{"kind": "linear", "out_features": 8}, OUTPUT]),
}


def training_of(task: str, data: str | dict, layers: list[dict], **settings: object) -> nx.Training:
    fields = {"kind": data} if isinstance(data, str) else data
    return nx.train(
        Experiment.from_fields(
            {
                "schema_version": 1,
                "data": fields,
                "task": {"kind": task},
                "networks": {"model": {"layers": layers}},
                "training": {"optimizer": {"kind": "adam", "learning_rate": 0.01}, "batch_size": 32, "engine": "eager", **settings},
            }
        )
    )


def case(task: str) -> nx.Training:
    return training_of(task, *CASES[task])


# -- classification, also of sequences


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_macro_f1_is_that_of_scikit_learn(classes):
    rng = np.random.default_rng(classes)
    for n in (1, 5, 200):
        truth, answer = rng.integers(0, classes, n), rng.integers(0, max(classes - 1, 1), n)  # the last class is never answered
        ours = macro_f1(torch.from_numpy(answer), torch.from_numpy(truth), classes)
        assert ours == pytest.approx(f1_score(truth, answer, average="macro"), abs=1e-6)


@pytest.mark.parametrize(
    ("data", "layers"),
    [
        ("spiral", [{"kind": "linear"}, {"kind": "tanh"}, OUTPUT]),
        ("digits", FLAT),
        ("balanced_brackets", [BY_PLACE[0], {"kind": "mean_over_time"}, OUTPUT]),
        ("wave_shapes", FLAT),
    ],
)
def test_metrics_of_a_classifier_are_those_of_its_answers(data, layers):
    training = training_of("classification", data, layers)
    metrics = training.advance(steps=30).metrics
    answers = training.experiment.task.predict(training.state, training.state.x_test).argmax(1).numpy()
    truth = training.state.dataset.test.y
    assert metrics["test_accuracy"] == pytest.approx((answers == truth).mean(), abs=1e-6)
    assert metrics["test_f1"] == pytest.approx(f1_score(truth, answers, average="macro"), abs=1e-6)


# -- tagging


def test_metrics_of_a_tagger_are_those_of_its_answers():
    training = case("tagging")
    metrics = training.advance(steps=200).metrics
    answers = training.experiment.task.predict(training.state, training.state.x_test).argmax(2).numpy()
    truth = training.state.dataset.test.y
    assert metrics["test_accuracy"] == pytest.approx((answers == truth).mean(), abs=1e-6)
    assert metrics["test_f1"] == pytest.approx(f1_score(truth.ravel(), answers.ravel(), average="macro"), abs=1e-6)
    assert metrics["test_whole"] == pytest.approx((answers == truth).all(1).mean(), abs=1e-6)
    assert 0 < metrics["test_whole"] < metrics["test_accuracy"] < 1


def test_the_loss_of_a_tagger_is_the_mean_over_all_places():
    training = case("tagging")
    p = training.experiment.task.predict(training.state, training.state.x_test).numpy()
    true = np.take_along_axis(p, training.state.dataset.test.y[:, :, None], 2)
    assert training.metrics["test_loss"] == pytest.approx(-np.log(true).mean(), rel=1e-5)


# -- language


def bigram_table(dataset: Dataset) -> np.ndarray:
    """float64 (tokens, tokens): probability of each token after each other, as counted in the training part, with one added."""
    counts = np.ones((len(dataset.vocabulary), len(dataset.vocabulary)))
    np.add.at(counts, (dataset.train.x.ravel(), dataset.train.y.ravel()), 1)
    return counts / counts.sum(1, keepdims=True)


def bigram_model() -> tuple[nx.Training, np.ndarray]:
    """A run whose network is nothing but a table of logarithms of counted probabilities."""
    size = len(DATASETS["python_text"](size=20).load().vocabulary)
    training = training_of("language_modelling", "python_text", [{"kind": "embedding", "out_features": size}])
    table = bigram_table(training.state.dataset)
    with torch.no_grad():
        training.module_of("model", "embedding_1").weight.copy_(torch.from_numpy(np.log(table)))
    return training, table


def test_perplexity_of_counted_pairs_is_its_closed_form():
    training, table = bigram_model()
    test = training.state.dataset.test
    nats = -np.log(table[test.x, test.y]).mean()
    metrics = training.experiment.task.evaluate(training.state)
    assert metrics["test_loss"] == pytest.approx(nats, rel=1e-5)
    assert metrics["test_perplexity"] == pytest.approx(math.exp(nats), rel=1e-5)
    assert metrics["test_accuracy"] == pytest.approx((table.argmax(1)[test.x] == test.y).mean(), abs=1e-6)


def test_who_knows_nothing_is_as_unsure_as_among_all_tokens():
    training = case("language_modelling")
    with torch.no_grad():
        for parameter in training.networks["model"].parameters():
            parameter.zero_()
    metrics = training.experiment.task.evaluate(training.state)
    assert metrics["test_perplexity"] == pytest.approx(len(training.state.dataset.vocabulary), rel=1e-5)


def test_perplexity_is_that_of_cross_entropy_whatever_the_loss():
    training, _ = bigram_model()
    focal = TASKS["language_modelling"](loss=LOSSES["focal"](gamma=3))
    ours, theirs = focal.evaluate(training.state), training.experiment.task.evaluate(training.state)
    assert ours["test_perplexity"] == theirs["test_perplexity"]
    assert ours["test_loss"] < theirs["test_loss"]


def test_at_temperature_0_the_likeliest_token_follows():
    training, table = bigram_model()
    text = training.experiment.task.generate(training.state, [5], 10, 0.0, np.random.default_rng(0))
    expected = [5]
    for _ in range(10):
        expected.append(int(table[expected[-1]].argmax()))
    assert text == expected[1:]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_temperature_sharpens_or_flattens_what_is_drawn(temperature):
    training, table = bigram_model()
    task, rng = training.experiment.task, np.random.default_rng(0)
    drawn = np.array([task.generate(training.state, [5], 1, temperature, rng)[0] for _ in range(1500)])
    p = table[5] ** (1 / temperature)
    counts = np.bincount(drawn, minlength=len(p))
    expected = 1500 * p / p.sum()
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected) + 3).all()


def test_the_same_seed_goes_on_the_same_way():
    training, _ = bigram_model()
    first, second, other = (training.experiment.task.generate(training.state, [1, 2], 40, 1.0, np.random.default_rng(s)) for s in (0, 0, 1))
    assert first == second != other


def test_a_causal_network_reads_short_texts_and_the_end_of_long_ones():
    layers = [
        {"kind": "embedding", "out_features": 8},
        {"kind": "positional_encoding_learned"},
        {"kind": "self_attention", "causal": True},
        OUTPUT,
    ]
    training = training_of("language_modelling", "python_text", layers)
    training.advance(steps=30)
    x = training.state.x_test[:1]
    every_place = training.experiment.task.predict(training.state, x)[0].argmax(1).tolist()
    row = x[0].tolist()

    def next_token(text: list[int]) -> int:
        return training.experiment.task.generate(training.state, text, 1, 0.0, np.random.default_rng(0))[0]

    assert [next_token(row[: place + 1]) for place in range(len(row))] == every_place
    assert next_token([3, 1, 4, *row]) == next_token(row)


# -- forecasting


def naive_forecaster() -> nx.Training:
    """A run whose network says that everything stays as it was at the last hour."""
    training = training_of("forecasting", {"kind": "sine_mixture", "noise": 0.1}, FLAT)
    output = training.module_of("model", "output_1")
    with torch.no_grad():
        output.weight.zero_()
        output.bias.zero_()
        output.weight[:, -1] = 1
    return training


def test_the_naive_forecast_has_no_skill_and_errors_in_metres():
    training = naive_forecaster()
    data, metrics = training.state.dataset, training.experiment.task.evaluate(training.state)
    truth = data.test.y * data.target_scale + data.target_offset
    miss = data.test.raw[:, -1] - truth  # (n, 1) - (n, hours)
    assert metrics["test_skill"] == pytest.approx(0, abs=1e-6)
    assert metrics["test_error"] == pytest.approx(np.abs(miss).mean(), rel=1e-4)
    assert metrics["test_rmse"] == pytest.approx(math.sqrt((miss**2).mean()), rel=1e-4)


def test_skill_is_the_share_of_the_naive_error_avoided():
    training = naive_forecaster()
    naive = training.experiment.task.evaluate(training.state)["test_error"]
    metrics = training.advance(steps=300).metrics
    assert metrics["test_skill"] == pytest.approx(1 - metrics["test_error"] / naive, abs=1e-5)
    assert metrics["test_skill"] > 0.5


def test_a_forecast_is_shown_in_the_unit_of_the_series():
    training = naive_forecaster()
    head, arrays = training.experiment.task.example(training.state, 3)
    data = training.state.dataset
    np.testing.assert_allclose(arrays["example/predicted"], np.full(12, data.test.raw[3, -1, 0]), atol=1e-4)
    np.testing.assert_allclose(arrays["example/truth"], data.test.y[3] * data.target_scale + data.target_offset, atol=1e-6)
    assert head["unit"] == "m"
    assert head["error"] == pytest.approx(np.abs(arrays["example/predicted"] - arrays["example/truth"]).mean(), abs=1e-4)


# -- reconstruction


def test_who_gives_back_what_came_in_explains_everything():
    training = training_of("reconstruction", "digits", [{"kind": "conv2d", "out_channels": 1, "kernel_size": 1}])
    conv = training.module_of("model", "conv2d_1")
    with torch.no_grad():
        conv.weight.fill_(1)
        conv.bias.zero_()
    metrics = training.experiment.task.evaluate(training.state)
    assert (metrics["test_r2"], metrics["test_error"], metrics["test_loss"]) == (1.0, 0.0, 0.0)
    with torch.no_grad():
        conv.bias.fill_(0.25)
    assert training.experiment.task.evaluate(training.state)["test_error"] == pytest.approx(0.25, abs=1e-6)


def test_two_numbers_of_a_table_explain_what_two_principal_components_do():
    training = training_of(
        "reconstruction", "wine", [{"kind": "linear", "out_features": 2}, OUTPUT], optimizer={"kind": "adam", "learning_rate": 0.02}
    )
    metrics = training.advance(steps=2500).metrics
    x = training.state.dataset.train.x
    shares = np.linalg.svd(x - x.mean(0), compute_uv=False) ** 2
    assert metrics["train_r2"] == pytest.approx(shares[:2].sum() / shares.sum(), abs=0.01)


@pytest.mark.parametrize("name", [name for name in DATASETS if TASKS["reconstruction"].suits(DATASETS[name])])
def test_everything_made_of_numbers_can_be_reconstructed(name):
    shape = DATASETS[name].image_shape
    layers = [{"kind": "conv2d", "out_channels": shape[0], "padding": 1}] if shape else [OUTPUT]
    data = {"kind": name, **({"painted": [(0.5, 0.5, 0), (0.4, 0.4, 0), (-0.5, 0, 1), (-0.4, 0, 1)]} if name == "painted" else {})}
    training = training_of("reconstruction", data, layers)
    training.advance(steps=2)
    head, arrays = training.experiment.task.example(training.state, 0)
    assert head["kind"] == "reconstruction"
    assert arrays["example/original"].shape == arrays["example/reconstruction"].shape == training.state.dataset.input_shape.sizes


# -- boxes


@pytest.mark.parametrize(
    ("box", "other", "expected"),
    [
        ((0, 0, 1, 1), (0, 0, 1, 1), 1.0),
        ((0, 0, 0.5, 0.5), (0.5, 0.5, 1, 1), 0.0),
        ((0, 0, 0.5, 1), (0, 0, 1, 1), 0.5),
        ((0, 0, 0.4, 0.4), (0.2, 0.2, 0.6, 0.6), 0.04 / 0.28),
        ((0.5, 0.5, 0.2, 0.2), (0, 0, 1, 1), 0.0),  # inside out: empty
    ],
)
def test_overlap_of_boxes_by_hand(box, other, expected):
    pair = torch.tensor([box]).float(), torch.tensor([other]).float()
    assert overlap(*pair).item() == overlap(*reversed(pair)).item() == pytest.approx(expected, abs=1e-6)


def test_overlap_of_boxes_is_that_of_counted_cells():
    rng = np.random.default_rng(0)
    boxes = np.sort(rng.integers(0, 21, (40, 2, 2, 2)), axis=2)  # pair, edge, (x, y)
    cells = np.zeros((40, 2, 20, 20), bool)
    for row, which in np.ndindex(40, 2):
        (left, top), (right, bottom) = boxes[row, which]
        cells[row, which, top:bottom, left:right] = True
    shared, either = (cells[:, 0] & cells[:, 1]).sum((1, 2)), (cells[:, 0] | cells[:, 1]).sum((1, 2))
    first, second = (torch.from_numpy(boxes[:, which].reshape(40, 4) / 20).float() for which in (0, 1))
    np.testing.assert_allclose(overlap(first, second).numpy(), shared / np.maximum(either, 1), atol=1e-6)


def test_who_finds_every_box_overlaps_it_wholly():
    training = case("box_regression")
    truth = training.state.y_test
    assert overlap(truth, truth).min().item() == pytest.approx(1, abs=1e-5)
    metrics = training.advance(steps=40).metrics
    predicted = training.experiment.task.predict(training.state, training.state.x_test)
    shared = overlap(predicted, truth)
    assert metrics["test_iou"] == pytest.approx(shared.mean().item(), abs=1e-6)
    assert metrics["test_found"] == pytest.approx((shared >= 0.5).float().mean().item(), abs=1e-6)
    head, _ = training.experiment.task.example(training.state, 2)
    assert head["iou"] == pytest.approx(shared[2].item(), abs=1e-4)


# -- several labels


def test_metrics_of_labels_are_those_of_scikit_learn():
    training = case("multi_label")
    metrics = training.advance(steps=60).metrics
    answers = training.experiment.task.predict(training.state, training.state.x_test).numpy() > 0.5
    truth = training.state.dataset.test.y > 0.5
    assert metrics["test_f1"] == pytest.approx(f1_score(truth, answers, average="macro"), abs=1e-6)
    assert metrics["test_exact"] == pytest.approx(accuracy_score(truth, answers), abs=1e-6)
    assert metrics["test_labels"] == pytest.approx((truth == answers).mean(), abs=1e-6)
    head, _ = training.experiment.task.example(training.state, 5)
    assert head["truth"] == truth[5].tolist()
    assert head["predicted"] == answers[5].tolist()


def test_a_label_that_never_comes_up_does_not_count():
    answer, truth = torch.tensor([[1, 0], [0, 0]]).bool(), torch.tensor([[1, 0], [1, 0]]).bool()
    assert f1_of_labels(answer, truth) == pytest.approx(2 / 3)


# -- ratings


def test_the_mean_of_each_thing_is_what_counting_gives():
    training = case("rating")
    train, test = training.state.dataset.train, training.state.dataset.test
    means = {thing: train.y[train.x[:, 1] == thing].mean() for thing in np.unique(train.x[:, 1])}
    plain = np.array([means.get(thing, train.y.mean()) for thing in test.x[:, 1]])
    found = item_means(training.state.x_train, training.state.y_train, len(training.state.dataset.vocabulary))
    np.testing.assert_allclose(found[test.x[:, 1]].numpy(), plain, atol=1e-5)
    metrics = training.advance(steps=50).metrics
    stars = training.experiment.task.predict(training.state, training.state.x_test).numpy()[:, 0]
    scale, offset = training.state.dataset.target_scale[0], training.state.dataset.target_offset[0]
    wrong = stars - (test.y[:, 0] * scale + offset)
    assert metrics["test_rmse"] == pytest.approx(np.sqrt(np.square(wrong).mean()), rel=1e-4)
    assert metrics["test_error"] == pytest.approx(np.abs(wrong).mean(), rel=1e-4)
    naive = np.square((plain - test.y[:, 0]) * scale).mean()
    assert metrics["test_skill"] == pytest.approx(1 - np.square(wrong).mean() / naive, rel=1e-3)


# -- anomalies


def test_auroc_is_that_of_scikit_learn_with_ties_and_without():
    rng = np.random.default_rng(0)
    for scores in (rng.random(200), rng.integers(0, 5, 200).astype(float), np.zeros(200)):
        positive = rng.random(200) < 0.2
        assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)
    assert math.isnan(auroc(np.zeros(3), np.zeros(3, bool)))


def test_anomalies_are_scored_by_what_is_given_back_and_never_trained_on():
    training = case("anomaly_scoring")
    state, task = training.state, training.experiment.task
    metrics = training.advance(steps=100).metrics
    score = task.predict(state, state.x_test)[:, 0].numpy()
    assert metrics["test_auroc"] == pytest.approx(roc_auc_score(state.dataset.test.y, score), abs=1e-6)
    assert metrics["test_normal_score"] == pytest.approx(score[state.dataset.test.y == 0].mean(), rel=1e-5)
    before = {name: value.clone() for name, value in training.networks["model"].state_dict().items()}
    anomalies = torch.nonzero(state.y_train)[:, 0]
    state.optimizers["model"] = torch.optim.SGD(training.networks["model"].parameters(), lr=1.0)
    assert task.step(state, anomalies)["batch_loss"].item() == 0
    for name, value in training.networks["model"].state_dict().items():
        assert torch.equal(value, before[name])
    task.step(state, torch.arange(10))
    assert any(not torch.equal(value, before[name]) for name, value in training.networks["model"].state_dict().items())


# -- every task


def test_every_problem_has_one_task_of_its_own_and_every_data_set_suits_it():
    problems = {data.problem for data in DATASETS.values()}
    assert {task.problem for task in TASKS.values()} - {""} == problems
    for data in DATASETS.values():
        assert own_task(data.problem).suits(data)


def test_every_task_with_a_loss_has_losses_to_choose_from():
    with_loss = [task for task in TASKS.values() if "loss" in task.model_fields]
    assert {task.losses for task in with_loss} == {loss.problem for loss in LOSSES.values()}
    for task in with_loss:
        assert task().loss.problem == task.losses


def test_the_tasks_have_names_for_people():
    assert {TASKS[kind].title() for kind in CASES} == {
        "Classification",
        "Regression",
        "Token tagging",
        "Next-token language modelling",
        "Forecasting",
        "Reconstruction",
        "Box regression",
        "Multi label",
        "Rating",
        "Anomaly scoring",
    }


@cache
def default_of(name: str) -> Dataset:
    return DATASETS[name]().load()


@pytest.mark.parametrize("task", [task for task in TASKS if TASKS[task].roles == ("model",)])
def test_a_data_set_that_does_not_suit_is_refused_in_words(task):
    assert task in CASES, "add a case for the new task"
    seen = 0
    for name, data in DATASETS.items():
        if TASKS[task].suits(data) or data.paint_is_sample:
            continue
        with pytest.raises(DataError, match=rf"^{TASKS[task].title()} needs .+, but this data set has .+\. Choose "):
            TASKS[task]().shapes("model", default_of(name))
        seen += 1
    assert seen


@pytest.mark.parametrize("task", CASES)
def test_every_number_has_a_unit(task):
    training = case(task)
    result = training.advance(steps=2)
    units = training.experiment.task.units()
    assert set(result.metrics) | set(result.losses) == {name for name in units if not name.startswith("validation_")}
    assert all(units.values())
    assert all(math.isfinite(value) for value in result.metrics.values())


@pytest.mark.parametrize("task", CASES)
def test_the_validation_part_is_measured_as_the_others_are(task):
    experiment = changed(case(task).experiment, "data.validation_fraction", 0.3)
    result = nx.Training(experiment).advance(steps=2)
    assert set(result.metrics) | set(result.losses) == set(experiment.task.units())
    test = {name.removeprefix("test_") for name in result.metrics if name.startswith("test_")}
    assert {name.removeprefix("validation_") for name in result.metrics if name.startswith("validation_")} == test


@pytest.mark.parametrize("task", CASES)
def test_training_lowers_the_loss(task):
    training = case(task)
    before = training.metrics["test_loss"]
    assert training.advance(steps=60).metrics["test_loss"] < 0.95 * before


KEYS = {
    "classification": {"kind", "label", "predicted", "probabilities"},
    "regression": {"kind", "label", "predicted", "probabilities", "scale", "unit"},
    "tagging": {"kind", "label", "truth", "predicted", "probabilities", "predicted_right"},
    "language_modelling": {"kind", "truth", "probabilities", "top", "continuation", "perplexity"},
    "forecasting": {"kind", "error", "unit"},
    "reconstruction": {"kind", "error"},
    "box_regression": {"kind", "truth", "predicted", "iou"},
    "multi_label": {"kind", "names", "truth", "predicted", "probabilities"},
    "rating": {"kind", "label", "predicted", "probabilities", "scale", "unit"},
    "anomaly_scoring": {"kind", "label", "anomaly", "called", "learned", "score", "threshold", "error"},
}


@pytest.mark.parametrize("task", CASES)
def test_one_example_is_plain_data_even_where_the_network_is_broken(task):
    training = case(task)
    head, arrays = training.experiment.task.example(training.state, 1)
    assert set(head) == KEYS[task]
    assert json.loads(json.dumps(head, allow_nan=False)) == head
    assert all(name.startswith("example/") and values.dtype == np.float32 for name, values in arrays.items())
    with torch.no_grad():
        for parameter in training.networks["model"].parameters():
            parameter.fill_(float("nan"))
    broken, _ = training.experiment.task.example(training.state, 1)
    json.dumps(broken, allow_nan=False)
    assert set(broken) == set(head)


def test_a_gan_has_no_single_answer():
    assert TASKS["gan"]().example(None, 0) == ({}, {})


def test_tags_of_an_example_are_words():
    training = case("tagging")
    training.advance(steps=200)
    head, _ = training.experiment.task.example(training.state, 0)
    dataset = training.state.dataset
    assert head["truth"] == [dataset.class_names[tag] for tag in dataset.test.y[0]]
    assert head["predicted_right"] == sum(a == b for a, b in zip(head["truth"], head["predicted"], strict=True)) >= 6
    assert all(1 / dataset.classes <= p <= 1 for p in head["probabilities"])


def test_the_next_tokens_of_an_example_come_with_their_probabilities():
    training, table = bigram_model()
    head, _ = training.experiment.task.example(training.state, 0)
    dataset = training.state.dataset
    x, y = dataset.test.x[0], dataset.test.y[0]
    assert "".join(head["truth"]) == "".join(dataset.vocabulary[token] for token in y)
    np.testing.assert_allclose(head["probabilities"], table[x, y], atol=1e-5)
    assert head["perplexity"] == pytest.approx(math.exp(-np.log(table[x, y]).mean()), rel=1e-4)
    assert [len(top) for top in head["top"]] == [5] * len(y)
    for token, top in zip(x, head["top"], strict=True):
        assert [p for _, p in top] == pytest.approx(sorted(table[token], reverse=True)[:5], abs=1e-5)
    assert len(head["continuation"]) == 60
    assert head == training.experiment.task.example(training.state, 0)[0]
