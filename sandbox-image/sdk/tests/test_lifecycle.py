"""Start, stop and everything the host says in between."""

from __future__ import annotations

import time

from host import BOOT


def test_boot_is_answered_after_the_start_message_and_before_the_announcement(start):
    host = start('@plugin.on_event("message_create")\ndef f(ctx, event): pass')
    assert host.boot() == {"jsonrpc": "2.0", "id": "h:1", "result": None}
    ready = host.wait_for_method("plugin.ready")
    assert host.lines[0]["params"] == {"level": "info", "message": "SDK plugin process started"}
    assert ready["params"]["events"] == ["message_create"]


def test_context_knows_what_boot_said(start):
    host = start(
        "@plugin.on_dashboard('who')\n"
        "def who(ctx, params): return [ctx.server_id, ctx.plugin_id, ctx.version, sorted(ctx.capabilities),"
        " ctx.has_capability('storage:kv'), ctx.has_capability('storage:sql'), ctx.request_id]"
    )
    host.boot()
    expected = ["1", "demo", "1.0.0", sorted(BOOT["capabilities"]), True, False, ""]
    assert host.ask("dashboard.who")["result"] == expected


def test_events_right_behind_a_boot_notification_reach_their_handlers(start):
    host = start('@plugin.on_event("message_create")\ndef f(ctx, event): ctx.kv.set(event["content"], 1)')
    host.send(method="host.boot", params=BOOT)
    host.event("e1", "message_create", {"content": "first"})
    host.wait_for_ack("e1")
    assert [call["params"]["key"] for call in host.calls()] == ["first"]


def test_second_boot_is_answered_and_changes_nothing(start):
    host = start("@plugin.on_dashboard('id')\ndef f(ctx, params): return ctx.server_id")
    host.boot()
    assert host.boot(discord_srv_id="2")["result"] is None
    assert host.ask("dashboard.id")["result"] == "1"


def test_every_lifecycle_message_runs_its_handler_and_is_answered_when_that_returned(start):
    handlers = "".join(f"@plugin.on_{kind}\ndef {kind}(ctx): ctx.kv.set('{kind}', 1)\n" for kind in KINDS)
    host = start(handlers)
    host.boot()
    for kind in KINDS:
        assert host.ask(f"host.{kind}", {"lifecycle": kind, "type": kind, "_event_id": f"L-{kind}"})["result"] is None
    assert [call["params"]["key"] for call in host.calls()] == list(KINDS)
    assert [call["params"]["_event_id"] for call in host.calls()] == [f"L-{kind}" for kind in KINDS]


def test_lifecycle_handler_is_found_by_the_method_when_the_parameters_say_nothing(start):
    host = start("@plugin.on_install\ndef f(ctx): ctx.kv.set('installed', True)")
    host.boot()
    host.ask("host.install", {})
    assert [call["params"]["key"] for call in host.calls()] == ["installed"]


def test_lifecycle_parameters_decide_over_the_method(start):
    host = start("@plugin.on_enable\ndef f(ctx): ctx.kv.set('enabled', True)")
    host.boot()
    host.ask("host.install", {"type": "enable"})
    assert [call["params"]["key"] for call in host.calls()] == ["enabled"]


def test_failing_lifecycle_handler_is_logged_and_still_answered(start):
    host = start("@plugin.on_install\ndef f(ctx): raise KeyError('gone')")
    host.boot()
    assert host.ask("host.install", {})["result"] is None
    assert "Lifecycle handler error (install):" in host.logs()[-1]["message"]
    assert "KeyError: 'gone'" in host.logs()[-1]["message"]


def test_on_ready_runs_after_boot_and_its_error_has_a_traceback(start):
    host = start("@plugin.on_ready\ndef f(ctx): undefined_name")
    host.boot()
    error = host.wait_for(lambda line: "on_ready handler error" in str(line.get("params", {}).get("message")))
    assert "undefined_name" in error["params"]["message"]
    assert error["params"]["level"] == "error"


