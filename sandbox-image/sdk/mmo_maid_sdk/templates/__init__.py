"""What ``mmo new`` starts a plugin from."""

from __future__ import annotations

from pathlib import Path

TEMPLATES = {
    "basic": "answers !ping in any channel",
    "slash": "a slash command with an option, a button and a form",
    "welcome": "greets new members in a channel the owner chooses",
    "cron": "a daily summary and a heartbeat",
    "dashboard": "a page with numbers, a chart and settings",
}

# Files that would mean something in this package have another name here.
_NAMES = {"gitignore": ".gitignore", "main.py": "__main__.py", "test_plugin.txt": "test_plugin.py"}


def files_of(template: str, plugin_id: str) -> dict[str, str]:
    """Return the text of each file of a new plugin."""
    title = plugin_id.replace("_", " ").title()
    files = {}
    for folder in (Path(__file__).parent / "common", Path(__file__).parent / template):
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            relative = path.relative_to(folder)
            base = relative.name.removesuffix(".in")
            name = relative.with_name(_NAMES.get(base, base)).as_posix()
            text = path.read_text(encoding="utf-8")
            files[name] = text.replace("{{plugin_id}}", plugin_id).replace("{{title}}", title)
    return files
