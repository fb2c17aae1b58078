"""Testing with concept activation vectors.

Decided: the vectors are fitted here, with one ridge classifier for each draw; Captum gives the slopes at the layer.
Because: Captum's own machinery wants concepts as endless data loaders and keeps activations and vectors as pickled files in a folder of
its own, which nothing here may read back. Beside a score stands whether the layer holds the concept at all: with a direction
that is pure chance, a linear answer still gives scores of 0 and 1.
Instead of: a t test of the scores alone, which take few values, pile up at 0 and 1, and share examples between the draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from captum.attr import LayerGradientXActivation
from pydantic import Field
from threadpoolctl import threadpool_limits

from explorer.errors import SpecError
from explorer.inspections.wording import brief, counted, share
from explorer.interpret.base import EXPLANATIONS, Explanation, Progress, unheard
from explorer.interpret.chance import seed_field
from explorer.interpret.concepts import FEWEST, LOOKED_AT, concepts_of, numbers_in
from explorer.interpret.examples import shown_examples
from explorer.interpret.layered import NO_LAYERS, Layer, layer_named, names_of, outputs_of
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.results.inspected import Inspected

ASKED = 200  # examples whose slopes are looked at
HELD_OUT = 3  # every third example of a draw tests its vector
SHUFFLES = 4000
UNLIKELY = 0.05  # chance from which on downwards a difference counts
SHOWN = 8


@dataclass(frozen=True)
class Drawn:
    """What a number of draws gave.

    Attributes:
        scores: (draws,) share of the examples whose score for the answer grows towards the concept.
        accuracies: (draws,) share of held-out examples that the vector sorts right.
    """

    scores: np.ndarray
    accuracies: np.ndarray


@EXPLANATIONS.register("tcav")
class Tcav(Explanation):
    """Whether a concept, given by examples of it, moves the network towards an answer.

    A direction in a layer that tells examples of the concept from others; the score is the share of examples whose answer grows along
    it: 1 always for, 0 always against, 0.5 neither. The same is done with random examples in the place of the concept.
    Arrays: `scores`, `accuracies`, `chance_scores` and `chance_accuracies` (draws,); `slopes` (examples,) along the mean vector.
    Source: Kim et al., "Interpretability Beyond Feature Attribution: Testing with Concept Activation Vectors", 2018.
    """

    group: ClassVar[str] = "Concepts and examples"
    label: ClassVar[str] = "Concepts (TCAV)"
    slow: ClassVar[bool] = True
    gradients: ClassVar[bool] = True
    wants: ClassVar[tuple[str, ...]] = ("layer",)

    concept: str = Field("", max_length=200, description="what the examples of the concept have in common; empty: the first there is")
    numbers: str = Field(
        "", max_length=2000, description='numbers of examples that show a concept of your own, such as "3, 17, 40-52"; empty: the one above'
    )
    draws: int = Field(20, ge=6, le=50, description="how many times examples are drawn and a direction is fitted; more make it surer")
    examples: int = Field(40, ge=FEWEST, le=500, description="most examples of the concept in one draw, and as many others")
    seed: int = seed_field()

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        few = f"A concept needs {FEWEST} examples of it and {FEWEST} others, and there are {len(subject.x)} in all."
        return super().reason_not(subject) or ("" if names_of(subject) else NO_LAYERS) or (few if len(subject.x) < 2 * FEWEST else "")

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"layer": names_of(subject), "concept": list(concepts_of(subject))}

    def passes(self, subject: Subject) -> int:
        return min(len(subject.x), LOOKED_AT) + ASKED

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        name, has = self._concept(subject)
        layer = layer_named(subject, selection.layer)
        target = subject.target(selection, subject.scores(subject.example(selection.example))[0])
        asked, who = _asked(subject, target)
        slopes = whole(_slopes(subject, layer, asked, target).flatten(1))
        given = whole(outputs_of(subject, layer, subject.x[: len(has)]).flatten(1))
        luck = np.random.default_rng(self.seed)
        told: dict[str, Drawn] = {}
        vectors = self._vectors(given, has, luck, lambda part: progress(part / 2))
        told["concept"] = _drawn(vectors, slopes)
        told["chance"] = _drawn(self._random(given, has, luck, lambda part: progress((1 + part) / 2)), slopes)
        about, pictures = shown_examples(subject, np.flatnonzero(has)[:SHOWN])
        facts = {
            "concept": name,
            "layer": layer.name,
            "target": subject.targets[target],
            "asked": who,
            "count": int(has.sum()),
            "shown": about,
            **_verdict(told["concept"], told["chance"], slopes, luck),
        }
        arrays = {**_arrays(told), "slopes": (slopes @ np.mean([vector for vector, _ in vectors], axis=0)).astype(np.float32), **pictures}
        return Inspected(self.kind, subject.step, _words(facts, told), facts, arrays)

    def _concept(self, subject: Subject) -> tuple[str, np.ndarray]:
        """Its name, and which examples show it, bool (n,). Raises SpecError."""
        if self.numbers.strip():
            return self._own(subject)
        there = concepts_of(subject)
        if not there:
            raise SpecError('concept: no concept is offered for these data. Name examples that show one, such as "3, 17, 40-52".')
        if self.concept and self.concept not in there:
            raise SpecError(f"concept: there is no {self.concept[:40]!r} here. There are: {', '.join(list(there)[:12])}.")
        name = self.concept or next(iter(there))
        return name, there[name]

    def _own(self, subject: Subject) -> tuple[str, np.ndarray]:
        count = min(len(subject.x), LOOKED_AT)
        chosen, has = numbers_in(self.numbers, count, subject.called), np.zeros(count, bool)
        has[chosen] = True
        if not FEWEST <= len(chosen) <= count - FEWEST:
            raise SpecError(
                f"numbers: {counted(len(chosen), 'example')} of {count} are named. Name at least {FEWEST}, and leave {FEWEST} out."
            )
        return "your examples", has

    def _vectors(self, given: np.ndarray, has: np.ndarray, luck: np.random.Generator, progress: Progress) -> list[tuple[np.ndarray, float]]:
        """A vector and its accuracy for each draw of examples of the concept, and as many others."""
        found, inside, outside = [], np.flatnonzero(has), np.flatnonzero(~has)
        size = min(self.examples, len(inside), len(outside))
        for number in range(self.draws):
            chosen, others = (luck.choice(pool, size, replace=False) for pool in (inside, outside))
            found.append(vector_of(given[chosen], given[others]))
            progress((number + 1) / self.draws)
        return found

    def _random(self, given: np.ndarray, has: np.ndarray, luck: np.random.Generator, progress: Progress) -> list[tuple[np.ndarray, float]]:
        """The same with random examples in the place of the concept's: as many, drawn anew each time."""
        found, size = [], min(self.examples, int(has.sum()), int((~has).sum()))
        for number in range(self.draws):
            both = luck.permutation(len(given))[: 2 * size]
            found.append(vector_of(given[both[:size]], given[both[size:]]))
            progress((number + 1) / self.draws)
        return found


