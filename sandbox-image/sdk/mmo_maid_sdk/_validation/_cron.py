"""Cron entries of the manifest, and the tasks in the sources (plugin-zip, section 2.2)."""

from __future__ import annotations

from typing import Any

from .._cron import CronSpec
from ._facts import Facts
from ._findings import ValidationResult, shown

ENTRIES = 5
GAP_MINUTES = 5
SPEC_CHARS = 1000
MANIFEST = "manifest.json"


def check_cron(manifest: dict[str, Any], facts: Facts, portability: bool, result: ValidationResult) -> None:
    """Check the entries and whether each has its task; on pooled hosts only entries make a task run."""

    def error(code: str, message: str, hint: str | None = None) -> None:
        result.add("error", code, message, path=MANIFEST, hint=hint)

    entries = manifest.get("cron")
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        error("cron_not_list", f"cron must be an array, not {shown(entries)}")
        return
    if len(entries) > ENTRIES:
        error("cron_too_many", f"{len(entries)} cron entries; at most {ENTRIES} are allowed")
    names: list[str] = []
    for entry in entries[: 10 * ENTRIES]:
        spec, name = (entry.get("spec"), entry.get("name")) if isinstance(entry, dict) else (None, None)
        if not isinstance(spec, str) or not isinstance(name, str) or not spec.strip() or not name.strip():
            error("cron_entry_malformed", f"a cron entry needs both a spec and a name: {shown(entry)}")
            continue
        name = name.strip()
        if not name.isidentifier():
            error("cron_name_invalid", f"cron name {shown(name)} is no name of a Python function")
        if name in names:
            error("cron_name_duplicate", f"cron name {shown(name)} is there twice")
        names.append(name)
        try:
            if len(spec) > SPEC_CHARS:
                raise ValueError(f"more than {SPEC_CHARS} characters")
            parsed = CronSpec(spec.strip())
        except ValueError as problem:
            hint = "Five fields, UTC: minute hour day month weekday, 0 is Sunday."
            error("cron_spec_invalid", f"cron {shown(name)}: {problem}", hint)
            continue
        gap = shortest_gap(parsed)
        if gap < GAP_MINUTES:
            message = f"cron {shown(name)}: {shown(spec)} can fire again after {gap} min; at least {GAP_MINUTES} must lie between"
            error("cron_spec_too_frequent", message)
    _compare(names, facts, portability, result)


def _compare(names: list[str], facts: Facts, portability: bool, result: ValidationResult) -> None:
    if portability:
        for task in sorted(facts.tasks - set(names)):
            message = f"@cron function {shown(task)} is not in manifest.json: it runs on Homemaid, not on pooled hosts"
            hint = f'Add {{"spec": "…", "name": "{task}"}} to cron.'
            result.add("warning", "cron_task_not_in_manifest", message, path=MANIFEST, hint=hint)
        if facts.schedules:
            message = "@schedule runs on Homemaid, not on pooled hosts"
            result.add("warning", "schedule_task_never_runs", message, hint="Use @cron and an entry in manifest.json.")
    for name in names:
        if facts.tasks and name not in facts.tasks:
            message = f"cron {shown(name)} has no function with @cron"
            result.add("warning", "cron_missing_task", message, path=MANIFEST, hint="The name is that of the function.")
    if names and not facts.tasks:
        message = f"no literal @cron was found to compare {shown(names[0])} with"
        result.add("warning", "cron_tasks_not_found", message, path=MANIFEST)


def shortest_gap(spec: CronSpec) -> int:
    """Return the fewest minutes between two firings, by the minute field alone."""
    minutes = sorted(spec.minutes)
    if len(minutes) < 2:
        return 60
    return min(after - before for before, after in zip(minutes, [*minutes[1:], minutes[0] + 60]))
