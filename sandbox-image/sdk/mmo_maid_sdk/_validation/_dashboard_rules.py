"""Rules that several parts of a dashboard manifest share; each yields texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from ._dashboard_walk import bare
from ._findings import shown

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
PERMISSIONS = ("manager", "owner", "viewer")
DENSITIES = ("compact", "cozy")
REFRESH_SECONDS = range(5, 3601)
ASSET_CHARS = 200


def is_name(value: Any) -> bool:
    """Whether a value can be an id."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_method(value: Any) -> bool:
    """Whether a value can be the name of a handler."""
    return isinstance(value, str) and NAME.fullmatch(bare(value)) is not None


def is_text(value: Any, limit: int) -> bool:
    """Whether a value is text of at most *limit* characters."""
    return isinstance(value, str) and len(value) <= limit


def is_one_of(value: Any, allowed: Collection[str]) -> bool:
    """Whether a value is one of some texts."""
    return isinstance(value, str) and value in allowed


def is_asset(value: Any) -> bool:
    """Whether a value is the path of a file below ``dashboard/``."""
    return is_text(value, ASSET_CHARS) and value.startswith("dashboard/") and ".." not in value and "\\" not in value


def refresh(item: dict[str, Any], where: str) -> Iterator[str]:
    """Check ``refresh_seconds``."""
    value = item.get("refresh_seconds")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value not in REFRESH_SECONDS):
        least, most = REFRESH_SECONDS[0], REFRESH_SECONDS[-1]
        yield f"{where}: 'refresh_seconds' {shown(value)} must be a whole number from {least} to {most}"


def permission(item: dict[str, Any], where: str) -> Iterator[str]:
    """Check ``permission``."""
    value = item.get("permission")
    if value is not None and not (isinstance(value, str) and value.strip().lower() in PERMISSIONS):
        yield f"{where}: 'permission' {shown(value)} must be one of {', '.join(PERMISSIONS)}"


def rpc(content: dict[str, Any]) -> Iterator[str]:
    """Check the declaration of handlers for direct calls."""
    declared = content.get("rpc")
    if declared is None:
        return
    if not isinstance(declared, dict):
        yield "'rpc' must be an object of method names, each with {\"writes\": true} or {}"
        return
    for name, spec in declared.items():
        if not is_method(name):
            yield f"'rpc' key {shown(name)} is no method name: 1 to 64 letters, digits, _ or -"
        elif not isinstance(spec, dict):
            yield f"'rpc.{name}' must be an object, not {shown(spec)}"
        elif spec.get("writes") is not None and not isinstance(spec["writes"], bool):
            yield f"'rpc.{name}.writes' must be true or false, not {shown(spec['writes'])}"


def theme(value: Any) -> Iterator[str]:
    """Check the colours and texts of the whole dashboard."""
    if not isinstance(value, dict):
        yield f"'theme' must be an object, not {shown(value)}"
        return
    for key in ("accent", "accent_secondary"):
        color = value.get(key)
        if color is not None and not _is_color(color):
            yield f"'theme.{key}' {shown(color)} must be a colour like #7c5cff"
    palette = value.get("chart_palette")
    if palette is not None and not (
        isinstance(palette, list) and 1 <= len(palette) <= 8 and all(_is_color(color) for color in palette)
    ):
        yield "'theme.chart_palette' must be a list of 1 to 8 colours like #7c5cff"
    logo = value.get("logo")
    if logo is not None and not is_asset(logo):
        yield f"'theme.logo' {shown(logo)} must be a path below dashboard/"
    header = value.get("header")
    if header is not None and not isinstance(header, dict):
        yield f"'theme.header' must be an object, not {shown(header)}"
    elif header is not None:
        for key in ("title", "subtitle"):
            if header.get(key) is not None and not is_text(header[key], 120):
                yield f"'theme.header.{key}' must be text of at most 120 characters"
    density = value.get("density")
    if density is not None and not is_one_of(density, DENSITIES):
        yield f"'theme.density' {shown(density)} must be one of {', '.join(DENSITIES)}"


def _is_color(value: Any) -> bool:
    return isinstance(value, str) and COLOR.fullmatch(value) is not None
