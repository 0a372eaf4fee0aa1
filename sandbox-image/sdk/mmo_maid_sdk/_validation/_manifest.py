"""``manifest.json``: is it there, can it be read, does it say who the plugin is."""

from __future__ import annotations

import re
from typing import Any

from ._files import MANIFEST as NAME
from ._files import Files
from ._findings import ValidationResult, shown
from ._json import JsonProblem, read_json
from ._limits import TEXT_BYTES

PLUGIN_ID = re.compile(r"[a-z][a-z0-9_]{2,31}")
NAME_CHARS, VERSION_CHARS = 200, 128
DESCRIPTION_CHARS = 2000
PLACEHOLDERS = frozenset(
    ["todo", "tbd", "fill me in", "lorem ipsum", "placeholder", "description goes here", "edit this"]
)
SCHEMES = {"homepage": ("https://", "http://"), "icon_url": ("https://",)}


def read_manifest(files: Files, result: ValidationResult) -> dict[str, Any] | None:
    """Return the manifest, or ``None`` if there is none that can be read."""
    if NAME not in files.names:
        hint = 'Add manifest.json with {"id", "name", "version", "capabilities_required"}.'
        result.add("error", "missing_manifest", "manifest.json is missing at the root", hint=hint)
        return None
    if files.size(NAME) > TEXT_BYTES:
        message = f"manifest.json has {files.size(NAME)} bytes; at most {TEXT_BYTES} are read"
        result.add("error", "manifest_too_large", message, path=NAME)
        return None
    try:
        content = read_json(files.read(NAME))
    except JsonProblem as problem:
        if problem.kind == "encoding":
            message = f"manifest.json is not UTF-8 ({problem}); save it as UTF-8 without BOM"
            result.add("error", "manifest_encoding", message)
        else:
            message = f"manifest.json is no JSON: {problem}"
            hint = "Save it as UTF-8 without BOM." if "BOM" in str(problem) else "Often a comma too many or too few."
            result.add("error", "manifest_invalid_json", message, path=NAME, line=problem.line, hint=hint)
        return None
    if not isinstance(content, dict):
        message = f"manifest.json must be an object at its top level, not {shown(content)}"
        result.add("error", "manifest_not_object", message, path=NAME)
        return None
    return content


def text(manifest: dict[str, Any], key: str) -> str:
    """Return a text of the manifest without the spaces around it, the empty one if it has none."""
    value = manifest.get(key)
    return value.strip() if isinstance(value, str) else ""


def check_manifest(manifest: dict[str, Any], plugin_id: str, version: str, result: ValidationResult) -> None:
    """Check who the plugin says it is."""
    for field in ("id", "name", "version"):
        if not text(manifest, field):
            found = f", not {shown(manifest[field])}" if field in manifest else ""
            message = f"manifest.json must have {field!r}, a text that is not empty{found}"
            result.add("error", "manifest_missing_field", message, path=NAME, hint=f'Add "{field}": "…".')
    own_id, own_version = text(manifest, "id"), text(manifest, "version")
    if own_id and own_id != plugin_id:
        message = f"manifest.json says the id is {shown(own_id)}, it is to be installed as {shown(plugin_id)}"
        result.add("error", "manifest_plugin_id_mismatch", message, path=NAME, hint=f'Write "id": "{plugin_id}".')
    if own_id and not PLUGIN_ID.fullmatch(own_id):
        hint = "A letter, then letters, digits or _; 3 to 32 characters, lower case."
        result.add("error", "manifest_id_invalid", f"{shown(own_id)} is no plugin id", path=NAME, hint=hint)
    if own_version and own_version != version:
        message = f"manifest.json says the version is {shown(own_version)}, it is to be installed as {shown(version)}"
        result.add("error", "manifest_version_mismatch", message, path=NAME, hint=f'Write "version": "{version}".')
    for field, limit in (("name", NAME_CHARS), ("version", VERSION_CHARS)):
        value = text(manifest, field)
        if len(value) > limit or not value.isprintable():
            message = f"{field!r} must have at most {limit} characters, none of them a control character: {shown(value)}"
            result.add("error", "manifest_field_invalid", message, path=NAME)
    _check_texts(manifest, result)


def _check_texts(manifest: dict[str, Any], result: ValidationResult) -> None:
    description = text(manifest, "description")
    if len(description) > DESCRIPTION_CHARS:
        message = f"the description has {len(description)} characters; at most {DESCRIPTION_CHARS} are shown"
        result.add("warning", "description_too_long", message, path=NAME, hint="Move the detail into README.md.")
    elif description.lower() in PLACEHOLDERS:
        message = f"the description is still {shown(description)}"
        result.add("warning", "description_placeholder", message, path=NAME, hint="Say what the plugin does for a server.")
    for field, schemes in SCHEMES.items():
        link = text(manifest, field)
        if link and (not link.startswith(schemes) or re.search(r"\s", link)):
            message = f"{field!r} {shown(link)} is not a web address and is not shown"
            result.add("warning", "link_invalid", message, path=NAME, hint=f"It must start with {' or '.join(schemes)}.")
    entry = manifest.get("entrypoint")
    if entry is not None and text(manifest, "entrypoint") != "__main__.py":
        message = f"'entrypoint' {shown(entry)} is ignored: the entry is always __main__.py"
        result.add("warning", "entrypoint_ignored", message, path=NAME, hint="Take the key away.")
