"""Services that only record: every call is bound to the real method's signature, checked, and handed to ``_<name>``.

So a test cannot pass with a call that fails in production: a positional argument where the real method wants a keyword
is a ``TypeError`` here too.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Check = Callable[[str, str, dict[str, Any]], None]
T = TypeVar("T", bound=type)


class Recorder:
    """A mock service; *check* raises what the host would before it does anything."""

    _service = ""
    _check: Check

    def _answer(self, name: str, arguments: dict[str, Any]) -> Any:
        self._check(self._service, name, arguments)
        return getattr(self, "_" + name)(**arguments)


def mock_of(real: type, service: str) -> Callable[[T], T]:
    """Give a class the public methods of *real*, each of which calls ``_<name>`` of the class."""

    def decorate(cls: T) -> T:
        cls._service = service  # type: ignore[attr-defined]
        for name, method in inspect.getmembers(real, inspect.isfunction):
            if not name.startswith("_"):
                setattr(cls, name, _bound(name, method))
        return cls

    return decorate


def _bound(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(self: Recorder, *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        del arguments["self"]
        return self._answer(name, arguments)

    return call


def given(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that were given a value."""
    return {name: value for name, value in arguments.items() if value is not None}