def vector_of(inside: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, float]:
    """The direction, of length 1, from others to examples of a concept, and the share of held-out rows that it sorts right.

    Args:
        inside, outside: (n, numbers), as many of each, in random order; every third row is held out.
    """
    from sklearn.linear_model import RidgeClassifier

    rows, is_inside = np.concatenate([inside, outside]), np.repeat([1, 0], [len(inside), len(outside)])
    held = np.concatenate([np.arange(len(part)) % HELD_OUT == 0 for part in (inside, outside)])
    scale = float(rows.std()) or 1.0
    with threadpool_limits(1):  # on small matrices threads wait for each other
        fitted = RidgeClassifier().fit((rows[~held] - rows[~held].mean(0)) / scale, is_inside[~held])
        right = float((fitted.predict((rows[held] - rows[~held].mean(0)) / scale) == is_inside[held]).mean())
    vector = fitted.coef_.ravel()
    return vector / (float(np.linalg.norm(vector)) or 1.0), right


def _asked(subject: Subject, target: int) -> tuple[torch.Tensor, str]:
    """Examples that the answer is true of, where that can be said, else the first; and what they are."""
    truth = f"class {subject.targets[target]}"
    numbers = [number for number, one in enumerate(subject.truths) if one == truth][:ASKED]
    if numbers:
        return subject.x[torch.tensor(numbers, device=subject.x.device)], f"{counted(len(numbers), subject.called)} of {truth}"
    x = subject.x[:ASKED]
    return x, f"the first {counted(len(x), subject.called)}"


