"""Every public name and signature of the published SDKs exists here, compatibly; the differences are written down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from host import SDK_DIR, published
from table import ROWS, Row

PUBLISHED = {"mmo_maid_sdk-0.5.2": "mmo_maid_sdk", "mmo_maid_sdk-0.5.4": "mmo_maid_sdk", "yourbot_sdk-0.10.1": "yourbot_sdk"}
DESCRIBE = Path(__file__).with_name("describe.py")

# What differs on purpose: "name: parameter" -> why. Beside these a parameter may become optional, and new ones may come.
INTENDED = {
    "Context.kv.increment: amount": "0.5.x has it keyword-only, 0.10.x also by position: the wider form serves both",
    "testing.MockContext.kv.increment: amount": "the same",
    "testing.MockContext.metrics.query: period": "the 0.5.x mock defaults to 30d where its own real method says 7d",
    "testing.MockContext.http.post: body": "the 0.5.x mock has a default, the real method none: a test must not hide it",
    **{
        f"testing.MockContext.{name}": "0.5.x mocks took positional arguments that fail in production; refused here"
        for name in (
            "log: level", "log: tags", "http.get: headers", "http.post: headers", "http.post: body", "http.request: headers",
            "http.request: body", "interaction.defer: ephemeral", "interaction.send_modal: title",
            "interaction.send_modal: custom_id", "interaction.send_modal: fields",
            *(f"interaction.{method}: {parameter}" for method in ("respond", "followup")
              for parameter in ("content", "embeds", "components", "ephemeral", "allowed_mentions")),
        )
    },
    "testing.MockContext().log: level": "the same",
    "testing.MockContext().log: tags": "the same",
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
    problems = {where: found for where, parameters in theirs.items() if (found := compare(where, parameters, ours))}
    intended = {where for where, parameters in theirs.items() for key in parameters or [] if f"{where}: {key[0]}" in INTENDED}
    equal = len(theirs) - len(problems) - len(intended - problems.keys())
    ROWS.append(Row("public names and signatures", name, equal, len(intended - problems.keys()), len(problems)))
    assert problems == {}


def test_every_intended_difference_is_one():
    theirs = [describe(published(name), PUBLISHED[name]) for name in PUBLISHED]
    parameters = {f"{where}: {key[0]}" for names in theirs for where, found in names.items() for key in found or []}
    assert INTENDED.keys() <= parameters


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
        if f"{where}: {name}" in INTENDED or kind.startswith("VAR"):
            continue
        if name not in mine:
            problems.append(f"{where}: parameter {name} is missing")
        elif kind != "KEYWORD_ONLY" and mine[name][0] == "KEYWORD_ONLY":
            problems.append(f"{where}: {name} can no longer be given by position")
        elif kind == "KEYWORD_ONLY" and mine[name][0] not in ("KEYWORD_ONLY", "VAR_KEYWORD"):
            problems.append(f"{where}: {name} is keyword-only there")
        elif default is not None and default != mine[name][1]:
            problems.append(f"{where}: {name} defaults to {mine[name][1]}, there to {default}")
    order = [name for name, kind, _ in parameters if kind == "POSITIONAL_OR_KEYWORD" and f"{where}: {name}" not in INTENDED]
    if order != [name for name in mine if name in order]:
        problems.append(f"{where}: another order of parameters")
    known = {name for name, _, _ in parameters}
    problems += [
        f"{where}: new parameter {name} without a default"
        for name, (kind, default) in mine.items()
        if name not in known and default is None and not kind.startswith("VAR")
    ]
    return problems
