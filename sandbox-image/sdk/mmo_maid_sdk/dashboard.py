"""Builds ``dashboard_manifest.json``: the plugin's pages in the owner's dashboard.

::

    from mmo_maid_sdk.dashboard import Chart, Manifest, Page, StatCard

    page = Page("Overview", widgets=[StatCard("Members", rpc="get_members"), Chart.line("Growth", rpc="get_growth")])
    text = json.dumps(Manifest(pages=[page]).to_json(), indent=2)

Each ``rpc`` names a handler registered with ``Plugin.on_dashboard``.
"""

from __future__ import annotations

from typing import Any, TypeVar

Object = dict[str, Any]

MODES = ("manifest", "iframe")
WIDTHS = ("full", "half", "quarter", "third", "two_thirds")
CHART_TYPES = ("area", "bar", "doughnut", "gauge", "line", "pie", "scatter")
PERMISSIONS = ("manager", "owner", "viewer")
WIDGET_ID_LENGTH = 24
PAGE_ID_LENGTH = 48

F = TypeVar("F", bound="Form")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _slug(text: str, length: int) -> str:
    return text.lower().replace(" ", "_")[:length]


def _without_none(**values: Any) -> Object:
    return {name: value for name, value in values.items() if value is not None}


class Column:
    """A column of a ``Table``."""

    def __init__(self, key: str, label: str | None = None) -> None:
        self.key = key
        self.label = label or key

    def to_json(self) -> Object:
        """Return the column as the manifest has it."""
        return {"key": self.key, "label": self.label}


class Option:
    """A choice of a form's select field."""

    def __init__(self, value: str, label: str | None = None) -> None:
        self.value = value
        self.label = label or value

    def to_json(self) -> Object:
        """Return the choice as the manifest has it."""
        return {"value": self.value, "label": self.label}


def _column(column: Any) -> Object:
    return column if isinstance(column, dict) else (column if isinstance(column, Column) else Column(str(column))).to_json()


def _option(option: Any) -> Object:
    return option if isinstance(option, dict) else (option if isinstance(option, Option) else Option(str(option))).to_json()


class _Widget:
    """What all widgets have in common."""

    _type = ""
    _prefix = ""

    def __init__(
        self,
        title: str,
        rpc: str,
        id: str | None,
        width: str,
        refresh_seconds: int | None,
        permission: str | None,
        **more: Any,
    ) -> None:
        self.title = title
        self.rpc = rpc
        self.id = id or f"{self._prefix}_{_slug(title, WIDGET_ID_LENGTH)}"
        self.width = _one_of("width", width, WIDTHS)
        self.refresh_seconds = refresh_seconds
        self.permission = permission if permission is None else _one_of("permission", permission, PERMISSIONS)
        self._more = more

    def to_json(self) -> Object:
        """Return the widget as the manifest has it."""
        return _without_none(
            id=self.id,
            type=self._type,
            title=self.title,
            width=self.width,
            refresh_seconds=self.refresh_seconds,
            rpc_method=self.rpc,
            permission=self.permission,
            **self._more,
        )


class StatCard(_Widget):
    """One big number; its handler returns ``{"value", "change"}``."""

    _type = "stat_card"
    _prefix = "stat"

    def __init__(
        self,
        label: str,
        *,
        rpc: str,
        id: str | None = None,
        icon: str | None = None,
        width: str = "third",
        refresh_seconds: int | None = None,
        permission: str | None = None,
    ) -> None:
        super().__init__(label, rpc, id, width, refresh_seconds, permission, label=label, icon=icon)


