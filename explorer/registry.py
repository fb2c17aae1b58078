"""The one plug-in mechanism: a registry finds every variant in its package by importing each file there.

Decided: a variant is one file that registers itself; registries import their package when first read.
Because: adding a layer, a data set or a task must touch no list elsewhere.
Instead of: entry points (need an installation) and hand-written tables (are forgotten).
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from explorer.errors import SpecError

T = TypeVar("T")
C = TypeVar("C")


class Registry(Mapping[str, type[T]], Generic[T]):
    """Name -> class, for every class registered in the files of one package, sorted by name."""

    def __init__(self, noun: str, package: str) -> None:
        self.noun = noun
        self._package = package
        self._classes: dict[str, type[T]] = {}
        self._loaded = False
        self._lock = threading.RLock()

    def register(self, name: str) -> Callable[[type[C]], type[C]]:
        """Class decorator: enter the class under `name` and set its `kind`."""

        def enter(cls: type[C]) -> type[C]:
            if name in self._classes:
                raise ValueError(f"two {self.noun}s are named {name!r}")
            cls.kind = name  # ty: ignore[missing-attribute]
            self._classes[name] = cls  # ty: ignore[invalid-assignment]
            return cls

        return enter

    def __getitem__(self, name: str) -> type[T]:
        self._load()
        try:
            return self._classes[name]
        except (KeyError, TypeError):
            raise SpecError(self._unknown(name)) from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._classes

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._classes))

    def __len__(self) -> int:
        self._load()
        return len(self._classes)

    def _load(self) -> None:
        if self._loaded:
            return
        with self._lock:  # a second thread waits here until every file has been imported
            package = importlib.import_module(self._package)
            for module in pkgutil.walk_packages(package.__path__, f"{self._package}."):
                importlib.import_module(module.name)
            self._loaded = True

    def _unknown(self, name: object) -> str:
        text = f"There is no {self.noun} named {str(name)[:40]!r}."
        close = difflib.get_close_matches(str(name)[:40], self._classes, n=1)
        return f"{text} Did you mean {close[0]!r}?" if close else f"{text} There are: {', '.join(self)}."
