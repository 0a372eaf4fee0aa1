"""The rules about one source: forbidden calls and imports, wrong calls of ``ctx``, refused SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from ._ctx_calls import check_ctx_calls
from ._findings import Finding
from ._limits import FINDINGS
from ._problem import Problem
from ._sql_calls import check_sql_calls

FORBIDDEN_CALLS = {
    "eval": "forbidden_eval",
    "exec": "forbidden_exec",
    "compile": "forbidden_compile",
    "__import__": "forbidden_dunder_import",
}
FORBIDDEN_IMPORTS = {
    "subprocess": "the sandbox has nothing to start",
    "ctypes": "the sandbox does not allow it",
    "socket": "the sandbox has no network; use ctx.http",
    "multiprocessing": "the sandbox allows few processes; use threads",
}


def check_source(name: str, tree: ast.Module, portability: bool) -> list[Finding]:
    """Return the findings about one file, in the order of the contract."""
    findings: list[Finding] = []
    for problems in (_forbidden(tree), check_ctx_calls(tree), check_sql_calls(tree, portability)):
        try:
            for problem in islice(problems, FINDINGS + 1):
                findings.append(Finding(problem.severity, problem.code, problem.message, name, problem.line, problem.hint))
        except RecursionError:
            findings.append(Finding("error", "syntax_error", "the source is nested too deeply", name))
            break
    return findings


def _forbidden(tree: ast.AST) -> Iterator[Problem]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            message = f"{node.func.id}() is forbidden in plugins"
            yield Problem("error", FORBIDDEN_CALLS[node.func.id], message, node.lineno, "Write what it should do as code.")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _forbidden_import(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from _forbidden_import(node.module, node.lineno)


def _forbidden_import(module: str, line: int) -> Iterator[Problem]:
    root = module.split(".")[0]
    if root in FORBIDDEN_IMPORTS:
        message = f"importing {root} is forbidden: {FORBIDDEN_IMPORTS[root]}"
        yield Problem("error", f"forbidden_import_{root}", message, line, f"Remove the import of {root}.")
