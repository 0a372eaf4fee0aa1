"""The schema of dashboards: each rule broken once, in the contract's words for the place; and what must pass."""

from __future__ import annotations

from typing import Any

import pytest

from mmo_maid_sdk import dashboard as builder
from mmo_maid_sdk._validation._dashboard_schema import schema_errors

TEXT = {"id": "w", "type": "text"}
SOURCE = {"id": "s", "rpc_method": "read"}
ACTION = {"id": "w", "type": "action_button", "action_rpc_method": "act", "label": "Go"}


def errors(content: Any) -> list[str]:
    return list(schema_errors(content))


def page(*widgets: Any, **more: Any) -> dict[str, Any]:
    return {"id": "p", "title": "P", "widgets": list(widgets), **more}


def one(widget: Any, schema: int = 2, **more: Any) -> list[str]:
    return errors({"schema": schema, "pages": [page(widget, data_sources=[SOURCE], **more)]})


GOOD = {
    "schema": 2,
    "rpc": {"a": {}, "dashboard.b": {"writes": True}},
    "theme": {"accent": "#abc", "accent_secondary": "#aabbcc", "chart_palette": ["#aabbccdd"], "logo": "dashboard/l.png",
              "header": {"title": "T", "subtitle": "S"}, "density": "cozy"},
    "pages": [
        page(
            {"id": "1", "type": "stat_card", "source": "s", "width": "third", "height": "sm", "refresh_seconds": 5},
            {"id": "2", "type": "chart", "rpc_method": "dashboard.read", "permission": " Owner "},
            {"id": "3", "type": "table", "rpc_method": "rows", "columns": ["a", {"key": "b", "format": "badge", "format_options": {"colors": {"x": "red"}}}]},
            {"id": "4", "type": "image", "src": "dashboard/a.png"},
            {"id": "5", "type": "heading", "text": "T", "level": 3},
            {**ACTION, "id": "6", "style": "danger", "confirm": "Sure?", "success_message": "Done"},
            {"id": "7", "type": "section", "heading": "H", "description": "D", "collapsible": True, "widgets": [{"id": "8", "type": "divider"}]},
            {"id": "9", "type": "tabs", "tabs": [{"id": "t", "title": "T", "widgets": [{"id": "10", "type": "key_value", "visible_when": {"source": "s", "path": "a.b", "equals": 1}}]}]},
            data_sources=[{**SOURCE, "rpc_params": {}, "refresh_seconds": 3600}], permission="viewer",
        )
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        {}, {"pages": None}, {"pages": [page()]}, GOOD, {"pages": [{"id": "p", "title": "P", "widgets": None}]},
        {"pages": [page({**TEXT, "height": "odd", "refresh_seconds": -1, "source": 5})], "theme": 5},
        {"mode": "iframe", "pages": [{"id": "p", "title": "P", "src": "a.html", "widgets": 5}]},
        builder.Manifest(pages=[builder.Page("P", widgets=[builder.StatCard("A", rpc="a"), builder.Chart.pie("B", rpc="b"), builder.Table("C", rpc="c", columns=[builder.Column("x")])])]).to_json(),
    ],
)  # fmt: skip
def test_good_dashboards_pass(content):
    assert errors(content) == []


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ([], "must be an object"), ({"schema": 3}, "'schema' 3"), ({"schema": True}, "'schema'"), ({"mode": "x"}, "'mode' 'x'"), ({"pages": {}}, "'pages'"),
        ({"rpc": []}, "'rpc' must"), ({"rpc": {"a b": {}}}, "'a b' is no method name"), ({"rpc": {"a": 5}}, "'rpc.a' must"), ({"rpc": {"a": {"writes": 1}}}, "'rpc.a.writes'"),
        ({"schema": 2, "theme": 5}, "'theme' must"), ({"schema": 2, "theme": {"accent": "red"}}, "'theme.accent' 'red'"), ({"schema": 2, "theme": {"chart_palette": []}}, "chart_palette"),
        ({"schema": 2, "theme": {"logo": "l.png"}}, "'theme.logo'"), ({"schema": 2, "theme": {"header": 5}}, "'theme.header' must"),
        ({"schema": 2, "theme": {"header": {"title": "x" * 121}}}, "'theme.header.title'"), ({"schema": 2, "theme": {"density": "thin"}}, "'theme.density'"),
        ({"mode": "iframe", "pages": [5]}, "Page 0 must be"), ({"mode": "iframe", "pages": [{"title": "P", "src": "a"}]}, "Page 0 has no 'id'"),
        ({"mode": "iframe", "pages": [{"id": "p", "src": "a"}]}, "Page 0 has no 'title'"), ({"mode": "iframe", "pages": [{"id": "p", "title": "P"}]}, "Page 0 has no 'src'"),
        ({"mode": "iframe", "pages": [{"id": "p", "title": "P", "src": "/a"}]}, "must stay below"), ({"mode": "iframe", "pages": [{"id": "p", "title": "P", "src": 5}]}, "must stay below"),
        ({"pages": [5]}, "Page 0 must be"), ({"pages": [page(title="")]}, "Page 0 has no 'title'"), ({"pages": [{**page(), "widgets": {}}]}, "Page 0: 'widgets' must be a list"),
        ({"schema": 2, "pages": [page(data_sources=5)]}, "Page 0: 'data_sources'"), ({"schema": 2, "pages": [page(data_sources=[5])]}, "data_source 0 must be"),
        ({"schema": 2, "pages": [page(data_sources=[{**SOURCE, "id": "a b"}])]}, "data_source 0: 'id'"), ({"schema": 2, "pages": [page(data_sources=[SOURCE, SOURCE])]}, "another data_source"),
        ({"schema": 2, "pages": [page(data_sources=[SOURCE]), page(data_sources=[SOURCE])]}, "Page 1 data_source 0: there is another"),
        ({"schema": 2, "pages": [page(data_sources=[{"id": "s"}])]}, "'rpc_method' None"), ({"schema": 2, "pages": [page(data_sources=[{**SOURCE, "rpc_params": []}])]}, "'rpc_params'"),
        ({"schema": 2, "pages": [page(data_sources=[{**SOURCE, "refresh_seconds": 4}])]}, "'refresh_seconds' 4"), ({"schema": 2, "pages": [page(permission="god")]}, "Page 0: 'permission' 'god'"),
        ({"pages": [page(5)]}, "Page 0 widget 0 must be"), ({"pages": [page({"id": "c", "type": "tabs"})]}, "type 'tabs' requires \"schema\": 2"),
        ({"pages": [page({"id": "w", "type": "image"})]}, "type 'image' requires \"schema\": 2"), ({"pages": [page({"id": "w", "type": "pie"})]}, "no type 'pie'; there are alert, chart"),
        ({"pages": [page({"type": "text"})]}, "widget 0 has no 'id'"), ({"pages": [page({**TEXT, "width": "wide"})]}, "'width' 'wide' must be one of full, half"),
        ({"pages": [page({"id": "w", "type": "chart"})]}, "'chart' needs 'rpc_method'"), ({"pages": [page({"id": "w", "type": "table", "rpc_method": "a"})]}, "'table' needs 'columns'"),
        ({"schema": 2, "pages": [page(TEXT), page(TEXT)]}, "another widget 'w'"),
        ({"schema": 2, "pages": [page(ACTION, {**TEXT, "id": "v", "rpc_method": "dashboard.act"})]}, "action_rpc_method 'act' is also read"),
    ],
)  # fmt: skip
def test_rule_of_the_whole_is_told(content, part):
    found = errors(content)
    assert len(found) == 1
    assert part in found[0]


