"""The linear layer, forwards and backwards, on blocks of 16 examples.

A row holds one unit's numbers for the whole batch: `blocks` times 16 of them, one after the other. Four units are
computed side by side, so that every number loaded is used four times and no sum waits for the one before it.
"""

from __future__ import annotations

from explorer.training.fused import codes
from explorer.training.fused.codes import LANES
from explorer.training.fused.lanes import broadcast, load, part, splat, store, total


@part
def _start(params, bias, unit):
    """The bias of a unit in every lane; 0 for a layer that has none."""
    if bias < 0:
        return splat(0.0)
    return broadcast(params, bias + unit)


@part
def linear_forward(op, params, values, blocks):
    """y_o = b_o + sum_i w_oi x_i for every unit o."""
    n_in, n_out, weight, bias, step = op[codes.N_IN], op[codes.N_OUT], op[codes.WEIGHT], op[codes.BIAS], blocks * LANES
    for block in range(blocks):
        x = op[codes.IN_ROW] * step + block * LANES
        y = op[codes.OUT_ROW] * step + block * LANES
        whole = n_out - n_out % 4
        for o in range(0, whole, 4):
            a, b, c, d = _start(params, bias, o), _start(params, bias, o + 1), _start(params, bias, o + 2), _start(params, bias, o + 3)
            w = weight + o * n_in
            for i in range(n_in):
                one = load(values, x + i * step)
                a = a + broadcast(params, w + i) * one
                b = b + broadcast(params, w + n_in + i) * one
                c = c + broadcast(params, w + 2 * n_in + i) * one
                d = d + broadcast(params, w + 3 * n_in + i) * one
            store(values, y + o * step, a)
            store(values, y + (o + 1) * step, b)
            store(values, y + (o + 2) * step, c)
            store(values, y + (o + 3) * step, d)
        for o in range(whole, n_out):
            a = _start(params, bias, o)
            for i in range(n_in):
                a = a + broadcast(params, weight + o * n_in + i) * load(values, x + i * step)
            store(values, y + o * step, a)


@part
def input_slopes(op, params, slopes, blocks):
    """dL/dx_i = sum_o w_oi dL/dy_o."""
    n_in, n_out, weight, step = op[codes.N_IN], op[codes.N_OUT], op[codes.WEIGHT], blocks * LANES
    for block in range(blocks):
        x = op[codes.IN_ROW] * step + block * LANES
        y = op[codes.OUT_ROW] * step + block * LANES
        whole = n_in - n_in % 4
        for i in range(0, whole, 4):
            a, b, c, d = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
            for o in range(n_out):
                one, w = load(slopes, y + o * step), weight + o * n_in + i
                a = a + broadcast(params, w) * one
                b = b + broadcast(params, w + 1) * one
                c = c + broadcast(params, w + 2) * one
                d = d + broadcast(params, w + 3) * one
            store(slopes, x + i * step, a)
            store(slopes, x + (i + 1) * step, b)
            store(slopes, x + (i + 2) * step, c)
            store(slopes, x + (i + 3) * step, d)
        for i in range(whole, n_in):
            a = splat(0.0)
            for o in range(n_out):
                a = a + broadcast(params, weight + o * n_in + i) * load(slopes, y + o * step)
            store(slopes, x + i * step, a)


@part
def weight_slopes(op, values, slopes, grads, blocks):
    """dL/dw_oi = sum over examples of x_i dL/dy_o, and dL/db_o = sum over examples of dL/dy_o."""
    n_in, n_out, weight, bias, step = op[codes.N_IN], op[codes.N_OUT], op[codes.WEIGHT], op[codes.BIAS], blocks * LANES
    x, y = op[codes.IN_ROW] * step, op[codes.OUT_ROW] * step
    whole = n_in - n_in % 4
    for o in range(n_out):
        unit, w = y + o * step, weight + o * n_in
        for i in range(0, whole, 4):
            a, b, c, d = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
            for at in range(0, step, LANES):
                one, feed = load(slopes, unit + at), x + i * step + at
                a = a + one * load(values, feed)
                b = b + one * load(values, feed + step)
                c = c + one * load(values, feed + 2 * step)
                d = d + one * load(values, feed + 3 * step)
            grads[w + i], grads[w + i + 1], grads[w + i + 2], grads[w + i + 3] = total(a), total(b), total(c), total(d)
        for i in range(whole, n_in):
            a = splat(0.0)
            for at in range(0, step, LANES):
                a = a + load(slopes, unit + at) * load(values, x + i * step + at)
            grads[w + i] = total(a)
        if bias >= 0:
            a = splat(0.0)
            for at in range(0, step, LANES):
                a = a + load(slopes, unit + at)
            grads[bias + o] = total(a)
