"""The mock and the real host give the same answers: results, errors, their texts, for random sequences of calls.

Hypothesis makes the sequences and runs them on the mock; then one container runs all of them on the host, and every answer is
compared. The shortest sequence that differs is shown.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lab import result, try_plugin
from mmo_maid_sdk.testing import MockClock, MockContext
from operations import perform, text

SEQUENCES = 200
PER_EVENT = 150
LINE_CHARS = 1200

Operation = "list[Any]"

PLUGIN = """
import json
from pathlib import Path
from mmo_maid_sdk import Plugin
from operations import perform, text

plugin = Plugin()
OPERATIONS = json.loads((Path(__file__).parent / "operations.json").read_text(encoding="utf-8"))


@plugin.on_event("message_create")
def run(ctx, event):
    first, last = map(int, event["content"].split())
    answer = "".join(text(perform(ctx, operation)) + "\\n" for operation in OPERATIONS[first:last])
    for start in range(0, len(answer), LINE_CHARS):
        print(json.dumps([first, answer[start : start + LINE_CHARS]]))


plugin.run()
"""

KEYS = st.sampled_from(["a", "b", "a.b", "a.c", "a:1", "a:2", "é", "😀", "z" * 512, "", "x" * 513, "n\0l", "A", "~", "\x7f", "\ud7ff", "\ue000"])
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 2**70]),
    st.floats(allow_nan=False, allow_infinity=False, width=32), st.sampled_from([0.1, 1e300, -0.0, 1e16, 2.0, "", "x", "é\u2028", "\x00\x1f"]),
    st.text(max_size=5),
)  # fmt: skip
VALUES = st.one_of(
    LEAVES,
    st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "value_json", ""]), inner, max_size=3)), max_leaves=6),
    st.sampled_from(["y" * 65_534, "y" * 65_535, "é" * 32_767, "é" * 32_768]),
)  # fmt: skip
PREFIXES = st.sampled_from(["", "a", "a:", "a.", "é", "zz", "x" * 513, "\0", "\U0010ffff"])
AMOUNTS = st.one_of(st.integers(-3, 3), st.sampled_from([2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2.0, 1.5, 1e300, "1", None, True]))
PATHS = st.sampled_from(["", "a", "a.b", "b.a", "a.b.c", ".", "a..b", "a.", "value_json", ".".join("a" * 32), ".".join("a" * 33)])


def call(method: str, *positional: Any, **keywords: Any) -> st.SearchStrategy[Operation]:
    """One call of ``ctx.kv``, of some arguments."""
    return st.builds(lambda *args: ["kv", method, list(args[: len(positional)]), dict(zip(keywords, args[len(positional) :]))], *positional, *keywords.values())


KV = st.one_of(
    call("get", KEYS), call("get", KEYS), call("set", KEYS, VALUES), call("set", KEYS, VALUES), call("set", KEYS, VALUES, ttl_seconds=st.sampled_from([0, 100_000, 10**15])),
    call("delete", KEYS), call("exists", KEYS), call("increment", KEYS), call("increment", KEYS, AMOUNTS), call("increment", KEYS, st.integers(-3, 3), path=PATHS),
    call("decrement", KEYS, AMOUNTS), call("list"), call("list", PREFIXES, st.sampled_from([100, 1, 0, -5, 10_000])), call("list", PREFIXES, start_after=KEYS),
    call("list_values", PREFIXES, st.sampled_from([100, 1, 0, 1000])), call("count", PREFIXES),
    call("get_many", st.one_of(st.lists(KEYS, max_size=4), st.just([f"k{n}" for n in range(51)]))),
    call("set_many", st.one_of(st.dictionaries(KEYS, VALUES, max_size=3), st.just({f"k{n}": n for n in range(26)}), st.just({f"k{n}": n for n in range(25)}))),
)  # fmt: skip


EPHEMERAL_KEYS = st.sampled_from(["a", "b", "é", "", "n\0l", "x" * 256, "x" * 257])
SECONDS = st.sampled_from([1, 2, 5, 60, 0, -5, 86_400, 10**6])
ADVANCE = st.builds(lambda seconds: ["clock", "advance", [seconds], {}], st.sampled_from([1, 2, 3, 5, 60, 86_400]))


def call_of(service: str, method: str, *positional: Any) -> st.SearchStrategy[Operation]:
    """One call, of some positional arguments."""
    return st.builds(lambda *args: [service, method, list(args), {}], *positional)


EPHEMERAL = st.one_of(
    *[call_of("ephemeral", method, EPHEMERAL_KEYS, SECONDS) for method in ("counter", "cooldown_set", "dedup", "flag_set")],
    *[call_of("ephemeral", method, EPHEMERAL_KEYS) for method in ("counter", "cooldown_check", "dedup", "flag_check")],
)  # fmt: skip
KV_WITH_ENDS = st.one_of(
    st.builds(lambda key, value, ttl: ["kv", "set", [key, value], {"ttl_seconds": ttl}], st.sampled_from(["a", "b"]), st.integers(0, 3), st.sampled_from([0, 1, 2, 5, 61])),
    call_of("kv", "get", st.sampled_from(["a", "b"])), call_of("kv", "increment", st.sampled_from(["a", "b"])), call_of("kv", "exists", st.sampled_from(["a", "b"])),
    call_of("kv", "set_many", st.just({"a": 1})), call_of("kv", "count"), call_of("kv", "list"), call_of("kv", "list_values"), call_of("kv", "get_many", st.just(["a", "b"])),
)  # fmt: skip


def generated(operations: st.SearchStrategy[Operation], number: int) -> list[list[Operation]]:
    """Return sequences, each of which the mock can run."""
    found: list[list[Operation]] = []

    @settings(max_examples=number, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(operations, min_size=4, max_size=30))
    def collect(sequence: list[Operation]) -> None:
        on_mock(sequence)
        found.append(sequence)

    collect()
    return found


def apart(sequence: list[Operation], number: int) -> list[Operation]:
    """Return a sequence that begins with an empty store, and with ephemeral keys of its own: nothing forgets these."""
    own = [["kv", "clear", [], {}]]
    for service, method, positional, keywords in sequence:
        key = positional[0] if service == "ephemeral" else ""
        if 0 < len(key) <= 256:
            positional = [f"{number}:{key}"[:256], *positional[1:]]
        own.append([service, method, positional, keywords])
    return own


def on_mock(operations: list[Operation]) -> list[str]:
    """Return the mock's answers."""
    clock = MockClock(0)
    ctx = MockContext(clock=clock)
    answers = []
    for operation in operations:
        if operation[0] == "clock":
            clock.advance(operation[2][0])
        else:
            answers.append(text(perform(ctx, operation)))
    return answers


