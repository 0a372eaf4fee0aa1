"""Which capability each call needs (contract: capabilities-and-limits, section 1). For tools and mocks; the host decides."""

from __future__ import annotations

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


def capabilities_for(service: str, method: str) -> tuple[str, ...]:
    """Return the capabilities any one of which allows the call; none means that it is always allowed."""
    if (service, method) in _EITHER:
        return _EITHER[service, method]
    if service in _BY_METHOD:
        return tuple(name for name, methods in _BY_METHOD[service].items() if method in methods.split())
    return (_BY_SERVICE[service],) if service in _BY_SERVICE else ()
