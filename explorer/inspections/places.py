"""Where in a network one looks, with what, and what passes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import nn

from explorer.errors import SpecError
from explorer.inspections.base import chosen
from explorer.layers.chain import Chain
from explorer.networks.build import Network
from explorer.training.loop import Training
from explorer.training.tasks.supervised import evaluation

NOISE = 1000  # rows of noise that a network without examples of its own is fed
MOST_UNITS = 64  # that a picture has room for: of more, as many are taken, evenly spread
LARGEST = 1e15  # size of a number that is computed with: the squares of larger ones overflow
NAME = 80  # characters of the name of a layer
Path = tuple[str, ...]  # names of modules, from the outside in


def layer_field() -> Any:
    """The field that names a layer."""
    return Field("", max_length=NAME, description="the layer to look at; empty: the first that has something to show")


def example_field() -> Any:
    """The field that names a test example."""
    return Field(0, ge=0, le=100_000_000, description="number of the test example, counted from 0")


def unit_field() -> Any:
    """The field that names a unit."""
    return Field(0, ge=0, le=10_000_000, description="number of the unit (feature or channel) of the layer, counted from 0")


@dataclass(frozen=True)
class Place:
    """A module of a network, and what people call it.

    Attributes:
        layer: id of the layer that it is, or is a part of.
        name: "conv2d_1"; "transformer_block_1.attention" inside a layer; "generator/linear_1" where there are several networks.
    """

    role: str
    layer: str
    name: str
    module: nn.Module


def places(training: Training, *kinds: type[nn.Module]) -> dict[str, Place]:
    """Name -> place of every layer and block, in forward order; of what is one of `kinds`, also inside layers, where some are named."""
    found = [place for role in training.state.networks for place in _places(training, role, kinds)]
    return {place.name: place for place in found}


def telling(training: Training) -> dict[str, Place]:
    """The layers, those last that only arrange or drop what comes in."""
    everything = places(training)
    return dict(sorted(everything.items(), key=lambda item: _is_dull(training, item[1])))


def pick(what: str, wanted: str, there: dict[str, Place]) -> Place:
    """The place of that name, the first where none is wanted. Raises SpecError."""
    return there[chosen(what, wanted, list(there))]


def inputs_of(training: Training, role: str, numbers: Sequence[int] | np.ndarray) -> torch.Tensor:
    """What a network is fed for these test examples, (n, *input_shape); noise, always the same, for one that is fed noise.

    Raises:
        SpecError: there is no such example.
    """
    there = len(training.state.dataset.test) if sees_data(training, role) else NOISE
    if len(numbers) and max(numbers) >= there:
        raise SpecError(f"There is no test example {max(numbers)}: there are {there}, counted from 0 to {there - 1}.")
    if sees_data(training, role):
        return training.state.x_test[torch.as_tensor(np.asarray(numbers), device=training.state.device)]
    shape, _ = training.experiment.task.shapes(role, training.state.dataset)
    noise = torch.randn(NOISE, *shape.sizes, generator=torch.Generator().manual_seed(0))
    return noise[torch.as_tensor(np.asarray(numbers))].to(training.state.device)


def require_unit(place: Place, unit: int, units: int) -> None:
    """Raises SpecError where a layer has no such unit."""
    if unit >= units:
        raise SpecError(f"{place.name} has no unit {unit}: it has {units}, counted from 0 to {units - 1}.")


def sees_data(training: Training, role: str) -> bool:
    """Whether a network is fed the examples themselves."""
    dataset = training.state.dataset
    return training.experiment.task.shapes(role, dataset)[0] == dataset.input_shape


def numbers_up_to(training: Training, role: str, most: int) -> np.ndarray:
    """Numbers of the first test examples, at most `most`."""
    return np.arange(min(most, len(training.state.dataset.test) if sees_data(training, role) else NOISE))


def outputs_at(
    training: Training,
    where: Sequence[Place],
    x: torch.Tensor,
    keep: Callable[[torch.Tensor], torch.Tensor] = lambda output: output,
    sound: bool = True,
) -> dict[str, torch.Tensor]:
    """Name -> what each place of one network gives for x, float32 (n, ...) on the CPU, in evaluation mode.

    Args:
        training: whose.
        where: places of one network.
        x: (n, *input_shape).
        keep: what is kept of an output, while the pass goes on; all when left out.
        sound: whether every number has to be one that can be computed with.

    Raises:
        SpecError: one is not.
    """
    pieces: dict[str, list[torch.Tensor]] = {place.name: [] for place in where}
    with ExitStack() as stack:
        for place in where:
            stack.enter_context(_watching(place, lambda _args, output, name=place.name: pieces[name].append(keep(output).float().cpu())))
        with evaluation(training.state.networks[where[0].role]) as network:
            network(x)
    found = {name: torch.cat(parts) for name, parts in pieces.items()}
    for name, output in found.items() if sound else ():
        _require_sound(training, name, output)
    return found


def passing(training: Training, place: Place, x: torch.Tensor) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """What enters one place for x, and what leaves it, as they are, in evaluation mode. Raises SpecError where they are no numbers."""
    seen: list[tuple[tuple[torch.Tensor, ...], torch.Tensor]] = []
    with ExitStack() as stack:
        stack.enter_context(_watching(place, lambda args, output: seen.append((args, output))))
        with evaluation(training.state.networks[place.role]) as network:
            network(x)
    entered = tuple(torch.cat(parts).float().cpu() for parts in zip(*(args for args, _ in seen), strict=True))
    left = torch.cat([output for _, output in seen]).float().cpu()
    for passed in (*entered, left):
        _require_sound(training, place.name, passed)
    return entered, left


def _require_sound(training: Training, name: str, passed: torch.Tensor) -> None:
    """Raises SpecError where numbers are not finite, or so large that their squares would not be."""
    if not bool((passed.abs() <= LARGEST).all()):
        what = "not finite" if not bool(passed.isfinite().all()) else "too large to compute with"
        where = f"At step {training.step} numbers that pass {name} are {what}"
        raise SpecError(f"{where}: the training has left its healthy range. Look at an earlier step.")


def unit_axis(outputs: torch.Tensor) -> int:
    """The axis of a batch of outputs that counts the units: channels of images, else the last."""
    return 1 if outputs.dim() == 4 else outputs.dim() - 1


def units_first(outputs: torch.Tensor) -> torch.Tensor:
    """(n, units, ...) of a batch of outputs: (n, C, H, W), (n, F, T) or (n, F)."""
    return outputs.movedim(unit_axis(outputs), 1)


def by_unit(outputs: torch.Tensor) -> torch.Tensor:
    """(numbers, units): every position of every example is a row."""
    return outputs.movedim(unit_axis(outputs), -1).flatten(0, -2)


def spread(count: int, most: int = MOST_UNITS) -> np.ndarray:
    """Numbers below `count`, all of them or `most`, evenly spread."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(np.int64)


