"""nx.explain: modules and functions written by somebody else, trainings, and everything they can get wrong."""

from __future__ import annotations

import threading
import time
from dataclasses import fields

import by_others
import numpy as np
import pandas as pd
import pytest
import torch
from captum.attr import IntegratedGradients
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from torch import nn

import explorer as nx
from explorer.errors import BudgetError, SpecError
from explorer.experiment import Experiment
from explorer.interpret.base import EXPLANATIONS, OverRun
from explorer.interpret.foreign import Known, subject_from
from explorer.interpret.selection import Selection
from explorer.results.inspected import Inspected

MODULES = by_others.modules()
TABLE = np.random.default_rng(0).normal(size=(8, 4))


@pytest.fixture(scope="module")
def training():
    training = nx.train(Experiment.preset("xor"))
    training.advance(steps=5)
    return training


# -- oracles


def test_a_linear_module_is_weight_times_input():
    linear = nn.Linear(3, 2, bias=False)
    x = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.0, 4.0]])
    for target in (0, 1):
        for method in ("integrated_gradients", "occlusion"):
            found = nx.explain(linear, x, method, target=target, example=1)
            np.testing.assert_allclose(found.values, (linear.weight[target] * x[1]).detach().numpy(), atol=1e-5)


def test_a_linear_function_is_weight_times_input_without_gradients():
    found = nx.explain(lambda x: x @ np.array([[3.0, -2.0]]).T, np.array([[1.0, 4.0]]), "occlusion")
    np.testing.assert_allclose(found.values, [3.0, -8.0], atol=1e-5)
    assert found.attribution.target == "0"


def test_it_is_captum_called_directly():
    module, x = MODULES["image"]
    module.eval()
    ours = nx.explain(module, x, example=2, target=3, steps=20).values
    theirs = IntegratedGradients(module).attribute(x[2:3].requires_grad_(), target=3, n_steps=20)
    np.testing.assert_allclose(ours, theirs[0].detach().numpy(), atol=1e-6)


def test_an_input_to_compare_with_is_what_is_compared_with():
    linear, x, base = nn.Linear(3, 1), torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([1.0, 0.0, -1.0])
    found = nx.explain(linear, x, baseline=base)
    np.testing.assert_allclose(found.values, (linear.weight[0] * (x[0] - base)).detach().numpy(), atol=1e-5)
    assert found.attribution.baseline_output == pytest.approx(linear(base).item())
    np.testing.assert_allclose(nx.explain(linear, x, "occlusion", baseline=base.numpy()).values, found.values, atol=1e-5)


def test_a_layer_in_place_does_not_change_the_numbers():
    torch.manual_seed(1)
    plain = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2)).eval()
    placed = nn.Sequential(plain[0], nn.ReLU(inplace=True), plain[2])
    for method in ("deep_lift", "guided_backprop", "integrated_gradients", "occlusion"):
        np.testing.assert_array_equal(nx.explain(placed, TABLE, method).values, nx.explain(plain, TABLE, method).values)
    assert placed[1].inplace


def test_a_module_that_changes_its_input_does_not_change_ours():
    class Doubling(nn.Module):
        def forward(self, x):
            x *= 2
            return x.sum(1, keepdim=True)

    x = torch.ones(2, 3)
    for method in ("saliency", "occlusion", "integrated_gradients"):
        np.testing.assert_allclose(nx.explain(Doubling(), x, method).values, [2.0, 2.0, 2.0], atol=1e-5)
    assert x.tolist() == torch.ones(2, 3).tolist()


def test_tokens_that_are_hidden_count_for_nothing():
    module, tokens = MODULES["language"]
    found = nx.explain(module, tokens, place=2)
    assert np.abs(found.values[:5]).min() > 0
    assert np.abs(found.values[5:]).max() == 0, "a path that forgets the tokens hides nothing"
    assert abs(found.attribution.gap) < 0.01


# -- kinds of models and inputs


@pytest.mark.parametrize("kind", MODULES)
def test_what_a_module_is_fed_is_seen(kind):
    module, x = MODULES[kind]
    subject = subject_from(module, x)
    assert subject.kind == {"language": "text"}.get(kind, kind)
    assert subject.differentiable
    assert (subject.entry is not None) == (subject.kind == "text")
    assert subject.layers
    assert subject.placed == (kind == "language")
    assert not any(layer.training for layer in subject.answer.modules())


