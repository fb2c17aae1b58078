"""What processes say to each other: JSON objects with a size cap and a schema, never pickles.

Decided: one table per direction names every message and the type of every field; anything else is refused.
Because: `Connection.recv()` unpickles, and a worker that has read a hostile file must not reach the supervisor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_REQUEST = 1_000_000  # bytes of a request of the server
MAX_MESSAGE = 256_000  # bytes of a message between supervisor and worker
MAX_EXPERIMENT = 200_000  # characters of an experiment that a run takes; leaves room in a message

NUMBER = (int, float)
ANYTHING = (object,)
Schema = Mapping[str, Mapping[str, tuple[type, ...]]]

COMMANDS: Schema = {  # "?" marks a field that may be left out
    "play": {},
    "resume": {},
    "pause": {},
    "stop": {},
    "step": {"count?": (int,)},
    "epoch": {},
    "reset": {},
    "speed": {"value": NUMBER},
    "focus": {"column?": (int, type(None)), "unit?": (int, type(None))},
    "example": {"index?": (int, type(None))},
    "weight": {"column": (int,), "unit": (int,), "source": (int,), "value": NUMBER},
    "set": {"path": (str,), "value": ANYTHING},
    "change": {"experiment": (str, dict)},
    "predict": {"image": (list,)},
    "record": {"megabytes": (int,)},
}

REQUESTS: Schema = {
    "start": {"run": (str,), "experiment": (str,), "play": (bool,), "owner": (str,), "speed?": NUMBER, "heir_of?": (str,)},
    "branch": {"run": (str,), "of": (str,), "step": (int,), "owner": (str,)},
    "command": {"run": (str,), "command": (dict,)},
    "watch": {"client": (str,), "runs": (dict,)},
    "look": {"run": (str,), "step": (int,), "column": (int, type(None)), "unit": (int, type(None)), "example": (int,)},
    "inspect": {"run": (str,), "step": (int,), "ask": (dict,), "slow": (bool,)},
    "cancel": {"run": (str,), "step": (int,), "ask": (dict,)},
    "offers": {"run": (str,), "step": (int,), "selection?": (dict,)},
    "runs": {},
    "ping": {},
    "shutdown": {},
}

MOMENT = {"id": (int,), "step": (int,), "print": (str,)}

ORDERS: Schema = {  # supervisor -> worker; the last three to one that looks
    "command": {"id": (int,), "command": (dict,)},
    "pace": {"watchers": (int,), "rate": NUMBER, "save": NUMBER, "share": NUMBER},
    "park": {"id": (int,), "state": (str,), "reason": (str,)},
    "save": {"id": (int,)},
    "look": {**MOMENT, "column": (int, type(None)), "unit": (int, type(None)), "example": (int,)},
    "inspect": {**MOMENT, "ask": (dict,)},
    "offers": {**MOMENT, "selection?": (dict,)},
}

REPORTS: Schema = {  # worker -> supervisor
    "ready": {"step": (int,), "state": (str,), "engine": (str,), "device": (str,), "note": (str,), "inherited?": (dict,)},
    "metrics": {"step": (int,), "rows": (list,)},
    "checkpoint": {"step": (int,), "file": (str,), "sha256": (str,)},
    "state": {"state": (str,), "reason": (str,), "step": (int,)},
    "ack": {"id": (int,), "state": (str,), "reason": (str,), "step": (int,), "answer": (dict,), "events": (list,), "experiment?": (str,)},
    "refused": {"id": (int,), "error": (str,), "text": (str,)},
    "fail": {"error": (str,), "text": (str,), "step": (int,)},
    "done": {},
    "seen": {"id": (int,), "answer": (dict,)},
    "progress": {"id": (int,), "share": NUMBER},
}


@dataclass(frozen=True)
class Start:
    """How a run is to begin; the fields are those of `Client.start`."""

    play: bool
    owner: str
    speed: float = 0
    heir_of: str = ""


class MessageError(Exception):
    """A message that does not have the form agreed on."""


def encode(message: Mapping[str, Any]) -> bytes:
    """JSON bytes. Raises MessageError for a number JSON does not have (NaN, infinity)."""
    try:
        return json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise MessageError(f"a message holds what JSON cannot: {error}") from None


def decode(data: bytes, key: str, schema: Schema) -> dict[str, Any]:
    """The message in `data`, one that `schema` names under `message[key]`. Raises MessageError."""
    try:
        message = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise MessageError("a message is not JSON") from None
    return check(message, key, schema)


def check(message: Any, key: str, schema: Schema) -> dict[str, Any]:
    """The same message if it has the form `schema` says. Raises MessageError naming what is wrong."""
    name = message.get(key) if isinstance(message, dict) else None
    if not isinstance(name, str) or name not in schema:
        raise MessageError(f"there is no {key} {str(name)[:40]!r}; there are: {', '.join(schema)}")
    fields = {field.rstrip("?"): kinds for field, kinds in schema[name].items()}
    for field in message.keys() - fields.keys() - {key}:
        raise MessageError(f"the {key} {name!r} takes no {str(field)[:40]!r}")
    for field, kinds in schema[name].items():
        _check_field(message, name, field, kinds)
    return message


def _check_field(message: Mapping[str, Any], name: str, field: str, kinds: tuple[type, ...]) -> None:
    plain = field.rstrip("?")
    if plain not in message:
        if not field.endswith("?"):
            raise MessageError(f"{name!r} needs a value for {plain!r}")
        return
    value = message[plain]
    is_bool_for_number = isinstance(value, bool) and bool not in kinds and object not in kinds
    if is_bool_for_number or not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise MessageError(f"{name!r} takes {plain!r} as {wanted}, but it was given {str(value)[:40]!r}")


def _refuse(constant: str) -> None:
    raise ValueError(constant)
