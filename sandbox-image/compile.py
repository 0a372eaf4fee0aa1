"""Compiles a plugin's tree in a throw-away worker: ``python3.11 -I -B -u -X utf8 /usr/lib/homemaid/compile.py``.

Nothing of the plugin is imported or executed. One JSON line a file goes to stdout, as soon as the file is done, so that
what a hostile file costs (a crash of the compiler, all the memory) is only the files after it:

    {"path": "pkg/__pycache__/x.cpython-311.pyc", "data": "<base64>"}
    {"path": "x.py", "error": "invalid syntax", "line": 3}

The byte code is of the kind "unchecked hash": valid whatever becomes of the source's time stamp.
"""

import importlib.util
import json
import marshal
import os
import sys
import warnings
from base64 import b64encode
from importlib.machinery import SourceFileLoader

PLUGIN_DIR = "/plugin"
UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def sources(root):
    """Yield the path, relative to *root*, of every Python file below it, in a stable order."""
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if name != "__pycache__")
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name.endswith(".py") and os.path.isfile(path) and not os.path.islink(path):
                yield os.path.relpath(path, root)


def byte_code(root, path):
    """Return the contents of the ``.pyc`` file that belongs to the source file *path* below *root*."""
    full_path = os.path.join(root, path)
    with open(full_path, "rb") as file:
        source = file.read()
    code = SourceFileLoader("plugin", full_path).source_to_code(source, full_path)
    source_hash = importlib.util.source_hash(source)
    return b"".join([importlib.util.MAGIC_NUMBER, UNCHECKED_HASH, source_hash, marshal.dumps(code)])


def compiled(root, path):
    """Return the line for one source file: its byte code, or why it has none."""
    try:
        data = byte_code(root, path)
    except SyntaxError as error:
        return {"path": path, "error": error.msg, "line": error.lineno}
    except (ValueError, RecursionError, MemoryError, OSError) as error:
        return {"path": path, "error": str(error) or type(error).__name__, "line": None}
    return {"path": importlib.util.cache_from_source(path, optimization=""), "data": b64encode(data).decode("ascii")}


def main(root):
    """Write one line for each Python file below *root*."""
    warnings.simplefilter("ignore")
    for path in sources(root):
        sys.stdout.write(json.dumps(compiled(root, path)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else PLUGIN_DIR)
