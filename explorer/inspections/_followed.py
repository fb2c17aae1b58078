"""One weight or unit followed back from the loss: the numbers, and the same in words, as a formula and as code."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.inspections._products import Products
from explorer.inspections._targets import OfWeights, Target, written
from explorer.inspections.wording import brief, counted, latex, latex_sum, latex_text, plainly
from explorer.networks.build import Network

STEPS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)  # of the differences, in units of max(1, |w|)
USED = 1e-5  # of them; near the best step of central differences with 53 bits: the cube root of their precision


@dataclass(frozen=True)
class Link:
    """A layer on the way.

    Attributes:
        layer, name: its id, and that of the part of it that is meant.
        shape: of its output, for one example.
        out, into: norms of d loss / d output, and of what the layer alone makes of it: d loss / d input; None where it is fed tokens.
        inside: a block that is on the way too holds it.
    """

    layer: str
    name: str
    shape: tuple[int, ...]
    out: float
    into: float | None = None
    inside: bool = False

    @property
    def factor(self) -> float | None:
        """How much stronger the gradient leaves the layer than it came, on its way back."""
        return self.into / self.out if self.into is not None and self.out else None

    def facts(self) -> dict[str, Any]:
        sizes = {name: None if value is None else plainly(value) for name, value in (("out", self.out), ("into", self.into))}
        factor = None if self.factor is None else plainly(self.factor)
        return {"layer": self.layer, "name": self.name, "shape": list(self.shape), "inside": self.inside, **sizes, "factor": factor}


@dataclass(frozen=True)
class Followed:
    """What was found of one weight or unit.

    Attributes:
        called: what it is called, in words.
        value: of the weight; None for a unit.
        whose, loss: of which example, or examples, the loss is, in words; and the loss.
        gradient: d loss / d weight, or d loss / d output of the unit.
        links: the layers on the way, from the loss back.
        terms: the products of its gradient; None where no rule gives them.
        steps, differences: central differences of the loss, one for each of STEPS.
    """

    called: str
    value: float | None
    whose: str
    loss: float
    gradient: float
    links: list[Link]
    terms: Products | None
    steps: np.ndarray
    differences: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """How far each difference is from the gradient, relative to the larger of the two; NaN where one is not finite."""
        larger = np.maximum(np.abs(self.differences), abs(self.gradient))
        with np.errstate(invalid="ignore"):
            return np.abs(self.differences - self.gradient) / np.where(larger > 0, larger, 1.0)

    @property
    def check(self) -> tuple[float, float, float]:
        """(step, difference, error) of the one difference that is held against the gradient."""
        at = STEPS.index(USED)
        return float(self.steps[at]), float(self.differences[at]), float(self.errors[at])

    @property
    def resolution(self) -> float:
        """The smallest gradient that this difference can tell from 0: a rounding of the loss, divided by the step."""
        return sys.float_info.epsilon * max(abs(self.loss), sys.float_info.min) / self.check[0]

    def facts(self) -> dict[str, Any]:
        step, difference, error = self.check
        return {
            "called": self.called,
            "value": None if self.value is None else plainly(self.value),
            "loss": plainly(self.loss),
            "gradient": plainly(self.gradient),
            "chain": [one.facts() for one in self.links],
            "over": self.terms.over if self.terms else "",
            "names": list(self.terms.names) if self.terms else [],
            "difference": {"step": step, "value": plainly(difference), "error": plainly(error), "resolution": plainly(self.resolution)},
        }

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "out": np.array([one.out for one in self.links]),
            "into": np.array([np.nan if one.into is None else one.into for one in self.links]),
            "left": self.terms.left.detach().numpy() if self.terms else np.zeros(0),
            "right": self.terms.right.detach().numpy() if self.terms else np.zeros(0),
            "steps": self.steps,
            "differences": self.differences,
            "errors": self.errors,
        }


def in_words(found: Followed) -> list[str]:
    return [_first(found), *_way(found.links), _terms(found), _checked(found)]


def _first(found: Followed) -> str:
    now = "" if found.value is None else f", now {found.value:.5g},"
    return (
        f"If {found.called}{now} grows by a little, the loss of {found.whose} ({brief(found.loss)}) changes "
        f"{found.gradient + 0.0:.4g} times as much. Everything here is in evaluation mode: no dropout, and running means in BatchNorm."
    )


def _way(links: list[Link]) -> list[str]:
    if len(links) < 2:
        return []
    first, last = links[0], links[-1]
    words = [f"On the way back d loss / d output goes from {brief(first.out)} at {first.name} to {brief(last.out)} at {last.name} (norms)."]
    known = sorted((link.factor, link.name) for link in links[:-1] if link.factor is not None and np.isfinite(link.factor))
    if len(known) > 1:
        (small, least), (large, most) = known[0], known[-1]
        words.append(f"{least} multiplies its size by the smallest factor, {brief(small)}, and {most} by the largest, {brief(large)}.")
    return words


def _terms(found: Followed) -> str:
    if found.terms is None:
        return "For this kind of weight there is no short product to show; PyTorch's own derivative stands alone."
    terms = found.terms
    each = f"{terms.names[0]}, times {terms.names[1]}" if terms.names[1] else terms.names[0]
    if len(terms.left) == 1:
        second = f" x {brief(terms.right.item())}" if terms.names[1] else ""
        return f"Its gradient is {each}: {brief(terms.left.item())}{second}."
    return f"Its gradient is a sum over {counted(len(terms.left), terms.over)}: at each, {each}."


def _checked(found: Followed) -> str:
    step, difference, error = found.check
    if not np.isfinite(error):
        return "There is nothing to check the gradient with: the loss is no finite number, here or a small step beside."
    measured = f"Moving it by {step:.1g} to either side changes the loss by {difference + 0.0:.4g} times the step"
    if max(abs(difference), abs(found.gradient)) <= 100 * found.resolution:
        return f"{measured}: too little to check the gradient, since below {brief(found.resolution)} nothing can be told from rounding."
    if error < 1e-4:
        return f"{measured}: a relative error of {error:.1g}."
    return (
        f"{measured}: a relative error of {error:.1g}. Central differences go wrong where a kink, as of ReLU or of a maximum, "
        "lies within the step, or where rounding is larger than the change."
    )


def formula(found: Followed) -> str:
    """The gradient as a sum of products, in LaTeX, with the largest of today's numbers."""
    start, result = r"\frac{\partial L}{\partial w} = ", latex(found.gradient).strip("()")
    if found.terms is None:
        return start + result
    left, right, (sign, second) = found.terms.left.detach().numpy(), found.terms.right.detach().numpy(), found.terms.signs
    if len(left) == 1 and not second:
        return f"{start}{sign} = {result}"
    above = rf"\sum_{{{latex_text(found.terms.over)}}} " if len(left) != 1 else ""
    numbers = latex_sum(left, right) if second else _added(left)
    return rf"{start}{above}{sign}\, {second} = {numbers} = {result}"


