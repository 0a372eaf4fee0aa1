"""A running plugin: what happens with each message of the host.

::

    read loop (main thread)
      ├─ answers            → the waiting call
      ├─ host.boot          → here, at once: the events right behind it must find their handlers
      ├─ event.*            → event threads                      → event.ack
      ├─ dashboard.*        → a free event thread, else the      → result
      ├─ host.install, ...    thread reserved for these          → null
      └─ host.shutdown      → running handlers get 3 s, then ``run`` returns
"""

from __future__ import annotations

from collections import deque

from ._context import Context
from ._dispatch import Dispatcher, start_thread
from ._schedule import Scheduler
from ._stdio import ClaimedStreams
from ._transport import Delivery, Transport, current_delivery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._plugin import Handler, Plugin
    from ._transport import Message

SHUTDOWN_SECONDS = 3.0
LIFECYCLE_KINDS = ("install", "enable", "disable", "uninstall")
TRACEBACK_LENGTH = 3900
POOL_SERVERS = 10_000
# Frames of one WebSocket that wait for its handler; the oldest is dropped and counted.
WAITING_FRAMES = 1000
_WS_KIND = {"event.ws_message": "message", "event.ws_open": "open", "event.ws_closed": "close"}


class Runtime:
    """One run of a plugin, from ``run`` to the end of the process."""

    def __init__(self, plugin: Plugin, transport: Transport | None = None) -> None:
        self._plugin = plugin
        self._transport = transport or Transport()
        self._dispatcher = Dispatcher()
        self._scheduler = Scheduler()
        self._context: Context | None = None
        self._pool: dict[str, Context] | None = None
        self._capabilities: frozenset[str] = frozenset()
        self._host_cron: frozenset[str] = frozenset()
        self._getting_ready = False
        self._stopping = False
        self._frames: dict[str, deque[tuple[str, Message]]] = {}

    def run(self) -> None:
        """Serve the host over stdin and stdout."""
        streams = ClaimedStreams()
        try:
            self._transport.use(streams.reader, streams.writer)
            self._log("info", "SDK plugin process started")
            self._transport.read_loop(self.receive)
            self._transport.drain(self.receive, SHUTDOWN_SECONDS, lambda: not self._busy())
        finally:
            self._scheduler.stop()
            self._transport.close()
            streams.close()

    def _busy(self) -> bool:
        return self._dispatcher.busy or self._scheduler.busy or self._getting_ready

    def _log(self, level: str, message: str) -> None:
        self._transport.notify("plugin.log", {"level": level, "message": message})

    # --- messages ---

    def receive(self, message: Message) -> None:
        """Take one request or notification of the host; never blocks and never raises."""
        method: str = message["method"]
        request_id = message.get("id")
        params = message.get("params")
        params = params if isinstance(params, dict) else {}
        if method.startswith("event."):
            self._take_event(method, params, request_id)
        elif method.startswith("dashboard."):
            self._take_dashboard(method, params, request_id)
        elif method == "host.boot":
            self._boot(params)
            self._reply(request_id, None)
            self._after_boot()
        elif method == "host.shutdown":
            self._reply(request_id, None)
            self._shut_down()
        elif method.removeprefix("host.") in LIFECYCLE_KINDS and method.startswith("host."):
            self._submit(request_id, lambda: self._run_lifecycle(method, params, request_id))
        else:
            self._refuse(request_id, f"unknown method: {method}")

    def _reply(self, request_id: Any, result: Any) -> None:
        if request_id is not None:
            self._transport.reply(request_id, result)

    def _refuse(self, request_id: Any, reason: str) -> None:
        if request_id is not None:
            self._transport.reply_error(request_id, reason)

    def _submit(self, request_id: Any, job: Callable[[], None]) -> None:
        if not self._dispatcher.request(job):
            self._refuse(request_id, "dispatch queue full")

    # --- start and stop ---

    def _boot(self, params: Message) -> None:
        if self._context is not None:
            return
        capabilities = params.get("capabilities")
        self._capabilities = frozenset(map(str, capabilities)) if isinstance(capabilities, list) else frozenset()
        host_cron = params.get("host_cron")
        self._host_cron = frozenset(map(str, host_cron)) if isinstance(host_cron, list) else frozenset()
        self._context = self._new_context(params, self._capabilities)
        if params.get("mode") == "pool":
            self._pool = {}

    def _new_context(self, params: Message, capabilities: frozenset[str]) -> Context:
        known = self._context
        return Context(
            server_id=str(params.get("discord_srv_id") or ""),
            plugin_id=str(params.get("plugin_id") or (known.plugin_id if known else "")),
            version=str(params.get("version") or (known.version if known else "")),
            capabilities=capabilities,
            transport=self._transport,
        )

    def _after_boot(self) -> None:
        """Tell the host what the plugin listens to, then begin ``on_ready`` and the timed tasks beside the events."""
        if self._plugin._announce is not None or self._context is None:
            return
        self._plugin._announce = self._announce
        self._announce()
        if self._pool is None:
            self._getting_ready = True
            start_thread(self._get_ready, "plugin-ready")

    def _announce(self) -> None:
        from . import __version__

        plugin = self._plugin
        websockets = {name for by_name in plugin._ws_handlers.values() for name in by_name}
        params = {
            "sdk": __version__,
            "events": sorted(plugin._event_handlers),
            "dashboard": sorted(plugin._dashboard_handlers),
            "ws": sorted(websockets),
            "cron": [{"name": _name(fn), "spec": raw} for fn, _, raw in plugin._cron_tasks],
        }
        self._transport.notify("plugin.ready", params)

    def _get_ready(self) -> None:
        assert self._context is not None
        try:
            self._run_ready_handlers(self._context)
            self._schedule(self._context)
        finally:
            self._getting_ready = False

    def _run_ready_handlers(self, context: Context) -> None:
        for fn in self._plugin._ready_handlers:
            self._run(context, "on_ready handler error", fn, context)

    def _schedule(self, context: Context) -> None:
        for fn, seconds in self._plugin._scheduled_tasks:
            self._scheduler.every(seconds, self._task(context, "Scheduled task error", fn))
        for fn, spec, _ in self._plugin._cron_tasks:
            if _name(fn) not in self._host_cron:
                self._scheduler.at(spec, self._task(context, "Cron task error", fn))
        if not self._stopping:
            self._scheduler.start()

    def _task(self, context: Context, error_text: str, fn: Handler) -> Callable[[], None]:
        def run() -> None:
            self._run(context, f"{error_text} ({_name(fn)})", fn, context)

        return run

    def _shut_down(self) -> None:
        self._stopping = True
        self._scheduler.stop()
        self._transport.stop_reading()

    # --- handlers ---

    def _run(self, context: Context, error_text: str, fn: Handler, *arguments: Any) -> bool:
        """Run one handler; log what it raises. Return whether it returned."""
        try:
            invoke(fn, *arguments)
        except BaseException as error:  # also SystemExit: a handler ends itself, not the plugin
            log_error(context, error_text, error)
            return False
        return True

    def _context_for(self, params: Message, interaction_id: str = "") -> Context:
        """Return the context of one event or request."""
        assert self._context is not None
        if self._pool is None:
            return self._context._for_event(interaction_id)
        server_id = str(params.get("discord_srv_id") or "")
        granted = params.get("capabilities")
        capabilities = frozenset(map(str, granted)) if isinstance(granted, list) else self._capabilities
        if self._capabilities:
            capabilities &= self._capabilities
        if server_id not in self._pool and len(self._pool) < POOL_SERVERS:
            self._pool[server_id] = self._new_context(params, capabilities)
            self._run_ready_handlers(self._pool[server_id])
        context = self._new_context(params, capabilities)
        context._current_interaction_id = interaction_id
        return context

    def _delivery(self, params: Message, interaction_id: str = "") -> Delivery:
        event_id = str(params.get("event_id") or params.get("_event_id") or "")
        return Delivery(event_id, interaction_id, str(params.get("discord_srv_id") or ""))

    # --- events ---

    def _take_event(self, method: str, params: Message, request_id: Any) -> None:
        if method in _WS_KIND:
            self._take_frame(_WS_KIND[method], params)
            return
        event_type = method.removeprefix("event.")
        event_id = str(params.get("event_id") or "")
        handlers = self._handlers_for(event_type, params)
        if not handlers and request_id is not None:
            self._refuse(request_id, f"unknown method: {method}")
        elif not handlers or self._context is None:
            self._acknowledge_unhandled(event_id)
        elif self._stopping:
            return
        elif not self._dispatcher.event(lambda: self._run_event(event_type, handlers, params, request_id)):
            self._acknowledge_unhandled(event_id)
            self._refuse(request_id, "dispatch queue full")
            self._log("warning", f"event {event_type} was dropped: too many events wait for their handlers")

    def _handlers_for(self, event_type: str, params: Message) -> list[Handler]:
        handlers = list(self._plugin._event_handlers.get(event_type, ()))
        if event_type == "cron":
            handlers += [_without_event(fn) for fn in self._cron_handlers(params)]
        return handlers

    def _cron_handlers(self, params: Message) -> list[Handler]:
        """Return the task of that name, else all tasks with that specification."""
        event = params.get("event")
        event = event if isinstance(event, dict) else {}
        tasks = self._plugin._cron_tasks
        named = [fn for fn, _, _ in tasks if _name(fn) == event.get("name")]
        return named or [fn for fn, _, raw in tasks if raw == event.get("spec")]

    def _acknowledge_unhandled(self, event_id: str) -> None:
        if event_id:
            self._transport.notify("event.ack", {"event_id": event_id})

    def _run_event(self, event_type: str, handlers: list[Handler], params: Message, request_id: Any) -> None:
        if self._stopping:  # it waited too long for a thread: at most once is what events are promised
            return
        event = params.get("event")
        event = event if isinstance(event, dict) else {}
        interaction_id = str(event.get("interaction_id") or "") if event_type == "interaction_create" else ""
        delivery = self._delivery(params, interaction_id)
        token = current_delivery.set(delivery)
        failed = False
        try:
            context = self._context_for(params, interaction_id)
            for fn in handlers:
                failed |= not self._run(context, f"Event handler error ({event_type})", fn, context, event)
        finally:
            current_delivery.reset(token)
            if delivery.event_id:
                self._transport.finish_event(delivery.event_id, failed=failed)
            self._reply(request_id, None)

    # --- lifecycle and dashboard ---

    def _run_lifecycle(self, method: str, params: Message, request_id: Any) -> None:
        kind = next(
            (value for key in ("lifecycle", "type") if (value := params.get(key)) in LIFECYCLE_KINDS),
            method.removeprefix("host."),
        )
        fn = self._plugin._lifecycle_handlers.get(kind)
        token = current_delivery.set(self._delivery(params))
        try:
            if fn is not None and self._context is not None:
                context = self._context_for(params)
                self._run(context, f"Lifecycle handler error ({kind})", fn, context)
        finally:
            current_delivery.reset(token)
            self._reply(request_id, None)

    def _take_dashboard(self, method: str, params: Message, request_id: Any) -> None:
        name = method.removeprefix("dashboard.")
        fn = self._plugin._dashboard_handlers.get(name)
        if fn is None or self._context is None:
            self._refuse(request_id, f"unknown method: {method}")
        else:
            self._submit(request_id, lambda: self._run_dashboard(name, fn, params, request_id))

    def _run_dashboard(self, name: str, fn: Handler, params: Message, request_id: Any) -> None:
        token = current_delivery.set(self._delivery(params))
        context = self._context_for(params)
        try:
            self._reply(request_id, invoke(fn, context, params))
        except BaseException as error:
            log_error(context, f"Dashboard handler error ({name})", error)
            self._reply(request_id, {"error": str(error)})
        finally:
            current_delivery.reset(token)

    # --- WebSockets: frames of one connection stay in order ---

    def _take_frame(self, kind: str, params: Message) -> None:
        name = str(params.get("name") or "")
        if self._context is None or self._stopping or not self._plugin._ws_handlers_for(kind, name):
            return
        waiting = self._frames.get(name)
        if waiting is not None:
            # A thread is working through this connection's frames and will come to this one.
            if len(waiting) == waiting.maxlen:
                self._log("warning", f"a WebSocket frame of {name} was dropped: its handler is too slow")
            waiting.append((kind, params))
            return
        self._frames[name] = deque([(kind, params)], maxlen=WAITING_FRAMES)
        if not self._dispatcher.event(lambda: self._run_frames(name)):
            del self._frames[name]

    def _run_frames(self, name: str) -> None:
        waiting = self._frames[name]
        while True:
            while waiting:
                self._run_frame(name, *waiting.popleft())
            del self._frames[name]
            # A frame that came between the two lines above waits in the old queue.
            if not waiting:
                return
            self._frames[name] = waiting

    def _run_frame(self, name: str, kind: str, params: Message) -> None:
        token = current_delivery.set(self._delivery(params))
        try:
            context = self._context_for(params)
            for fn in self._plugin._ws_handlers_for(kind, name):
                arguments = [] if kind == "open" else [_frame(kind, params)]
                self._run(context, f"WebSocket handler error ({name})", fn, context, *arguments)
        finally:
            current_delivery.reset(token)


