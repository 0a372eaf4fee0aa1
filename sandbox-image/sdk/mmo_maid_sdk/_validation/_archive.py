"""The zip as a container: limits and entries that are refused."""

from __future__ import annotations

import io
import stat
import zipfile

from ._findings import ValidationResult

ZIP_BYTES = 10 * 1024 * 1024
INFLATED_BYTES = 40 * 1024 * 1024
FILES = 200
PATH_BYTES = 255


def open_archive(data: bytes, result: ValidationResult) -> zipfile.ZipFile | None:
    """Return the zip, or ``None`` if it must not be looked into any further."""
    if len(data) > ZIP_BYTES:
        result.add("error", "zip_too_large", f"the zip has {len(data)} bytes; at most {ZIP_BYTES} are allowed")
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        result.add("error", "artifact_unreadable", f"not a valid zip: {error}")
        return None
    entries = archive.infolist()
    files = [entry for entry in entries if not entry.is_dir()]
    if len(files) > FILES:
        result.add("error", "zip_too_many_files", f"{len(files)} files; at most {FILES} are allowed")
        return None
    seen: set[str] = set()
    for entry in entries:
        problem = _problem(entry) or ("is there twice" if entry.filename.lower() in seen else "")
        seen.add(entry.filename.lower())
        if problem:
            result.add("error", "zip_unsafe_entry", f"{entry.filename!r} {problem}", path=entry.filename)
            return None
    if not _fits(archive, files, result):
        return None
    return archive


def _problem(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/") or "\\" in name or "\0" in name:
        return "does not stay inside the plugin's folder"
    if len(name.encode("utf-8", "replace")) > PATH_BYTES:
        return f"has a path of more than {PATH_BYTES} bytes"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in another way than deflate"
    return ""


def _fits(archive: zipfile.ZipFile, files: list[zipfile.ZipInfo], result: ValidationResult) -> bool:
    """Whether the files inflate, and to no more than the limit; what the headers claim is not believed."""
    left = INFLATED_BYTES
    for entry in files:
        try:
            with archive.open(entry) as file:
                while chunk := file.read(65_536):
                    left -= len(chunk)
                    if left < 0:
                        message = f"the files are more than {INFLATED_BYTES} bytes unpacked"
                        result.add("error", "zip_expands_too_large", message)
                        return False
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
            result.add("error", "artifact_unreadable", f"{entry.filename!r} cannot be unpacked: {error}")
            return False
    return True
