"""Puts the SDK of this checkout first, and gives every test the time a trial on a busy machine may take."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A trial starts a container and waits for real workers."""
    for item in items:
        item.add_marker(pytest.mark.timeout(900))
