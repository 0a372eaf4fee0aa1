"""Imports that neither Python, nor the zip, nor requirements.txt provides."""

from __future__ import annotations

import re
import sys

from ._facts import Facts
from ._files import Files
from ._findings import ValidationResult
from ._limits import TEXT_BYTES

REQUIREMENTS = "requirements.txt"
PACKAGE_OF = {
    "google": "protobuf",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
}
ALWAYS = frozenset(["yourbot_sdk", "mmo_maid_sdk", "__future__", "__main__"])


def check_imports(files: Files, facts: Facts, result: ValidationResult) -> None:
    """Note each imported module that will not be there."""
    names = files.names
    bundled = {name.removesuffix(".py") for name in names if name.endswith(".py") and "/" not in name}
    bundled |= {name.split("/")[0] for name in names if name.endswith("/__init__.py")}
    required = _required(files)
    for root in sorted(facts.imports - bundled - ALWAYS - sys.stdlib_module_names):
        package = PACKAGE_OF.get(root, root)
        if _normal(package) not in required and _normal(root) not in required:
            hint = f"Add {package} to requirements.txt, or put the module into the zip."
            message = f"{root} is neither in the zip nor in requirements.txt"
            result.add("warning", "import_not_bundled_or_declared", message, hint=hint)


def _required(files: Files) -> set[str]:
    """Return the names in requirements.txt."""
    if REQUIREMENTS not in files.names or files.size(REQUIREMENTS) > TEXT_BYTES:
        return set()
    lines = (line.strip() for line in files.read(REQUIREMENTS).decode("utf-8", "replace").splitlines())
    return {_normal(re.split(r"[=<>!~;\[ ]", line, maxsplit=1)[0]) for line in lines if line and not line.startswith("#")}


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")
