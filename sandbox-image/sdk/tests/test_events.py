"""Events: who handles them, how they are acknowledged, what their calls carry."""

from __future__ import annotations

from collections import Counter


def test_event_without_a_handler_is_acknowledged_at_once(start):
    host = start("")
    host.boot()
    host.event("e1", "role_create", {})
    assert host.wait_for_ack("e1")["params"] == {"event_id": "e1"}


def test_all_handlers_of_a_type_run_in_order_and_one_failure_stops_none(start):
    host = start(
        '@plugin.on_event("message_create")\ndef a(ctx, event): ctx.kv.set("a", 1)\n'
        '@plugin.on_event("message_create")\ndef b(ctx, event): raise ValueError("b failed")\n'
        '@plugin.on_event("message_create")\ndef c(ctx, event): ctx.kv.set("c", 1)\n'
    )
    host.boot()
    sent = host.deliver("e1", "message_create", {})
    assert [line["method"] for line in sent] == ["kv.put", "plugin.log", "kv.put", "event.fail", "event.ack"]
    assert sent[1]["params"]["level"] == "error"
    assert sent[1]["params"]["message"].startswith("Event handler error (message_create):\nTraceback")
    assert "ValueError: b failed" in sent[1]["params"]["message"]
    assert sent[3]["params"] == {"event_id": "e1", "reason": "handler_exception"}
    assert sent[4]["params"] == {"event_ids": ["e1"]}


def test_calls_carry_the_event_they_were_made_for_and_never_overwrite_parameters(start):
    host = start(
        '@plugin.on_event("message_create")\n'
        "def f(ctx, event):\n  params = {'key': 'k', '_event_id': 'mine'}\n  ctx.kv.get('k')\n"
        "  ctx._transport.call('kv.get', params)\n  assert params == {'key': 'k', '_event_id': 'mine'}"
    )
    host.boot()
    host.deliver("e1", "message_create", {})
    assert [call["params"]["_event_id"] for call in host.calls()] == ["e1", "mine"]
    assert host.calls()[0]["params"] == {"key": "k", "_event_id": "e1", "_pool_discord_srv_id": "1"}


def test_calls_outside_of_handlers_carry_no_event(start):
    host = start("@plugin.on_ready\ndef f(ctx): ctx.kv.get('k')")
    host.boot()
    assert host.wait_for_method("kv.get")["params"] == {"key": "k"}


def test_coroutine_handlers_run_to_their_end(start):
    host = start(
        "import asyncio\n"
        '@plugin.on_event("message_create")\n'
        "async def f(ctx, event):\n  await asyncio.sleep(0)\n  ctx.kv.set('async', 1)\n"
        "@plugin.on_dashboard('d')\nasync def d(ctx, params): return {'value': 7}"
    )
    host.boot()
    host.deliver("e1", "message_create", {})
    assert host.calls()[0]["params"]["_event_id"] == "e1"
    assert host.ask("dashboard.d")["result"] == {"value": 7}


def test_sys_exit_in_a_handler_ends_the_handler_only(start):
    host = start('import sys\n@plugin.on_event("message_create")\ndef f(ctx, event): sys.exit(1)')
    host.boot()
    assert "event.fail" in [line["method"] for line in host.deliver("e1", "message_create", {})]
    assert "event.fail" in [line["method"] for line in host.deliver("e2", "message_create", {})]


def test_long_tracebacks_keep_their_end_and_the_limit(start):
    host = start(
        '@plugin.on_event("message_create")\n'
        "def f(ctx, event):\n  def deep(n): return deep(n - 1) if n else [][1]\n  deep(400)"
    )
    host.boot()
    host.deliver("e1", "message_create", {})
    message = next(log["message"] for log in host.logs() if log["level"] == "error")
    assert len(message) <= 4000
    assert message.rstrip().endswith("IndexError: list index out of range")


def test_recursion_without_end_fails_the_handler_and_not_the_process(start):
    host = start(
        "class Bottomless:\n  def __getattr__(self, name): return getattr(self, name + 'x')\n"
        '@plugin.on_event("message_create")\ndef f(ctx, event): Bottomless().depth'
    )
    host.boot()
    assert "event.fail" in [line["method"] for line in host.deliver("e1", "message_create", {})]
    assert host.finish() == 0


