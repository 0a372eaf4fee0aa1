"""Verifies an unpacked worker image; run by ``build --check`` with the image's own interpreter.

Prints one line for each thing that is not as it should be and exits with 1 if there is any.
"""

import importlib
import importlib.util
import os
import stat
import sys

EXECUTABLE = "usr/bin/python3.11"
LIBRARY = "usr/lib/python3.11"
OWN_FILES = "usr/lib/homemaid"

# Left out on purpose (rootfs/prune), Debian packages of their own, or parts of other operating systems.
ABSENT = frozenset(
    "curses _curses _curses_panel dbm.ndbm _dbm dbm.gnu _gdbm ensurepip idlelib lib2to3 nis ossaudiodev pydoc_data readline"
    " tkinter _tkinter turtle turtledemo venv"
    " msilib _msi msvcrt nt winreg winsound _winapi _overlapped _scproxy asyncio.windows_events asyncio.windows_utils"
    " multiprocessing.popen_spawn_win32 encodings.mbcs encodings.oem".split()
)
NOT_PACKAGES = frozenset(["__pycache__", "lib-dynload", "site-packages", "dist-packages"])
# These do something when imported: open a browser, print a poem.
NOT_IMPORTED = frozenset(["antigravity", "this"])


def modules(library):
    """Yield the dotted name of every module of the standard library, whether its file is there or not."""
    yield from sorted(name for name in sys.stdlib_module_names - NOT_IMPORTED if not is_absent(name))
    for folder, subfolders, files in os.walk(library):
        subfolders[:] = sorted(name for name in subfolders if name not in NOT_PACKAGES)
        package = os.path.relpath(folder, library).replace(os.sep, ".")
        for file in sorted(files):
            name = f"{package}.{file[:-3]}"
            if package != "." and file.endswith(".py") and file not in ("__init__.py", "__main__.py") and not is_absent(name):
                yield name


def is_absent(name):
    """Return whether *name*, or a package that holds it, is one of the modules left out."""
    parts = name.split(".")
    return any(".".join(parts[:length]) in ABSENT for length in range(1, len(parts) + 1))


def import_problems(library):
    """Import every module of the standard library and yield what does not work."""
    for name in modules(library):
        try:
            importlib.import_module(name)
        except BaseException as error:
            yield f"standard library: import {name}: {type(error).__name__}: {error}"


def library_problems(root):
    """Yield every shared library that the imports took from this machine instead of the image."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        mapped = {line.split(maxsplit=5)[5].strip() for line in maps if line.count(" ") >= 5 and ".so" in line}
    for path in sorted(mapped):
        if path.startswith("/") and not path.startswith(root + "/"):
            yield f"{path}: is not in the image, but something there needs it"


def file_problems(root):
    """Yield every file that can be executed, has a special bit, or is no ordinary file."""
    for folder, subfolders, files in os.walk(root):
        for name in subfolders + files:
            path = os.path.join(folder, name)
            shown = os.path.relpath(path, root)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode):
                loader = name.startswith("ld-linux")
                if mode & 0o111 and shown != EXECUTABLE and not loader:
                    yield f"{shown}: is executable"
                if mode & (stat.S_ISUID | stat.S_ISGID):
                    yield f"{shown}: has a setuid or setgid bit"
                if mode & 0o022:
                    yield f"{shown}: can be written by others"
            elif not stat.S_ISDIR(mode) and not stat.S_ISLNK(mode):
                yield f"{shown}: is neither a file, a folder nor a link"


def byte_code_problems(root):
    """Yield every source file without byte code that stays valid, whatever its time stamp."""
    for base in (LIBRARY, OWN_FILES):
        for folder, subfolders, files in os.walk(os.path.join(root, base)):
            for name in files:
                path = os.path.join(folder, name)
                if name.endswith(".py") and (problem := byte_code_problem(path)):
                    yield f"{os.path.relpath(path, root)}: {problem}"


def byte_code_problem(path):
    """Return what is wrong with the byte code of one source file, or ``None``."""
    cached = importlib.util.cache_from_source(path)
    if not os.path.exists(cached):
        return "has no byte code"
    with open(cached, "rb") as file:
        header = file.read(16)
    with open(path, "rb") as file:
        source_hash = importlib.util.source_hash(file.read())
    if header[:4] != importlib.util.MAGIC_NUMBER:
        return "byte code of another Python"
    if header[4:8] != b"\x01\0\0\0" or header[8:16] != source_hash:
        return "byte code is not of the kind unchecked hash, or of another source"
    return None


def main(root):
    """Print all problems of the image unpacked at *root*; return the exit status."""
    library = os.path.join(root, LIBRARY)
    problems = [*file_problems(root), *byte_code_problems(root), *import_problems(library), *library_problems(root)]
    sys.path.insert(0, os.path.join(root, OWN_FILES, "sdk"))
    for package in ("mmo_maid_sdk", "yourbot_sdk"):
        try:
            importlib.import_module(package)
        except Exception as error:
            problems.append(f"SDK: import {package}: {error!r}")
    for problem in problems:
        print(problem)
    if not os.path.samefile(os.path.dirname(os.__file__), library):
        print(f"checked with another Python than the image's: {os.__file__}")
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(os.path.realpath(sys.argv[1])))
