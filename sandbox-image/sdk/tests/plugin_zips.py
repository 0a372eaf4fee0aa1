"""Plugin zips for tests of the validator: a clean one, and changes to it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from mmo_maid_sdk._validation import ValidationResult, validate_artifact

MANIFEST = {"id": "my_plugin", "name": "Mine", "version": "1.0.0", "capabilities_required": []}
MAIN = "from mmo_maid_sdk import Plugin\nplugin = Plugin()\n"
Content = "str | bytes | None"


def zipped(files: dict[str, Any]) -> bytes:
    """Return a zip of the files; a content of ``None`` leaves a file out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return buffer.getvalue()


def plugin(source: str = "", files: dict[str, Any] | None = None, **manifest: Any) -> dict[str, Any]:
    """Return the files of a clean plugin with more source, other files, other keys in its manifest."""
    return {"manifest.json": json.dumps({**MANIFEST, **manifest}), "__main__.py": MAIN + source, **(files or {})}


def validate(files: dict[str, Any], **options: Any) -> ValidationResult:
    """Return the findings about files."""
    return validate_artifact(plugin_id="my_plugin", version="1.0.0", artifact_bytes=zipped(files), **options)


def codes(result: ValidationResult) -> list[str]:
    """Return the codes in order."""
    return [finding.code for finding in result.findings]
