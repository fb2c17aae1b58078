"""Whatever answers, made one thing: inputs in, one row of scores for each out; and said in a sentence where it does not keep to that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.errors import ExplorerError, SpecError, is_memory_error
from explorer.interpret.forms import Form
from explorer.interpret.selection import Selection


class Answering(nn.Module):
    """Whatever answers, with what is made of its answers: inputs (n, *shape) in, scores (n, targets) out.

    Raises SpecError where the model does, and where its answers are no scores.
    """

    def __init__(self, network: nn.Module, form: Form, selection: Selection) -> None:
        super().__init__()
        self.network = network
        self.columns: int | None = None  # of its answers, once it has answered
        self.placed = False
        self.form, self._selection = form, selection

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores = _rows(self._asked(x), len(x))
        if scores.ndim == 3:
            self.placed = True
            scores = _at_place(scores, self._selection.place)
        if self.columns not in (None, scores.shape[1]):
            raise SpecError(f"The model gave {self.columns} scores for an input at first, and {scores.shape[1]} now. They must not change.")
        self.columns = scores.shape[1]
        return _chances(scores) if self._selection.scale == "probability" else scores

    def _asked(self, x: torch.Tensor) -> Any:
        try:
            return self.network(self.form.there(x))
        except Exception as error:
            if isinstance(error, ExplorerError) or is_memory_error(error):
                raise
            what = f"{type(error).__name__}: {str(error)[:300]}".rstrip(". ") + "."
            raise SpecError(f"The model raised an error when it was asked about inputs of the shape {tuple(x.shape)}: {what}") from error


class Module(nn.Module):
    """A network that may do as it likes with its inputs: they are copies, of the numbers its weights are."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        weights = next((weight for weight in network.parameters() if weight.is_floating_point()), None)
        self._dtype = torch.float32 if weights is None else weights.dtype

    def forward(self, x: torch.Tensor) -> Any:
        return self.network(x.to(self._dtype, copy=True) if x.is_floating_point() else x.clone())


class Asked(nn.Module):
    """A function that only predicts; it is given what its caller gave, tensors, arrays or tables, and never too many rows of it."""

    def __init__(self, function: Callable[[Any], Any], inputs: Any, rows: int) -> None:
        super().__init__()
        self._function, self._like, self._most = function, inputs, rows

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pieces = [self._scores(piece) for piece in x.detach().split(self._most)]
        if len({piece.shape[1:] for piece in pieces}) > 1:
            raise SpecError("The function gives some inputs more scores than others. It has to give the same scores for every input.")
        return torch.cat(pieces).to(x.device)

    def _scores(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            scores = _numeric(self._function(self._as_theirs(x)))
        if not bool(scores.isfinite().all()):
            raise SpecError(f"The function answered with numbers that are not finite when it was asked about {len(x)} inputs.")
        if scores.ndim == 0 or len(scores) != len(x):
            raise SpecError(
                f"The function answers with the shape {tuple(scores.shape)} for {len(x)} inputs; it has to give a row for each."
            )
        return scores

    def _as_theirs(self, x: torch.Tensor) -> Any:
        if isinstance(self._like, torch.Tensor):
            return x.clone()
        array = x.cpu().numpy().copy()
        if hasattr(self._like, "columns"):
            return type(self._like)(array, columns=self._like.columns)
        floats = isinstance(self._like, np.ndarray) and self._like.dtype.kind == "f"
        return array.astype(self._like.dtype) if floats else array


def _numeric(answer: Any) -> torch.Tensor:
    """What a function answered, as numbers."""
    if isinstance(answer, torch.Tensor):
        return answer.detach().float()
    try:
        array = np.asarray(answer)
    except ValueError:
        raise SpecError("The function answered with rows of different lengths. It has to give the same scores for every input.") from None
    if array.dtype.kind not in "biuf":
        said = str(array.ravel()[0])[:40] if array.size else ""
        raise SpecError(f"The function answered with {said!r}, which is no number. Give one that answers with scores, as predict_proba.")
    return torch.from_numpy(array.astype(np.float32))


def _rows(answer: Any, count: int) -> torch.Tensor:
    """Scores (count, targets), or (count, T, targets) where every place is answered. Raises SpecError."""
    if not isinstance(answer, torch.Tensor):
        raise SpecError(
            f"The model answers with a {type(answer).__name__} and not with one tensor of scores. Wrap it in a module whose forward "
            "returns the scores only."
        )
    if answer.ndim == 0 or len(answer) != count or answer.ndim > 3:
        raise SpecError(
            f"The model answers with the shape {tuple(answer.shape)} for {count} inputs; it has to give one row of scores for each, "
            f"({count}, scores)."
        )
    if answer.is_complex():
        raise SpecError("The model answers with complex numbers. Make them scores, such as their sizes.")
    return answer.float() if answer.ndim > 1 else answer.float()[:, None]


def _at_place(scores: torch.Tensor, place: int) -> torch.Tensor:
    if place >= scores.shape[1]:
        raise SpecError(f"There is no place {place}: {scores.shape[1]} are answered, counted from 0 to {scores.shape[1] - 1}.")
    return scores[:, place]


def _chances(scores: torch.Tensor) -> torch.Tensor:
    """Probabilities of logits: of one class each, or of yes against no."""
    return scores.softmax(1) if scores.shape[1] > 1 else scores.sigmoid()
