"""The sound of what a map over its picture points at.

Decided: the sound is taken apart into short spectra that overlap, each frequency of each is made as loud as the picture's mask says
there, and they are added up again.
Because: a mask of ones then gives back the sound itself, and what is heard is a part of what was there.
Instead of: making a sound from the picture alone, which does not know the phases.
Source: Griffin & Lim, "Signal Estimation from Modified Short-Time Fourier Transform", 1984.
"""

from __future__ import annotations

import numpy as np
import torch

from explorer.results.hearing import Hearing

SHARE = 0.5  # of what a map says for the answer: so much of it is heard


def pointed_at(values: np.ndarray, share: float = SHARE) -> np.ndarray:
    """The fewest places (bands, frames) that hold `share` of what a map (channels, bands, frames) says for the answer, bool.

    Only numbers above 0 speak for it; without any, no place is pointed at.
    """
    speaks = values.sum(0).clip(0)
    order = np.argsort(-speaks, axis=None, kind="stable")
    held = np.cumsum(speaks.ravel()[order])
    chosen = np.zeros(speaks.size, bool)
    if held[-1] > 0:
        chosen[order[: int(np.searchsorted(held, share * held[-1])) + 1]] = True
    return chosen.reshape(speaks.shape) & (speaks > 0)


def highlighted(sound: np.ndarray, mask: np.ndarray, hearing: Hearing) -> np.ndarray:
    """What is heard of a sound where only the places of its picture that a mask lets through are kept.

    Args:
        sound: int16 (samples,).
        mask: (bands, frames) from 0, silent, to 1, as loud as it was; the highest band first.
        hearing: how the picture was made.

    Returns:
        int16 (samples,).
    """
    size = 2 * (hearing.shares.shape[1] - 1)
    window = torch.hann_window(size, dtype=torch.float64)
    waves = torch.from_numpy(sound.astype(np.float64))
    spectra = torch.stft(waves, size, size // 4, window=window, pad_mode="constant", return_complex=True)  # (frequencies, moments)
    gains = torch.from_numpy(loudness(mask, hearing, size // 4 * np.arange(spectra.shape[1])))
    kept = torch.istft(spectra * gains, size, size // 4, window=window, length=len(sound))
    return kept.round().clamp(-32768, 32767).numpy().astype(np.int16)


def loudness(mask: np.ndarray, hearing: Hearing, samples: np.ndarray) -> np.ndarray:
    """What a mask (bands, frames) says of each frequency at the moments of these samples: float64 (frequencies, moments).

    A frequency that lies in several bands gets their mean; one that lies in none gets what the nearest one that does gets. Between
    the middles of two frames it changes evenly; before the first and after the last it stays.
    """
    shares = hearing.shares.astype(np.float64)
    there = np.flatnonzero(shares.sum(0) > 0)
    nearest = there[np.abs(np.arange(shares.shape[1])[:, None] - there).argmin(1)]
    shares = shares[:, nearest] / shares.sum(0)[nearest]
    middles = hearing.starts + hearing.window / 2
    bands = np.stack([np.interp(samples, middles, row) for row in mask.astype(np.float64)])
    return shares.T @ bands
