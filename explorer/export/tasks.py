"""What the tasks that train one network on one loss ask for and print, as text for an exported run.

Decided: one entry here for each such task.
Because: a script for a beginner says `loss(model(x), y)` in one place, while the task itself shares its steps with others.
Instead of: copying the tasks' own methods, whose helpers and state would be most of the script.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.errors import SpecError
from explorer.experiment import TaskSpec
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

BOXES = """both = torch.cat([torch.maximum(output[:, :2], y[:, :2]), torch.minimum(output[:, 2:], y[:, 2:])], 1)
shared, first, second = ((box[:, 2:] - box[:, :2]).clamp_min(0).prod(1) for box in (both, output, y))
overlap = shared / (first + second - shared).clamp_min(1e-12)
print(f"{{part}}_iou", overlap.mean().item())
print(f"{{part}}_found", (overlap >= 0.5).float().mean().item())"""

LABELS_LOSS = """def loss(output, target):
    return nn.functional.binary_cross_entropy_with_logits(output, target)"""

LABELS = """answer, truth = output > 0, y > 0
found, either = (answer & truth).sum(0), answer.sum(0) + truth.sum(0)
print(f"{{part}}_f1", (2 * found / either)[either > 0].mean().item())
print(f"{{part}}_labels", (answer == truth).float().mean().item())
print(f"{{part}}_exact", (answer == truth).all(1).float().mean().item())"""

RATINGS = """scale, things, given = data["target_scale"][0].item(), data["x_train"][:, 1], data["y_train"][:, 0]
total = torch.zeros({vocabulary}).index_add(0, things, given)
count = torch.zeros({vocabulary}).index_add(0, things, torch.ones_like(given))
means = torch.where(count > 0, total / count.clamp_min(1), given.mean())  # of every thing that is rated
squared, plain = (output - y).square().mean().item(), (means[x[:, 1]] - y[:, 0]).square().mean().item()
print(f"{{part}}_rmse", scale * squared**0.5)
print(f"{{part}}_error", scale * (output - y).abs().mean().item())
print(f"{{part}}_skill", 1 - squared / plain if plain else float("nan"))"""

SCORES = """score = (output - x).square().flatten(1).mean(1)
ahead = score[y > 0][:, None] - score[y == 0]  # of every anomaly before every normal example
print(f"{{part}}_auroc", ((ahead > 0).double() + (ahead == 0).double() / 2).mean().item())
print(f"{{part}}_normal_score", score[y == 0].mean().item())
print(f"{{part}}_anomaly_score", score[y > 0].mean().item())"""


@dataclass(frozen=True)
class TaskText:
    """How an exported run speaks of one task.

    Attributes:
        metrics: statements that print the metrics of a part from x, y and output; {classes} and {vocabulary} stand for their sizes.
        measured: what they measure, in a word.
        asked: "y", or "x" where the input itself is the answer.
        by_place: there is an answer at every place of a row.
        value: the loss of a batch.
        total: the loss of a part.
        learned: numbers of the training examples that are trained on; "" for all of them.
        loss: the function `loss` of a task that has no loss to choose; "" where it has.
    """

    metrics: str
    measured: str
    asked: str = "y"
    by_place: bool = False
    value: str = "loss(model(x[batch]), y[batch])"
    total: str = "loss(output, y)"
    learned: str = ""
    loss: str = ""

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


EVERY_PLACE = "loss(model(x[batch]).flatten(0, 1), y[batch].flatten())"
TASK_TEXTS = {
    "classification": TaskText(CLASSIFICATION + F1, "accuracy"),
    "regression": TaskText(REGRESSION, "errors"),
    "forecasting": TaskText(FORECASTING, "errors"),
    "reconstruction": TaskText(RECONSTRUCTION, "errors", asked="x"),
    "tagging": TaskText(TAGGING + F1, "accuracy", by_place=True, value=EVERY_PLACE),
    "language_modelling": TaskText(LANGUAGE, "perplexity", by_place=True, value=EVERY_PLACE),
    "box_regression": TaskText(BOXES, "overlap"),
    "multi_label": TaskText(LABELS, "labels right", loss=LABELS_LOSS),
    "rating": TaskText(RATINGS, "errors"),
    "anomaly_scoring": TaskText(
        SCORES,
        "scores",
        value="loss(model(x[batch]), x[batch])",
        total="loss(output[y == 0], x[y == 0])",
        learned="torch.nonzero(y == 0)[:, 0]  # normal examples alone",
    ),
}


def task_text(task: TaskSpec) -> TaskText:
    """The text of a task. Raises SpecError for a task that has no single loss."""
    if task.kind not in TASK_TEXTS:
        raise SpecError(
            f"{task.title()} cannot be written as a script yet: only tasks that train one network on one loss can. "
            "The code of its networks can be had one by one."
        )
    return TASK_TEXTS[task.kind]
