"""``ctx.ephemeral`` of the mock: the host's rules on dictionaries."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from .._ephemeral import Ephemeral
from .._exceptions import ValidationError

if TYPE_CHECKING:
    from ._clock import MockClock

    Object = dict[str, Any]

KEY_LENGTH = 256
LONGEST_SECONDS = 86_400
ENTRIES = 10_000


class MockEphemeral(Ephemeral):
    """Keeps counters, cooldowns and flags in memory, on the mock's clock."""

    __slots__ = ("__dict__",)

    def __init__(self, clock: MockClock, *, lenient: bool = False) -> None:
        super().__init__(EphemeralStore(clock, lenient=lenient))


class EphemeralStore:
    """Answers the ``ephemeral.*`` calls as the host does.

    The four kinds have key spaces of their own and one bound together: beyond it what was used longest ago is forgotten.
    """

    def __init__(self, clock: MockClock, *, lenient: bool = False) -> None:
        self._clock = clock
        self._lenient = lenient
        # Kind and key -> the times of hits, or when it ends; the one used last is the last.
        self._entries: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def call(self, method: str, params: Object) -> Object:
        """Do one call."""
        key = params["key"]
        if not 1 <= len(key) <= KEY_LENGTH or "\0" in key:
            raise ValidationError(f"key is required and must be text of 1 to {KEY_LENGTH} characters without NUL")
        answer: Object = getattr(self, "_" + method.removeprefix("ephemeral."))(key, params)
        return answer

    def notify(self, method: str, params: Object) -> None:
        """No notification concerns the store."""

    def _entry(self, kind: str, key: str) -> list[float]:
        """Return what is kept under a key, a new list if there is nothing."""
        entry = self._entries.setdefault((kind, key), [])
        self._entries.move_to_end((kind, key))
        if len(self._entries) > ENTRIES and not self._lenient:
            self._make_room()
        return entry

    def _make_room(self) -> None:
        now = self._clock.now()
        over = [name for name, entry in self._entries.items() if entry and entry[-1] <= now - (LONGEST_SECONDS if name[0] == "counter" else 0)]
        for name in over:
            del self._entries[name]
        while len(self._entries) > ENTRIES:
            self._entries.popitem(last=False)

    def _remaining(self, kind: str, key: str) -> float:
        if (kind, key) not in self._entries:
            return 0.0
        return max(0.0, self._entry(kind, key)[0] - self._clock.now())

    def _set(self, kind: str, key: str, params: Object) -> Object:
        self._entry(kind, key)[:] = [self._clock.now() + _seconds(params["ttl_seconds"])]
        return {"ok": True}

    def _counter(self, key: str, params: Object) -> Object:
        now = self._clock.now()
        hits = self._entry("counter", key)
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
