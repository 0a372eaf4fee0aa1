"""``Plugin``: the decorators with which a plugin says what it does when."""

from __future__ import annotations

import os

from ._cron import CronSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias, TypeVar

    Handler: TypeAlias = Callable[..., Any]
    F = TypeVar("F", bound=Handler)

# Set by tools that load a plugin to look at it or to test it: ``run`` then returns at once.
NO_RUN_VARIABLE = "HOMEMAID_SDK_NO_RUN"

SLASH_COMMAND, COMPONENT, MODAL_SUBMIT = 2, 3, 5
WS_KINDS = ("message", "open", "close")


class Plugin:
    """Collects a plugin's handlers and, with ``run``, serves the host until it says stop.

    Handlers are plain functions (or coroutine functions) and run on several threads. Their first argument is a
    ``Context``. All decorators return the function unchanged.
    """

    def __init__(self) -> None:
        self._event_handlers: dict[str, list[Handler]] = {}
        self._ready_handlers: list[Handler] = []
        self._dashboard_handlers: dict[str, Handler] = {}
        self._lifecycle_handlers: dict[str, Handler] = {}
        self._scheduled_tasks: list[tuple[Handler, int]] = []
        self._cron_tasks: list[tuple[Handler, CronSpec, str]] = []
        self._ws_handlers: dict[str, dict[str, list[Handler]]] = {kind: {} for kind in WS_KINDS}
        self._announce: Callable[[], None] | None = None

    # --- lifecycle ---

    def on_install(self, fn: F) -> F:
        """Call *fn(ctx)* once, after the plugin has been installed."""
        return self._lifecycle("install", fn)

    def on_enable(self, fn: F) -> F:
        """Call *fn(ctx)* each time the owner switches the plugin on."""
        return self._lifecycle("enable", fn)

    def on_disable(self, fn: F) -> F:
        """Call *fn(ctx)* each time the owner switches the plugin off."""
        return self._lifecycle("disable", fn)

    def on_uninstall(self, fn: F) -> F:
        """Call *fn(ctx)* before the plugin's data is deleted."""
        return self._lifecycle("uninstall", fn)

    def _lifecycle(self, kind: str, fn: F) -> F:
        self._lifecycle_handlers[kind] = fn
        return fn

    def on_ready(self, fn: F) -> F:
        """Call *fn(ctx)* after every start of the plugin, beside the first events."""
        self._ready_handlers.append(fn)
        return fn

    # --- events ---

    def on_event(self, event_type: str) -> Callable[[F], F]:
        """Call the function as *fn(ctx, event)* for each event of that type, for example ``message_create``."""

        def register(fn: F) -> F:
            self._add_event_handler(str(event_type), fn)
            return fn

        return register

    def on_slash_command(self, command_name: str) -> Callable[[F], F]:
        """Call the function as *fn(ctx, event)* when a member uses that command."""
        return self._on_interaction(SLASH_COMMAND, lambda event: event.get("command_name") == command_name)

    def on_component(self, custom_id: str | None = None, *, prefix: str | None = None) -> Callable[[F], F]:
        """Call the function as *fn(ctx, event)* when a button or menu is used: one id, or all ids with a *prefix*."""
        return self._on_interaction(COMPONENT, _custom_id_test("on_component", custom_id, prefix))

    def on_modal_submit(self, custom_id: str | None = None, *, prefix: str | None = None) -> Callable[[F], F]:
        """Call the function as *fn(ctx, event)* when a form is sent: one id, or all ids with a *prefix*."""
        return self._on_interaction(MODAL_SUBMIT, _custom_id_test("on_modal_submit", custom_id, prefix))

    def _on_interaction(self, interaction_type: int, matches: Callable[[dict[str, Any]], bool]) -> Callable[[F], F]:
        def register(fn: F) -> F:
            def forward(ctx: Any, event: dict[str, Any]) -> Any:
                if event.get("interaction_type") == interaction_type and matches(event):
                    return fn(ctx, event)
                return None

            forward.__name__ = getattr(fn, "__name__", "handler")
            forward.__wrapped__ = fn  # type: ignore[attr-defined]
            self._add_event_handler("interaction_create", forward)
            return fn

        return register

    def _add_event_handler(self, event_type: str, fn: Handler) -> None:
        self._event_handlers.setdefault(event_type, []).append(fn)
        self._registered()

    def _registered(self) -> None:
        """Tell the host of a handler that was added while the plugin runs."""
        if self._announce is not None:
            self._announce()

    # --- time ---

    def schedule(self, interval_seconds: int) -> Callable[[F], F]:
        """Call the function as *fn(ctx)* every *interval_seconds*, first after that time."""
        seconds = int(interval_seconds)
        if seconds < 1:
            raise ValueError("schedule interval must be at least 1 second")

        def register(fn: F) -> F:
            self._scheduled_tasks.append((fn, seconds))
            return fn

        return register

    def cron(self, spec: str) -> Callable[[F], F]:
        """Call the function as *fn(ctx)* in every minute (UTC) that matches the five fields of *spec*."""
        parsed = CronSpec(spec)

        def register(fn: F) -> F:
            self._cron_tasks.append((fn, parsed, spec))
            return fn

        return register

    # --- dashboard and WebSockets ---

    def on_dashboard(self, method_name: str) -> Callable[[F], F]:
        """Answer the dashboard's question *method_name* with what *fn(ctx, params)* returns."""
        name = str(method_name).removeprefix("dashboard.")

        def register(fn: F) -> F:
            self._dashboard_handlers[name] = fn
            self._registered()
            return fn

        return register

    def on_ws_message(self, name: str) -> Callable[[F], F]:
        """Call the function as *fn(ctx, frame)* for what arrives on the WebSocket *name*; ``"feed:*"`` is a prefix."""
        return self._on_ws("message", name)

    def on_ws_open(self, name: str) -> Callable[[F], F]:
        """Call the function as *fn(ctx)* when the WebSocket *name* is connected."""
        return self._on_ws("open", name)

    def on_ws_close(self, name: str) -> Callable[[F], F]:
        """Call the function as *fn(ctx, info)* when the WebSocket *name* is lost; *info* has reason, will_reconnect."""
        return self._on_ws("close", name)

    def _on_ws(self, kind: str, name: str) -> Callable[[F], F]:
        def register(fn: F) -> F:
            self._ws_handlers[kind].setdefault(str(name), []).append(fn)
            self._registered()
            return fn

        return register

    def _ws_handlers_for(self, kind: str, name: str) -> list[Handler]:
        """Return the handlers registered for exactly this name, else those for the longest prefix of it."""
        by_name = self._ws_handlers[kind]
        if name in by_name:
            return by_name[name]
        prefixes = [key for key in by_name if key.endswith("*") and name.startswith(key[:-1])]
        return by_name[max(prefixes, key=len)] if prefixes else []

    # --- running ---

    def run(self) -> None:
        """Serve the host; returns when it says stop or is gone. The last line of the entry file."""
        if os.environ.get(NO_RUN_VARIABLE) == "1":
            return
        from ._runtime import Runtime

        Runtime(self).run()


def _custom_id_test(
    decorator: str, custom_id: str | None, prefix: str | None
) -> Callable[[dict[str, Any]], bool]:
    if (custom_id is None) == (prefix is None):
        raise ValueError(f"{decorator} needs either a custom_id or a prefix")
    if custom_id is not None:
        return lambda event: event.get("custom_id") == custom_id
    return lambda event: str(event.get("custom_id") or "").startswith(str(prefix))
