"""What the host checks before it does anything: capabilities and rate limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._capabilities import ALL_CAPABILITIES, capabilities_for
from .._exceptions import CapabilityError, RateLimitError, ValidationError

if TYPE_CHECKING:
    from ._clock import MockClock

__all__ = ["ALL_CAPABILITIES", "Bucket", "capabilities_for", "check_capability", "check_ids"]

MINUTE_NANOSECONDS = 60_000_000_000
OPTIONAL_IDS = {"create_channel": ("category_id",), "list_members": ("role_id",)}
CALLS_PER_MINUTE = {"discord": 60, "proxy": 30}


def check_capability(capabilities: set[str], service: str, method: str) -> None:
    """Raise what the host answers to a call that its owner has not granted."""
    needed = capabilities_for(service, method)
    if needed and not capabilities.intersection(needed):
        raise CapabilityError(
            f"capability {needed[0]} is not granted to this plugin: ctx.{service}.{method} needs it"
            " (declare it in capabilities_required in manifest.json)"
        )


def check_ids(method: str, arguments: dict[str, Any]) -> None:
    """Raise what the host answers to ids that cannot be Discord's: 1 to 20 digits, as text or as a number."""
    for name, value in arguments.items():
        if name.endswith("_ids"):
            legal = all(_is_id(one) for one in value)
        elif name.endswith("_id"):
            legal = _is_id(value) or (value is None and name in OPTIONAL_IDS.get(method, ()))
        else:
            continue
        if not legal:
            raise ValidationError(f"{name} is required and must be a Discord snowflake string")
    if "emoji" in arguments and not str(arguments["emoji"]).strip():
        raise ValidationError("emoji is required and must be an emoji, or name:id")


def _is_id(value: Any) -> bool:
    return not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,20}", str(value)) is not None


class Bucket:
    """A token bucket: as many calls at once as a minute allows, refilled evenly; in whole numbers, as the host counts."""

    def __init__(self, name: str, clock: MockClock) -> None:
        self._name = name
        self._capacity = CALLS_PER_MINUTE[name]
        self._clock = clock
        # Tokens times nanoseconds of a minute: one nanosecond adds ``_capacity`` of these.
        self._full = self._capacity * MINUTE_NANOSECONDS
        self._level = self._full
        self._at = self._now()

    def _now(self) -> int:
        return round(self._clock.now() * 1e9)

    def take(self, count: int = 1) -> None:
        """Take *count* tokens or raise what the host answers."""
        now = self._now()
        self._level = min(self._full, self._level + max(0, now - self._at) * self._capacity)
        self._at = max(self._at, now)
        need = min(count, self._capacity) * MINUTE_NANOSECONDS
        if self._level < need:
            nanoseconds = -(-(need - self._level) // self._capacity)
            wait = max(1, -(-nanoseconds // 1_000_000_000))
            raise RateLimitError(
                f"rate limit exceeded: {self._name} {self._capacity}/min, remaining={_remaining(wait)}/min (retry in {wait}s)", wait
            )
        self._level -= need


def _remaining(wait: int) -> str:
    """Return what lets SDKs that only read the text come to the same wait."""
    return f"{60 / (wait + 0.5):.4f}" if wait < 60 else "0.0"
