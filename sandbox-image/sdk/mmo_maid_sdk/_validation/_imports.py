"""Imports that neither Python, nor the zip, nor requirements.txt provides."""

from __future__ import annotations

import ast
import re
import sys

from ._findings import ValidationResult

PACKAGE_OF = {
    "google": "protobuf",
    "yaml": "pyyaml",
    "pil": "pillow",
    "cv2": "opencv-python",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
}
ALWAYS = frozenset(["yourbot_sdk", "mmo_maid_sdk", "__future__", "__main__"])


def check_imports(
    names: list[str], sources: dict[str, bytes], requirements: bytes, result: ValidationResult
) -> None:
    """Note each imported module that will not be there."""
    bundled = {name.removesuffix(".py") for name in names if name.endswith(".py") and "/" not in name}
    bundled |= {name.split("/")[0] for name in names if name.endswith("/__init__.py")}
    required = {
        _normal(re.split(r"[=<>!~;\[ ]", line.strip(), maxsplit=1)[0])
        for line in requirements.decode("utf-8", "replace").splitlines()
        if line.strip() and not line.strip().startswith("#")
    }
    roots = {root for data in sources.values() for root in _roots(data)}
    for root in sorted(roots - bundled - ALWAYS - sys.stdlib_module_names):
        package = PACKAGE_OF.get(root.lower(), root)
        if _normal(package) not in required:
            hint = f"Add {package} to requirements.txt, or put the module into the zip."
            message = f"{root} is neither in the zip nor in requirements.txt"
            result.add("warning", "import_not_bundled_or_declared", message, hint=hint)


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _roots(data: bytes) -> set[str]:
    """Return the first name of every absolute import."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = re.findall(rb"^\s*(?:import|from)\s+([A-Za-z_]\w*)", data, re.MULTILINE)
        return {name.decode() for name in found}
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            roots.add(node.module.split(".")[0])
    return roots
