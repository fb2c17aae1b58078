"""The reference: every entry in full, found by its words, with pictures that the server has."""

from __future__ import annotations

import inspect
import re
import xml.etree.ElementTree as ElementTree

import pytest
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from explorer.experiment import AUGMENTATIONS, DATASETS, LAYERS, OPTIMIZERS
from explorer.experiment.network import GROUPS
from explorer.ui.fields import questions
from explorer.ui.reference import entries, matching, plural, range_of, text_of
from explorer.ui.routes import ROUTES, layer_svg


def opened(query: str = "") -> AppTest:
    app = AppTest.from_string("from pages.reference import render\nrender()", default_timeout=120).run()
    return app.text_input[0].set_value(query).run() if query else app


def fetched(kind: str, theme: str = "") -> tuple[int, str, str]:
    """Status, media type and text of a picture's address."""
    scope = {"type": "http", "path_params": {"kind": kind}, "query_string": f"theme={theme}".encode(), "headers": []}
    answer = layer_svg(Request(scope))
    return answer.status_code, answer.media_type, bytes(answer.body).decode()


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_is_told_in_full(kind):
    (entry,) = (one for one in entries(LAYERS) if one.kind == kind)
    text = text_of(entry, "dark")
    layer = LAYERS[kind]
    assert layer.formula in text
    assert f'src="nx/layers/{kind}.svg?theme=dark"' in text
    assert re.search(r'alt="[^"<>]+\."', text)
    for question in questions(layer):
        assert f"| `{question.name}` |" in text
    assert entry.use == layer.use
    assert fetched(kind, "dark")[0] == 200


def test_layers_stand_in_the_order_of_the_catalogue():
    groups = list(dict.fromkeys(entry.group for entry in entries(LAYERS)))
    assert groups == list(GROUPS)
    assert len(entries(LAYERS)) == len(LAYERS)


@pytest.mark.parametrize(("kind", "name", "words"), [
    ("conv2d", "kernel_size", "1 to 31"),
    ("conv2d", "bias", "yes or no"),
    ("elu", "alpha", "above 0, up to 10"),
    ("upsample2d", "mode", "nearest or bilinear"),
    ("residual", "body", "any layer type"),
    ("linear", "out_features", "1 to 1,000,000"),
    ("bottleneck", "kernel_size", "1 or 3 or 5 or 7"),
])  # fmt: skip
def test_ranges_are_said_in_words(kind, name, words):
    (question,) = (one for one in questions(LAYERS[kind]) if one.name == name)
    assert range_of(question) == words


def test_what_somebody_has_to_bring_first_is_left_out_and_all_else_is_there():
    assert {one.kind for one in entries(DATASETS)} == {kind for kind in DATASETS if not DATASETS[kind].upload}
    assert len(entries(DATASETS)) < len(DATASETS)
    assert len(entries(OPTIMIZERS)) == len(OPTIMIZERS)


def test_augmentations_say_what_they_are_for():
    assert {one.kind: one.use for one in entries(AUGMENTATIONS)}["mixup"] == "For pictures with classes."
    assert "Augmentations" in {header.value for header in opened("mixup").header}


def test_words_are_found_in_names_groups_uses_and_details():
    assert [one.kind for one in matching(entries(LAYERS), "wavenet")] == ["conv1d"]
    assert {"lstm", "gru", "rnn"} <= {one.kind for one in matching(entries(LAYERS), "Recurrent")}
    assert [one.kind for one in matching(entries(LAYERS), "very deep residual")] == ["stochastic_depth"]
    assert not matching(entries(LAYERS), "lasagne")


def test_one_registry_is_shown_and_all_are_searched():
    app = opened()
    assert [header.value for header in app.header] == ["Layer types"]
    assert int(app.caption[0].value.split()[0]) == len(LAYERS)
    assert not app.exception
    found = opened("noise")
    assert {"Layer types", "Data sets"} <= {header.value for header in found.header}


def test_what_is_nowhere_is_no_entry():
    app = opened("lasagne")
    assert app.caption[0].value == "0 entries."
    assert not app.header


def test_plurals():
    assert (plural("loss"), plural(OPTIMIZERS.noun), plural(DATASETS.noun)) == ("losses", "optimisers", "data sets")


def test_signs_of_markdown_are_not_read_as_such():
    for registry in (LAYERS, DATASETS, OPTIMIZERS, AUGMENTATIONS):
        for entry in entries(registry):
            outside = re.sub(r"`[^`]*`|\$\$.*?\$\$|<p .*?</p>|<[^>]*>", "", text_of(entry, "light"), flags=re.DOTALL).replace("**", "")
            assert not re.search(r"(?<!\\)[*_$`]", outside), entry.kind


def test_a_picture_has_an_address():
    status, media_type, text = fetched("relu")
    assert (status, media_type) == (200, "image/svg+xml")
    assert ElementTree.fromstring(text).get("style") is None
    assert any(getattr(route, "endpoint", None) is layer_svg for route in ROUTES)


def test_nothing_that_was_asked_for_comes_back_in_a_picture():
    assert "expression" not in fetched("relu", "expression(alert(1))")[2]
    status, media_type, text = fetched("<script>alert(1)</script>")
    assert (status, media_type) == (404, "text/plain")
    assert text.startswith("There is no layer type named")


def test_pictures_are_made_beside_the_event_loop():
    assert not inspect.iscoroutinefunction(layer_svg)
