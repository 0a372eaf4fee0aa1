"""Text in a source that shows that a capability is used (plugin-zip, section 4.3); comments and strings count."""

from __future__ import annotations

from .._capabilities import capabilities_for


_DISCORD = (
    "send_message edit_message delete_message bulk_delete_messages add_reaction pin_message unpin_message get_messages"
    " iter_messages get_guild get_channel list_channels get_member list_members search_members list_roles create_channel"
    " edit_channel delete_channel set_channel_permissions delete_channel_permission create_thread edit_thread"
    " timeout_member timeout_bulk set_nickname kick_member kick_bulk ban_member unban_member add_role remove_role"
    " add_role_bulk remove_role_bulk create_webhook delete_webhook execute_webhook"
).split()
_SERVICES = {
    "kv": "get set delete exists list count increment decrement get_many set_many list_values mget mput",
    "sql": "execute query query_one scalar",
    "secrets": "get set delete",
    "interaction": "respond defer followup send_modal",
    "http": "get post request allow_host",
    "ws": "ensure send connect close allow_host",
}

# Text in a source -> the capabilities any one of which it needs.
PATTERNS: dict[bytes, tuple[str, ...]] = {
    **{f".{method}(".encode(): capabilities_for("discord", method) for method in _DISCORD},
    **{
        f".{service}.{method}(".encode(): capabilities_for(service, method)
        for service, methods in _SERVICES.items()
        for method in methods.split()
    },
    **{text: ("events:message_content",) for text in (b'("content"', b"('content'")},
}
