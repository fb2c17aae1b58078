"""Neural Explorer. Start it with `make run`, `streamlit run app.py` or `python -m explorer`."""

import streamlit as st
from starlette.middleware import Middleware

from explorer.ui.boundary import on_script_error
from explorer.ui.long_links import LongLinks
from explorer.ui.person import Persons
from explorer.ui.routes import ROUTES
from explorer.ui.server import MAIN, lifespan

MIDDLEWARE = [Middleware(LongLinks), Middleware(Persons)]
app = st.App(MAIN, routes=ROUTES, middleware=MIDDLEWARE, lifespan=lifespan, on_script_error=on_script_error)
