"""What a dashboard manifest that is well formed refers to: widgets, handlers, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]


def bare(name: str) -> str:
    """Return the name of a handler without the ``dashboard.`` that early manifests write."""
    return name.removeprefix("dashboard.")


def objects(value: Any) -> Iterator[Object]:
    """Yield the objects of a list, of anything else none."""
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def pages(content: Object) -> Iterator[Object]:
    """Yield the pages."""
    return objects(content.get("pages"))


def widgets(page: Object) -> Iterator[Object]:
    """Yield every plain widget of a page, also those in sections and tabs."""
    for entry in objects(page.get("widgets")):
        if entry.get("type") == "section":
            yield from objects(entry.get("widgets"))
        elif entry.get("type") == "tabs":
            for tab in objects(entry.get("tabs")):
                yield from objects(tab.get("widgets"))
        else:
            yield entry


def shown_methods(content: Object) -> set[str]:
    """Return the handlers that pages call: those of widgets, of data sources, for saving and for actions."""
    if content.get("mode", "manifest") != "manifest":
        return set()
    names: set[str] = set()
    second = content.get("schema", 1) == 2
    for page in pages(content):
        if second:
            names.update(_methods(source, "rpc_method") for source in objects(page.get("data_sources")))
        for widget in widgets(page):
            names.update(_methods(widget, key) for key in ("rpc_method", "save_rpc_method", "save_method"))
            if second and widget.get("type") == "action_button":
                names.add(_methods(widget, "action_rpc_method"))
    return names - {""}


def _methods(item: Object, key: str) -> str:
    name = item.get(key)
    return bare(name) if isinstance(name, str) else ""


def declared_methods(content: Object) -> set[str]:
    """Return the handlers that ``rpc`` declares."""
    rpc = content.get("rpc")
    return {bare(name) for name in rpc} if isinstance(rpc, dict) else set()


def assets(content: Object) -> Iterator[tuple[str, str]]:
    """Yield where a file is named, and its path in the zip."""
    if content.get("mode", "manifest") == "iframe":
        for number, page in enumerate(pages(content)):
            source = re.split(r"[?#]", str(page.get("src")), maxsplit=1)[0]
            yield f"Page {number}: 'src'", source if source.startswith("dashboard/") else f"dashboard/{source}"
        return
    if content.get("schema", 1) != 2:
        return
    theme = content.get("theme")
    if isinstance(theme, dict) and isinstance(theme.get("logo"), str):
        yield "'theme.logo'", theme["logo"]
    for number, page in enumerate(pages(content)):
        for widget in widgets(page):
            if widget.get("type") == "image":
                yield f"Page {number} widget {widget.get('id')!r}: 'src'", str(widget.get("src"))
