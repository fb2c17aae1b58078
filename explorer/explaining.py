"""Explaining from a notebook: any module, any function that predicts, or a training, with one call.

Decided: everything a method, a selection or the inputs can be told is a keyword of one function.
Because: in a notebook one asks the same thing again with one word changed; names that exist twice are refused by a test.
Instead of: building a subject, a selection and a method by hand, which remains possible below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import BudgetError, SpecError, is_memory_error
from explorer.experiment import Experiment
from explorer.experiment.record import validated
from explorer.interpret.base import EXPLANATIONS, Explanation, OverRun
from explorer.interpret.foreign import Known, compared_with, subject_from
from explorer.interpret.forms import numbers
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection, selected
from explorer.interpret.subject import Subject
from explorer.interpret.within import within
from explorer.plots import explanations as plots
from explorer.results.attribution import DRAWN, Attribution
from explorer.results.inspected import Inspected
from explorer.training.inheriting import checkpoint_of
from explorer.training.loop import Training, train

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

CHOSEN = tuple(name for name in Selection.model_fields if name not in ("example", "target"))
OF, METHOD = "of", "method"  # the method that another is about: here, and as trials call it
KNOWN = tuple(field.name for field in fields(Known))


@dataclass(frozen=True)
class Explained:
    """What was found, ready to be looked at. A notebook shows it as sentences and figures.

    Attributes:
        found: the record: words, facts and arrays.
    """

    found: Inspected

    @property
    def words(self) -> tuple[str, ...]:
        """Sentences that say what was found."""
        return self.found.words

    @property
    def attribution(self) -> Attribution:
        """The map over the input. Raises SpecError where the method makes none."""
        if self.found.facts.get("drawn") != DRAWN:
            raise SpecError(f"{EXPLANATIONS[self.found.kind].title()} makes no map over the input. Its numbers are in .found.arrays.")
        return Attribution.from_inspected(self.found)

    @property
    def values(self) -> np.ndarray:
        """A number for every part of the input, of its shape. Raises SpecError where the method makes no map."""
        return self.attribution.values

    def figures(self) -> dict[str, go.Figure]:
        """Title -> Plotly figure, the most telling first."""
        return plots.figures(self.found)

    def figure(self) -> go.Figure:
        """The most telling figure."""
        return next(iter(self.figures().values()))

    def __str__(self) -> str:
        return "\n".join(self.words)

    def _repr_html_(self) -> str:
        """What a notebook shows; it needs no internet, so that the first figure brings the library that draws."""
        drawn = [
            f"<h4>{escape(title)}</h4>{figure.to_html(full_html=False, include_plotlyjs=number == 0)}"
            for number, (title, figure) in enumerate(self.figures().items())
        ]
        return "".join([*(f"<p>{escape(sentence)}</p>" for sentence in self.words), *drawn])


def explain(
    model: Any, inputs: Any = None, method: str = "integrated_gradients", target: int | str | None = None, example: int = 0, **more: Any
) -> Explained:
    """Why a model answers as it does for one example.

    Args:
        model: an `nn.Module` that gives one row of scores for each input; a function that predicts them; a `Training`; or the file
            of a run's checkpoint. It is left as it is.
        inputs: (n, ...): an array, a tensor or a table of numbers, pictures as (n, channels, height, width). A training has its own.
        method: one of `methods(model, inputs)`.
        target: number or name of the answer to explain; None: the one with the highest score.
        example: which of the inputs, counted from 0.
        more: fields of the method (`steps=100`), `of`, the method that another is about; `baseline`, one of the method's or an input
            to compare with; of the selection `layer`, `unit`, `place`, `scale`, `part`; of what is known `kind`, `shape`, `names`,
            `targets`, `truths`, `vocabulary`, `blank`, `background`, `score_unit`, `rows` (see `Known`); and `seconds`, after which
            it is given up.

    Raises:
        ExplorerError: the model cannot be asked, the method does not fit it, or there is no such example, answer or field.

    Example:
        >>> import torch
        >>> linear = torch.nn.Linear(2, 1, bias=False)
        >>> linear.weight.data = torch.tensor([[3.0, -2.0]])
        >>> explain(linear, torch.tensor([[1.0, 4.0]])).values.round(4).tolist()
        [3.0, -8.0]
    """
    kind = EXPLANATIONS[method]
    seconds = more.pop("seconds", None)
    with within(seconds) as progress:
        subject, rest = _subject(model, inputs, {**more, "example": example}, kind)
        selection = selected({name: rest.pop(name) for name in ("example", *CHOSEN) if name in rest} | {"target": _named(subject, target)})
        about = METHOD if METHOD in kind.model_fields else OF
        question = validated(kind(), {about if name == OF else name: value for name, value in rest.items()})
        reason = _reason_not(kind, subject)
        if reason:
            raise SpecError(f"{kind.title()} does not fit here. {reason}")
        return Explained(_in_memory(question, subject, selection, progress))


def methods(model: Any, inputs: Any = None, **more: Any) -> pd.DataFrame:
    """Every method, what it says, what it costs, and why it does not fit where it does not.

    Args:
        model, inputs, more: as of `explain`.

    Returns:
        A row for each method: "group", "says", "passes" (rows that go through the network to explain one example) and "reason",
        why it does not fit; "" where it does.

    Example:
        >>> import torch
        >>> offered = methods(torch.nn.Linear(2, 1), torch.zeros(1, 2))
        >>> offered.loc["saliency", "reason"]
        ''
    """
    import pandas as pd

    subject, _ = _subject(model, inputs, more, None)
    rows = {}
    for name, kind in EXPLANATIONS.items():
        reason = _reason_not(kind, subject)
        rows[name] = {
            "group": kind.group,
            "says": kind.summary(),
            "passes": 0 if reason else kind().passes(subject),
            "reason": reason,
        }
    return pd.DataFrame.from_dict(rows, orient="index").sort_values("reason", key=lambda reason: reason != "", kind="stable")


# -- what is asked about


def _subject(model: Any, inputs: Any, more: dict[str, Any], kind: type[Explanation] | None) -> tuple[Subject, dict[str, Any]]:
    """What is to be explained, and the words that are not about that."""
    known = {name: more[name] for name in KNOWN if name in more}
    rest = {name: value for name, value in more.items() if name not in known}
    selection = selected({name: rest[name] for name in CHOSEN if name in rest})
    if isinstance(model, Training | str | Path):
        if known:
            raise SpecError(f"{next(iter(known))}: a training knows this of its own data. Leave it out.")
        subject = _of_training(model if isinstance(model, Training) else _reopened(model), inputs, selection)
    elif inputs is None:
        raise SpecError("inputs: there are none. Give those to explain as an array whose first axis counts examples.")
    else:
        subject = subject_from(model, inputs, Known(**known), selection)
    return _with_baseline(subject, rest, kind), rest


def _of_training(training: Training, inputs: Any, selection: Selection) -> Subject:
    subject = subject_of(training, selection)
    if inputs is None:
        return subject
    x = numbers(inputs).to(subject.x)
    if x.shape[1:] != subject.x.shape[1:]:
        raise SpecError(f"The inputs have the shape {tuple(x.shape[1:])}; this network takes {tuple(subject.x.shape[1:])}.")
    return replace(subject, x=x, raw=x.cpu().numpy(), truths=(), planted=None, called="input")


def _reopened(path: str | Path) -> Training:
    """The training a checkpoint is of. Raises RunError."""
    tensors, meta = checkpoint_of(path)
    training = train(Experiment.from_json(meta["experiment"]))
    training.restore(tensors, meta)
    return training


def _with_baseline(subject: Subject, rest: dict[str, Any], kind: type[Explanation] | None) -> Subject:
    """The same; a baseline that is an input, not one of the method's, is taken out of `rest` and put into it."""
    if kind is None or isinstance(rest.get("baseline", ""), str):
        return subject
    if "baseline" not in kind.model_fields:
        raise SpecError(f"baseline: {kind.title()} compares inputs with nothing of the kind. Leave it out.")
    return compared_with(subject, rest.pop("baseline"))