@pytest.mark.parametrize("kind", MODULES)
def test_a_module_is_left_as_it_was(kind):
    module, x = MODULES[kind]
    module.train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    nx.explain(module, x, example=1, steps=5)
    assert all(part.training for part in module.modules())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(weight.grad is None for weight in module.parameters())
    assert not any(part._forward_hooks or part._forward_pre_hooks or part._backward_hooks for part in module.modules())


@pytest.mark.parametrize("name", EXPLANATIONS)
@pytest.mark.parametrize("kind", [*MODULES, "function"])
def test_every_method_answers_or_says_why_not(kind, name):
    method = EXPLANATIONS[name]
    model, x = (by_others.chances, TABLE) if kind == "function" else MODULES[kind]
    reason = nx.methods(model, x).loc[name, "reason"]
    if reason:
        assert reason.endswith(".")
        with pytest.raises(SpecError):
            nx.explain(model, x, name)
    elif not method.slow:
        found = nx.explain(model, x, name, example=1)
        assert found.words
        assert Inspected.unpack(found.found.pack()).words == found.words


def test_words_of_methods_are_not_those_of_explain():
    taken = {"inputs", "model", "target", "example", "seconds", *Selection.model_fields, *(field.name for field in fields(Known))}
    for name, kind in EXPLANATIONS.items():
        assert not taken & set(kind.model_fields), name


def test_rules_of_backpropagation_are_refused_where_a_layer_is_used_twice():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act, self.last = nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)

        def forward(self, x):
            return self.last(self.act(self.first(self.act(x))))

    assert "more than once" in nx.methods(Twice(), TABLE).loc["deep_lift", "reason"]


def test_probabilities_of_a_library_are_explained_with_the_names_of_a_table():
    iris = load_iris(as_frame=True)
    fitted = LogisticRegression(max_iter=500).fit(iris.data, iris.target)
    found = nx.explain(
        fitted.predict_proba, iris.data, "occlusion", example=100, targets=iris.target_names, truths=iris.target, baseline="mean"
    )
    one, mean = iris.data.iloc[[100]], iris.data.iloc[:256].mean()
    for at, name in enumerate(iris.data.columns):
        without = one.copy()
        without[name] = np.float32(mean[name])
        change = fitted.predict_proba(one) - fitted.predict_proba(without)
        assert found.values[at] == pytest.approx(change[0, 2], abs=1e-5)
    assert found.attribution.target == "virginica"
    assert found.attribution.unit == "probability"
    assert found.found.facts["names"] == list(iris.data.columns)
    assert "class virginica" in found.words[0]


def test_rows_are_pictures_where_it_is_said():
    x = load_digits().data[:20] / 16
    weights = torch.rand(64, 10)
    found = nx.explain(lambda rows: rows @ weights.numpy(), x, "occlusion", target=4, kind="image", window=1)
    assert found.values.shape == (1, 8, 8)
    np.testing.assert_allclose(found.values.ravel(), x[0] * weights[:, 4].numpy(), atol=1e-5)


def test_channels_may_come_last():
    def reddish(x: np.ndarray) -> np.ndarray:
        assert x.shape[1:] == (5, 6, 3)
        return x[..., 0].sum((1, 2))[:, None]

    found = nx.explain(reddish, np.random.default_rng(0).random((2, 5, 6, 3)), "occlusion", window=1)
    assert found.attribution.axes == ("channels", "height", "width")
    assert found.values.shape == (3, 5, 6)


def test_series_may_have_their_features_first():
    module, x = MODULES["series"]
    found = nx.explain(module, x)
    assert found.attribution.axes == ("time", "features")
    theirs = IntegratedGradients(lambda x: module(x)[:, None]).attribute(x[:1], target=0, n_steps=50)
    np.testing.assert_allclose(found.values, theirs[0].mT.detach().numpy(), atol=1e-5)


def test_a_function_is_given_what_was_given():
    seen = set()

    def model(x):
        seen.add(type(x))
        return [[float(value)] for value in np.asarray(x)[:, 0]]

    for inputs in (TABLE, torch.from_numpy(TABLE), pd.DataFrame(TABLE)):
        nx.explain(model, inputs, "occlusion")
    assert seen == {np.ndarray, torch.Tensor, pd.DataFrame}


