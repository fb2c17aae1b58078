"""Networks as the editor in the browser draws them: plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explorer.results.shape import Shape
from explorer.results.sketch import Clash, Node, Sketch


def drawing(sketches: Sequence[Sketch], feeds: str, task: str) -> list[dict[str, Any]]:
    """One entry per network.

    Args:
        feeds: what comes in, in words.
        task: what the networks are asked to do, in words.
    """
    return [
        {
            "role": sketch.role,
            "input": _shape(sketch.input),
            "wanted": _shape(sketch.wanted),
            "feeds": feeds,
            "task": task,
            "nodes": [_node(node, sketch.batch_size) for node in sketch.nodes],
            "batch": sketch.batch_size,
            "clash": _clash(sketch.clash),
            "cost": _cost(sketch),
        }
        for sketch in sketches
    ]


def _node(node: Node, batch_size: int) -> dict[str, Any]:
    """A layer; `kept` is the memory in bytes that the layer keeps of a whole batch until the backward pass."""
    return {
        **{name: getattr(node, name) for name in ("id", "kind", "title", "group", "settings", "parameters", "macs", "receptive")},
        **{name: getattr(node, name) for name in ("joins", "merge", "copies")},
        "kept": None if node.saved_bytes is None else node.saved_bytes * batch_size,
        "input": _shape(node.input),
        "output": _shape(node.output),
        "bodies": [[_node(inner, batch_size) for inner in body] for body in node.bodies],
    }


def _shape(shape: Shape | None) -> dict[str, Any] | None:
    return {"axes": list(shape.axes), "sizes": list(shape.sizes)} if shape else None


def _clash(clash: Clash | None) -> dict[str, Any] | None:
    if not clash:
        return None
    fixes = [{"kind": fix.kind, "title": fix.title} for fix in clash.fixes]
    return {"layer": clash.layer, "sentence": clash.sentence, "expected": clash.expected, "given": clash.given, "fixes": fixes}


def _cost(sketch: Sketch) -> dict[str, Any] | None:
    cost = sketch.cost
    if not cost:
        return None
    return {
        "parameters": cost.parameters,
        "macs": cost.flops // 2,
        "activations": cost.activation_bytes,
        "training": cost.training_bytes,
        "batch": cost.batch_size,
    }
