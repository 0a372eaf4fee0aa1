"""The text of SQL statements: their tokens, and which statements the host refuses (contract: sql, section 2).

Used by ``mmo validate`` and by the mock, never by a running plugin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

ALLOWED = (
    "ALTER TABLE", "CREATE INDEX", "CREATE TABLE", "DELETE", "DROP INDEX", "DROP TABLE", "INSERT", "SELECT", "UPDATE",
)  # fmt: skip
BLOCKED = (
    "CREATE FUNCTION", "CREATE TRIGGER", "CREATE EXTENSION", "CREATE ROLE", "CREATE USER", "COPY", "PG_DUMP", "PG_RESTORE",
    "GRANT", "REVOKE", "ALTER ROLE", "ALTER SYSTEM", "SET ROLE", "SET SESSION", "RESET ROLE", "LISTEN", "NOTIFY", "PREPARE",
    "LOAD", "LO_IMPORT", "LO_EXPORT", "PG_CATALOG", "INFORMATION_SCHEMA", "SET_CONFIG", "CURRENT_SETTING", "PG_READ_FILE",
    "PG_READ_BINARY_FILE", "PG_LS_DIR", "PG_LOGDIR_LS", "PG_STAT_FILE", "DBLINK", "LO_GET", "LO_PUT", "LO_FROM_BYTEA",
    "DROP SCHEMA", "TRUNCATE", "SECURITY DEFINER",
    # What SQLite has and PostgreSQL has not.
    "ATTACH", "DETACH", "PRAGMA", "VACUUM", "REINDEX", "LOAD_EXTENSION", "READFILE", "WRITEFILE", "FTS3_TOKENIZER",
    "CREATE VIRTUAL",
)  # fmt: skip
_BLOCKED = {tuple(pattern.split()) for pattern in BLOCKED}
BLOCKED_PREFIXES = ("PG_STAT", "SQLITE_")
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff"))
CHANGES = ("SELECT", "INSERT", "UPDATE", "DELETE")

ONE = "Only one SQL statement is allowed per call; remove the ';'-separated statement(s)"
EMPTY = "Empty SQL statement"
NOT_ALLOWED = f"SQL statement type not allowed. Permitted: {', '.join(ALLOWED)}"

# Alternatives that begin differently and never look back: the time is that of the length, whatever the text.
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comment>--[^\n]*|/\*)"
    r"|(?P<text>[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']+|'')*'?)"
    r'|(?P<name>"(?:[^"]+|"")*"?)'
    r"|(?P<dollar>\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$)"
    r"|(?P<parameter>\$\d+|%[sbt])"
    r"|(?P<word>[^\W\d][\w$]*)"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<sign>::|->>|->|#>>|#>|@>|<@|\?\||\?&|\|\||<>|!=|<=|>=|!~\*|!~|~\*|.)",
    re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a statement; *kind* is text, name, dollar, parameter, word, number or sign."""

    kind: str
    text: str
    start: int
    end: int


def tokens(sql: str) -> Iterator[Token]:
    """Yield the tokens of a text without spaces and comments; every character is looked at once."""
    position = 0
    while position < len(sql):
        found = _TOKEN.match(sql, position)
        assert found is not None, "a sign is any character"
        kind, end = str(found.lastgroup), found.end()
        if found[0] == "/*":
            close = sql.find("*/", end)
            end = len(sql) if close < 0 else close + 2
        elif kind == "dollar":
            close = sql.find(found[0], end)
            end = len(sql) if close < 0 else close + len(found[0])
        if kind not in ("space", "comment"):
            yield Token(kind, sql[position:end], position, end)
        position = end


def statements(sql: str) -> list[list[Token]]:
    """Return the tokens of each statement that is not empty."""
    found: list[list[Token]] = [[]]
    for token in tokens(sql.translate(ZERO_WIDTH)):
        if token.text == ";" and token.kind == "sign":
            found.append([])
        else:
            found[-1].append(token)
    return [statement for statement in found if statement]


def refusal(sql: str, *, several: bool = False, portability: bool = False) -> str:
    """Return why the host refuses a text, empty if it does not.

    *several* statements are taken from ``execute`` without params; a portable plugin has one, and no ``WITH``.
    """
    found = statements(sql)
    if not found:
        return EMPTY
    if len(found) > 1 and (portability or not several):
        return ONE
    return next((reason for statement in found if (reason := _refusal(statement, portability))), "")


def _refusal(statement: list[Token], portability: bool) -> str:
    words = [token.text.upper() if token.kind == "word" else "" for token in statement]
    for position, word in enumerate(words):
        pair = (word, words[position + 1] if position + 1 < len(words) else "")
        if pair in _BLOCKED or (word,) in _BLOCKED:
            return f"Blocked SQL pattern: {' '.join(pair) if pair in _BLOCKED else word}"
        if word.startswith(BLOCKED_PREFIXES):
            return f"Blocked SQL pattern: {word.lower()}"
        if word == "DO" and position + 1 < len(words) and statement[position + 1].text.startswith("$"):
            return "Blocked SQL pattern: DO $"
        if word in ("MAIN", "TEMP") and position + 2 < len(words) and statement[position + 1].text == ".":
            return f"Blocked SQL pattern: {word.lower()}."
    if words[0] == "WITH":
        return NOT_ALLOWED if portability or not _is_harmless_with(statement, words) else ""
    lead = [word for word in words[:3] if word != "UNIQUE" or words[0] != "CREATE"]
    return "" if lead[0] in ALLOWED or " ".join(lead[:2]) in ALLOWED else NOT_ALLOWED


def _is_harmless_with(statement: list[Token], words: list[str]) -> bool:
    """Whether a ``WITH`` ends in an allowed statement and everything it names is a SELECT."""
    depth, final = 0, ""
    for position, token in enumerate(statement):
        if token.kind == "sign" and token.text == "(":
            before = words[position - 1]
            if depth == 0 and before in ("AS", "MATERIALIZED"):
                inside = next((word for word in words[position + 1 : position + 2]), "")
                if inside not in ("SELECT", "VALUES"):
                    return False
            depth += 1
        elif token.kind == "sign" and token.text == ")":
            depth -= 1
        elif depth == 0 and words[position] in CHANGES and not final:
            final = words[position]
    return bool(final)
