"""The Python sources: forbidden calls and imports, wrong calls of ``ctx``, SQL put together from pieces."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator

from ._findings import ValidationResult

NOT_SCANNED = frozenset(["tests", "test", "__pycache__", ".venv", "venv", "site-packages", ".git"])
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
SQL_METHODS = frozenset(["execute", "query", "query_one", "scalar"])


def scanned(name: str) -> bool:
    """Return whether a file of the zip is part of what runs."""
    return not NOT_SCANNED.intersection(name.split("/")[:-1])


def check_sources(sources: dict[str, bytes], result: ValidationResult) -> None:
    """Check every source file."""
    for name, data in sources.items():
        try:
            tree = ast.parse(data, filename=name)
        except SyntaxError as error:
            result.add("error", "syntax_error", str(error.msg), path=name, line=error.lineno)
            continue
        except (ValueError, RecursionError, MemoryError) as error:
            result.add("error", "syntax_error", str(error) or "nested too deeply", path=name)
            continue
        checks = (_forbidden(tree), _ctx_calls(tree), _sql(tree))
        for severity, code, message, line in (problem for check in checks for problem in check):
            result.add(severity, code, message, path=name, line=line)


Problem = tuple[str, str, str, int]


def _forbidden(tree: ast.AST) -> Iterator[Problem]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            message = f"{node.func.id}() is forbidden in plugins"
            yield "error", FORBIDDEN_CALLS[node.func.id], message, node.lineno
        roots: list[str] = []
        if isinstance(node, ast.Import):
            roots = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            roots = [node.module.split(".")[0]]
        for root in roots:
            if root in FORBIDDEN_IMPORTS:
                message = f"importing {root} is forbidden: {FORBIDDEN_IMPORTS[root]}"
                yield "error", f"forbidden_import_{root}", message, node.lineno  # type: ignore[attr-defined]


# --- calls of ctx ---


@functools.cache
def _signatures() -> dict[tuple[str, str], inspect.Signature]:
    from .. import _discord, _ephemeral, _http, _interaction, _kv, _metrics, _secrets, _sql, _ws

    services = {
        "discord": _discord.Discord,
        "ephemeral": _ephemeral.Ephemeral,
        "http": _http.Http,
        "interaction": _interaction.Interaction,
        "kv": _kv.KV,
        "metrics": _metrics.Metrics,
        "secrets": _secrets.Secrets,
        "sql": _sql.Sql,
        "ws": _ws.WebSockets,
    }
    return {
        (name, method): inspect.signature(function)
        for name, service in services.items()
        for method, function in inspect.getmembers(service, inspect.isfunction)
        if not method.startswith("_")
    }


def _chain(node: ast.expr) -> list[str]:
    """Return the names of ``a.b.c``, or nothing if *node* is something else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def _guarded(tree: ast.AST) -> set[ast.AST]:
    """Return everything inside a ``try`` that catches ``TypeError``."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            caught = [kind for handler in node.handlers if handler.type for kind in ast.walk(handler.type)]
            names = {getattr(kind, "id", getattr(kind, "attr", "")) for kind in caught}
            if "TypeError" in names:
                found.update(part for statement in node.body for part in ast.walk(statement))
    return found


def _ctx_calls(tree: ast.AST) -> Iterator[Problem]:
    guarded = _guarded(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node in guarded:
            continue
        chain = _chain(node.func)
        if chain[:1] == ["self"]:
            chain = chain[1:]
        if len(chain) != 3 or chain[0] not in ("ctx", "context"):
            continue
        signature = _signatures().get((chain[1], chain[2]))
        if signature is not None:
            yield from _call_problems(".".join(chain), node, signature)


def _call_problems(call: str, node: ast.Call, signature: inspect.Signature) -> Iterator[Problem]:
    parameters = [parameter for name, parameter in signature.parameters.items() if name != "self"]
    positional = [parameter for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    splat = any(isinstance(argument, ast.Starred) for argument in node.args)
    if not splat and len(node.args) > len(positional):
        message = f"{call}() got {len(node.args)} positional arguments; it takes {len(positional)}, the others by name"
        yield "error", "ctx_call_positional_kwonly", message, node.lineno
        return
    given = [keyword.arg for keyword in node.keywords]
    if None in given or splat:
        return
    known = {parameter.name for parameter in parameters}
    unknown = sorted(name for name in given if name is not None and name not in known)
    if unknown:
        yield "warning", "ctx_call_unknown_kwarg", f"{call}() has no parameter {', '.join(unknown)}", node.lineno
    missing = [
        parameter.name
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY
        and parameter.default is parameter.empty
        and parameter.name not in given
    ]
    if missing:
        yield "error", "ctx_call_missing_required", f"{call}() needs {', '.join(missing)}", node.lineno


# --- SQL ---


def _sql(tree: ast.AST) -> Iterator[Problem]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        receiver = _chain(node.func.value)
        if node.func.attr not in SQL_METHODS or not receiver or not receiver[-1].strip("_").endswith("sql"):
            continue
        if _is_put_together(node.args[0]):
            message = "the SQL statement is put together from pieces; write $1, $2 and give the values as params"
            yield "error", "sql_string_interpolation", message, node.lineno


def _is_put_together(node: ast.expr) -> bool:
    """Return whether a text contains anything that is not written in the source."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return not (_is_constant(node.left) and _is_constant(node.right))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    return isinstance(node, ast.Constant)
