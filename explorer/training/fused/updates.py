"""The update rules, each as torch computes it: order of operations, bias corrections and the place of eps.

`s` is the table of settings (codes.RATE and so on). `first` and `second` are what the rule remembers of each weight, the
very memory of the tensors in `optimizer.state`. Arrays are filled up to a whole number of lanes with zeros; a weight
of 0 that never has a gradient stays at 0 under every rule.
"""

from __future__ import annotations

import math

from explorer.training.fused import codes
from explorer.training.fused.codes import LANES
from explorer.training.fused.lanes import absolute, load, maximum, part, root, splat, store, total


@part
def _decayed(params, grads, s, i):
    """The gradient with weight decay added to it: torch's rule for all but AdamW."""
    return load(grads, i) + s[codes.WEIGHT_DECAY] * load(params, i)


@part
def _averages(grad, first, second, s, i):
    """The running averages of the gradient and of its square, moved on by a step."""
    old = load(first, i)
    m = old + (1 - s[codes.BETA1]) * (grad - old)
    v = s[codes.BETA2] * load(second, i) + (1 - s[codes.BETA2]) * grad * grad
    store(first, i, m)
    store(second, i, v)
    return m, v


@part
def _sgd(params, grads, velocity, s):
    """torch.optim.SGD without dampening; a velocity that starts at 0 equals torch's first one, which is the gradient."""
    momentum, rate = s[codes.MOMENTUM], s[codes.RATE]
    for i in range(0, len(params), LANES):
        g = _decayed(params, grads, s, i)
        if momentum != 0:
            v = momentum * load(velocity, i) + g
            store(velocity, i, v)
            g = g + momentum * v if s[codes.NESTEROV] else v
        store(params, i, load(params, i) - rate * g)


@part
def _adagrad(params, grads, sums, s):
    """torch.optim.Adagrad without decay of the learning rate: eps outside the root."""
    for i in range(0, len(params), LANES):
        g = _decayed(params, grads, s, i)
        seen = load(sums, i) + g * g
        store(sums, i, seen)
        store(params, i, load(params, i) - s[codes.RATE] * g / (root(seen) + s[codes.EPS]))


@part
def _rmsprop(params, grads, squares, s):
    """torch.optim.RMSprop, neither centred nor with momentum: eps outside the root."""
    rho = s[codes.RHO]
    for i in range(0, len(params), LANES):
        g = _decayed(params, grads, s, i)
        v = rho * load(squares, i) + (1 - rho) * g * g
        store(squares, i, v)
        store(params, i, load(params, i) - s[codes.RATE] * g / (root(v) + s[codes.EPS]))


@part
def _adadelta(params, grads, squares, steps_taken, s):
    """torch.optim.Adadelta: eps inside both roots."""
    rho, eps = s[codes.RHO], s[codes.EPS]
    for i in range(0, len(params), LANES):
        g = _decayed(params, grads, s, i)
        v = rho * load(squares, i) + (1 - rho) * g * g
        store(squares, i, v)
        taken = load(steps_taken, i)
        delta = root(taken + eps) / root(v + eps) * g
        store(steps_taken, i, rho * taken + (1 - rho) * delta * delta)
        store(params, i, load(params, i) - s[codes.RATE] * delta)


@part
def _adam(params, grads, first, second, s, t, decoupled):  # noqa: PLR0913
    """torch.optim.Adam, and AdamW when `decoupled`: eps outside the root, after the bias correction."""
    rate = s[codes.RATE]
    size, spread = rate / (1 - s[codes.BETA1] ** t), math.sqrt(1 - s[codes.BETA2] ** t)
    keep = 1 - rate * s[codes.WEIGHT_DECAY] if decoupled else 1.0
    for i in range(0, len(params), LANES):
        g = load(grads, i) if decoupled else _decayed(params, grads, s, i)
        m, v = _averages(g, first, second, s, i)
        store(params, i, keep * load(params, i) - size * m / (root(v) / spread + s[codes.EPS]))


@part
def _nadam(params, grads, first, second, s, t, products):  # noqa: PLR0913
    """torch.optim.NAdam; `products` is the product of all momenta so far, once per tensor of parameters, as torch keeps it."""
    beta1, rate = s[codes.BETA1], s[codes.RATE]
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * s[codes.MOMENTUM_DECAY]))
    following = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * s[codes.MOMENTUM_DECAY]))
    for k in range(len(products)):
        products[k] *= mu
    product, correction = float(products[0]), 1 - s[codes.BETA2] ** t
    of_grad, of_average = rate * (1 - mu) / (1 - product), rate * following / (1 - product * following)
    for i in range(0, len(params), LANES):
        g = _decayed(params, grads, s, i)
        m, v = _averages(g, first, second, s, i)
        size = root(v / correction) + s[codes.EPS]
        store(params, i, load(params, i) - of_grad * g / size - of_average * m / size)


@part
def _radam(params, grads, first, second, s, t):
    """torch.optim.RAdam: plain momentum until the variance of the step sizes is known well enough (rho > 5)."""
    beta2 = s[codes.BETA2]
    correction, limit = 1 - beta2**t, 2 / (1 - beta2) - 1
    rho = limit - 2 * t * beta2**t / correction
    size = s[codes.RATE] / (1 - s[codes.BETA1] ** t)
    trusted = rho > 5
    if trusted:
        size *= math.sqrt(correction * (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
    for i in range(0, len(params), LANES):
        g = _decayed(params, grads, s, i)
        m, v = _averages(g, first, second, s, i)
        move = size * m / (root(v) + s[codes.EPS]) if trusted else size * m
        store(params, i, load(params, i) - move)


@part
def _adamax(params, grads, first, largest, s, t):
    """torch.optim.Adamax: eps is added to the gradient's size before the maximum is taken."""
    size = s[codes.RATE] / (1 - s[codes.BETA1] ** t)
    for i in range(0, len(params), LANES):
        g = _decayed(params, grads, s, i)
        old = load(first, i)
        m = old + (1 - s[codes.BETA1]) * (g - old)
        u = maximum(s[codes.BETA2] * load(largest, i), absolute(g) + s[codes.EPS])
        store(first, i, m)
        store(largest, i, u)
        store(params, i, load(params, i) - size * m / u)


@part
def clip(grads, longest):
    """torch.nn.utils.clip_grad_norm_: scale by longest / (length + 1e-6) where that is below 1."""
    squares = splat(0.0)
    for i in range(0, len(grads), LANES):
        squares = squares + load(grads, i) * load(grads, i)
    share = longest / (math.sqrt(total(squares)) + 1e-6)
    if share < 1 or share != share:
        for i in range(0, len(grads), LANES):
            store(grads, i, load(grads, i) * share)


@part
def update(code, params, grads, first, second, steps, products, s):  # noqa: PLR0913, C901
    """One step of update rule `code`. `steps` counts them once per tensor of parameters, as torch does."""
    for k in range(len(steps)):
        steps[k] += 1
    t = float(steps[0])
    if code == codes.SGD:
        _sgd(params, grads, first, s)
    elif code == codes.ADAGRAD:
        _adagrad(params, grads, first, s)
    elif code == codes.RMSPROP:
        _rmsprop(params, grads, first, s)
    elif code == codes.ADADELTA:
        _adadelta(params, grads, first, second, s)
    elif code == codes.NADAM:
        _nadam(params, grads, first, second, s, t, products)
    elif code == codes.RADAM:
        _radam(params, grads, first, second, s, t)
    elif code == codes.ADAMAX:
        _adamax(params, grads, first, second, s, t)
    else:
        _adam(params, grads, first, second, s, t, code == codes.ADAMW)
