"""``ctx.http``: requests to the web sites the owner has approved, made by the host."""

from __future__ import annotations

from ._rpc import an_object, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._rpc import Object, Rpc


class Http:
    """Reached as ``ctx.http``; needs the ``proxy:http`` capability and an approved domain.

    Answers are ``{"status", "body_bytes", "headers", "truncated"}``; ``body_bytes`` is text. A status of 404 or 500 is
    an answer, not an error. At most 30 requests a minute, a megabyte of answer and 20 seconds.
    """

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        body: str | None = None,
        params: Object | None = None,
        secret_auth: str | None = None,
        auth: Object | None = None,
    ) -> Object:
        """Make a request; *params* are added to the URL's query.

        *secret_auth* names a stored secret to send as bearer token; *auth* is ``{"scheme", "secret"}`` with the scheme
        bearer, basic or token.
        """
        request: Object = {
            "method": str(method).upper(),
            "url": with_query(str(url), params),
            "headers": dict(headers or {}),
            "body": body,
        }
        if secret_auth:
            request["secret_auth"] = str(secret_auth)
        if auth:
            request["auth"] = dict(auth)
        result = an_object(self._rpc.call("proxy.request", request))
        return {
            **result,
            "status": field(result, "status", 0),
            "body_bytes": field(result, "body_bytes", ""),
            "headers": field(result, "headers", {}),
            "truncated": bool(field(result, "truncated", False)),
        }

    def get(self, url: str, *, headers: dict[str, str] | None = None, params: Object | None = None) -> Object:
        """Make a GET request."""
        return self.request("GET", url, headers=headers, params=params)

    def post(
        self, url: str, *, body: str, headers: dict[str, str] | None = None, params: Object | None = None
    ) -> Object:
        """Make a POST request."""
        return self.request("POST", url, headers=headers, body=body, params=params)

    def allow_host(self, host: str) -> Object:
        """Approve a host for this server; only while a manager of the server is asking for it."""
        return an_object(self._rpc.call("http.allow_host", {"host": str(host)}))

    def revoke_host(self, host: str) -> Object:
        """Take the approval of a host back."""
        return an_object(self._rpc.call("http.revoke_host", {"host": str(host)}))


def with_query(url: str, params: Object | None) -> str:
    """Return *url* with *params* added to its query; lists become repeated keys."""
    present: list[tuple[str, Any]] = [(name, value) for name, value in (params or {}).items() if value is not None]
    if not present:
        return url
    from urllib.parse import urlencode

    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(present, doseq=True)}{mark}{fragment}"
