"""The example of docs/add-a-dataset.md works as it stands there."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest
from test_data_contract import check_promises

from explorer.experiment import DATASETS

PAGE = Path(__file__).parent.parent / "docs" / "add-a-dataset.md"


@pytest.fixture
def example():
    """The module of the page's first block, registered while the test runs."""
    list(DATASETS)  # everything else is registered first
    module = types.ModuleType("documented_target")
    sys.modules[module.__name__] = module  # pydantic looks up annotations there
    try:
        exec(compile(blocks("python")[0], str(PAGE), "exec"), module.__dict__)
        yield module
    finally:
        del sys.modules[module.__name__]
        DATASETS._classes.pop("target", None)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_example_keeps_every_promise(example):
    assert DATASETS["target"] is example.Target
    check_promises(example.Target)


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
        assert file == "explorer/data/target.py" or (PAGE.parent.parent / file).is_file(), file
