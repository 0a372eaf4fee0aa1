"""``ctx.ephemeral``: counters, cooldowns and flags that live in memory and may be forgotten."""

from __future__ import annotations

from ._rpc import an_object, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._rpc import Object, Rpc


class Ephemeral:
    """Reached as ``ctx.ephemeral``; needs no capability. Times are seconds, 1 to 86 400."""

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def counter(self, key: str, window_seconds: int = 60) -> int:
        """Count a hit and return how many there were in the last *window_seconds*, this one included."""
        params = {"key": str(key), "window_seconds": int(window_seconds)}
        return int(field(self._rpc.call("ephemeral.counter", params), "count", 0))

    def cooldown_set(self, key: str, ttl_seconds: int = 60) -> None:
        """Start a cooldown, or start it again."""
        self._rpc.call("ephemeral.cooldown_set", {"key": str(key), "ttl_seconds": int(ttl_seconds)})

    def cooldown_check(self, key: str) -> Object:
        """Return ``{"active": bool, "remaining_seconds": float}``."""
        result = an_object(self._rpc.call("ephemeral.cooldown_check", {"key": str(key)}))
        return {
            "active": bool(field(result, "active", False)),
            "remaining_seconds": field(result, "remaining_seconds", 0),
        }

    def dedup(self, key: str, ttl_seconds: int = 3600) -> bool:
        """Return ``True`` the first time in *ttl_seconds* that *key* is asked for, then ``False``."""
        params = {"key": str(key), "ttl_seconds": int(ttl_seconds)}
        return bool(field(self._rpc.call("ephemeral.dedup", params), "is_new", True))

    def flag_set(self, key: str, ttl_seconds: int = 3600) -> None:
        """Set a flag that goes out by itself."""
        self._rpc.call("ephemeral.flag_set", {"key": str(key), "ttl_seconds": int(ttl_seconds)})

    def flag_check(self, key: str) -> bool:
        """Return whether a flag is set."""
        return bool(field(self._rpc.call("ephemeral.flag_check", {"key": str(key)}), "active", False))
