"""The one thread that waits for the plugin's ``schedule`` and ``cron`` tasks to fall due."""

from __future__ import annotations

import threading
import time
from functools import partial

from ._dispatch import start_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ._cron import CronSpec

# A clock that was set back or forward is noticed after this long at the latest.
LONGEST_WAIT_SECONDS = 30.0
# A cron minute that is over (the machine slept) is not made up for.
MISSED_SECONDS = 60.0


class _Task:
    """One function that runs again and again, never twice at the same time."""

    __slots__ = ("interval", "next_at", "run", "running", "spec")

    def __init__(self, run: Callable[[], None], *, interval: int = 0, spec: CronSpec | None = None) -> None:
        self.run = run
        self.interval = interval
        self.spec = spec
        self.next_at = 0.0
        self.running = False


class Scheduler:
    """Starts every task when it falls due, each on a thread of its own; a task that still runs is skipped."""

    def __init__(
        self, *, now: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self._tasks: list[_Task] = []
        self._stopped = threading.Event()

    @property
    def busy(self) -> bool:
        """Whether a task is running."""
        return any(task.running for task in self._tasks)

    def every(self, seconds: int, run: Callable[[], None]) -> None:
        """Run *run* every *seconds*, first after that time."""
        self._tasks.append(_Task(run, interval=seconds))

    def at(self, spec: CronSpec, run: Callable[[], None]) -> None:
        """Run *run* in every minute that matches *spec*."""
        self._tasks.append(_Task(run, spec=spec))

    def start(self) -> None:
        """Begin to wait, if there is anything to wait for."""
        if self._tasks:
            self.plan()
            start_thread(self._loop, "plugin-schedule")

    def stop(self) -> None:
        """Start no task any more."""
        self._stopped.set()

    def plan(self) -> None:
        """Set when each task runs first."""
        for task in self._tasks:
            task.next_at = self._next(task)

    def _next(self, task: _Task) -> float:
        if task.spec is None:
            return self._monotonic() + task.interval
        from datetime import datetime, timezone

        # Strictly after the minute that has just fired, whatever a task or the machine cost in between.
        base = max(self._now(), task.next_at)
        following = task.spec.next_after(datetime.fromtimestamp(base, timezone.utc))
        return following.timestamp() if following is not None else float("inf")

    def _time_left(self, task: _Task) -> float:
        return task.next_at - (self._monotonic() if task.spec is None else self._now())

    def run_due(self) -> float:
        """Start the tasks that are due; return the seconds until the next one is."""
        for task in self._tasks:
            late = -self._time_left(task)
            if late < 0:
                continue
            task.next_at = self._next(task)
            missed = task.spec is not None and late >= MISSED_SECONDS
            if not task.running and not missed:
                task.running = True
                start_thread(partial(self._run, task), "plugin-task")
        return max(0.0, min(self._time_left(task) for task in self._tasks))

    def _run(self, task: _Task) -> None:
        try:
            task.run()
        finally:
            task.running = False

    def _loop(self) -> None:
        while not self._stopped.wait(min(self.run_due(), LONGEST_WAIT_SECONDS)):
            pass