class Chart(_Widget):
    """A chart; its handler returns ``{"labels", "series": [{"name", "data"}]}``."""

    _type = "chart"
    _prefix = "chart"

    def __init__(
        self,
        title: str,
        *,
        rpc: str,
        chart_type: str,
        id: str | None = None,
        width: str = "half",
        refresh_seconds: int | None = None,
        chart_options: Object | None = None,
        permission: str | None = None,
    ) -> None:
        _one_of("chart_type", chart_type, CHART_TYPES)
        super().__init__(
            title, rpc, id, width, refresh_seconds, permission, chart_type=chart_type, chart_options=chart_options
        )

    @classmethod
    def line(cls, title: str, *, rpc: str, **kwargs: Any) -> Chart:
        """Return a line chart."""
        return cls(title, rpc=rpc, chart_type="line", **kwargs)

    @classmethod
    def bar(cls, title: str, *, rpc: str, **kwargs: Any) -> Chart:
        """Return a bar chart."""
        return cls(title, rpc=rpc, chart_type="bar", **kwargs)

    @classmethod
    def pie(cls, title: str, *, rpc: str, **kwargs: Any) -> Chart:
        """Return a pie chart."""
        return cls(title, rpc=rpc, chart_type="pie", **kwargs)

    @classmethod
    def gauge(cls, title: str, *, rpc: str, **kwargs: Any) -> Chart:
        """Return a gauge from 0 to 100."""
        return cls(title, rpc=rpc, chart_type="gauge", **kwargs)


class Table(_Widget):
    """A table with pages; its handler returns ``{"rows", "total"}``."""

    _type = "table"
    _prefix = "table"

    def __init__(
        self,
        title: str,
        *,
        rpc: str,
        columns: list[Any],
        id: str | None = None,
        width: str = "full",
        refresh_seconds: int | None = None,
        permission: str | None = None,
    ) -> None:
        as_json = [_column(column) for column in columns]
        super().__init__(title, rpc, id, width, refresh_seconds, permission, columns=as_json)


class _Plain(_Widget):
    """A widget without settings of its own, over the full width."""

    def __init__(
        self,
        title: str,
        *,
        rpc: str,
        id: str | None = None,
        width: str = "full",
        refresh_seconds: int | None = None,
        permission: str | None = None,
    ) -> None:
        super().__init__(title, rpc, id, width, refresh_seconds, permission)


class Text(_Plain):
    """Plain text; its handler returns ``{"text"}``."""

    _type = "text"
    _prefix = "text"


class Alert(_Plain):
    """A coloured notice; its handler returns ``{"level", "message"}``."""

    _type = "alert"
    _prefix = "alert"


class Markdown(_Plain):
    """Formatted text; its handler returns ``{"markdown"}``."""

    _type = "markdown"
    _prefix = "md"


class ProgressBar(_Widget):
    """A bar that fills; its handler returns ``{"value", "max", "label"}``."""

    _type = "progress_bar"
    _prefix = "progress"

    def __init__(
        self,
        label: str,
        *,
        rpc: str,
        id: str | None = None,
        width: str = "half",
        refresh_seconds: int | None = None,
        permission: str | None = None,
    ) -> None:
        super().__init__(label, rpc, id, width, refresh_seconds, permission, label=label)


class List(_Widget):
    """Names and values; its handler returns ``{"items": [{"label", "value"}]}``."""

    _type = "list"
    _prefix = "list"

    def __init__(
        self,
        title: str,
        *,
        rpc: str,
        id: str | None = None,
        width: str = "half",
        refresh_seconds: int | None = None,
        permission: str | None = None,
    ) -> None:
        super().__init__(title, rpc, id, width, refresh_seconds, permission)


