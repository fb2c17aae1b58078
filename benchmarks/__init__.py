"""Measurements with a goal. `make bench` runs them all; each module here has one `measure()` that returns rows."""
