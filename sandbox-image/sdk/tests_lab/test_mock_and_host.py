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
from operations import clear, perform, text

SEQUENCES = 250
PER_EVENT = 10
LINE_CHARS = 3500

Operation = "list[Any]"

PLUGIN = """
import json
from pathlib import Path
from mmo_maid_sdk import Plugin
from operations import clear, perform, text

plugin = Plugin()
SEQUENCES = json.loads((Path(__file__).parent / "sequences.json").read_text(encoding="utf-8"))


@plugin.on_event("message_create")
def run(ctx, event):
    first, last = map(int, event["content"].split())
    for number in range(first, last):
        clear(ctx)
        answer = ""
        for operation in SEQUENCES[number]:
            answer += text(perform(ctx, operation)) + "\\n"
        for start in range(0, len(answer), LINE_CHARS):
            print(json.dumps({"number": number, "answer": answer[start : start + LINE_CHARS]}))


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


def on_mock(sequence: list[Operation]) -> list[str]:
    """Return the mock's answers."""
    ctx = MockContext(clock=MockClock(0))
    clear(ctx)
    return [text(perform(ctx, operation)) for operation in sequence]


def on_host(sequences: list[list[Operation]], folder: Path) -> dict[int, list[str]]:
    """Return the host's answers, by the number of the sequence."""
    manifest = {"id": "mock_and_host", "name": "Mock and host", "version": "1.0.0", "capabilities_required": ["storage:kv"]}
    steps = range(0, len(sequences), PER_EVENT)
    folder.joinpath("manifest.json").write_text(json.dumps(manifest))
    folder.joinpath("__main__.py").write_text(PLUGIN.replace("LINE_CHARS", str(LINE_CHARS)))
    folder.joinpath("operations.py").write_text(Path(__file__).with_name("operations.py").read_text())
    folder.joinpath("sequences.json").write_text(json.dumps(sequences))
    folder.joinpath("events.yaml").write_text(
        "\n".join(f'- type: message_create\n  content: "{start} {min(start + PER_EVENT, len(sequences))}"' for start in steps)
    )
    lines = try_plugin(folder)
    assert result(lines)["ok"], [line for line in lines if line["kind"] in ("problem", "log", "worker", "result")][-10:]
    answers: dict[int, str] = {}
    for line in lines:
        if line["kind"] == "log" and line["source"] == "stderr" and line["message"].startswith('{"number"'):
            part = json.loads(line["message"])
            answers[part["number"]] = answers.get(part["number"], "") + part["answer"]
    return {number: answer.splitlines() for number, answer in answers.items()}


def shortened(operation: Operation) -> str:
    """Return an operation without the middle of long texts."""
    return re.sub(r"(.)\1{30,}", r"\1\1…", str(operation))[:300]


def compare(sequences: list[list[Operation]], folder: Path) -> int:
    """Compare all answers and return their number."""
    answers = on_host(sequences, folder)
    different = []
    for number, sequence in enumerate(sequences):
        for position, (mock, host) in enumerate(zip(on_mock(sequence), answers[number], strict=True)):
            if mock != host:
                different.append((sequence[: position + 1], mock[:300], host[:300]))
                break
    different.sort(key=lambda found: (len(found[0]), len(str(found[0]))))
    for sequence, mock, host in different[:5]:
        print(f"\nafter {[shortened(operation) for operation in sequence]}\n  mock {mock}\n  host {host}")
    assert not different, f"{len(different)} of {len(sequences)} sequences differ"
    return sum(map(len, sequences))


@pytest.mark.timeout(900)
def test_key_value_store_answers_as_the_host_s(tmp_path, capsys):
    sequences: list[list[Operation]] = []

    @settings(max_examples=SEQUENCES, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(KV, min_size=4, max_size=30))
    def collect(sequence: list[Operation]) -> None:
        on_mock(sequence)
        sequences.append(sequence)

    collect()
    number = compare(sequences, tmp_path)
    with capsys.disabled():
        print(f"\nmock and host: {number} answers to kv calls in {len(sequences)} sequences are equal")
