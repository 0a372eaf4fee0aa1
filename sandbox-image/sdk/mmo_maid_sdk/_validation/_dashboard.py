"""The dashboard: is there one for the handlers, is it well formed, are there handlers and files for what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ._dashboard_schema import schema_errors
from ._dashboard_walk import assets, declared_methods, shown_methods
from ._facts import Facts
from ._files import Files
from ._findings import ValidationResult, shown
from ._json import JsonProblem, read_json
from ._limits import SCHEMA_ERRORS, TEXT_BYTES

FILE = "dashboard_manifest.json"
FOLDER = "dashboard/"


def check_dashboard(
    files: Files, manifest: dict[str, Any], stored: dict[str, Any] | None, facts: Facts, result: ValidationResult
) -> None:
    """Add the findings 17 to 21 of the contract, and missing assets behind 19."""
    file = _file(files, manifest)
    embedded = manifest.get("dashboard_manifest")
    has_embedded = isinstance(embedded, dict) and bool(embedded)
    has_folder = any(name.startswith(FOLDER) or f"/{FOLDER}" in name for name in files.names)
    has_stored = bool(stored) and (stored or {}).get("mode", "manifest") == "manifest"
    if facts.has_dashboard and not (file or has_embedded or has_folder or has_stored):
        message = "on_dashboard handlers are registered, but nothing displays what they return"
        hint = f"Add {FILE} with pages whose widgets name the handlers."
        result.add("warning", "dashboard_handler_without_manifest", message, hint=hint)
    if file is None and not has_embedded:
        return
    content = embedded
    if file is not None:
        try:
            if files.size(file) > TEXT_BYTES:
                raise JsonProblem("too_large", f"{files.size(file)} bytes; at most {TEXT_BYTES} are read")
            content = read_json(files.read(file))
        except JsonProblem as problem:
            message = f"{file} is no JSON: {problem}"
            hint = "Often a comma too many or too few."
            result.add("error", "dashboard_manifest_unparseable", message, path=file, line=problem.line, hint=hint)
            return
    path = file or "manifest.json"
    errors = list(islice(schema_errors(content), SCHEMA_ERRORS))
    for error in errors:
        result.add("error", "dashboard_manifest_invalid", f"{FILE}: {error}", path=path)
    if not errors and isinstance(content, dict):
        _check_assets(files, content, path, result)
        _check_handlers(content, facts, path, result)


def _file(files: Files, manifest: dict[str, Any]) -> str | None:
    """Return the dashboard's file: the usual one, the one the manifest names, or the first of its name."""
    named = manifest.get("dashboard_manifest")
    wanted = [FILE, named if isinstance(named, str) else FILE]
    found: Iterator[str] = (name for name in wanted if name in files.names)
    return next(found, None) or next((name for name in files.names if name.endswith(f"/{FILE}")), None)


def _check_assets(files: Files, content: dict[str, Any], path: str, result: ValidationResult) -> None:
    names = frozenset(files.names)
    for where, asset in assets(content):
        if asset not in names:
            message = f"{FILE}: {where} names {shown(asset)}, which is not in the zip"
            hint = "Paths are those in the zip, upper and lower case as there."
            result.add("error", "dashboard_asset_missing", message, path=path, hint=hint)


def _check_handlers(content: dict[str, Any], facts: Facts, path: str, result: ValidationResult) -> None:
    wanted = shown_methods(content)
    for name in sorted(wanted - facts.dashboard):
        message = f"the dashboard asks for {shown(name)}, but no on_dashboard handler has that name"
        hint = f'Add @plugin.on_dashboard("{name}"), or take the widget away.'
        severity = "warning" if facts.dynamic_dashboard else "error"
        result.add(severity, "dashboard_rpc_method_missing_handler", message, path=path, hint=hint)
    for name in sorted(declared_methods(content) - facts.dashboard - wanted):
        message = f"'rpc' declares {shown(name)}, but no on_dashboard handler has that name"
        hint = f'Add @plugin.on_dashboard("{name}"), or take the declaration away.'
        result.add("warning", "dashboard_declared_rpc_no_handler", message, path=path, hint=hint)
