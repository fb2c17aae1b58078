"""docs/own-data.md says what is so: its limits are those of the explorer, and its script runs."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from ingest_files import csv_of

from explorer.ingest import FORMATS, Limits
from explorer.ingest.limits import MB

PAGE = (Path(__file__).parent.parent / "docs" / "own-data.md").read_text(encoding="utf-8")


def test_the_limits_are_the_explorers():
    limits, words = Limits(), " ".join(PAGE.split())
    assert f"A file has at most {limits.bytes // MB} MB, everything that one browser keeps {limits.owned // MB} MB" in words
    assert f"at most {limits.rows:,} rows" in words
    assert f"{limits.columns:,} columns and {limits.cells // 10**6} million cells" in words
    assert f"at most {limits.files:,} files, {limits.unpacked // MB} MB when unpacked, and not {limits.ratio} times" in words
    assert f"squares of {limits.side} pixels, recordings up to {limits.seconds:.0f} seconds each and two hours" in words
    assert limits.seconds_in_all == 2 * 3600


def test_every_kind_of_file_is_named():
    shown = PAGE.lower()
    assert not [ending for one in FORMATS.values() for ending in one.endings if ending.removeprefix(".") not in shown]


def test_the_script_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("NEURAL_EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    rows = (f"{n},{'red' if n % 3 else 'blue'},{'ab'[n % 2]}" for n in range(40))
    (tmp_path / "fruit.csv").write_bytes(csv_of("weight,colour,class", *rows))
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(block, {})
    assert said.getvalue().endswith("('weight',)\n")


def test_the_server_lets_the_largest_file_in():
    import tomllib

    config = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] * MB >= Limits().bytes
