"""A plugin's folder: what of it belongs into the zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LEFT_OUT_FOLDERS = frozenset(
    ".git .github .venv venv __pycache__ .pytest_cache .mypy_cache .ruff_cache node_modules dist build tests test".split()
)
LEFT_OUT_FILES = frozenset([".DS_Store", "Thumbs.db"])
LEFT_OUT_SUFFIXES = (".pyc", ".pyo")
# The earliest time a zip can name: the same files give the same bits, whenever they were written.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
ENTRIES = ("__main__.py", "plugin.py")


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name in the zip and the path of every file that belongs to the plugin, in order."""
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if LEFT_OUT_FOLDERS.intersection(parts[:-1]) or not path.is_file() or path.is_symlink():
            continue
        if path.name not in LEFT_OUT_FILES and not path.name.endswith(LEFT_OUT_SUFFIXES):
            found.append(("/".join(parts), path))
    yield from sorted(found)


def zipped(folder: Path) -> bytes:
    """Return the folder as a plugin zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in files(folder):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest, as far as it can be read."""
    try:
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def entry(folder: Path) -> Path | None:
    """Return the file that is run."""
    return next((folder / name for name in ENTRIES if (folder / name).is_file()), None)
