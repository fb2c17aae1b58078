"""What the tasks that train one network on one loss ask for and print, as text for an exported run.

Decided: one entry here for each such task.
Because: a script for a beginner says `loss(model(x), y)` in one place, while the task itself shares its steps with others.
Instead of: copying the tasks' own methods, whose helpers and state would be most of the script.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.errors import SpecError
from explorer.experiment import LossSpec, TaskSpec
from explorer.results.dataset import Dataset
from explorer.training.tasks.supervised import EVALUATED, EVALUATED_STEPS

F1 = """classes = {classes}
counts = torch.bincount(y * classes + answer, minlength=classes**2).view(classes, classes).float()
either = counts.sum(0) + counts.sum(1)
print(f"{{part}}_f1", (2 * counts.diag() / either)[either > 0].mean().item())"""

CLASSIFICATION = """answer = output[:, 0] > 0 if output.shape[1] == 1 else output.argmax(1)
print(f"{{part}}_accuracy", (answer == y).float().mean().item())
"""

REGRESSION = """spread = (y - y.mean(0)).square().sum().item()
print(f"{{part}}_error", ((output - y).abs() * data["target_scale"]).mean().item())
print(f"{{part}}_r2", 1 - (output - y).square().sum().item() / spread if spread else float("nan"))"""

FORECASTING = """error, naive = (output - y).abs().mean().item(), (x[:, -1, :1] - y).abs().mean().item()
print(f"{{part}}_error", data["target_scale"][0].item() * error)
print(f"{{part}}_rmse", data["target_scale"][0].item() * (output - y).square().mean().sqrt().item())
print(f"{{part}}_skill", 1 - error / naive if naive else float("nan"))"""

RECONSTRUCTION = """spread = (y - y.mean(0)).square().sum().item()
print(f"{{part}}_error", (output - y).abs().mean().item())
print(f"{{part}}_r2", 1 - (output - y).square().sum().item() / spread if spread else float("nan"))"""

TAGGING = """answer = output.argmax(1)
print(f"{{part}}_accuracy", (answer == y).float().mean().item())
print(f"{{part}}_whole", (answer == y).view(len(x), -1).all(1).float().mean().item())
"""

LANGUAGE = """print(f"{{part}}_perplexity", nn.functional.cross_entropy(output, y).exp().item())
print(f"{{part}}_accuracy", (output.argmax(1) == y).float().mean().item())"""


@dataclass(frozen=True)
class TaskText:
    """How an exported run speaks of one task.

    Attributes:
        metrics: statements that print the metrics of a part from x, y and output; {classes} stands for their number.
        measured: what they measure, in a word.
        asked: "y", or "x" where the input itself is the answer.
        by_place: there is an answer at every place of a row.
    """

    metrics: str
    measured: str
    asked: str = "y"
    by_place: bool = False

    @property
    def value(self) -> str:
        """The loss of a batch."""
        return "loss(model(x[batch]).flatten(0, 1), y[batch].flatten())" if self.by_place else "loss(model(x[batch]), y[batch])"

    @property
    def output(self) -> str:
        """What the metrics are measured on: statements that give `output` and `y`."""
        return "output, y = model(x).flatten(0, 1), y.flatten()  # every place of every row" if self.by_place else "output = model(x)"

    @property
    def scaled(self) -> bool:
        """Whether the metrics are in the target's own unit."""
        return "target_scale" in self.metrics

    def most(self, dataset: Dataset) -> int:
        """Examples of each part that the metrics are measured on."""
        places = dataset.input_shape.sizes[0] if self.by_place else 1
        return min(max(EVALUATED_STEPS // places, 1), EVALUATED)


TASK_TEXTS = {
    "classification": TaskText(CLASSIFICATION + F1, "accuracy"),
    "regression": TaskText(REGRESSION, "errors"),
    "forecasting": TaskText(FORECASTING, "errors"),
    "reconstruction": TaskText(RECONSTRUCTION, "errors", asked="x"),
    "tagging": TaskText(TAGGING + F1, "accuracy", by_place=True),
    "language_modelling": TaskText(LANGUAGE, "perplexity", by_place=True),
}


def task_text(task: TaskSpec) -> tuple[TaskText, LossSpec]:
    """The text of a task and the loss it is trained on. Raises SpecError for a task that has no single loss."""
    loss = getattr(task, "loss", None)
    if task.kind not in TASK_TEXTS or not isinstance(loss, LossSpec):
        raise SpecError(
            f"{task.title()} cannot be written as a script yet: only tasks that train one network on one loss can. "
            "The code of its networks can be had one by one."
        )
    return TASK_TEXTS[task.kind], loss
