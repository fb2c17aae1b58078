"""A link brings back what it was made of, and a damaged one is explained in a sentence."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from explorer.experiment import Experiment
from explorer.ui.link import read, token_of

SPIRAL = Experiment.preset("spiral")
RUN = "abcdefgh12345678"


def test_a_link_is_read_back():
    assert read(token_of(SPIRAL), RUN) == read(SPIRAL.to_url(), RUN)
    assert (read(token_of(SPIRAL), RUN).experiment, read("", RUN).run_id) == (SPIRAL, RUN)


def test_no_link_asks_for_nothing():
    assert read("", "") == read("", "")
    assert (read("", "").experiment, read("", "").problem) == (None, "")


def _packed(fields) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(fields).encode())).decode().rstrip("=")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (SPIRAL.to_url()[:-20], "cut short"),
        (SPIRAL.to_url()[:30] + "AAAA" + SPIRAL.to_url()[34:], "cut short"),
        ("not a token", "cut short"),
        ("x" * 2_000_000, "2,000,000 characters"),
        (_packed({**json.loads(SPIRAL.to_json()), "schema_version": 0}), "version 0"),
        (_packed({**json.loads(SPIRAL.to_json()), "seed": -1}), "seed"),
        (_packed([]), "version"),
    ],
    ids=["truncated", "tampered", "garbage", "2 MB", "old version", "out of range", "other JSON"],
)
def test_a_damaged_token_is_one_sentence(token, words):
    found = read(token, RUN)
    assert words in found.problem
    assert "\n" not in found.problem
    assert (found.experiment, found.run_id) == (None, "")


@pytest.mark.parametrize("run", ["../../etc/passwd", "x' OR 1=1", "A" * 16, "a" * 5000, "abc"])
def test_a_run_name_that_no_run_has_is_explained(run):
    assert "run in this link" in read("", run).problem
