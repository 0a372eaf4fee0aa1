"""``ctx.sql`` of the mock: statements are recorded, and really run once the plugin has made a table.

They run on SQLite. What PostgreSQL's dialect has and plain SQLite lacks is refused with a hint at the lab, never answered
differently.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from .._exceptions import RpcError
from .._sql import QueryResult, Sql
from ._recording import Check, Recorder, mock_of

Object = dict[str, Any]

LIMIT = 10_000
ALLOWED = re.compile(
    r"\s*(select|with|insert|update|delete|create\s+(unique\s+)?index|create\s+table|alter\s+table|drop\s+(table|index))\b",
    re.IGNORECASE,
)
MAKES_A_TABLE = re.compile(r"\s*create\s+table\b", re.IGNORECASE)
# Outside of quotes: casts, arrays, JSON operators, time arithmetic, and functions SQLite has under no name.
NEEDS_THE_LAB = re.compile(
    r"::|->|@>|<@|\?\||~|\barray\b|\binterval\b|\bjsonb?\w*\s*\(|\bto_char\b|\bdate_trunc\b|\bextract\b|\bage\s*\("
    r"|\bgenerate_series\b|\blateral\b|\bdistinct\s+on\b|\bfor\s+update\b|\bany\s*\(|\bunnest\b|\bgen_random_uuid\b",
    re.IGNORECASE,
)
REWRITES = [
    (re.compile(r"\b(big|small)?serial\s+primary\s+key\b", re.IGNORECASE), "INTEGER PRIMARY KEY AUTOINCREMENT"),
    (re.compile(r"\bnow\s*\(\s*\)", re.IGNORECASE), "CURRENT_TIMESTAMP"),
    (re.compile(r"\bilike\b", re.IGNORECASE), "LIKE"),
    (re.compile(r"\$(\d+)"), r":p\1"),
]
QUOTED = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")")


@mock_of(Sql, "sql")
class MockSql(Recorder, Sql):
    """Records statements in ``executed``; with *lenient*, or before the first table, each answers as if nothing was there."""

    def __init__(self, check: Check, *, lenient: bool = False) -> None:
        self._check = check
        self._lenient = lenient
        self._connection: sqlite3.Connection | None = None
        self.executed: list[Object] = []

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    def _execute(self, sql: str, params: list[Any] | None) -> int:
        self.executed.append({"sql": sql, "params": params})
        return self._run(sql, params)[1]

    def _query(self, sql: str, params: list[Any] | None, limit: int) -> QueryResult:
        self.executed.append({"sql": sql, "params": params, "limit": limit})
        rows, _ = self._run(sql, params)
        limit = max(1, min(int(limit), LIMIT))
        return QueryResult(rows[:limit], truncated=len(rows) > limit)

    def _query_one(self, sql: str, params: list[Any] | None) -> Object | None:
        self.executed.append({"sql": sql, "params": params})
        rows, _ = self._run(sql, params)
        return rows[0] if rows else None

    def _scalar(self, sql: str, params: list[Any] | None) -> Any:
        row = self._query_one(sql, params)
        return next(iter(row.values()), None) if row else None

    def _run(self, sql: str, params: list[Any] | None) -> tuple[list[Object], int]:
        if self._lenient or (self._connection is None and not MAKES_A_TABLE.match(sql)):
            return [], 0
        if not ALLOWED.match(sql):
            raise _error(f"statement not allowed: {sql.strip()[:40]}")
        if self._connection is None:
            self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
        try:
            values = {f"p{number}": value for number, value in enumerate(params or [], 1)}
            cursor = self._connection.execute(_as_sqlite(sql), values)
            rows = [dict(row) for row in cursor.fetchall()]
        except (sqlite3.Error, sqlite3.Warning) as error:
            text = re.sub(r"no such table: (\S+)", r'relation "\1" does not exist', str(error))
            raise _error(f"SQL execution failed: {text}") from error
        return rows, max(0, cursor.rowcount)


def _as_sqlite(sql: str) -> str:
    """Return the statement in SQLite's words; what lies in quotes stays as it is."""
    parts = QUOTED.split(sql)
    for position in range(0, len(parts), 2):
        found = NEEDS_THE_LAB.search(parts[position])
        if found:
            raise _error(f"the mock cannot run {found[0].strip()!r}: try this plugin in the lab, with `homemaid try`")
        for pattern, replacement in REWRITES:
            parts[position] = pattern.sub(replacement, parts[position])
    return "".join(parts)


def _error(message: str) -> RpcError:
    return RpcError(f"RPC error (sql): {message}", code="SQL_ERROR")
