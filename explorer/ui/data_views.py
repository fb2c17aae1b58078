"""How each family of data is shown: its examples, how it spreads, and one example on its way to the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from explorer.experiment import DataSpec
from explorer.plots import data_correlations, data_counts, data_histogram
from explorer.plots.data_montage import montage, numbers_of
from explorer.plots.data_points import class_points, plain_points, valued_points
from explorer.plots.data_series import band_chart, echo_chart, echoes_in_words, one_series, series_examples, waveform
from explorer.profiles.columns import answers, histogram, known, names_of
from explorer.profiles.steps import answer_in_words, part_of
from explorer.results.dataset import Dataset
from explorer.results.profile import Profile, Stage
from explorer.ui.data_tokens import rows_of_tokens


@dataclass(frozen=True)
class View:
    """What is being looked at.

    Attributes:
        key: first part of every widget key.
        part: "training", "validation" or "test".
        numbers: of the examples of that part that were asked for, in order.
    """

    key: str
    data: DataSpec
    dataset: Dataset
    profile: Profile
    part: str = "training"
    numbers: Sequence[int] = ()

    def captions(self, numbers: Sequence[int]) -> list[str]:
        """What is to be answered to each of these examples."""
        return [answer_in_words(self.dataset, self.part, number) for number in numbers]

    def chart(self, figure: go.Figure, name: str, words: str) -> None:
        """Draw a chart, with its sentence for those who cannot see it."""
        st.plotly_chart(figure, key=f"{self.key}.{name}", alt=words, config={"displaylogo": False})


@dataclass(frozen=True)
class Family:
    """One family of data.

    Attributes:
        suits: whether a data set belongs to it; the first family that says so has it.
        many: examples shown at once; 0 for all.
        examples, spread: draw the examples, and how they are distributed.
        stages: draw one example on its way to the network.
        augmented: draw what augmentation makes of one example, from `copies` of it as they are fed.
    """

    suits: Callable[[type[DataSpec]], bool]
    many: int
    examples: Callable[[View], None]
    spread: Callable[[View], None]
    stages: Callable[[View, Sequence[Stage]], None]
    augmented: Callable[[View, np.ndarray], None]
    copies: int = 12


def family_of(data: type[DataSpec]) -> str:
    """Name of the family a data set belongs to."""
    return next(name for name, family in FAMILIES.items() if family.suits(data))


def _points(view: View) -> None:
    dataset, axes = view.dataset, tuple(names_of(view.dataset))
    parts = dataset.parts
    between = f", {len(dataset.validation)} validation points, hollow squares," if dataset.validation else ""
    words = f"{len(dataset.train)} training points, filled{between} and {len(dataset.test)} test points, hollow"
    if dataset.coordinates == 1:
        pairs = {name: (part.raw[:, 0], answers(dataset, part)) for name, part in parts.items()}
        view.chart(plain_points(pairs, (axes[0], dataset.target_name or "y")), "points", f"{words}, of a curve.")
    elif dataset.class_names:
        figure = class_points({name: (part.raw, part.y) for name, part in parts.items()}, dataset.class_names, (axes[0], axes[1]))
        view.chart(figure, "points", f"{words}, in the classes {', '.join(dataset.class_names)}.")
    else:
        valued = {name: (part.raw, answers(dataset, part)) for name, part in parts.items()}
        view.chart(valued_points(valued, (axes[0], axes[1]), dataset.target_name), "points", f"{words}, coloured by {dataset.target_name}.")


def _pictures(view: View) -> None:
    part = part_of(view.dataset, view.part)
    numbers, boxed = list(view.numbers), view.dataset.problem == "box"
    captions = [""] * len(numbers) if boxed else view.captions(numbers)
    figure = montage(part.raw[numbers], captions, boxes=part.y[numbers] if boxed else None)
    words = f"{len(numbers)} of the {len(part):,} {view.part} pictures, each with its answer {'drawn into it' if boxed else 'below'}."
    view.chart(figure, "montage", words)


def _rows(view: View) -> None:
    part = part_of(view.dataset, view.part)
    frame = pd.DataFrame(known(part)[list(view.numbers)], columns=list(names_of(view.dataset)), index=list(view.numbers))
    frame.insert(0, f"answer: {view.dataset.target_name or 'class'}", view.captions(view.numbers))
    st.dataframe(frame, height=460, key=f"{view.key}.rows")


def _sentences(view: View) -> None:
    st.html(rows_of_tokens(view.dataset, part_of(view.dataset, view.part), view.numbers, view.captions(view.numbers)))


def _series(view: View) -> None:
    dataset, part = view.dataset, part_of(view.dataset, view.part)
    numbers = list(view.numbers)
    ahead = dataset.problem == "forecasting"
    following = part.y[numbers] * dataset.target_scale + dataset.target_offset if ahead else None
    captions = [answer or f"no. {number}" for number, answer in zip(numbers, view.captions(numbers), strict=True)]
    figure = series_examples(part.raw[numbers][:, :, 0], captions, _unit(dataset), following)
    view.chart(
        figure, "series", f"{len(numbers)} of the {len(part):,} {view.part} series{', and what comes next, dotted' if ahead else ''}."
    )


def _spread_of_columns(view: View) -> None:
    columns = view.profile.columns
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _table_of_columns(view)
    with right:
        options = [one.name for one in columns]
        chosen = (
            st.selectbox("Column", options, key=f"{view.key}.column", help="The column the chart shows.")
            if len(options) > 1
            else options[0]
        )
        _one_column(view, chosen if chosen in options else options[0])
    if view.profile.correlations:
        st.markdown(
            "**Which columns go together**", help="Pearson's correlation in the training part: 1 rise together, -1 against each other."
        )
        found = view.profile.correlations
        view.chart(data_correlations.correlation_chart(found), "correlations", data_correlations.in_words(found))


def _table_of_columns(view: View) -> None:
    target = (view.profile.target,) if view.profile.target else ()
    rows = [
        {"column": one.name, "mean": one.mean, "std": one.deviation, "lowest": one.low, "highest": one.high, "different": one.distinct}
        | {"missing": one.missing}
        for one in (*view.profile.columns, *target)
    ]
    frame = pd.DataFrame(rows)
    if not frame["missing"].any():
        frame = frame.drop(columns="missing")
    number = st.column_config.NumberColumn(format="%.4g")
    st.dataframe(
        frame,
        hide_index=True,
        height=min(40 + 36 * len(frame), 420),
        key=f"{view.key}.columns",
        column_config=dict.fromkeys(("mean", "std", "lowest", "highest"), number),
    )
    counted = "; missing values are counted in all parts" if "missing" in frame else ""
    st.caption(f"Measured on the training part, in each column's own unit{counted}.")


def _one_column(view: View, name: str) -> None:
    """By class; against the number to answer, where one is to be answered."""
    dataset = view.dataset
    if not view.profile.target:
        found = histogram(dataset, name)
        view.chart(data_histogram.spread_chart(found), "histogram", data_histogram.in_words(found))
        return
    place = names_of(dataset).index(name)
    pairs = {name: (known(part)[:, place], answers(dataset, part)) for name, part in dataset.parts.items()}
    view.chart(plain_points(pairs, (name, dataset.target_name)), "against", f"{dataset.target_name} against {name}.")


def _spread_of_pictures(view: View) -> None:
    if view.profile.pictures is None:
        st.info("These pictures have no classes to take the mean of.")
        return
    st.markdown(
        "**The mean picture of each class**",
        help="Brightness averaged over the training part. Where it is sharp, the pictures of a class agree.",
    )
    across = min(len(view.profile.pictures), 10)
    view.chart(montage(view.profile.pictures, view.dataset.class_names, across, 120), "means", "The mean picture of each class.")


def _spread_of_tokens(view: View) -> None:
    counts = view.profile.tokens
    assert counts is not None
    length = view.dataset.input_shape.sizes[0]
    st.markdown(f"**How often each token is read** · {length} of them in a row{' at most' if view.profile.lengths else ''}.")
    view.chart(data_counts.counts_chart(counts, "token"), "tokens", data_counts.in_words(counts))
    if found := view.profile.lengths:
        st.markdown("**How long the rows are**", help="Shorter rows are filled up to the same length; what fills them is not counted.")
        view.chart(data_histogram.spread_chart(found), "lengths", data_histogram.in_words(found))


def _spread_of_series(view: View) -> None:
    st.markdown("**The middle of the training series at each step**", help="The line is the median; the band holds the middle 80 %.")
    names = ", ".join(band.name for band in view.profile.bands)
    view.chart(band_chart(view.profile.bands, _unit(view.dataset)), "bands", f"Median and 80 % band over the steps, for {names}.")
    words = "1: the same again after so many steps; 0: nothing can be told from the value so many steps before; -1: the opposite."
    st.markdown("**How much a series is like itself later**", help=words)
    view.chart(echo_chart(view.profile.echoes), "echoes", echoes_in_words(view.profile.echoes))


def _staged_numbers(view: View, stages: Sequence[Stage]) -> None:
    """A table with a column for each stage; numbers made of others get a table of their own."""
    for names in dict.fromkeys(one.names for one in stages):
        table = {one.name: one.values for one in stages if one.names == names}
        number = st.column_config.NumberColumn(format="%.4g")
        st.dataframe(
            pd.DataFrame({"number": names, **table}),
            hide_index=True,
            key=f"{view.key}.stage.{len(names)}.{names[0]}",
            column_config=dict.fromkeys(table, number),
        )


def _sound(view: View) -> None:
    """What the example sounds like, where its picture is one of a sound."""
    part, number = part_of(view.dataset, view.part), view.numbers[0]
    if part.sound is None:
        return
    rate, samples = view.dataset.sound_rate, part.sound[number]
    st.markdown("**The sound**")
    st.audio(samples, sample_rate=rate)
    view.chart(waveform(samples, rate), "waveform", f"A sound of {len(samples) / rate:.2g} seconds.")
    st.caption("The network is fed its picture: time from left to right, pitch from bottom to top, the brighter the louder.")


def _staged_pictures(view: View, stages: Sequence[Stage]) -> None:
    _sound(view)
    for column, one in zip(st.columns(len(stages) if len(stages) > 1 else [2, 1]), stages, strict=False):
        with column:
            st.markdown(f"**{one.name.capitalize()}**")
            view.chart(numbers_of(one.values.mean(axis=0)), f"stage.{one.name}", f"The picture as numbers, {one.name}.")


def _staged_tokens(view: View, stages: Sequence[Stage]) -> None:
    dataset, values = view.dataset, stages[-1].values
    columns = {one.name: [data_counts.shown(dataset.vocabulary[token]) for token in one.values] for one in stages}
    table = pd.DataFrame({"place": np.arange(1, len(values) + 1), **columns, "number fed": values})
    asked = part_of(dataset, view.part).y[view.numbers[0]]
    if asked.shape == values.shape:
        names = dataset.class_names or dataset.vocabulary
        table["answer wanted"] = [data_counts.shown(names[int(answer)]) for answer in asked]
    st.dataframe(table, hide_index=True, height=420, key=f"{view.key}.stage.tokens")


def _staged_series(view: View, stages: Sequence[Stage]) -> None:
    for one in stages:
        title = _unit(view.dataset) if one.name != "scaled" else "scaled (no unit)"
        st.markdown(f"**{one.name.capitalize()}**")
        view.chart(
            one_series(one.values, view.dataset.input_names, title),
            f"stage.{one.name}",
            f"The series over its {len(one.values)} steps, {one.name}.",
        )


def _augmented_pictures(view: View, copies: np.ndarray) -> None:
    view.chart(montage(copies, [""] * len(copies), 6), "augmented", f"The same picture, changed in {len(copies)} ways.")


def _augmented_tokens(view: View, copies: np.ndarray) -> None:
    part = part_of(view.dataset, view.part)
    rows = replace(part, raw=copies, y=np.repeat(part.y[list(view.numbers)], len(copies), axis=0), planted=None)
    st.html(rows_of_tokens(view.dataset, rows, range(len(copies)), [""] * len(copies)))


def _augmented_series(view: View, copies: np.ndarray) -> None:
    figure = series_examples(copies[:, :, 0], [""] * len(copies), "as fed")
    view.chart(figure, "augmented", f"The same series, changed in {len(copies)} ways.")


def _augmented_numbers(view: View, copies: np.ndarray) -> None:
    st.dataframe(pd.DataFrame(copies), key=f"{view.key}.augmented")


def _unit(dataset: Dataset) -> str:
    return dataset.input_names[0] if dataset.input_names else "value"


FAMILIES: dict[str, Family] = {
    "Points": Family(lambda data: data.coordinates > 0, 0, _points, _spread_of_columns, _staged_numbers, _augmented_numbers),
    "Pictures": Family(
        lambda data: data.image_shape is not None, 50, _pictures, _spread_of_pictures, _staged_pictures, _augmented_pictures
    ),
    "Text": Family(lambda data: data.tokens, 10, _sentences, _spread_of_tokens, _staged_tokens, _augmented_tokens),
    "Series": Family(lambda data: data.series, 12, _series, _spread_of_series, _staged_series, _augmented_series),
    "Tables": Family(lambda data: True, 200, _rows, _spread_of_columns, _staged_numbers, _augmented_numbers),
}
