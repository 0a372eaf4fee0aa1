"""Fixtures: plugin processes that end with the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from host import Host  # noqa: E402
from table import table  # noqa: E402

HEADER = "from mmo_maid_sdk import *\nimport mmo_maid_sdk, time, threading\nplugin = Plugin()\n"
FOOTER = "\nplugin.run()\n"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """Return a function that starts a plugin from the text of its handlers."""
    hosts: list[Host] = []

    def start_plugin(handlers: str, **options: Any) -> Host:
        folder = tmp_path / str(len(hosts))
        folder.mkdir()
        host = Host(HEADER + handlers + FOOTER, folder, **options)
        hosts.append(host)
        return host

    yield start_plugin
    for host in hosts:
        host.kill()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was compared with the published SDKs."""
    lines = table()
    if lines:
        terminalreporter.write_sep("-", "compared with the published SDKs")
        for line in lines:
            terminalreporter.write_line(line)
