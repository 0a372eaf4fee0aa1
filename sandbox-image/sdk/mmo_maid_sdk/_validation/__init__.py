"""What an installation would say about a plugin zip, before anybody installs it.

The codes and their order are those of the plugin contract. Left to the host, which has the parsers for it: the schema of a
dashboard beyond its shape, and the grammar of SQL statements.
"""

from __future__ import annotations

from typing import Any

from ._archive import open_archive
from ._capabilities import check_capabilities
from ._commands import check_commands
from ._cron import check_cron
from ._dashboard import check_dashboard
from ._findings import Finding, ValidationResult
from ._imports import check_imports
from ._manifest import check_manifest, read_manifest
from ._sources import check_sources, scanned

__all__ = ["Finding", "ValidationResult", "validate_artifact"]


def validate_artifact(
    *, plugin_id: str, version: str, artifact_bytes: bytes, effective_manifest: dict[str, Any] | None = None
) -> ValidationResult:
    """Return all findings about a zip that shall be installed as *plugin_id* in *version*."""
    result = ValidationResult()
    archive = open_archive(artifact_bytes, result)
    if archive is None:
        return result
    with archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        python = {name: archive.read(name) for name in names if name.endswith(".py")}
        _check_entry(names, result)
        manifest = read_manifest(archive, names, result) if effective_manifest is None else effective_manifest
        if manifest is not None:
            check_manifest(manifest, plugin_id, version, result)
        sources = {name: data for name, data in python.items() if scanned(name)}
        if manifest is not None:
            check_capabilities(manifest, sources, result)
        requirements = archive.read("requirements.txt") if "requirements.txt" in names else b""
        check_imports(names, sources, requirements, result)
        check_dashboard(archive, names, manifest or {}, sources, result)
        if manifest is not None:
            check_commands(manifest, python, result)
            check_cron(manifest, python, result)
        check_sources(sources, result)
        _check_leftovers(names, result)
    return result


def _check_entry(names: list[str], result: ValidationResult) -> None:
    if "__main__.py" in names:
        return
    if "plugin.py" in names:
        result.add("warning", "entry_point_is_plugin_py", "plugin.py is run because there is no __main__.py at the root")
    else:
        hint = "The entry file must be called __main__.py and lie at the root of the zip."
        result.add("error", "missing_entry_point", "the entry file __main__.py is missing at the root", hint=hint)


def _check_leftovers(names: list[str], result: ValidationResult) -> None:
    for name in names:
        if "__pycache__" in name or name.endswith(".pyc"):
            result.add("warning", "bytecode_in_artifact", f"byte code in the zip: {name}", path=name)
            return
        if name == ".git" or name.startswith(".git/"):
            result.add("warning", "git_metadata_in_artifact", f"Git's own files in the zip: {name}", path=name)
            return
