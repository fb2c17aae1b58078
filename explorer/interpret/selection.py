"""What is to be explained: one selection for every method."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationError

from explorer.errors import SpecError
from explorer.experiment.record import Record, explain

NAME = 80  # characters of a name


class Selection(Record):
    """An example, one of the network's answers for it, and where to look inside."""

    part: Literal["test", "training"] = Field("test", description="which part of the data the example is from")
    example: int = Field(0, ge=0, le=100_000_000, description="number of the example in its part, counted from 0")
    target: str = Field("", max_length=NAME, description="which answer to explain; empty: the one the network gives")
    place: int = Field(
        -1, ge=-1, le=1_000_000, description="which place of a text is answered, where every place is: counted from 0; -1 is the last"
    )
    scale: Literal["score", "probability"] = Field(
        "score",
        description="what is explained: the score as the network gives it, or the probability made of it, "
        "which hardly moves where the network is sure",
    )
    layer: str = Field("", max_length=NAME, description="the layer to look at, for methods that look at one; empty: one that suits")
    unit: int = Field(0, ge=0, le=1_000_000, description="number of the unit (feature or channel) of that layer, counted from 0")


def selected(fields: dict[str, Any]) -> Selection:
    """A selection from plain data. Raises SpecError where a field cannot hold its value."""
    try:
        return Selection.model_validate(fields)
    except ValidationError as error:
        raise SpecError(f"What is to be explained: {explain(error)}") from None
