"""Real pictures without a download: pieces of photographs."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from explorer.data import _photographs
from explorer.data._photographs import evened, halved, tiles
from explorer.errors import DataError
from explorer.experiment import DATASETS


def test_tiles_are_the_picture_and_none_overlap():
    picture = np.arange(7 * 11).reshape(7, 11)
    found = tiles(picture, 3)
    assert found.shape == (2 * 3, 3, 3)
    np.testing.assert_array_equal(found[4], picture[3:6, 3:6])
    assert len(np.unique(found)) == found.size


def test_half_the_size_keeps_the_mean():
    pictures = np.random.default_rng(0).random((2, 4, 6)).astype(np.float32)
    assert halved(pictures).shape == (2, 2, 3)
    assert halved(pictures)[1, 0, 2] == pytest.approx(pictures[1, :2, 4:].mean())


def test_brightness_and_contrast_are_the_same_in_all():
    pictures = np.random.default_rng(0).random((3, 16, 16)).astype(np.float32) * np.array([0.1, 0.5, 1]).reshape(3, 1, 1)
    found = evened(pictures)
    np.testing.assert_allclose(found.mean(axis=(1, 2)), 0.5, atol=0.01)
    np.testing.assert_allclose(found.std(axis=(1, 2)), 0.2, atol=0.01)
    assert np.isfinite(evened(np.ones((1, 4, 4)))).all()


def test_no_pixel_of_a_texture_is_in_both_parts():
    pytest.importorskip("skimage")
    dataset = DATASETS["textures"]().load()
    train, test = ({row.tobytes() for row in part.raw} for part in (dataset.train, dataset.test))
    assert len(train) + len(test) == 768
    assert not train & test


def test_brightness_alone_tells_no_texture():
    pytest.importorskip("skimage")
    dataset = DATASETS["textures"]().load()
    means = [dataset.train.raw[dataset.train.y == label].mean() for label in range(3)]
    assert max(means) - min(means) < 0.02


def test_half_of_the_pieces_are_faces_and_faces_are_brighter_in_the_middle():
    pytest.importorskip("skimage")
    dataset = DATASETS["faces"]().load()
    x, y = np.concatenate([dataset.train.raw, dataset.test.raw]), np.concatenate([dataset.train.y, dataset.test.y])
    assert y.sum() == 100
    face = x[y == 1].mean(axis=(0, 1))
    assert face[10:18, 10:15].mean() > face[:, :3].mean()  # the nose, and what is beside the head


def test_without_the_package_it_is_said_which_one(monkeypatch):
    _photographs.photograph.cache_clear()
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(DataError, match=r"pip install 'neural-explorer\[pictures\]'"):
        DATASETS["faces"]().load()
    _photographs.photograph.cache_clear()
