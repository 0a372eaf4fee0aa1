"""Capabilities: declared in the manifest, and used in the sources (plugin-zip, section 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._capabilities import ALL_CAPABILITIES, capabilities_for
from ._domains import domains as domains_of
from ._facts import Facts
from ._findings import ValidationResult, shown

KEYS = ("capabilities_required", "capabilities_requested", "requested_capabilities", "capabilities")
NEVER_UNUSED = frozenset(["storage:kv", "storage:sql", "interaction:respond"])
LEGACY = {"kv:read": "storage:kv", "kv:write": "storage:kv", "discord:respond_to_interaction": "interaction:respond"}
MANIFEST = "manifest.json"


def check_capabilities(
    manifest: dict[str, Any],
    effective: dict[str, Any] | None,
    facts: Facts,
    result: ValidationResult,
    *,
    domains: Callable[[], None],
) -> None:
    """Check the declarations, then (*domains*) the hosts, then compare with what the sources use."""
    for key in KEYS:
        _check_list(key, manifest.get(key), result)
    for name in sorted(_names(manifest)):
        if name in LEGACY:
            message = f"capability {shown(name)} is an old name of {LEGACY[name]}"
            result.add("warning", "capability_legacy_name", message, path=MANIFEST, hint=f'Write "{LEGACY[name]}".')
        elif name not in ALL_CAPABILITIES and not name.startswith("events:"):
            message = f"capability {shown(name)} is unknown here and is never granted"
            result.add("warning", "capability_unknown", message, path=MANIFEST)
    domains()
    if facts.scanned:
        _compare(_declared(manifest if effective is None else effective), facts.needs, result)


def _check_list(key: str, entries: Any, result: ValidationResult) -> None:
    if entries is None:
        return
    if not isinstance(entries, list):
        message = f"{key} must be an array of texts, not {shown(entries)}"
        result.add("error", "capabilities_not_list", message, path=MANIFEST, hint=f'Write "{key}": ["storage:kv"].')
        return
    for entry in entries:
        if not isinstance(entry, str) or ":" not in entry:
            message = f"{shown(entry)} in {key} is no capability; expected namespace:action"
            result.add("error", "capability_malformed", message, path=MANIFEST, hint='For example "discord:send_message".')


def _names(manifest: dict[str, Any]) -> set[str]:
    lists = [manifest[key] for key in KEYS if isinstance(manifest.get(key), list)]
    return {entry.strip() for entries in lists for entry in entries if isinstance(entry, str) and ":" in entry}


def _declared(manifest: dict[str, Any]) -> set[str]:
    """Return what the manifest asks for, by name or by what else it has."""
    declared = {LEGACY.get(name, name) for name in _names(manifest)}
    if manifest.get("slash_commands") or ("slash_commands" not in manifest and manifest.get("commands")):
        declared.add("interaction:respond")
    if domains_of(manifest)[1]:
        declared.add("proxy:http")
    return declared


def _compare(declared: set[str], needs: set[tuple[str, ...]], result: ValidationResult) -> None:
    for needed in sorted(needs):
        if not declared.intersection(needed):
            severity = "warning" if needed[0].startswith("events:") else "error"
            message = f"the sources use {needed[0]}, which manifest.json does not declare"
            hint = f'Add "{needed[0]}" to capabilities_required in manifest.json.'
            result.add(severity, "capability_used_not_declared", message, path=MANIFEST, hint=hint)
    used = {name for needed in needs for name in needed}
    for name in sorted(declared - used - NEVER_UNUSED):
        if not name.startswith("events:"):
            message = f"manifest.json declares {shown(name)}, which no source uses"
            hint = "Owners install plugins that ask for less more readily."
            result.add("warning", "capability_declared_not_used", message, path=MANIFEST, hint=hint)
