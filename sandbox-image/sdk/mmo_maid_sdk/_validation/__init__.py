"""What an installation says about a plugin zip, before anybody installs it.

Codes, order and severities are those of the plugin contract (plugin-zip, section 4). Nothing but the standard library is
used, no source is run, and whatever the bytes are, the work and the memory are bounded (``_limits``): so the same rules run
in the author's shell and in a worker over an unpacked tree (``python -m mmo_maid_sdk._validation FOLDER``).

To add a rule: find its place in the contract's order, yield or add its finding in the file of its subject, give it a line
in ``tests/test_validation_codes.py``.
"""

from __future__ import annotations

from typing import Any

from ._archive import open_archive
from ._capabilities import check_capabilities
from ._commands import check_commands
from ._cron import check_cron
from ._dashboard import check_dashboard
from ._domains import check_domains
from ._facts import Facts
from ._files import Files, TreeFiles, unwrapped
from ._findings import Finding, ValidationResult
from ._imports import check_imports
from ._manifest import check_manifest, read_manifest

__all__ = ["Finding", "ValidationResult", "validate_artifact", "validate_files", "validate_tree"]


def validate_artifact(
    *,
    plugin_id: str,
    version: str,
    artifact_bytes: bytes,
    effective_manifest: dict[str, Any] | None = None,
    stored_dashboard_manifest: dict[str, Any] | None = None,
    portability: bool = False,
) -> ValidationResult:
    """Return all findings about a zip that shall be installed as *plugin_id* in *version*.

    *effective_manifest* says what is declared in place of the zip's own manifest, *stored_dashboard_manifest* that there is
    a dashboard outside the zip. With *portability* the plugin must also run on pooled hosts.
    """
    result = ValidationResult()
    archive = open_archive(artifact_bytes, result)
    if archive is None:
        return result
    with archive:
        validate_files(
            archive,
            plugin_id=plugin_id,
            version=version,
            result=result,
            effective_manifest=effective_manifest,
            stored_dashboard_manifest=stored_dashboard_manifest,
            portability=portability,
        )
    return result


def validate_tree(
    folder: str, *, plugin_id: str, version: str, portability: bool = False, names: list[str] | None = None
) -> ValidationResult:
    """Return all findings about an unpacked zip in *folder*; links are not followed.

    *names* are the zip's files in its order, if they are known; whatever else lies there does not count.
    """
    result = ValidationResult()
    files = TreeFiles.open(folder, result, names)
    if files is not None:
        validate_files(files, plugin_id=plugin_id, version=version, result=result, portability=portability)
    return result


def validate_files(
    files: Files,
    *,
    plugin_id: str,
    version: str,
    result: ValidationResult,
    effective_manifest: dict[str, Any] | None = None,
    stored_dashboard_manifest: dict[str, Any] | None = None,
    portability: bool = False,
) -> None:
    """Add all findings about the files of a plugin to *result*."""
    files = unwrapped(files, result)
    _check_entry(files.names, portability, result)
    manifest = read_manifest(files, result)
    if manifest is not None:
        check_manifest(manifest, plugin_id, version, result)
    facts = Facts.of(files, portability)
    if manifest is not None:
        check_capabilities(manifest, effective_manifest, facts, result, domains=lambda: check_domains(manifest, result))
    check_imports(files, facts, result)
    check_dashboard(files, manifest or {}, stored_dashboard_manifest, facts, result)
    if manifest is not None:
        check_commands(manifest, facts, portability, result)
        check_cron(manifest, facts, portability, result)
    result.extend(facts.findings)
    _check_leftovers(files.names, result)


def _check_entry(names: list[str], portability: bool, result: ValidationResult) -> None:
    if "__main__.py" in names:
        return
    if "plugin.py" in names and not portability:
        message = "plugin.py is run because there is no __main__.py at the root"
        hint = "Rename plugin.py to __main__.py: other hosts run nothing else."
        result.add("warning", "entry_point_is_plugin_py", message, hint=hint)
    else:
        hint = "The entry file must be called __main__.py and lie at the root of the zip."
        result.add("error", "missing_entry_point", "the entry file __main__.py is missing at the root", hint=hint)


def _check_leftovers(names: list[str], result: ValidationResult) -> None:
    for name in names:
        if "__pycache__" in name or name.endswith(".pyc"):
            hint = "Leave __pycache__ and *.pyc out of the zip: they are made anew."
            result.add("warning", "bytecode_in_artifact", f"byte code in the zip: {name}", path=name, hint=hint)
            return
        if name == ".git" or name.startswith(".git/"):
            hint = "Leave .git out of the zip: it holds everything you ever committed."
            result.add("warning", "git_metadata_in_artifact", f"Git's own files in the zip: {name}", path=name, hint=hint)
            return
