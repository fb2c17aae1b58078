"""A whole chunk of training steps of any plain multi-layer perceptron, in one compiled function.

Decided: the network is a table of operations and the rules are numbers, so the kernel is compiled once for all networks.
Because: a step of a small network is a few thousand instructions; anything looked up, allocated or dispatched from Python
    on the way would cost more than the arithmetic.
Instead of: compiling each network (torch.compile needs 19 s for the first), or a kernel per optimiser and activation.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import threading
from pathlib import Path

from numba import float32, float64, int64, njit

from explorer.training.fused import codes
from explorer.training.fused.activations import activation, slope
from explorer.training.fused.codes import LANES
from explorer.training.fused.dense import input_slopes, linear_forward, weight_slopes
from explorer.training.fused.lanes import load, part, store
from explorer.training.fused.losses import data_loss
from explorer.training.fused.updates import clip, update

SOURCES = ("codes", "lanes", "functions", "activations", "dense", "losses", "updates", "kernel")


def _fingerprint() -> int:
    """A number that changes with any source of the kernel: Numba's cache looks at this file alone."""
    sources = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in SOURCES]
    return int.from_bytes(hashlib.sha256(b"".join(sources)).digest()[:7])


@part
def _gather(x, labels, targets, batch, values, truth, width, blocks):  # noqa: PLR0913
    """Lay the batch out by rows: inputs, then targets (or 1 for the right class) and each example's weight in the mean.

    Lanes beyond the batch repeat its last example, with weight 0: they overflow only where a real one does.
    """
    step, size = blocks * LANES, len(batch)
    for lane in range(step):
        example = batch[min(lane, size - 1)]
        for i in range(x.shape[1]):
            values[i * step + lane] = x[example, i]
        for row in range(width):
            if len(targets):
                truth[row * step + lane] = targets[example, row]
            elif width == 1:
                truth[lane] = labels[example]
            else:
                truth[row * step + lane] = 1.0 if labels[example] == row else 0.0


@part
def _weigh(truth, size, width, blocks, averaged):
    """The last row of `truth`: 1 / averaged for the examples of a batch, 0 for the lanes that only fill up."""
    step = blocks * LANES
    for lane in range(step):
        truth[width * step + lane] = 1 / averaged if lane < size else 0.0


@part
def _read_mask(op, mask, gates, size, blocks, scale):
    """Lay a dropout mask (examples by units) out by rows, scaled."""
    step, width = blocks * LANES, op[codes.N_OUT]
    at = op[codes.OUT_ROW] * step
    for lane in range(size):
        for i in range(width):
            gates[at + i * step + lane] = mask[op[codes.MASK] + lane * width + i] * scale


@part
def _forward(ops, op_settings, params, values, gates, blocks):
    for k in range(len(ops)):
        op = ops[k]
        code, step, setting = op[codes.OPERATION], blocks * LANES, op_settings[k]
        if code == codes.LINEAR:
            linear_forward(op, params, values, blocks)
            continue
        x, y = op[codes.IN_ROW] * step, op[codes.OUT_ROW] * step
        for i in range(0, op[codes.N_OUT] * step, LANES):
            if code == codes.DROPOUT:
                store(values, y + i, load(values, x + i) * load(gates, y + i))
            else:
                store(values, y + i, activation(code, load(values, x + i), setting))


@part
def _backward(ops, op_settings, params, grads, values, slopes, gates, blocks):  # noqa: PLR0913
    """From the slopes of the outputs to the gradient of every weight; what feeds the first linear layer needs none."""
    linear_left = 0
    for k in range(len(ops)):
        linear_left += ops[k, codes.OPERATION] == codes.LINEAR
    for k in range(len(ops) - 1, -1, -1):
        op = ops[k]
        code, step, setting = op[codes.OPERATION], blocks * LANES, op_settings[k]
        if code == codes.LINEAR:
            weight_slopes(op, values, slopes, grads, blocks)
            linear_left -= 1
            if linear_left == 0:
                return
            input_slopes(op, params, slopes, blocks)
            continue
        x, y = op[codes.IN_ROW] * step, op[codes.OUT_ROW] * step
        for i in range(0, op[codes.N_OUT] * step, LANES):
            dropped = code == codes.DROPOUT
            factor = load(gates, y + i) if dropped else slope(code, load(values, x + i), load(values, y + i), setting)
            store(slopes, x + i, load(slopes, y + i) * factor)


