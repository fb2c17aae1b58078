"""Points of the plane and curves against their geometry."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.data import _plane as plane
from explorer.experiment import DATASETS


def drawn(kind: str, **fields) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x and y coordinate and label of every point of a set, as drawn."""
    samples = DATASETS[kind].model_validate(fields).sample(np.random.default_rng(0))
    return samples.x[:, 0].astype(float), samples.x[:, 1].astype(float), samples.y


def test_there_are_at_least_14_sets_of_the_plane_and_3_with_more_than_two_classes():
    sets = [DATASETS[name] for name in DATASETS if DATASETS[name].coordinates]
    assert len(sets) >= 14
    assert sum(cls().load().classes > 2 for cls in sets if cls.problem == "classification") >= 3


def test_circle_has_a_disc_and_a_ring_of_these_radii():
    x, y, label = drawn("circle", gap=0.2, size=4000)
    radius = np.hypot(x, y)
    assert 0.39 < radius[label == 0].max() <= 0.4 + 1e-6
    assert 0.6 - 1e-6 <= radius[label == 1].min() < 0.61
    assert radius.max() <= 0.95 + 1e-6
    assert (radius[label == 0] ** 2).mean() == pytest.approx(0.4**2 / 2, rel=0.05)  # even over the area


def test_xor_label_is_the_sign_of_the_product_and_the_cross_is_empty():
    x, y, label = drawn("xor", gap=0.3, size=1000)
    np.testing.assert_array_equal(label == 1, x * y < 0)
    assert min(np.abs(x).min(), np.abs(y).min()) >= 0.15


def test_line_lies_across_its_direction():
    _, y, label = drawn("line", direction=90, gap=0.2)
    np.testing.assert_array_equal(label == 1, y > 0)
    assert np.abs(y).min() >= 0.1


@pytest.mark.parametrize(("kind", "arms"), [("spiral", 2), ("spirals", 5)])
def test_spiral_angle_grows_in_proportion_to_the_radius(kind, arms):
    fields = {"arms": arms} if kind == "spirals" else {}
    x, y, label = drawn(kind, turns=1.25, **fields)
    turned = np.arctan2(y, x) / (2 * np.pi) - 1.25 * np.hypot(x, y) / 0.95 - label / arms
    np.testing.assert_allclose(turned - np.round(turned), 0, atol=1e-5)
    assert set(label) == set(range(arms))


def test_spiral_arms_are_each_other_turned_by_half_a_turn():
    x, y, label = drawn("spiral", size=6)
    way = np.hypot(x, y)
    for arm, sign in ((0, 1), (1, -1)):
        angle = 2 * np.pi * 1.5 * way[label == arm] / 0.95
        np.testing.assert_allclose(x[label == arm], sign * way[label == arm] * np.cos(angle), atol=1e-5)


def test_moons_are_half_circles_of_one_size():
    x, y, label = drawn("moons", reach=0.5)
    radius = 1 / 1.6
    np.testing.assert_allclose(np.hypot(x + radius / 2, y + radius / 4)[label == 0], radius, atol=1e-6)
    np.testing.assert_allclose(np.hypot(x - radius / 2, y - radius / 4)[label == 1], radius, atol=1e-6)
    assert y[label == 0].min() >= -radius / 4
    assert y[label == 1].max() <= radius / 4


def test_ring_number_follows_from_the_radius():
    x, y, label = drawn("rings", classes=4, gap=0.2)
    share = np.hypot(x, y) / 0.95 * 4
    np.testing.assert_array_equal(np.floor(share), label)
    assert (share % 1).min() >= 0.1 - 1e-6
    assert (share % 1).max() <= 0.9 + 1e-6


@pytest.mark.parametrize("cells", [2, 3, 8])
def test_checkerboard_colour_changes_from_square_to_square(cells):
    x, y, label = drawn("checkerboard", cells=cells)
    np.testing.assert_array_equal((np.floor((x + 1) / 2 * cells) + np.floor((y + 1) / 2 * cells)) % 2, label)


def test_heart_holds_its_middle_and_not_its_notch():
    from explorer.data.heart import _inside

    probes = np.array([[0, 0], [0, 0.69], [0, 0.76], [0.4, 0.8], [0, -0.87], [0, -0.89], [1, 1]])
    assert _inside(probes).tolist() == [1, 1, 0, 1, 1, 0, 0]  # notch at (0, 0.72), tip at (0, -0.88)


def test_sectors_are_slices_of_the_full_turn():
    x, y, label = drawn("sectors", classes=5, gap=0.2)
    share = np.arctan2(y, x) / (2 * np.pi) % 1 * 5
    np.testing.assert_array_equal(np.floor(share), label)
    assert (share % 1).min() >= 0.1 - 1e-5


def test_sine_boundary_separates_above_from_below():
    x, y, label = drawn("sine_boundary", waves=2, height=0.4, gap=0.1)
    above = y - 0.4 * np.sin(2 * np.pi * x)
    np.testing.assert_array_equal(label == 1, above > 0)
    assert np.abs(above).min() >= 0.05 - 1e-6


def test_stripes_alternate_along_their_direction():
    x, _, label = drawn("stripes", stripes=4, direction=0)
    np.testing.assert_array_equal(np.floor((x + 1) * 2) % 2, label)
    x, y, label = drawn("stripes", stripes=2, direction=45)
    np.testing.assert_array_equal(label == 1, x + y > 0)


def test_pinwheel_without_twist_is_a_star_of_wedges():
    x, y, label = drawn("pinwheel", classes=4, twist=0)
    offset = np.arctan2(y, x) / (2 * np.pi) * 4 - label
    assert np.abs(offset - 4 * np.round(offset / 4)).max() <= 0.25 + 1e-5


