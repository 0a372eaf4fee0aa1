"""``ctx.sql`` of the mock: statements are recorded, and really run once the plugin has made a table.

They run on SQLite in memory. The host's rules for statements, placeholders and quotas count; what PostgreSQL's dialect has and
plain SQLite lacks is refused with a hint at the lab, never answered differently.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .._encoding import encode
from .._exceptions import RateLimitError, RpcError, ValidationError
from .._sql import QueryResult, Sql
from .._statements import refusal
from ._recording import Check, Recorder, mock_of
from ._sql_dialect import BadParameters, NeedsTheLab, ilike, like, translated

if TYPE_CHECKING:
    from ._clock import MockClock

Object = dict[str, Any]

ROWS = 10_000
PARAMS = 1000
TEXT_CHARS = 1_000_000
TABLES, INDEXES, COLUMNS = 64, 128, 200
DDL_PER_HOUR = 100
HOUR_SECONDS = 3600
MAKES_A_TABLE = re.compile(r"\s*create\s+table\b", re.IGNORECASE)
# SQLite's wording -> PostgreSQL's.
WORDINGS = [
    (r"no such table: (?:main\.)?(\S+)", r'relation "\1" does not exist'),
    (r"no such column: (\S+)", r'column "\1" does not exist'),
    (r"no such function: (\S+)", r"function \1(…) does not exist"),
    (r'near "([^"]+)": syntax error', r'syntax error at or near "\1"'),
    (r"UNIQUE constraint failed: (\w+)\.(\w+).*", r'duplicate key value violates unique constraint "\1_\2_key"'),
    (r"NOT NULL constraint failed: \w+\.(\w+)", r'null value in column "\1" violates not-null constraint'),
    (r"FOREIGN KEY constraint failed", "violates foreign key constraint"),
    (r"CHECK constraint failed: (\S+)", r'violates check constraint "\1"'),
]


@mock_of(Sql, "sql")
class MockSql(Recorder, Sql):
    """Records statements in ``executed``; with *lenient*, or before the first table, each answers as if nothing was there."""

    def __init__(self, check: Check, clock: MockClock, *, lenient: bool = False) -> None:
        self._check = check
        self._clock = clock
        self._lenient = lenient
        self._connection: sqlite3.Connection | None = None
        self._changes: list[float] = []
        self.executed: list[Object] = []

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    def _execute(self, sql: str, params: list[Any] | None) -> int:
        self.executed.append({"sql": sql, "params": params})
        return self._run(sql, params, several=not params)[1]

    def _query(self, sql: str, params: list[Any] | None, limit: int) -> QueryResult:
        self.executed.append({"sql": sql, "params": params, "limit": limit})
        rows, _ = self._run(sql, params)
        limit = max(1, min(int(limit), ROWS))
        return QueryResult(rows[:limit], truncated=len(rows) > limit)

    def _query_one(self, sql: str, params: list[Any] | None) -> Object | None:
        self.executed.append({"sql": sql, "params": params})
        rows, _ = self._run(sql, params)
        return rows[0] if rows else None

    def _scalar(self, sql: str, params: list[Any] | None) -> Any:
        row = self._query_one(sql, params)
        return next(iter(row.values()), None) if row else None

    def _run(self, sql: str, params: list[Any] | None, *, several: bool = False) -> tuple[list[Object], int]:
        if self._lenient or (self._connection is None and not MAKES_A_TABLE.match(sql)):
            return [], 0
        values = [_bound(value) for value in json.loads(encode({"v": list(params or [])}))["v"]]
        if len(sql) > TEXT_CHARS or len(values) > PARAMS:
            raise ValidationError(f"sql is required and must be text of at most 1 MB, with at most {PARAMS} params")
        reason = refusal(sql, several=several)
        if reason:
            raise _error(reason)
        try:
            calls = translated(sql, len(values))
        except NeedsTheLab as part:
            raise _error(f"the mock cannot run {str(part)!r}: try this plugin in the lab, with `homemaid try`") from None
        except BadParameters as problem:
            raise _error(f"SQL execution failed: {problem}") from None
        connection = self._open()
        before = connection.execute("PRAGMA schema_version").fetchone()[0]
        connection.execute("BEGIN")
        try:
            rows: list[Object] = []
            count = 0
            for statement, order in calls:
                cursor = connection.execute(statement, [values[number] for number in order])
                rows = [dict(row) for row in cursor.fetchall()]
                count = len(rows) if statement.lstrip()[:6].upper() == "SELECT" else max(0, cursor.rowcount)
            if connection.execute("PRAGMA schema_version").fetchone()[0] != before:
                self._check_schema(connection)
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            connection.execute("ROLLBACK")
            raise _error(f"SQL execution failed: {_wording(str(error))}"[:320]) from error
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return rows, count

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(
                ":memory:", isolation_level=None, check_same_thread=False, detect_types=sqlite3.PARSE_DECLTYPES
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.create_function("mmo_now", 0, self._now)
            self._connection.create_function("like", 2, like)
            self._connection.create_function("glob", 2, ilike)
            self._connection.create_function("random", 0, _random)
        return self._connection

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), timezone.utc).isoformat()

    def _check_schema(self, connection: sqlite3.Connection) -> None:
        """Refuse what the host has no room for; the caller takes the change back."""
        for kind, limit in (("table", TABLES), ("index", INDEXES)):
            query = "SELECT count(*) FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite|_%' ESCAPE '|'"
            if connection.execute(query.replace("LIKE", "GLOB").replace("'sqlite|_%' ESCAPE '|'", "'sqlite\\_%'"), [kind]).fetchone()[0] > limit:
                raise _quota(f"sql {limit} {kind}s")
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if connection.execute("SELECT count(*) FROM pragma_table_info(?)", [table]).fetchone()[0] > COLUMNS:
                raise _quota(f"sql {COLUMNS} columns")
        now = self._clock.now()
        self._changes = [at for at in self._changes if at > now - HOUR_SECONDS]
        if len(self._changes) >= DDL_PER_HOUR:
            wait = max(1, math.ceil(self._changes[0] + HOUR_SECONDS - now))
            text = f"DDL rate limit exceeded: {DDL_PER_HOUR}/hour, remaining=0.0/min (retry in {wait}s)"
            raise RateLimitError(text, wait)
        self._changes.append(now)


def _bound(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def _random() -> float:
    import random

    return random.random()  # noqa: S311


def _wording(text: str) -> str:
    for pattern, words in WORDINGS:
        text = re.sub(pattern, words, text)
    return text


def _quota(what: str) -> RateLimitError:
    return RateLimitError(f"quota exceeded: {what}, remaining=0.0/min (retry in 60s)", 60, code="QUOTA_EXCEEDED")


def _error(message: str) -> RpcError:
    return RpcError(f"RPC error (sql): {message}", code="SQL_ERROR")


def _time(data: bytes) -> str:
    text = data.decode()
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc).isoformat()


def _number(data: bytes) -> int | float:
    value = float(data)
    return int(value) if value.is_integer() else value


# The names are this mock's own, so that nobody else's connections change.
sqlite3.register_converter("MMO_BOOLEAN", lambda data: data not in (b"0", b"false", b"f"))
sqlite3.register_converter("MMO_JSON", json.loads)
sqlite3.register_converter("MMO_TIME", _time)
sqlite3.register_converter("MMO_NUMERIC", _number)
