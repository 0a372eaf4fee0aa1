"""``manifest.json``: is it there, can it be read, does it say who the plugin is."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any

from ._findings import ValidationResult

NAME = "manifest.json"
PLUGIN_ID = re.compile(r"[a-z][a-z0-9_]{2,31}")
DESCRIPTION_LENGTH = 2000
PLACEHOLDERS = frozenset(
    ["todo", "tbd", "fill me in", "lorem ipsum", "placeholder", "description goes here", "edit this"]
)


def read_manifest(archive: zipfile.ZipFile, names: list[str], result: ValidationResult) -> dict[str, Any] | None:
    """Return the manifest, or ``None`` if there is none that can be read."""
    if NAME not in names:
        result.add("error", "missing_manifest", "manifest.json is missing at the root")
        return None
    try:
        content = json.loads(archive.read(NAME).decode("utf-8"))
    except UnicodeDecodeError:
        result.add("error", "manifest_encoding", "manifest.json is not UTF-8; save it as UTF-8 without BOM")
        return None
    except json.JSONDecodeError as error:
        message = f"manifest.json is no JSON: {error.msg} in line {error.lineno}"
        result.add("error", "manifest_invalid_json", message, path=NAME, line=error.lineno)
        return None
    except RecursionError:
        result.add("error", "manifest_invalid_json", "manifest.json is nested too deeply", path=NAME)
        return None
    if not isinstance(content, dict):
        result.add("error", "manifest_not_object", "manifest.json must be an object at its top level", path=NAME)
        return None
    return content


def check_manifest(manifest: dict[str, Any], plugin_id: str, version: str, result: ValidationResult) -> None:
    """Check who the plugin says it is."""
    for field in ("id", "name", "version"):
        if not str(manifest.get(field) or "").strip():
            result.add("error", "manifest_missing_field", f"manifest.json has no {field}", path=NAME)
    own_id = str(manifest.get("id") or "").strip()
    own_version = str(manifest.get("version") or "").strip()
    if own_id and own_id != plugin_id:
        message = f"manifest.json says the id is {own_id!r}, it is to be installed as {plugin_id!r}"
        result.add("error", "manifest_plugin_id_mismatch", message, path=NAME)
    if own_id and not PLUGIN_ID.fullmatch(own_id):
        hint = "A letter, then letters, digits or _; 3 to 32 characters, lower case."
        result.add("error", "manifest_id_invalid", f"{own_id!r} is no plugin id", path=NAME, hint=hint)
    if own_version and own_version != version:
        message = f"manifest.json says the version is {own_version!r}, it is to be installed as {version!r}"
        result.add("error", "manifest_version_mismatch", message, path=NAME)
    description = str(manifest.get("description") or "").strip()
    if len(description) > DESCRIPTION_LENGTH:
        message = f"the description has {len(description)} characters; at most {DESCRIPTION_LENGTH} are shown"
        result.add("warning", "description_too_long", message, path=NAME)
    elif description.lower() in PLACEHOLDERS:
        result.add("warning", "description_placeholder", f"the description is still {description!r}", path=NAME)
