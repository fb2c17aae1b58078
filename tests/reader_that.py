"""A reader of files that a hostile file has taken over: run as a script with what it is to do and its order."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from explorer.runs import fence, parsing
from explorer.runs.fence import Allowance


def refused(what: Callable[[], object]) -> str:
    """What came of something that should not be possible."""
    try:
        what()
    except OSError as error:
        return f"refused ({type(error).__name__})"
    return "done"


def attack(folder: Path) -> dict[str, str]:
    outside = folder.parent / "outside"
    return {
        "read": refused(lambda: Path("/etc/passwd").read_text()),
        "read home": refused(lambda: (folder.parent.parent / "secret").read_text()),
        "list": refused(lambda: os.listdir(folder.parent.parent)),
        "write": refused(lambda: outside.write_text("x")),
        "remove": refused(lambda: (folder.parent.parent / "secret").unlink()),
        "start": refused(lambda: subprocess.run(["/bin/true"], check=False)),
        "fork": refused(os.fork),
        "connect": refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        "kill": refused(lambda: os.kill(os.getppid(), 0)),
        "large file": refused(lambda: (folder / "large").write_bytes(b"\0" * (3 << 20))),
        "write inside": refused(lambda: (folder / "small").write_bytes(b"x")),
    }


def spin() -> None:
    while True:
        pass


def hang() -> None:
    time.sleep(600)


def eat() -> None:
    _ = [bytearray(50 << 20) for _ in range(1_000)]


WAYS: dict[str, Callable[[], object]] = {
    "hang": hang,
    "spin": spin,
    "eat": eat,
    "die": lambda: os.kill(os.getpid(), 9),
    "crash": os.abort,
    "vanish": lambda: os._exit(0),
    "babble": lambda: Path("answer.json").write_bytes(b"[" * 5_000),
    "flood": lambda: Path("answer.json").write_bytes(b"x" * 500_000),
    "lie": lambda: Path("answer.json").write_text('{"answer": "done"}'),
}


def main() -> None:
    way, order = sys.argv[1], json.loads(sys.argv[2])
    folder = Path(order["folder"])
    if way == "attack":
        fence.raise_fences(folder, Allowance(**order["allowance"]))
        parsing._tell(folder, {"answer": "fail", "text": json.dumps(attack(folder))})
        return
    if way in ("spin", "eat"):
        fence.set_limits(Allowance(**order["allowance"]))
    WAYS[way]()


if __name__ == "__main__":
    main()