def test_a_probability_can_be_made_of_scores():
    module, x = MODULES["table"]
    found = nx.explain(module, x, "occlusion", scale="probability", target=1)
    assert found.attribution.output == pytest.approx(module.eval()(x[:1]).softmax(1)[0, 1].item(), abs=1e-6)


def test_words_of_a_vocabulary_stand_beside_the_tokens():
    module, tokens = MODULES["text"]
    words = [f"word{number}" for number in range(20)]
    found = nx.explain(module, tokens, vocabulary=words, example=2)
    assert found.found.facts["tokens"] == [words[token] for token in tokens[2].tolist()]


# -- trainings


def test_a_training_is_explained_as_the_app_does(training, tmp_path):
    found = nx.explain(training, example=3, method="saliency")
    assert found.attribution.example.startswith("test example 3")
    assert found.attribution.step == 5
    own = nx.explain(training, training.state.x_test[3:4].numpy(), "saliency")
    np.testing.assert_array_equal(own.values, found.values)
    assert own.attribution.example == "input 0"


def test_a_checkpoint_is_explained_as_its_training(training, tmp_path):
    from safetensors.torch import save_file

    tensors, meta = training.checkpoint()
    import json

    save_file(tensors, tmp_path / "it.safetensors", {"meta": json.dumps(meta)})
    again = nx.explain(tmp_path / "it.safetensors", method="saliency")
    np.testing.assert_array_equal(again.values, nx.explain(training, method="saliency").values)
    with pytest.raises(nx.RunError, match="not a checkpoint"):
        nx.explain(tmp_path / "none.safetensors")


def test_what_looks_at_a_run_says_that_it_needs_one(training):
    for name, kind in EXPLANATIONS.items():
        if issubclass(kind, OverRun):
            with pytest.raises(SpecError, match="app"):
                nx.explain(training, method=name)


def test_what_was_found_is_shown_in_a_notebook():
    module, x = MODULES["table"]
    found = nx.explain(module, x, names=["a", "b", "c", "<d>"])
    assert found.figure() is not found.figures()
    shown = found._repr_html_()
    assert shown.count("Plotly.newPlot(") == len(found.figures())
    assert shown.startswith("<p>Integrated gradients")
    assert str(found) == "\n".join(found.words)


# -- what can be got wrong


def refused(text, *args, **more):
    with pytest.raises(SpecError, match=text) as caught:
        nx.explain(*args, **more)
    assert str(caught.value)[-1] in ".?", str(caught.value)


LINEAR = nn.Linear(4, 3)


@pytest.mark.parametrize(
    ("text", "args", "more"),
    [
        ("no explanation named 'salency'. Did you mean 'saliency'", (LINEAR, TABLE, "salency"), {}),
        ("Saliency does not fit here. It takes gradients", (by_others.chances, TABLE, "saliency"), {}),
        ("Saliency: stepps", (LINEAR, TABLE, "saliency"), {"stepps": 3}),
        ("steps: .*300", (LINEAR, TABLE), {"steps": 10**6}),
        ("There is no input 8: there are 8", (LINEAR, TABLE), {"example": 8}),
        ("example", (LINEAR, TABLE), {"example": -1}),
        ("There is no answer 3: there are 3", (LINEAR, TABLE), {"target": 3}),
        ("There is no answer -1", (LINEAR, TABLE), {"target": -1}),
        ("number or the name", (LINEAR, TABLE), {"target": 1.5}),
        ("no answer named 'cat'", (LINEAR, TABLE), {"target": "cat"}),
        (r"baseline: it has the shape \(3,\), and one input has \(4,\)", (LINEAR, TABLE), {"baseline": np.zeros(3)}),
        ("baseline: Saliency compares", (LINEAR, TABLE, "saliency"), {"baseline": np.zeros(4)}),
        ("baseline: .*given: nothing", (LINEAR, TABLE), {"baseline": "nothing"}),
        ("baseline: the inputs are tokens", MODULES["text"], {"baseline": torch.full((7,), 30)}),
        ("names: 3 names are given, and there are 4", (LINEAR, TABLE), {"names": ["a", "b", "c"]}),
        ("'a' is given twice", (LINEAR, TABLE), {"targets": ["a", "b", "a"]}),
        ("truths: 2 are given", (LINEAR, TABLE), {"truths": [0, 1]}),
        ("background: its inputs", (LINEAR, TABLE), {"background": np.zeros((2, 5))}),
        ("no kind of input named 'video'", (LINEAR, TABLE), {"kind": "video"}),
        ("shape: a picture is", (LINEAR, TABLE), {"kind": "image", "shape": (1, 3, 3)}),
        ("vocabulary: it has 3 words", MODULES["text"], {"vocabulary": ["a", "b", "c"]}),
        ("blank: there is no token 99", MODULES["text"], {"blank": 99}),
        ("no place 12: 7", MODULES["language"], {"place": 12}),
        ("first axis has to count examples", (LINEAR, TABLE[0]), {}),
        ("holds nothing", (LINEAR, TABLE[:0]), {}),
        ("hold <U1 and no numbers", (LINEAR, np.array([["a", "b"]])), {}),
        ("cannot be made an array", (LINEAR, [[1, 2], [3]]), {}),
        ("2 of 3 inputs hold numbers that are not finite, example 1 first", (LINEAR, torch.tensor([[0.0], [np.nan], [np.inf]])), {}),
        ("inputs: there are none", (LINEAR,), {}),
        ("a function of inputs, and this is a str|not a checkpoint", (5, TABLE), {}),
        (r"raised an error when it was asked about inputs of the shape \(8, 3\)", (LINEAR, TABLE[:, :3]), {}),
        ("seconds: a limit has to be more than 0", (LINEAR, TABLE), {"seconds": 0}),
    ],
)  # fmt: skip
def test_mistakes_are_said_in_a_sentence(text, args, more):
    if args[0] == 5:
        text = "this is a int"
    refused(text, *args, **more)


