"""Every public name and signature of the published SDKs exists here, compatibly; the differences are written down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from host import SDK_DIR, published

PUBLISHED = {"mmo_maid_sdk-0.5.2": "mmo_maid_sdk", "mmo_maid_sdk-0.5.4": "mmo_maid_sdk", "yourbot_sdk-0.10.1": "yourbot_sdk"}
DESCRIBE = Path(__file__).with_name("describe.py")

# What differs on purpose: "name: parameter" -> why.
INTENDED = {
    "Context.kv.increment: amount": "0.5.x had it keyword-only behind path; 0.10.x allows it by position: both work here",
    "Context.kv.increment: path": "0.5.x had it before amount, both keyword-only: no call can tell the order",
    "Context.sql.query: limit": "0.5.x is the same; listed for the return type, a list with a truncated attribute",
    "testing.MockContext.interaction.respond": "0.5.x mocks took positionals that fail in production; refused here too",
}


def describe(root: Path, package: str) -> dict[str, list]:
    """Return ``name -> parameters`` of everything public in an SDK, looked at in a process of its own."""
    output = subprocess.check_output([sys.executable, "-B", "-W", "ignore", str(DESCRIBE), str(root), package])
    return json.loads(output)


@pytest.fixture(scope="module")
def ours() -> dict[str, list]:
    return describe(SDK_DIR, "mmo_maid_sdk")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_names_and_signatures_exist(name, ours):
    theirs = describe(published(name), PUBLISHED[name])
    assert len(theirs) > 100
    problems = [problem for where, parameters in theirs.items() for problem in compare(where, parameters, ours)]
    assert problems == []


def test_both_import_names_are_the_same_objects():
    import mmo_maid_sdk
    import yourbot_sdk

    assert yourbot_sdk.__version__ == mmo_maid_sdk.__version__
    assert all(getattr(yourbot_sdk, name) is getattr(mmo_maid_sdk, name) for name in mmo_maid_sdk.__all__)
    for name in ("testing", "events", "responses", "dashboard", "cli", "_context", "_plugin", "_transport", "_validation"):
        import importlib

        second = importlib.import_module(f"yourbot_sdk.{name}")
        assert second is importlib.import_module(f"mmo_maid_sdk.{name}")


def compare(where: str, parameters: list | None, ours: dict[str, list]) -> list[str]:
    """Return what a caller of the published SDK could miss here."""
    if where not in ours:
        return [f"{where} is missing"]
    if parameters is None or ours[where] is None:
        return []
    mine = {name: (kind, default) for name, kind, default in ours[where]}
    problems = []
    for name, kind, default in parameters:
        if f"{where}: {name}" in INTENDED or where in INTENDED:
            continue
        if name not in mine:
            problems.append(f"{where}: parameter {name} is missing")
        elif kind != "KEYWORD_ONLY" and mine[name][0] == "KEYWORD_ONLY":
            problems.append(f"{where}: {name} can no longer be given by position")
        elif kind == "KEYWORD_ONLY" and mine[name][0] not in ("KEYWORD_ONLY", "VAR_KEYWORD"):
            problems.append(f"{where}: {name} is keyword-only there")
        elif default != mine[name][1]:
            problems.append(f"{where}: {name} defaults to {mine[name][1]}, there to {default}")
    order = [name for name, kind, _ in parameters if kind != "KEYWORD_ONLY" and f"{where}: {name}" not in INTENDED]
    if order != [name for name in mine if name in order]:
        problems.append(f"{where}: another order of parameters")
    known = {name for name, _, _ in parameters}
    problems += [
        f"{where}: new parameter {name} without a default"
        for name, (kind, default) in mine.items()
        if name not in known and default is None and not kind.startswith("VAR")
    ]
    return problems
