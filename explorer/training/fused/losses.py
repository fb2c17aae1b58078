"""The losses: value and slope of the ones that see one number at a time, and of those that see a row per class.

Rows of `truth` hold, per example, the target, or 1 for the right class and 0 for the others; the row after them the
weight of the example in the mean (0 for the lanes that only fill the block).
"""

from __future__ import annotations

import math

import numpy as np

from explorer.training.fused import codes
from explorer.training.fused.codes import LANES
from explorer.training.fused.functions import exp, expm1, log, log1p, power, sigmoid, softplus, tanh
from explorer.training.fused.lanes import absolute, load, maximum, part, splat, store, total, where_less

LEAST_MISSING = 1e-12  # as in the focal loss itself: 1 - p is kept away from 0, where its power has no slope


@part
def _focal(log_p, gamma):
    """-(1 - p)^gamma log p, and its slope along log p."""
    missing = maximum(0.0 - expm1(log_p), LEAST_MISSING)
    weight = power(missing, gamma)
    return 0.0 - weight * log_p, gamma * weight / missing * exp(log_p) * log_p - weight


@part
def pointwise(code, z, truth, setting):
    """Loss of one number z, and its slope along z. `setting` is gamma or delta."""
    if code == codes.BINARY_CROSS_ENTROPY:
        return softplus(z) - truth * z, sigmoid(z) - truth
    if code == codes.BINARY_FOCAL:
        sign = 2.0 * truth - 1.0
        log_p = 0.0 - softplus(0.0 - sign * z)
        value, along = _focal(log_p, setting)
        return value, along * sign * sigmoid(0.0 - sign * z)
    if code == codes.BINARY_HINGE:
        sign = 2.0 * truth - 1.0
        margin = 1.0 - sign * z
        return maximum(margin, 0.0), where_less(0.0, margin, 0.0 - sign, 0.0)
    if code == codes.BINARY_SQUARED_ERROR:
        p = sigmoid(z)
        return (p - truth) * (p - truth), 2.0 * (p - truth) * p * (1.0 - p)
    miss = z - truth
    size = absolute(miss)
    sign = where_less(0.0, miss, 1.0, where_less(miss, 0.0, -1.0, 0.0))
    if code == codes.MSE:
        return miss * miss, 2.0 * miss
    if code == codes.MAE:
        return size, sign
    if code == codes.HUBER:
        near = 0.5 * miss * miss
        return where_less(setting, size, setting * (size - 0.5 * setting), near), where_less(setting, size, setting * sign, miss)
    return size + log1p(exp(-2.0 * size)) - math.log(2), tanh(miss)


@part
def _best(z, truth, at, step, width, only_wrong):
    """The largest score of each example, over all classes or over the wrong ones."""
    best = splat(-np.inf)
    for row in range(width):
        score = load(z, at + row * step)
        if only_wrong:
            score = where_less(0.5, load(truth, at + row * step), -np.inf, score)
        best = maximum(best, score)
    return best


@part
def _right(z, truth, at, step, width):
    """The score of each example's right class."""
    right = splat(0.0)
    for row in range(width):
        right = right + where_less(0.5, load(truth, at + row * step), load(z, at + row * step), 0.0)
    return right


@part
def _hinge(z, truth, slopes, at, step, width):
    weight, rival = load(truth, at + width * step), _best(z, truth, at, step, width, True)
    margin = 1.0 + rival - _right(z, truth, at, step, width)
    pull = where_less(0.0, margin, weight, 0.0)
    left = pull  # the first of several equal rivals is the one that counts
    for row in range(width):
        right = load(truth, at + row * step)
        wrong = where_less(0.5, right, -np.inf, load(z, at + row * step))
        push = where_less(wrong, rival, 0.0, left)
        left = left - push
        store(slopes, at + row * step, push - right * pull)
    return maximum(margin, 0.0) * weight


@part
def _softmax(z, slopes, at, step, width, best):
    """Write the probabilities to `slopes`; returns the logarithm of their common denominator."""
    whole = splat(0.0)
    for row in range(width):
        e = exp(load(z, at + row * step) - best)
        whole = whole + e
        store(slopes, at + row * step, e)
    for row in range(width):
        store(slopes, at + row * step, load(slopes, at + row * step) / whole)
    return log(whole)


@part
def _of_probabilities(code, z, truth, slopes, at, step, width, setting):  # noqa: PLR0913  the tables, and where in them
    weight, best = load(truth, at + width * step), _best(z, truth, at, step, width, False)
    log_p = _right(z, truth, at, step, width) - best - _softmax(z, slopes, at, step, width, best)
    if code == codes.SQUARED_ERROR:
        return _squared_error(truth, slopes, at, step, width)
    value, along = 0.0 - log_p, splat(-1.0)
    if code == codes.FOCAL:
        value, along = _focal(log_p, setting)
    for row in range(width):
        p = load(slopes, at + row * step)
        store(slopes, at + row * step, along * (load(truth, at + row * step) - p) * weight)
    return value * weight


@part
def _squared_error(truth, slopes, at, step, width):
    """From the probabilities in `slopes`."""
    weight, value, common = load(truth, at + width * step), splat(0.0), splat(0.0)
    for row in range(width):
        p = load(slopes, at + row * step)
        miss = p - load(truth, at + row * step)
        value, common = value + miss * miss, common + p * miss
    for row in range(width):
        p = load(slopes, at + row * step)
        store(slopes, at + row * step, 2.0 * p * (p - load(truth, at + row * step) - common) * weight)
    return value * weight


@part
def data_loss(code, z, truth, slopes, width, blocks, setting):  # noqa: PLR0913
    """Mean loss of the batch; writes its slope along every output to `slopes`. z, slopes: rows of the outputs alone."""
    step, value = blocks * LANES, splat(0.0)
    for block in range(blocks):
        at = block * LANES
        if code == codes.HINGE:
            value = value + _hinge(z, truth, slopes, at, step, width)
        elif code >= codes.CROSS_ENTROPY:
            value = value + _of_probabilities(code, z, truth, slopes, at, step, width, setting)
        else:
            weight = load(truth, at + width * step)
            for row in range(width):
                here = at + row * step
                one, along = pointwise(code, load(z, here), load(truth, here), setting)
                value = value + one * weight
                store(slopes, here, along * weight)
    return total(value)