def _named(subject: Subject, target: int | str | None) -> str:
    if target is None or isinstance(target, str):
        return target or ""
    if isinstance(target, bool) or not isinstance(target, int | np.integer):
        raise SpecError(f"target: it is the number or the name of an answer (given: {str(target)[:40]}).")
    if not 0 <= target < len(subject.targets):
        raise SpecError(f"There is no answer {target}: there are {len(subject.targets)}, counted from 0 to {len(subject.targets) - 1}.")
    return subject.targets[target]


def _reason_not(kind: type[Explanation], subject: Subject) -> str:
    if issubclass(kind, OverRun):
        return "It looks at the recorded steps of a run: open the run in the app, on the page Explain."
    return kind.reason_not(subject)


def _in_memory(question: Explanation, subject: Subject, selection: Selection, progress: Callable[[float], None]) -> Inspected:
    """Ask; with fewer rows at once, as long as memory runs out. Raises BudgetError where one is too many."""
    while True:
        try:
            return question.explain(subject, selection, progress)
        except (RuntimeError, MemoryError) as error:
            if not is_memory_error(error):
                raise
            if subject.piece == 1:
                raise BudgetError("Memory runs out even with one input at a time. Take a smaller network or smaller inputs.") from error
        subject = replace(subject, piece=subject.piece // 2)
