"""The other services of the mock: HTTP, WebSockets, metrics, secrets."""

from __future__ import annotations

from typing import Any

from .._http import Http
from .._metrics import Metrics
from .._secrets import Secrets
from .._ws import WebSockets
from ._recording import Check, Recorder, mock_of

Object = dict[str, Any]


@mock_of(Http, "http")
class MockHttp(Recorder, Http):
    """Records requests and answers them with what ``mock_response`` has prepared, else with an empty page."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._responses: list[tuple[str, Object]] = []
        self.requests: list[Object] = []
        self.allowed_hosts: list[str] = []
        self.revoked_hosts: list[str] = []

    def mock_response(
        self, url_contains: str, *, status: int = 200, body: str = "", headers: dict[str, str] | None = None
    ) -> None:
        """Answer requests whose URL contains *url_contains*; the first that was prepared wins."""
        response = {"status": status, "body_bytes": body, "headers": dict(headers or {}), "truncated": False}
        self._responses.append((url_contains, response))

    def _request(self, method: str, **arguments: Any) -> Object:
        self.requests.append({"method": str(method).upper(), **arguments})
        for part, response in self._responses:
            if part in arguments["url"]:
                return {**response, "headers": dict(response["headers"])}
        return {"status": 200, "body_bytes": "", "headers": {}, "truncated": False}

    def _get(self, **arguments: Any) -> Object:
        return self._request("GET", **{"body": None, "secret_auth": None, "auth": None, **arguments})

    def _post(self, **arguments: Any) -> Object:
        return self._request("POST", **{"secret_auth": None, "auth": None, **arguments})

    def _allow_host(self, host: str) -> Object:
        self.allowed_hosts.append(host)
        return {"ok": True, "host": host}

    def _revoke_host(self, host: str) -> Object:
        self.revoked_hosts.append(host)
        return {"ok": True, "host": host}


@mock_of(WebSockets, "ws")
class MockWebSockets(Recorder, WebSockets):
    """Records what is done with WebSockets; nothing is ever connected."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self.ensured: list[Object] = []
        self.sent: list[Object] = []
        self.closed: list[str] = []
        self.allowed_hosts: list[str] = []
        self.revoked_hosts: list[str] = []

    def _ensure(self, **arguments: Any) -> Object:
        self.ensured.append(arguments)
        return {"conn_id": f"mock-{arguments['name']}", "name": arguments["name"], "state": "connecting"}

    def _send(self, **arguments: Any) -> Object:
        self.sent.append(arguments)
        return {"ok": True}

    def _close(self, name: str) -> Object:
        self.closed.append(name)
        return {"ok": True}

    def _allow_host(self, host: str) -> Object:
        self.allowed_hosts.append(host)
        return {"ok": True, "host": host}

    def _revoke_host(self, host: str) -> Object:
        self.revoked_hosts.append(host)
        return {"ok": True, "host": host}


@mock_of(Metrics, "metrics")
class MockMetrics(Recorder, Metrics):
    """Records values; questions find nothing."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self.recorded: list[Object] = []

    def _record(self, metric: str, value: float, tags: dict[str, str] | None) -> None:
        self.recorded.append({"metric": metric, "value": value, "tags": dict(tags or {})})

    def _query(self, **arguments: Any) -> Object:
        return {"labels": [], "series": [], "total": 0}

    def _total(self, **arguments: Any) -> float:
        return 0.0


@mock_of(Secrets, "secrets")
class MockSecrets(Recorder, Secrets):
    """Keeps secrets in memory."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._values: dict[str, str] = {}

    def _get(self, key: str) -> str | None:
        return self._values.get(key)

    def _set(self, key: str, value: str) -> None:
        self._values[key] = str(value)

    def _delete(self, key: str) -> None:
        self._values.pop(key, None)
