"""The hosts a plugin wants to reach: bare names (plugin-zip, section 2.3)."""

from __future__ import annotations

import re
from typing import Any

from ._findings import ValidationResult, shown

KEYS = ("proxy_domains_requested", "proxy_domains", "http_allowlist")
DOMAINS = 100
NAME_CHARS = 253
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)


def domains(manifest: dict[str, Any]) -> tuple[str, Any]:
    """Return the key that is in force, and its value, ``None`` if there is none."""
    key = next((key for key in KEYS if manifest.get(key) is not None), KEYS[0])
    return key, manifest.get(key)


def check_domains(manifest: dict[str, Any], result: ValidationResult) -> None:
    """Check that each entry is the name of a host and nothing more."""
    key, entries = domains(manifest)
    if entries is None:
        return
    if not isinstance(entries, list):
        message = f"{key!r} must be an array of host names, not {shown(entries)}"
        hint = f'Write "{key}": ["api.example.com"].'
        result.add("error", "proxy_domains_not_list", message, path="manifest.json", hint=hint)
        return
    if len(entries) > DOMAINS:
        message = f"{key!r} has {len(entries)} entries; at most {DOMAINS} are allowed"
        hint = "An entry covers its sub-domains too: name the parent once."
        result.add("error", "proxy_domain_invalid", message, path="manifest.json", hint=hint)
    for entry in entries[:DOMAINS]:
        reason = problem(entry.strip().lower()) if isinstance(entry, str) else "it is no text"
        if reason:
            message = f"{shown(entry)} in {key!r} is not a bare host name: {reason}"
            hint = "Write only the host, for example api.example.com."
            result.add("error", "proxy_domain_invalid", message, path="manifest.json", hint=hint)


def problem(domain: str) -> str:
    """Return why a text is no host name; empty if it is one."""
    if "://" in domain:
        return "it has a scheme"
    if re.search(r"[/?#\\]", domain):
        return "it has a path"
    if "*" in domain:
        return "it has a wildcard; an entry covers its sub-domains anyway"
    if ":" in domain:
        return "it has a port or is an address"
    if not domain.isascii():
        return "it is not ASCII; write the xn-- form"
    if not 1 <= len(domain) <= NAME_CHARS:
        return f"it is not 1 to {NAME_CHARS} characters long"
    labels = domain.split(".")
    if not all(LABEL.fullmatch(label) for label in labels):
        return "its parts must be 1 to 63 letters, digits or -"
    return "it is an address, not a name" if labels[-1].isdigit() else ""
