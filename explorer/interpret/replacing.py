"""A near text with another answer: the fewest tokens that are replaced by others."""

from __future__ import annotations

from collections.abc import Callable

import torch

from explorer.interpret.aims import Aim
from explorer.interpret.nearest import Nearest
from explorer.interpret.subject import Subject

TRIED = 48  # replacements that are tried at each place of the search, those that the gradient promises most


def replaced(aim: Aim, x: torch.Tensor, most: int, progress: Callable[[float], None]) -> Nearest:
    """Replace one token (1, T) after the other, at most so many, each time the one that helps most, until the answer is as wanted.

    Source: Ebrahimi et al., "HotFlip", 2018.
    """
    here, height = x, float(aim.push(aim.subject.scores(x))[0])
    for made in range(1, most + 1):
        progress(made / most)
        tries = candidates(aim, x, here)
        if not len(tries):
            return Nearest(here, False, made - 1)
        scores = aim.subject.scores(tries)
        best = int(aim.push(scores).argmax())
        if float(aim.push(scores)[best]) <= height:
            return Nearest(here, False, made - 1)
        here, height = tries[best : best + 1], float(aim.push(scores)[best])
        if bool(aim.reached(scores)[best]):
            return Nearest(pruned(aim, x, here), True, made)
    return Nearest(here, False, most)


def candidates(aim: Aim, x: torch.Tensor, here: torch.Tensor) -> torch.Tensor:
    """Texts (n, T) in which one more token is another, those that the gradient promises most."""
    subject = aim.subject
    promise = promises(subject.at(here), aim, here)
    promise[(here != x)[0] | filled(subject, x)] = -torch.inf
    promise.scatter_(1, here[0][:, None], -torch.inf)
    best = promise.flatten().topk(min(TRIED, promise.numel()))
    chosen = best.indices[best.values.isfinite()]
    places, tokens = chosen // promise.shape[1], chosen % promise.shape[1]
    tries = here.repeat(len(chosen), 1)
    tries[torch.arange(len(chosen)), places] = tokens
    return tries


def promises(subject: Subject, aim: Aim, here: torch.Tensor) -> torch.Tensor:
    """(T, vocabulary) how much the height would rise, were the network straight, by each token at each place."""
    assert subject.entry is not None
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        leaf = subject.leaf(here)
        slopes = torch.autograd.grad(aim.push(subject.path(leaf)).sum(), leaf)[0][0].detach()
    vectors = subject.smooth(torch.arange(len(subject.vocabulary), device=here.device)).detach()
    return slopes @ vectors.T - (slopes * leaf.detach()[0]).sum(1, keepdim=True)


def filled(subject: Subject, x: torch.Tensor) -> torch.Tensor:
    """bool (T,): the tokens at the ends that only fill the row up; none where the whole row is of them."""
    blank = x[0] == subject.blank
    ends = blank.int().cumprod(0).bool() | blank.flip(0).int().cumprod(0).flip(0).bool()
    return ends & ~ends.all()


def pruned(aim: Aim, x: torch.Tensor, here: torch.Tensor) -> torch.Tensor:
    """Without the replacements that were not needed."""
    for place in (here != x)[0].nonzero().flatten().tolist():
        without = here.clone()
        without[0, place] = x[0, place]
        here = without if bool(aim.reached(aim.subject.scores(without))[0]) else here
    return here
