"""Everything that knows Streamlit: pages around a live run, forms made from records, the websocket route, the server's life.

Decided: what is on the screen lives in two places, one typed record per tab (`session`) and the URL (`link`); a change goes
    through pure functions (`edits`, `apply`) and is shown only once it holds.
Because: a refused change then leaves everything as it was, and a reload, a second window and "back" find the same run.
Instead of: widgets that hold the truth, each a little of it.
"""
