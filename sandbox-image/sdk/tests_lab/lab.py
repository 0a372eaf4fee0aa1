"""Runs a folder through ``homemaid try --json``: a locked container, a simulated Discord, the SDK of this checkout."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

SDK_DIR = Path(__file__).resolve().parents[1]
ROOT = SDK_DIR.parents[1]
WAIT_SECONDS = 900


def homemaid() -> str:
    """Return the command to test with."""
    binary = os.environ.get("HOMEMAID_BINARY", str(ROOT / "target" / "debug" / "homemaid"))
    assert Path(binary).is_file(), f"there is no {binary}; build it with: cargo build -p homemaid"
    return binary


def try_plugin(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the trial; everything the plugin asks for is granted."""
    environment = dict(os.environ)
    environment.setdefault("HOMEMAID_SHARE", str(ROOT / "build" / "share"))
    done = subprocess.run(
        [homemaid(), "try", str(folder), "--grant", "all", "--sdk", str(SDK_DIR), "--json"],
        env=environment, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert lines, done.stderr
    return lines


def result(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last line, the trial's verdict."""
    assert lines[-1]["kind"] == "result"
    return lines[-1]