def test_commands_components_and_modals_reach_exactly_their_handlers(start):
    host = start(
        "def note(name):\n  return lambda ctx, event: ctx.kv.set(name, 1)\n"
        "plugin.on_slash_command('hello')(note('slash'))\n"
        "plugin.on_component('exact')(note('exact'))\n"
        "plugin.on_component(prefix='page:')(note('prefix'))\n"
        "plugin.on_modal_submit('form')(note('modal'))\n"
        "plugin.on_modal_submit(prefix='form:')(note('modal prefix'))\n"
    )
    host.boot()
    for number, (event, expected) in enumerate(INTERACTIONS):
        sent = host.deliver(f"e{number}", "interaction_create", {"interaction_id": str(number), **event})
        assert [line["params"]["key"] for line in sent if line["method"] == "kv.put"] == expected, event


INTERACTIONS = [
    ({"interaction_type": 2, "command_name": "hello"}, ["slash"]),
    ({"interaction_type": 2, "command_name": "Hello"}, []),
    ({"interaction_type": 3, "custom_id": "exact"}, ["exact"]),
    ({"interaction_type": 3, "custom_id": "exactly"}, []),
    ({"interaction_type": 3, "custom_id": "page:next:5"}, ["prefix"]),
    ({"interaction_type": 3, "custom_id": None}, []),
    ({"interaction_type": 5, "custom_id": "form"}, ["modal"]),
    ({"interaction_type": 5, "custom_id": "form:7"}, ["modal prefix"]),
    ({"interaction_type": 5, "custom_id": "page:next:5"}, []),
]


def test_overlapping_interactions_each_answer_their_own(start):
    host = start(
        "both = threading.Barrier(2)\n"
        "@plugin.on_slash_command('x')\n"
        "def f(ctx, event):\n  both.wait(15)\n"
        "  ctx.interaction.respond(content=event['interaction_id'] + ctx.request_id)\n"
    )
    host.boot()
    for number in ("11", "22"):
        host.event(f"e{number}", "interaction_create", interaction(number))
    for number in ("11", "22"):
        host.wait_for(lambda line: line.get("method") == "event.ack")
    answers = {call["params"]["_interaction_id"]: call["params"] for call in host.calls()}
    assert {number: params["content"] for number, params in answers.items()} == {"11": "1111", "22": "2222"}
    assert {number: params["_event_id"] for number, params in answers.items()} == {"11": "e11", "22": "e22"}


def test_context_kept_in_a_global_answers_the_running_interaction(start):
    host = start(
        "kept = []\n@plugin.on_ready\ndef ready(ctx):\n  kept.append(ctx)\n  ctx.kv.set('ready', 1)\n"
        "@plugin.on_slash_command('x')\ndef f(ctx, event): kept[0].interaction.defer()\n"
    )
    host.boot()
    host.wait_for_method("kv.put")
    host.deliver("e1", "interaction_create", interaction("5"))
    assert host.calls()[-1]["params"]["_interaction_id"] == "5"


def test_thread_started_by_a_handler_answers_the_handler_s_interaction(start):
    host = start(
        "@plugin.on_slash_command('x')\ndef f(ctx, event):\n"
        "  thread = threading.Thread(target=lambda: ctx.interaction.respond(content='later'))\n"
        "  thread.start()\n  thread.join()\n"
    )
    host.boot()
    host.deliver("e1", "interaction_create", interaction("5"))
    assert host.calls()[-1]["params"]["_interaction_id"] == "5"


def test_dashboard_answers_while_all_event_threads_are_busy(start):
    host = start(
        "gate = threading.Event()\n"
        '@plugin.on_event("message_create")\ndef f(ctx, event):\n  ctx.kv.set("busy", 1)\n  gate.wait(15)\n'
        "@plugin.on_dashboard('open')\ndef d(ctx, params):\n  gate.set()\n  return {'value': 'open'}\n"
    )
    host.boot()
    for number in range(8):
        host.event(f"e{number}", "message_create", {})
    for _ in range(4):
        host.wait_for_method("kv.put")
    assert host.ask("dashboard.open")["result"] == {"value": "open"}
    host.wait_for_ack("e7")


