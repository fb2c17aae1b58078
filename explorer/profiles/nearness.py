"""Which examples of two parts are all but the same: what that means depends on what an example is.

Decided: each kind of example has a measure of its own, and every measure is also taken within the earlier part.
Because: a text with one word changed, a row with one number corrected and a recording that begins a moment later are far apart as lists
of numbers; and some examples are alike by nature, which only a comparison with themselves can tell from a leak.
Instead of: one distance for everything, with one limit.
Sources: Broder, "On the Resemblance and Containment of Documents", 1997, for texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.results.dataset import Dataset, Part

MOST_TESTED, MOST_TRAINED = 1000, 4000  # examples whose nearness is measured: a matrix of distances of 16 MB
FEWEST_NUMBERS = 8  # with fewer, examples come near one another by chance
FEWEST_COLUMNS, MOST_COLUMNS = 4, 200  # of a table whose rows are compared with a column left out
NEAR = 0.1  # of the usual distance from an example to the nearest other one
USUAL = 500  # examples of the earlier part that are compared with the rest of it
RUN, FEWEST_RUNS = 3, 6  # tokens of a run, and runs that a text needs to be compared
ALIKE = 0.5  # share of the runs of two texts that are the same
SIGNATURE = 48  # numbers that stand for the runs of a text
SHIFTS = range(-6, 7)  # frames by which the pictures of two sounds are moved against each other
CORRELATED = 0.9  # of the waves of two sounds, at the best shift

Pairs = tuple[
    np.ndarray, np.ndarray
]  # (k, 2): numbers of a later and an earlier example; bool (n,): who is near another in the earlier part


@dataclass(frozen=True)
class Nearness:
    """One meaning of "all but the same".

    Attributes:
        suits: whether it can be asked of a data set.
        words: what it means, as the end of a sentence.
        find: the pairs of two parts, earlier one first, and which of its examples have a near one among themselves.
    """

    suits: Callable[[Dataset], bool]
    words: str
    find: Callable[[Part, Part], Pairs]


def nearness_of(dataset: Dataset) -> Nearness | None:
    """The measure for the examples of a data set; None where they are too small to be told apart from chance."""
    return next((one for one in KINDS if one.suits(dataset)), None)


def close_numbers(earlier: Part, later: Part) -> Pairs:
    """Closer than a tenth of the usual distance between neighbours, every number scaled to deviation 1."""
    train, test = _scaled(_flat(earlier), _flat(later))
    usual = _squared(train[:USUAL], train)
    np.fill_diagonal(usual, np.inf)
    neighbour = usual.min(axis=1)
    limit = NEAR**2 * np.median(neighbour)
    distance = _squared(test, train)
    nearest = distance.argmin(axis=1)
    close = np.flatnonzero(distance[np.arange(len(test)), nearest] < limit)
    return np.column_stack([close, nearest[close]]), neighbour < limit


def same_but_one(earlier: Part, later: Part) -> Pairs:
    """Rows of a table that differ in one column, and in long rows also those that are close."""
    train, test = _flat(earlier)[:MOST_TRAINED], _flat(later)[:MOST_TESTED]
    whole, without = _hashes(train)
    _, tested = _hashes(test)
    known, first = np.unique(without, return_index=True)
    place = np.searchsorted(known, tested).clip(max=len(known) - 1)
    found = known[place] == tested  # (n, columns)
    rows = np.flatnonzero(found.any(axis=1))
    partner = first[place[rows, found[rows].argmax(axis=1)]] // train.shape[1]
    pairs, alike = np.column_stack([rows, partner]), _mixed(whole, without)[:USUAL]
    if train.shape[1] < FEWEST_NUMBERS:
        return pairs, alike
    close, usual = close_numbers(earlier, later)
    more = close[~np.isin(close[:, 0], rows)]
    return np.concatenate([pairs, more]), alike | usual[: len(alike)]


def alike_texts(earlier: Part, later: Part) -> Pairs:
    """Texts of which at least half of the runs of three tokens are the same."""
    train, test = _runs(earlier.raw[:MOST_TRAINED]), _runs(later.raw[:MOST_TESTED])
    signatures = [_signature(runs) for runs in (train, test)]
    pairs = _alike(signatures[1], signatures[0], test, train, itself=False)
    among = _alike(signatures[0][:USUAL], signatures[0], train, train, itself=True)
    usual = np.zeros(min(len(train), USUAL), bool)
    usual[among[:, 0]] = True
    return pairs, usual


def alike_sounds(earlier: Part, later: Part) -> Pairs:
    """Recordings whose waves are nearly the same at some shift, however loud: the pictures say which are worth comparing."""
    train, test = earlier.raw[:MOST_TRAINED, 0], later.raw[:MOST_TESTED, 0]
    nearest, distance = _nearest_shifted(test, train, False)
    itself, usual = _nearest_shifted(train[:USUAL], train, True)
    worth = np.median(usual) / 2
    rows = [i for i in np.flatnonzero(distance <= worth) if _correlation(_heard(later)[i], _heard(earlier)[nearest[i]]) >= CORRELATED]
    alike = usual <= worth
    alike[alike] = [_correlation(_heard(earlier)[i], _heard(earlier)[itself[i]]) >= CORRELATED for i in np.flatnonzero(alike)]
    return np.column_stack([np.array(rows, int), nearest[np.array(rows, int)]]), alike


KINDS = (
    Nearness(lambda data: data.train.sound is not None, "the same recording, perhaps louder or begun at another moment", alike_sounds),
    Nearness(
        lambda data: bool(data.vocabulary) and data.train.raw.shape[1] >= RUN + FEWEST_RUNS - 1,
        "at least half of their runs of three tokens are the same",
        alike_texts,
    ),
    Nearness(
        lambda data: not data.vocabulary and not data.coordinates and _is_table(data) and FEWEST_COLUMNS <= _width(data) <= MOST_COLUMNS,
        "the same in all columns but one, or closer than a tenth of the usual distance between neighbours",
        same_but_one,
    ),
    Nearness(
        lambda data: not data.vocabulary and _width(data) >= FEWEST_NUMBERS,
        "closer than a tenth of the usual distance between neighbours",
        close_numbers,
    ),
)


def _is_table(data: Dataset) -> bool:
    return data.train.raw.ndim == 2


def _width(data: Dataset) -> int:
    return int(np.prod(data.train.raw.shape[1:]))


def _flat(part: Part) -> np.ndarray:
    return part.raw.reshape(len(part), -1)


def _scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first of both by the earlier part's mean and deviation; missing numbers count as its mean."""
    train, test = train[:MOST_TRAINED], test[:MOST_TESTED]
    mean, deviation = np.nanmean(train, axis=0), np.nanstd(train, axis=0)
    deviation = np.where(deviation > 0, deviation, 1)
    return tuple(np.nan_to_num((rows - mean) / deviation).astype(np.float32) for rows in (train, test))


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (len(a), len(b))."""
    return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)


def _stirred(numbers: np.ndarray) -> np.ndarray:
    """uint64 of any shape -> as many that look drawn at random; the same for the same. Source: the finaliser of SplitMix64."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _hashes(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A number (n,) for every row, and one for every row with each column left out, (n, columns)."""
    rows = np.ascontiguousarray(rows, np.float32) + np.float32(0)  # no -0
    columns = _stirred(np.arange(1, rows.shape[1] + 1, dtype=np.uint64))
    cells = _stirred(rows.view(np.uint32).astype(np.uint64) + columns)
    whole = cells.sum(axis=1, dtype=np.uint64)
    return whole, whole[:, None] - cells + columns


