"""Shapes with named axes, so that an error can say what was expected and what came."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """The shape of one example (no batch axis).

    Attributes:
        axes: name of each axis: "channels", "height", "width", "time" or "features".
        sizes: size of each axis.
        vocabulary: 0 for real numbers; else the values are token numbers below it.
    """

    axes: tuple[str, ...]
    sizes: tuple[int, ...]
    vocabulary: int = 0

    @classmethod
    def features(cls, n: int) -> Shape:
        """A flat vector of `n` numbers."""
        return cls(("features",), (n,))

    @classmethod
    def image(cls, channels: int, height: int, width: int) -> Shape:
        """A picture."""
        return cls(("channels", "height", "width"), (channels, height, width))

    @classmethod
    def sequence(cls, time: int, features: int) -> Shape:
        """A vector of `features` numbers at each of `time` steps."""
        return cls(("time", "features"), (time, features))

    @classmethod
    def tokens(cls, time: int, vocabulary: int) -> Shape:
        """`time` token numbers, each below `vocabulary`."""
        return cls(("time",), (time,), vocabulary)

    @property
    def numel(self) -> int:
        """How many numbers one example holds."""
        product = 1
        for size in self.sizes:
            product *= size
        return product

    @property
    def unit_axis(self) -> int:
        """Which axis counts the units: channels or features; the last one where there are neither."""
        for name in ("channels", "features"):
            if name in self.axes:
                return self.axes.index(name)
        return len(self.axes) - 1

    @property
    def units(self) -> int:
        """How many channels or features there are."""
        return self.sizes[self.unit_axis]

    def resized(self, units: int) -> Shape:
        """The same shape with another number of units."""
        at = self.unit_axis
        return Shape(self.axes, (*self.sizes[:at], units, *self.sizes[at + 1 :]), self.vocabulary)

    @property
    def is_image(self) -> bool:
        return self.axes == ("channels", "height", "width")

    @property
    def is_flat(self) -> bool:
        return self.axes == ("features",)

    def __str__(self) -> str:
        """ "channels 8 x height 6 x width 6"."""
        return " x ".join(f"{axis} {size}" for axis, size in zip(self.axes, self.sizes, strict=True))
