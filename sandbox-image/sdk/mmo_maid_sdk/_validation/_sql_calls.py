"""Calls of ``….sql.execute`` and the like: statements the host refuses, and statements put together from pieces."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .._statements import refusal
from ._limits import SQL_CHARS
from ._problem import Problem, chain

METHODS = frozenset(["execute", "query", "query_one", "scalar"])


def check_sql_calls(tree: ast.Module, portability: bool) -> Iterator[Problem]:
    """Yield the refused statements of the file, then those that are put together."""
    constants = _constants(tree)
    calls = [call for call in ast.walk(tree) if isinstance(call, ast.Call) and _is_sql(call)]
    seen: set[tuple[int, str]] = set()
    for call in calls:
        text = _text(call.args[0], constants)
        if text is None or not text.strip():
            continue
        alone = len(call.args) == 1 and not call.keywords
        several = alone and isinstance(call.func, ast.Attribute) and call.func.attr == "execute"
        reason = refusal(text, several=several, portability=portability)
        if reason and (call.lineno, reason) not in seen:
            seen.add((call.lineno, reason))
            hint = "One statement a call: SELECT, INSERT, UPDATE, DELETE, or CREATE, ALTER, DROP of a table or an index."
            yield Problem("error", "plugin_sql_rejected", f"the host refuses this SQL: {reason}", call.lineno, hint)
    for call in calls:
        if _is_put_together(call.args[0], constants):
            message = "the SQL statement is put together from pieces that come from outside it"
            hint = "Write $1, $2 in the text and give the values as params."
            yield Problem("error", "sql_string_interpolation", message, call.lineno, hint)


def _is_sql(call: ast.Call) -> bool:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in METHODS and call.args):
        return False
    receiver = chain(call.func.value)
    return bool(receiver) and receiver[-1].lstrip("_").endswith("sql")


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that have a name at the top of the module."""
    constants: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            constants.update((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))
    return constants


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return what is added up, from left to right, however deep the sum."""
    parts, left = [], [node]
    while left:
        part = left.pop()
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
            left += [part.right, part.left]
        else:
            parts.append(part)
    return parts


def _text(node: ast.expr, constants: dict[str, str]) -> str | None:
    """Return the statement if it can be known without running the plugin, and is not endless."""
    texts: list[str] = []
    length = 0
    for part in _parts(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            texts.append(part.value)
        elif isinstance(part, ast.Name) and part.id in constants:
            texts.append(constants[part.id])
        else:
            return None
        length += len(texts[-1])
        if length > SQL_CHARS:
            return None
    return "".join(texts)


def _is_put_together(node: ast.expr, constants: dict[str, str]) -> bool:
    """Return whether a text contains anything that is not written in the source."""
    return any(_is_from_outside(part, constants, alone=part is node) for part in _parts(node))


def _is_from_outside(part: ast.expr, constants: dict[str, str], *, alone: bool) -> bool:
    if isinstance(part, ast.JoinedStr):
        return any(isinstance(value, ast.FormattedValue) for value in part.values)
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod):
        return not (isinstance(part.left, ast.Constant) and isinstance(part.right, ast.Constant))
    if isinstance(part, ast.Call):
        return not alone or (isinstance(part.func, ast.Attribute) and part.func.attr == "format")
    # A name or a call alone may be any text, also a constant one; in a sum it is a piece from outside.
    return not alone and not isinstance(part, ast.Constant) and not (isinstance(part, ast.Name) and part.id in constants)
