"""Calls to the host and messages from it, over two pipes, one JSON object a line."""

from __future__ import annotations

import os
import time
from _thread import allocate_lock
from collections import deque
from contextvars import ContextVar
from itertools import count

from ._encoding import decode, encode
from ._errors import MANIFEST_HINT, exception_for
from ._exceptions import RpcTimeoutError
from ._stdio import LineReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Message: TypeAlias = dict[str, Any]

CALL_SECONDS = 30.0
# Log lines that wait because another thread is writing; what does not fit is dropped and counted.
WAITING_LOG_LINES = 1000
WAITING_LOG_BYTES = 1024 * 1024
REJECTION_WARNINGS_PER_HOUR = 3
REJECTION_METHODS = 256
DRAIN_POLL_SECONDS = 0.01

_LOG = "plugin.log"


class Delivery:
    """What a handler is running for: the host wants its id on every call made meanwhile."""

    __slots__ = ("event_id", "interaction_id", "server_id")

    def __init__(self, event_id: str = "", interaction_id: str = "", server_id: str = "") -> None:
        self.event_id = event_id
        self.interaction_id = interaction_id
        self.server_id = server_id


# The delivery that the current thread (or asyncio task) is handling.
current_delivery: ContextVar[Delivery | None] = ContextVar("mmo_maid_current_delivery", default=None)


class _Waiter:
    """One call that waits for its answer; the lock is held until then."""

    __slots__ = ("answer", "lock")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.lock.acquire()
        self.answer: Message | None = None


