"""A whole run as one Python script that needs torch and numpy alone and gives the run's numbers."""

from __future__ import annotations

from explorer.experiment import Experiment
from explorer.export.passages import passages


def training_script(experiment: Experiment) -> str:
    """Python text that trains as the eager engine on the processor does, from the same first weights and batches.

    It prints a line "step loss" for every step, then the metrics. `python script.py 200` makes 200 steps.
    Arrays of more than `arrays.MAX_TEXT` characters are not in the text: the script then says which file it needs,
    and `arrays.run_files` makes it.

    Raises:
        ShapeError, DataError: the experiment cannot be trained.
        SpecError: its task has no single loss, or a part of it has no source text.
    """
    text = passages(experiment)
    return "\n\n\n".join([text.about, text.imports, *text.definitions, text.model, *text.functions, *text.arrays, text.start]) + "\n"
