"""``ctx.kv`` of the mock: the host's rules on a dictionary."""

from __future__ import annotations

import builtins
import json
from typing import TYPE_CHECKING, Any

from .._encoding import encode
from .._exceptions import KvQuotaError, ValidationError
from .._kv import KV

if TYPE_CHECKING:
    from ._clock import MockClock
    from ._recording import Check

    Object = dict[str, Any]

KEY_LENGTH = 512
VALUE_BYTES = 65_536
KEYS = 10_000
KEYS_PER_GET = 50
ENTRIES_PER_SET = 25
KEYS_PER_LIST = 1000
VALUES_PER_LIST = 100
PATH_LEVELS = 32
# Calls whose method of ``ctx.kv`` has another name.
_SDK_NAMES = {"put": "set", "del": "delete", "mget": "get_many", "mput": "set_many", "decr": "decrement"}
LEAST, GREATEST = -(2**63), 2**64 - 1
# Up to here a float is exactly the whole number it stands for.
EXACT = 2.0**53


class MockKV(KV):
    """Keeps values in memory; ``writes`` records what changed them, in order."""

    __slots__ = ("__dict__", "writes")

    def __init__(self, check: Check, clock: MockClock, *, lenient: bool = False) -> None:
        self.writes: builtins.list[Object] = []
        super().__init__(KvStore(check, clock, self.writes, lenient=lenient))


class KvStore:
    """Answers the ``kv.*`` calls as the host does."""

    def __init__(self, check: Check, clock: MockClock, writes: builtins.list[Object], *, lenient: bool) -> None:
        self._check = check
        self._clock = clock
        self._lenient = lenient
        self._writes = writes
        # The JSON text of each value, so that nobody can change what is stored; and when it ends.
        self._entries: dict[str, tuple[str, float | None]] = {}

    def call(self, method: str, params: Object) -> Object:
        """Do one call."""
        name = method.removeprefix("kv.")
        self._check("kv", _SDK_NAMES.get(name, name), params)
        answer: Object = getattr(self, f"_{name}")(params)
        return answer

    def notify(self, method: str, params: Object) -> None:
        """No notification concerns the store."""

    def _live(self) -> dict[str, tuple[str, float | None]]:
        now = self._clock.now()
        self._entries = {key: entry for key, entry in self._entries.items() if entry[1] is None or entry[1] > now}
        return self._entries

    def _matching(self, prefix: str, start_after: str = "") -> builtins.list[str]:
        self._check_text("prefix", prefix)
        self._check_text("start_after", start_after)
        return sorted(key for key in self._live() if key.startswith(prefix) and (not start_after or key > start_after))

    def _check_text(self, name: str, text: str) -> None:
        if len(text) > KEY_LENGTH or "\0" in text:
            raise ValidationError(f"{name} is required and must be text of at most {KEY_LENGTH} characters without NUL")

    def _key(self, key: str, field: str = "key") -> str:
        if not key or len(key) > KEY_LENGTH or "\0" in key:
            raise ValidationError(f"{field} is required and must be text of 1 to {KEY_LENGTH} characters without NUL")
        return key

    def _text(self, value: Any) -> str:
        """Return *value* as the host stores it: what JSON makes of it, if it is not too large."""
        value = json.loads(encode({"v": value}), parse_int=_number)["v"]
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        size = len(text.encode("utf-8", "replace"))
        if size > VALUE_BYTES and not self._lenient:
            raise KvQuotaError(f"kv quota: value is {size} bytes, limit is {VALUE_BYTES} bytes")
        return text

    def _store(self, texts: dict[str, str], ends: float | None) -> None:
        live = self._live()
        if len(live.keys() | texts.keys()) > KEYS and not self._lenient:
            raise KvQuotaError(f"kv quota reached: {KEYS} keys per server and plugin")
        live.update((key, (text, ends)) for key, text in texts.items())

    def _get(self, params: Object) -> Object:
        entry = self._live().get(self._key(params["key"]))
        return {"value": None if entry is None else {"value_json": json.loads(entry[0])}}

    def _put(self, params: Object) -> Object:
        key, ttl = self._key(params["key"]), params.get("ttl_seconds", 0)
        text = self._text(params["value"])
        self._store({key: text}, self._clock.now() + ttl if ttl > 0 else None)
        self._writes.append({"op": "set", "key": key, "value": params["value"], "ttl_seconds": ttl})
        return {"ok": True}

    def _del(self, params: Object) -> Object:
        key = self._key(params["key"])
        self._live().pop(key, None)
        self._writes.append({"op": "delete", "key": key})
        return {"ok": True}

    def _list(self, params: Object) -> Object:
        start_after = params.get("start_after", "")
        keys = self._matching(params.get("prefix", ""), start_after)
        if params.get("count_only"):
            return {"count": len(keys)}
        return {"keys": keys[: max(1, min(params["limit"], KEYS_PER_LIST))]}

    def _list_values(self, params: Object) -> Object:
        keys = self._matching(params["prefix"])[: max(1, min(params["limit"], VALUES_PER_LIST))]
        return {"values": {key: json.loads(self._entries[key][0]) for key in keys}}

    def _mget(self, params: Object) -> Object:
        keys = params["keys"]
        if len(keys) > KEYS_PER_GET:
            raise ValidationError(f"keys is required and must be a list of at most {KEYS_PER_GET} keys")
        keys = [self._key(key, "keys") for key in keys]
        live = self._live()
        return {"values": {key: json.loads(live[key][0]) for key in keys if key in live}}

    def _mput(self, params: Object) -> Object:
        entries = params["entries"]
        if len(entries) > ENTRIES_PER_SET:
            raise ValidationError(f"entries is required and must be an object of at most {ENTRIES_PER_SET} entries")
        self._store({self._key(key, "entries"): self._text(value) for key, value in entries.items()}, None)
        self._writes.extend({"op": "set", "key": key, "value": entries[key], "ttl_seconds": 0} for key in entries)
        return {"ok": True}

    def _increment(self, params: Object) -> Object:
        key, path = self._key(params["key"]), params.get("path", "")
        amount = _whole(params["amount"])
        text, ends = self._live().get(key, ("null", None))
        root, total = _added(json.loads(text), path, amount)
        self._store({key: self._text(root)}, ends)
        self._writes.append({"op": "increment", "key": key, "path": path, "amount": amount})
        return {"value": total}

    def _decr(self, params: Object) -> Object:
        return self._increment({**params, "amount": -_whole(params["amount"])})