def _mixed(whole: np.ndarray, without: np.ndarray) -> np.ndarray:
    """bool (n,): which rows share all columns but one with another row that is not the same."""
    pairs = np.unique(np.column_stack([without.ravel(), np.repeat(whole, without.shape[1])]), axis=0)
    keys, counts = np.unique(pairs[:, 0], return_counts=True)
    return np.asarray(np.isin(without, keys[counts > 1]).any(axis=1))


def _runs(rows: np.ndarray) -> np.ndarray:
    """uint64 (n, T - RUN + 1): a number for each run of tokens; 0 for a run of one and the same token, which may only fill up."""
    tokens = np.lib.stride_tricks.sliding_window_view(rows, RUN, axis=1).astype(np.uint64)
    number = np.zeros(tokens.shape[:2], np.uint64)
    for place in range(RUN):
        number = _stirred(number + tokens[:, :, place] + np.uint64(1))
    return np.where((tokens == tokens[:, :, :1]).all(axis=2), np.uint64(0), number)


def _signature(runs: np.ndarray) -> np.ndarray:
    """uint64 (n, SIGNATURE): two rows agree in about as large a share of it as of their runs; a row of too few runs agrees with none."""
    none = np.uint64(2**64 - 1)
    found = [np.where(runs == 0, none, _stirred(runs + np.uint64(salt * 7919))).min(axis=1) for salt in range(1, SIGNATURE + 1)]
    signature = np.stack(found, axis=1)
    signature[(runs != 0).sum(axis=1) < FEWEST_RUNS] = none
    return signature


