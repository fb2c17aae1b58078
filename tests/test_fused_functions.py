"""The kernel's own exponential, logarithm and kin against NumPy in float64."""

from __future__ import annotations

from math import erf

import numpy as np
import pytest
from numba import njit

from explorer.training.fused.codes import LANES
from explorer.training.fused.functions import cos, exp, expm1, log, log1p, normal_cdf, sigmoid, sin, softplus, tanh
from explorer.training.fused.lanes import absolute, exponent, load, mantissa, store, total

NAMES = ("exp", "expm1", "tanh", "sigmoid", "softplus", "sin", "cos", "normal_cdf", "log", "log1p")
X = np.concatenate([np.linspace(-60, 60, 4000), np.linspace(-1, 1, 4000), np.geomspace(1e-6, 1, 4000)]).astype(np.float32)


@njit
def _all(x, out):
    for i in range(0, len(x), LANES):
        v = load(x, i)
        small = exp(0.0 - absolute(v))
        results = (exp(v), expm1(v), tanh(v), sigmoid(v), softplus(v), sin(v), cos(v), normal_cdf(v), log(exp(v)), log1p(small))
        for row, result in enumerate(results):
            store(out[row], i, result)


@pytest.fixture(scope="module")
def results() -> dict[str, np.ndarray]:
    out = np.zeros((len(NAMES), len(X)), np.float32)
    _all(X, out)
    return dict(zip(NAMES, out, strict=True))


ORACLES = {
    "exp": (np.exp, 2e-7, 0),
    "expm1": (np.expm1, 4e-7, 0),
    "tanh": (np.tanh, 4e-7, 0),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), 4e-7, 0),
    "softplus": (lambda x: np.logaddexp(0, x), 6e-7, 0),
    "sin": (np.sin, 0, 3e-7),
    "cos": (np.cos, 0, 3e-7),
    "normal_cdf": (lambda x: np.array([(1 + erf(v / 2**0.5)) / 2 for v in x]), 0, 4e-7),
    "log": (lambda x: x, 4e-7, 4e-7),
    "log1p": (lambda x: np.log1p(np.exp(-np.abs(x))), 6e-7, 0),
}


@pytest.mark.parametrize("name", NAMES)
def test_function_is_exact_to_a_few_last_places(results, name):
    oracle, rtol, atol = ORACLES[name]
    np.testing.assert_allclose(results[name], oracle(X.astype(np.float64)), rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", NAMES)
def test_not_a_number_stays_not_a_number(name):
    out = np.zeros((len(NAMES), LANES), np.float32)
    _all(np.full(LANES, np.nan, np.float32), out)
    assert np.isnan(out[NAMES.index(name)]).all()


def test_the_parts_of_a_number_and_the_sum_over_lanes():
    @njit
    def parts(x, out):
        store(out[0], 0, exponent(load(x, 0)))
        store(out[1], 0, mantissa(load(x, 0)))
        return total(load(x, 0))

    x, out = np.geomspace(0.01, 300, LANES).astype(np.float32), np.zeros((2, LANES), np.float32)
    assert parts(x, out) == pytest.approx(x.sum(), rel=1e-6)
    np.testing.assert_array_equal(out[1] * 2 ** out[0], x)
    np.testing.assert_array_equal(out[0], np.floor(np.log2(x)))