def _slopes(subject: Subject, layer: Layer, x: torch.Tensor, target: int) -> torch.Tensor:
    """How fast the target's score grows with each number the layer gives: (n, ...)."""
    found = []
    with torch.backends.cudnn.flags(enabled=False), torch.enable_grad():
        for part in x.split(subject.piece):
            at = subject.at(part)
            slopes = LayerGradientXActivation(at.path, layer.module, multiply_by_inputs=False).attribute(at.leaf(part), target=target)
            found.append(slopes.detach())
    slopes = torch.cat(found)
    if not bool(slopes.isfinite().all()):
        raise SpecError(f"The slopes at {layer.name} are not finite: the network has left its healthy range. Choose an earlier step.")
    return slopes


def _drawn(vectors: list[tuple[np.ndarray, float]], slopes: np.ndarray) -> Drawn:
    scores = [float((slopes @ vector > 0).mean()) for vector, _ in vectors]
    return Drawn(np.array(scores), np.array([accuracy for _, accuracy in vectors]))


def _arrays(told: dict[str, Drawn]) -> dict[str, np.ndarray]:
    concept, chance = told["concept"], told["chance"]
    return {
        "scores": concept.scores,
        "accuracies": concept.accuracies,
        "chance_scores": chance.scores,
        "chance_accuracies": chance.accuracies,
    }


def _verdict(concept: Drawn, chance: Drawn, slopes: np.ndarray, luck: np.random.Generator) -> dict[str, Any]:
    """How likely chance alone would give as large a difference, and whether that is unlikely enough."""
    held = likelihood(concept.accuracies, chance.accuracies, luck) if concept.accuracies.mean() > chance.accuracies.mean() else 1.0
    differs = likelihood(concept.scores, chance.scores, luck)
    ends = np.quantile(chance.scores, [0.025, 0.975])
    return {
        "score": float(concept.scores.mean()),
        "accuracy": float(concept.accuracies.mean()),
        "chance_accuracy": float(chance.accuracies.mean()),
        "band": [float(end) for end in ends],
        "likelihood_held": held,
        "likelihood_differs": differs,
        "flat": not bool(np.abs(slopes).max(initial=0.0) > 0),
        "told_from_chance": held < UNLIKELY and differs < UNLIKELY,
    }


def likelihood(first: np.ndarray, second: np.ndarray, luck: np.random.Generator) -> float:
    """How often two groups shuffled at random differ in their means at least as far as these do: a permutation test, two-sided.

    Source: Fisher, "The Design of Experiments", 1935.
    """
    both, wanted = np.concatenate([first, second]), abs(first.mean() - second.mean())
    mixed = luck.permuted(np.tile(both, (SHUFFLES, 1)), axis=1)
    apart = np.abs(mixed[:, : len(first)].mean(1) - mixed[:, len(first) :].mean(1))
    return float((1 + (apart >= wanted - 1e-9).sum()) / (1 + SHUFFLES))


def _words(facts: dict[str, Any], told: dict[str, Drawn]) -> tuple[str, ...]:
    about = (
        f"The concept {facts['concept']!r} ({counted(facts['count'], 'example')}) in {facts['layer']}, for the answer {facts['target']!r}"
    )
    if facts["flat"]:
        return (f"{about}: every slope of the answer is 0 at this layer, so that no direction moves it.",)
    said = [f"{about}: {_finding(facts)}"]
    spread = told["concept"].scores
    said.append(
        f"For {share(facts['score'])} of {facts['asked']} the score grows towards the concept (TCAV score {brief(facts['score'])}, from "
        f"{brief(spread.min())} to {brief(spread.max())} over {len(spread)} draws); with random examples in its place it is "
        f"{brief(told['chance'].scores.mean())}, mostly between {brief(facts['band'][0])} and {brief(facts['band'][1])}. "
        f"Chance alone would differ as much with a probability of {brief(facts['likelihood_differs'])}."
    )
    said.append(
        f"The layer tells the concept from other examples in {share(facts['accuracy'])} of held-out cases; random examples in "
        f"{share(facts['chance_accuracy'])} (chance alone: {brief(facts['likelihood_held'])})."
    )
    return tuple(said)


def _finding(facts: dict[str, Any]) -> str:
    if facts["likelihood_held"] >= UNLIKELY:
        return "not to be told from chance, because the layer tells these examples no better from others than random ones."
    if facts["likelihood_differs"] >= UNLIKELY:
        return "the layer holds the concept, but its effect on the answer is not to be told from chance."
    way = "for" if facts["score"] > sum(facts["band"]) / 2 else "against"
    return f"it speaks {way} the answer, more than chance would."
