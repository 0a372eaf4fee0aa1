"""The lines themselves: hostile ones, prints, lost hosts, log floods, values that JSON does not know."""

from __future__ import annotations

import json

import pytest

from host import BOOT


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00broken utf-8",
        b"[1, 2, 3]",
        b'"text"',
        b"null",
        b"17",
        b"{}",
        b'{"id": 1, "result": 5}',
        b'{"id": 999, "error": null}',
        b'{"id": {"a": 1}, "result": 5}',
        b'{"id": [1], "method": 7}',
        b'{"id": true, "result": 5}',
        b'{"method": null}',
        b'{"method": "event.message_create"}',
        b'{"method": "event.message_create", "params": []}',
        b'{"method": "event.message_create", "params": {"event": 5, "event_id": {}}}',
        b'{"method": "event.", "params": {"event_id": "x"}}',
        b'{"method": "event.ws_message", "params": {"name": 5}}',
        b'{"method": "host.", "params": {}}',
        b'{"method": "host.install", "params": {"lifecycle": ["x"]}}',
        b'{"method": "dashboard.", "id": null}',
        b'{"a": NaN}',
        b"[" * 200_000,
        b'{"a":' * 5_000,
        b"x" * 300_000,
        b'{"method": "host.boot", "params": {"capabilities": {"a": 1}}}',
    ],
    ids=lambda line: repr(line[:40]),
)
def test_no_line_of_the_host_stops_the_reader(start, line):
    host = start(
        '@plugin.on_event("message_create")\ndef f(ctx, event): event["content"]\n'
        "@plugin.on_dashboard('alive')\ndef d(ctx, params): return 'yes'"
    )
    host.send_raw(line + b"\n")
    host.boot()
    host.send_raw(line + b"\n")
    assert host.ask("dashboard.alive")["result"] == "yes"


def test_line_in_many_pieces_and_many_lines_in_one_piece_are_the_same(start):
    host = start("@plugin.on_dashboard('echo')\ndef d(ctx, params): return params['text']")
    host.boot()
    text = "snow ☃ " * 20_000
    line = json.dumps({"id": "p", "method": "dashboard.echo", "params": {"text": text}}, ensure_ascii=False).encode()
    for position in range(0, len(line), 50_000):
        host.send_raw(line[position : position + 50_000])
    host.send_raw(b"\n" + line.replace(b'"p"', b'"q"') + b"\n" + line.replace(b'"p"', b'"r"') + b"\n")
    answers = [host.wait_for(lambda message: message.get("id") in ("p", "q", "r")) for _ in range(3)]
    assert all(answer["result"] == text for answer in answers)


def test_line_beyond_the_limit_is_dropped_up_to_its_end(start):
    host = start("@plugin.on_dashboard('alive')\ndef d(ctx, params): return 'yes'")
    host.boot()
    host.send_raw(b'{"method": "event.x", "params": {"event_id": "big", "event": "' + b"x" * (17 * 1024 * 1024) + b'"}}\n')
    assert host.ask("dashboard.alive")["result"] == "yes"
    assert not any("big" in str(line) for line in host.lines)


def test_prints_never_reach_the_protocol(start):
    host = start(
        "import os, sys\n"
        "@plugin.on_dashboard('print')\n"
        "def d(ctx, params):\n"
        "  print('{\"id\":1}')\n  sys.stdout.write('half a line')\n  os.write(1, b'from below')\n"
        "  sys.__stdout__.write('original')\n  return sys.stdin.read()\n"
    )
    host.boot()
    assert host.ask("dashboard.print")["result"] == ""
    assert host.finish() == 0
    assert all(isinstance(line, dict) for line in host.lines)
    errors = "".join(host.errors)
    assert all(text in errors for text in ('{"id":1}', "half a line", "from below", "original"))


def test_prints_before_run_are_lines_of_their_own(start):
    host = start("print('loading')\nprint('no newline', end='')")
    host.boot()
    assert host.lines[0] == "loading"


def test_lost_host_fails_waiting_and_later_calls_at_once(start):
    host = start(
        "@plugin.on_event('message_create')\n"
        "def f(ctx, event):\n"
        "  for _ in range(2):\n"
        "    try: ctx.kv.get('k')\n"
        "    except RpcTimeoutError as error: print(error, file=__import__('sys').stderr, flush=True)\n"
        "  done.set()\n"
        "done = threading.Event()\n"
        "original = plugin.run\n"
        "def run():\n  original()\n  done.wait(15)\n"
        "plugin.run = run",
        answer=lambda call: {},
    )
    host.boot()
    host.event("e1", "message_create", {})
    host.wait_for_method("kv.get")
    assert host.finish() == 0
    assert "".join(host.errors).count("RPC aborted: transport closed (kv.get)") == 2


def test_host_that_stops_reading_is_a_lost_host(start):
    host = start(
        "import os\nos.write(1, b'stop reading\\n')\n"
        "@plugin.on_event('x')\ndef f(ctx, event):\n"
        "  try:\n    while True: ctx.log('x' * 1000); ctx.kv.get('k')\n"
        "  except RpcTimeoutError as error: print(error, file=__import__('sys').stderr, flush=True)\n"
        "  done.set()\n"
        "done = threading.Event()\noriginal = plugin.run\n"
        "def run():\n  original()\n  done.wait(15)\nplugin.run = run"
    )
    host.send(method="host.boot", params=BOOT)
    host.event("e1", "x", {})
    assert host.finish() == 0
    assert "RPC aborted: transport closed (kv.get)" in "".join(host.errors)


