"""What is asked of a run, in the page's address: every question comes back as it was, and nothing else is taken for one."""

from __future__ import annotations

import base64
import json

import pytest

from explorer.errors import SpecError
from explorer.inspections import INSPECTIONS
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.selection import Selection
from explorer.ui.question_link import LONGEST, read, take_question, written
from explorer.ui.session import PageState


def asking(question, selection: Selection | None = None) -> PageState:
    return PageState(asking=question.kind, asks={question.kind: question}, selection=selection or Selection())


def token(fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()


@pytest.mark.parametrize("registry", [EXPLANATIONS, INSPECTIONS], ids=lambda one: one.noun)
def test_every_question_comes_back_as_it_was(registry):
    chosen = Selection(part="training", example=7, target="3", place=2, scale="probability", layer="conv2d_1", unit=4)
    for question in registry.values():
        for selection in (Selection(), chosen):
            assert read(written(asking(question(), selection)), registry) == (question(), selection)


def test_fields_that_were_changed_come_back_and_only_those_are_in_the_link():
    question = EXPLANATIONS["saliency"](signs=True)
    found = written(asking(question, Selection(example=3)))
    assert read(found, EXPLANATIONS) == (question, Selection(example=3))
    fields = json.loads(base64.urlsafe_b64decode(found + "=" * (-len(found) % 4)))
    assert fields == {"kind": "saliency", "signs": True, "selection": {"example": 3}}


HOSTILE = {
    "no base64": "%%%",
    "no text": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "no json": base64.urlsafe_b64encode(b"{").decode(),
    "a number": token(5),
    "no kind": token({"signs": True}),
    "a kind there is not": token({"kind": "os.system"}),
    "a field there is not": token({"kind": "saliency", "command": "rm"}),
    "a value out of range": token({"kind": "saliency", "selection": {"example": -1}}),
    "a selection that is none": token({"kind": "saliency", "selection": 3}),
    "deep": base64.urlsafe_b64encode(b"[" * 2900).decode(),
    "long": "A" * (LONGEST * 50),
    "no ascii": "ä€",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_said_and_the_page_asks_its_own(name):
    with pytest.raises(SpecError):
        read(HOSTILE[name], EXPLANATIONS)
    state = asking(EXPLANATIONS["occlusion"](), Selection(example=2))
    state.wished = HOSTILE[name]
    take_question(state, EXPLANATIONS)
    assert (state.asking, state.selection, state.wished) == ("occlusion", Selection(example=2), "")
    assert len(state.notice) > 20


def test_a_question_is_taken_once():
    state = PageState(wished=token({"kind": "saliency", "selection": {"example": 5}}))
    take_question(state, EXPLANATIONS)
    assert (state.asking, state.selection.example) == ("saliency", 5)
    state.asking = "occlusion"
    take_question(state, EXPLANATIONS)
    assert state.asking == "occlusion"