def test_what_on_ready_puts_on_the_context_later_handlers_find(start):
    host = start(
        "@plugin.on_ready\ndef f(ctx):\n  ctx.cache = {'n': 41}\n  ctx.kv.set('ready', 1)\n"
        "@plugin.on_dashboard('n')\ndef n(ctx, params):\n  ctx.cache['n'] += 1\n  return ctx.cache['n']"
    )
    host.boot()
    host.wait_for_method("kv.put")
    assert host.ask("dashboard.n")["result"] == 42
    assert host.ask("dashboard.n")["result"] == 43


def test_handler_registered_while_running_is_announced(start):
    host = start("@plugin.on_dashboard('add')\ndef f(ctx, params): plugin.on_event('role_create')(lambda ctx, event: None)")
    host.boot()
    assert host.wait_for_method("plugin.ready")["params"]["events"] == []
    host.ask("dashboard.add")
    announcements = [line for line in host.lines if line.get("method") == "plugin.ready"]
    assert announcements[-1]["params"]["events"] == ["role_create"]


def test_end_of_input_ends_the_process(start):
    host = start("")
    host.boot()
    assert host.finish() == 0


def test_shutdown_ends_the_process_although_stdin_stays_open(start):
    host = start("")
    host.boot()
    host.send(method="host.shutdown", params={})
    assert host.wait() == 0


def test_shutdown_lets_a_running_handler_finish_with_its_calls(start):
    host = start(
        '@plugin.on_event("message_create")\n'
        "def f(ctx, event):\n  ctx.kv.set('begun', 1)\n  ctx.kv.set('finished', 1)",
        answer=lambda call: {} if call["params"]["key"] == "begun" else {"result": {"ok": True}},
    )
    host.boot()
    host.event("e1", "message_create", {})
    begun = host.wait_for_method("kv.put")
    host.send(method="host.shutdown", params={})
    host.send(id=begun["id"], result={"ok": True})
    assert host.wait() == 0
    assert [call["params"]["key"] for call in host.calls()] == ["begun", "finished"]
    assert host.lines[-1]["params"] == {"event_ids": ["e1"]}


def test_on_disable_before_shutdown_runs_to_its_end(start):
    host = start("@plugin.on_disable\ndef f(ctx):\n  ctx.kv.set('a', 1)\n  ctx.kv.set('b', 1)")
    host.boot()
    request_id = host.request("host.disable", {"lifecycle": "disable"})
    host.send(method="host.shutdown", params={})
    assert host.wait() == 0
    assert [call["params"]["key"] for call in host.calls()] == ["a", "b"]
    assert host.lines[-1] == {"jsonrpc": "2.0", "id": request_id, "result": None}


def test_shutdown_does_not_wait_for_ever(start):
    host = start('@plugin.on_event("message_create")\ndef f(ctx, event):\n  ctx.kv.set("on", 1)\n  threading.Event().wait()')
    host.boot()
    host.event("e1", "message_create", {})
    host.wait_for_method("kv.put")
    host.send(method="host.shutdown", params={})
    assert host.wait() == 0


def test_unknown_requests_are_refused_and_unknown_notifications_ignored(start):
    host = start("")
    host.boot()
    host.send(method="host.unheard_of", params={})
    host.send(method="dashboard.unheard_of", params={})
    assert host.ask("host.unheard_of")["error"] == {"message": "unknown method: host.unheard_of"}
    assert host.ask("dashboard.nothing")["error"] == {"message": "unknown method: dashboard.nothing"}


def test_run_returns_at_once_for_tools_that_only_look(tmp_path, monkeypatch):
    import mmo_maid_sdk

    monkeypatch.setenv("HOMEMAID_SDK_NO_RUN", "1")
    before = time.monotonic()
    mmo_maid_sdk.Plugin().run()
    assert time.monotonic() - before < 60


KINDS = ("install", "enable", "disable", "uninstall")
