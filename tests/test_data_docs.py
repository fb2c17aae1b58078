"""The example of docs/add-a-dataset.md works as it stands there."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_data_contract import check_promises

from explorer.experiment import DATASETS

PAGE = Path(__file__).parent.parent / "docs" / "add-a-dataset.md"


@pytest.fixture
def example():
    """The module of the page's first block, registered while the test runs."""
    with registered(0, "target") as module:
        yield module


@contextmanager
def registered(number: int, name: str) -> Iterator[types.ModuleType]:
    """A block of the page as a module; its data set is there while the `with` block runs."""
    list(DATASETS)  # everything else is registered first
    module = types.ModuleType(f"documented_{name}")
    sys.modules[module.__name__] = module  # pydantic looks up annotations there
    try:
        exec(compile(blocks("python")[number], str(PAGE), "exec"), module.__dict__)
        yield module
    finally:
        del sys.modules[module.__name__]
        DATASETS._classes.pop(name, None)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_example_keeps_every_promise(example):
    assert DATASETS["target"] is example.Target
    check_promises(example.Target)


def test_the_example_of_tokens_keeps_every_promise():
    with registered(2, "vowels") as module:
        check_promises(module.Vowels)
        row = module.Vowels(size=4).load().train
        assert ["aeiou".count(module.string.ascii_lowercase[letter]) for letter in row.x[0]] == row.y[0].tolist()


def test_the_example_prints_what_the_page_says(example, capsys):
    exec(blocks("python")[1], example.__dict__)
    assert capsys.readouterr().out == blocks("text")[0]


def test_the_example_is_taken_out_again():
    assert "target" not in DATASETS


def test_the_page_names_files_and_functions_that_exist():
    from explorer.data import _plane
    from explorer.experiment import sampling

    assert _plane.__doc__
    assert callable(sampling.subset)
    for file in re.findall(r"`((?:explorer|tests)/[\w/]+\.py)`", PAGE.read_text("utf-8")):
        assert file in ("explorer/data/target.py", "explorer/data/vowels.py") or (PAGE.parent.parent / file).is_file(), file
