"""This SDK and the published ones, driven by the same host script, write the same lines and return the same values.

Every difference that remains is explained by one of ``RULES``: a defect of a published SDK that is fixed here, something it
does not have yet, or something the contract adds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from host import SDK_DIR, Host, published
from table import ROWS, Row

PUBLISHED = ["mmo_maid_sdk-0.5.2", "mmo_maid_sdk-0.5.4", "yourbot_sdk-0.10.1"]

ERRORS = {
    "capability": {"code": "CAPABILITY_DENIED", "message": "capability storage:kv is missing in the manifest"},
    "rate": {"code": "RATE_LIMITED", "message": "rate limit exceeded: discord 60/min, remaining=0.0/min (retry in 60s)", "retry_after": 60},
    "kv": {"code": "KV_QUOTA_EXCEEDED", "message": "kv quota reached: 10000 keys per server and plugin"},
    "discord": {"code": "DISCORD_API_ERROR", "message": "Discord API error 404 (code 10003): Unknown Channel", "status_code": 404},
    "discord colon": {"message": "Discord API error 403: Missing Access"},
    "permission": {"code": "BOT_MISSING_PERMISSION", "message": "bot lacks manage_channels permission", "permission": "manage_channels"},
    "validation": {"code": "VALIDATION_ERROR", "message": "channel_id is required and must be a Discord snowflake string"},
    "sql": {"code": "SQL_ERROR", "message": "SQL execution failed: near x"},
    "hidden kv": {"message": "kv quota exceeded"},
}

PLUGIN = '''
import json
from mmo_maid_sdk import *
plugin = Plugin()

CALLS = {
    "kv": [
        lambda c: c.kv.get("k"), lambda c: c.kv.set("k", {"a": [1, None, "é"]}), lambda c: c.kv.set("k", 1, ttl_seconds=60),
        lambda c: c.kv.delete("k"), lambda c: c.kv.exists("k"), lambda c: c.kv.increment("k", path="a.b", amount=3),
        lambda c: c.kv.increment("k"), lambda c: c.kv.decrement("k", 2), lambda c: c.kv.list("p", 7),
        lambda c: c.kv.list_values("p"), lambda c: c.kv.get_many(["a", "b"]), lambda c: c.kv.set_many({"a": 1}),
        lambda c: c.kv.count("p"),
    ],
    "sql": [
        lambda c: c.sql.execute("INSERT INTO t VALUES ($1)", [1]), lambda c: c.sql.query("SELECT 1", limit=5),
        lambda c: c.sql.query("SELECT 1"), lambda c: c.sql.query_one("SELECT 1"), lambda c: c.sql.scalar("SELECT 1", [2]),
    ],
    "ephemeral": [
        lambda c: c.ephemeral.counter("k"), lambda c: c.ephemeral.counter("k", 5), lambda c: c.ephemeral.cooldown_set("k", 9),
        lambda c: c.ephemeral.cooldown_check("k"), lambda c: c.ephemeral.dedup("k"), lambda c: c.ephemeral.flag_set("k"),
        lambda c: c.ephemeral.flag_check("k"),
    ],
    "http": [
        lambda c: c.http.get("https://x.example/a"), lambda c: c.http.post("https://x.example", body="b", headers={"A": "b"}),
        lambda c: c.http.request("delete", "https://x.example"),
    ],
    "metrics": [
        lambda c: c.metrics.record("m"), lambda c: c.metrics.record("m", 2.5, {"a": "b"}), lambda c: c.metrics.query("m"),
        lambda c: c.metrics.query("m", period="24h", group_by="a", aggregate="avg"), lambda c: c.metrics.total("m"),
    ],
    "secrets": [lambda c: c.secrets.get("k"), lambda c: c.secrets.set("k", "v"), lambda c: c.secrets.delete("k")],
    "messages": [
        lambda c: c.discord.send_message(channel_id="1", content="x" * 3000),
        lambda c: c.discord.send_message(channel_id="1", embeds=[{"title": "t"}] * 12, components=[ActionRow(
            Button("Go", "go"), Button("Site", style="link", url="https://x", emoji="🎉", disabled=True))]),
        lambda c: c.discord.send_message(channel_id="1", components=[ActionRow(SelectMenu("m", [
            SelectOption("A", "a", description="d", default=True)], placeholder="p", min_values=0, max_values=2))]),
        lambda c: c.discord.edit_message(channel_id="1", message_id="2", content=""),
        lambda c: c.discord.edit_message(channel_id="1", message_id="2", embeds=[], components=[]),
        lambda c: c.discord.delete_message(channel_id="1", message_id="2"),
        lambda c: c.discord.bulk_delete_messages(channel_id="1", message_ids=["2", "3"]),
        lambda c: c.discord.add_reaction(channel_id="1", message_id="2", emoji="👍"),
        lambda c: c.discord.pin_message(channel_id="1", message_id="2"),
        lambda c: c.discord.unpin_message(channel_id="1", message_id="2"),
        lambda c: c.discord.get_messages(channel_id="1"),
        lambda c: c.discord.get_messages(channel_id="1", limit=500, before="9"),
        lambda c: c.discord.get_messages(channel_id="1", limit=0, after="9"),
    ],
    "server": [
        lambda c: c.discord.get_guild(), lambda c: c.discord.get_channel(channel_id="1"), lambda c: c.discord.list_channels(),
        lambda c: c.discord.get_member(user_id="1"), lambda c: c.discord.list_members(),
        lambda c: c.discord.list_members(role_id="5", limit=500), lambda c: c.discord.search_members("an", limit=99),
        lambda c: c.discord.list_roles(),
        lambda c: c.discord.create_channel(name="n" * 200, topic="t", category_id="4", user_limit=500),
        lambda c: c.discord.create_channel(name="n"), lambda c: c.discord.edit_channel(channel_id="1", name="n"),
        lambda c: c.discord.delete_channel(channel_id="1"),
        lambda c: c.discord.set_channel_permissions(channel_id="1", target_id="2", allow="8"),
        lambda c: c.discord.delete_channel_permission(channel_id="1", target_id="2"),
        lambda c: c.discord.create_thread(channel_id="1", name="t"),
        lambda c: c.discord.edit_thread(thread_id="1", archived=True, name="n"),
    ],
    "members": [
        lambda c: c.discord.timeout_member(user_id="1", duration_seconds=99999999, reason="r"),
        lambda c: c.discord.set_nickname(user_id="1"), lambda c: c.discord.set_nickname(user_id="1", nickname="n" * 50),
        lambda c: c.discord.kick_member(user_id="1"), lambda c: c.discord.ban_member(user_id="1", delete_message_seconds=10**7),
        lambda c: c.discord.unban_member(user_id="1"), lambda c: c.discord.add_role(user_id="1", role_id="2"),
        lambda c: c.discord.remove_role(user_id="1", role_id="2", reason="r" * 600),
        lambda c: c.discord.add_role_bulk(user_ids=[str(n) for n in range(30)], role_id="2"),
        lambda c: c.discord.remove_role_bulk(user_ids=["1"], role_id="2"),
        lambda c: c.discord.timeout_bulk(user_ids=["1"], duration_seconds=5), lambda c: c.discord.kick_bulk(user_ids=["1"]),
        lambda c: c.discord.create_webhook(channel_id="1", name="w" * 99),
        lambda c: c.discord.execute_webhook(webhook_id="1", webhook_token="t", content="c", username="u"),
        lambda c: c.discord.delete_webhook(webhook_id="1"),
    ],
    "interaction": [
        lambda c: c.interaction.respond(content="x"), lambda c: c.interaction.respond(embeds=[{}] * 11, ephemeral=True,
            components=[ActionRow(Button("a", "b"))], allowed_mentions={"parse": []}),
        lambda c: c.interaction.defer(ephemeral=True), lambda c: c.interaction.followup(content="f"),
        lambda c: c.interaction.send_modal(title="t" * 60, custom_id="c", fields=[TextInput("L", "l", style="paragraph",
            placeholder="p", value="v", required=False, min_length=1, max_length=5), ActionRow(TextInput("M", "m"))]),
    ],
    "log": [
        lambda c: c.log("plain"), lambda c: c.log("m" * 5000, level="warning", tags=["a"] * 12, number=5, text="t" * 600),
    ],
}

def described(call, ctx):
    try:
        result = call(ctx)
    except Exception as error:
        extra = {name: getattr(error, name) for name in ("retry_after", "status_code", "permission") if hasattr(error, name)}
        return [type(error).__name__, str(error), extra]
    return json.loads(json.dumps(result))

@plugin.on_event("message_create")
def run(ctx, event):
    ctx.log(json.dumps(described(CALLS[event["group"]][event["number"]], ctx))[:3900], tags=["result"])

@plugin.on_event("message_edit")
def failing(ctx, event): raise ValueError("on purpose")

@plugin.on_slash_command("go")
def go(ctx, event): run(ctx, event)

@plugin.on_install
def installed(ctx): ctx.kv.set("installed", True)

@plugin.on_dashboard("stat")
def stat(ctx, params): return {"value": params["n"]}

@plugin.on_dashboard("broken")
def broken(ctx, params): raise ValueError("no data")

@plugin.on_dashboard("sizes")
def sizes(ctx, params): return {group: len(calls) for group, calls in CALLS.items()}

plugin.run()
'''


RESULTS: dict[str, Any] = {
    "kv.get": {"value": {"value_json": {"stored": 1}}},
    "kv.list": {"keys": ["p1"], "count": 4},
    "kv.list_values": {"values": {"p1": 1}},
    "kv.mget": {"values": {"a": 1}},
    "kv.increment": {"value": 5},
    "kv.decr": {"value": -2},
    "sql.execute": {"rowcount": 3},
    "sql.query": {"rows": [{"a": 1}], "truncated": False},
    "sql.query_one": {"row": {"a": 1}},
    "ephemeral.counter": {"count": 2},
    "ephemeral.cooldown_check": {"active": True, "remaining_seconds": 1.5},
    "ephemeral.dedup": {"is_new": True},
    "ephemeral.flag_check": {"active": True},
    "secrets.get": {"value": "s"},
    "proxy.request": {"status": 404, "body_bytes": "b", "headers": {"h": "v"}, "truncated": True},
    "metrics.query": {"labels": ["d"], "series": [{"name": "m", "data": [1]}], "total": 1},
    "metrics.total": {"total": 2.5},
    "discord.get_messages": {"messages": [{"id": "1"}]},
    "discord.get_guild": {"guild": {"id": "1"}},
    "discord.get_channel": {"channel": {"id": "1"}},
    "discord.list_channels": {"channels": [{"id": "1"}]},
    "discord.get_member": {"member": {"user_id": "1"}},
    "discord.list_members": {"members": [{"user_id": "1"}]},
    "discord.search_members": {"members": [{"user_id": "1"}]},
    "discord.list_roles": {"roles": [{"id": "1"}]},
    "discord.create_channel": {"id": "5", "name": "n", "type": 0, "ok": True},
    "discord.create_thread": {"thread": {"id": "6"}},
    "discord.create_webhook": {"webhook": {"id": "7", "token": "t"}},
    "discord.add_role_bulk": {"success": 25, "failed": 0, "errors": []},
    "interaction.followup": {"message_id": "8", "channel_id": "9"},
}
def answer(call: dict) -> dict:
    return {"result": RESULTS.get(call["method"], {"ok": True, "message_id": "10", "channel_id": "11"})}


def broken_answer(call: dict) -> dict:
    """Refuse each method in a way of its own."""
    return {"error": list(ERRORS.values())[sum(call["method"].encode()) % len(ERRORS)]}


def odd_answer(call: dict) -> dict:
    """Answer with what no host should."""
    return {"result": [None, 5, "text", [], {}][sum(call["method"].encode()) % 5]}


def normal(line: Any) -> Any:
    """Return a line without what is allowed to differ everywhere: correlation, numbers of calls, tracebacks."""
    if not isinstance(line, dict):
        return line
    line = {name: value for name, value in line.items() if name != "id" or isinstance(value, str)}
    params = line.get("params")
    if isinstance(params, dict):
        params = {name: value for name, value in params.items() if name not in ("_event_id", "_pool_discord_srv_id")}
        message = params.get("message")
        if isinstance(message, str) and "\nTraceback" in message:
            params["message"] = message.partition("\n")[0] + " ... " + message.rstrip().rpartition("\n")[2]
        elif params.get("tags") == ["result"]:
            params["message"] = json.loads(message)
        line["params"] = params
    return line


def is_extra(line: Any) -> bool:
    """Whether a line is one that only some SDKs write: the announcement, and the warnings about refused calls."""
    params = line.get("params", {}) if isinstance(line, dict) else {}
    return params.get("tags") == ["sdk", "rejected"] or (isinstance(line, dict) and line.get("method") == "plugin.ready")


def transcript(sdk: Path, folder: Path) -> dict[str, list]:
    """Return what an SDK writes in each step of the script."""
    folder.mkdir()
    host = Host(PLUGIN, folder, sdk=sdk, answer=answer)
    steps: dict[str, list] = {}

    def step(name: str, do: Callable[[], Any]) -> Any:
        start = len(host.lines)
        result = do()
        steps[name] = [normal(line) for line in host.lines[start:] if not is_extra(line)]
        return result

    try:
        step("boot", host.boot)
        step("install", lambda: host.ask("host.install", {"lifecycle": "install", "discord_srv_id": "1", "_event_id": "L"}))
        sizes = host.ask("dashboard.sizes")["result"]
        for kind, function in (("answered", answer), ("refused", broken_answer), ("odd", odd_answer)):
            host.answer = function
            for group, number in ((group, number) for group, size in sizes.items() for number in range(size)):
                name = f"{group} {number} {kind}"
                event = {"group": group, "number": number, "interaction_id": "3", "interaction_type": 2, "command_name": "go"}
                event_type = "interaction_create" if group == "interaction" else "message_create"
                step(name, lambda event_type=event_type, event=event, name=name: host.deliver(name, event_type, event))
        host.answer = answer
        step("failing handler", lambda: host.deliver("f", "message_edit", {}))
        step("no handler", lambda: host.deliver("n", "role_create", {}))
        for name in ("stat", "broken", "unknown"):
            step(f"dashboard {name}", lambda name=name: host.ask(f"dashboard.{name}", {"n": 5}))
        step("end", host.finish)
    finally:
        host.kill()
    return steps


def result_of(lines: list) -> Any:
    """Return what the plugin's call returned or raised in one step."""
    return next((line["params"]["message"] for line in lines if line.get("params", {}).get("tags") == ["result"]), None)


