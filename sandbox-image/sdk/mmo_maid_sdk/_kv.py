"""``ctx.kv``: small values that survive restarts."""

from __future__ import annotations

from ._rpc import a_list, an_object, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins

    from ._rpc import JSON, Object, Rpc


class KV:
    """Reached as ``ctx.kv``; needs the ``storage:kv`` capability.

    Keys are strings of at most 512 characters, values any JSON up to 64 KB, 10 000 keys per server.
    """

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def get(self, key: str) -> JSON:
        """Return the value stored under *key*, or ``None`` if there is none."""
        value = field(self._rpc.call("kv.get", {"key": str(key)}), "value", None)
        # The host wraps the value, so that a stored null and no value at all can be told apart.
        return value["value_json"] if isinstance(value, dict) and "value_json" in value else value

    def exists(self, key: str) -> bool:
        """Return whether there is a value under *key*; a stored ``None`` counts."""
        return field(self._rpc.call("kv.get", {"key": str(key)}), "value", None) is not None

    def set(self, key: str, value: JSON, *, ttl_seconds: int = 0) -> None:
        """Store *value* under *key*, for *ttl_seconds* if that is more than 0, else for ever."""
        params: Object = {"key": str(key), "value": value}
        if ttl_seconds and int(ttl_seconds) > 0:
            params["ttl_seconds"] = int(ttl_seconds)
        self._rpc.call("kv.put", params)

    def delete(self, key: str) -> None:
        """Remove *key*; no error if there is none."""
        self._rpc.call("kv.del", {"key": str(key)})

    def increment(self, key: str, amount: int = 1, *, path: str = "") -> JSON:
        """Add *amount* to a number, atomically, and return the new value.

        A *path* such as ``"stats.wins"`` reaches into a stored object; missing levels are made. A missing number is 0.
        """
        params = {"key": str(key), "path": str(path), "amount": amount}
        return field(self._rpc.call("kv.increment", params), "value", None)

    def decrement(self, key: str, amount: int = 1) -> int:
        """Subtract *amount* from a number, atomically, and return the new value."""
        value: int = field(self._rpc.call("kv.decr", {"key": str(key), "amount": amount}), "value", 0)
        return value

    def list(self, prefix: str = "", limit: int = 100, *, start_after: str = "") -> builtins.list[str]:
        """Return up to *limit* keys that begin with *prefix*, in order, those after *start_after* only."""
        params: Object = {"prefix": str(prefix), "limit": int(limit)}
        if start_after:
            params["start_after"] = str(start_after)
        return a_list(field(self._rpc.call("kv.list", params), "keys", None))

    def list_values(self, prefix: str = "", limit: int = 100) -> Object:
        """Return up to *limit* (at most 100) keys that begin with *prefix*, with their values."""
        params = {"prefix": str(prefix), "limit": int(limit)}
        return an_object(field(self._rpc.call("kv.list_values", params), "values", None))

    def get_many(self, keys: builtins.list[str]) -> Object:
        """Return the values of up to 50 keys; keys without a value are left out."""
        params = {"keys": [str(key) for key in keys]}
        return an_object(field(self._rpc.call("kv.mget", params), "values", None))

    def set_many(self, entries: Object) -> None:
        """Store up to 25 values: all of them or, on an error, none."""
        self._rpc.call("kv.mput", {"entries": {str(key): value for key, value in entries.items()}})

    def count(self, prefix: str = "") -> int:
        """Return the number of keys that begin with *prefix*."""
        params = {"prefix": str(prefix), "limit": 0, "count_only": True}
        return int(field(self._rpc.call("kv.list", params), "count", 0))
