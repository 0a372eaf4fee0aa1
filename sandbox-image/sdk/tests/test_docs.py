"""The documentation is true: its code runs, its reference is that of the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from host import SDK_DIR, Host
from mmo_maid_sdk.cli import main


def test_tutorial_s_plugin_passes_its_tests_runs_its_events_and_packs(tmp_path, capfd):
    folder = tmp_path / "quote_book"
    assert main(["new", "quote_book", "--template", "slash", "-t", str(folder)]) == 0
    text = (SDK_DIR / "docs" / "tutorial.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL))
    assert set(files) == {"manifest.json", "__main__.py", "events.yaml", "tests/test_plugin.py"}
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(SDK_DIR)}
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, env=environment, capture_output=True,
        text=True, check=False,
    )
    assert "2 passed" in tests.stdout, tests.stdout
    assert main(["dev", "--mock", "--path", str(folder)]) == 0
    output = capfd.readouterr().out
    assert "reply: 'There are no quotes yet.'" in output
    assert "form: 'Add a quote'" in output
    assert "reply: 'Thank you, that is quote 1.'" in output
    assert main(["pack", "--path", str(folder)]) == 1
    assert "the sources use discord:add_reaction" in capfd.readouterr().out
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"storage:kv"]', '"storage:kv", "discord:add_reaction"]'))
    assert main(["pack", "--path", str(folder)]) == 0


def test_reference_is_what_the_code_says():
    made = subprocess.run(
        [sys.executable, "-B", "-c", "import make_reference; print(make_reference.reference(), end='')"],
        cwd=SDK_DIR / "docs", check=True, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert made.stdout == (SDK_DIR / "docs" / "reference.md").read_text(encoding="utf-8"), "run docs/make_reference.py"


def test_plugin_of_the_readme_answers(tmp_path: Path):
    text = (SDK_DIR / "README.md").read_text(encoding="utf-8")
    source = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert source is not None
    host = Host(source[1], tmp_path, answer=lambda call: {"result": {"value": 3}})
    try:
        host.boot()
        event = {"interaction_id": "1", "interaction_type": 2, "command_name": "hello", "user_id": "7", "user_name": "Ann"}
        host.deliver("e", "interaction_create", event)
        assert host.calls()[-1]["params"]["content"] == "Hello, Ann! Visit 3."
    finally:
        host.kill()
