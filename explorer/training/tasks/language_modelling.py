"""Language modelling: which token comes next, at every place of a text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn import functional

from explorer.experiment import LOSSES, TASKS, NetworkSpec, TaskSpec, any_of, live
from explorer.networks.receptive_field import looks_ahead
from explorer.results.dataset import Dataset
from explorer.results.shape import Shape
from explorer.training.state import TrainingState
from explorer.training.tasks.supervised import (
    answer_to,
    at_place,
    evaluation,
    finite,
    of_losses,
    of_parts,
    plain,
    supervised_step,
    token_parts,
    unsuited,
)

CONTINUED = 60  # tokens that the text of an example is continued with
TEMPERATURE = 0.8  # of that continuation
LIKELIEST = 5  # tokens named at each place of an example


@TASKS.register("language_modelling")
class LanguageModelling(TaskSpec):
    """Say at every place of a text which token comes next; a text of its own is then one guess after another.

    The network ends in one logit per token of the vocabulary at every place. It has to be causal, as a causal attention or
    a recurrent layer in one direction is: one that sees later places reads the answer off them, and learns nothing else.
    """

    problem: ClassVar[str] = "language"
    losses: ClassVar[str] = "classification"
    answers: ClassVar[str] = "tokens"
    score_unit: ClassVar[str] = "logit"

    loss: any_of(LOSSES) = live(
        default_factory=lambda: LOSSES["cross_entropy"](), validate_default=True, description="what training makes small, place by place"
    )

    @classmethod
    def title(cls) -> str:
        return "Next-token language modelling"

    def shapes(self, role: str, dataset: Dataset) -> tuple[Shape, Shape]:
        if dataset.problem != "language":
            raise unsuited(self, dataset)
        return dataset.input_shape, Shape.sequence(dataset.input_shape.sizes[0], dataset.input_shape.vocabulary)

    def doubt(self, network: NetworkSpec, input_shape: Shape) -> str:
        layer = looks_ahead(network.layers, input_shape)
        if not layer:
            return ""
        return (
            f"{network.place(layer)} looks at later places, and the next token stands there: the network can read the answer off its "
            "input. Whatever its perplexity becomes, it says nothing about the language. Make the layer causal, or let it read in one "
            "direction."
        )

    def step(self, state: TrainingState, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        return supervised_step(self, state, batch)

    def objective(self, output: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss.loss(output.flatten(0, 1), y.flatten())

    def evaluate(self, state: TrainingState) -> dict[str, float]:
        metrics = {}
        with evaluation(state.networks["model"]) as network:
            for part, x, y in token_parts(state):
                logits, truth = network(x).flatten(0, 1), y.flatten()
                if not logits.isfinite().all():
                    continue
                metrics[f"{part}_loss"] = self.loss.loss(logits, truth).item()
                metrics[f"{part}_perplexity"] = _perplexity(functional.cross_entropy(logits, truth).item())
                metrics[f"{part}_accuracy"] = (logits.argmax(1) == truth).float().mean().item()
        return finite(metrics)

    def units(self) -> dict[str, str]:
        return {
            **of_losses(self.loss.unit.replace("example", "token")),
            **of_parts("perplexity", "perplexity: as unsure as among so many equally likely tokens"),
            **of_parts("accuracy", "share of next tokens guessed right"),
        }

    def targets(self, dataset: Dataset) -> tuple[str, ...]:
        return dataset.vocabulary

    def scores(self, dataset: Dataset, output: torch.Tensor, x: torch.Tensor, place: int) -> torch.Tensor:
        return at_place(output, place)

    def chances(self, dataset: Dataset, scores: torch.Tensor) -> torch.Tensor:
        return scores.softmax(1)

    def predict(self, state: TrainingState, x: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, T, vocabulary) of the next token."""
        with evaluation(state.networks["model"]) as network:
            return network(x).softmax(2)

    def example(self, state: TrainingState, number: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """How probable each next token was, the most probable ones, and how the network would go on after this text."""
        words, y = state.dataset.vocabulary, state.dataset.test.y[number]
        p = answer_to(self, state, number)  # (T, vocabulary)
        true = p[np.arange(len(y)), y]
        perplexity = _perplexity(-np.log(np.maximum(true, 1e-30)).mean()) if np.isfinite(true).all() else math.inf
        more = self.generate(state, [*state.dataset.test.x[number, :1], *y], CONTINUED, TEMPERATURE, np.random.default_rng(number))
        return {
            "kind": "language",
            "truth": [words[token] for token in y],
            "probabilities": plain(true),
            "top": [[[words[token], *plain(row[token : token + 1])] for token in np.argsort(-row)[:LIKELIEST]] for row in p],
            "continuation": "".join(words[token] for token in more),
            "perplexity": plain(np.array([perplexity]))[0],
        }, {}

    def generate(self, state: TrainingState, prompt: Sequence[int], n: int, temperature: float, rng: np.random.Generator) -> list[int]:
        """Go on with a text, token by token.

        Args:
            state: of the run.
            prompt: token numbers, at least one; of a longer one than the network sees at once, the last ones count.
            n: how many tokens to add.
            temperature: 0 takes the most probable token; 1 draws by the probabilities; above, more boldly.
            rng: draws.

        Returns:
            The `n` token numbers that follow; fewer where the network no longer gives finite numbers.
        """
        text = list(map(int, prompt))
        with evaluation(state.networks["model"]) as network:
            for _ in range(n):
                logits = _next_logits(network, text, state)
                if not np.isfinite(logits).all():
                    break
                text.append(_drawn(logits, temperature, rng))
        return text[len(prompt) :]


def _next_logits(network: Callable[[torch.Tensor], torch.Tensor], text: list[int], state: TrainingState) -> np.ndarray:
    """Logits (vocabulary,) of what follows; a text shorter than the network's row is filled up behind, where nobody looks yet."""
    seen = text[-state.x_train.shape[1] :]
    row = torch.zeros(1, state.x_train.shape[1], dtype=torch.int64)
    row[0, : len(seen)] = torch.tensor(seen)
    return network(row.to(state.device))[0, len(seen) - 1].double().cpu().numpy()


def _drawn(logits: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    p = np.exp((logits - logits.max()) / temperature)
    return int(rng.choice(len(p), p=p / p.sum()))


def _perplexity(nats: float) -> float:
    """exp of a cross-entropy per token."""
    return math.exp(nats) if nats < 700 else math.inf