def test_log_flood_is_bounded_and_told(start):
    """The pipe is full, one thread waits in it; what the others log meanwhile is kept up to a limit and counted."""
    host = start(
        "import os\n"
        "@plugin.on_dashboard('flood')\ndef f(ctx, params):\n"
        "  transport = ctx._transport\n"
        "  with transport._write_lock:\n"
        "    for number in range(params['lines']): ctx.log(f'line {number}')\n"
        "  return 'done'"
    )
    host.boot()
    assert host.ask("dashboard.flood", {"lines": 5000})["result"] == "done"
    messages = [log["message"] for log in host.logs()]
    lines = [message for message in messages if message.startswith("line ")]
    assert lines == [f"line {number}" for number in range(1000)]
    assert "4000 log lines were dropped: they came faster than the host could read them" in messages


def test_log_line_is_cut_to_the_limits(start):
    host = start(
        "@plugin.on_dashboard('log')\ndef f(ctx, params):\n"
        "  ctx.log('m' * 5000, level='debug', tags=[str(n) for n in range(20)], **{f'k{n}': 'v' * 600 for n in range(30)})"
    )
    host.boot()
    host.ask("dashboard.log")
    log = host.logs()[-1]
    assert (len(log["message"]), log["level"], len(log["tags"]), len(log["extra"])) == (4000, "debug", 10, 20)
    assert set(map(len, log["extra"].values())) == {500}


def test_calls_from_many_threads_get_their_own_answers_in_any_order(start):
    waiting: list[dict] = []

    def answer(call: dict) -> dict:
        waiting.append(call)
        if len(waiting) == 8:
            for late in reversed(waiting):
                host.send(id=late["id"], result={"value": {"value_json": late["params"]["key"]}})
        return {}

    host = start(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "@plugin.on_dashboard('many')\ndef f(ctx, params):\n"
        "  with ThreadPoolExecutor(8) as pool: return list(pool.map(ctx.kv.get, [f'k{n}' for n in range(8)]))",
        answer=answer,
    )
    host.boot()
    assert host.ask("dashboard.many")["result"] == [f"k{n}" for n in range(8)]


def test_answer_with_the_id_as_text_is_not_taken(start):
    host = start(
        "@plugin.on_dashboard('get')\ndef f(ctx, params): return ctx.kv.get('k')",
        answer=lambda call: {},
    )
    host.boot()
    host.request("dashboard.get", {})
    call = host.wait_for_method("kv.get")
    host.send(id=str(call["id"]), result={"value": {"value_json": "wrong"}})
    host.send(id=call["id"], result={"value": {"value_json": "right"}})
    assert host.wait_for(lambda line: line.get("id") == "h:2" and "result" in line)["result"] == "right"


def test_values_that_json_does_not_know_are_translated(start):
    host = start(
        "import datetime, decimal, uuid\n"
        "@plugin.on_ready\ndef f(ctx):\n"
        "  ctx.kv.set('k', {'naive': datetime.datetime(2026, 1, 2, 3, 4, 5), 'date': datetime.date(2026, 1, 2),\n"
        "    'aware': datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),\n"
        "    'time': datetime.time(1, 2), 'whole': decimal.Decimal('10.0'), 'part': decimal.Decimal('1.50'),\n"
        "    'vast': decimal.Decimal('1E+999999'), 'uuid': uuid.UUID(int=7), 'bytes': b'\\xff', 'set': {2, 1},\n"
        "    'tuple': (1, 2), 'half': '\\ud800', 'pair': '😀', 'escaped': r'\\ud800'})"
    )
    host.boot()
    value = host.wait_for_method("kv.put")["params"]["value"]
    assert value == {
        "naive": "2026-01-02T03:04:05+00:00",
        "date": "2026-01-02",
        "aware": "2026-01-02T00:00:00+02:00",
        "time": "01:02:00",
        "whole": 10,
        "part": "1.50",
        "vast": "1E+999999",
        "uuid": "00000000-0000-0000-0000-000000000007",
        "bytes": "/w==",
        "set": [1, 2],
        "tuple": [1, 2],
        "half": "\ufffd",
        "pair": "😀",
        "escaped": r"\ud800",
    }


@pytest.mark.parametrize("value", ["float('nan')", "float('-inf')", "object()", "{(1, 2): 3}", "loop", "1j"])
def test_values_that_cannot_be_sent_are_a_validation_error_before_anything_is_written(start, value):
    host = start(
        "loop = []\nloop.append(loop)\n"
        f"@plugin.on_dashboard('set')\ndef f(ctx, params):\n  try: ctx.kv.set('k', {value})\n"
        "  except ValidationError as error: return [error.code, len(ctx._transport._pending)]\n"
    )
    host.boot()
    assert host.ask("dashboard.set")["result"] == ["VALIDATION_ERROR", 0]
    assert host.calls() == []


def test_call_beyond_the_line_limit_is_a_validation_error(start):
    host = start(
        "@plugin.on_dashboard('set')\ndef f(ctx, params):\n  try: ctx.kv.set('k', 'x' * (17 * 1024 * 1024))\n"
        "  except ValidationError as error: return str(error)\n"
    )
    host.boot()
    assert "the host reads at most" in host.ask("dashboard.set")["result"]
    assert host.calls() == []


def test_every_line_is_ascii(start):
    host = start("@plugin.on_ready\ndef f(ctx): ctx.kv.set('schlüssel', '☃')")
    host.boot()
    assert host.wait_for_method("kv.put")["params"]["value"] == "☃"