def _added(values: np.ndarray, most: int = 3) -> str:
    largest = values[np.argsort(-np.abs(values), kind="stable")[:most]]
    return " + ".join([*map(latex, largest), *([r"\dots"] if len(values) > most else [])]) or "0"


def code(network: Network, target: Target, index: tuple[int, ...], found: Followed) -> str:
    """Lines that give the gradient twice: by PyTorch alone, and as the sum of products."""
    path = next(path for path, module in network.named_modules() if module is target.module)
    lines = [
        "import torch",
        "",
        f"# network: this one, with 64-bit numbers; x, y: {found.whose}; objective: the loss of the task",
        "network.eval()",
        f'layer = network.get_submodule("{path}")',
        "kept = {}",
        "layer.register_forward_hook(lambda module, inputs, output: kept.update(a=inputs[0], z=output))",
        "loss = objective(network(x), x, y)",
    ]
    if isinstance(target, OfWeights):
        lines += [f"(gradient,) = torch.autograd.grad(loss, layer.{target.weights.short}, retain_graph=True)"]
        lines += [f"by_torch = gradient[{written(index)}]"]
    if found.terms is not None and found.terms.code:
        lines += ['a, (delta,) = kept["a"], torch.autograd.grad(loss, kept["z"])', f"by_hand = {found.terms.code}"]
    else:
        lines = [line for line in lines if "kept" not in line]
    return "\n".join(lines)
