"""The mock context: what it records, and that it refuses what the host refuses."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmo_maid_sdk import (
    CapabilityError,
    Context,
    KvQuotaError,
    QueryResult,
    RateLimitError,
    RpcError,
    ValidationError,
)
from mmo_maid_sdk.events import EVENT_TYPE_TO_SCHEMA
from mmo_maid_sdk.testing import MockClock, MockContext, make_event, make_full_event

SERVICES = ("kv", "sql", "ephemeral", "http", "metrics", "secrets", "ws", "interaction", "discord")


class Silent:
    def call(self, method, params):
        return None

    def notify(self, method, params):
        return None


@pytest.mark.parametrize("service", SERVICES)
def test_every_mock_method_has_the_signature_of_the_real_one(service):
    real = getattr(Context(server_id="1", plugin_id="p", version="1", capabilities=[], transport=Silent()), service)
    mock = getattr(MockContext(), service)
    methods = {name: inspect.signature(value) for name, value in inspect.getmembers(real, inspect.ismethod) if name[0] != "_"}
    assert methods
    assert {name: inspect.signature(getattr(mock, name)) for name in methods} == methods
    assert inspect.signature(MockContext().log) == inspect.signature(Context.log).replace(
        parameters=list(inspect.signature(Context.log).parameters.values())[1:]
    )


def test_positional_arguments_where_production_wants_keywords_are_refused():
    with pytest.raises(TypeError):
        MockContext().interaction.respond("hello")
    with pytest.raises(TypeError):
        MockContext().discord.send_message("1", "hello")


def test_shortcuts_are_the_lists_of_the_services():
    ctx = MockContext()
    ctx.discord.send_message(channel_id="1", content="x")
    ctx.discord.pin_message(channel_id="1", message_id="1")
    ctx.discord.unpin_message(channel_id="1", message_id="1")
    ctx.discord.timeout_bulk(user_ids=["5", "6"], duration_seconds=9)
    ctx.interaction.send_modal(title="t", custom_id="c")
    ctx.kv.set("k", 1)
    ctx.log("line", level="error", tags=["t"], extra_key="e")
    assert ctx.messages_sent[0]["message_id"] == "1"
    assert ctx.messages_pinned == ctx.messages_unpinned == [{"channel_id": "1", "message_id": "1"}]
    assert [entry["user_id"] for entry in ctx.members_timed_out] == ["5", "6"]
    assert ctx.modals_sent == [{"title": "t", "custom_id": "c", "fields": None}]
    assert ctx.kv_writes == [{"op": "set", "key": "k", "value": 1, "ttl_seconds": 0}]
    assert ctx.log_entries == [{"message": "line", "level": "error", "tags": ["t"], "extra_key": "e"}]
    assert ctx.log_lines == ["line"]


@pytest.mark.parametrize(
    ("capabilities", "call", "missing"),
    [
        ([], lambda ctx: ctx.kv.get("k"), "storage:kv"),
        ([], lambda ctx: ctx.sql.query("select 1"), "storage:sql"),
        ([], lambda ctx: ctx.http.get("http://x"), "proxy:http"),
        ([], lambda ctx: ctx.ws.close("n"), "proxy:websocket"),
        ([], lambda ctx: ctx.secrets.get("k"), "storage:secrets"),
        ([], lambda ctx: ctx.interaction.defer(), "interaction:respond"),
        ([], lambda ctx: ctx.discord.pin_message(channel_id="1", message_id="2"), "discord:edit_message"),
        ([], lambda ctx: ctx.discord.ban_member(user_id="1"), "discord:ban_members"),
        (["discord:read"], lambda ctx: ctx.discord.send_message(channel_id="1", content="x"), "discord:send_message"),
    ],
)
def test_call_without_its_capability_is_refused_and_has_no_effect(capabilities, call, missing):
    ctx = MockContext(capabilities=capabilities)
    with pytest.raises(CapabilityError, match=missing) as raised:
        call(ctx)
    assert "ctx." in str(raised.value)
    assert ctx.messages_sent == ctx.kv_writes == []
    call(MockContext(capabilities=capabilities, strict_capabilities=False))


def test_either_capability_is_enough_where_sources_differ_and_some_calls_need_none():
    ctx = MockContext(capabilities=["discord:send_message"])
    ctx.discord.pin_message(channel_id="1", message_id="2")
    ctx.discord.execute_webhook(webhook_id="1", webhook_token="t", content="x")
    ctx.metrics.record("m")
    ctx.ephemeral.counter("k")
    ctx.log("x")
    assert ctx.has_capability("discord:send_message")


def test_every_public_method_of_discord_needs_some_capability():
    for name, _ in inspect.getmembers(MockContext().discord, inspect.ismethod):
        if name[0] != "_" and name != "set_messages":
            from mmo_maid_sdk.testing._rules import capabilities_for

            assert capabilities_for("discord", name), name


def test_rate_limits_are_those_of_the_host_on_the_mock_s_clock():
    clock = MockClock(0)
    ctx = MockContext(clock=clock)
    for _ in range(35):
        ctx.discord.list_roles()
    ctx.discord.kick_bulk(user_ids=[str(n) for n in range(25)])
    with pytest.raises(RateLimitError) as raised:
        ctx.discord.list_roles()
    assert raised.value.retry_after == 1
    clock.advance(1)
    ctx.discord.list_roles()
    for _ in range(30):
        ctx.http.get("http://x")
    with pytest.raises(RateLimitError, match="proxy 30/min"):
        ctx.http.post("http://x", body="")


def test_wait_for_a_token_is_exact_and_a_refused_call_takes_nothing():
    clock = MockClock(1_000_000.5)
    ctx = MockContext(clock=clock)
    for _ in range(30):
        ctx.http.get("http://x")
    for wait in (2, 1):
        with pytest.raises(RateLimitError) as raised:
            ctx.http.get("http://x")
        assert (raised.value.retry_after, raised.value.code) == (wait, "RATE_LIMITED")
        clock.advance(1)
    ctx.http.get("http://x")
    ctx.discord.timeout_bulk(user_ids=["1"] * 25, duration_seconds=5)
    ctx.discord.timeout_bulk(user_ids=["1"] * 25, duration_seconds=5)
    with pytest.raises(RateLimitError, match="remaining=3.8710/min .retry in 15s") as raised:
        ctx.discord.timeout_bulk(user_ids=["1"] * 25, duration_seconds=5)
    for _ in range(10):
        ctx.discord.get_guild()


def test_metrics_secrets_and_ephemeral_have_the_host_s_limits():
    clock = MockClock(0)
    ctx = MockContext(clock=clock)
    for call in (
        lambda: ctx.metrics.record("1bad"), lambda: ctx.metrics.record("m", tags={str(n): "x" for n in range(11)}),
        lambda: ctx.metrics.record("m", float("nan")), lambda: ctx.metrics.query("m", period="2d"), lambda: ctx.metrics.total("m", period=""),
        lambda: ctx.metrics.query("m", aggregate="median"), lambda: ctx.secrets.get("a b"), lambda: ctx.secrets.set("k", "x" * 4097),
        lambda: ctx.secrets.set("k", ""), lambda: ctx.ephemeral.flag_check("a\0b"), lambda: ctx.ephemeral.counter(""),
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            call()
    for number in range(1000):
        ctx.metrics.record("m", tags={"n": str(number)})
    ctx.metrics.record("m", tags={"n": "7"})
    with pytest.raises(RateLimitError) as raised:
        ctx.metrics.record("other")
    assert raised.value.code == "QUOTA_EXCEEDED"
    lenient = MockContext(lenient=True)
    lenient.metrics.record("1bad", tags={str(n): "x" for n in range(11)})
    lenient.secrets.set("a b", "")


def test_ephemeral_forgets_what_was_used_longest_ago_and_first_what_is_over():
    clock = MockClock(0)
    ephemeral = MockContext(clock=clock).ephemeral
    ephemeral.flag_set("over", 1)
    ephemeral.flag_set("old", 80_000)
    clock.advance(1)
    for number in range(9_998):
        ephemeral.flag_set(f"f{number}")
    ephemeral.cooldown_set("one more")
    assert ephemeral.flag_check("old"), "what was over has made room"
    ephemeral.cooldown_set("and one")
    assert not ephemeral.flag_check("f0")
    assert ephemeral.flag_check("old")


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.send_message(channel_id="", content="x"), lambda d: d.send_message(channel_id="general", content="x"),
        lambda d: d.delete_message(channel_id="1", message_id=None), lambda d: d.add_role(user_id="1", role_id="9" * 21),
        lambda d: d.kick_bulk(user_ids=["1", "x"]), lambda d: d.add_reaction(channel_id="1", message_id="2", emoji=" "),
    ],
)  # fmt: skip
def test_ids_that_cannot_be_discord_s_are_refused_and_cost_nothing(call):
    ctx = MockContext(clock=MockClock(0))
    for _ in range(100):
        with pytest.raises(ValidationError):
            call(ctx.discord)
    ctx.discord.send_message(channel_id=7, content="numbers are taken")
    ctx.discord.create_channel(name="n")
    ctx.discord.list_members(role_id=None)
    call(MockContext(lenient=True).discord)


def test_lenient_mock_has_no_limits():
    ctx = MockContext(lenient=True)
    for _ in range(100):
        ctx.discord.list_roles()
    ctx.kv.set("k", "x" * 70_000)
    ctx.sql.execute("create table t (a int)")
    assert ctx.sql.query("select * from t") == []


def test_kv_quotas():
    ctx = MockContext()
    ctx.kv.set("k", "x" * 65_534)
    with pytest.raises(KvQuotaError, match="value is 65537 bytes"):
        ctx.kv.set("k", "x" * 65_535)
    for number in range(0, 10_000, 25):
        ctx.kv.set_many({f"k{n}": 1 for n in range(number, min(number + 25, 9_999))})
    ctx.kv.set("k1", 2)
    with pytest.raises(KvQuotaError, match="10000 keys"):
        ctx.kv.set("one more", 1)
    with pytest.raises(ValidationError):
        ctx.kv.set_many({f"k{n}": 1 for n in range(26)})
    with pytest.raises(ValidationError):
        ctx.kv.get_many([f"k{n}" for n in range(51)])
    for key in ("", "x" * 513, "a\0b"):
        with pytest.raises(ValidationError):
            ctx.kv.get(key)


def test_kv_value_is_gone_exactly_at_its_end_and_increment_does_not_bring_it_back():
    clock = MockClock(0)
    kv = MockContext(clock=clock).kv
    kv.set("k", 5, ttl_seconds=10)
    kv.increment("k")
    clock.advance(9.999)
    assert kv.get("k") == 6
    clock.advance(0.001)
    assert (kv.get("k"), kv.exists("k"), kv.count(), kv.list()) == (None, False, 0, [])
    assert kv.increment("k") == 1
    clock.advance(1000)
    assert kv.get("k") == 1


def test_kv_set_without_an_end_clears_the_old_one():
    clock = MockClock(0)
    kv = MockContext(clock=clock).kv
    kv.set("a", 1, ttl_seconds=10)
    kv.set("b", 1, ttl_seconds=10)
    kv.set("a", 2)
    kv.set_many({"b": 2})
    clock.advance(100)
    assert kv.get_many(["a", "b", "c"]) == {"a": 2, "b": 2}


def test_kv_increment_by_path_and_what_is_no_number():
    kv = MockContext().kv
    assert kv.increment("k", path="a.b", amount=3) == 3
    assert kv.get("k") == {"a": {"b": 3}}
    assert kv.increment("k", 2, path="a.b") == 5
    kv.set("text", "seven")
    assert kv.increment("text") == 1
    assert kv.decrement("new", 4) == -4
    for path in ("a.b.c", "a..b", ".", "x." * 40):
        with pytest.raises(ValidationError):
            kv.increment("k", path=path)
    with pytest.raises(ValidationError):
        kv.increment("k2", 1.5)


def test_kv_stores_what_json_makes_of_a_value():
    kv = MockContext().kv
    value = {"list": [1]}
    kv.set("k", value)
    value["list"].append(2)
    kv.set("tuple", (1, 2))
    kv.set("null", None)
    assert kv.get("k") == {"list": [1]}
    assert kv.get("tuple") == [1, 2]
    assert (kv.get("null"), kv.exists("null"), kv.exists("other")) == (None, True, False)
    with pytest.raises(ValidationError):
        kv.set("k", float("nan"))


KEYS = st.sampled_from(["a", "a:", "a:1", "a:ä", "b", "🧹"])
VALUES = st.one_of(st.none(), st.integers(-5, 5), st.just("t"), st.just({"n": 1}))
OPERATIONS = st.one_of(
    st.tuples(st.just("set"), KEYS, VALUES, st.integers(0, 3)),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("wait"), st.integers(0, 3)),
    st.tuples(st.just("list"), st.sampled_from(["", "a", "a:"]), st.integers(0, 4)),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(OPERATIONS, max_size=30))
def test_kv_is_an_ordered_map_with_ends(operations):
    clock = MockClock(0)
    kv = MockContext(clock=clock).kv
    model: dict = {}
    for name, *arguments in operations:
        if name == "set":
            key, value, ttl = arguments
            kv.set(key, value, ttl_seconds=ttl)
            model[key] = (value, clock.now() + ttl if ttl else float("inf"))
        elif name == "delete":
            kv.delete(arguments[0])
            model.pop(arguments[0], None)
        elif name == "wait":
            clock.advance(arguments[0])
        else:
            prefix, limit = arguments
            live = sorted(key for key, (_, end) in model.items() if end > clock.now() and key.startswith(prefix))
            assert kv.list(prefix, limit) == live[: max(1, limit)]
            assert kv.list_values(prefix) == {key: model[key][0] for key in live}
            assert kv.count(prefix) == len(live)
            assert kv.list(prefix, start_after="a:") == [key for key in live if key > "a:"]


def test_ephemeral_windows_cooldowns_and_flags_follow_the_clock():
    clock = MockClock(100)
    ephemeral = MockContext(clock=clock).ephemeral
    assert [ephemeral.counter("k", 10) for _ in range(3)] == [1, 2, 3]
    clock.advance(10)
    assert ephemeral.counter("k", 10) == 1
    ephemeral.cooldown_set("k", 5)
    clock.advance(2)
    assert ephemeral.cooldown_check("k") == {"active": True, "remaining_seconds": 3}
    clock.advance(3)
    assert ephemeral.cooldown_check("k") == {"active": False, "remaining_seconds": 0}
    assert [ephemeral.dedup("k", 10), ephemeral.dedup("k", 10)] == [True, False]
    clock.advance(10)
    assert ephemeral.dedup("k", 10)
    ephemeral.flag_set("k", 1)
    assert ephemeral.flag_check("k")
    clock.advance(1)
    assert not ephemeral.flag_check("k")
    with pytest.raises(ValidationError):
        ephemeral.counter("x" * 257)


def test_http_answers_are_found_by_a_part_of_the_url_in_order():
    http = MockContext().http
    http.mock_response("api.example", status=404, body="first")
    http.mock_response("example", body="second")
    assert http.get("https://api.example/x", params={"q": "1"})["body_bytes"] == "first"
    assert http.post("https://www.example", body="b")["body_bytes"] == "second"
    assert http.request("delete", "https://other") == {"status": 200, "body_bytes": "", "headers": {}, "truncated": False}
    assert [(request["method"], request["url"]) for request in http.requests] == [
        ("GET", "https://api.example/x"),
        ("POST", "https://www.example"),
        ("DELETE", "https://other"),
    ]


def test_messages_are_paged_as_discord_does():
    discord = MockContext().discord
    discord.set_messages([{"id": str(n)} for n in range(1, 121)])
    page = lambda **options: [int(message["id"]) for message in discord.get_messages(channel_id="1", **options)]  # noqa: E731
    assert page() == list(range(120, 70, -1))
    assert page(limit=2, before="50") == [49, 48]
    assert page(limit=2, after="50") == [52, 51]
    assert [int(m["id"]) for m in discord.iter_messages(channel_id="1")] == list(range(120, 0, -1))
    assert [int(m["id"]) for m in discord.iter_messages(channel_id="1", after="110")] == list(range(111, 121))


def test_sql_before_the_first_table_answers_as_if_nothing_was_there():
    sql = MockContext().sql
    assert (sql.execute("insert into t values ($1)", [1]), sql.query("select * from t"), sql.query_one("select 1")) == (0, [], None)
    assert sql.scalar("select 1") is None
    assert [entry["sql"] for entry in sql.executed] == ["insert into t values ($1)", "select * from t", "select 1", "select 1"]
    assert sql.executed[1]["limit"] == 1000


def test_sql_really_runs_once_there_is_a_table():
    sql = MockContext().sql
    sql.execute("CREATE TABLE IF NOT EXISTS scores (id SERIAL PRIMARY KEY, name TEXT, points INT, at TIMESTAMPTZ DEFAULT NOW())")
    for name, points in (("ann", 3), ("bob", 5), ("O'Neil $1 now()", 7)):
        assert sql.execute("INSERT INTO scores (name, points) VALUES ($1, $2)", [name, points]) == 1
    assert sql.query("SELECT name, points FROM scores ORDER BY points DESC", limit=2) == [
        {"name": "O'Neil $1 now()", "points": 7},
        {"name": "bob", "points": 5},
    ]
    assert sql.query("SELECT * FROM scores", limit=2).truncated
    assert isinstance(sql.query("SELECT 1 FROM scores"), QueryResult)
    assert sql.scalar("SELECT COUNT(*) FROM scores WHERE name ILIKE $1", ["ANN"]) == 1
    assert sql.scalar("SELECT '$1::x now()' FROM scores") == "$1::x now()"
    assert sql.query_one("INSERT INTO scores (name) VALUES ('z') RETURNING id") == {"id": 4}


SETUP = (
    "CREATE TABLE IF NOT EXISTS t (id SERIAL PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE, flag BOOLEAN DEFAULT FALSE, data JSONB DEFAULT '{}',"
    " at TIMESTAMPTZ DEFAULT NOW(), points NUMERIC(10, 2)); CREATE INDEX i ON t (LOWER(name));"
    " INSERT INTO t (name, flag, data, points) VALUES ('Ann', TRUE, '{\"a\": [1]}', 1.5), ('bob', FALSE, '[]', 2), ('Cy_x', NULL, NULL, NULL)"
)


def table() -> MockContext:
    ctx = MockContext(clock=MockClock(0))
    assert ctx.sql.execute(SETUP) == 3
    return ctx


@pytest.mark.parametrize(
    ("statement", "params", "rows"),
    [
        ("SELECT name, flag, data, points FROM t WHERE name = $1", ["Ann"], [{"name": "Ann", "flag": True, "data": {"a": [1]}, "points": 1.5}]),
        ("SELECT at, points FROM t WHERE name = %s", ["bob"], [{"at": "1970-01-01T00:00:00+00:00", "points": 2}]),
        ("SELECT name FROM t ORDER BY points", [], [{"name": "Ann"}, {"name": "bob"}, {"name": "Cy_x"}]),
        ("SELECT name FROM t ORDER BY points DESC, name LIMIT 1", [], [{"name": "Cy_x"}]),
        ("SELECT name FROM t WHERE name LIKE 'a%'", [], []),
        ("SELECT name FROM t WHERE name ILIKE 'A__'", [], [{"name": "Ann"}]),
        ("SELECT name FROM t WHERE name NOT ILIKE 'a%' AND name LIKE '%\\_x'", [], [{"name": "Cy_x"}]),
        ("SELECT name FROM t WHERE name LIKE '%%n%%' AND id = %s", [1], [{"name": "Ann"}]),
        ("SELECT COUNT(*), MAX(points), COALESCE(MIN(points), 0) AS least, 1 + 1 FROM t", [], [{"count": 3, "max": 2, "least": 1.5, "?column?": 2}]),
        ("SELECT CASE WHEN flag THEN 'yes' ELSE 'no' END, t.name FROM t WHERE id = $1 OR id = $1", [1], [{"case": "yes", "name": "Ann"}]),
        ("SELECT COUNT(*) FILTER (WHERE id > 1), SUM(CASE WHEN flag = TRUE THEN 1 ELSE 0 END) AS flags FROM t", [], [{"count": 2, "flags": 1}]),
        ("SELECT \"name\" FROM t WHERE flag", [], [{"name": "Ann"}]),
        ("UPDATE t SET flag = $2, data = $1 WHERE id = 2 RETURNING flag, data", [{"b": 1}, True], [{"flag": True, "data": {"b": 1}}]),
        ("INSERT INTO t (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET points = EXCLUDED.id RETURNING name", ["Ann"], [{"name": "Ann"}]),
        ("SELECT '?' AS q, 'a -- b' AS c /* no */ FROM t LIMIT 1 -- end", [], [{"q": "?", "c": "a -- b"}]),
        ("SELECT name, ROW_NUMBER() OVER (ORDER BY points DESC) FROM t WHERE id < 3 ORDER BY 2", [], [{"name": "bob", "row_number": 1}, {"name": "Ann", "row_number": 2}]),
    ],
)
def test_sql_means_what_it_means_in_postgresql(statement, params, rows):
    assert table().sql.query(statement, params) == rows


@pytest.mark.parametrize(
    ("statement", "params", "text"),
    [
        ("SELECT id::text FROM t", [], "homemaid try"),
        ("SELECT data->>'a' FROM t", [], "homemaid try"),
        ("SELECT date_trunc('day', at) FROM t", [], "homemaid try"),
        ("SELECT id = 1 FROM t", [], "true and false.*homemaid try"),
        ("SELECT EXISTS (SELECT 1 FROM t)", [], "homemaid try"),
        ("SELECT COUNT(*) > 1 FROM t", [], "homemaid try"),
        ("SELECT SUM(id) = 1 AS one FROM t", [], "homemaid try"),
        ("SELECT name FROM t WHERE id = ANY($1)", [[1]], "homemaid try"),
        ("SELECT DISTINCT ON (name) name FROM t", [], "homemaid try"),
        ("SELECT name FROM t WHERE at > NOW() - INTERVAL '1 day'", [], "homemaid try"),
        ("SELECT * FROM missing", [], 'relation "missing" does not exist'),
        ("SELECT nope FROM t", [], 'column "nope" does not exist'),
        ('SELECT "nothing" FROM t', [], 'column "nothing" does not exist'),
        ("INSERT INTO t (name) VALUES ('Ann')", [], "duplicate key value violates unique constraint"),
        ("INSERT INTO t (name) VALUES (NULL)", [], 'null value in column "name" violates not-null constraint'),
        ("SELECT FROM WHERE", [], "syntax error at or near"),
        ("SELECT nope(1) FROM t", [], "function nope"),
        ("SELECT $1 AS a, %s AS b FROM t", [1, 2], "cannot stand in one statement"),
        ("SELECT name FROM t WHERE id = $2", [1], "needs 2 params, 1 were given"),
        ("SELECT name FROM t", [1], "needs 0 params, 1 were given"),
        ("SELECT name FROM t WHERE id = %s", [], "needs 1 params, 0 were given"),
        ("PRAGMA table_info(t)", [], "Blocked SQL pattern: PRAGMA"),
        ("ATTACH 'x' AS y", [], "Blocked SQL pattern: ATTACH"),
        ("VALUES (1)", [], "type not allowed"),
        ("SELECT sql FROM sqlite_master", [], "Blocked SQL pattern: sqlite_master"),
        ("SELECT 1; SELECT 2", [], "Only one SQL statement"),
        (" -- nothing", [], "Empty SQL statement"),
        ("INSERT INTO t (id, name) VALUES ($1, 'x')", [2**70], "SQL execution failed"),
    ],
)
def test_sql_that_cannot_be_run_says_so_and_changes_nothing(statement, params, text):
    ctx = table()
    with pytest.raises(RpcError, match=text) as raised:
        ctx.sql.query(statement, params)
    assert raised.value.code == "SQL_ERROR"
    assert ctx.sql.scalar("SELECT COUNT(*) FROM t") == 3


def test_sql_of_one_call_is_one_transaction_and_the_schema_has_limits():
    clock = MockClock(0)
    sql = MockContext(clock=clock).sql
    sql.execute("CREATE TABLE t (a INT)")
    with pytest.raises(RpcError):
        sql.execute("INSERT INTO t VALUES (1); INSERT INTO missing VALUES (1)")
    assert sql.scalar("SELECT COUNT(*) FROM t") == 0
    for number in range(63):
        sql.execute(f"CREATE TABLE t{number} (a INT)")
        sql.execute(f"CREATE TABLE IF NOT EXISTS t{number} (a INT)")
    with pytest.raises(RateLimitError, match="64 tables"):
        sql.execute("CREATE TABLE one_more (a INT)")
    with pytest.raises(RateLimitError, match="200 columns"):
        sql.execute("DROP TABLE t0; CREATE TABLE wide (" + ", ".join(f"c{n} INT" for n in range(201)) + ")")
    for number in range(36):
        sql.execute(f"CREATE INDEX i{number} ON t (a)")
    clock.advance(600)
    with pytest.raises(RateLimitError, match="DDL rate limit exceeded: 100/hour.*retry in 3000s") as raised:
        sql.execute("DROP TABLE t1")
    assert raised.value.retry_after == 3000
    clock.advance(3000)
    sql.execute("DROP TABLE t1")
    with pytest.raises(ValidationError):
        sql.query("SELECT a FROM t", [1] * 1001)


def test_overriding_a_method_works():
    ctx = MockContext(capabilities=[])
    ctx.sql.query = lambda sql, params=None, *, limit=1000: [{"n": 1}]
    ctx.kv.get = lambda key: "mine"
    assert ctx.sql.query("x") == [{"n": 1}]
    assert ctx.kv.get("x") == "mine"


def test_clock_stands_until_it_is_advanced_and_a_wall_clock_cannot_be():
    clock = MockClock(5)
    clock.advance(2.5)
    assert clock.now() == 7.5
    with pytest.raises(RuntimeError):
        MockClock().advance(1)
    assert MockClock().now() > 1_700_000_000


@pytest.mark.parametrize("event_type", EVENT_TYPE_TO_SCHEMA)
def test_events_have_only_keys_that_the_types_know(event_type):
    known = {key for base in EVENT_TYPE_TO_SCHEMA[event_type].__mro__ for key in getattr(base, "__annotations__", {})}
    known |= set(EVENT_TYPE_TO_SCHEMA[event_type].__annotations__)
    assert set(make_event(event_type)) <= set(make_full_event(event_type)) <= known
    assert make_event(event_type, extra=1)["extra"] == 1


def test_events_share_nothing_and_unknown_types_are_empty():
    make_event("interaction_create")["modal_values"]["a"] = 1
    make_event("member_update")["roles"].append("5")
    assert make_event("interaction_create")["modal_values"] == {}
    assert make_event("member_update")["roles"] == []
    assert make_event("nothing", a=1) == {"a": 1}


def test_request_id_is_what_the_test_sets():
    ctx = MockContext()
    assert ctx.request_id == ""
    ctx._current_interaction_id = "7"
    assert ctx.request_id == "7"
