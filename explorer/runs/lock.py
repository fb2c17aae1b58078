"""One supervisor per data directory: a lock that the kernel lets go of when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from explorer.errors import RunError


class HomeLock:
    """Held inside `with`.

    Raises:
        HomeLock.Held: another process has it; the sentence says which.
    """

    class Held(RunError):
        """Another supervisor looks after this data directory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> HomeLock:
        self._file: IO[str] = open(self._path, "a+")
        try:
            _lock(self._file)
        except OSError:
            self._file.seek(0)
            holder = self._file.read(40).strip() or "unknown"
            self._file.close()
            raise HomeLock.Held(f"Process {holder} already looks after the runs in {self._path.parent}.") from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 20)  # a byte past the number, which stays readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
