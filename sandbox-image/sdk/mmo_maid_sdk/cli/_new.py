"""``mmo new`` and ``mmo init``: a plugin's folder from a template."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ..templates import TEMPLATES, files_of

PLUGIN_ID = re.compile(r"[a-z][a-z0-9_]{2,31}")


def new(plugin_id: str, template: str, target: Path | None) -> int:
    """Write the files of *template* into *target*."""
    plugin_id = plugin_id.lower()
    if not PLUGIN_ID.fullmatch(plugin_id):
        message = f"{plugin_id!r} is no plugin id: a letter, then letters, digits or _; 3 to 32 characters"
        print(f"mmo new: {message}", file=sys.stderr)
        return 2
    folder = target or Path(plugin_id)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"mmo new: {folder} is there already and is not an empty folder; choose another with --target", file=sys.stderr)
        return 2
    for name, text in files_of(template, plugin_id).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"made {folder} from the template {template}\n\n  cd {folder}\n  mmo dev        # run its events\n  mmo pack       # write its zip")
    return 0


def ask() -> int:
    """Ask for what ``new`` needs."""
    try:
        plugin_id = input("Plugin id (for example my_plugin): ").strip()
        print("Templates:", *(f"\n  {name:10} {description}" for name, description in TEMPLATES.items()))
        template = input("Template [basic]: ").strip() or "basic"
    except (EOFError, KeyboardInterrupt):
        print()
        return 2
    if template not in TEMPLATES:
        print(f"mmo init: there is no template {template!r}", file=sys.stderr)
        return 2
    return new(plugin_id, template, None)
