"""The dashboard: is there one for the handlers, and are there handlers for what it shows."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any

from ._findings import ValidationResult

FILE = "dashboard_manifest.json"
HANDLER = re.compile(rb"\.on_dashboard\(\s*[\"'](?:dashboard\.)?([A-Za-z0-9_\-]{1,64})[\"']")
ANY_HANDLER = re.compile(rb"\.on_dashboard\(")
METHOD_KEYS = ("rpc_method", "save_rpc_method", "save_method")


def check_dashboard(
    archive: zipfile.ZipFile,
    names: list[str],
    manifest: dict[str, Any],
    sources: dict[str, bytes],
    result: ValidationResult,
) -> None:
    """Compare the dashboard's methods with the registered handlers."""
    text = b"\n".join(sources.values())
    literal = {name.decode() for name in HANDLER.findall(text)}
    file = FILE if FILE in names else next((name for name in names if name.endswith(f"/{FILE}")), None)
    embedded = manifest.get("dashboard_manifest")
    if file is None and not isinstance(embedded, dict):
        if ANY_HANDLER.search(text) and not any(name.startswith("dashboard/") for name in names):
            message = "on_dashboard handlers are registered, but nothing displays what they return"
            result.add("warning", "dashboard_handler_without_manifest", message)
        return
    content: Any = embedded
    if file is not None:
        try:
            content = json.loads(archive.read(file).decode("utf-8"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            result.add("error", "dashboard_manifest_unparseable", f"{file} is no JSON: {error}", path=file)
            return
    if not isinstance(content, dict) or not isinstance(content.get("pages", []), list):
        message = "dashboard_manifest.json: it must be an object with a list of pages"
        result.add("error", "dashboard_manifest_invalid", message, path=file)
        return
    dynamic = len(ANY_HANDLER.findall(text)) > len(HANDLER.findall(text))
    for name in sorted(_methods(content.get("pages", [])) - literal):
        message = f"the dashboard asks for {name!r}, but no on_dashboard handler has that name"
        severity = "warning" if dynamic else "error"
        result.add(severity, "dashboard_rpc_method_missing_handler", message, path=file)


def _methods(node: Any) -> set[str]:
    """Return every method name anywhere below *node*."""
    if isinstance(node, list):
        return {name for part in node for name in _methods(part)}
    if not isinstance(node, dict):
        return set()
    own = {str(node[key]).removeprefix("dashboard.") for key in METHOD_KEYS if node.get(key)}
    return own.union(*(_methods(value) for value in node.values()))