def _alike(a: np.ndarray, b: np.ndarray, a_runs: np.ndarray, b_runs: np.ndarray, itself: bool) -> np.ndarray:
    """(k, 2): the rows of `a` and the most alike row of `b`, where it is alike enough; `itself`: `a` is the front of `b`."""
    agree = np.zeros((len(a), len(b)), np.int16)
    for place in range(SIGNATURE):
        agree += a[:, place, None] == b[:, place]
    agree[(a == np.uint64(2**64 - 1)).all(axis=1)] = 0
    if itself:
        np.fill_diagonal(agree, 0)
    best = agree.argmax(axis=1)
    likely = np.flatnonzero(agree[np.arange(len(a)), best] >= 0.7 * ALIKE * SIGNATURE)
    rows = np.array([i for i in likely if _shared(a_runs[i], b_runs[best[i]]) >= ALIKE], int)
    return np.column_stack([rows, best[rows]])


def _shared(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the runs of two texts that both have."""
    a, b = np.unique(a[a != 0]), np.unique(b[b != 0])
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / max(len(a) + len(b) - both, 1)


def _heard(part: Part) -> np.ndarray:
    assert part.sound is not None
    return part.sound


def _nearest_shifted(a: np.ndarray, b: np.ndarray, itself: bool) -> tuple[np.ndarray, np.ndarray]:
    """For each picture of a sound (bands, frames) in `a` the nearest in `b` at the best shift in time, and the mean squared difference."""
    best = np.full((len(a), len(b)), np.inf, np.float32)
    frames = a.shape[2]
    for shift in SHIFTS:
        if abs(shift) > frames // 2:
            continue
        here, there = (rows[:, :, max(by, 0) : frames + min(by, 0)].reshape(len(rows), -1) for rows, by in ((a, shift), (b, -shift)))
        np.minimum(best, _squared(here, there) / here.shape[1], out=best)
    if itself:
        np.fill_diagonal(best, np.inf)
    return best.argmin(axis=1), best.min(axis=1)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """The highest correlation of two waves (samples,) at any shift, 0 to 1."""
    length = 2 ** int(np.ceil(np.log2(len(a) + len(b))))
    one, other = (np.fft.rfft(wave - wave.mean(), length) for wave in (a.astype(np.float64), b.astype(np.float64)))
    size = np.sqrt((np.abs(np.fft.irfft(one * one.conj(), length)[0])) * np.abs(np.fft.irfft(other * other.conj(), length)[0]))
    return float(np.abs(np.fft.irfft(one * other.conj(), length)).max() / size) if size else 0.0
