"""``mmo dev``: run a plugin's events, in the real sandbox if Homemaid is installed, else on the mock."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._plugin import NO_RUN_VARIABLE, Plugin
from ..testing import MockContext, make_event
from ._events_file import EventsError, read_events
from ._folder import entry, manifest

POLL_SECONDS = 0.5


def dev(folder: Path, *, watch: bool, mock: bool) -> int:
    """Run the events once, or again and again."""
    folder = folder.resolve()
    if not folder.is_dir() or entry(folder) is None:
        print(f"mmo dev: there is no __main__.py in {folder}", file=sys.stderr)
        return 2
    homemaid = None if mock else shutil.which("homemaid")
    run: Callable[[], int] = (lambda: in_lab(homemaid, folder)) if homemaid else (lambda: in_new_process(folder))
    seen = changes(folder)  # before the run: what is saved during it is a change too
    status = run()
    while watch:
        time.sleep(POLL_SECONDS)
        now = changes(folder)
        if now != seen:
            seen = now
            print(f"\n--- {time.strftime('%H:%M:%S')} changed, running again ---")
            status = run()
    return status


def changes(folder: Path) -> dict[Path, int]:
    """Return when each file that matters was last written."""
    paths = [path for pattern in ("*.py", "events.yaml", "manifest.json") for path in folder.rglob(pattern)]
    return {path: path.stat().st_mtime_ns for path in paths if path.is_file()}


def in_lab(homemaid: str, folder: Path) -> int:
    """Run the folder in a locked container against a simulated Discord."""
    command = [homemaid, "try", str(folder), "--grant", "all"]
    events = folder / "events.yaml"
    if events.exists():
        command += ["--events", str(events)]
    return subprocess.run(command, check=False).returncode


def in_new_process(folder: Path) -> int:
    """Run the folder on the mock, in a process of its own, so that each run starts with fresh modules."""
    code = "import sys; from mmo_maid_sdk.cli._dev import on_mock; sys.exit(on_mock(sys.argv[1]))"
    package_parent = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([package_parent, *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, NO_RUN_VARIABLE: "1", "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-B", "-c", code, str(folder)], env=environment, check=False).returncode


def load(folder: Path) -> Plugin:
    """Import the plugin as its test does and return its ``Plugin``."""
    path = entry(folder)
    assert path is not None
    os.environ[NO_RUN_VARIABLE] = "1"
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("__main__", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [value for value in vars(module).values() if isinstance(value, Plugin)]
    if not found:
        raise LookupError(f"{path.name} makes no Plugin at its top level")
    return found[0]


def on_mock(folder_name: str) -> int:
    """Run the ready handlers and every event, each event with a context of its own, and print what they did."""
    from .._runtime import invoke

    folder = Path(folder_name)
    try:
        plugin = load(folder)
        events = read_events(folder / "events.yaml")
    except (EventsError, LookupError) as error:
        print(f"mmo dev: {error}", file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    content = manifest(folder)
    plugin_id, version = str(content.get("id") or "plugin"), str(content.get("version") or "0.0.0")
    failed = False

    def run(title: str, handlers: list[Any], *arguments: Any) -> None:
        nonlocal failed
        context = MockContext(plugin_id=plugin_id, version=version)
        if arguments:
            context._current_interaction_id = str(arguments[0].get("interaction_id") or "")
        print(title)
        for handler in handlers:
            try:
                invoke(handler, context, *arguments)
            except Exception:
                failed = True
                print("    " + traceback.format_exc().rstrip().replace("\n", "\n    "))
        for line in report(context):
            print(f"    {line}")

    if plugin._ready_handlers:
        run("on_ready", plugin._ready_handlers)
    for event in events:
        overrides = dict(event)
        event_type = str(overrides.pop("type", None) or overrides.pop("event_type", ""))
        overrides.pop("event_type", None)
        handlers = plugin._event_handlers.get(event_type, [])
        note = "" if handlers else "  (no handler)"
        run(f"{event_type} {overrides}{note}", handlers, make_event(event_type, **overrides))
    if not events:
        print("events.yaml has no events")
    return 1 if failed else 0


def report(context: MockContext) -> list[str]:
    """Return what a handler did, one line each."""
    lines = [f"message to {entry['channel_id']}: {entry['content']!r}" for entry in context.messages_sent]
    lines += [f"reply: {entry['content']!r}" for entry in context.interaction.responses]
    lines += [f"follow-up: {entry['content']!r}" for entry in context.interaction.followups]
    lines += [f"form: {entry['title']!r}" for entry in context.modals_sent]
    lines += [f"reaction: {entry['emoji']} on {entry['message_id']}" for entry in context.reactions_added]
    lines += [f"kv {' '.join(str(value) for value in entry.values())}" for entry in context.kv_writes]
    lines += [f"sql: {entry['sql']}" for entry in context.sql.executed]
    lines += [f"http: {entry['method']} {entry['url']}" for entry in context.http.requests]
    lines += [f"log {entry['level']}: {entry['message']}" for entry in context.log_entries]
    return lines
