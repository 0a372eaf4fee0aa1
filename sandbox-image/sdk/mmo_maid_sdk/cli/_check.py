"""``mmo validate``, ``mmo doctor`` and ``mmo pack``."""

from __future__ import annotations

import sys
from pathlib import Path

from .._validation import Finding, ValidationResult, validate_artifact
from ._folder import entry, manifest, zipped


ENTRY = ("missing_entry_point", "entry_point_is", "syntax_error", "source_too_large")


def findings_of(
    folder: Path, plugin_id: str | None, version: str | None, *, portability: bool = False
) -> tuple[ValidationResult, bytes]:
    """Return what an installation would say about the folder, and its zip."""
    content = manifest(folder)
    artifact = zipped(folder)
    result = validate_artifact(
        plugin_id=plugin_id or str(content.get("id") or folder.resolve().name),
        version=version or str(content.get("version") or "0.0.0"),
        artifact_bytes=artifact,
        portability=portability,
    )
    return result, artifact


def show(finding: Finding) -> None:
    """Print one finding."""
    place = finding.path or ""
    if finding.line:
        place += f":{finding.line}"
    print(f"{finding.severity}: {place + ': ' if place else ''}{finding.message} [{finding.code}]")
    if finding.hint:
        print(f"    {finding.hint}")


def validate(folder: Path, plugin_id: str | None, version: str | None, *, portability: bool) -> int:
    """Print all findings; 1 if there is an error."""
    if not folder.is_dir():
        print(f"mmo validate: {folder} is no folder", file=sys.stderr)
        return 2
    result, _ = findings_of(folder, plugin_id, version, portability=portability)
    for finding in result.findings:
        show(finding)
    errors, warnings = len(result.errors), len(result.warnings)
    print(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}")
    return 1 if result.has_errors else 0


def pack(folder: Path, output: Path | None) -> int:
    """Validate the folder and write its zip."""
    if not folder.is_dir():
        print(f"mmo pack: {folder} is no folder", file=sys.stderr)
        return 2
    result, artifact = findings_of(folder, None, None)
    for finding in result.findings:
        show(finding)
    if result.has_errors:
        print("no zip was written", file=sys.stderr)
        return 1
    content = manifest(folder)
    target = output or folder.resolve().parent / f"{content['id']}-{content['version']}.zip"
    target.write_bytes(artifact)
    print(f"wrote {target} ({len(artifact)} bytes)")
    return 0


def doctor(folder: Path) -> int:
    """Print one line for each thing a plugin's folder should have; 1 if something is wrong."""
    if not folder.is_dir():
        print(f"mmo doctor: {folder} is no folder", file=sys.stderr)
        return 2
    from .. import __version__

    result, _ = findings_of(folder, None, None)
    version = ".".join(map(str, sys.version_info[:3]))
    lines = [("OK", f"SDK {__version__}, Python {version}")]
    lines += _report("zip", result, "artifact_", "zip_", "too_many_", "bytecode_", "git_")
    lines += _report("entry file", result, *ENTRY) if entry(folder) else [("XX", "no __main__.py")]
    lines += _report("manifest", result, "missing_manifest", "manifest_", "description_", "link_", "entrypoint_")
    lines += _report("capabilities", result, "capabilit", "proxy_domain")
    lines += _report("imports", result, "forbidden_", "import_")
    lines += _report("dashboard", result, "dashboard_")
    lines += _report("commands and cron", result, "command_", "cron_", "schedule_")
    lines += _report("calls and SQL", result, "ctx_call_", "plugin_sql_", "sql_")
    for name, what in (("tests", "tests"), (".gitignore", ".gitignore"), ("requirements.txt", "requirements.txt")):
        lines.append(("OK", what) if (folder / name).exists() else ("!!", f"no {what}"))
    for mark, text in lines:
        print(f"[{mark}] {text}")
    return 1 if any(mark == "XX" for mark, _ in lines) else 0


def _report(what: str, result: ValidationResult, *codes: str) -> list[tuple[str, str]]:
    found = [finding for finding in result.findings if finding.code.startswith(codes)]
    marks = {"error": "XX", "warning": "!!"}
    return [(marks[finding.severity], f"{what}: {finding.message}") for finding in found] or [("OK", what)]
