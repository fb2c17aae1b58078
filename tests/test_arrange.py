"""Putting networks together: every edit keeps the ids of the layers it does not copy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import SpecError
from explorer.experiment import LAYERS, NetworkSpec
from explorer.experiment.arrange import (
    Spot,
    branched,
    duplicated,
    inserted,
    moved,
    removed,
    spot_of,
    unwrapped,
    without_branch,
    wrapped,
)

RELU, TANH, LINEAR = LAYERS["relu"], LAYERS["tanh"], LAYERS["linear"]


def network() -> NetworkSpec:
    """linear a, residual r (relu b, tanh c), parallel p (linear d | nothing), relu e"""
    residual = LAYERS["residual"].model_validate({"id": "r", "body": (RELU(id="b"), TANH(id="c"))})
    parallel = LAYERS["parallel"].model_validate({"id": "p", "branches": ((LINEAR(id="d"),), ())})
    return NetworkSpec(layers=(LINEAR(id="a"), residual, parallel, RELU(id="e")))


def ids(network: NetworkSpec) -> list[str]:
    return [layer.id for layer in network.walk()]


def test_a_layer_is_found_where_it_is():
    assert spot_of(network(), "c") == Spot("r", 0, 1)
    assert spot_of(network(), "e") == Spot("", 0, 3)


def test_an_inserted_layer_gets_a_fresh_id_and_changes_no_other():
    after = inserted(network(), RELU(id="b"), Spot("p", 1, 0))
    assert ids(after) == ["a", "r", "b", "c", "p", "d", "relu_1", "e"]
    assert spot_of(after, "relu_1") == Spot("p", 1, 0)


def test_a_layer_can_enter_an_empty_network():
    assert ids(inserted(NetworkSpec(layers=()), LINEAR(), Spot())) == ["linear_1"]


def test_a_removed_block_takes_along_what_it_holds():
    assert ids(removed(network(), "r")) == ["a", "p", "d", "e"]


def test_a_copy_of_a_block_has_ids_of_its_own():
    after = duplicated(network(), "r")
    assert ids(after) == ["a", "r", "b", "c", "residual_1", "relu_1", "tanh_1", "p", "d", "e"]


@pytest.mark.parametrize(
    ("spot", "expected"),
    [
        (Spot("", 0, 0), ["e", "a", "r", "b", "c", "p", "d"]),
        (Spot("", 0, 4), ["a", "r", "b", "c", "p", "d", "e"]),
        (Spot("r", 0, 1), ["a", "r", "b", "e", "c", "p", "d"]),
        (Spot("p", 1, 0), ["a", "r", "b", "c", "p", "d", "e"]),
    ],
)
def test_a_moved_layer_keeps_its_id(spot, expected):
    assert ids(moved(network(), "e", spot)) == expected


def test_moving_down_counts_the_layer_where_it_was():
    assert [layer.id for layer in moved(network(), "a", Spot("", 0, 2)).layers] == ["r", "a", "p", "e"]


def test_a_block_cannot_be_moved_into_itself():
    with pytest.raises(SpecError, match="into itself"):
        moved(network(), "r", Spot("r", 0, 0))


def test_the_last_layer_of_a_block_cannot_leave_it():
    half = removed(network(), "b")
    with pytest.raises(SpecError, match="without layers"):
        removed(half, "c")
    with pytest.raises(SpecError, match="without layers"):
        moved(half, "c", Spot("", 0, 0))


@pytest.mark.parametrize("kind", [kind for kind, layer in LAYERS.items() if layer().bodies()])
def test_wrapping_and_unwrapping_are_inverse(kind):
    there = wrapped(network(), "a", kind)
    (block,) = set(ids(there)) - set(ids(network()))
    assert there.layer(block).kind == kind
    assert unwrapped(there, block) == network()


def test_only_blocks_hold_layers():
    with pytest.raises(SpecError, match="holds no layers"):
        wrapped(network(), "a", "relu")
    with pytest.raises(SpecError, match="not a block"):
        unwrapped(network(), "a")


def test_branches_come_and_go():
    three = branched(network(), "p")
    assert len(three.layer("p").bodies()) == 3
    assert without_branch(three, "p", 2) == network()
    with pytest.raises(SpecError, match="Parallel"):
        without_branch(network(), "p", 1)
    with pytest.raises(SpecError, match="fixed number"):
        branched(network(), "r")


def test_what_is_gone_is_said_in_words():
    with pytest.raises(SpecError, match="no layer named 'z'"):
        removed(network(), "z")
    with pytest.raises(SpecError, match="not in the network any more"):
        inserted(network(), RELU(), Spot("", 0, 9))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_moving_about_never_loses_or_renames_a_layer(moves):
    now = network()
    for which, where in moves:
        names = ids(now)
        spot = spot_of(now, names[where % len(names)])
        try:
            now = moved(now, names[which % len(names)], spot)
        except SpecError:
            continue
        assert sorted(ids(now)) == sorted(names)
