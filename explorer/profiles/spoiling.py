"""What each field that makes a data set harder did: the same examples drawn with and without it, and compared."""

from __future__ import annotations

import numpy as np

from explorer.experiment import DataSpec
from explorer.experiment.data import NUMBERS
from explorer.results.dataset import Dataset, Part
from explorer.results.profile import Effect

NOT_SPOILING = {
    "size",
    "split",
    "test_fraction",
    "validation_fraction",
    "features",
    "painted",
    "augment",
    "seed",
}  # these make nothing harder
FEWER = {"imbalance", "few_examples"}  # leave examples out


def spoiling_fields(data: DataSpec | type[DataSpec]) -> list[str]:
    """Names of the fields of every data set that make this one harder, whether in use or not; those that say how among them."""
    return [name for name in DataSpec.model_fields if name not in NOT_SPOILING and data.applies(name)]


def details_of(name: str) -> list[str]:
    """The fields that say how another does it: "shift" -> ["shift_strength"]."""
    return [other for other in DataSpec.model_fields if other.startswith(f"{name}_")]


def in_use(data: DataSpec) -> list[str]:
    """Those that do something: not left at nothing, and no detail of another."""
    names = spoiling_fields(data)
    details = {detail for name in names for detail in details_of(name)}
    return [name for name in names if name not in details and getattr(data, name) != _nothing(data, name)]


def unspoilt(data: DataSpec) -> DataSpec:
    """The same examples in the same places, with nothing done to them."""
    return data.model_copy(update={name: _nothing(data, name) for name in in_use(data) if name not in FEWER})


def effects(data: DataSpec, dataset: Dataset) -> tuple[Effect, ...]:
    """What each field in use changed, the others left as they are."""
    found = []
    for name in in_use(data):
        before = data.model_copy(update={name: _nothing(data, name)}).load()
        found.append(Effect(name, _setting(data, name), difference(before, dataset)))
    return tuple(found)


def difference(before: Dataset, after: Dataset) -> str:
    """What became of a data set, counted and measured, in words."""
    found = _numbers_of_examples(before, after) + _planted(before, after)
    for part, old, new in pairs(before, after):
        if old.raw.shape == new.raw.shape:
            found += _moved(part, old, new) + _answered(part, old, new, after)
    words = "; ".join(found) or "nothing changed in these examples"
    return f"{words[:1].upper()}{words[1:]}."


def pairs(before: Dataset, after: Dataset) -> list[tuple[str, Part, Part]]:
    """(name, part before, part after) of every part that both have."""
    return [(name, before.parts[name], part) for name, part in after.parts.items() if name in before.parts]


def _numbers_of_examples(before: Dataset, after: Dataset) -> list[str]:
    found = [f"{part} part: {len(old):,} → {len(new):,} examples" for part, old, new in pairs(before, after) if len(old) != len(new)]
    if found and after.problem == "classification":
        counts = [np.bincount(one.train.y, minlength=after.classes) for one in (before, after)]
        rarest = int((counts[1] / np.maximum(counts[0], 1)).argmin())
        found.append(f"of “{after.class_names[rarest]}” {counts[0][rarest]:,} → {counts[1][rarest]:,} to train on")
    return found


def _planted(before: Dataset, after: Dataset) -> list[str]:
    """Who carries a shortcut."""
    if not after.shortcut or before.shortcut:
        return []
    found = []
    for part, one in after.parts.items():
        its = one.y == after.shortcut.label
        found.append(f"{one.carries[its].sum():,} of {its.sum():,} {part} examples of it and {one.carries[~its].sum():,} of the others")
    name = after.class_names[after.shortcut.label]
    return [f"{after.shortcut.what} marks class “{name}”: {'; '.join(found)} carry it"]


def _moved(part: str, old: Part, new: Part) -> list[str]:
    """How far the inputs moved, against their own spread, and how many are gone."""
    if old.raw.dtype.kind == "i":
        changed = (old.raw != new.raw).any(axis=1).sum()
        return [f"{changed:,} of {len(new):,} {part} examples read differently"] if changed else []
    if new.missing is not None and old.missing is None:
        return [f"{new.missing.sum():,} of {new.missing.size:,} {part} numbers are missing and filled in"]
    shift = _shift(old.raw, new.raw)
    return [f"{part} inputs moved by {shift:.2g} of their own spread (root mean square)"] if shift else []


def _shift(old: np.ndarray, new: np.ndarray) -> float:
    """Root mean square of how far numbers moved, each column by its own deviation; pictures and series by that of all."""
    axis = 0 if old.ndim == 2 else None
    spread = old.std(axis=axis)
    return float(np.sqrt((((new - old) / np.where(spread > 0, spread, 1)) ** 2).mean()))


def _answered(part: str, old: Part, new: Part, dataset: Dataset) -> list[str]:
    """How many answers are others now, or how far the numbers to answer moved."""
    if dataset.problem not in NUMBERS:
        changed = int((old.y != new.y).sum())
        return [f"{changed:,} of {new.y.size:,} {part} labels are wrong now"] if changed else []
    before, after = ((one.y * dataset.target_scale + dataset.target_offset) for one in (old, new))
    moved = float(np.sqrt(((after - before) ** 2).mean()) / (before.std() or 1))
    return [f"{part} answers moved by {moved:.2g} of their own spread (root mean square)"] if moved > 1e-6 else []


def _nothing(data: DataSpec, name: str):
    return type(data).model_fields[name].get_default(call_default_factory=True)


def _setting(data: DataSpec, name: str) -> str:
    """What a field is set to, and how it does it: "moved, strength 0.5"."""
    details = [f"{one.removeprefix(f'{name}_')} {_written(getattr(data, one))}" for one in details_of(name)]
    return ", ".join([_written(getattr(data, name)), *details])


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")
