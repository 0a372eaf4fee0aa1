"""One widget of a dashboard that is no container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._dashboard_rules import is_asset, is_method, is_one_of, is_text, permission, refresh
from ._findings import shown

Object = dict[str, Any]

CONTAINERS = ("section", "tabs")
FIRST_TYPES = ("alert", "chart", "form", "list", "markdown", "progress_bar", "stat_card", "table", "text")
SECOND_TYPES = (
    "action_button", "badge_list", "divider", "heading", "image", "key_value", "timeline", "user_list",
)  # fmt: skip
NEED_DATA = ("stat_card", "chart", "table")
WIDTHS = ("full", "half", "quarter", "third", "two_thirds")
HEIGHTS = ("lg", "md", "sm")
FORMATS = ("avatar", "badge", "code", "link", "number", "percent", "timestamp")
BADGE_COLORS = ("cyan", "gray", "gold", "green", "red")
STYLES = ("danger", "default", "primary")


def widget_errors(widget: Object, where: str, schema: int, sources: set[str]) -> Iterator[str]:
    """Yield what is wrong with a widget; in schema 1 keys it does not know mean nothing."""
    kind = widget.get("type")
    valid = FIRST_TYPES if schema == 1 else (*FIRST_TYPES, *SECOND_TYPES)
    if not is_one_of(kind, valid):
        if is_one_of(kind, SECOND_TYPES):
            yield f"{where}: type {kind!r} requires \"schema\": 2"
        else:
            yield f"{where}: there is no type {shown(kind)}; there are {', '.join(sorted(valid))}"
    if not widget.get("id"):
        yield f"{where} has no 'id'"
    width = widget.get("width", "full")
    if not is_one_of(width, WIDTHS):
        yield f"{where}: 'width' {shown(width)} must be one of {', '.join(WIDTHS)}"
    if schema == 1:
        if kind in NEED_DATA and not widget.get("rpc_method"):
            yield f"{where}: {kind!r} needs 'rpc_method'"
        if kind == "table" and not widget.get("columns"):
            yield f"{where}: 'table' needs 'columns'"
        return
    yield from _data(widget, where, sources)
    if kind == "table":
        yield from _columns(widget, where)
    height = widget.get("height")
    if height is not None and not is_one_of(height, HEIGHTS):
        yield f"{where}: 'height' {shown(height)} must be one of {', '.join(HEIGHTS)}"
    if kind == "image" and not is_asset(widget.get("src")):
        yield f"{where}: 'src' {shown(widget.get('src'))} must be a path below dashboard/"
    if kind == "heading":
        yield from _heading(widget, where)
    if kind == "action_button":
        yield from _action_button(widget, where)
    yield from _visible_when(widget, where, sources)
    yield from refresh(widget, where)
    yield from permission(widget, where)


def _data(widget: Object, where: str, sources: set[str]) -> Iterator[str]:
    kind, source = widget.get("type"), widget.get("source")
    if source is not None and not is_one_of(source, sources):
        yield f"{where}: 'source' {shown(source)} is no data_source of this page"
    if kind in NEED_DATA and not widget.get("rpc_method") and not source:
        yield f"{where}: {kind!r} needs 'rpc_method' or 'source'"


def _columns(widget: Object, where: str) -> Iterator[str]:
    columns = widget.get("columns")
    if not columns:
        yield f"{where}: 'table' needs 'columns'"
        return
    if not isinstance(columns, list):
        yield f"{where}: 'columns' must be a list, not {shown(columns)}"
        return
    for number, column in enumerate(columns):
        place = f"{where} column {number}"
        if isinstance(column, str):
            continue
        if not isinstance(column, dict):
            yield f"{place} must be a key or an object, not {shown(column)}"
            continue
        if not column.get("key"):
            yield f"{place} has no 'key'"
        form = column.get("format")
        if form is not None and not is_one_of(form, FORMATS):
            yield f"{place}: 'format' {shown(form)} must be one of {', '.join(FORMATS)}"
        elif form == "badge":
            options = column.get("format_options")
            colors = options.get("colors") if isinstance(options, dict) else None
            if colors is not None and not (
                isinstance(colors, dict) and all(is_one_of(color, BADGE_COLORS) for color in colors.values())
            ):
                yield f"{place}: 'format_options.colors' must map values to {', '.join(BADGE_COLORS)}"


def _heading(widget: Object, where: str) -> Iterator[str]:
    if not widget.get("text") or not is_text(widget["text"], 200):
        yield f"{where}: 'heading' needs 'text' of at most 200 characters"
    level = widget.get("level")
    if level is not None and (isinstance(level, bool) or level not in (1, 2, 3)):
        yield f"{where}: 'level' {shown(level)} must be 1, 2 or 3"


def _action_button(widget: Object, where: str) -> Iterator[str]:
    if not is_method(widget.get("action_rpc_method")):
        yield f"{where}: 'action_rpc_method' {shown(widget.get('action_rpc_method'))} must be the name of a handler"
    if widget.get("rpc_method"):
        yield f"{where}: an action has 'action_rpc_method' and no 'rpc_method': nobody may read it"
    if not widget.get("label") or not is_text(widget["label"], 80):
        yield f"{where}: 'action_button' needs a 'label' of at most 80 characters"
    style = widget.get("style")
    if style is not None and not is_one_of(style, STYLES):
        yield f"{where}: 'style' {shown(style)} must be one of {', '.join(STYLES)}"
    for key, limit in (("confirm", 300), ("success_message", 200)):
        if widget.get(key) is not None and not is_text(widget[key], limit):
            yield f"{where}: {key!r} must be text of at most {limit} characters"


def _visible_when(widget: Object, where: str, sources: set[str]) -> Iterator[str]:
    rule = widget.get("visible_when")
    if rule is None:
        return
    if not isinstance(rule, dict):
        yield f"{where}: 'visible_when' must be an object with 'source' and 'path', not {shown(rule)}"
        return
    if not is_one_of(rule.get("source"), sources):
        yield f"{where}: 'visible_when.source' {shown(rule.get('source'))} is no data_source of this page"
    if not rule.get("path") or not is_text(rule["path"], 200):
        yield f"{where}: 'visible_when.path' must be a way into the data, 1 to 200 characters"
    if isinstance(rule.get("equals"), (list, dict)):
        yield f"{where}: 'visible_when.equals' must be a single value"
