"""Text that a network wrote itself: every token explained at the place where it was written."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from explorer.experiment import Experiment, changed
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.generated_text import GeneratedText
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.plots.explanations import figures
from explorer.training.loop import Training, train

BIGRAM = [{"kind": "embedding", "out_features": 8}, {"kind": "output"}]  # what comes next depends on one token alone


@cache
def trained(*layers: str) -> Training:
    experiment = Experiment.preset("explain_gpt")
    training = train(changed(experiment, "networks.model.layers", BIGRAM) if layers else experiment)
    training.advance(steps=5)
    return training


def length() -> int:
    return trained().state.x_test.shape[1]


@pytest.mark.parametrize("method", ["", "saliency", "feature_ablation", "integrated_gradients"])
def test_of_a_network_that_sees_one_token_only_the_token_before_counts(method):
    found = GeneratedText(method=method, begin=5, written=4).explain(subject_of(trained("bigram"), Selection()), Selection(example=2))
    values = found.arrays["values"]
    for row, place in enumerate(range(5, 9)):
        assert values[row, place - 1] != 0
        assert np.abs(np.delete(values[row], place - 1)).max() < 1e-6
    assert "For 4 of the 4 the token right before counted most; in the mean, what counts lies 1 tokens back." in found.words


def test_a_row_is_the_map_of_the_answer_at_the_place_where_the_token_was_written():
    training, vocabulary = trained(), trained().state.dataset.vocabulary
    found = GeneratedText(method="integrated_gradients", begin=6, written=5).explain(
        subject_of(training, Selection()), Selection(example=1)
    )
    text = [vocabulary.index(token) for token in found.facts["tokens"]]
    for row, place in enumerate(range(6, 11)):
        subject = subject_of(training, Selection(place=place - 1))
        x = torch.zeros(1, length(), dtype=torch.int64)
        x[0, :place] = torch.tensor(text[:place])
        values = EXPLANATIONS["integrated_gradients"]().checked(subject.at(x), x, text[place])[0]
        torch.testing.assert_close(torch.from_numpy(found.arrays["values"][row, :place]), values[:place].float())
        assert found.facts["chances"][row] == pytest.approx(float(subject.scores(x).softmax(1)[0, text[place]]))
    assert text[:6] == training.state.x_test[1, :6].tolist()


def test_with_temperature_0_every_token_is_the_most_probable_one_and_what_follows_counts_nothing():
    training = trained()
    subject = subject_of(training, Selection())
    found = GeneratedText(begin=4, written=6, temperature=0).explain(subject, Selection())
    text = [subject.vocabulary.index(token) for token in found.facts["tokens"]]
    for place in range(4, 10):
        x = torch.zeros(1, length(), dtype=torch.int64)
        x[0, :place] = torch.tensor(text[:place])
        assert int(subject_of(training, Selection(place=place - 1)).scores(x).argmax()) == text[place]
    ahead = np.arange(10) >= 4 + np.arange(6)[:, None]
    assert (found.arrays["values"][ahead] == 0).all()


def test_what_has_gone_out_of_sight_counts_nothing_and_the_last_tokens_are_what_is_seen():
    found = GeneratedText(begin=1000, written=3).explain(subject_of(trained(), Selection()), Selection())
    values = found.arrays["values"]
    assert values.shape == (3, length() + 3)
    assert [int(np.flatnonzero(row)[0]) for row in values] == [0, 1, 2]
    assert [int(np.flatnonzero(row)[-1]) for row in values] == [length() - 1, length(), length() + 1]


def test_the_same_example_is_continued_alike_and_another_seed_of_chance_otherwise():
    subject, ask = subject_of(trained(), Selection()), GeneratedText(written=20, temperature=1.5)
    first, again, other = (ask.explain(subject, Selection(example=n)).facts["tokens"][12:] for n in (0, 0, 1))
    assert first == again != other


def test_probabilities_are_explained_where_they_are_asked_for():
    found = GeneratedText(written=2).explain(subject_of(trained(), Selection(scale="probability")), Selection(scale="probability"))
    assert found.facts["unit"] == "probability"
    assert all(0 < chance < 1 for chance in found.facts["chances"])


def test_a_network_that_says_no_next_token_is_refused_with_the_reason():
    subject = subject_of(train(Experiment.preset("data_sentiment")), Selection())
    assert "does not say which token comes next" in GeneratedText.reason_not(subject)
    assert GeneratedText.reason_not(subject_of(trained(), Selection())) == ""


def test_the_figure_has_a_row_for_every_token_written_and_leaves_out_what_was_not_there():
    found = GeneratedText(begin=5, written=4).explain(subject_of(trained(), Selection()), Selection())
    (figure,) = figures(found).values()
    shown = np.array(figure.data[0].z, float)
    assert shown.shape == (4, 8)
    assert [int(np.isfinite(row).sum()) for row in shown] == [5, 6, 7, 8]
    np.testing.assert_allclose(shown[3], found.arrays["values"][3, :8])
    assert len(figure.layout.yaxis.ticktext) == 4
