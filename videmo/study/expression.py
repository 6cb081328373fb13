"""Read formulas such as ``happy - max(sad, angry)``: names of columns, numbers, + - * /, min, max and abs, no more."""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.errors import StudyError
from videmo.study.sheet import did_you_mean

_BINARY: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_UNARY: Final[dict[type, Callable[[Any], Any]]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_FUNCTIONS: Final[dict[str, tuple[int, Callable[..., Any]]]] = {
    "min": (2, lambda *values: functools.reduce(np.minimum, values)),
    "max": (2, lambda *values: functools.reduce(np.maximum, values)),
    "abs": (1, np.abs),
}
"""The least number of values that each takes, and what it does."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that was checked."""

    text: str

    @property
    def names(self) -> frozenset[str]:
        """List the names in it, without those of functions."""
        nodes = ast.walk(ast.parse(self.text, mode="eval"))
        return frozenset(node.id for node in nodes if isinstance(node, ast.Name)) - _FUNCTIONS.keys()

    def __call__(self, values: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
        """Compute it from the values of the columns that it names; what can't be computed is NaN."""
        with np.errstate(divide="ignore", invalid="ignore"):
            shape = next(iter(values.values())).shape
            found = np.broadcast_to(np.asarray(_value(ast.parse(self.text, mode="eval").body, values), float), shape)
        return np.where(np.isfinite(found), found, np.nan)


def parse_expression(text: str, names: Sequence[str], where: str) -> Expression:
    """Check a formula.

    Raises:
        StudyError: something in it is neither a name, a number, nor one of the operations.
    """
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        raise StudyError(where, f"{text!r} is not a formula", 'one such as "happy - max(sad, angry)"') from exc
    _check(tree.body, names, where, 0)
    if not any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree)):
        advice = f"The emotions are {', '.join(names)}."
        raise StudyError(where, f"{text!r} names no emotion", 'a formula such as "happy - sad"', advice)
    return Expression(text)


def _check(node: ast.expr, names: Sequence[str], where: str, depth: int) -> None:
    if depth > 50:
        raise StudyError(where, "the formula is too long", "at most 50 operations within each other")
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return
        case ast.Name(id=name):
            if name not in names:
                found = f"{name!r} is no emotion"
                raise StudyError(where, found, advice=did_you_mean(name, [*names, *_FUNCTIONS], "names"))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            _check(left, names, where, depth + 1)
            _check(right, names, where, depth + 1)
        case ast.UnaryOp(op=sign, operand=inner) if type(sign) in _UNARY:
            _check(inner, names, where, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            if len(arguments) < _FUNCTIONS[name][0] or (name == "abs" and len(arguments) > 1):
                raise StudyError(where, f"{ast.unparse(node)!r} has {len(arguments)} values")
            for argument in arguments:
                _check(argument, names, where, depth + 1)
        case _:
            expected = "names of emotions, numbers, + - * /, min, max and abs"
            raise StudyError(where, f"{ast.unparse(node)!r} is not allowed in a formula", expected)


def _value(node: ast.expr, values: Mapping[str, npt.NDArray[np.float64]]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=sign, right=right):
            return _BINARY[type(sign)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=sign, operand=inner):
            return _UNARY[type(sign)](_value(inner, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name][1](*(_value(each, values) for each in arguments))
    raise AssertionError("checked before")
