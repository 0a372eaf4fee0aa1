"""What a worker starts with: ``python3.11 -I -B -u -X utf8 /usr/lib/homemaid/boot.py ENTRY``.

Gives the plugin the surroundings that the plugin contract promises (an empty environment, the plugin's own folder first
on the import path, then its dependencies, then the SDK) and runs the entry file as ``__main__``, from its precompiled
byte code when there is one. Nothing of this file stays visible to the plugin.
"""

import os
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

PLUGIN_DIR = "/plugin"
DEPENDENCIES_DIR = "/deps"
SDK_DIR = "/usr/lib/homemaid/sdk"
DEFAULT_ENTRY = "__main__.py"


def import_path(plugin_dir, dependencies_dir, sdk_dir, python_path):
    """Return the import path of the plugin: its own folder, its dependencies, the SDK, the standard library."""
    standard_library = [folder for folder in python_path if not folder.endswith(".zip")]
    dependencies = [dependencies_dir] if os.path.isdir(dependencies_dir) else []
    return [plugin_dir, *dependencies, sdk_dir, *standard_library]


def run_entry(path):
    """Run the file at *path* as ``__main__``; a traceback of it shows the plugin's own frames only."""
    loader = SourceFileLoader("__main__", path)
    main = ModuleType("__main__")
    main.__file__ = path
    main.__loader__ = loader
    main.__builtins__ = __builtins__
    main.__cached__ = None
    sys.modules["__main__"] = main
    try:
        exec(loader.get_code("__main__"), main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        kind, traceback = type(error), error.__traceback__
        while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
            traceback = traceback.tb_next
        sys.excepthook(kind, error.with_traceback(traceback), traceback)
        sys.exit(1)


def boot(entry):
    """Set the surroundings and run the plugin."""
    os.environ.clear()
    sys.path[:] = import_path(PLUGIN_DIR, DEPENDENCIES_DIR, SDK_DIR, sys.path)
    path = os.path.join(PLUGIN_DIR, entry)
    sys.argv[:] = [path]
    run_entry(path)


if __name__ == "__main__":
    boot(sys.argv[1] if len(sys.argv) > 1 else DEFAULT_ENTRY)
