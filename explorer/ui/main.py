"""The script of every page: Streamlit runs it from top to bottom for each visitor and each change."""

from functools import partial
from pathlib import Path

import streamlit as st

from explorer.ui.server import warm_up

ICON = str(Path(__file__).with_name("assets") / "icon.svg")
# A workbench is projected: Streamlit's margins, made for text, would take a fifth of the screen.
MARGINS = "[data-testid=stMainBlockContainer] {padding: 3.75rem 1.5rem 1.5rem}"
# A number that is taken away comes back, so the button that takes it away would do nothing.
NO_CLEARING = "[data-testid=stNumberInputClearButton] {display: none}"

st.set_page_config("Neural Explorer", ICON, layout="wide", initial_sidebar_state="expanded")
st.logo(ICON, size="large")
st.html(f"<style>{MARGINS}\n{NO_CLEARING}</style>")
warm_up()

from explorer.ui.navigation import navigation  # noqa: E402  after the warm-up, which imports it once for all
from explorer.ui.session import session  # noqa: E402


def visit(found):
    """Remember which page is open, and draw it."""
    st.set_page_config(f"{found.page.title} · Neural Explorer")
    session().page = found.name
    found.render()


navigation(lambda found: partial(visit, found))
