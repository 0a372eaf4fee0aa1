"""``ctx.ws``: WebSocket connections that the host keeps open for the plugin."""

from __future__ import annotations

from ._rpc import an_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._rpc import Object, Rpc


class WebSockets:
    """Reached as ``ctx.ws``; needs the ``proxy:websocket`` capability and an approved host.

    What arrives goes to ``Plugin.on_ws_message``; the host connects again when a connection is lost.
    """

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def ensure(
        self,
        name: str,
        url: str,
        *,
        secret_auth: str | None = None,
        auth: Object | None = None,
        subscribe: list[Any] | None = None,
        binary: bool = False,
    ) -> Object:
        """Open the connection *name* unless it is open; return ``{"conn_id", "name", "state"}``.

        The frames in *subscribe* are sent after every connect. *secret_auth* names a stored secret for a bearer token.
        """
        if secret_auth and not auth:
            auth = {"scheme": "bearer", "secret": str(secret_auth)}
        params = {
            "name": str(name),
            "url": str(url),
            "auth": dict(auth) if auth else None,
            "subscribe": list(subscribe or []),
            "binary": bool(binary),
        }
        return an_object(self._rpc.call("ws.ensure", params))

    def send(self, name: str, data: Any) -> Object:
        """Send a text frame, or a binary frame if *data* is ``bytes``."""
        params: Object = {"name": str(name)}
        if isinstance(data, (bytes, bytearray, memoryview)):
            from base64 import b64encode

            params["data_b64"] = b64encode(data).decode("ascii")
        else:
            params["text"] = str(data)
        return an_object(self._rpc.call("ws.send", params))

    def close(self, name: str) -> Object:
        """Close the connection *name* for good."""
        return an_object(self._rpc.call("ws.close", {"name": str(name)}))

    def allow_host(self, host: str) -> Object:
        """Approve a host for this server; only while a manager of the server is asking for it."""
        return an_object(self._rpc.call("ws.allow_host", {"host": str(host)}))

    def revoke_host(self, host: str) -> Object:
        """Take the approval of a host back."""
        return an_object(self._rpc.call("ws.revoke_host", {"host": str(host)}))
