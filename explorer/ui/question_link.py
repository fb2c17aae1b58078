"""What is asked of a run, kept in the page's address: a reload, or whoever is sent the link, asks the same.

Decided: the browser writes `?q=` itself, over the address that is there; it is read only with a link that opens a run.
Because: an address that Streamlit writes is a step of the browser's "back", which would go through every example that was looked at;
and a click that comes before the browser has the newest address would bring an older question back.
Instead of: keeping it on the server, where it would be gone with a restart and nobody could be sent it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from explorer.errors import SpecError
from explorer.experiment.record import Spec, validated
from explorer.interpret.selection import Selection, selected
from explorer.registry import Registry
from explorer.ui.session import PageState

LONGEST = 4000  # characters of a question in a link
UNREADABLE = "The question in this link cannot be read, so that the page asks its own. The link was cut short or changed: copy it again."
WRITE = """export default function({data}) {
    const address = new URL(location.href);
    if (address.searchParams.get("q") === data.question) return;
    address.searchParams.set("q", data.question);
    history.replaceState(history.state, "", address);
}"""


def keep_question(page: str, state: PageState) -> None:
    """Put what is asked into the address, unseen. `page` is its name."""
    _component()(data={"question": written(state)}, key=f"{page}.question_link", height=1)


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("neural_explorer_question", js=WRITE, html="<span></span>")


def take_question(state: PageState, registry: Registry[Any]) -> None:
    """Ask what the link asked that opened the page; what cannot be read is said in `state.notice`, and nothing changes."""
    token, state.wished = state.wished, ""
    if not token:
        return
    try:
        asked, selection = read(token, registry)
    except SpecError as error:
        state.notice = str(error)
        return
    state.asking, state.asks[asked.kind], state.selection = asked.kind, asked, selection


def written(state: PageState) -> str:
    """The question and the selection as a token; only what is not as it is by itself."""
    asked = state.asks[state.asking]
    fields: dict[str, Any] = {"kind": asked.kind, **_changed(asked), "selection": _changed(state.selection)}
    text = json.dumps({name: value for name, value in fields.items() if value != {}}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(token: str, registry: Registry[Any]) -> tuple[Any, Selection]:
    """The inverse of `written`. Raises SpecError: it cannot be read, or asks for what there is not."""
    try:
        text = base64.urlsafe_b64decode(token[:LONGEST] + "=" * (-len(token) % 4))
        fields = dict(json.loads(text))
        kind, selection = str(fields.pop("kind")), dict(fields.pop("selection", {}))
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
        raise SpecError(UNREADABLE) from None
    return validated(registry[kind](), fields), selected(selection)


def _changed(record: Spec | Selection) -> dict[str, Any]:
    plain, first = record.model_dump(mode="json"), type(record)().model_dump(mode="json")
    return {name: value for name, value in plain.items() if value != first[name]}
