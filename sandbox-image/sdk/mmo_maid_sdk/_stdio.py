"""The worker's three standard streams: two belong to the host's protocol, one to the plugin."""

from __future__ import annotations

import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_BYTES = 65_536
# Far more than any host sends; what is longer is dropped up to its end.
MAX_LINE_BYTES = 16 * 1024 * 1024


class ClaimedStreams:
    """Takes stdin and stdout for the protocol as long as it is open; the plugin's own prints go to stderr.

    File descriptors 0 and 1 are moved away and replaced, so not even a C library can write between two messages.
    """

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        self.reader = os.dup(0)
        self.writer = os.dup(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(line_buffering=True)

    def close(self) -> None:
        """Give the streams back."""
        _flush(sys.stdout)
        os.dup2(self.reader, 0)
        os.dup2(self.writer, 1)
        os.close(self.reader)
        os.close(self.writer)


def _flush(stream: object) -> None:
    try:
        stream.flush()  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        pass


class LineReader:
    """Splits what arrives on a file descriptor into lines, in bounded memory."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._partial: list[bytes] = []
        self._partial_bytes = 0
        self._too_long = False

    def wait(self, seconds: float) -> bool:
        """Wait until something can be read or the other side is gone; return whether that is so."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return bool(poll.poll(int(seconds * 1000)))

    def read(self) -> list[bytes] | None:
        """Wait for more and return the lines that are complete with it; ``None`` at the end."""
        try:
            chunk = os.read(self._fd, CHUNK_BYTES)
        except OSError:
            return None
        if not chunk:
            return None
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines and (self._partial or self._too_long):
            lines[0] = b"" if self._too_long else b"".join([*self._partial, lines[0]])
            self._partial, self._partial_bytes, self._too_long = [], 0, False
        if rest and not self._too_long:
            self._partial.append(rest)
            self._partial_bytes += len(rest)
            if self._partial_bytes > MAX_LINE_BYTES:
                self._partial, self._too_long = [], True
        return lines

    def __iter__(self) -> Iterator[bytes]:
        """Yield line after line until the end."""
        while (lines := self.read()) is not None:
            yield from lines
