"""What the host checks before it does anything: capabilities and rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._exceptions import CapabilityError, RateLimitError

if TYPE_CHECKING:
    from ._clock import MockClock

# Service and method -> the capabilities any one of which will do; a refusal names the first.
_BY_METHOD = {
    "discord": {
        "discord:send_message": "send_message",
        "discord:edit_message": "edit_message",
        "discord:add_reaction": "add_reaction",
        "discord:read": (
            "get_messages iter_messages get_guild get_channel list_channels get_member list_members search_members"
            " list_roles"
        ),
        "discord:delete_message": "delete_message bulk_delete_messages",
        "discord:manage_channels": (
            "create_channel edit_channel delete_channel set_channel_permissions delete_channel_permission"
            " create_thread edit_thread"
        ),
        "discord:manage_webhooks": "create_webhook delete_webhook",
        "discord:moderate_members": "timeout_member timeout_bulk set_nickname",
        "discord:kick_members": "kick_member kick_bulk",
        "discord:ban_members": "ban_member unban_member",
        "discord:manage_roles": "add_role remove_role add_role_bulk remove_role_bulk",
    }
}
_BY_SERVICE = {
    "kv": "storage:kv",
    "sql": "storage:sql",
    "secrets": "storage:secrets",
    "http": "proxy:http",
    "ws": "proxy:websocket",
    "interaction": "interaction:respond",
}
_EITHER = {
    ("discord", "pin_message"): ("discord:edit_message", "discord:send_message"),
    ("discord", "unpin_message"): ("discord:edit_message", "discord:send_message"),
    ("discord", "execute_webhook"): ("discord:send_message", "discord:manage_webhooks"),
}

ALL_CAPABILITIES = frozenset(
    [
        *_BY_SERVICE.values(),
        *_BY_METHOD["discord"],
        "events:message_content",
        "events:member_join",
        "events:member_leave",
        "events:reaction_add",
        "events:reaction_remove",
    ]
)
MINUTE_NANOSECONDS = 60_000_000_000
CALLS_PER_MINUTE = {"discord": 60, "proxy": 30}


def capabilities_for(service: str, method: str) -> tuple[str, ...]:
    """Return the capabilities any one of which allows the call; none means that it is always allowed."""
    if (service, method) in _EITHER:
        return _EITHER[service, method]
    if service in _BY_METHOD:
        return tuple(name for name, methods in _BY_METHOD[service].items() if method in methods.split())
    return (_BY_SERVICE[service],) if service in _BY_SERVICE else ()


def check_capability(capabilities: set[str], service: str, method: str) -> None:
    """Raise what the host answers to a call that its owner has not granted."""
    needed = capabilities_for(service, method)
    if needed and not capabilities.intersection(needed):
        raise CapabilityError(
            f"capability {needed[0]} is not granted to this plugin: ctx.{service}.{method} needs it"
            " (declare it in capabilities_required in manifest.json)"
        )


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
