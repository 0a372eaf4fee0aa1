"""Cron entries of the manifest, and the tasks in the sources."""

from __future__ import annotations

import re
from typing import Any

from .._cron import CronSpec
from ._findings import ValidationResult

ENTRIES = 5
GAP_MINUTES = 5
TASK = re.compile(
    rb"@\w+\.cron\s*\(\s*[\"'][^\"']*[\"']\s*\)[^\r\n]*\r?\n(?:\s*@[^\r\n]*\r?\n)*\s*(?:async\s+)?def\s+(\w+)"
)


def check_cron(manifest: dict[str, Any], python: dict[str, bytes], result: ValidationResult) -> None:
    """Check the entries and whether each has its task."""

    def error(code: str, message: str) -> None:
        result.add("error", code, message, path="manifest.json")

    entries = manifest.get("cron", [])
    if not isinstance(entries, list):
        error("cron_not_list", "cron must be an array")
        return
    if len(entries) > ENTRIES:
        error("cron_too_many", f"{len(entries)} cron entries; at most {ENTRIES} are allowed")
    names: list[str] = []
    for entry in entries:
        spec, name = (entry.get("spec"), entry.get("name")) if isinstance(entry, dict) else (None, None)
        if not isinstance(spec, str) or not isinstance(name, str) or not spec.strip() or not name.strip():
            error("cron_entry_malformed", "a cron entry needs both a spec and a name")
            continue
        if not name.isidentifier():
            error("cron_name_invalid", f"cron name {name!r} is no name of a Python function")
        if name in names:
            error("cron_name_duplicate", f"cron name {name!r} is there twice")
        names.append(name)
        try:
            parsed = CronSpec(spec)
        except ValueError as problem:
            error("cron_spec_invalid", f"cron {name!r}: {problem}")
            continue
        if shortest_gap(parsed) < GAP_MINUTES:
            error("cron_spec_too_frequent", f"cron {name!r}: {spec!r} fires more often than every {GAP_MINUTES} minutes")
    tasks = {task.decode() for data in python.values() for task in TASK.findall(data)}
    for name in names:
        if tasks and name not in tasks:
            message = f"cron {name!r} has no function with @cron"
            result.add("warning", "cron_missing_task", message, path="manifest.json")
    if names and not tasks:
        result.add("warning", "cron_tasks_not_found", "no @cron was found to compare with", path="manifest.json")


def shortest_gap(spec: CronSpec) -> int:
    """Return the fewest minutes between two firings, by the minute field alone."""
    minutes = sorted(spec.minutes)
    if len(minutes) < 2:
        return 60
    return min(after - before for before, after in zip(minutes, [*minutes[1:], minutes[0] + 60]))