def shown_of(shown: int, count: int, what: str) -> str:
    """ "64 of 512 units, evenly spread, are shown." or "" where all are."""
    return "" if shown >= count else f"{shown} of {count} {what}, evenly spread, are shown."


def classes_of(training: Training, place: Place, units: int) -> list[str]:
    """The class that each unit of a place stands for, where the place gives the answer to which class it is; else nothing."""
    dataset, network = training.state.dataset, training.state.networks[place.role]
    answers = place.name == network.spec.layers[-1].id and len(dataset.class_names) == units
    return list(dataset.class_names) if answers and dataset.problem in ("classification", "tagging") else []


def labels_of(training: Training, place: Place, numbers: Sequence[int] | np.ndarray, units: int) -> list[str]:
    """What some of the units of a place are called: "3", or "3: cat" where each stands for a class."""
    classes = classes_of(training, place, units) or [""] * units
    return [f"{number}: {classes[number]}" if classes[number] not in ("", str(number)) else str(number) for number in map(int, numbers)]


def truth_of(training: Training, number: int) -> str:
    """The class of a test example by name; "" where examples have none."""
    dataset = training.state.dataset
    return dataset.class_names[int(dataset.test.y[number])] if dataset.classes and dataset.test.y.ndim == 1 else ""


def called(training: Training, role: str, number: int) -> str:
    """An example in words: "test example 3 (class setosa)"."""
    if not sees_data(training, role):
        return f"draw {number} of noise"
    truth = truth_of(training, number)
    return f"test example {number} (class {truth})" if truth else f"test example {number}"


def steps_of(training: Training, role: str, number: int, steps: int) -> list[str]:
    """What the steps of a sequence made of a test example are called: its tokens where there is one for each, else their numbers."""
    dataset = training.state.dataset
    if dataset.input_shape.vocabulary and sees_data(training, role) and dataset.input_shape.sizes[0] == steps:
        return [dataset.vocabulary[token] for token in dataset.test.x[number].tolist()]
    return [str(step) for step in range(steps)]


def _watching(place: Place, see: Callable[[tuple[torch.Tensor, ...], torch.Tensor], None]) -> Any:
    """A hook that ends with the block it is entered for."""
    return _Removed(place.module.register_forward_hook(lambda _module, args, output: see(args, output)))


class _Removed:
    def __init__(self, handle: Any) -> None:
        self.handle = handle

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.handle.remove()


def _places(training: Training, role: str, kinds: tuple[type[nn.Module], ...]) -> Iterator[Place]:
    network = training.state.networks[role]
    before = f"{role}/" if len(training.state.networks) > 1 else ""
    for layer_id in network.layer_ids:
        for path, module in _inside(network.module_of(layer_id), kinds):
            yield Place(role, layer_id, before + ".".join((layer_id, *path)), module)


def _inside(module: nn.Module, kinds: tuple[type[nn.Module], ...], path: Path = ()) -> Iterator[tuple[Path, nn.Module]]:
    """The module itself, or what is of these kinds inside it; layers held by a block are places of their own."""
    if not kinds or isinstance(module, kinds):
        yield path, module
    elif not isinstance(module, Chain):
        for name, child in module.named_children():
            yield from _inside(child, kinds, (*path, name))


def _is_dull(training: Training, place: Place) -> bool:
    network: Network = training.state.networks[place.role]
    spec = network.spec.layer(place.layer.partition("#")[0])
    return spec.rearranges or spec.group == "regularisation"
