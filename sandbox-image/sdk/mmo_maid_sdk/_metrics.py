"""``ctx.metrics``: numbers over time, for the dashboard."""

from __future__ import annotations

from ._rpc import a_list, an_object, field, with_optional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._rpc import Object, Rpc


class Metrics:
    """Reached as ``ctx.metrics``; needs no capability. Periods are 1h, 24h, 7d, 30d and 90d."""

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def record(self, metric: str, value: float = 1.0, tags: dict[str, str] | None = None) -> None:
        """Add a value; up to ten *tags* tell several kinds apart."""
        params: Object = {"metric": str(metric), "value": float(value)}
        if tags:
            params["tags"] = {str(name): str(text) for name, text in tags.items()}
        self._rpc.call("metrics.record", params)

    def query(self, metric: str, *, period: str = "7d", group_by: str | None = None, aggregate: str = "sum") -> Object:
        """Return ``{"labels", "series", "total"}``: a value for each minute, hour or day of the period.

        *aggregate* is sum, count, avg, min or max; *group_by* names a tag whose values become series of their own.
        """
        params = with_optional(
            {"metric": str(metric), "period": str(period), "aggregate": str(aggregate)},
            group_by=str(group_by) if group_by else None,
        )
        result = an_object(self._rpc.call("metrics.query", params))
        return {
            "labels": a_list(field(result, "labels", None)),
            "series": a_list(field(result, "series", None)),
            "total": field(result, "total", 0),
        }

    def total(self, metric: str, *, period: str = "30d") -> float:
        """Return the sum over the period."""
        value = field(self._rpc.call("metrics.total", {"metric": str(metric), "period": str(period)}), "total", 0.0)
        return float(value) if isinstance(value, (int, float)) else 0.0
