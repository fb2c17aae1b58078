"""What every record is: frozen, closed, validated data; and how a record holds a variant of a registry."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    ValidationError,
    WrapValidator,
    model_serializer,
)

from explorer.errors import SpecError
from explorer.registry import Registry

S = TypeVar("S", bound="Spec")


class Record(BaseModel):
    """Frozen data. Equal records have equal hashes; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Spec(Record):
    """A record that is one variant of a registry: its fields are its parameters, `kind` is its name.

    Saved as its fields and `kind`. The class docstring's first line is the words the learner reads.
    """

    kind: ClassVar[str] = ""

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}

    @classmethod
    def title(cls) -> str:
        """The variant's name for people: "batch_norm_1d" -> "Batch norm 1d"."""
        return cls.kind.replace("_", " ").capitalize()

    @classmethod
    def summary(cls) -> str:
        """The first sentence of the docstring: what the variant does."""
        return (cls.__doc__ or "").strip().split("\n")[0]


def any_of(registry: Registry[S]) -> Any:
    """Annotation for a field that holds any variant of `registry`, chosen by its `kind`.

    Accepts an instance, or a mapping with `kind` and the variant's fields.
    """

    def choose(value: Any, handler: Any) -> Spec:
        if isinstance(value, Spec):
            if registry.get(value.kind) is not type(value):
                raise ValueError(f"{type(value).__name__} is not a {registry.noun}")
            return value
        if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
            raise ValueError(f"a {registry.noun} needs a 'kind'")
        fields = {name: field for name, field in value.items() if name != "kind"}
        try:
            cls = registry[value["kind"]]
        except SpecError as error:
            raise ValueError(str(error)) from None
        return cls.model_validate(fields)

    return Annotated[SerializeAsAny[Spec], WrapValidator(choose), registry]  # the registry, so that a form can list the variants


def live(*args: Any, **kwargs: Any) -> Any:
    """A pydantic `Field` whose value may change while a run trains, without a restart."""
    return Field(*args, json_schema_extra={"live": True}, **kwargs)


def validated(spec: S, fields: dict[str, Any]) -> S:
    """The same variant with some fields set. Raises SpecError where one cannot hold its value."""
    try:
        return type(spec).model_validate({**dict(spec), **fields})
    except ValidationError as error:
        raise SpecError(f"{spec.title()}: {explain(error)}") from None


def explain(error: ValidationError) -> str:
    """The first problem pydantic found, in words: where, what, the value given."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
    value = problem.get("input", "")
    given = "" if isinstance(value, (tuple, list, dict, BaseModel)) else str(value)[:40]  # a whole record says nothing in 40 letters
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:] if message[:5] == "Input" else message
    return f"{where or 'record'}: {message} (given: {given})." if given else f"{where or 'record'}: {message}."
