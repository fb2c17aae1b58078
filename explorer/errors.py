"""The errors a user can cause and mend: each sentence says where, what, the value given, and what to do."""


class ExplorerError(Exception):
    """Something the user chose does not work; the message is shown as it is, next to the control."""


class SpecError(ExplorerError):
    """A record holds a value that is out of range, of the wrong type, or unknown."""


class ShapeError(ExplorerError):
    """A layer does not fit the shape that reaches it.

    Attributes:
        layer: id of the layer in the network, or "" while it is not known.
        expected, given: the two sides that do not fit, in words; "" where there are none.
    """

    def __init__(self, message: str, layer: str = "", expected: str = "", given: str = "") -> None:
        super().__init__(message)
        self.layer = layer
        self.expected = expected
        self.given = given


class BudgetError(ExplorerError):
    """An experiment would need more memory or time than one run may use.

    Attributes:
        layer: id of the layer that takes most of it, or "".
    """

    def __init__(self, message: str, layer: str = "") -> None:
        super().__init__(message)
        self.layer = layer


class DataError(ExplorerError):
    """A data set cannot be used for training as it is."""


class RunError(ExplorerError):
    """A run does not exist, cannot be started, or cannot take this command."""


def is_memory_error(error: BaseException) -> bool:
    """Whether an exception means that memory ran out: torch on a CPU raises a bare RuntimeError for it."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in ("can't allocate memory", "out of memory", "bad_alloc"))