@part
def _penalise(spans, params, grads, l1, l2):
    """Add the slopes of l1 |w| + l2 / 2 w^2 for every weight; `spans` are the ranges that hold weights, not biases."""
    for k in range(len(spans)):
        for i in range(spans[k, 0], spans[k, 1]):
            w = params[i]
            sign = (w > 0) * 1.0 - (w < 0) * 1.0
            grads[i] += l2 * w + l1 * sign


def _train_chunk():
    fingerprint = _fingerprint()

    def train_chunk(  # noqa: PLR0913  all that a step reads and writes, once
        ops,
        op_settings,
        x,
        labels,
        targets,
        batches,
        rates,
        masks,
        values,
        slopes,
        truth,
        gates,
        params,
        grads,
        first,
        second,
        steps,
        products,
        spans,
        settings,
        loss_code,
        update_code,
        losses,
    ):
        """Make one update per row of `batches`, unless a loss is not finite.

        Args:
            ops: table of operations in forward order, columns as in `codes`; op_settings: one number for each.
            x: (n, inputs); labels: (n,) classes, or targets: (n, outputs), the other one empty.
            batches: (steps, batch size) numbers of examples; rates: (steps,) learning rates.
            masks: (steps, numbers dropped or kept), or empty without dropout.
            values, slopes, gates: scratch, one row per number that flows through the network; truth: outputs + 1 rows.
            params, grads, first, second, steps, products: the weights and what the update rule remembers.
            losses: (steps,) filled with the loss of each batch, penalties apart.

        Returns:
            How many updates were made; if fewer than asked, the loss after them was not finite.
        """
        size, last = batches.shape[1], len(ops) - 1
        blocks, width = (size + LANES - 1) // LANES, ops[last, codes.N_OUT]
        out = ops[last, codes.OUT_ROW] * blocks * LANES
        z, dz = values[out:], slopes[out:]
        _weigh(truth, size, width, blocks, size * width if len(targets) else size)
        for t in range(fingerprint * 0, len(batches)):  # so that the fingerprint is part of what the cache is looked up by
            _gather(x, labels, targets, batches[t], values, truth, width, blocks)
            for k in range(len(ops)):
                if ops[k, codes.OPERATION] == codes.DROPOUT:
                    _read_mask(ops[k], masks[t], gates, size, blocks, op_settings[k])
            _forward(ops, op_settings, params, values, gates, blocks)
            losses[t] = data_loss(loss_code, z, truth, dz, width, blocks, settings[codes.LOSS_SETTING])
            if not math.isfinite(losses[t]):
                return t
            _backward(ops, op_settings, params, grads, values, slopes, gates, blocks)
            if settings[codes.L1] != 0 or settings[codes.L2] != 0:
                _penalise(spans, params, grads, settings[codes.L1], settings[codes.L2])
            if settings[codes.CLIP_NORM] > 0:
                clip(grads, settings[codes.CLIP_NORM])
            settings[codes.RATE] = rates[t]
            update(update_code, params, grads, first, second, steps, products, settings)
        return len(batches)

    return train_chunk


_ROW, _TABLE, _NUMBERS, _NUMBER_TABLE, _REALS = float32[::1], float32[:, ::1], int64[::1], int64[:, ::1], float64[::1]
ARGUMENTS = (
    *(_NUMBER_TABLE, _REALS),
    *(_TABLE, _NUMBERS, _TABLE, _NUMBER_TABLE, _REALS, _TABLE),
    *(_ROW, _ROW, _ROW, _ROW),
    *(_ROW, _ROW, _ROW, _ROW, _ROW, _ROW),
    *(_NUMBER_TABLE, _REALS, int64, int64, _ROW),
)


def _dispatcher():
    compiled = njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True)(_train_chunk())
    with contextlib.suppress(RuntimeError):  # there is no folder that can be written to: it is compiled once per process then
        compiled.enable_caching()
    return compiled


train_chunk = _dispatcher()
_PREPARING = threading.Lock()


def prepare() -> None:
    """Load the kernel from disk, or compile it; from then on it refuses arguments of other types, instead of compiling anew."""
    with _PREPARING:
        if not train_chunk.signatures:
            train_chunk.compile(ARGUMENTS)
            train_chunk.disable_compile()


def ready() -> bool:
    """Load the kernel if it is on disk; False if it would have to be compiled."""
    if not train_chunk.signatures and train_chunk._cache.load_overload(ARGUMENTS, train_chunk.targetctx) is None:
        return False
    prepare()
    return True