def test_what_a_training_knows_is_not_told_it(training):
    refused("names: a training knows", training, names=["a", "b"])
    refused(r"shape \(5,\); this network takes \(2,\)", training, np.zeros((1, 5)))


class Answering(nn.Module):
    """Answers with whatever it is told to."""

    def __init__(self, answer):
        super().__init__()
        self.body, self.answer = nn.Linear(4, 3), answer

    def forward(self, x):
        return self.answer(self.body(x))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda y: (y, y), "answers with a tuple and not with one tensor"),
        (lambda y: {"logits": y}, "answers with a dict"),
        (lambda y: None, "answers with a NoneType"),
        (lambda y: y.sum(), r"the shape \(\) for 8 inputs"),
        (lambda y: y[:1], r"the shape \(1, 3\) for 8 inputs"),
        (lambda y: y[..., None, None], r"one row of scores for each, \(8, scores\)"),
        (lambda y: y * float("nan"), "module's answers to these inputs are not all finite"),
        (lambda y: y.to(torch.complex64), "complex"),
    ],
)
def test_answers_of_a_module_that_are_no_scores(answer, text):
    refused(text, Answering(answer), TABLE)


def changing(x):
    """More scores for fewer inputs."""
    return np.zeros((len(x), 2 if len(x) == 8 else 3))


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: [["cat"]] * len(x), "answered with 'cat', which is no number"),
        (lambda x: [[1.0], [1.0, 2.0]] * 4, "rows of different lengths"),
        (lambda x: np.full((len(x), 2), np.nan), "not finite when it was asked about 8 inputs"),
        (lambda x: np.where(x[:, :1] == 0, np.nan, 1.0), "not finite when it was asked"),
        (lambda x: np.zeros(3), r"the shape \(3,\) for 8 inputs; it has to give a row"),
        (lambda x: None, "which is no number"),
        (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
        (changing, "2 scores for an input at first, and 3 now"),
    ],
)
def test_answers_of_a_function_that_are_nonsense(function, text):
    refused(text, function, TABLE, "occlusion")


def test_a_network_with_broken_weights_says_which():
    module = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    module[1].bias.data[0] = torch.nan
    refused(r"weights 1.bias hold numbers that are not finite", module, TABLE)


def test_a_training_with_broken_weights_says_so():
    training = nx.train(Experiment.preset("xor"))
    next(training.networks["model"].parameters()).data.fill_(torch.nan)
    for method in ("saliency", "occlusion", "integrated_gradients"):
        refused("not a finite number", training, method=method)


