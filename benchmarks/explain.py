"""What explaining costs around Captum, which does the arithmetic.

Both sides of a comparison end with the same: the map, the prediction it is of, and the baseline's score where there is one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from captum.attr import IntegratedGradients, Occlusion, Saliency
from torch import nn

import explorer as nx
from benchmarks.row import Row, below
from explorer.experiment import Experiment
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.foreign import subject_from
from explorer.interpret.of_training import subject_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject

ROUNDS, WARM, INPUTS = 81, 5, 100
WINDOW, IG_STEPS = 3, 50
Ask = Callable[[int], object]


def measure() -> list[Row]:
    """Every method around Captum: its share where a network has something to do, and what an answer costs beyond where it has not."""
    torch.set_num_threads(1)
    training = nx.train(Experiment.preset("digits_cnn"))
    training.advance(steps=50)
    small, x = subject_of(training, Selection()), training.state.x_test
    large, pictures = network_on_28x28(), torch.rand(INPUTS, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    shares = compared(large, pictures, subject_from(large, pictures))
    beyond = compared(training.networks["model"].eval(), x, small)
    return [
        *(below(f"CNN on 28 x 28: {name} over Captum called directly", 100 * share, 10, "% more time") for name, share, _ in shares),
        *(below(f"digits CNN, 8 x 8: {name}, beyond Captum called directly", more, 1, "ms an answer") for name, _, more in beyond),
    ]


def network_on_28x28() -> nn.Module:
    """As one writes it by hand for pictures of this size."""
    torch.manual_seed(0)
    convolutions = [nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(32 * 12 * 12, 64), nn.ReLU(), nn.Linear(64, 10)).eval()


def compared(network: nn.Module, x: torch.Tensor, subject: Subject) -> list[tuple[str, float, float]]:
    """Of each method its name, the time of its whole answer over Captum's less 1, and the milliseconds between: medians of rounds."""
    found = []
    for name, direct in DIRECT.items():
        over, more = rounds(ours(name, subject), direct(network, x, subject.piece))
        found.append((name.replace("_", " "), over, more))
    return found


def ours(name: str, subject: Subject) -> Ask:
    method = EXPLANATIONS[name]()
    return lambda number: method.explain(subject, Selection(example=number))


def rounds(ask: Ask, direct: Ask) -> tuple[float, float]:
    ratios, differences = [], []
    for number in range(ROUNDS + WARM):
        before, whole, after = timed(direct, number), timed(ask, number), timed(direct, number)
        ratios.append(2 * whole / (before + after) - 1)
        differences.append(1000 * (whole - (before + after) / 2))
    return statistics.median(ratios[WARM:]), statistics.median(differences[WARM:])


def timed(ask: Ask, number: int) -> float:
    began = time.perf_counter()
    ask(number)
    return time.perf_counter() - began


# -- Captum called directly


def predicted(network: nn.Module, one: torch.Tensor) -> tuple[int, float]:
    with torch.no_grad():
        scores = network(one)[0]
    target = int(scores.argmax())
    return target, float(scores[target])


def saliency(network: nn.Module, x: torch.Tensor, piece: int) -> Ask:
    def ask(number: int) -> object:
        one = x[number : number + 1].clone().requires_grad_()
        target, score = predicted(network, one)
        return Saliency(network).attribute(one, target=target).detach().numpy(), score

    return ask


def integrated_gradients(network: nn.Module, x: torch.Tensor, piece: int) -> Ask:
    def ask(number: int) -> object:
        one = x[number : number + 1].clone().requires_grad_()
        target, score = predicted(network, one)
        found, gap = IntegratedGradients(network).attribute(
            one, torch.zeros_like(one), target, n_steps=IG_STEPS, internal_batch_size=piece, return_convergence_delta=True
        )
        return found.detach().numpy(), score, float(gap)

    return ask


def occlusion(network: nn.Module, x: torch.Tensor, piece: int) -> Ask:
    def ask(number: int) -> object:
        one = x[number : number + 1]
        target, score = predicted(network, one)
        with torch.no_grad():
            base = float(network(torch.zeros_like(one))[0, target])
        found = Occlusion(network).attribute(
            one, (one.shape[1], WINDOW, WINDOW), (one.shape[1], 1, 1), torch.zeros_like(one), target, perturbations_per_eval=piece
        )
        return found.numpy(), score, base

    return ask


DIRECT: dict[str, Callable[[nn.Module, torch.Tensor, int], Ask]] = {
    "saliency": saliency,
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
}
