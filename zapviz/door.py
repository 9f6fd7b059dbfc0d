"""The door of what users call: an argument of a wrong type is a sentence, never a traceback.

A public function says in its annotations what it takes. :func:`door` holds what it is given against
them, so that every function refuses alike:

>>> @door
... def hole(pages: int) -> int:
...     return pages
>>> hole("x")
Traceback (most recent call last):
zapviz.errors.OptionError: hole() takes as pages a whole number, not 'x' (str)
"""

from __future__ import annotations

import collections.abc as abc
import inspect
import os
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, wraps
from typing import (
    Any,
    Literal,
    ParamSpec,
    SupportsIndex,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from zapviz.errors import OptionError

__all__ = ["door"]

P = ParamSpec("P")
R = TypeVar("R")

_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    types.NoneType: "None",
    SupportsIndex: "a whole number",
}
_MOST = 1000  # members of a list that are looked at

# What has a sentence of its own for whatever comes: scenarios, several kernels, a state's number.
_OWN = ("scenario", "kernels", "step", "frame")


def door(function: Callable[P, R]) -> Callable[P, R]:
    """Let a public function refuse arguments of a wrong type in a sentence.

    Raises:
        OptionError: By the function that is given: an argument is of another type than its
            annotation says.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:  # one too many, or one that has no such name
            raise OptionError(f"{function.__name__}(): {error}") from None
        hints = _hints(function)
        for name, value in given.items():
            if name not in _OWN or hints.get(name) is str:
                _check(function, signature.parameters[name], value, hints)
        return function(*args, **kwargs)

    return checked


def _check(
    function: Callable[..., Any], parameter: inspect.Parameter, value: Any, hints: Mapping[str, Any]
) -> None:
    hint = hints.get(parameter.name, Any)
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        return  # options: whoever takes them checks each
    if not _fits(value, hint):
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        kind = "" if value is None else f" ({type(value).__name__})"
        raise OptionError(
            f"{function.__name__}() takes as {parameter.name} {_in_words(hint)}, not {shown}{kind}"
        )


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for name, written in function.__annotations__.items():
        if name == "return":
            continue
        with suppress(NameError):  # a name that only a type checker imports: anything fits
            one = types.SimpleNamespace(__annotations__={name: written})
            hints |= get_type_hints(one, globalns=function.__globals__)
    return hints


def _fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is of a type; what is not understood fits."""
    if hint is Any:
        return True
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in get_args(hint))
    if origin is abc.Callable:
        return callable(value)
    if origin in (abc.Sequence, abc.Iterable, list, tuple):
        if isinstance(value, str | bytes) or not isinstance(value, origin):
            return False
        if origin is abc.Iterable and not isinstance(value, abc.Collection):
            return True  # it can be gone through once
        members = get_args(hint)[:1]
        return not members or all(_fits(one, members[0]) for one in list(value)[:_MOST])
    if origin is not None:
        return isinstance(value, origin)
    if hint in (int, SupportsIndex):
        return hasattr(type(value), "__index__")
    if hint is float:
        return hasattr(type(value), "__float__") or hasattr(type(value), "__index__")
    return not isinstance(hint, type) or isinstance(value, hint)


def _in_words(hint: Any) -> str:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_in_words(one) for one in get_args(hint)))
    if origin is Literal:
        return f"one of {', '.join(map(repr, get_args(hint)))}"
    if origin is abc.Callable:
        return "a function"
    if origin in (abc.Sequence, abc.Iterable, list, tuple):
        return "a list"
    if origin is abc.Mapping:
        return "a mapping"
    if origin is os.PathLike:
        return "a path"
    return _WORDS.get(hint) or f"a {getattr(hint, '__name__', hint)}"
