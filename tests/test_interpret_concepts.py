"""Concepts: on networks built so that a direction is the concept."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from captum.concept import TCAV, Classifier, Concept
from torch import nn

from explorer.errors import SpecError
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.concepts import concepts_of, numbers_in
from explorer.interpret.layered import layer_named
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject
from explorer.interpret.tcav import _slopes, likelihood, vector_of
from explorer.plots.explanations import figures

ROWS = 400


def built(given: nn.Module, last: nn.Module, **more) -> Subject:
    """A network of two layers on six columns of noise; the answers are "for" and "against"."""
    x = torch.randn(ROWS, 6, generator=torch.Generator().manual_seed(5))
    fields = {"kind": "table", "axes": ("features",), "names": tuple("abcdef"), "targets": ("for", "against"), "called": "example"}
    layers = {"first": given, "answer": last}
    return Subject(
        **{**fields, "answer": nn.Sequential(given, last).eval(), "x": x, "background": x, "raw": x.numpy(), "layers": layers, **more}
    )


@pytest.fixture
def along_a() -> Subject:
    """The first layer hands on what comes in; "for" is the column a, "against" its opposite."""
    first, last = nn.Linear(6, 6, bias=False), nn.Linear(6, 2, bias=False)
    with torch.no_grad():
        first.weight.copy_(torch.eye(6))
        last.weight.copy_(torch.tensor([[1.0, 0, 0, 0, 0, 0], [-1, 0, 0, 0, 0, 0]]))
    return built(first, last)


def asked(subject: Subject, target: str, **fields):
    return EXPLANATIONS["tcav"](**fields).explain(subject, Selection(target=target, layer="first"))


@pytest.mark.parametrize(("target", "score", "way"), [("for", 1.0, "speaks for"), ("against", 0.0, "speaks against")])
def test_the_direction_that_makes_the_answer_gives_one_and_its_opposite_nought(along_a, target, score, way):
    found = asked(along_a, target, concept="a above its median")
    assert found.arrays["scores"].tolist() == [score] * 20
    assert found.facts["told_from_chance"]
    assert way in found.words[0]
    assert found.facts["accuracy"] > 0.8


@pytest.mark.slow
def test_random_concepts_are_called_chance(along_a):
    luck, called = np.random.default_rng(0), []
    for seed in range(20):
        numbers = ", ".join(map(str, luck.choice(ROWS, 30, replace=False)))
        found = asked(along_a, "for", numbers=numbers, seed=seed, draws=10)
        called.append(not found.facts["told_from_chance"])
        assert "told from chance" in found.words[0] or found.facts["told_from_chance"]
    assert np.mean(called) >= 0.9


def test_a_random_concept_is_called_chance(along_a):
    found = asked(along_a, "for", numbers="0-29", draws=10)
    assert not found.facts["told_from_chance"]
    assert "not to be told from chance" in found.words[0]


def test_a_concept_that_the_layer_holds_and_the_answer_does_not_use_is_said_to_be_so(along_a):
    found = asked(along_a, "for", concept="c above its median")
    assert found.facts["accuracy"] > 0.8
    assert not found.facts["told_from_chance"]
    assert "the layer holds the concept, but its effect on the answer is not to be told from chance" in found.words[0]


def test_a_layer_that_lost_the_concept_is_said_to_have(along_a):
    with torch.no_grad():
        along_a.answer[0].weight[2, 2] = 0.0
    found = asked(along_a, "for", concept="c above its median")
    assert "the layer tells these examples no better from others than random ones" in found.words[0]


def test_an_answer_without_slopes_is_told(along_a):
    with torch.no_grad():
        along_a.answer[1].weight.zero_()
    assert "every slope of the answer is 0" in asked(along_a, "for").words[0]


def test_the_vector_points_from_others_to_the_concept():
    luck = np.random.default_rng(1)
    outside, inside = luck.normal(size=(200, 3)), luck.normal(size=(200, 3)) + np.array([0, 4.0, 0])
    vector, right = vector_of(inside, outside)
    np.testing.assert_allclose(vector, [0, 1, 0], atol=0.15)
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert right > 0.95


class Same(Classifier):
    """Captum's machinery with the vector that is fitted here."""

    def __init__(self):
        self.vector = np.zeros(0)

    def train_and_eval(self, dataloader, test_split_ratio=0.33, **kwargs):
        rows, labels = (torch.cat(parts) for parts in zip(*dataloader, strict=True))
        inside, outside = (rows[labels == label].numpy() for label in (0, 1))
        self.vector = vector_of(inside, outside)[0]
        return {"accs": 1.0}

    def weights(self):
        vector = torch.from_numpy(self.vector).float()
        return torch.stack([vector, -vector])

    def classes(self):
        return [0, 1]


