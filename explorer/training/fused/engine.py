"""The engine that runs a whole chunk of steps of a plain multi-layer perceptron in one compiled function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.experiment import Experiment, LayerSpec
from explorer.layers.activation import Activation
from explorer.layers.dropout import Dropout
from explorer.layers.flatten import Flatten
from explorer.layers.linear import Linear
from explorer.layers.output import Output
from explorer.results.shape import Shape
from explorer.training.fused import codes, plan
from explorer.training.fused.codes import LANES
from explorer.training.fused.memory import SharedMemory
from explorer.training.state import TrainingState

MASK_NUMBERS = 4_000_000  # most numbers of dropout masks that are drawn ahead, 16 MB
PRODUCTS = 100_000_000  # examples x weights in a batch from which on torch's own matrix products are faster (measured)
TASKS = ("classification", "regression")
NO_TARGETS, NO_LABELS, NO_MASKS = np.zeros((0, 0), np.float32), np.zeros(0, np.int64), np.zeros((0, 0), np.float32)


class FusedEngine:
    """Forward, backward and update of a whole chunk in one compiled function, in place on torch's own tensors."""

    name = "fused"

    def __init__(self, state: TrainingState) -> None:
        self.state = state
        self.bind()

    @staticmethod
    def reason_not(experiment: Experiment, networks: Mapping[str, nn.Module] | None, device: torch.device) -> str:
        """Why the kernel cannot run this experiment, as the end of a sentence; "" if it can.

        Args:
            networks: the built networks, or None while there are none yet.
        """
        if device.type != "cpu":
            return f"it computes on the CPU, and this run is on {device.type}"
        if experiment.data.augment:
            return "it trains on examples as they are, and these are augmented"
        if experiment.task.kind not in TASKS:
            return f"it knows classification and regression, and this task is {experiment.task.title()}"
        if experiment.task.loss.kind not in plan.LOSSES:
            return f"it does not know the loss {experiment.task.loss.title()}"
        if type(experiment.training.optimizer.build([nn.Parameter(torch.zeros(1))])) not in plan.RULES:
            return f"it does not know the optimiser {experiment.training.optimizer.title()}"
        why = _layers_reason(experiment)
        return why if why or networks is None else _weights_reason(experiment, networks["model"])

    def bind(self) -> None:
        """Move weights and optimiser state into memory that torch and the kernel share; needed after either was replaced."""
        network = self.state.networks["model"]
        self.memory = SharedMemory(network, self.state.optimizers["model"])
        self._key: tuple = ()

    def run(self, batches: torch.Tensor, learning_rates: np.ndarray) -> dict[str, np.ndarray]:
        """Train one step per row of `batches`, as `EagerEngine.run` does.

        Args:
            batches: int64 (steps, batch size), numbers of training examples.
            learning_rates: float (steps,).

        Returns:
            "batch_loss" -> float32 (steps done,): the loss on the data, without the penalties. Fewer than asked when a
            loss was not finite: that one is the last, and the update of its step is not made.
        """
        self._make_ready(batches)
        losses = np.empty(len(batches), np.float32)
        group = self.memory.optimizer.param_groups[0]
        at, ahead = 0, max(MASK_NUMBERS // max(self.program.mask_size, 1), 1)
        while at < len(batches):
            part = slice(at, min(at + ahead, len(batches)))
            done = self._run_part(batches[part], learning_rates[part], losses[part])
            at += done
            if done:
                group["lr"] = float(learning_rates[at - 1])
            if at < part.stop:
                return {"batch_loss": losses[: at + 1]}
        return {"batch_loss": losses}

    def _run_part(self, batches: torch.Tensor, rates: np.ndarray, losses: np.ndarray) -> int:
        random = torch.get_rng_state() if self.program.drops else None
        fresh = self.memory.adopt_state()
        done = self._call(batches, rates, self._masks(*batches.shape), losses)
        if done < len(batches) and random is not None:  # leave the generator where it would be had the rest not been drawn
            torch.set_rng_state(random)
            self._masks(done + 1, batches.shape[1])
        if not done and fresh:
            self.memory.forget_state()
        return done

    def _call(self, batches: torch.Tensor, rates: np.ndarray, masks: np.ndarray, losses: np.ndarray) -> int:
        from explorer.training.fused import kernel  # Numba takes a third of a second to import: only where it is needed

        kernel.prepare()
        memory, program, y = self.memory, self.program, self.state.y_train
        labels, targets = (NO_LABELS, y.numpy()) if y.dim() > 1 else (y.numpy(), NO_TARGETS)
        code, settings = self._settings()
        data = (self._x.numpy(), labels, targets, batches.contiguous().numpy(), np.ascontiguousarray(rates, np.float64), masks)
        weights = (memory.params, memory.grads, memory.first, memory.second, memory.steps, memory.products)
        tables = (program.ops, program.settings)
        return kernel.train_chunk(*tables, *data, *self._scratch, *weights, program.spans, settings, code, memory.rule.code, losses)

    def _settings(self) -> tuple[int, np.ndarray]:
        """The code of the loss, and all settings as they are now."""
        training = self.state.experiment.training
        settings = plan.rule_settings(self.memory.optimizer.param_groups[0])
        code, settings[codes.LOSS_SETTING] = plan.loss_code(self.state.experiment.task.loss, self.program.outputs)
        settings[codes.L1], settings[codes.L2], settings[codes.CLIP_NORM] = training.l1, training.l2, training.clip_norm
        return code, settings

    def _make_ready(self, batches: torch.Tensor) -> None:
        """Bind again and lay the program out anew where anything they rest on has changed."""
        network = self.state.networks["model"]
        if not self.memory.holds(network, self.state.optimizers["model"]):
            self.bind()
        if not network.training:
            network.train()
        x = self.state.x_train
        if len(batches) and not 0 <= int(batches.min()) <= int(batches.max()) < len(x):
            raise IndexError(f"batches hold numbers outside the {len(x)} training examples")
        self._x = x.reshape(len(x), -1).contiguous()
        key = (batches.shape[1], self._x.shape[1], plan.dropped(network))
        if key != self._key:
            self._lay_out(network, batches.shape[1])
            self._key = key

    def _lay_out(self, network: nn.Module, batch_size: int) -> None:
        self.program = program = plan.compile_program(network, self._x.shape[1], batch_size)
        step = -(-batch_size // LANES) * LANES
        sizes: tuple[Any, ...] = (program.rows, program.rows, program.outputs + 1, program.rows if program.drops else 0)
        self._scratch = [torch.zeros(rows * step).numpy() for rows in sizes]  # torch's memory begins at whole vectors

    def _masks(self, steps: int, batch_size: int) -> np.ndarray:
        """What torch's own dropout would draw, step by step and layer by layer: 1 keeps a number, 0 drops it."""
        if not self.program.drops:
            return NO_MASKS
        masks = torch.empty(steps, self.program.mask_size)
        for row in masks:
            for piece, (width, p) in zip(row.split([batch_size * w for w, _ in self.program.drops]), self.program.drops, strict=True):
                piece.view(batch_size, width).bernoulli_(1 - p)
        return masks.numpy()


def _layers_reason(experiment: Experiment) -> str:
    layers = experiment.networks["model"].layers
    strange = next((layer for layer in layers if not _is_plain(layer)), None)
    if strange is not None:
        return f"it runs plain multi-layer perceptrons, and this network has the layer {strange.title()}"
    if not any(isinstance(layer, Linear | Output) for layer in layers):
        return "this network has no weights"
    if experiment.data.image_shape and not isinstance(layers[0], Flatten):
        return "it takes examples that are rows of numbers, and these are images: begin the network with Flatten"
    if any(isinstance(layer, Flatten) for layer in layers[1:]):
        return "it takes Flatten only as the first layer"
    return ""


def _weights_reason(experiment: Experiment, network: nn.Module) -> str:
    parameters = list(network.parameters())
    if any(not p.requires_grad or p.dtype != torch.float32 for p in parameters):
        return "some weights are frozen, or are not float32 numbers"
    if experiment.training.batch_size * sum(p.numel() for p in parameters) > PRODUCTS:
        return "this network is so large that PyTorch's own matrix products are faster"
    return ""


def _is_plain(layer: LayerSpec) -> bool:
    if isinstance(layer, Activation):
        return type(layer.build(Shape.features(1))) in plan.ACTIVATIONS
    return isinstance(layer, Linear | Output | Dropout | Flatten)
