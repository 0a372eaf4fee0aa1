"""A clock that tests turn by hand."""

from __future__ import annotations

import time


class MockClock:
    """Stands at *start* seconds until ``advance`` moves it; without *start* it is the wall clock."""

    def __init__(self, start: float | None = None) -> None:
        self._now = None if start is None else float(start)

    def now(self) -> float:
        """Return the time in seconds."""
        return time.time() if self._now is None else self._now

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        if self._now is None:
            raise RuntimeError("a wall clock cannot be advanced; give MockClock a start")
        self._now += seconds
