"""The threads that run handlers: a few for events, one kept free for what the owner is waiting for."""

from __future__ import annotations

import os
import threading
from _thread import allocate_lock
from collections import deque
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Job: TypeAlias = Callable[[], None]

DEFAULT_THREADS = 4
MAX_THREADS = 16
QUEUE_LENGTH = 2048
# Enough that endless recursion of a handler ends in RecursionError and not in the end of the process (256 KB are not);
# only pages that are used cost memory, and below 2 MB the kernel gives no huge ones.
THREAD_STACK_BYTES = 1024 * 1024


def thread_count() -> int:
    """Return how many threads run event handlers at the same time."""
    for name in ("MMO_SDK_DISPATCH_THREADS", "YOURBOT_SDK_DISPATCH_THREADS"):
        value = os.environ.get(name, "")
        if value.isdecimal() and int(value) > 0:
            return min(int(value), MAX_THREADS)
    return DEFAULT_THREADS


def start_thread(run: Callable[[], None], name: str) -> None:
    """Start a daemon thread with a small stack: a worker has 64 MB for everything."""
    thread = threading.Thread(target=run, name=name, daemon=True)
    previous = threading.stack_size(THREAD_STACK_BYTES)
    try:
        thread.start()
    finally:
        threading.stack_size(previous)


class _Worker:
    """One thread of a lane, and the job it is woken for."""

    __slots__ = ("job", "wake")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.wake = allocate_lock()
        self.wake.acquire()


class Lane:
    """Up to *threads* daemon threads, started when they are first needed, and the jobs that wait for them.

    The thread that ran last runs next: its stack is in use already, so a quiet plugin touches one of them only.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._limit = threads
        self._lock = allocate_lock()
        self._threads = 0
        self._idle: list[_Worker] = []
        self._waiting: deque[Job] = deque()

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._threads > len(self._idle)

    def has_free_thread(self) -> bool:
        """Whether a job submitted now would run at once."""
        return bool(self._idle) or self._threads < self._limit

    def submit(self, job: Job) -> bool:
        """Run *job* on one of the threads; return ``False`` if too many wait already."""
        with self._lock:
            if self._idle:
                worker = self._idle.pop()
            elif self._threads < self._limit:
                self._threads += 1
                start_thread(partial(self._work, _Worker(job)), f"{self._name}-{self._threads}")
                return True
            elif len(self._waiting) < QUEUE_LENGTH:
                self._waiting.append(job)
                return True
            else:
                return False
        worker.job = job
        worker.wake.release()
        return True

    def _work(self, worker: _Worker) -> None:
        while True:
            try:
                worker.job()
            except BaseException:  # a job reports its own errors; nothing it does may cost a thread
                pass
            with self._lock:
                if self._waiting:
                    worker.job = self._waiting.popleft()
                    continue
                worker.job = _nothing
                self._idle.append(worker)
            worker.wake.acquire()


def _nothing() -> None:
    """The job of a thread that has none."""


class Dispatcher:
    """Runs events on one lane and requests of the owner on whichever lane is free."""

    def __init__(self) -> None:
        self._events = Lane("plugin-event", thread_count())
        self._reserved = Lane("plugin-request", 1)

    @property
    def busy(self) -> bool:
        """Whether any handler runs or waits."""
        return self._events.busy or self._reserved.busy

    def event(self, job: Job) -> bool:
        """Run an event's handlers; return ``False`` if too many events wait."""
        return self._events.submit(job)

    def request(self, job: Job) -> bool:
        """Run a dashboard or lifecycle handler: beside the events if there is room, else on the reserved thread."""
        lane = self._events if self._events.has_free_thread() else self._reserved
        return lane.submit(job)
