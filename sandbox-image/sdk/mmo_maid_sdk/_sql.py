"""``ctx.sql``: the plugin's own tables, in PostgreSQL's dialect."""

from __future__ import annotations

from ._rpc import a_list, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._rpc import Object, Rpc

    Rows = list[Object]
else:
    Rows = list

DEFAULT_ROWS = 1000


class QueryResult(Rows):
    """The rows of a query, a list; ``truncated`` tells whether there were more than asked for."""

    __slots__ = ("truncated",)

    def __init__(self, rows: list[Object] | None = None, *, truncated: bool = False) -> None:
        super().__init__(rows or [])
        self.truncated = truncated


class Sql:
    """Reached as ``ctx.sql``; needs the ``storage:sql`` capability.

    Values go into *params* and stand as ``$1``, ``$2`` in the statement, never into its text.
    """

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def execute(self, sql: str, params: list[Any] | None = None) -> int:
        """Run a statement and return the number of rows it changed."""
        return int(field(self._rpc.call("sql.execute", _statement(sql, params)), "rowcount", 0))

    def query(self, sql: str, params: list[Any] | None = None, *, limit: int = DEFAULT_ROWS) -> QueryResult:
        """Run a statement and return its rows as dictionaries, at most *limit*."""
        result = self._rpc.call("sql.query", {**_statement(sql, params), "limit": max(1, int(limit))})
        return QueryResult(a_list(field(result, "rows", None)), truncated=bool(field(result, "truncated", False)))

    def query_one(self, sql: str, params: list[Any] | None = None) -> Object | None:
        """Run a statement and return its first row, or ``None``."""
        row: Object | None = field(self._rpc.call("sql.query_one", _statement(sql, params)), "row", None)
        return row

    def scalar(self, sql: str, params: list[Any] | None = None) -> Any:
        """Run a statement and return the first column of its first row, or ``None``."""
        row = self.query_one(sql, params)
        return next(iter(row.values()), None) if row else None


def _statement(sql: str, params: list[Any] | None) -> Object:
    return {"sql": str(sql), "params": list(params or [])}