class Form:
    """Settings; the handler *rpc* returns ``{"values"}``, *save_rpc* gets the fields and returns ``{"ok": True}``.

    Each method adds a field and returns the form.
    """

    def __init__(
        self,
        *,
        rpc: str,
        save_rpc: str,
        title: str | None = None,
        id: str | None = None,
        width: str = "full",
        permission: str | None = None,
    ) -> None:
        self.rpc = rpc
        self.save_rpc = save_rpc
        self.title = title
        self.id = id or "form"
        self.width = _one_of("width", width, WIDTHS)
        self.permission = permission if permission is None else _one_of("permission", permission, PERMISSIONS)
        self.fields: list[Object] = []

    def _add(self: F, kind: str, label: str, key: str, required: bool = False, **more: Any) -> F:
        self.fields.append(
            {"key": key, "label": label, "type": kind, **_without_none(required=required or None, **more)}
        )
        return self

    def text(
        self: F,
        label: str,
        *,
        key: str,
        required: bool = False,
        placeholder: str | None = None,
        help_text: str | None = None,
    ) -> F:
        """Add a line of text."""
        return self._add("text", label, key, required, placeholder=placeholder, help_text=help_text)

    def textarea(
        self: F,
        label: str,
        *,
        key: str,
        required: bool = False,
        placeholder: str | None = None,
        help_text: str | None = None,
    ) -> F:
        """Add several lines of text."""
        return self._add("textarea", label, key, required, placeholder=placeholder, help_text=help_text)

    def number(
        self: F,
        label: str,
        *,
        key: str,
        required: bool = False,
        min: float | None = None,
        max: float | None = None,
        step: float | None = None,
        placeholder: str | None = None,
        help_text: str | None = None,
    ) -> F:
        """Add a number."""
        return self._add(
            "number",
            label,
            key,
            required,
            min=min,
            max=max,
            step=step,
            placeholder=placeholder,
            help_text=help_text,
        )

    def toggle(self: F, label: str, *, key: str, help_text: str | None = None) -> F:
        """Add a switch."""
        return self._add("toggle", label, key, help_text=help_text)

    def color(self: F, label: str, *, key: str, help_text: str | None = None) -> F:
        """Add a colour."""
        return self._add("color", label, key, help_text=help_text)

    def date(self: F, label: str, *, key: str, required: bool = False, help_text: str | None = None) -> F:
        """Add a day."""
        return self._add("date", label, key, required, help_text=help_text)

    def range(
        self: F,
        label: str,
        *,
        key: str,
        min: float = 0,
        max: float = 100,
        step: float = 1,
        help_text: str | None = None,
    ) -> F:
        """Add a slider."""
        return self._add("range", label, key, min=min, max=max, step=step, help_text=help_text)

    def select(
        self: F, label: str, *, key: str, options: list[Any], required: bool = False, help_text: str | None = None
    ) -> F:
        """Add a choice of one."""
        return self._add("select", label, key, required, options=[_option(o) for o in options], help_text=help_text)

    def multi_select(
        self: F, label: str, *, key: str, options: list[Any], required: bool = False, help_text: str | None = None
    ) -> F:
        """Add a choice of several."""
        as_json = [_option(option) for option in options]
        return self._add("multi_select", label, key, required, options=as_json, help_text=help_text)

    def channel_picker(self: F, label: str, *, key: str, required: bool = False, help_text: str | None = None) -> F:
        """Add a channel of the server."""
        return self._add("channel", label, key, required, help_text=help_text)

    def role_picker(self: F, label: str, *, key: str, required: bool = False, help_text: str | None = None) -> F:
        """Add a role of the server."""
        return self._add("role", label, key, required, help_text=help_text)

    def to_json(self) -> Object:
        """Return the form as the manifest has it."""
        return _without_none(
            id=self.id,
            type="form",
            title=self.title,
            width=self.width,
            rpc_method=self.rpc,
            permission=self.permission,
            save_rpc_method=self.save_rpc,
            fields=list(self.fields),
        )


class Page:
    """A page of widgets; *permission* is the role a viewer needs: viewer, manager or owner."""

    def __init__(
        self, title: str, *, id: str | None = None, widgets: list[Any] | None = None, permission: str | None = None
    ) -> None:
        self.title = title
        self.id = id or _slug(title, PAGE_ID_LENGTH)
        self.widgets = list(widgets or [])
        self.permission = permission if permission is None else _one_of("permission", permission, PERMISSIONS)

    def add(self, widget: Any) -> Page:
        """Add a widget and return the page."""
        self.widgets.append(widget)
        return self

    def to_json(self) -> Object:
        """Return the page as the manifest has it."""
        widgets = [widget if isinstance(widget, dict) else widget.to_json() for widget in self.widgets]
        return _without_none(id=self.id, title=self.title, permission=self.permission, widgets=widgets)


class Manifest:
    """The whole dashboard."""

    def __init__(self, *, mode: str | None = None, pages: list[Page] | None = None) -> None:
        self.mode = mode if mode is None else _one_of("mode", mode, MODES)
        self.pages = list(pages or [])

    def add_page(self, page: Page) -> Manifest:
        """Add a page and return the manifest."""
        self.pages.append(page)
        return self

    def to_json(self) -> Object:
        """Return what belongs into ``dashboard_manifest.json``."""
        return _without_none(mode=self.mode, pages=[page.to_json() for page in self.pages])
