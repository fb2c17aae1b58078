"""The URL as a record: `?x=<experiment token>&run=<run id>`, read with care and written when it changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from explorer.errors import SpecError
from explorer.experiment import Experiment

RUN_ID = re.compile(r"^[a-z0-9]{16}$")


@dataclass(frozen=True)
class Link:
    """What a URL asks for. `problem` says what could not be read; the rest is then empty."""

    experiment: Experiment | None = None
    run_id: str = ""
    problem: str = ""


def read(token: str, run_id: str) -> Link:
    """What the URL's `x` and `run` ask for; a damaged one is explained, never raised."""
    if run_id and not RUN_ID.match(run_id):
        return Link(problem="The run in this link has a name no run has. The link was cut short or changed: copy it again, whole.")
    try:
        return Link(Experiment.from_url(token) if token else None, run_id)
    except SpecError as error:
        return Link(problem=str(error))


@lru_cache(maxsize=256)
def token_of(experiment: Experiment) -> str:
    """The URL token of an experiment; remembered, because every rerun asks for it."""
    return experiment.to_url()
