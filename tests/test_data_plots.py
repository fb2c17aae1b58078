"""The numbers in the figures of the Data page are the numbers in the records; nothing to draw gives an empty, labelled figure."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.plots.data_correlations import correlation_chart
from explorer.plots.data_counts import counts_chart, shown
from explorer.plots.data_histogram import faint, spread_chart
from explorer.plots.data_montage import coloured, montage, numbers_of
from explorer.plots.data_points import class_points, plain_points, valued_points
from explorer.plots.data_series import band_chart, echo_chart, one_series, series_examples, waveform
from explorer.results.profile import Band, Correlations, Counts, Echo, Histogram

NONE = np.zeros(0)


def test_bars_are_the_counts_and_the_rest_is_said_to_be_left_out():
    counts = Counts("tokens", (" ", "b", "c"), np.array([5, 3, 1]), np.array([2, 0, 4]))
    figure = counts_chart(counts, "letter", most=2)
    assert [list(trace.y) for trace in figure.data] == [[5, 3], [2, 0]]
    assert list(figure.data[0].x) == ["␣", "b"]
    assert figure.layout.xaxis.title.text == "letter, the 2 most frequent of 3"
    assert shown("a") == "a"


def test_a_histogram_draws_the_share_of_each_group():
    figure = spread_chart(Histogram("size (cm)", np.array([0.0, 1, 2]), ("a", "b"), np.array([[1, 3], [0, 8]])))
    assert list(figure.data[0].y) == [0, 0.25, 0.25, 0.75, 0.75, 0]
    assert list(figure.data[1].x) == [0, 0, 1, 1, 2, 2]
    assert figure.layout.xaxis.title.text == "size (cm)"
    assert faint("#0072B2", 0.5) == "rgba(0,114,178,0.5)"


def test_correlations_keep_their_signs():
    figure = correlation_chart(Correlations(("a", "b"), np.array([[1, -0.5], [-0.5, 1]])))
    np.testing.assert_array_equal(figure.data[0].z, [[1, -0.5], [-0.5, 1]])
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-1, 1)


def test_pictures_are_grey_or_in_their_own_colours():
    grey = coloured(np.array([[[0.0, 1.0, 0.5]]]))
    assert grey[0, :, :3].tolist() == [[0, 0, 0], [255, 255, 255], [128, 128, 128]]
    red = coloured(np.array([1.0, 0, 0])[:, None, None])
    assert red[0, 0].tolist() == [255, 0, 0, 255]


def test_every_picture_has_its_caption_below_it_and_boxes_lie_in_their_pictures():
    figure = montage(np.ones((3, 1, 8, 8)), ["a", "b", "c"], across=2, boxes=np.tile([0, 0, 1, 0.5], (3, 1)))
    texts = figure.data[-1]
    assert list(texts.text) == ["a", "b", "c"]
    assert texts.x[0] == texts.x[2] < texts.x[1]
    assert texts.y[0] == texts.y[1] < texts.y[2]
    assert len(figure.layout.shapes) == 3
    assert (figure.layout.shapes[0].x1 - figure.layout.shapes[0].x0, figure.layout.shapes[0].y1 - figure.layout.shapes[0].y0) == (8, 4)


def test_a_long_sound_keeps_its_peaks():
    samples = np.zeros(50_000, np.int16)
    samples[20_001] = 32767
    figure = waveform(samples, 10_000)
    assert max(figure.data[0].y) > 0.99
    assert figure.data[0].x[int(np.argmax(figure.data[0].y))] == pytest.approx(2.0, abs=0.01)


def test_what_is_to_be_foreseen_goes_on_where_the_series_ends():
    figure = series_examples(np.array([[1.0, 2]]), ["one"], "height (m)", np.array([[5.0, 6]]))
    assert list(figure.data[1].x) == [2, 3, 4]
    assert list(figure.data[1].y) == [2, 5, 6]


def test_bands_and_echoes_are_drawn_as_measured():
    band = Band("all", np.array([1.0, 2]), np.array([0.0, 1]), np.array([2.0, 3]))
    figure = band_chart([band], "height (m)")
    assert list(figure.data[0].y) == [2, 3, 1, 0]
    assert list(figure.data[1].y) == [1, 2]
    assert list(echo_chart([Echo("all", np.arange(2), np.array([1, 0.5]))]).data[0].y) == [1, 0.5]


def test_points_of_both_parts_are_told_apart():
    points = np.array([[0.0, 1], [2, 3]])
    parts = {"training": (points, np.array([0, 1])), "test": (points[:1], np.array([0]))}
    figure = class_points(parts, ("a", "b"), ("x", "y"))
    assert [(trace.name, len(trace.x), trace.marker.symbol) for trace in figure.data[:2]] == [
        ("a", 1, "circle"),
        ("a, test", 1, "circle-open"),
    ]
    assert list(valued_points({"training": (points, np.array([4.0, 8]))}, ("x", "y"), "z").data[0].marker.color) == [4, 8]


@pytest.mark.parametrize(
    "figure",
    [
        counts_chart(Counts("examples", (), NONE, NONE)),
        spread_chart(Histogram("size", np.array([0.0, 1]), (), np.zeros((0, 1)))),
        correlation_chart(Correlations((), np.zeros((0, 0)))),
        class_points({}, (), ("x", "y")),
        valued_points({}, ("x", "y"), "z"),
        plain_points({}, ("x", "y")),
        echo_chart([]),
        numbers_of(np.zeros((2, 2))),
        one_series(np.zeros((0, 0)), (), "height"),
    ],
)
def test_a_figure_with_nothing_in_it_has_named_axes(figure):
    assert figure.layout.xaxis.title.text
    assert figure.layout.yaxis.title.text


def test_no_pictures_and_no_bands_are_no_accident():
    assert len(montage(np.zeros((0, 1, 4, 4)), []).data[-1].text) == 0
    assert len(band_chart([], "height").data) == 0
