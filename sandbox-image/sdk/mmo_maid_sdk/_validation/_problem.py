"""What a rule about one source yields."""

from __future__ import annotations

import ast
from typing import NamedTuple


class Problem(NamedTuple):
    """A finding without its file."""

    severity: str
    code: str
    message: str
    line: int
    hint: str | None = None


def chain(node: ast.expr) -> list[str]:
    """Return the names of ``a.b.c``, or nothing if *node* is something else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return []
    names.append(node.id)
    return names[::-1]
