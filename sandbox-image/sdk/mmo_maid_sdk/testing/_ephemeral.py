"""``ctx.ephemeral`` of the mock: the host's rules on dictionaries."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from .._ephemeral import Ephemeral
from .._exceptions import ValidationError

if TYPE_CHECKING:
    from ._clock import MockClock

    Object = dict[str, Any]

KEY_LENGTH = 256
LONGEST_SECONDS = 86_400


class MockEphemeral(Ephemeral):
    """Keeps counters, cooldowns and flags in memory, on the mock's clock."""

    __slots__ = ("__dict__",)

    def __init__(self, clock: MockClock) -> None:
        super().__init__(EphemeralStore(clock))


class EphemeralStore:
    """Answers the ``ephemeral.*`` calls as the host does. The four kinds have key spaces of their own."""

    def __init__(self, clock: MockClock) -> None:
        self._clock = clock
        self._hits: dict[str, list[float]] = {}
        self._ends: dict[str, dict[str, float]] = {"cooldown": {}, "dedup": {}, "flag": {}}

    def call(self, method: str, params: Object) -> Object:
        """Do one call."""
        key = params["key"]
        if not 1 <= len(key) <= KEY_LENGTH:
            raise ValidationError(f"key is required and must be text of 1 to {KEY_LENGTH} characters")
        answer: Object = getattr(self, "_" + method.removeprefix("ephemeral."))(key, params)
        return answer

    def notify(self, method: str, params: Object) -> None:
        """No notification concerns the store."""

    def _remaining(self, kind: str, key: str) -> float:
        return max(0.0, self._ends[kind].get(key, 0.0) - self._clock.now())

    def _set(self, kind: str, key: str, params: Object) -> Object:
        self._ends[kind][key] = self._clock.now() + _seconds(params["ttl_seconds"])
        return {"ok": True}

    def _counter(self, key: str, params: Object) -> Object:
        now = self._clock.now()
        hits = self._hits.setdefault(key, [])
        hits.append(now)
        del hits[: bisect_right(hits, now - LONGEST_SECONDS)]
        return {"count": len(hits) - bisect_right(hits, now - _seconds(params["window_seconds"]))}

    def _cooldown_set(self, key: str, params: Object) -> Object:
        return self._set("cooldown", key, params)

    def _cooldown_check(self, key: str, params: Object) -> Object:
        remaining = self._remaining("cooldown", key)
        return {"active": remaining > 0, "remaining_seconds": remaining}

    def _dedup(self, key: str, params: Object) -> Object:
        is_new = self._remaining("dedup", key) == 0
        if is_new:
            self._set("dedup", key, params)
        return {"is_new": is_new}

    def _flag_set(self, key: str, params: Object) -> Object:
        return self._set("flag", key, params)

    def _flag_check(self, key: str, params: Object) -> Object:
        return {"active": self._remaining("flag", key) > 0}


def _seconds(value: int) -> int:
    return max(1, min(int(value), LONGEST_SECONDS))
