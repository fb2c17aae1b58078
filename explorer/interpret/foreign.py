"""A module or a function that was not built here, as something that can be explained.

Decided: a module is copied, put into evaluation and freed of layers that work in place; the module itself is never touched.
Because: layers in place make gradient methods wrong without a word, and a question must not change what it asks about.
Instead of: setting the module's mode and putting it back, which an error half-way would leave undone.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.errors import SpecError
from explorer.interpret.answering import Answering, Asked, Module
from explorer.interpret.entering import entry_of
from explorer.interpret.forms import AXES, Form, form_of, numbers
from explorer.interpret.selection import NAME, Selection
from explorer.interpret.subject import PIECE, InputKind, Subject
from explorer.interpret.watching import Watched, watched

BACKGROUND = 256  # inputs that say what inputs look like
PIECE_BYTES = 64_000_000  # of what a network holds at once for its gradients
MOST_ROWS = 4096  # at once, however small the network
NUMBER_BYTES = 4
TRIED = 64  # inputs whose answers show what kind of answers there are
TRIED_AT_ONCE = 8
CANDIDATES = 8  # tokens that may stand for nothing
SUM = 1e-3  # by which probabilities may miss 1


@dataclass(frozen=True)
class Known:
    """What a person knows about a model and its inputs, and no tensor says. Whatever is left out is guessed or numbered.

    Attributes:
        kind: of the inputs: "image", "audio", "table", "text", "series" or "points".
        shape: (channels, height, width) of a picture, where the model wants it in one row.
        names: of the features of a table, or of one step of a series.
        targets: a name for each score.
        truths: number or name of the true answer of each input.
        vocabulary: what each token is called.
        blank: the token that stands for nothing.
        background: inputs that say what inputs look like in general; the inputs themselves where left out.
        score_unit: of the scores.
        rows: how many inputs the model may be asked about at once.
    """

    kind: InputKind | None = None
    shape: tuple[int, ...] | None = None
    names: Sequence[str] = ()
    targets: Sequence[str] = ()
    truths: Sequence[int | str] = ()
    vocabulary: Sequence[str] = ()
    blank: int | None = None
    background: Any = None
    score_unit: str = ""
    rows: int | None = None


def subject_from(model: Any, inputs: Any, known: Known | None = None, selection: Selection | None = None) -> Subject:
    """What a module or a function answers for these inputs, as something that can be explained.

    Args:
        model: any `nn.Module` that answers with one row of scores for each input; or a function that predicts them.
        inputs: (n, ...), an array, a tensor, or a table of numbers.
        known: what is known about both.
        selection: which place is answered, and whether scores or probabilities are explained.

    Raises:
        SpecError: the model cannot be asked, or its answers are no scores; says why.
    """
    known, selection = known or Known(), selection or Selection()
    x = numbers(inputs)
    form = form_of(x, model, known.kind, known.shape)
    network = _module(model) if isinstance(model, nn.Module) else _function(model, inputs, known.rows or PIECE)
    x = form.here(x).to(_device(network))
    answer = Answering(network, form, selection).eval()
    with torch.no_grad():
        scores = _tried(answer, x[:TRIED].split(min(known.rows or TRIED_AT_ONCE, TRIED_AT_ONCE)), model)
    likely = scores.shape[1] > 1 and bool((scores >= 0).all() and ((scores.sum(1) - 1).abs() < SUM).all())
    subject = Subject(
        kind=form.kind,
        axes=AXES[form.kind],
        answer=answer,
        targets=_named(known.targets, scores.shape[1], "targets", "scores") or tuple(map(str, range(scores.shape[1]))),
        x=x,
        background=_background(known, form, x),
        raw=x.cpu().numpy(),
        unit=known.score_unit or ("probability" if likely else "score"),
        chances=(lambda scores: scores) if likely else None,
        called="input",
        names=_names(known, inputs, form, x),
        differentiable=False,
        entry=entry_of(answer, x) if isinstance(network, Module) else None,
        placed=answer.placed,
        piece=known.rows or PIECE,
    )
    subject = replace(subject, truths=_truths(known, subject))
    subject = _with_words(subject, known) if form.kind == "text" else subject
    return _opened(subject, network.network, known) if isinstance(network, Module) else subject


def compared_with(subject: Subject, baseline: Any) -> Subject:
    """The same, compared with an input a person gives: of the shape inputs came in, or have here. Raises SpecError where it has another."""
    form = subject.answer.form if isinstance(subject.answer, Answering) else None
    given = numbers(baseline[None] if isinstance(baseline, torch.Tensor) else np.asarray(baseline)[None])
    here, there = (tuple(one.shape[1:]) for one in (subject.x[:1], form.there(subject.x[:1]) if form else subject.x[:1]))
    if tuple(given.shape[1:]) not in (here, there):
        raise SpecError(f"baseline: it has the shape {tuple(given.shape[1:])}, and one input has {there}. Give one of that shape.")
    turned = form.here(given) if form and tuple(given.shape[1:]) == there else given
    if subject.vocabulary and (turned.is_floating_point() or not 0 <= int(turned.min()) <= int(turned.max()) < len(subject.vocabulary)):
        raise SpecError(f"baseline: the inputs are tokens, so that it has to hold whole numbers from 0 to {len(subject.vocabulary) - 1}.")
    return replace(subject, compared=turned[0].to(subject.x))


# -- the network


def _module(model: nn.Module) -> Module:
    """A copy in evaluation, without layers that work in place. Raises SpecError."""
    broken = [name for name, weight in model.named_parameters() if not bool(weight.isfinite().all())]
    if broken:
        raise SpecError(f"The weights {broken[0]} hold numbers that are not finite, so that nothing can be explained. Train it again.")
    try:
        network = copy.deepcopy(model)
    except Exception as error:
        raise SpecError(
            f"This module cannot be copied ({type(error).__name__}: {str(error)[:200]}), and explaining works on a copy. "
            "Give a function that predicts instead: lambda x: module(x)."
        ) from error
    with suppress(NotImplementedError):  # a graph read from a file is in evaluation, and says that it cannot be told so
        network.eval()
    for part in network.modules():
        if getattr(part, "inplace", False) is True:
            part.inplace = False  # ty: ignore[invalid-assignment]
    return Module(network)


def _function(model: Any, inputs: Any, rows: int) -> Asked:
    if not callable(model):
        raise SpecError(f"A model is an nn.Module or a function of inputs, and this is a {type(model).__name__}.")
    return Asked(model, inputs, rows)


def _device(network: nn.Module) -> torch.device:
    return next((weight.device for weight in network.parameters()), torch.device("cpu"))


def _opened(subject: Subject, network: nn.Module, known: Known) -> Subject:
    """What can be seen of a module beyond its answers: its layers, its embedding, whether gradients pass, how much it holds."""
    first = subject.x[:2]
    with torch.enable_grad():
        seen = watched(network, lambda: subject.answer(first))
    opened = replace(
        subject,
        layers=seen.order,
        piece=known.rows or _piece(seen, len(first)),
    )
    return replace(opened, differentiable=_passes_gradients(opened.at(first), first))


def _piece(seen: Watched, rows: int) -> int:
    return min(max(PIECE_BYTES // max(seen.numbers * NUMBER_BYTES // rows, 1), 1), MOST_ROWS)


def _passes_gradients(subject: Subject, x: torch.Tensor) -> bool:
    """Whether the scores hang on the smooth inputs in a way that gradients can follow."""
    if subject.entry is None and not x.is_floating_point():
        return True  # that no embedding was found is said in words of its own
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        leaf = subject.leaf(x)
        scores = subject.path(leaf)
        return scores.requires_grad and torch.autograd.grad(scores.sum(), leaf, allow_unused=True)[0] is not None


def _tried(answer: Answering, pieces: Sequence[torch.Tensor], model: Any) -> torch.Tensor:
    scores = torch.cat([answer(piece) for piece in pieces])
    if not bool(scores.isfinite().all()):
        whose = "module" if isinstance(model, nn.Module) else "function"
        raise SpecError(f"The {whose}'s answers to these inputs are not all finite numbers, so that nothing can be explained.")
    return scores


# -- what is known


def _named(names: Sequence[str], count: int, field: str, what: str) -> tuple[str, ...]:
    """Names, one for each of `count`; none where none are given. Raises SpecError."""
    said = tuple(str(name)[:NAME] for name in names)
    if said and len(said) != count:
        raise SpecError(f"{field}: {len(said)} names are given, and there are {count} {what}.")
    if len(set(said)) < len(said):
        raise SpecError(f"{field}: {next(name for name in said if said.count(name) > 1)!r} is given twice. Every name has to be another.")
    return said


def _names(known: Known, inputs: Any, form: Form, x: torch.Tensor) -> tuple[str, ...]:
    if form.kind not in ("table", "points", "series"):
        return ()
    count = x.shape[-1]
    columns = tuple(map(str, inputs.columns)) if hasattr(inputs, "columns") else ()
    return _named(known.names or columns, count, "names", "features") or tuple(f"feature {number}" for number in range(count))


def _background(known: Known, form: Form, x: torch.Tensor) -> torch.Tensor:
    if known.background is None:
        return x[:BACKGROUND]
    given = form.here(numbers(known.background))
    if given.shape[1:] != x.shape[1:]:
        raise SpecError(f"background: its inputs have the shape {tuple(given.shape[1:])}, and those to explain {tuple(x.shape[1:])}.")
    return given[:BACKGROUND].to(x)


def _truths(known: Known, subject: Subject) -> tuple[str, ...]:
    if len(known.truths) not in (0, len(subject.x)):
        raise SpecError(f"truths: {len(known.truths)} are given, and there are {len(subject.x)} inputs.")
    return tuple(f"class {_truth(truth, subject.targets)}" for truth in known.truths)


def _truth(truth: Any, targets: tuple[str, ...]) -> str:
    try:
        return targets[operator.index(truth)]
    except (TypeError, IndexError):
        return str(truth)[:NAME]


def _with_words(subject: Subject, known: Known) -> Subject:
    """The same with names of the tokens, and the one that stands for nothing."""
    tokens = subject.x.flatten()
    most = int(tokens.max()) + 1
    if known.vocabulary and len(known.vocabulary) < most:
        raise SpecError(f"vocabulary: it has {len(known.vocabulary)} words, and there is a token {most - 1}. Tokens are counted from 0.")
    blank = _commonest(subject, tokens) if known.blank is None else int(known.blank)
    size = subject.entry.num_embeddings if isinstance(subject.entry, nn.Embedding) else max(most, blank + 1)
    words = tuple(map(str, known.vocabulary)) or tuple(f"token {number}" for number in range(size))
    if subject.entry is not None and len(words) > size:
        raise SpecError(f"vocabulary: it has {len(words)} words, and the network's embedding knows {size} tokens. Leave out the rest.")
    if not 0 <= blank < len(words):
        raise SpecError(f"blank: there is no token {blank}; there are {len(words)}, counted from 0.")
    return replace(subject, vocabulary=words, blank=blank)


def _commonest(subject: Subject, tokens: torch.Tensor) -> int:
    """The commonest token of which a whole input can be answered: a network that hides a token has no answer to nothing else."""
    commonest = tokens.bincount().argsort(descending=True, stable=True)[:CANDIDATES].tolist()
    rows = torch.stack([torch.full_like(subject.x[0], token) for token in commonest])
    with torch.no_grad():
        fine = subject.answer(rows).isfinite().all(1).tolist()
    return next((token for token, ok in zip(commonest, fine, strict=True) if ok), commonest[0])