@pytest.mark.parametrize(
    ("widget", "part"),
    [
        ({**TEXT, "source": "t"}, "'source' 't' is no data_source"), ({"id": "w", "type": "stat_card"}, "needs 'rpc_method' or 'source'"),
        ({"id": "w", "type": "table", "source": "s"}, "'table' needs 'columns'"), ({"id": "w", "type": "table", "source": "s", "columns": "a"}, "'columns' must be a list"),
        ({"id": "w", "type": "table", "source": "s", "columns": [5]}, "column 0 must be"), ({"id": "w", "type": "table", "source": "s", "columns": [{}]}, "column 0 has no 'key'"),
        ({"id": "w", "type": "table", "source": "s", "columns": [{"key": "a", "format": "x"}]}, "column 0: 'format' 'x'"),
        ({"id": "w", "type": "table", "source": "s", "columns": [{"key": "a", "format": "badge", "format_options": {"colors": {"x": "blue"}}}]}, "format_options.colors"),
        ({**TEXT, "height": "xl"}, "'height' 'xl'"), ({"id": "w", "type": "image", "src": "dashboard/../x"}, "'src'"), ({"id": "w", "type": "image"}, "'src' None"),
        ({"id": "w", "type": "heading"}, "'heading' needs 'text'"), ({"id": "w", "type": "heading", "text": "t", "level": 4}, "'level' 4"),
        ({**ACTION, "action_rpc_method": "a b"}, "'action_rpc_method' 'a b'"), ({**ACTION, "rpc_method": "read"}, "no 'rpc_method'"), ({**ACTION, "label": "x" * 81}, "'label'"),
        ({**ACTION, "style": "odd"}, "'style' 'odd'"), ({**ACTION, "confirm": "x" * 301}, "'confirm'"), ({**ACTION, "success_message": 5}, "'success_message'"),
        ({**TEXT, "visible_when": 5}, "'visible_when' must"), ({**TEXT, "visible_when": {"source": "t", "path": "a"}}, "'visible_when.source'"),
        ({**TEXT, "visible_when": {"source": "s"}}, "'visible_when.path'"), ({**TEXT, "visible_when": {"source": "s", "path": "a", "equals": []}}, "'visible_when.equals'"),
        ({**TEXT, "refresh_seconds": "5"}, "'refresh_seconds' '5'"), ({**TEXT, "permission": 5}, "'permission' 5"),
        ({"id": "c", "type": "section"}, "a section needs 'widgets'"), ({"type": "section", "widgets": [TEXT]}, "has no 'id'"),
        ({"id": "c", "type": "section", "heading": "x" * 121, "widgets": [TEXT]}, "'heading' must be text"), ({"id": "c", "type": "section", "collapsible": 1, "widgets": [TEXT]}, "'collapsible'"),
        ({"id": "c", "type": "section", "widgets": [{"id": "d", "type": "tabs"}]}, "widget 0: 'tabs' cannot stand"), ({"id": "c", "type": "section", "widgets": [TEXT], "permission": "x"}, "'permission'"),
        ({"id": "c", "type": "tabs", "tabs": []}, "tabs need 'tabs'"), ({"id": "c", "type": "tabs", "tabs": [5]}, "tab 0 must be"), ({"id": "c", "type": "tabs", "tabs": [{"id": "t"}]}, "tab 0 has no 'title'"),
        ({"id": "c", "type": "tabs", "tabs": [{"id": "t t", "title": "T"}]}, "tab 0: 'id'"), ({"id": "c", "type": "tabs", "tabs": [{"id": "t", "title": "T"}] * 2}, "another tab 't'"),
        ({"id": "c", "type": "tabs", "tabs": [{"id": "t", "title": "T", "widgets": 5}]}, "tab 0: 'widgets'"), ({"id": "c", "type": "tabs", "tabs": [{"id": "t", "title": "T", "widgets": [5]}]}, "tab 0 widget 0 must be"),
    ],
)  # fmt: skip
def test_rule_of_a_widget_in_schema_2_is_told_with_its_place(widget, part):
    found = one(widget)
    assert len(found) == 1
    assert part in found[0]
    assert found[0].startswith("Page 0 widget 0")