class Transport:
    """One connection to the host. Safe to use from every thread; a dead host fails every call at once."""

    def __init__(self, read_fd: int = 0, write_fd: int = 1) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._reader: LineReader | None = None
        self._stopping = False
        self._closed = False
        self._ids = count(1)
        self._pending: dict[int, _Waiter] = {}
        self._write_lock = allocate_lock()
        self._logs: deque[bytes] = deque()
        self._log_bytes = 0
        self._logs_dropped = 0
        self._log_lock = allocate_lock()
        self._rejections: dict[str, tuple[int, int]] = {}

    @property
    def closed(self) -> bool:
        """Whether the host is gone."""
        return self._closed

    def use(self, read_fd: int, write_fd: int) -> None:
        """Speak over these two file descriptors from now on."""
        self._read_fd, self._write_fd = read_fd, write_fd

    # --- to the host ---

    def call(self, method: str, params: Message) -> Any:
        """Call *method* of the host, wait for its answer and return the result."""
        call_id = next(self._ids)
        line = encode({"jsonrpc": "2.0", "id": call_id, "method": method, "params": _correlated(params)})
        waiter = _Waiter()
        self._pending[call_id] = waiter
        if self._closed or not self._send(line):
            self._pending.pop(call_id, None)
            raise RpcTimeoutError(f"RPC aborted: transport closed ({method})")
        if not waiter.lock.acquire(True, CALL_SECONDS):
            if self._pending.pop(call_id, None) is not None:
                raise RpcTimeoutError(f"RPC timeout: {method} ({CALL_SECONDS:.0f}s)")
            # The reader has taken the entry and is about to hand the answer over.
            waiter.lock.acquire()
        answer = waiter.answer
        if answer is None:
            raise RpcTimeoutError(f"RPC aborted: transport closed ({method})")
        if answer.get("error") is not None:
            error = exception_for(method, answer["error"])
            self._warn_of_rejection(method, error.code, str(error).removesuffix(MANIFEST_HINT))
            raise error
        return answer.get("result")

    def notify(self, method: str, params: Message) -> None:
        """Tell the host something without waiting for an answer."""
        line = encode({"jsonrpc": "2.0", "method": method, "params": params})
        if method == _LOG:
            self._log(line)
        else:
            self._send(line)

    def reply(self, request_id: Any, result: Any) -> None:
        """Answer a request of the host."""
        self._send(encode({"jsonrpc": "2.0", "id": request_id, "result": result}))

    def reply_error(self, request_id: Any, message: str) -> None:
        """Refuse a request of the host."""
        self._send(encode({"jsonrpc": "2.0", "id": request_id, "error": {"message": message}}))

    def finish_event(self, event_id: str, *, failed: bool) -> None:
        """Acknowledge an event whose handlers have all returned or raised."""
        line = encode({"jsonrpc": "2.0", "method": "event.ack", "params": {"event_ids": [event_id]}})
        if failed:
            fail = {"event_id": event_id, "reason": "handler_exception"}
            line = encode({"jsonrpc": "2.0", "method": "event.fail", "params": fail}) + line
        self._send(line)

    def _send(self, data: bytes) -> bool:
        """Write *data* and every waiting log line before it; return whether the host is still there."""
        with self._write_lock:
            if self._logs:
                self._write_logs()
            sent = self._write(data)
        if self._logs:
            self._flush_logs()
        return sent

    def _write(self, data: bytes) -> bool:
        if self._closed:
            return False
        try:
            written = os.write(self._write_fd, data)
            while written < len(data):
                written += os.write(self._write_fd, data[written:])
        except OSError:
            self.close()
            return False
        return True

    # --- log lines: never worth waiting for ---

    def _log(self, line: bytes) -> None:
        with self._log_lock:
            if len(self._logs) >= WAITING_LOG_LINES or self._log_bytes + len(line) > WAITING_LOG_BYTES:
                self._logs_dropped += 1
                return
            self._logs.append(line)
            self._log_bytes += len(line)
        self._flush_logs()

    def _flush_logs(self) -> None:
        """Write the waiting log lines, unless another thread is writing: that one does it afterwards."""
        while self._logs and self._write_lock.acquire(False):
            try:
                self._write_logs()
            finally:
                self._write_lock.release()

    def _write_logs(self) -> None:
        with self._log_lock:
            lines = b"".join(self._logs)
            self._logs.clear()
            self._log_bytes = 0
            dropped, self._logs_dropped = self._logs_dropped, 0
        if dropped:
            message = f"{dropped} log lines were dropped: they came faster than the host could read them"
            params = {"level": "warning", "message": message, "tags": ["sdk", "dropped"]}
            lines += encode({"jsonrpc": "2.0", "method": _LOG, "params": params})
        self._write(lines)

    def _warn_of_rejection(self, method: str, code: str, message: str) -> None:
        """Log the first few refused calls of a method in each hour, so that a plugin that swallows errors is seen."""
        hour = int(time.time() // 3600)
        known_hour, warnings = self._rejections.get(method, (hour, 0))
        warnings = warnings + 1 if known_hour == hour else 1
        if len(self._rejections) < REJECTION_METHODS or method in self._rejections:
            self._rejections[method] = (hour, warnings)
        if warnings > REJECTION_WARNINGS_PER_HOUR:
            return
        if warnings == REJECTION_WARNINGS_PER_HOUR:
            message += " (further rejections this hour are counted, not logged)"
        text = f"SDK call {method} was rejected by the platform: {message}"
        extra = {"method": method, "code": code}
        self.notify(_LOG, {"level": "warning", "message": text[:4000], "tags": ["sdk", "rejected"], "extra": extra})

    # --- from the host ---

    def read_loop(self, receive: Callable[[Message], None]) -> None:
        """Hand answers to their callers and everything else to *receive*, until the host is gone or ``stop_reading``."""
        self._reader = LineReader(self._read_fd)
        while not self._stopping:
            lines = self._reader.read()
            if lines is None:
                self.close()
                return
            self._take(lines, receive)

    def stop_reading(self) -> None:
        """Make ``read_loop`` return; to be called by what it calls."""
        self._stopping = True

    def drain(self, receive: Callable[[Message], None], seconds: float, done: Callable[[], bool]) -> None:
        """Go on reading until *done*, the end or the time is over, so that running handlers get their answers."""
        deadline = time.monotonic() + seconds
        while self._reader is not None and not done() and time.monotonic() < deadline:
            if self._reader.wait(DRAIN_POLL_SECONDS):
                lines = self._reader.read()
                if lines is None:
                    return
                self._take(lines, receive)

    def _take(self, lines: list[bytes], receive: Callable[[Message], None]) -> None:
        for line in lines:
            message = decode(line)
            if message is None:
                continue
            message_id = message.get("id")
            if type(message_id) is int:
                waiter = self._pending.pop(message_id, None)
                if waiter is not None:
                    waiter.answer = message
                    waiter.lock.release()
                    continue
            if isinstance(message.get("method"), str):
                receive(message)

    def close(self) -> None:
        """Fail every waiting call, and every later one at once."""
        self._closed = True
        while self._pending:
            try:
                _, waiter = self._pending.popitem()
            except KeyError:
                return
            waiter.lock.release()


def _correlated(params: Message) -> Message:
    """Return *params* with what tells the host why the call is made; the caller's own keys win."""
    delivery = current_delivery.get()
    if delivery is None:
        return params
    correlation: Message = {}
    if delivery.event_id:
        correlation["_event_id"] = delivery.event_id
    if delivery.server_id:
        correlation["_pool_discord_srv_id"] = delivery.server_id
    return {**correlation, **params}