def test_a_constant_network_has_nothing_to_say():
    module = nn.Linear(4, 2)
    nn.init.zeros_(module.weight)
    for method in ("saliency", "integrated_gradients", "occlusion", "deep_lift"):
        found = nx.explain(module, TABLE, method)
        assert not found.values.any()
        assert any("no part of the input matters" in sentence for sentence in found.words)
        assert found.figures()


def test_a_network_that_does_not_hang_on_its_input_has_no_gradients():
    class Deaf(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = nn.Parameter(torch.ones(2))

        def forward(self, x):
            return self.bias.expand(len(x), 2)

    refused("It takes gradients", Deaf(), TABLE, "saliency")
    assert not nx.explain(Deaf(), TABLE, "occlusion").values.any()


def test_a_module_that_cannot_be_copied_says_so():
    module = nn.Linear(4, 2)
    module.lock = threading.Lock()
    refused("cannot be copied .* Give a function", module, TABLE)
    assert nx.explain(lambda x: module(x), torch.from_numpy(TABLE).float(), "occlusion").values.shape == (4,)


# -- memory and time


class Counting(nn.Module):
    """Notes the most rows it was given at once, and has no memory for more than it is allowed."""

    most = 0

    def __init__(self, columns=4, room=10**9):
        super().__init__()
        self.body, self.room = nn.Linear(columns, 2), room

    def forward(self, x):
        if len(x) > self.room:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes")
        Counting.most = max(Counting.most, len(x))
        return self.body(x)


@pytest.mark.parametrize("method", [name for name, kind in EXPLANATIONS.items() if not issubclass(kind, OverRun) and not kind.slow])
def test_no_more_rows_at_once_than_is_said(method):
    Counting.most = 0
    wide = np.random.default_rng(0).normal(size=(40, 60))
    if not nx.methods(Counting(60), wide, rows=32).loc[method, "reason"]:
        nx.explain(Counting(60), wide, method, rows=32)
        assert 0 < Counting.most <= 32


def test_a_function_is_never_asked_about_more_than_is_said():
    most = []

    def model(x):
        most.append(len(x))
        return x

    nx.explain(model, TABLE, "feature_permutation", rows=3)
    assert max(most) == 3


def test_less_is_asked_at_once_where_memory_runs_out():
    Counting.most = 0
    x = torch.randn(3, 4)
    small, roomy = Counting(room=5), Counting()
    small.load_state_dict(roomy.state_dict())
    np.testing.assert_allclose(nx.explain(small, x, steps=40).values, nx.explain(roomy, x, steps=40).values, atol=1e-6)


def test_memory_for_not_even_one_is_a_sentence():
    class Endless(nn.Linear):
        def forward(self, x):
            if torch.is_grad_enabled() and len(x) == 1:
                raise MemoryError
            return super().forward(x)

    with pytest.raises(BudgetError, match="one input at a time"):
        nx.explain(Endless(4, 2), TABLE, steps=20, rows=1)


def hanging(x):
    """Answers eight inputs, hangs at anything else."""
    while len(x) != 8:
        try:
            time.sleep(0.01)
        except Exception:
            continue
    return x


def test_a_function_that_hangs_is_given_up():
    import signal

    before = signal.getsignal(signal.SIGALRM)
    refused("not finished in 0.3 seconds", hanging, TABLE, "occlusion", seconds=0.3)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert nx.explain(lambda x: x, TABLE, "occlusion", seconds=60).values.any()


def test_in_another_thread_a_limit_is_kept_between_two_passes():
    def slow(x):
        time.sleep(0.05)
        return x

    said = []

    def ask():
        try:
            nx.explain(slow, TABLE, "occlusion", seconds=0.15, rows=1)
        except SpecError as error:
            said.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(60)
    assert said
    assert "0.15 seconds" in said[0]


def test_a_question_that_is_broken_off_leaves_nothing_behind(training):
    class Broken(nn.Linear):
        calls = 0

        def forward(self, x):
            Broken.calls += 1
            if Broken.calls == 6:
                raise KeyboardInterrupt
            return super().forward(x)

    module = Broken(4, 2)
    with pytest.raises(KeyboardInterrupt):
        nx.explain(module, TABLE, "occlusion", rows=1)
    assert module.training
    assert not module._forward_hooks
    assert nx.explain(module, TABLE, "occlusion").values.shape == (4,)
