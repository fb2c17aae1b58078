"""What stays chosen from one question to the next: what fits, what belongs together, and what means the same."""

from __future__ import annotations

import pytest

from explorer.inspections import INSPECTIONS
from explorer.ui.carried import OF, Seen

WEIGHTS = ["linear_1.weight", "linear_1.bias"]
LAYERS = ["linear_1", "tanh_1"]


def question(kind: str, **fields):
    return INSPECTIONS[kind].model_validate(fields)


def test_the_weight_an_answer_chose_by_itself_is_that_of_the_next_question():
    seen = Seen()
    seen.note(question("backprop"), {"target": "linear_1.weight", "place": [6, 0]})
    next_one = seen.given_to(question("optimiser", steps=7), {"target": WEIGHTS})
    assert (next_one.target, next_one.place, next_one.steps) == ("linear_1.weight", "6, 0", 7)


def test_units_are_no_weights_an_optimiser_keeps_and_their_place_stays_behind_too():
    seen = Seen()
    seen.note(question("backprop", target="linear_1.units", place="3"), {})
    asked = question("optimiser", target="linear_1.bias", place="1")
    assert seen.given_to(asked, {"target": WEIGHTS}) == asked


def test_a_unit_belongs_to_its_layer():
    seen = Seen()
    seen.note(question("exciting_examples", layer="linear_1", unit=5), {"layer": "linear_1"})
    assert seen.given_to(question("glass_linear"), {"layer": ["linear_1"]}).unit == 5
    assert seen.given_to(question("glass_linear"), {"layer": ["linear_2"]}).unit == 0
    seen.note(question("activations", layer="tanh_1"), {"layer": "tanh_1"})
    carried = seen.given_to(question("exciting_examples"), {"layer": LAYERS})
    assert (carried.layer, carried.unit) == ("tanh_1", 0)


def test_a_test_example_is_no_training_example():
    seen = Seen()
    seen.note(question("activations", example=4), {"layer": "linear_1"})
    assert seen.given_to(question("backprop"), {"target": WEIGHTS}).example == 0
    assert seen.given_to(question("recurrent_states"), {"layer": LAYERS}).example == 4
    seen.note(question("backprop", example=-1), {"target": "linear_1.weight", "place": [0, 0]})
    assert seen.given_to(question("activations"), {"layer": LAYERS}).example == 0


@pytest.mark.parametrize("kind", list(INSPECTIONS))
def test_what_is_carried_is_a_field_that_stands_alone_or_with_the_one_it_belongs_to(kind):
    fields = INSPECTIONS[kind].model_fields
    assert all(base in fields for name, base in OF.items() if name in fields and base)


def test_what_no_field_can_hold_is_left_where_it_was():
    seen = Seen({"layer": "x" * 1000}, {"layer": ""})
    asked = question("activations", layer="linear_1")
    assert seen.given_to(asked, {"layer": ["x" * 1000]}) == asked
