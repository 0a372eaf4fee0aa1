"""The tutorial's plugin, made from the tutorial's own code, runs in the real lab and does there what the page says."""

from __future__ import annotations

import re
from pathlib import Path

from lab import SDK_DIR, result, try_plugin
from mmo_maid_sdk.cli import main


def test_plugin_of_the_tutorial_runs_in_the_lab(tmp_path: Path):
    folder = tmp_path / "quote_book"
    assert main(["new", "quote_book", "--template", "slash", "-t", str(folder)]) == 0
    text = (SDK_DIR / "docs" / "tutorial.md").read_text(encoding="utf-8")
    for name, content in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL):
        (folder / name).write_text(content, encoding="utf-8")
    # The page leaves it to the author to add the capability that the validator asks for.
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"storage:kv"]', '"storage:kv", "discord:add_reaction"]'))
    lines = try_plugin(folder)
    replies = [line["data"].get("content") for line in lines if line["kind"] == "discord" and line["effect"] == "reply"]
    modals = [line for line in lines if line["kind"] == "discord" and line["effect"] == "modal"]
    calls = [line["method"] for line in lines if line["kind"] == "call"]
    assert replies == ["There are no quotes yet.", "Thank you, that is quote 1."], lines
    assert len(modals) == 1
    assert calls == ["kv.get", "interaction.respond", "ephemeral.dedup", "interaction.send_modal", "kv.increment", "kv.put", "interaction.respond"]
    assert [line["message"] for line in lines if line["kind"] == "log" and line["source"] == "plugin" and "quote" in line["message"]] == ["a quote was added"]
    verdict = result(lines)
    assert (verdict["ok"], verdict["failed"], verdict["refused"]) == (True, 0, 0)