def _number(digits: str) -> int | float:
    """Return a whole number as the host keeps it: beyond 64 bits as a float."""
    value = int(digits)
    return value if LEAST <= value <= GREATEST else float(digits)


def _whole(amount: Any) -> int:
    """Return *amount* if it is a whole number within 64 bits; none means 1, as on the wire."""
    if amount is None:
        return 1
    legal = isinstance(amount, (int, float)) and not isinstance(amount, bool)
    if legal and isinstance(amount, float):
        legal = amount.is_integer() and abs(amount) <= EXACT
    if not legal or not LEAST <= amount <= GREATEST:
        raise ValidationError("amount is required and must be a whole number within 64 bits")
    return int(amount)


def _added(root: Any, path: str, amount: int) -> tuple[Any, int | float]:
    """Return the value after the addition, and the sum at the path."""
    if not path:
        total = _sum(root, amount)
        return total, total
    names = path.split(".")
    if "" in names or len(names) > PATH_LEVELS or len(path.encode("utf-8", "replace")) > 4 * KEY_LENGTH:
        raise ValidationError("path is required and must be names separated by dots, at most 32 of them, none empty")
    root = _object(root)
    level = root
    for name in names[:-1]:
        level[name] = _object(level.get(name))
        level = level[name]
    level[names[-1]] = _sum(level.get(names[-1]), amount)
    return root, level[names[-1]]


def _object(level: Any) -> Object:
    if level is not None and not isinstance(level, dict):
        raise ValidationError("path is required and must be a way through objects: something else is stored there")
    return {} if level is None else level


def _sum(before: Any, amount: int) -> int | float:
    """Add; what is no number counts as 0."""
    number = before if isinstance(before, (int, float)) and not isinstance(before, bool) else 0
    total = number + amount
    if not (LEAST <= total <= GREATEST) and isinstance(total, int):
        raise ValidationError("amount is required and must be such that the sum stays within 64 bits")
    return total