def calls_of(lines: list) -> list:
    """Return the calls the plugin made in one step."""
    return [line for line in lines if "method" in line and line["method"].partition(".")[0] not in ("plugin", "event")]


def raised(result: Any, *names: str) -> bool:
    """Whether a result is one of these exceptions."""
    return isinstance(result, list) and len(result) == 3 and result[0] in names


def same_calls(theirs: list, ours: list) -> bool:
    return calls_of(theirs) == calls_of(ours)


# Why a difference is meant: explanation -> test of (what they write, what we write) in one step.
RULES: dict[str, Callable[[list, list], bool]] = {
    "the published SDK does not have this call or parameter yet": lambda theirs, ours: raised(
        result_of(theirs), "AttributeError", "TypeError"
    )
    and not calls_of(theirs),
    "an error without a class of its own is an RpcError, not a bare RuntimeError": lambda theirs, ours: raised(
        result_of(theirs), "RuntimeError"
    )
    and raised(result_of(ours), "RpcError")
    and same_calls(theirs, ours),
    "a kv quota is a KvQuotaError, whatever else the text says": lambda theirs, ours: raised(
        result_of(theirs), "RateLimitError"
    )
    and raised(result_of(ours), "KvQuotaError"),
    "status, permission and waiting time are filled from the error object": lambda theirs, ours: isinstance(
        result_of(theirs), list
    )
    and isinstance(result_of(ours), list)
    and result_of(theirs)[:2] == result_of(ours)[:2]
    and same_calls(theirs, ours),
    "followup returns the message's ids": lambda theirs, ours: same_calls(theirs, ours)
    and [call["method"] for call in calls_of(ours)] == ["interaction.followup"]
    and result_of(theirs) is None,
    "an answer that is no object never comes through: results have their documented shape": lambda theirs, ours: same_calls(
        theirs, ours
    )
    and not raised(result_of(ours), "AttributeError", "TypeError", "KeyError")
    and (result_of(theirs) in (None, {}, [], 5, "text") or raised(result_of(theirs), "AttributeError", "TypeError", "ValueError")),
}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list]:
    return transcript(SDK_DIR, tmp_path_factory.mktemp("ours") / "plugin")


