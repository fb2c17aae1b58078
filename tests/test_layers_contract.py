"""What every layer of the catalogue keeps to; a new file in explorer/layers is tested without an edit here."""

import re
import sys
import types
from pathlib import Path

import pytest
import torch

from explorer.errors import ShapeError
from explorer.experiment import LAYERS, LayerSpec, NetworkSpec
from explorer.experiment.network import GROUPS
from explorer.results.shape import Shape

SHAPES = (
    Shape.features(6),
    Shape.image(3, 8, 8),
    Shape.image(2, 5, 7),
    Shape.sequence(5, 6),
    Shape.tokens(4, 11),
    Shape.image(1, 1, 1),
    Shape.sequence(1, 1),
)


def example(kind: str) -> LayerSpec:
    """The layer as it is inserted: with its defaults, and its width filled in."""
    return LAYERS[kind]().resolved(Shape.features(3))


def fits(layer: LayerSpec, shape: Shape) -> bool:
    try:
        layer.output_shape(shape)
    except ShapeError:
        return False
    return True


def batch(shape: Shape, size: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    if shape.vocabulary:
        return torch.randint(shape.vocabulary, (size, *shape.sizes), generator=generator)
    return torch.randn(size, *shape.sizes, generator=generator)


def fitting(layer: LayerSpec) -> list[Shape]:
    shapes = [shape for shape in SHAPES if fits(layer, shape)]
    assert shapes, f"{layer.kind} takes none of the shapes tried"
    return shapes


def check_shape_rule(layer: LayerSpec) -> None:
    for shape in fitting(layer):
        expected = (3, *layer.output_shape(shape).sizes)
        assert layer.build(shape)(batch(shape)).shape == expected
        with torch.device("meta"):
            module = layer.build(shape)
        assert module(batch(shape).to("meta")).shape == expected


def check_freshness(layer: LayerSpec) -> None:
    for shape in fitting(layer):
        first, second = layer.build(shape), layer.build(shape)
        assert not {id(module) for module in first.modules()} & {id(module) for module in second.modules()}
        assert not {parameter.data_ptr() for parameter in first.parameters()} & {parameter.data_ptr() for parameter in second.parameters()}
        assert not any(getattr(module, "inplace", False) for module in first.modules())
        x = batch(shape)
        kept = x.clone()
        first(x)
        assert torch.equal(x, kept)


def check_repeatable(layer: LayerSpec) -> None:
    for shape in fitting(layer):
        outputs = []
        for _ in range(2):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(7)
                outputs.append(layer.build(shape).eval()(batch(shape)))
        assert torch.equal(*outputs)


def check_words(layer: LayerSpec) -> None:
    assert layer.summary().endswith(".")
    assert layer.formula
    assert re.fullmatch(r"[A-Z].+\.", layer.use)
    assert layer.use != layer.summary()
    assert layer.group in GROUPS
    assert layer.unit_field in ("", *type(layer).model_fields)
    for name, field in type(layer).model_fields.items():
        assert field.description, f"{layer.kind}.{name} has no description"


def check_misfits(layer: LayerSpec) -> None:
    for shape in SHAPES:
        if not fits(layer, shape):
            with pytest.raises(ShapeError, match=r"^(Layer 1 .+: )?[A-Z].+ takes .+, but .+\. [A-Z].+\.$") as raised:
                layer.output_shape(shape)
            assert str(shape) in str(raised.value)


def check_round_trip(layer: LayerSpec) -> None:
    network = NetworkSpec(layers=(layer,))
    assert NetworkSpec.model_validate_json(network.model_dump_json()) == network
    assert NetworkSpec.model_validate(network.model_dump(mode="json", exclude_defaults=True)) == network


CHECKS = (check_shape_rule, check_freshness, check_repeatable, check_words, check_misfits, check_round_trip)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", LAYERS)
def test_layer(kind, check):
    check(example(kind))


def test_the_catalogue_has_what_was_promised():
    groups = [LAYERS[kind].group for kind in LAYERS]
    assert groups.count("activation") >= 14
    assert groups.count("block") >= 5
    assert sum(LAYERS[kind].mixes for kind in LAYERS) >= 12
    assert len(LAYERS) >= 66


@pytest.fixture
def catalogue():
    """The catalogue, put back afterwards as it was."""
    list(LAYERS)
    before = dict(LAYERS._classes)
    yield
    LAYERS._classes.clear()
    LAYERS._classes.update(before)


@pytest.mark.usefixtures("catalogue")
def test_the_layer_of_the_documentation_works(monkeypatch):
    text = (Path(__file__).parent.parent / "docs" / "add-a-layer.md").read_text("utf-8")
    layer_file, its_test = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    module = types.ModuleType("feature_scale")
    monkeypatch.setitem(sys.modules, "feature_scale", module)  # pydantic looks annotations up there
    exec(layer_file + its_test, module.__dict__)
    module.test_every_feature_has_its_own_weight()
    for check in CHECKS:
        check(LAYERS["feature_scale"]())
