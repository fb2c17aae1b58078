"""The examples of docs/explain-from-a-notebook.md and docs/add-a-method.md work as they stand there."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import test_interpret_contract as contract
import torch

import explorer as nx
from explorer.interpret.base import EXPLANATIONS
from explorer.interpret.foreign import Known
from explorer.interpret.selection import Selection

DOCS = Path(__file__).parent.parent / "docs"
FIGURES = "explorer.plots.explanations.rivals"


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def added() -> Iterator[None]:
    """What add-a-method.md adds is there while a test runs."""
    list(EXPLANATIONS)  # everything else is registered first
    names = ("documented_map", "documented_explanation", FIGURES)
    for name, code in zip(names, blocks("add-a-method.md"), strict=False):
        module = sys.modules[name] = types.ModuleType(name)  # pydantic looks up annotations there
        exec(compile(code, name, "exec"), module.__dict__)
    yield
    for name in names:
        del sys.modules[name]
    for name in ("measured_slope", "rivals"):
        EXPLANATIONS._classes.pop(name, None)


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(capsys):
    names: dict = {}
    for code in blocks("explain-from-a-notebook.md"):
        exec(compile(code, "explain-from-a-notebook.md", "exec"), names)
        if "found" in names:
            assert names["found"].words
            assert names["found"].figure().data
    assert "Integrated gradients, for input 3" in capsys.readouterr().out


def test_every_word_of_the_call_is_in_the_notebook():
    page = (DOCS / "explain-from-a-notebook.md").read_text(encoding="utf-8")
    words = {field.name for field in fields(Known)} | set(Selection.model_fields) - {"part"} | {"baseline", "seconds"}
    assert not [word for word in words if not re.search(rf"[`( ]{word}[`=]", page)]


@pytest.mark.parametrize("name", ["measured_slope", "rivals"])
def test_what_is_added_keeps_the_contract(added, name):
    contract.test_says_what_it_is_and_where_it_comes_from(name)
    for kind in EXPLANATIONS[name].fits:
        contract.test_answers_where_it_fits_and_leaves_the_training_as_it_was(name, kind)
        if name == "measured_slope":
            contract.test_a_map_has_a_number_for_every_part_of_the_input(name, kind)


def test_what_is_added_is_drawn(added):
    found = nx.explain(lambda x: x, np.eye(3), method="rivals")
    assert isinstance(found.figure(), go.Figure)
    assert found.figure().layout.yaxis.title.text
    assert nx.explain(torch.nn.Linear(3, 2), np.eye(3), method="measured_slope").figure().data


def test_its_documented_tests_pass(added):
    names = {"nx": nx, "np": np, "torch": torch, "pytest": pytest}
    exec(compile(blocks("add-a-method.md")[3], "add-a-method.md", "exec"), names)
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()
