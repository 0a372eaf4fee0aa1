"""The files of a plugin, from a zip or from a folder."""

from __future__ import annotations

import os
import stat
import zipfile
from types import TracebackType
from typing import Protocol

from ._findings import ValidationResult
from ._limits import FILES, INFLATED_BYTES, PATH_BYTES

MANIFEST = "manifest.json"
IGNORED_FILES = frozenset([".DS_Store", "Thumbs.db"])


class Files(Protocol):
    """Names of files, ``/`` between their parts, in the order of the zip; and their bytes."""

    @property
    def names(self) -> list[str]:
        """All names."""

    def size(self, name: str) -> int:
        """Return a file's size in bytes."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes; only for files whose size was looked at."""


def belongs(name: str) -> bool:
    """Return whether a file is the plugin's and not an operating system's."""
    parts = name.split("/")
    return parts[0] != "__MACOSX" and parts[-1] not in IGNORED_FILES


class ZipFiles:
    """The files of a zip that ``open_archive`` has found to be safe."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._sizes = {entry.filename: entry.file_size for entry in archive.infolist() if not entry.is_dir()}
        self.names = [name for name in self._sizes if belongs(name)]

    def __enter__(self) -> ZipFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._archive.close()

    def size(self, name: str) -> int:
        """Return the inflated size."""
        return self._sizes[name]

    def read(self, name: str) -> bytes:
        """Return the inflated bytes."""
        return self._archive.read(name)


class TreeFiles:
    """The files below a folder, in the order of the zip if that is known, else sorted by name."""

    def __init__(self, root: str, sizes: dict[str, int]) -> None:
        self._root = root
        self._sizes = sizes
        self.names = [name for name in sizes if belongs(name)]

    @classmethod
    def open(cls, root: str, result: ValidationResult, names: list[str] | None = None) -> TreeFiles | None:
        """Return the files, or ``None`` with a finding if there are too many or something is no file.

        With *names*, only these count: a host may have put byte code of its own beside the sources.
        """
        sizes: dict[str, int] = {}
        left = INFLATED_BYTES
        for folder, folders, files in os.walk(root):
            folders.sort()
            for base in [*files, *(name for name in folders if os.path.islink(os.path.join(folder, name)))]:
                path = os.path.join(folder, base)
                name = os.path.relpath(path, root).replace(os.sep, "/")
                status = os.lstat(path)
                if not stat.S_ISREG(status.st_mode):
                    result.add("error", "zip_unsafe_entry", f"{name!r} is neither a file nor a folder", path=name)
                    return None
                if len(os.fsencode(name)) > PATH_BYTES:
                    result.add("error", "zip_unsafe_entry", f"{name!r} has a path of more than {PATH_BYTES} bytes")
                    return None
                sizes[name] = status.st_size
                left -= status.st_size
                if len(sizes) > FILES:
                    result.add("error", "zip_too_many_files", f"more than {FILES} files")
                    return None
                if left < 0:
                    result.add("error", "zip_expands_too_large", f"the files are more than {INFLATED_BYTES} bytes")
                    return None
        if names is None:
            names = sorted(sizes)
        return cls(root, {name: sizes[name] for name in names if name in sizes})

    def size(self, name: str) -> int:
        """Return the size."""
        return self._sizes[name]

    def read(self, name: str) -> bytes:
        """Return the bytes, no more than there were at first."""
        with open(os.path.join(self._root, *name.split("/")), "rb") as file:
            return file.read(self._sizes[name])


class _Folder:
    """The files below one folder of others."""

    def __init__(self, files: Files, prefix: str) -> None:
        self._files = files
        self._prefix = prefix
        self.names = [name.removeprefix(prefix) for name in files.names]

    def size(self, name: str) -> int:
        """Return the size."""
        return self._files.size(self._prefix + name)

    def read(self, name: str) -> bytes:
        """Return the bytes."""
        return self._files.read(self._prefix + name)


def unwrapped(files: Files, result: ValidationResult) -> Files:
    """Return the files without the one folder they all lie in, if the manifest lies there too."""
    names = files.names
    if not names or MANIFEST in names:
        return files
    prefix = names[0].split("/")[0] + "/"
    if f"{prefix}{MANIFEST}" not in names or not all(name.startswith(prefix) for name in names):
        return files
    message = f"all files lie in the folder {prefix!r}; it is taken away"
    hint = "Zip what is in the folder, not the folder: other hosts do not find the manifest."
    result.add("warning", "zip_wrapped_in_folder", message, path=prefix + MANIFEST, hint=hint)
    return _Folder(files, prefix)