def test_failing_dashboard_handler_is_named_and_answers_with_the_error(start):
    host = start(
        "@plugin.on_dashboard('first')\ndef a(ctx, params): raise ValueError('no data')\n"
        "@plugin.on_dashboard('dashboard.second')\ndef b(ctx, params): return {'ok': 1}\n"
    )
    host.boot()
    assert host.ask("dashboard.first")["result"] == {"error": "no data"}
    assert host.logs()[-1]["message"].startswith("Dashboard handler error (first):")
    assert host.ask("dashboard.second")["result"] == {"ok": 1}


def test_dashboard_result_that_is_no_json_is_an_error_and_not_silence(start):
    host = start("@plugin.on_dashboard('odd')\ndef a(ctx, params): return object()")
    host.boot()
    assert "object is not a type JSON knows" in host.ask("dashboard.odd")["result"]["error"]


def test_too_many_waiting_events_are_acknowledged_and_told(start):
    host = start(
        "gate = threading.Event()\n"
        '@plugin.on_event("message_create")\ndef f(ctx, event): gate.wait(15)\n'
        "@plugin.on_dashboard('open')\ndef d(ctx, params): gate.set()\n"
    )
    host.boot()
    sent = 4 + 2048 + 10
    for number in range(sent):
        host.event(f"e{number}", "message_create", {})
    host.ask("dashboard.open")
    acknowledged = lambda: [line["params"] for line in host.lines if line.get("method") == "event.ack"]  # noqa: E731
    while len(acknowledged()) < sent:
        host.wait_for(lambda line: line.get("method") == "event.ack")
    kinds = Counter("handled" if "event_ids" in params else "dropped" for params in acknowledged())
    assert kinds == {"handled": 4 + 2048, "dropped": 10}
    assert sum("too many events wait" in log["message"] for log in host.logs()) == 10


def test_cron_event_runs_the_named_task_or_those_of_the_same_specification(start):
    host = start(
        "def note(name):\n  def task(ctx): ctx.kv.set(name, 1)\n  task.__name__ = name\n  return task\n"
        "plugin.cron('0 9 * * *')(note('daily'))\nplugin.cron('0 9 * * *')(note('other'))\n"
        "plugin.on_event('cron')(lambda ctx, event: ctx.kv.set('plain', 1))\n"
    )
    host.boot(host_cron=["daily", "other"])
    named = host.deliver("e1", "cron", {"name": "daily", "spec": "0 9 * * *"})
    by_spec = host.deliver("e2", "cron", {"name": "renamed", "spec": "0 9 * * *"})
    assert [line["params"]["key"] for line in named if line["method"] == "kv.put"] == ["plain", "daily"]
    assert [line["params"]["key"] for line in by_spec if line["method"] == "kv.put"] == ["plain", "daily", "other"]


def test_websocket_frames_stay_in_order_and_find_the_exact_name_first(start):
    host = start(
        "@plugin.on_ws_message('feed:1')\ndef exact(ctx, frame): ctx.kv.set(frame['data'], frame['binary'])\n"
        "@plugin.on_ws_message('feed:*')\ndef prefix(ctx, frame): ctx.kv.set('wrong', 1)\n"
        "@plugin.on_ws_open('feed:*')\ndef opened(ctx): ctx.kv.set('open', 1)\n"
        "@plugin.on_ws_close('feed:1')\ndef closed(ctx, info): ctx.kv.set('closed', info)\n"
    )
    host.boot()
    host.send(method="event.ws_open", params={"name": "feed:1", "conn_id": "c"})
    for number in range(50):
        host.send(method="event.ws_message", params={"name": "feed:1", "conn_id": "c", "data": str(number), "binary": False})
    host.send(method="event.ws_closed", params={"name": "feed:1", "conn_id": "c", "reason": "bye", "will_reconnect": True})
    host.wait_for(lambda line: line.get("params", {}).get("key") == "closed")
    keys = [call["params"]["key"] for call in host.calls()]
    assert keys == ["open", *map(str, range(50)), "closed"]
    assert host.calls()[-1]["params"]["value"] == {"reason": "bye", "will_reconnect": True}


def interaction(number: str) -> dict:
    return {"interaction_id": number, "interaction_type": 2, "command_name": "x"}
