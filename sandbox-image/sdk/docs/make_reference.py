#!/usr/bin/env python3
"""Writes ``reference.md`` from the code: every public class, method, signature and first sentence.

The result is committed; a test keeps it true.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mmo_maid_sdk  # noqa: E402
from mmo_maid_sdk import _components, _exceptions, dashboard, events, responses, testing  # noqa: E402
from mmo_maid_sdk._discord import Discord  # noqa: E402
from mmo_maid_sdk._ephemeral import Ephemeral  # noqa: E402
from mmo_maid_sdk._http import Http  # noqa: E402
from mmo_maid_sdk._interaction import Interaction  # noqa: E402
from mmo_maid_sdk._kv import KV  # noqa: E402
from mmo_maid_sdk._metrics import Metrics  # noqa: E402
from mmo_maid_sdk._secrets import Secrets  # noqa: E402
from mmo_maid_sdk._sql import Sql  # noqa: E402
from mmo_maid_sdk._ws import WebSockets  # noqa: E402

SERVICES = {
    "kv": KV, "discord": Discord, "interaction": Interaction, "sql": Sql, "ephemeral": Ephemeral, "http": Http,
    "metrics": Metrics, "secrets": Secrets, "ws": WebSockets,
}


def text_of(thing: Any) -> str:
    """Return a docstring as Markdown; ``code`` in its own quotes."""
    text = (inspect.getdoc(thing) or "").replace("``", "`")
    # An indented block after an empty line is code in Markdown already.
    return text.replace("::\n", "\n").lstrip("\n")


def signature(function: Any) -> str:
    """Return the parameters without ``self`` and annotations."""
    parts, starred = [], False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        starred = starred or parameter.kind is parameter.VAR_POSITIONAL
        default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
        parts.append(f"{prefix}{parameter.name}{default}")
    return f"({', '.join(parts)})"


def methods(cls: type, prefix: str) -> list[str]:
    """Return an entry for each public method."""
    lines = []
    for name, value in vars(cls).items():
        function = value.__func__ if isinstance(value, classmethod) else value
        if not name.startswith("_") and inspect.isfunction(function):
            lines.append(f"- **`{prefix}{name}{signature(function).replace('(cls, ', '(')}`** {text_of(function)}".replace("\n", "\n  "))
    return lines


def typed(cls: type) -> str:
    """Return the keys of a typed dictionary."""
    keys = {key: kind for base in reversed(cls.__mro__[:-1]) for key, kind in getattr(base, "__annotations__", {}).items()}
    keys = keys or cls.__annotations__
    names = ", ".join(f"`{key}`" for key in cls.__annotations__ | keys)
    return f"- **`{cls.__name__}`** {text_of(cls)}\n  {names}"


def reference() -> str:
    """Return the whole page."""
    parts = ["# Reference", "", "Generated from the code by `docs/make_reference.py`.", ""]
    parts += ["## Plugin", "", text_of(mmo_maid_sdk.Plugin), "", *methods(mmo_maid_sdk.Plugin, "plugin."), ""]
    parts += ["## Context", "", text_of(mmo_maid_sdk.Context), "", *methods(mmo_maid_sdk.Context, "ctx."), ""]
    for name, service in SERVICES.items():
        parts += [f"### ctx.{name}", "", text_of(service), "", *methods(service, f"ctx.{name}."), ""]
    parts += ["## Components", ""]
    for name in ("ActionRow", "Button", "SelectMenu", "SelectOption", "TextInput"):
        cls = getattr(_components, name)
        parts.append(f"- **`{name}{signature(cls.__init__)}`** {text_of(cls)}")
    tree = text_of(_exceptions).partition("::")[2].strip("\n")
    parts += ["", "## Exceptions", "", "```text", inspect.cleandoc(tree), "```", ""]
    parts += ["## Events", "", text_of(events).partition("\n")[0], ""]
    parts += [f"- `{name}`: {typed(cls)[2:]}" for name, cls in events.EVENT_TYPE_TO_SCHEMA.items()]
    parts += ["", "## What ctx.discord returns", ""]
    parts += [typed(getattr(responses, name)) for name in ("Member", "Role", "Channel", "Guild", "Message")]
    parts += ["", "## mmo_maid_sdk.testing", "", text_of(testing), ""]
    for name in ("MockContext", "MockClock"):
        cls = getattr(testing, name)
        parts += [f"- **`{name}{signature(cls.__init__)}`** {text_of(cls)}".replace("\n", "\n  ")]
    for name in ("make_event", "make_full_event"):
        function = getattr(testing, name)
        parts += [f"- **`{name}{signature(function)}`** {text_of(function)}".replace("\n", "\n  ")]
    parts += ["", "## mmo_maid_sdk.dashboard", "", text_of(dashboard), ""]
    for name, cls in vars(dashboard).items():
        if inspect.isclass(cls) and not name.startswith("_") and cls.__module__ == dashboard.__name__:
            parts.append(f"- **`{name}{signature(cls.__init__)}`** {text_of(cls)}".replace("\n", "\n  "))
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("reference.md").write_text(reference(), encoding="utf-8")
