"""Exponential, logarithm and their kin on lanes, to within a few units of float32's last place.

Each is its power series on a short range, reached by an exact reduction; the numbers in them are the series' own.
Not a number stays not a number.
"""

from __future__ import annotations

import math

from explorer.training.fused.lanes import absolute, exponent, mantissa, maximum, part, shifted_bits, where_less

ROUNDER = 1.5 * 2.0**23  # x + ROUNDER - ROUNDER is x rounded to a whole number, and the low bits of x + ROUNDER are that number
LOG2_E = 1 / math.log(2)
LN2 = math.log(2)
LN2_HIGH = 0.693145751953125  # ln 2 to 16 bits: times a whole number below 256 it is exact
LN2_LOW = math.log(2) - LN2_HIGH
INVERSE_FACTORIALS = tuple(1 / math.factorial(k) for k in range(9))
PI_HIGH, PI_MIDDLE = 3.140625, 0.0009670257568359375  # pi to 10 and to 22 bits
PI_LOW = math.pi - PI_HIGH - PI_MIDDLE


@part
def _series(r):
    """(e^r - 1) / r for |r| <= ln 2 / 2."""
    f = INVERSE_FACTORIALS
    return f[1] + r * (f[2] + r * (f[3] + r * (f[4] + r * (f[5] + r * (f[6] + r * (f[7] + r * f[8]))))))


@part
def exp(x):
    """e^x; arguments are cut off at -87 and 88, where float32 ends."""
    x = where_less(x, -87.0, -87.0, where_less(88.0, x, 88.0, x))
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    return (_series(r) * r + 1.0) * shifted_bits(shifted, 23, 0x3F800000)  # 2^n: n moved to where a float keeps its exponent


@part
def expm1(x):
    """e^x - 1, exact near 0 too."""
    x = where_less(x, -40.0, -40.0, where_less(88.0, x, 88.0, x))
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    scale = shifted_bits(shifted, 23, 0x3F800000)
    return _series(r) * r * scale + (scale - 1.0)


@part
def log(x):
    """ln x of a positive, normal number: ln x = n ln 2 + 2 atanh((m - 1) / (m + 1)) with m near 1."""
    n, m = exponent(x), mantissa(x)
    n, m = where_less(1.4142135, m, n + 1.0, n), where_less(1.4142135, m, 0.5 * m, m)
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    series = 2.0 + q * (2 / 3 + q * (2 / 5 + q * (2 / 7 + q * (2 / 9 + q * (2 / 11)))))
    return n * LN2_HIGH + (s * series + n * LN2_LOW) + (x - x)  # x - x: 0, or not a number


@part
def log1p(u):
    """ln(1 + u) for 0 <= u <= 1, exact near 0: 2 atanh(u / (2 + u))."""
    s = u / (2.0 + u)
    q = s * s
    tail = 2 / 9 + q * (2 / 11 + q * (2 / 13 + q * (2 / 15 + q * (2 / 17))))
    return s * (2.0 + q * (2 / 3 + q * (2 / 5 + q * (2 / 7 + q * tail))))


@part
def tanh(x):
    """(e^2x - 1) / (e^2x + 1)."""
    e = expm1(where_less(20.0, x, 20.0, x) * 2.0)
    return e / (e + 2.0)


@part
def sigmoid(x):
    return 1.0 / (1.0 + exp(0.0 - x))


@part
def softplus(x):
    """ln(1 + e^x) without overflow."""
    return maximum(x, 0.0) + log1p(exp(0.0 - absolute(x)))


@part
def normal_cdf(x):
    """Share of a normal distribution below x, to 1e-7.

    Source: Abramowitz & Stegun, "Handbook of Mathematical Functions", formula 7.1.26, for the error function.
    """
    z = absolute(x) * math.sqrt(0.5)
    t = 1.0 / (1.0 + 0.3275911 * z)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    beyond = 0.5 * tail * exp(0.0 - z * z)
    return where_less(x, 0.0, beyond, 1.0 - beyond)


@part
def _wave(x, quarter):
    """(-1)^n sin(x - (n + quarter) pi) with n the whole number that makes the angle smallest; for |x| below about 10,000."""
    shifted = (x * (1 / math.pi) - quarter) + ROUNDER
    n = shifted - ROUNDER
    turns = n + quarter
    r = ((x - turns * PI_HIGH) - turns * PI_MIDDLE) - turns * PI_LOW
    q = r * r
    series = 1 - q / 6 * (1 - q / 20 * (1 - q / 42 * (1 - q / 72 * (1 - q / 110 * (1 - q / 156)))))
    half = n * 0.5 + ROUNDER - ROUNDER
    return r * series * (1.0 - 2.0 * absolute(n - 2.0 * half))


@part
def sin(x):
    return _wave(x, 0.0)


@part
def cos(x):
    return 0.0 - _wave(x, 0.5)


@part
def power(x, to):
    """x ^ to, of a positive number."""
    return exp(log(x) * to)
