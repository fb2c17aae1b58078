"""`python -m explorer`: the app, at HOST (default 127.0.0.1) and PORT (default 8501)."""

from __future__ import annotations

import contextlib
import os
import sys

from explorer.errors import SpecError


def main() -> None:
    """Serve the app until Ctrl-C or SIGTERM; its supervisor and workers end with it."""
    try:
        host, port = address(os.environ)
    except SpecError as error:
        sys.exit(str(error))
    import app  # late: a wrong PORT is said at once, not after importing the app

    sys.argv[0] = app.__file__  # where Streamlit looks for .streamlit/config.toml
    print(f"Neural Explorer starts at http://{host}:{port}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn has shut everything down and passes Ctrl-C on
        app.app.run(config={"server.address": host, "server.port": port})


def address(environment: dict[str, str] | os._Environ[str]) -> tuple[str, int]:
    """Host and port to serve at. Raises SpecError for a port that is none.

    Example:
        >>> address({"PORT": "9000"})
        ('127.0.0.1', 9000)
    """
    port = environment.get("PORT") or "8501"
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise SpecError(f"PORT is {port[:40]!r}, but a port is a whole number from 1 to 65535. Set another, for example PORT=8502.")
    return environment.get("HOST") or "127.0.0.1", int(port)


if __name__ == "__main__":
    main()
