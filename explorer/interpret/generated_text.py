from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field

from explorer.errors import SpecError
from explorer.inspections.wording import brief, counted, share
from explorer.interpret.base import EXPLANATIONS, Explanation, Map, Progress, unheard
from explorer.interpret.of_many import asked, asked_field, offered, reason_without_maps, said_of
from explorer.interpret.of_training import Scored
from explorer.interpret.selection import Selection
from explorer.interpret.subject import Subject, whole
from explorer.networks.receptive_field import looks_ahead
from explorer.results.inspected import Inspected


@EXPLANATIONS.register("generated_text")
class GeneratedText(Explanation):
    """Lets the network go on with a text, and says of every token that it wrote which earlier ones made it.

    Each token is explained at the place where the network wrote it, from what it had before it then: one row of numbers for each, in one
    unit. Facts: "tokens" of the whole text, "begun": how many of them were given, "chances": how probable each written one was. Array:
    `values` (written, tokens), 0 where nothing was there yet or had gone out of sight.
    Source: Miglani et al., "Using Captum to Explain Generative Language Models", 2023.
    """

    group: ClassVar[str] = "Generated text"
    fits: ClassVar[tuple[str, ...]] = ("text",)
    answered: ClassVar[bool] = False

    method: str = asked_field()
    begin: int = Field(12, ge=1, le=1000, description="tokens of the example that the network goes on from")
    written: int = Field(12, ge=1, le=40, description="tokens that it writes")
    temperature: float = Field(
        0.8, ge=0, le=2, description="0 takes the most probable token each time; 1 draws by the probabilities, the same for one example"
    )

    @classmethod
    def reason_not(cls, subject: Subject) -> str:
        problem = subject.training.state.dataset.problem if subject.training else ""
        if problem != "language":
            return "It lets a network go on with a text, and this one does not say which token comes next."
        return super().reason_not(subject) or reason_without_maps(subject)

    @classmethod
    def choices(cls, subject: Subject) -> dict[str, list[str]]:
        return {"method": ["", *offered(subject)]}

    def passes(self, subject: Subject) -> int:
        return self.written * (1 + asked(subject, self.method, ()).passes(subject))

    def explain(self, subject: Subject, selection: Selection, progress: Progress = unheard) -> Inspected:
        method = asked(subject, self.method, ())
        begun = subject.example(selection.example)[0, : self.begin].tolist()
        text = begun + self._continued(subject, begun, selection.example)
        values, chances = np.zeros((len(text) - len(begun), len(text)), np.float32), []
        for row, place in enumerate(range(len(begun), len(text))):
            found, chance = _made_by(subject, method, text[:place], text[place])
            values[row, place - len(found) : place] = found
            chances.append(chance)
            progress((row + 1) / len(values))
        facts = {
            **said_of(subject, method, text[-1]),
            "tokens": [subject.vocabulary[token] for token in text],
            "begun": len(begun),
            "chances": chances,
            "example": subject.name_of(selection.example),
        }
        return Inspected(self.kind, subject.step, _words(subject, facts, values), facts, {"values": values})

    def _continued(self, subject: Subject, begun: list[int], number: int) -> list[int]:
        """The tokens that the network writes after these; the same each time for one example. Raises SpecError where it writes none."""
        assert subject.training is not None
        task: Any = subject.training.experiment.task
        more = task.generate(subject.training.state, begun, self.written, self.temperature, np.random.default_rng(number))
        if not more:
            raise SpecError(f"At step {subject.step:,} the network's answer is not a finite number, so that it writes nothing.")
        return more


def _made_by(subject: Subject, method: Map, before: list[int], token: int) -> tuple[np.ndarray, float]:
    """What each token that was in sight (seen,) counts for the one that followed, and how probable that was.

    Behind them the row is filled up, as it was when the token was written: nobody looks there yet.
    """
    assert isinstance(subject.answer, Scored)
    seen = before[-subject.x.shape[1] :]
    x = torch.zeros_like(subject.x[:1])
    x[0, : len(seen)] = torch.tensor(seen)
    there = replace(subject, answer=subject.answer.at(len(seen) - 1))
    values = whole(method.checked(there.at(x), x, token)[0])
    scores = there.scores(x)
    return values[: len(seen)], float((there.chances(scores) if there.chances else scores)[0, token])


def _words(subject: Subject, facts: dict[str, Any], values: np.ndarray) -> tuple[str, ...]:
    begun, tokens = facts["begun"], facts["tokens"]
    between = " " if max(map(len, tokens)) > 1 else ""
    said = [
        f"The network was given {between.join(tokens[:begun])!r} (the first {counted(begun, 'token')} of {facts['example']}) "
        f"and went on with {between.join(tokens[begun:])!r}.",
        f"Of every token it wrote, {facts['title']} says which earlier ones made it. {facts['meaning']}",
        *_distances(values, begun),
        f"The token it was least sure of had {share(min(facts['chances']))} of the probability.",
    ]
    ahead = looks_ahead(subject.training.experiment.networks["model"].layers, subject.training.state.dataset.input_shape)  # ty: ignore
    if ahead:
        said.append("This network also looks at later places, which are filled up while it writes: what it takes from there is not shown.")
    return tuple(said)


def _distances(values: np.ndarray, begun: int) -> list[str]:
    """How far back the tokens that count lie."""
    size = np.abs(values)
    rows = np.flatnonzero(size.sum(1))
    if not len(rows):
        return ["Every number is 0: by this measure no earlier token matters."]
    back = begun + rows - size[rows].argmax(1)
    nearest = int((back == 1).sum())
    distance = (size[rows] * (begun + rows[:, None] - np.arange(size.shape[1]))).sum(1) / size[rows].sum(1)
    return [
        f"For {nearest} of the {len(rows)} the token right before counted most; in the mean, what counts lies "
        f"{brief(distance.mean())} tokens back."
    ]
