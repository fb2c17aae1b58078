"""The activations: what each makes of a number, and its slope there as torch's autograd has it (kinks included)."""

from __future__ import annotations

import math

from explorer.training.fused import codes
from explorer.training.fused.functions import cos, exp, expm1, normal_cdf, sigmoid, sin, softplus, tanh
from explorer.training.fused.lanes import absolute, maximum, part, splat, where_less

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
INVERSE_ROOT_2PI = 1 / math.sqrt(2 * math.pi)


@part
def _clip(x, low, high):
    return where_less(x, low, low, where_less(high, x, high, x))


@part
def _inside(x, low, high, slope):
    """`slope` strictly between the limits, 0 elsewhere."""
    return where_less(low, x, where_less(x, high, slope, 0.0), 0.0)


@part
def _mish_ratio(x):
    """tanh(softplus(x)) = w / (w + 2) with w = e^2x + 2 e^x."""
    e = exp(where_less(x, 20.0, x, 20.0))
    w = e * (e + 2.0)
    return where_less(x, 20.0, w / (w + 2.0), 1.0 + (x - x))


@part
def activation(code, x, setting):  # noqa: C901  a table, in the only form the compiler takes
    """What activation `code` makes of x; `setting` is its slope, alpha, beta or frequency."""
    if code == codes.TANH:
        return tanh(x)
    if code == codes.RELU:
        return maximum(x, 0.0)
    if code == codes.SIGMOID:
        return sigmoid(x)
    if code == codes.LEAKY_RELU:
        return where_less(0.0, x, x, setting * x)
    if code == codes.ELU:
        return where_less(0.0, x, x, setting * expm1(x))
    if code == codes.SELU:
        return SELU_SCALE * where_less(0.0, x, x, SELU_ALPHA * expm1(x))
    if code == codes.CELU:
        return where_less(0.0, x, x, setting * expm1(x / setting))
    if code == codes.GELU:
        return x * normal_cdf(x)
    if code == codes.SILU:
        return x * sigmoid(x)
    if code == codes.MISH:
        return x * _mish_ratio(x)
    if code == codes.SOFTPLUS:  # torch goes straight from beta x = 20 on
        return where_less(20.0, setting * x, x, softplus(setting * x) / setting)
    if code == codes.SOFTSIGN:
        return x / (1.0 + absolute(x))
    if code == codes.HARD_TANH:
        return _clip(x, -1.0, 1.0)
    if code == codes.HARD_SIGMOID:
        return _clip(x + 3.0, 0.0, 6.0) / 6.0
    if code == codes.HARD_SWISH:
        return x * _clip(x + 3.0, 0.0, 6.0) / 6.0
    if code == codes.SINE:
        return sin(setting * x)
    if code == codes.RELU6:
        return _clip(x, 0.0, 6.0)
    return x - tanh(x)


@part
def slope(code, x, y, setting):  # noqa: C901
    """The derivative of activation `code` at x, where its value is y."""
    if code == codes.TANH:
        return 1.0 - y * y
    if code == codes.RELU:
        return where_less(0.0, x, splat(1.0), 0.0)
    if code == codes.SIGMOID:
        return y * (1.0 - y)
    if code == codes.LEAKY_RELU:
        return where_less(0.0, x, 1.0, setting)
    if code == codes.ELU:
        return where_less(0.0, x, 1.0, y + setting)
    if code == codes.SELU:
        return where_less(0.0, x, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA)
    if code == codes.CELU:
        return where_less(0.0, x, 1.0, exp(x / setting))
    if code == codes.GELU:
        return normal_cdf(x) + x * INVERSE_ROOT_2PI * exp(-0.5 * x * x)
    if code == codes.SILU:
        s = sigmoid(x)
        return s * (1.0 + x * (1.0 - s))
    if code == codes.MISH:
        t = _mish_ratio(x)
        return t + x * sigmoid(x) * (1.0 - t * t)
    if code == codes.SOFTPLUS:
        return where_less(20.0, setting * x, 1.0, sigmoid(setting * x))
    if code == codes.SOFTSIGN:
        d = 1.0 + absolute(x)
        return 1.0 / (d * d)
    if code == codes.HARD_TANH:
        return _inside(x, -1.0, 1.0, 1.0)
    if code == codes.HARD_SIGMOID:
        return _inside(x, -3.0, 3.0, 1 / 6)
    if code == codes.HARD_SWISH:
        return where_less(x, 3.0, _inside(x, -3.0, 3.0, x / 3.0 + 0.5), 1.0)
    if code == codes.SINE:
        return setting * cos(setting * x)
    if code == codes.RELU6:
        return _inside(x, 0.0, 6.0, 1.0)
    t = x - y
    return t * t
