"""Calls of ``ctx.<service>.<method>`` that cannot succeed (plugin-zip, section 4.4)."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator

from ._problem import Problem, chain

CONTEXTS = frozenset(["ctx", "context"])


@functools.cache
def signatures() -> dict[tuple[str, str], inspect.Signature]:
    """Return the signature of every public method, by service and name."""
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


def check_ctx_calls(tree: ast.AST) -> Iterator[Problem]:
    """Yield what is wrong with each call."""
    guarded = _guarded(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node in guarded:
            continue
        names = chain(node.func)
        if len(names) == 4 and names[0] == "self":
            names = names[1:]
        if len(names) != 3 or names[0] not in CONTEXTS:
            continue
        signature = signatures().get((names[1], names[2]))
        if signature is not None:
            yield from _problems(f"ctx.{names[1]}.{names[2]}", node, signature)


def _guarded(tree: ast.AST) -> set[ast.AST]:
    """Return everything inside a ``try`` that names ``TypeError``: there the error is the point."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_names_type_error(handler.type) for handler in node.handlers):
            for statement in node.body:
                if statement not in found:  # an outer ``try`` has brought it in already
                    found.update(ast.walk(statement))
    return found


def _names_type_error(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return "TypeError" in (getattr(one, "id", None) or getattr(one, "attr", None) for one in kinds)


def _problems(call: str, node: ast.Call, signature: inspect.Signature) -> Iterator[Problem]:
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return
    parameters = [parameter for name, parameter in signature.parameters.items() if name != "self"]
    positional = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    if len(node.args) > len(positional):
        message = f"{call}() is given {len(node.args)} arguments by position; it takes {len(positional)}"
        by_name = ", ".join(parameter.name for parameter in parameters if parameter.name not in positional)
        hint = f"Give them by name: {by_name}." if by_name else f"It takes: {', '.join(positional) or 'nothing'}."
        yield Problem("error", "ctx_call_positional_kwonly", message, node.lineno, hint)
        return
    given = {keyword.arg for keyword in node.keywords}
    if None in given:
        return
    known = [parameter.name for parameter in parameters]
    unknown = sorted(name for name in given if name is not None and name not in known)
    if unknown:
        message = f"{call}() has no parameter {', '.join(unknown)}"
        yield Problem("warning", "ctx_call_unknown_kwarg", message, node.lineno, f"It has: {', '.join(known) or 'none'}.")
    missing = [
        parameter.name
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY
        and parameter.default is parameter.empty
        and parameter.name not in given
    ]
    if missing:
        message = f"{call}() needs {', '.join(missing)}"
        hint = f"Give it by name: {missing[0]}=…."
        yield Problem("error", "ctx_call_missing_required", message, node.lineno, hint)