def test_the_score_is_that_of_captum(tmp_path):
    torch.manual_seed(2)
    subject = built(nn.Linear(6, 5), nn.Sequential(nn.Tanh(), nn.Linear(5, 9), nn.Tanh(), nn.Linear(9, 2)))
    with torch.no_grad():
        for weight in subject.answer.parameters():
            weight.mul_(4)
    chosen, others = subject.x[subject.x[:, 0] > 0.5][:40], subject.x[subject.x[:, 0] < 0][:40]
    sets = [
        Concept(number, name, torch.utils.data.DataLoader(rows, 10)) for number, (name, rows) in enumerate([("a", chosen), ("b", others)])
    ]
    classifier = Same()
    theirs = TCAV(subject.answer, ["0"], classifier=classifier, save_path=str(tmp_path)).interpret(subject.x[:100], [sets], target=0)
    slopes = _slopes(subject, layer_named(subject, "first"), subject.x[:100], 0).numpy()
    ours = float((slopes @ classifier.vector > 0).mean())
    counted = next(iter(theirs.values()))["0"]["sign_count"]
    assert ours == pytest.approx(float(counted[0]), abs=1e-6)
    assert 0 < ours < 1


def test_likelihood_is_that_of_all_arrangements():
    first, second = np.array([3.0, 4, 5]), np.array([0.0, 1, 2])
    assert likelihood(first, second, np.random.default_rng(0)) == pytest.approx(2 / 20, abs=0.02)  # 2 of 20 are as extreme
    assert likelihood(first, first, np.random.default_rng(0)) == 1.0


def test_the_same_seed_gives_the_same_and_another_another(along_a):
    one, again, other = (asked(along_a, "for", seed=seed, draws=6).arrays["chance_accuracies"] for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()


def test_concepts_are_classes_columns_words_and_the_planted_shortcut(along_a):
    truths = ["class x", "class y"] * (ROWS // 2)
    planted = np.zeros((ROWS, 6), bool)
    planted[:50, 2] = True
    there = concepts_of(Subject(**{**vars(along_a), "truths": truths, "planted": planted}))
    assert set(there) == {"is class x", "is class y", "carries the planted shortcut", *(f"{name} above its median" for name in "abcdef")}
    assert there["carries the planted shortcut"].sum() == 50
    assert there["b above its median"].sum() == ROWS // 2
    tokens = torch.randint(1, 4, (ROWS, 5), generator=torch.Generator().manual_seed(0))
    words = concepts_of(Subject(**{**vars(along_a), "kind": "text", "x": tokens, "vocabulary": ("", "a", "b", "c"), "blank": 0}))
    assert set(words) == {"contains 'a'", "contains 'b'", "contains 'c'"}
    assert (words["contains 'b'"] == (tokens == 2).any(1).numpy()).all()


def test_numbers_and_ranges_are_read():
    assert numbers_in("3, 17,40-42, 41", 50, "example").tolist() == [3, 17, 40, 41, 42]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3, x", "'x' is no number"),
        ("1-", "'1-' is no number and no range"),
        ("9-4", "ends before it begins. Write 4-9"),
        ("50", "there is no example 50: there are 50, counted from 0 to 49"),
        ("0-99999999999999", "there is no example"),
        ("-3", "is no number"),
        ("1;2", "is no number"),
    ],
)
def test_what_is_no_list_of_numbers_is_a_sentence(text, words):
    with pytest.raises(SpecError, match=words):
        numbers_in(text, 50, "example")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"numbers": "1, 2"}, "2 examples of 400 are named. Name at least 6"),
        ({"numbers": "0-399"}, "leave 6 out"),
        ({"concept": "stripes"}, "there is no 'stripes' here. There are: a above"),
    ],
)
def test_a_concept_that_cannot_be_is_a_sentence(along_a, fields, words):
    with pytest.raises(SpecError, match=words):
        asked(along_a, "for", **fields)


def test_too_few_examples_are_a_reason_not_to_offer_it(along_a):
    assert "there are 8 in all" in EXPLANATIONS["tcav"].reason_not(Subject(**{**vars(along_a), "x": along_a.x[:8]}))


def test_figures_have_units_and_show_the_examples(along_a):
    drawn = figures(asked(along_a, "for"))
    assert all(isinstance(figure, go.Figure) for figure in drawn.values())
    assert "TCAV score" in drawn["What the concept does to the answer"].layout.xaxis.title.text
    assert "How steeply the answer follows the concept" not in drawn  # the same slope for every example
