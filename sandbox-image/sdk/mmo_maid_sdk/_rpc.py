"""What every ``ctx`` service needs from the connection to the host, and how their arguments are brought into shape."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol, TypeAlias

    JSON: TypeAlias = Any
    Object: TypeAlias = dict[str, Any]

    class Rpc(Protocol):
        """The two ways to speak to the host; tests put a fake in its place."""

        def call(self, method: str, params: Object, /) -> Any:
            """Call *method*, wait for the answer and return the result."""

        def notify(self, method: str, params: Object, /) -> None:
            """Tell the host something without waiting."""


def field(result: object, name: str, default: Any) -> Any:
    """Return one member of an object the host answered, or *default* if the host answered something else."""
    value = result.get(name) if isinstance(result, dict) else None
    return default if value is None else value


def an_object(value: object) -> Object:
    """Return *value* if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def a_list(value: object) -> list[Any]:
    """Return *value* if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def clamp(value: Any, low: int, high: int) -> int:
    """Return *value* as an integer between *low* and *high*."""
    return max(low, min(int(value), high))


def cut(value: Any, length: int) -> str:
    """Return *value* as text of at most *length* characters."""
    return str(value)[:length]


def as_dicts(components: Iterable[Any] | None, limit: int | None = None) -> list[Any]:
    """Return component objects (or dictionaries) as the dictionaries Discord knows."""
    return [part.to_dict() if hasattr(part, "to_dict") else part for part in list(components or [])[:limit]]


def with_optional(params: Object, **optional: Any) -> Object:
    """Add the optional parameters that are not ``None``."""
    params.update((name, value) for name, value in optional.items() if value is not None)
    return params
