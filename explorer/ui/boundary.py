"""What people see when something goes wrong: a sentence they can act on, or a number to quote. Never a stack trace."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from explorer.errors import ExplorerError

log = logging.getLogger("explorer")


def on_script_error(error: Exception) -> bool:
    """Show an error that no page caught. True: Streamlit shows nothing of its own."""
    st.error(sentence_of(error))
    return True


def sentence_of(error: Exception) -> str:
    """An ExplorerError's own sentence; for anything else a number under which the log has the details."""
    if isinstance(error, ExplorerError):
        return str(error)
    number = secrets.token_hex(3)
    log.error("error %s", number, exc_info=error)
    return (
        f"Something went wrong here that should not have. Your experiment is kept: reload the page to go on. "
        f"The server's log has the details under number {number}."
    )
