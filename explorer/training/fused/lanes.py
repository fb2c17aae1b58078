"""Sixteen float32 at once: the one number type the fused kernel computes with, as an extension of Numba.

Decided: a `lanes` value is an LLVM vector of 16 floats that holds one unit's numbers for 16 examples of a batch.
Because: every operation is then one or two instructions on any processor, whatever the width of a layer, with no loop for
    the compiler to analyse: it compiles in a fraction of the time and never falls back to scalar code.
Instead of: loops left to LLVM's vectoriser, which guards each with alias checks and remainder loops (16 is often "the remainder").

Arithmetic is IEEE: NaN and infinity pass through, so that a run which diverges is seen. Only `a * b + c` may be fused.
"""

from __future__ import annotations

import operator

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

from explorer.training.fused.codes import LANES

# what every piece of the kernel is compiled with: nothing calls it from Python, and dividing by 0 gives infinity
part = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_VECTOR, _INT_VECTOR = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)
_FUSED = ("contract",)


class LanesType(types.Type):
    """The Numba type of 16 float32."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, fe_type) -> None:
        super().__init__(manager, fe_type, _VECTOR)


def _constant(kind: ir.Type, value: float) -> ir.Constant:
    vector = _VECTOR if kind is _FLOAT else _INT_VECTOR
    return ir.Constant(vector, [ir.Constant(kind, value)] * LANES)


def _spread(builder, number):
    """The same float in every lane."""
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(_INT, 0))
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), ir.Constant(_INT_VECTOR, [0] * LANES))


def _address(context, builder, array_type, array, offset):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [offset])


def _as_lanes(context, builder, source, value):
    return value if source is lanes else _spread(builder, context.cast(builder, value, source, types.float32))


def _operation(symbol, build) -> None:
    """Let `symbol` work between lanes, and between lanes and a number."""
    cases = [signature(lanes, lanes, lanes)]
    cases += [signature(lanes, lanes, other) for other in (types.float32, types.float64, types.int64)]
    cases += [signature(lanes, other, lanes) for other in (types.float32, types.float64, types.int64)]
    infer_global(symbol)(type("LanesOperation", (ConcreteTemplate,), {"key": symbol, "cases": cases}))

    def lower(context, builder, sig, args):
        a, b = (_as_lanes(context, builder, source, value) for source, value in zip(sig.args, args, strict=True))
        return build(builder, a, b)

    for case in cases:
        lower_builtin(symbol, *case.args)(lower)


_operation(operator.add, lambda builder, a, b: builder.fadd(a, b, flags=_FUSED))
_operation(operator.sub, lambda builder, a, b: builder.fsub(a, b, flags=_FUSED))
_operation(operator.mul, lambda builder, a, b: builder.fmul(a, b, flags=_FUSED))
_operation(operator.truediv, lambda builder, a, b: builder.fdiv(a, b, flags=_FUSED))


@intrinsic
def splat(typingctx, number):
    """The same number in every lane."""

    def build(context, builder, sig, args):
        return _as_lanes(context, builder, sig.args[0], args[0])

    return lanes(number), build


@intrinsic
def load(typingctx, array, offset):
    """The 16 numbers of a float32 array that begin at `offset`. Nothing checks the bounds."""

    def build(context, builder, sig, args):
        address = _address(context, builder, sig.args[0], args[0], args[1])
        return builder.load(builder.bitcast(address, _VECTOR.as_pointer()), align=4)

    return lanes(array, types.int64), build


@intrinsic
def store(typingctx, array, offset, value):
    """Write 16 numbers to a float32 array, from `offset` on. Nothing checks the bounds."""

    def build(context, builder, sig, args):
        address = _address(context, builder, sig.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(address, _VECTOR.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, lanes), build


@intrinsic
def broadcast(typingctx, array, offset):
    """The one number of a float32 array at `offset`, in every lane."""

    def build(context, builder, sig, args):
        return _spread(builder, builder.load(_address(context, builder, sig.args[0], args[0], args[1])))

    return lanes(array, types.int64), build


@intrinsic
def total(typingctx, value):
    """The sum over the lanes, in whichever order is fastest: a float32."""

    def build(context, builder, sig, args):
        kind = ir.FunctionType(_FLOAT, [_FLOAT, _VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f32")
        return builder.call(function, [ir.Constant(_FLOAT, -0.0), args[0]], fastmath=("reassoc",))

    return types.float32(lanes), build


@intrinsic
def where_less(typingctx, a, b, then, otherwise):
    """Lane by lane: `then` where a < b, else `otherwise` (also where a or b is not a number)."""

    def build(context, builder, sig, args):
        a, b, then, otherwise = (_as_lanes(context, builder, source, value) for source, value in zip(sig.args, args, strict=True))
        return builder.select(builder.fcmp_ordered("<", a, b), then, otherwise)

    return lanes(a, b, then, otherwise), build


def _unary(name: str):
    def typed(typingctx, value):
        def build(context, builder, sig, args):
            kind = ir.FunctionType(_VECTOR, [_VECTOR])
            return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f32"), args)

        return lanes(lanes), build

    return intrinsic(typed)


root = _unary("sqrt")
absolute = _unary("fabs")


@intrinsic
def maximum(typingctx, a, b):
    """The larger of two; not a number where one of them is not."""

    def build(context, builder, sig, args):
        kind = ir.FunctionType(_VECTOR, [_VECTOR, _VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.maximum.v{LANES}f32")
        return builder.call(function, [_as_lanes(context, builder, source, value) for source, value in zip(sig.args, args, strict=True)])

    return lanes(a, b), build


@intrinsic
def shifted_bits(typingctx, value, by, plus):
    """The float whose bits are (bits of value << by) + plus."""

    def build(context, builder, sig, args):
        bits = builder.bitcast(args[0], _INT_VECTOR)
        moved = builder.shl(bits, _constant(_INT, sig.args[1].literal_value))
        return builder.bitcast(builder.add(moved, _constant(_INT, sig.args[2].literal_value)), _VECTOR)

    if not isinstance(by, types.IntegerLiteral) or not isinstance(plus, types.IntegerLiteral):
        return None
    return lanes(lanes, by, plus), build


@intrinsic
def exponent(typingctx, value):
    """floor(log2(value)) of a positive number, as a float."""

    def build(context, builder, sig, args):
        bits = builder.lshr(builder.bitcast(args[0], _INT_VECTOR), _constant(_INT, 23))
        return builder.sitofp(builder.sub(bits, _constant(_INT, 127)), _VECTOR)

    return lanes(lanes), build


@intrinsic
def mantissa(typingctx, value):
    """A positive number divided by 2 ^ exponent: from 1 up to 2."""

    def build(context, builder, sig, args):
        bits = builder.and_(builder.bitcast(args[0], _INT_VECTOR), _constant(_INT, 0x007FFFFF))
        return builder.bitcast(builder.or_(bits, _constant(_INT, 0x3F800000)), _VECTOR)

    return lanes(lanes), build
