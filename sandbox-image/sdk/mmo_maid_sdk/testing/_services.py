"""The other services of the mock: HTTP, WebSockets, metrics, secrets."""

from __future__ import annotations

import re
from typing import Any

from .._exceptions import RateLimitError, ValidationError
from .._http import Http
from .._metrics import Metrics
from .._secrets import Secrets
from .._ws import WebSockets
from ._recording import Check, Recorder, mock_of

Object = dict[str, Any]

METRIC = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,127}")
PERIODS = ("1h", "24h", "7d", "30d", "90d")
AGGREGATES = ("sum", "count", "avg", "min", "max")
TAGS = 10
SERIES = 1000
SECRET = re.compile(r"[A-Za-z0-9_.-]{1,64}")
SECRET_CHARS = 4096


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

    def __init__(self, check: Check, *, lenient: bool = False) -> None:
        self._check = check
        self._lenient = lenient
        self._series: set[tuple[str, frozenset[tuple[str, str]]]] = set()
        self.recorded: list[Object] = []

    def _name(self, metric: str) -> None:
        if not self._lenient and not METRIC.fullmatch(str(metric)):
            raise ValidationError("metric is required and must be a letter or _, then letters, digits, _ or ., at most 128 in all")

    def _one_of(self, field: str, value: str, allowed: tuple[str, ...]) -> None:
        if not self._lenient and value not in allowed:
            raise ValidationError(f"{field} is required and must be one of {', '.join(allowed)}")

    def _record(self, metric: str, value: float, tags: dict[str, str] | None) -> None:
        self._name(metric)
        value = float(value)
        if not self._lenient:
            if len(tags or {}) > TAGS:
                raise ValidationError(f"tags is required and must be an object of at most {TAGS} texts")
            if value - value != 0:
                raise ValidationError("value is required and must be a finite number")
            series = (str(metric), frozenset((str(name), str(text)) for name, text in (tags or {}).items()))
            if series not in self._series and len(self._series) >= SERIES:
                text = f"quota exceeded: metrics {SERIES} series, remaining=0.0/min (retry in 60s)"
                raise RateLimitError(text, 60, code="QUOTA_EXCEEDED")
            self._series.add(series)
        self.recorded.append({"metric": metric, "value": value, "tags": dict(tags or {})})

    def _query(self, metric: str, period: str, group_by: str | None, aggregate: str) -> Object:
        self._name(metric)
        self._one_of("period", period, PERIODS)
        self._one_of("aggregate", aggregate, AGGREGATES)
        return {"labels": [], "series": [], "total": 0}

    def _total(self, metric: str, period: str) -> float:
        self._name(metric)
        self._one_of("period", period, PERIODS)
        return 0.0


@mock_of(Secrets, "secrets")
class MockSecrets(Recorder, Secrets):
    """Keeps secrets in memory."""

    def __init__(self, check: Check, *, lenient: bool = False) -> None:
        self._check = check
        self._lenient = lenient
        self._values: dict[str, str] = {}

    def _key(self, key: str) -> str:
        if not self._lenient and not SECRET.fullmatch(str(key)):
            raise ValidationError("key is required and must be 1 to 64 letters, digits, _, . or -")
        return str(key)

    def _get(self, key: str) -> str | None:
        return self._values.get(self._key(key))

    def _set(self, key: str, value: str) -> None:
        name, text = self._key(key), str(value)
        if not self._lenient and not 1 <= len(text) <= SECRET_CHARS:
            raise ValidationError(f"value is required and must be text of 1 to {SECRET_CHARS} characters")
        self._values[name] = text

    def _delete(self, key: str) -> None:
        self._values.pop(self._key(key), None)
