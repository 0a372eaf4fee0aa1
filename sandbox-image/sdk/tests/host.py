"""A small host for tests: starts a plugin with one of the SDKs and speaks the wire protocol with it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

SDK_DIR = Path(__file__).resolve().parents[1]
BOOT = {
    "discord_srv_id": "1",
    "plugin_id": "demo",
    "version": "1.0.0",
    "capabilities": ["storage:kv", "discord:send_message", "interaction:respond"],
}
WAIT_SECONDS = 20.0
# A plugin that prints this before it runs has a host that reads nothing after it.
STOP_READING = "stop reading"

Message = dict[str, Any]
Answer = Callable[[Message], Message]


def ok(_: Message) -> Message:
    """Answer every call with an empty success."""
    return {"result": {"ok": True}}


class Host:
    """One plugin process. Its calls are answered by *answer*; every line it writes is kept in order."""

    def __init__(self, source: str, folder: Path, *, sdk: Path = SDK_DIR, answer: Answer = ok) -> None:
        plugin = folder / "__main__.py"
        plugin.write_text(source, encoding="utf-8")
        self.answer = answer
        self.lines: list[Message | str] = []
        self.errors: list[str] = []
        self._seen = 0
        self._arrived: queue.Queue[Message | str | None] = queue.Queue()
        self._ids = 0
        self._lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-u", "-X", "utf8", "-W", "ignore", str(plugin)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PYTHONPATH": str(sdk)},
            cwd=folder,
        )
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._read_errors)]
        for thread in self._threads:
            thread.start()

    # --- to the plugin ---

    def send_raw(self, line: bytes) -> None:
        """Write bytes as they are."""
        assert self.process.stdin
        with self._lock:
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def send(self, **message: Any) -> None:
        """Write one JSON-RPC message."""
        self.send_raw(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def request(self, method: str, params: Message) -> str:
        """Send a request and return its id."""
        self._ids += 1
        request_id = f"h:{self._ids}"
        self.send(id=request_id, method=method, params=params)
        return request_id

    def ask(self, method: str, params: Message | None = None) -> Message:
        """Send a request and wait for the response."""
        request_id = self.request(method, params or {})
        return self.wait_for(lambda line: line.get("id") == request_id and "method" not in line)

    def boot(self, **changes: Any) -> Message:
        """Send ``host.boot`` and wait for the reply."""
        return self.ask("host.boot", {**BOOT, **changes})

    def event(self, event_id: str, event_type: str, event: Message, **changes: Any) -> None:
        """Deliver an event."""
        params = {"event_id": event_id, "event_type": event_type, "event": event, **BOOT, **changes}
        self.send(method=f"event.{event_type}", params=params)

    def deliver(self, event_id: str, event_type: str, event: Message) -> list[Message]:
        """Deliver an event, wait until it is acknowledged and return what the plugin sent for it meanwhile."""
        start = len(self.lines)
        self.event(event_id, event_type, event)
        self.wait_for_ack(event_id)
        lines = [line for line in self.lines[start:] if isinstance(line, dict)]
        return [line for line in lines if line.get("method") != "plugin.ready"]

    # --- from the plugin ---

    def wait_for(self, matches: Callable[[Message], bool]) -> Message:
        """Return the next message that *matches*, among those not yet waited past, waiting for it if need be."""
        for line in self.lines[self._seen :]:
            self._seen += 1
            if isinstance(line, dict) and matches(line):
                return line
        while True:
            line = self._arrived.get(timeout=WAIT_SECONDS)
            if line is None:
                raise AssertionError(f"the plugin ended; it wrote {self.lines}, errors {''.join(self.errors)}")
            self.lines.append(line)
            self._seen = len(self.lines)
            if isinstance(line, dict) and matches(line):
                return line

    def wait_for_method(self, method: str) -> Message:
        """Wait for a call or notification of the plugin."""
        return self.wait_for(lambda line: line.get("method") == method)

    def wait_for_ack(self, event_id: str) -> Message:
        """Wait until an event is acknowledged."""

        def acknowledges(line: Message) -> bool:
            params = line.get("params", {})
            return line.get("method") == "event.ack" and (
                params.get("event_id") == event_id or event_id in params.get("event_ids", [])
            )

        return self.wait_for(acknowledges)

    def logs(self) -> list[Message]:
        """Return the parameters of all log lines so far."""
        return [line["params"] for line in self.lines if isinstance(line, dict) and line.get("method") == "plugin.log"]

    def calls(self) -> list[Message]:
        """Return all calls of the plugin so far."""
        return [line for line in self.lines if isinstance(line, dict) and "id" in line and "method" in line]

    def finish(self) -> int:
        """Close stdin, read what is left and return the exit status."""
        assert self.process.stdin
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        return self.wait()

    def wait(self) -> int:
        """Wait for the end of the process and return its exit status."""
        status = self.process.wait(WAIT_SECONDS)
        for thread in self._threads:
            thread.join(WAIT_SECONDS)
        while not self._arrived.empty():
            line = self._arrived.get()
            if line is not None:
                self.lines.append(line)
        return status

    def kill(self) -> None:
        """End the process, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(WAIT_SECONDS)
        for thread in self._threads:  # they end with the process; closing what they read from before would disturb them
            thread.join(WAIT_SECONDS)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                if stream:
                    stream.close()
            except BrokenPipeError:
                pass

    def _read(self) -> None:
        assert self.process.stdout
        for raw in self.process.stdout:
            try:
                line: Message | str = json.loads(raw)
            except ValueError:
                line = raw.decode("utf-8", "replace").rstrip("\n")
            if line == STOP_READING:
                # Nobody else reads from the pipe, so the plugin's next write finds it broken.
                null = os.open(os.devnull, os.O_RDONLY)
                os.dup2(null, self.process.stdout.fileno())
                os.close(null)
                break
            if isinstance(line, dict) and "id" in line and "method" in line:
                answer = self.answer(line)
                if answer:
                    self._reply({"jsonrpc": "2.0", "id": line["id"], **answer})
            self._arrived.put(line)
        self._arrived.put(None)

    def _reply(self, message: Message) -> None:
        try:
            self.send_raw(json.dumps(message).encode() + b"\n")
        except (BrokenPipeError, ValueError):
            pass

    def _read_errors(self) -> None:
        assert self.process.stderr
        for raw in self.process.stderr:
            self.errors.append(raw.decode("utf-8", "replace"))


def published(name: str) -> Path:
    """Return the folder with an unpacked published SDK."""
    return Path(os.environ["PUBLISHED_SDKS"]) / name