def _frame(kind: str, params: Message) -> Message:
    """Return what a handler gets of a WebSocket message."""
    if kind == "close":
        return {"reason": params.get("reason"), "will_reconnect": params.get("will_reconnect")}
    keys = ("name", "conn_id", "data", "binary", "reason", "will_reconnect")
    return {key: params.get(key) for key in keys}


def _without_event(fn: Handler) -> Handler:
    def task(ctx: Context, event: Message) -> Any:
        return fn(ctx)

    return task


def _name(fn: Handler) -> str:
    return getattr(fn, "__name__", type(fn).__name__)


def invoke(fn: Handler, *arguments: Any) -> Any:
    """Call a handler; if it is a coroutine function, run it to its end here."""
    result = fn(*arguments)
    if hasattr(result, "__await__"):
        import asyncio

        async def wait() -> Any:
            return await result

        return asyncio.run(wait())
    return result


def log_error(context: Context, text: str, error: BaseException) -> None:
    """Write a handler's exception into the plugin's log: the plugin's own frames, the end rather than the middle."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_PACKAGE_FOLDER) and frames.tb_next:
        frames = frames.tb_next
    trace = "".join(traceback.format_exception(type(error), error, frames))
    if len(trace) > TRACEBACK_LENGTH:
        head = TRACEBACK_LENGTH // 4
        trace = f"{trace[:head]}\n[...]\n{trace[-(TRACEBACK_LENGTH - head - 7):]}"
    context.log(f"{text}:\n{trace}", level="error")


_PACKAGE_FOLDER = __file__.rpartition("/")[0] + "/"
