"""The pieces of an exported run: what a script strings together and a notebook puts into cells."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from explorer.errors import SpecError
from explorer.experiment import Experiment
from explorer.export.arrays import data_arrays, first_weights, literal
from explorer.export.copied import Surroundings, method_as_function
from explorer.export.optimizer import optimizer_call
from explorer.export.source import WrittenNetwork, import_lines, written_network
from explorer.export.tasks import TaskText, task_text
from explorer.results.dataset import Dataset

STEPS = 1000  # where no rule of the experiment says how many

UNPACK = '''def unpack(text):
    """The arrays of a compressed .npz file: in base64 here, or lying beside this file."""
    file = text if text.endswith(".npz") else io.BytesIO(base64.b64decode(text))
    with np.load(file, allow_pickle=False) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays}'''

BATCHES = '''def batches(n):
    """Endless shuffled passes over n examples, cut into batches; a batch may end one pass and begin the next."""
    generator = torch.Generator().manual_seed(SEED)
    size, left = min(BATCH_SIZE, n), torch.empty(0, dtype=torch.int64)
    while True:
        while len(left) < size:
            left = torch.cat([left, torch.randperm(n, generator=generator)])
        yield left[:size]
        left = left[size:]'''


@dataclass(frozen=True)
class Passages:
    """Python text in the order it has to stand in.

    Attributes:
        about: a docstring for the whole.
        imports: import lines and settings.
        definitions: the classes and functions the network is made of.
        model: the statement that builds the network.
        functions: loss, learning rate, batches, training, metrics.
        arrays: data and first weights.
        start: trains when the file is run.
    """

    about: str
    imports: str
    definitions: tuple[str, ...]
    model: str
    functions: tuple[str, ...]
    arrays: tuple[str, ...]
    start: str


def passages(experiment: Experiment) -> Passages:
    """The text of a run. Raises as `script.training_script`."""
    text = task_text(experiment.task)
    if experiment.data.augment:
        raise SpecError(
            "A run with augmentation cannot be written as a script yet: its examples are changed at random at every step. "
            "Set augment to nothing; the code of its networks can be had one by one."
        )
    dataset = experiment.data.load()
    network = written_network(experiment)
    around = Surroundings()
    functions = _functions(experiment, dataset, around)
    return Passages(
        about=_about(experiment, dataset),
        imports="\n".join([*_imports(network, around), "", *_settings(experiment)]),
        definitions=tuple(network.definitions()),
        model=network.model,
        functions=(*around.definitions.values(), *functions),
        arrays=(
            literal("DATA", data_arrays(dataset, text), "data.npz"),
            literal("WEIGHTS", first_weights(experiment, dataset), "weights.npz"),
        ),
        start='if __name__ == "__main__":\n    train(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS)',
    )


def _functions(experiment: Experiment, dataset: Dataset, around: Surroundings) -> tuple[str, ...]:
    text = task_text(experiment.task)
    try:
        loss_text = text.loss or method_as_function(experiment.task.loss, "loss", around)
        rate = _learning_rate(experiment, around)
    except ValueError as error:
        raise SpecError(f"This run cannot be written as a script: {error}.") from None
    return (UNPACK, loss_text, *rate, BATCHES, *_penalty(experiment), _evaluate(text, dataset), _train(experiment, text))


def _learning_rate(experiment: Experiment, around: Surroundings) -> tuple[str, ...]:
    schedule = experiment.training.schedule
    return (method_as_function(schedule, "factor", around),) if schedule.moves else ()


def _penalty(experiment: Experiment) -> tuple[str, ...]:
    training, terms = experiment.training, []
    if training.l1:
        terms.append(f"{training.l1!r} * torch.stack([w.abs().sum() for w in weights]).sum()")
    if training.l2:
        terms.append(f"{training.l2!r} / 2 * torch.stack([w.square().sum() for w in weights]).sum()")
    if not terms:
        return ()
    head = 'def penalty():\n    """Grows with the weights; biases and norms are left alone."""'
    return (f"{head}\n    weights = [p for p in model.parameters() if p.dim() >= 2]\n    return {' + '.join(terms)}",)


def _train(experiment: Experiment, text: TaskText) -> str:
    training = experiment.training
    moves, penalised = training.schedule.moves, training.l1 or training.l2
    lines = [
        "def train(steps):",
        '    """Train from the first weights, print step and loss of every batch, then the metrics. Returns the losses."""',
        "    data, losses = unpack(DATA), []",
        f'    x, y = data["x_train"], data["{text.asked}_train"]',
        "    model.load_state_dict(unpack(WEIGHTS))",
        "    model.train()",
        f"    optimizer = {optimizer_call(training.optimizer)}",
        "    torch.manual_seed(SEED)  # whatever the layers draw at random",
        *([f"    learned = {text.learned}"] if text.learned else []),
        f"    for step, batch in zip(range(steps), batches(len({'learned' if text.learned else 'x'}))):",
        *(["        batch = learned[batch]"] if text.learned else []),
        *([f'        optimizer.param_groups[0]["lr"] = {training.optimizer.learning_rate!r} * factor(step)'] if moves else []),
        f"        value = {text.value}",
        "        optimizer.zero_grad()",
        f"        {'(value + penalty())' if penalised else 'value'}.backward()",
        *([f"        nn.utils.clip_grad_norm_(model.parameters(), {training.clip_norm!r}, foreach=False)"] if training.clip_norm else []),
        "        optimizer.step()",
        "        losses.append(value.item())",
        "        print(step + 1, losses[-1])",
        "    evaluate(data)",
        "    return losses",
    ]
    return "\n".join(lines)


def _evaluate(text: TaskText, dataset: Dataset) -> str:
    most, inside = text.most(dataset), " " * 12
    metrics = textwrap.indent(text.metrics.format(classes=dataset.classes, vocabulary=dataset.input_shape.vocabulary), inside)
    parts = '("train", "validation", "test")' if dataset.validation else '("train", "test")'
    return f'''def evaluate(data):
    """Print loss and {text.measured} on at most {most:,} examples of each part."""
    model.eval()
    with torch.no_grad():
        for part in {parts}:
            x, y = data[f"x_{{part}}"][:{most}], data[f"{text.asked}_{{part}}"][:{most}]
            {text.output}
            print(f"{{part}}_loss", {text.total}.item())
{metrics}
    model.train()'''


def _imports(network: WrittenNetwork, around: Surroundings) -> list[str]:
    around.imports |= network.around.imports
    lines = import_lines(around)
    outside = [line for line in [*lines, "import numpy as np"] if line.split()[1].partition(".")[0] in ("torch", "numpy")]
    standard = {line for line in lines if line not in outside} | {"import base64", "import io", "import sys"}
    return [*sorted(standard, key=_plain_first), "", *sorted(outside, key=_plain_first)]


def _plain_first(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def _settings(experiment: Experiment) -> list[str]:
    budgets = [left for rule in experiment.training.stopping if (left := rule.steps_left(0)) is not None]
    return [f"SEED = {experiment.seed}", f"BATCH_SIZE = {experiment.training.batch_size}", f"STEPS = {min(budgets, default=STEPS)}"]


def _about(experiment: Experiment, dataset: Dataset) -> str:
    between = f"{len(dataset.validation)} to choose by, " if dataset.validation else ""
    sizes = f"{len(experiment.task.learned(dataset))} examples to train on, {between}{len(dataset.test)} to test"
    return f'''"""{experiment.task.title()} of {experiment.data.title()}: {sizes}.

Written by Neural Explorer. Data, first weights, order of the batches and random masks are those of the run there, so
the losses printed here are its losses (on the same kind of processor; others round differently).
"""'''
