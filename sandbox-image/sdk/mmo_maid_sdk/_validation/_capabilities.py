"""Capabilities: declared in the manifest, and used in the sources."""

from __future__ import annotations

from typing import Any

from ..testing._rules import ALL_CAPABILITIES, capabilities_for
from ._findings import ValidationResult

KEYS = ("capabilities_required", "capabilities_requested", "requested_capabilities", "capabilities")
NEVER_UNUSED = frozenset(["storage:kv", "storage:sql", "interaction:respond"])
LEGACY = {"kv:read": "storage:kv", "kv:write": "storage:kv", "discord:respond_to_interaction": "interaction:respond"}

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


def check_capabilities(manifest: dict[str, Any], sources: dict[str, bytes], result: ValidationResult) -> None:
    """Compare what the manifest declares with what the sources use."""
    declared: set[str] = set()
    for key in KEYS:
        if key not in manifest:
            continue
        entries = manifest[key]
        if not isinstance(entries, list):
            result.add("error", "capabilities_not_list", f"{key} must be an array of texts", path="manifest.json")
            continue
        for entry in entries:
            if not isinstance(entry, str) or ":" not in entry:
                message = f"{entry!r} is no capability; expected namespace:action"
                result.add("error", "capability_malformed", message, path="manifest.json")
            else:
                declared.add(LEGACY.get(entry.strip(), entry.strip()))
    for name in sorted(declared):
        if name not in ALL_CAPABILITIES and not name.startswith("events:"):
            result.add("warning", "capability_unknown", f"{name} is no capability known here", path="manifest.json")
    if manifest.get("slash_commands") or manifest.get("commands"):
        declared.add("interaction:respond")
    if manifest.get("proxy_domains_requested"):
        declared.add("proxy:http")
    if sources:
        _compare(declared, b"\n".join(sources.values()), result)


def _compare(declared: set[str], text: bytes, result: ValidationResult) -> None:
    needs = {needed for pattern, needed in PATTERNS.items() if pattern in text}
    for needed in sorted(needs):
        if not declared.intersection(needed):
            severity = "warning" if needed[0].startswith("events:") else "error"
            message = f"the sources use {needed[0]}, which manifest.json does not declare"
            hint = f'Add "{needed[0]}" to capabilities_required in manifest.json.'
            result.add(severity, "capability_used_not_declared", message, path="manifest.json", hint=hint)
    used = {name for needed in needs for name in needed}
    for name in sorted(declared - used - NEVER_UNUSED):
        if not name.startswith("events:"):
            message = f"manifest.json declares {name}, which no source uses"
            result.add("warning", "capability_declared_not_used", message, path="manifest.json")
