"""``Context``: what every handler gets as its first argument."""

from __future__ import annotations

from ._discord import Discord
from ._ephemeral import Ephemeral
from ._interaction import Interaction
from ._kv import KV
from ._sql import QueryResult, Sql
from ._transport import current_delivery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._http import Http
    from ._metrics import Metrics
    from ._rpc import Object, Rpc
    from ._secrets import Secrets
    from ._ws import WebSockets

__all__ = ["Context", "QueryResult"]

LOG_MESSAGE_LENGTH = 4000
LOG_TAGS = 10
LOG_EXTRA_KEYS = 20
LOG_EXTRA_LENGTH = 500


class Context:
    """Who the plugin is here, and everything it can do.

    Each event has a context of its own, which knows the interaction it belongs to. All contexts of a worker share every
    other attribute, also those a plugin adds: what ``on_ready`` puts on ``ctx``, later handlers find there.
    """

    __slots__ = ("__dict__", "__weakref__", "_own_interaction_id")

    server_id: str
    plugin_id: str
    version: str
    capabilities: set[str]

    def __init__(
        self, *, server_id: str, plugin_id: str, version: str, capabilities: Iterable[str], transport: Rpc
    ) -> None:
        self._own_interaction_id: str | None = None
        self.server_id = server_id
        self.plugin_id = plugin_id
        self.version = version
        self.capabilities = set(capabilities or ())
        self._transport = transport
        self.discord = Discord(transport)
        self.kv = KV(transport)
        self.sql = Sql(transport)
        self.ephemeral = Ephemeral(transport)

    def _for_event(self, interaction_id: str) -> Context:
        """Return a context for one event, which shares this one's attributes."""
        context = Context.__new__(Context)
        context.__dict__ = self.__dict__
        context._own_interaction_id = interaction_id or None
        return context

    def __getattr__(self, name: str) -> Any:
        """Make the services that few plugins use when they are first asked for."""
        if name == "http":
            from ._http import Http

            return self._keep(name, Http(self._transport))
        if name == "metrics":
            from ._metrics import Metrics

            return self._keep(name, Metrics(self._transport))
        if name == "secrets":
            from ._secrets import Secrets

            return self._keep(name, Secrets(self._transport))
        if name == "ws":
            from ._ws import WebSockets

            return self._keep(name, WebSockets(self._transport))
        raise AttributeError(f"Context has no attribute {name!r}")

    def _keep(self, name: str, service: Any) -> Any:
        return self.__dict__.setdefault(name, service)

    if TYPE_CHECKING:
        http: Http
        metrics: Metrics
        secrets: Secrets
        ws: WebSockets

    @property
    def interaction(self) -> Interaction:
        """Answers to the interaction that this context belongs to."""
        return Interaction(self._transport, lambda: self._current_interaction_id)

    @property
    def _current_interaction_id(self) -> str:
        """The interaction's id; a context that has none (one kept in a global variable) knows the running handler's."""
        if self._own_interaction_id is not None:
            return self._own_interaction_id
        delivery = current_delivery.get()
        return delivery.interaction_id if delivery is not None else ""

    @_current_interaction_id.setter
    def _current_interaction_id(self, interaction_id: str) -> None:
        self._own_interaction_id = interaction_id

    @property
    def request_id(self) -> str:
        """The interaction's id inside the handler of an interaction, else an empty string."""
        return self._current_interaction_id

    def has_capability(self, cap: str) -> bool:
        """Return whether the owner has granted the capability *cap*."""
        return cap in self.capabilities

    def log(self, message: str, *, level: str = "info", tags: list[str] | None = None, **extra: Any) -> None:
        """Write a line into the plugin's log; *level* is debug, info, warning or error."""
        params: Object = {"level": str(level), "message": str(message)[:LOG_MESSAGE_LENGTH]}
        if tags:
            params["tags"] = [str(tag) for tag in list(tags)[:LOG_TAGS]]
        if extra:
            some = list(extra.items())[:LOG_EXTRA_KEYS]
            params["extra"] = {str(name): str(value)[:LOG_EXTRA_LENGTH] for name, value in some}
        self._transport.notify("plugin.log", params)
