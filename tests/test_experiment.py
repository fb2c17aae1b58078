"""The record: exact inverses, one sentence for what cannot be read, and what may change while a run trains."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import SpecError
from explorer.experiment import DATASETS, OPTIMIZERS, Experiment, NetworkSpec, changed, differences, is_live, own_task, presets

SPIRAL = Experiment.preset("spiral")


def experiments() -> st.SearchStrategy[Experiment]:
    """Presets with some fields changed."""
    values = {
        "seed": st.integers(0, 2**31 - 1),
        "data.noise": st.floats(0, 2, allow_nan=False),
        "training.batch_size": st.integers(1, 10_000),
        "training.optimizer.learning_rate": st.floats(0, 100, allow_nan=False),
        "training.l2": st.floats(0, 10, allow_nan=False),
    }

    def with_one_changed(name: str, path: str, data: st.DataObject) -> Experiment:
        experiment = Experiment.preset(name)
        if path == "data.noise" and not experiment.data.applies("noise"):
            path = "seed"
        return changed(experiment, path, data.draw(values[path]))

    return st.builds(with_one_changed, st.sampled_from(sorted(presets())), st.sampled_from(sorted(values)), st.data())


@settings(max_examples=60)
@given(experiments())
def test_json_and_link_are_exact_inverses(experiment):
    assert Experiment.from_json(experiment.to_json()) == experiment
    assert Experiment.from_url(experiment.to_url()) == experiment
    assert Experiment.from_json(experiment.to_json()).to_json() == experiment.to_json()


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_no_text_is_read_as_anything_but_a_sentence(text):
    for read in (Experiment.from_json, Experiment.from_url):
        with pytest.raises(SpecError):
            read(text)


@settings(max_examples=100)
@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_changed_link_is_answered_by_a_sentence(place, character):
    token = SPIRAL.to_url()
    place %= len(token)
    changed_link = token[:place] + character + token[place + 1 :]
    if changed_link != token:
        with pytest.raises(SpecError, match=r"^.{10,400}$"):  # zlib's checksum does not let a change through
            Experiment.from_url(changed_link)


@pytest.mark.parametrize("length", [0, 1, 10, 100, 150])
def test_a_link_cut_short_says_so(length):
    with pytest.raises(SpecError, match=r"cut short|version"):
        Experiment.from_url(SPIRAL.to_url()[:length])


def test_a_link_that_inflates_to_megabytes_is_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000)).decode()
    with pytest.raises(SpecError):
        Experiment.from_url(bomb)


def test_deep_nesting_is_refused_in_words():
    for text in ("[" * 100_000, '{"a":' * 50_000):
        with pytest.raises(SpecError):
            Experiment.from_json(text)


def test_another_version_is_named():
    fields = {**json.loads(SPIRAL.to_json()), "schema_version": 7}
    with pytest.raises(SpecError, match="version 7"):
        Experiment.from_fields(fields)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("training.batch_size", 0, "batch_size"),
        ("training.optimizer.learning_rate", float("nan"), "learning_rate"),
        ("training.optimizer", {"kind": "sdg"}, "Did you mean 'sgd'"),
        ("networks.model.layers.0.out_features", -1, "out_features"),
        ("data.nose", 1, "no field"),
        ("data.label_noise", "much", "label_noise"),
    ],
)
def test_a_wrong_value_is_explained_where_it_stands(path, value, words):
    with pytest.raises(SpecError, match=words):
        changed(SPIRAL, path, value)


def test_roles_must_be_those_of_the_task():
    with pytest.raises(SpecError, match="needs the networks model"):
        Experiment.from_fields({**json.loads(SPIRAL.to_json()), "networks": {"generator": {"layers": [{"kind": "output"}]}}})


def test_differences_name_the_deepest_field():
    after = changed(changed(SPIRAL, "training.optimizer.learning_rate", 0.5), "data.noise", 0.3)
    assert differences(SPIRAL, after) == {"training.optimizer.learning_rate": 0.5, "data.noise": 0.3}
    assert list(differences(SPIRAL, changed(SPIRAL, "training.optimizer", OPTIMIZERS["sgd"]()))) == ["training.optimizer"]


@pytest.mark.parametrize(
    ("path", "value", "live"),
    [
        ("training.optimizer.learning_rate", 0.5, True),
        ("training.optimizer.beta1", 0.5, True),
        ("training.optimizer.weight_decay", 0.5, True),
        ("training.batch_size", 3, True),
        ("training.clip_norm", 1.0, True),
        ("training.l1", 0.01, True),
        ("training.schedule", {"kind": "cosine"}, True),
        ("data.noise", 0.5, True),
        ("seed", 5, False),
        ("training.engine", "eager", False),
        ("networks.model.layers.0.out_features", 5, False),
        ("data.features", ("x",), False),
        ("data", {"kind": "circle"}, False),
    ],
)
def test_what_may_change_while_it_trains(path, value, live):
    assert is_live(SPIRAL, changed(SPIRAL, path, value)) is live


def test_dropout_may_change_while_it_trains():
    dropout = Experiment.preset("dropout")
    assert is_live(dropout, changed(dropout, "networks.model.layers.2.p", 0.1))


def test_ids_stay_with_their_layers():
    network = SPIRAL.networks["model"]
    ids = [layer.id for layer in network.layers]
    assert len(set(ids)) == len(ids)
    assert [layer.id for layer in network.replaced(ids[2]).layers] == [name for name in ids if name != ids[2]]
    assert NetworkSpec(layers=network.layers) == network


def test_every_data_set_makes_an_experiment_of_its_own_kind():
    for kind in DATASETS:
        fields = {
            "schema_version": 1,
            "data": {"kind": kind},
            "task": {"kind": own_task(DATASETS[kind].problem).kind},
            "networks": {"model": {"layers": [{"kind": "flatten"}, {"kind": "output"}]}},
        }
        experiment = Experiment.from_fields(fields)
        assert Experiment.from_url(experiment.to_url()) == experiment