def script(operations: list[Operation]) -> tuple[list[Operation], list[str]]:
    """Return the calls without the moves of the clock, and the lines of ``events.yaml`` that do everything in order."""
    calls: list[Operation] = []
    lines = ["- clock: freeze"] if any(operation[0] == "clock" for operation in operations) else []
    first = 0
    for operation in [*operations, ["clock", "advance", [0], {}]]:
        moves = operation[0] == "clock"
        if not moves:
            calls.append(operation)
        if len(calls) > first and (moves or len(calls) - first == PER_EVENT):
            lines.append(f'- type: message_create\n  content: "{first} {len(calls)}"')
            first = len(calls)
        if moves and operation[2][0]:
            lines.append(f"- advance: {operation[2][0]}")
    return calls, lines


def on_host(operations: list[Operation], folder: Path) -> list[str]:
    """Return the host's answers."""
    manifest = {"id": "mock_and_host", "name": "Mock and host", "version": "1.0.0", "capabilities_required": ["storage:kv"]}
    calls, events = script(operations)
    folder.joinpath("manifest.json").write_text(json.dumps(manifest))
    folder.joinpath("__main__.py").write_text(PLUGIN.replace("LINE_CHARS", str(LINE_CHARS)))
    folder.joinpath("operations.py").write_text(Path(__file__).with_name("operations.py").read_text())
    folder.joinpath("operations.json").write_text(json.dumps(calls))
    folder.joinpath("events.yaml").write_text("\n".join(events))
    lines = try_plugin(folder)
    assert result(lines)["ok"], [line for line in lines if line["kind"] in ("problem", "log", "worker", "result")][-10:]
    printed = (line["message"] for line in lines if line["kind"] == "log" and line["source"] == "stderr")
    parts = [json.loads(line) for line in printed if line.startswith("[")]
    return "".join(part for _, part in sorted(parts, key=lambda part: part[0])).split("\n")[:-1]


def shortened(operation: Operation) -> str:
    """Return an operation without the middle of long texts."""
    return re.sub(r"(.)\1{30,}", r"\1\1…", str(operation))[:300]


def compare(sequences: list[list[Operation]], folder: Path) -> int:
    """Compare all answers and return their number."""
    sequences = [apart(sequence, number) for number, sequence in enumerate(sequences)]
    answers = on_host([operation for sequence in sequences for operation in sequence], folder)
    total = len(answers)
    different = []
    for sequence in sequences:
        mock = on_mock(sequence)
        host, answers = answers[: len(mock)], answers[len(mock) :]
        assert len(host) == len(mock)
        position = next((n for n in range(len(mock)) if mock[n] != host[n]), None)
        if position is not None:
            different.append((sequence, mock[position][:300], host[position][:300], position))
    assert not answers
    different.sort(key=lambda found: (found[3], len(str(found[0]))))
    for sequence, mine, its, position in different[:5]:
        print(f"\nanswer {position} of {[shortened(operation) for operation in sequence[:40]]}\n  mock {mine}\n  host {its}")
    assert not different, f"{len(different)} of {len(sequences)} sequences differ"
    return total


@pytest.mark.parametrize("what", ["kv", "ends of kv values", "ephemeral"])
def test_mock_answers_as_the_host(what, tmp_path, capsys):
    sequences = {
        "kv": lambda: generated(KV, SEQUENCES),
        "ends of kv values": lambda: generated(st.one_of(KV_WITH_ENDS, KV_WITH_ENDS, ADVANCE), SEQUENCES // 4),
        "ephemeral": lambda: generated(st.one_of(EPHEMERAL, EPHEMERAL, EPHEMERAL, ADVANCE), SEQUENCES // 4),
    }[what]()
    number = compare(sequences, tmp_path)
    with capsys.disabled():
        print(f"\nmock and host: {what}: {number} answers in {len(sequences)} sequences are equal")
