"""`python -m benchmarks [name ...]`: measure, print a table, write `benchmarks/results.json`."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path

import benchmarks
from benchmarks.row import Row

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Run the named measurements, or all; rows measured earlier and not now are kept."""
    rows: dict[str, Row] = {row["name"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() and len(sys.argv) > 1 else {}
    for name in sys.argv[1:] or modules():
        print(f"... {name}", flush=True)
        for row in importlib.import_module(f"benchmarks.{name}").measure():
            rows[row["name"]] = row
            print(line(row), flush=True)
    RESULTS.write_text(json.dumps(list(rows.values()), indent=1, ensure_ascii=False) + "\n")


def modules() -> list[str]:
    """Every measurement in this package."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")]
    return [name for name in names if hasattr(importlib.import_module(f"benchmarks.{name}"), "measure")]


def line(row: Row) -> str:
    """One line of the table."""
    return f"{'holds' if row['holds'] else 'FAILS'}  {row['name']:<70} {row['value']:>12,.3f} {row['unit']:<14} goal {row['goal']}"


if __name__ == "__main__":
    main()
