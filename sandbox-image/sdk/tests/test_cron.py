"""Cron specifications, and the thread that waits for them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmo_maid_sdk import Plugin
from mmo_maid_sdk._cron import CronSpec
from mmo_maid_sdk._schedule import Scheduler


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("spec", "after", "expected"),
    [
        ("* * * * *", "2026-01-01T00:00:00", "2026-01-01T00:01:00"),
        ("* * * * *", "2026-01-01T00:00:59", "2026-01-01T00:01:00"),
        ("*/15 * * * *", "2026-01-01T00:07:00", "2026-01-01T00:15:00"),
        ("0 9 * * *", "2026-01-01T09:00:00", "2026-01-02T09:00:00"),
        ("5/10 * * * *", "2026-01-01T00:06:00", "2026-01-01T01:05:00"),
        ("10-20/5 3 * * *", "2026-01-01T03:11:00", "2026-01-01T03:15:00"),
        ("0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 29 2 *", "2096-03-01T00:00:00", "2104-02-29T00:00:00"),
        ("0 0 * * 0", "2026-01-01T00:00:00", "2026-01-04T00:00:00"),
        ("0 0 13 * 5", "2026-01-01T00:00:00", "2026-01-02T00:00:00"),
        ("0 0 13 * */1", "2026-01-01T00:00:00", "2026-01-13T00:00:00"),
        ("0 0 */1 * 1", "2026-01-01T00:00:00", "2026-01-05T00:00:00"),
        ("1,3,5-6 * * * *", "2026-01-01T00:03:30", "2026-01-01T00:05:00"),
        ("59 23 31 12 *", "2026-12-31T23:59:00", "2027-12-31T23:59:00"),
    ],
)
def test_next_minute(spec, after, expected):
    assert CronSpec(spec).next_after(at(after)) == at(expected)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("", "exactly 5"), ("* * * *", "exactly 5"), ("* * * * * *", "exactly 5"),
        ("60 * * * *", "minute"), ("* 24 * * *", "hour"), ("* * 0 * *", "day-of-month"), ("* * 32 * *", "day-of-month"),
        ("* * * 13 *", "month"), ("* * * jan *", "month"), ("* * * * 7", "day-of-week"), ("* * * * mon", "day-of-week"),
        ("*/0 * * * *", "minute"), ("5-1 * * * *", "minute"), ("1, * * * *", "minute"), ("-1 * * * *", "minute"),
        ("1-2-3 * * * *", "minute"), ("*/ * * * *", "minute"), ("*-5 * * * *", "minute"), ("٣ * * * *", "minute"),
        ("0 0 31 2 *", "never"), ("0 0 30 2 *", "never"), ("0 0 31 4,6 *", "never"), (None, "string"), (5, "string"),
    ],
)
def test_wrong_specifications_are_refused_where_they_are_written(spec, text):
    with pytest.raises(ValueError, match=text):
        Plugin().cron(spec)


@settings(max_examples=200, deadline=None)
@given(
    minute=st.sets(st.integers(0, 59), min_size=1),
    hour=st.sets(st.integers(0, 23), min_size=1),
    weekday=st.sets(st.integers(0, 6), min_size=1),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
def test_next_minute_is_the_first_that_matches(minute, hour, weekday, start):
    fields = [",".join(map(str, sorted(values))) for values in (minute, hour, weekday)]
    spec = CronSpec(f"{fields[0]} {fields[1]} * * {fields[2]}")
    start = start.replace(tzinfo=timezone.utc)
    expected = start.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while not (expected.isoweekday() % 7 in weekday and expected.hour in hour and expected.minute in minute):
        jump = timedelta(minutes=1) if expected.hour in hour and expected.isoweekday() % 7 in weekday else None
        expected = expected + jump if jump else (expected + timedelta(hours=1)).replace(minute=0)
    assert spec.next_after(start) == expected


class Clock:
    """A clock that tests turn, and a scheduler on it that records which tasks ran."""

    def __init__(self) -> None:
        self.time = at("2026-01-01T00:00:30").timestamp()
        self.ran: list[float] = []
        self.scheduler = Scheduler(now=lambda: self.time, monotonic=lambda: self.time)
        self._done = threading.Semaphore(0)

    def task(self) -> None:
        self.ran.append(self.time)
        self._done.release()

    def go(self, seconds: float, *, runs: int = 0) -> float:
        self.time += seconds
        left = self.scheduler.run_due()
        for _ in range(runs):
            assert self._done.acquire(timeout=10)
        while self.scheduler.busy:
            threading.Event().wait(0.001)
        return left


def test_every_matching_minute_fires_once():
    clock = Clock()
    clock.scheduler.at(CronSpec("* * * * *"), clock.task)
    clock.scheduler.plan()
    assert clock.go(0) == 30
    for _ in range(5):
        clock.go(30, runs=1)
        clock.go(0.01)
        clock.go(29.99)
    assert len(clock.ran) == 5


def test_minutes_the_machine_slept_through_are_not_made_up_for():
    clock = Clock()
    clock.scheduler.at(CronSpec("*/5 * * * *"), clock.task)
    clock.scheduler.plan()
    clock.go(3600 + 90)
    assert clock.ran == []
    clock.go(3 * 60, runs=1)
    assert len(clock.ran) == 1


def test_interval_runs_first_after_the_interval():
    clock = Clock()
    clock.scheduler.every(10, clock.task)
    clock.scheduler.plan()
    assert clock.go(9) == pytest.approx(1)
    assert clock.ran == []
    clock.go(1, runs=1)
    clock.go(10, runs=1)
    assert len(clock.ran) == 2


def test_task_that_still_runs_is_not_started_again():
    clock, gate = Clock(), threading.Event()
    started: list[int] = []

    def slow() -> None:
        started.append(1)
        gate.wait(10)

    clock.scheduler.every(1, slow)
    clock.scheduler.plan()
    for _ in range(3):
        clock.time += 1
        clock.scheduler.run_due()
    gate.set()
    while clock.scheduler.busy:
        threading.Event().wait(0.001)
    assert started == [1]


@pytest.mark.parametrize("seconds", [0, -1, 0.5])
def test_interval_below_a_second_is_refused(seconds):
    with pytest.raises(ValueError, match="at least 1"):
        Plugin().schedule(seconds)


def test_scheduled_task_runs_in_a_worker_and_its_error_is_logged(start):
    host = start("@plugin.schedule(1)\ndef tick(ctx): ctx.kv.set('tick', 1); raise ValueError('tock')")
    host.boot()
    assert host.wait_for_method("kv.put")["params"] == {"key": "tick", "value": 1}
    error = host.wait_for(lambda line: line.get("params", {}).get("level") == "error")
    assert error["params"]["message"].startswith("Scheduled task error (tick):")


def test_cron_tasks_the_host_fires_have_no_thread(start):
    host = start(
        "@plugin.cron('* * * * *')\ndef mine(ctx): pass\n"
        "@plugin.on_dashboard('threads')\ndef f(ctx, params): return [t.name for t in threading.enumerate()]"
    )
    host.boot(host_cron=["mine"])
    assert "plugin-schedule" not in host.ask("dashboard.threads")["result"]
