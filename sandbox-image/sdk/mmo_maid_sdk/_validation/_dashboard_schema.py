"""The schema of ``dashboard_manifest.json``, versions 1 and 2, error by error in the contract's order (section 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._dashboard_rules import is_method, is_name, is_text, permission, refresh, rpc, theme
from ._dashboard_walk import bare, objects, pages, widgets
from ._dashboard_widget import CONTAINERS, widget_errors
from ._findings import shown

Object = dict[str, Any]


def schema_errors(content: Any) -> Iterator[str]:
    """Yield what is wrong; nothing if the dashboard can be shown."""
    if not isinstance(content, dict):
        yield f"it must be an object, not {shown(content)}"
        return
    schema = content.get("schema", 1)
    if isinstance(schema, bool) or schema not in (1, 2):
        yield f"'schema' {shown(schema)} must be 1 or 2"
        return
    mode = content.get("mode", "manifest")
    if mode not in ("manifest", "iframe"):
        yield f"'mode' {shown(mode)} must be 'manifest' or 'iframe'"
        return
    listed = content.get("pages")
    if listed is not None and not isinstance(listed, list):
        yield f"'pages' must be a list, not {shown(listed)}"
        return
    yield from rpc(content)
    if schema == 2 and content.get("theme") is not None:
        yield from theme(content["theme"])
    if mode == "iframe":
        yield from _iframe_pages(listed or [])
        return
    sources: set[str] = set()
    for number, page in enumerate(listed or []):
        yield from _page(page, f"Page {number}", schema, sources)
    if schema == 2:
        yield from _whole(content)


def _identity(page: Object, where: str) -> Iterator[str]:
    for key in ("id", "title"):
        if not page.get(key):
            yield f"{where} has no {key!r}"


def _iframe_pages(listed: list[Any]) -> Iterator[str]:
    for number, page in enumerate(listed):
        where = f"Page {number}"
        if not isinstance(page, dict):
            yield f"{where} must be an object, not {shown(page)}"
            continue
        yield from _identity(page, where)
        source = page.get("src")
        if not source:
            yield f"{where} has no 'src': in iframe mode a page is a file below dashboard/"
        elif not isinstance(source, str) or ".." in source or source.startswith(("/", "\\")):
            yield f"{where}: 'src' {shown(source)} must stay below dashboard/"


def _page(page: Any, where: str, schema: int, all_sources: set[str]) -> Iterator[str]:
    if not isinstance(page, dict):
        yield f"{where} must be an object, not {shown(page)}"
        return
    yield from _identity(page, where)
    sources: set[str] = set()
    if schema == 2:
        yield from _data_sources(page, where, sources, all_sources)
        yield from permission(page, where)
    entries = page.get("widgets")
    if entries is not None and not isinstance(entries, list):
        yield f"{where}: 'widgets' must be a list, not {shown(entries)}"
        return
    for number, widget in enumerate(entries or []):
        place = f"{where} widget {number}"
        if not isinstance(widget, dict):
            yield f"{place} must be an object, not {shown(widget)}"
        elif widget.get("type") in CONTAINERS and schema == 1:
            yield f"{place}: type {widget['type']!r} requires \"schema\": 2"
        elif widget.get("type") in CONTAINERS:
            yield from _container(widget, place, sources)
        else:
            yield from widget_errors(widget, place, schema, sources)


def _data_sources(page: Object, where: str, own: set[str], everywhere: set[str]) -> Iterator[str]:
    """Check the sources of a page and note their ids."""
    listed = page.get("data_sources")
    if listed is None:
        return
    if not isinstance(listed, list):
        yield f"{where}: 'data_sources' must be a list, not {shown(listed)}"
        return
    for number, source in enumerate(listed):
        place = f"{where} data_source {number}"
        if not isinstance(source, dict):
            yield f"{place} must be an object, not {shown(source)}"
            continue
        name = source.get("id")
        if not isinstance(name, str) or not is_name(name):
            yield f"{place}: 'id' {shown(name)} must be 1 to 64 letters, digits, _ or -"
        elif name in everywhere:
            yield f"{place}: there is another data_source {name!r}; ids are unique in the whole manifest"
        else:
            own.add(name)
            everywhere.add(name)
        if not is_method(source.get("rpc_method")):
            yield f"{place}: 'rpc_method' {shown(source.get('rpc_method'))} must be the name of a handler"
        if source.get("rpc_params") is not None and not isinstance(source["rpc_params"], dict):
            yield f"{place}: 'rpc_params' must be an object, not {shown(source['rpc_params'])}"
        yield from refresh(source, place)


def _container(entry: Object, where: str, sources: set[str]) -> Iterator[str]:
    if not entry.get("id"):
        yield f"{where} has no 'id'"
    if entry["type"] == "section":
        yield from _section(entry, where, sources)
    else:
        yield from _tabs(entry, where, sources)
    yield from permission(entry, where)


def _section(entry: Object, where: str, sources: set[str]) -> Iterator[str]:
    for key, limit in (("heading", 120), ("description", 500)):
        if entry.get(key) is not None and not is_text(entry[key], limit):
            yield f"{where}: {key!r} must be text of at most {limit} characters"
    if entry.get("collapsible") is not None and not isinstance(entry["collapsible"], bool):
        yield f"{where}: 'collapsible' must be true or false, not {shown(entry['collapsible'])}"
    children = entry.get("widgets")
    if not isinstance(children, list) or not children:
        yield f"{where}: a section needs 'widgets', a list that is not empty"
    else:
        yield from _children(children, where, sources)


def _tabs(entry: Object, where: str, sources: set[str]) -> Iterator[str]:
    listed = entry.get("tabs")
    if not isinstance(listed, list) or not listed:
        yield f"{where}: tabs need 'tabs', a list that is not empty"
        return
    seen: set[str] = set()
    for number, tab in enumerate(listed):
        place = f"{where} tab {number}"
        if not isinstance(tab, dict):
            yield f"{place} must be an object, not {shown(tab)}"
            continue
        name = tab.get("id")
        if not isinstance(name, str) or not is_name(name):
            yield f"{place}: 'id' {shown(name)} must be 1 to 64 letters, digits, _ or -"
        elif name in seen:
            yield f"{place}: there is another tab {name!r}"
        else:
            seen.add(name)
        if not tab.get("title"):
            yield f"{place} has no 'title'"
        children = tab.get("widgets")
        if children is not None and not isinstance(children, list):
            yield f"{place}: 'widgets' must be a list, not {shown(children)}"
        else:
            yield from _children(children or [], place, sources)


def _children(children: list[Any], where: str, sources: set[str]) -> Iterator[str]:
    for number, child in enumerate(children):
        place = f"{where} widget {number}"
        if not isinstance(child, dict):
            yield f"{place} must be an object, not {shown(child)}"
        elif child.get("type") in CONTAINERS:
            yield f"{place}: {child['type']!r} cannot stand in another container"
        else:
            yield from widget_errors(child, place, 2, sources)


def _whole(content: Object) -> Iterator[str]:
    """Check what must be unique in the whole manifest, and that no action can be read."""
    ids: set[str] = set()
    actions: set[str] = set()
    readable: set[str] = set()
    for page in pages(content):
        methods = [source.get("rpc_method") for source in objects(page.get("data_sources"))]
        for widget in widgets(page):
            name = widget.get("id")
            if isinstance(name, (str, int)) and name:
                if str(name) in ids:
                    yield f"there is another widget {shown(name)}; ids are unique in the whole manifest"
                ids.add(str(name))
            if widget.get("type") == "action_button" and isinstance(widget.get("action_rpc_method"), str):
                actions.add(bare(widget["action_rpc_method"]))
            else:
                methods.append(widget.get("rpc_method"))
        readable.update(bare(method) for method in methods if isinstance(method, str))
    for name in sorted(actions & readable):
        yield f"action_rpc_method {shown(name)} is also read by a widget or a data source; an action needs a handler of its own"
