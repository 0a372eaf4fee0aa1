"""The zip as a container: limits, and entries that are refused (plugin-zip, section 1)."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

from ._files import ZipFiles
from ._findings import ValidationResult
from ._limits import DIRECTORY_BYTES, FILES, INFLATED_BYTES, PATH_BYTES, ZIP_BYTES

_END_SIGNATURE = b"PK\x05\x06"
_END_BYTES = 22
_LOCAL_HEADER_BYTES = 30
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20


def open_archive(data: bytes, result: ValidationResult) -> ZipFiles | None:
    """Return the zip, or ``None`` if it must not be looked into any further."""
    if len(data) > ZIP_BYTES:
        result.add("error", "zip_too_large", f"the zip has {len(data)} bytes; at most {ZIP_BYTES} are allowed")
        return None
    problem = _directory_problem(data)
    if problem:
        result.add("error", "zip_too_many_files", problem)
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, IndexError, struct.error) as error:
        result.add("error", "artifact_unreadable", f"not a valid zip: {error}")
        return None
    if _safe(archive, result):
        return ZipFiles(archive)
    archive.close()
    return None


def _directory_problem(data: bytes) -> str:
    """Return why the list of entries must not be read: Python's reader believes whatever size it claims."""
    end = data.rfind(_END_SIGNATURE, max(0, len(data) - _END_BYTES - 65_535))
    if end < 0 or len(data) - end < _END_BYTES:
        return ""
    if data[max(0, end - _ZIP64_LOCATOR_BYTES) : end].startswith(_ZIP64_LOCATOR):
        return "the zip has the form for more than 4 GB; write it in the ordinary form"
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    return f"the zip's list of entries has {size} bytes; at most {DIRECTORY_BYTES} are read" if size > DIRECTORY_BYTES else ""


def _safe(archive: zipfile.ZipFile, result: ValidationResult) -> bool:
    entries = archive.infolist()
    files = [entry for entry in entries if not entry.is_dir()]
    if len(files) > FILES:
        result.add("error", "zip_too_many_files", f"{len(files)} files; at most {FILES} are allowed")
        return False
    seen: set[str] = set()
    folders = {parent for entry in entries for parent in _parents(entry.filename.lower().rstrip("/"))}
    for entry in entries:
        name = entry.filename.lower()
        problem = _problem(entry) or ("is there twice" if name in seen else "")
        if not problem and name in folders:
            problem = "is a file and a folder"
        seen.add(name)
        if problem:
            result.add("error", "zip_unsafe_entry", f"{entry.filename!r} {problem}", path=entry.filename)
            return False
    return not _overlaps(archive, result) and _fits(archive, files, result)


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))] if len(name) <= PATH_BYTES else []


def _problem(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or ":" in parts[0] or ".." in parts or "\\" in name or "\0" in name:
        return "does not stay inside the plugin's folder"
    if "" in parts or "." in parts:
        return "has an empty part in its path"
    if len(name.encode("utf-8", "replace")) > PATH_BYTES:
        return f"has a path of more than {PATH_BYTES} bytes"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in another way than deflate"
    return ""


def _overlaps(archive: zipfile.ZipFile, result: ValidationResult) -> bool:
    """Whether two entries share bytes: so a small zip could hold endless files."""
    ordered = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in ordered[1:]), archive.start_dir]
    for entry, end in zip(ordered, ends):
        name = entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437", "replace")
        if entry.header_offset + _LOCAL_HEADER_BYTES + len(name) + entry.compress_size > end:
            message = f"{entry.filename!r} overlaps with what comes after it"
            result.add("error", "zip_unsafe_entry", message, path=entry.filename)
            return True
    return False


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
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error, _zlib_error()) as error:
            result.add("error", "artifact_unreadable", f"{entry.filename!r} cannot be unpacked: {error}")
            return False
    return True


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error
