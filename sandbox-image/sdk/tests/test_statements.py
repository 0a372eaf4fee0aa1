"""Which SQL the host refuses: whole words outside of texts, one statement, the allowed kinds (contract: sql, section 2)."""

from __future__ import annotations

import pytest

from mmo_maid_sdk._statements import EMPTY, NOT_ALLOWED, ONE, refusal, tokens


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT payload, upload, truncated, hardcopy FROM t",
        "INSERT INTO t VALUES ('please NOTIFY me; COPY x', \"load\", 'it''s')",
        "select 1;", "  ;; SELECT 1 ;; ", "SELECT $$a;b$$, $x$ DROP SCHEMA $x$", "SELECT $1 || '--' -- ; GRANT\n, 'x' /* ; TRUNCATE */",
        "CREATE UNIQUE INDEX i ON t (a)", "create table if not exists t (a int)", "ALTER TABLE t ADD COLUMN b INT", "DROP INDEX i",
        "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 1", "DELETE FROM t WHERE statement = 'x'", "SEL\u200bECT 1",
        "WITH a AS (SELECT 1), b (x) AS MATERIALIZED (SELECT 2) INSERT INTO t SELECT * FROM a", "SELECT E'a\\'; DROP SCHEMA x' FROM t",
    ],
)  # fmt: skip
def test_statement_is_taken(sql):
    assert refusal(sql) == ""


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", EMPTY), (" -- x", EMPTY), ("/* SELECT 1", EMPTY), (";", EMPTY),
        ("SELECT 1; SELECT 2", ONE), ("SELECT 1;\n--x\nDELETE FROM t", ONE),
        ("VALUES (1)", NOT_ALLOWED), ("EXPLAIN SELECT 1", NOT_ALLOWED), ("BEGIN", NOT_ALLOWED), ("CREATE TEMP TABLE t (a INT)", NOT_ALLOWED),
        ("CREATE VIEW v AS SELECT 1", NOT_ALLOWED), ("ALTER INDEX i RENAME TO j", NOT_ALLOWED), ("(SELECT 1)", NOT_ALLOWED), ("'SELECT'", NOT_ALLOWED),
        ("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", NOT_ALLOWED), ("WITH a AS (SELECT 1)", NOT_ALLOWED),
        ("TRUNCATE t", "Blocked SQL pattern: TRUNCATE"), ("create  \n function f()", "Blocked SQL pattern: CREATE FUNCTION"),
        ("SELECT * FROM pg_catalog.pg_class", "Blocked SQL pattern: PG_CATALOG"), ("SELECT * FROM pg_stat_activity", "Blocked SQL pattern: pg_stat_activity"),
        ("SELECT * FROM information_schema.tables", "Blocked SQL pattern: INFORMATION_SCHEMA"), ("DO $$ BEGIN END $$", "Blocked SQL pattern: DO $"),
        ("SELECT name FROM sqlite_master", "Blocked SQL pattern: sqlite_master"), ("SELECT * FROM main.t", "Blocked SQL pattern: main."),
        ("SELECT load_extension('x')", "Blocked SQL pattern: LOAD_EXTENSION"), ("CREATE VIRTUAL TABLE t USING fts5(a)", "Blocked SQL pattern: CREATE VIRTUAL"),
        ("GR\ufeffANT ALL ON t TO x", "Blocked SQL pattern: GRANT"), ("SELECT/**/set_config('a', 'b', true)", "Blocked SQL pattern: SET_CONFIG"),
    ],
)  # fmt: skip
def test_statement_is_refused(sql, reason):
    assert refusal(sql) == reason


def test_execute_without_params_takes_several_and_each_is_judged():
    assert refusal("CREATE TABLE a (x INT); CREATE TABLE b (x INT);", several=True) == ""
    assert refusal("CREATE TABLE a (x INT); PRAGMA x", several=True) == "Blocked SQL pattern: PRAGMA"
    assert refusal("CREATE TABLE a (x INT); CREATE TABLE b (x INT);", several=True, portability=True) == ONE
    assert refusal("WITH a AS (SELECT 1) SELECT * FROM a", portability=True) == NOT_ALLOWED


def test_tokens_are_the_text_without_spaces_and_comments():
    text = "SELECT a.\"b c\", 'it''s', $1::text[], %s, 1.5e3 FROM t -- end"
    assert [token.text for token in tokens(text)] == [
        "SELECT", "a", ".", '"b c"', ",", "'it''s'", ",", "$1", "::", "text", "[", "]", ",", "%s", ",", "1.5e3", "FROM", "t",
    ]  # fmt: skip
    assert all(text[token.start : token.end] == token.text for token in tokens(text))