def test_yin_yang_is_symmetric_under_half_a_turn_but_for_its_colours():
    from explorer.data.yin_yang import _parts

    points = np.random.default_rng(1).uniform(-1, 1, (5000, 2))
    swapped = np.array([1, 0, 2, -1])  # yin <-> yang, dots and outside stay
    np.testing.assert_array_equal(_parts(-points), swapped[_parts(points)])
    assert _parts(np.array([[0.475, 0.0], [0, 0.8], [0, -0.8], [0.95, 0.95]])).tolist() == [2, 1, 0, -1]


@pytest.mark.parametrize("arrangement", ["ring", "line", "grid"])
@pytest.mark.parametrize("classes", [2, 3, 5, 8])
def test_gaussian_clouds_have_the_stated_spread_and_stay_apart(arrangement, classes):
    x, y, label = drawn("gaussians", classes=classes, arrangement=arrangement, spread=0.03, size=classes * 500)
    centres = np.array([[x[label == c].mean(), y[label == c].mean()] for c in range(classes)])
    for c in range(classes):
        assert x[label == c].std() == pytest.approx(0.03, rel=0.1)
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)[~np.eye(classes, dtype=bool)]
    assert apart.min() > 6 * 0.03


def test_gaussian_ring_places_its_modes_in_the_directions_it_names():
    samples = DATASETS["gaussian_ring"].model_validate({"modes": 8, "size": 4000}).sample(np.random.default_rng(0))
    assert samples.class_names[:3] == ("0 degrees", "45 degrees", "90 degrees")
    for mode in range(8):
        centre = samples.x[samples.y == mode].mean(axis=0)
        np.testing.assert_allclose(centre, [0.7 * np.cos(mode * np.pi / 4), 0.7 * np.sin(mode * np.pi / 4)], atol=0.01)


def test_plane_is_a_linear_function():
    x, y, height = drawn("plane", direction=90, steepness=2)
    np.testing.assert_allclose(height[:, 0], 2 * y, atol=1e-6)
    x, y, height = drawn("plane", direction=180, steepness=1)
    np.testing.assert_allclose(height[:, 0], -x, atol=1e-6)


def test_one_bump_is_a_gaussian_hill_at_the_centre():
    x, y, height = drawn("multi_gaussian", bumps=1, width=0.3)
    np.testing.assert_allclose(height[:, 0], np.exp(-(x**2 + y**2) / (2 * 0.3**2)), atol=1e-6)


def test_bumps_alternate_between_hill_and_hollow():
    x, y, height = drawn("multi_gaussian", bumps=4, width=0.2, size=3000)
    for (a, b), sign in {(1, 1): 1, (-1, 1): -1, (-1, -1): 1, (1, -1): -1}.items():
        near = np.hypot(x - a * 0.389, y - b * 0.389) < 0.08
        assert (sign * height[near, 0] > 0.85).all()


def test_saddle_and_ripple():
    x, y, height = drawn("saddle")
    np.testing.assert_allclose(height[:, 0], x**2 - y**2, atol=1e-6)
    x, y, height = drawn("ripple", waves=2)
    np.testing.assert_allclose(height[:, 0], np.cos(4 * np.pi * np.sqrt(x**2 + y**2)), atol=1e-5)


CURVE_POINTS = {
    "sine": [(0.25, 1), (-0.25, -1), (0.5, 0)],
    "step": [(-0.001, -1), (0.001, 1)],
    "abs": [(-1, 1), (0, -1), (0.5, 0)],
    "cubic": [(-1, -1), (0.5, -1), (-0.5, 1)],
    "sinc": [(0, 1), (0.25, 0), (0.125, 2 / np.pi)],
    "sawtooth": [(0, -1), (1 / 3, 0), (-1 / 3, 0)],
    "square": [(0.1, 1), (0.5, -1), (-0.1, -1)],
    "bell": [(0, 1), (0.25, np.exp(-0.5))],
    "chirp": [(-1, 0), (-0.5, 1), (0, 0)],
    "line": [(-1, -1), (0.3, 0.3)],
}


@pytest.mark.parametrize("function", CURVE_POINTS)
def test_curve_passes_through_known_points(function):
    from explorer.data.curve import FUNCTIONS

    for x, y in CURVE_POINTS[function]:
        assert FUNCTIONS[function](np.array([x]))[0] == pytest.approx(y, abs=1e-9)


def test_every_curve_can_be_chosen_has_known_points_and_runs_between_minus_1_and_1():
    from explorer.data.curve import FUNCTIONS

    assert set(FUNCTIONS) == set(CURVE_POINTS)
    for function in FUNCTIONS:
        samples = DATASETS["curve"].model_validate({"function": function}).sample(np.random.default_rng(0))
        assert np.abs(samples.y).max() <= 1
        np.testing.assert_allclose(samples.y, FUNCTIONS[function](samples.x), atol=1e-5)


def test_blobs_are_gaussian_out_to_three_spreads():
    offsets = plane.blobs(np.zeros((20_000, 2)), 1.0, np.random.default_rng(0))
    radius = np.hypot(*offsets.T)
    assert radius.max() <= 3 + 1e-6
    assert (radius < 1).mean() == pytest.approx((1 - np.exp(-0.5)) / (1 - np.exp(-4.5)), abs=0.01)


def test_by_region_leaves_the_empty_region_empty():
    x, label = plane.by_region(lambda p: np.where(p[:, 0] > 0.9, np.where(p[:, 1] > 0.9, 0, 1), -1), 2, 51, np.random.default_rng(0))
    assert x.shape == (51, 2)
    assert x[:, 0].min() > 0.9
    assert np.bincount(label).tolist() == [26, 25]
    assert (x[label == 0, 1] > 0.9).all()