def explained(theirs: dict[str, list], ours: dict[str, list]) -> tuple[Counter[str], dict[str, tuple[list, list]]]:
    """Return how often each rule explains a difference, and the differences that none explains."""
    counts: Counter[str] = Counter()
    unexplained = {}
    for step, lines in ours.items():
        if theirs[step] == lines:
            counts["the same"] += 1
            continue
        reason = next((text for text, holds in RULES.items() if holds(theirs[step], lines)), None)
        if reason is None:
            unexplained[step] = (theirs[step], lines)
        else:
            counts[reason] += 1
    return counts, unexplained


@pytest.mark.timeout(180)
def test_the_same_script_gives_the_same_lines(ours, tmp_path, capsys):
    total: Counter[str] = Counter()
    for name in PUBLISHED:
        counts, unexplained = explained(transcript(published(name), tmp_path / name), ours)
        with capsys.disabled():
            print(f"\n{name}: {sum(counts.values()) + len(unexplained)} steps")
            print("".join(f"  {count:4}  {reason}\n" for reason, count in counts.most_common()), end="")
        intended = sum(counts.values()) - counts["the same"]
        ROWS.append(Row("lines on the wire, steps of one script", name, counts["the same"], intended, len(unexplained)))
        assert unexplained == {}
        total += counts
    assert set(RULES) - set(total) == set(), "these rules explain nothing any more"
