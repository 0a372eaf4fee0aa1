"""The validator needs nothing that a worker has not: it judges an unpacked plugin inside a locked container of 64 MB."""

from __future__ import annotations

import json
from pathlib import Path

from lab import result, try_plugin
from mmo_maid_sdk._validation import validate_tree

PLUGIN = """
import json
from pathlib import Path
from mmo_maid_sdk import Plugin
from mmo_maid_sdk._validation import validate_tree

plugin = Plugin()
NAMES = {names}


@plugin.on_event("message_create")
def judge(ctx, event):
    found = validate_tree(str(Path(__file__).parent), plugin_id="judge", version="1.0.0", names=NAMES)
    print("found " + json.dumps([[f.code, f.path, f.line] for f in found.findings]))


plugin.run()
"""
NAMES = ["manifest.json", "lib/odd.py", "__main__.py", "lib/long.py", "lib/data.py", "dashboard_manifest.json"]
# Nothing the host's own intake refuses.
FILES = {
    "manifest.json": json.dumps({"id": "judge", "name": "Judge", "version": "1.0.0", "capabilities_required": ["discord:read"]}),
    "__main__.py": PLUGIN.replace("{names}", repr(NAMES)),
    "lib/odd.py": "import nothing_at_all\ndef f(ctx, t): ctx.sql.query(f'{t}'); eval('1'); ctx.metrics.total()\n",
    "lib/long.py": "x = " + "1 + " * 20_000 + "1\n",
    "lib/data.py": "VALUES = [\n" + "    'text',\n" * 8_000 + "]\n",
    "dashboard_manifest.json": json.dumps({"schema": 2, "pages": [{"id": "p", "title": "P", "widgets": [{"id": "w", "type": "chart"}]}]}),
    "events.yaml": "- type: message_create\n  content: now\n",
}


def test_validator_runs_in_a_worker(tmp_path: Path):
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    lines = try_plugin(tmp_path)
    found = [line["message"] for line in lines if line["kind"] == "log" and line["message"].startswith("found ")]
    assert result(lines)["ok"], lines[-5:]
    here = validate_tree(str(tmp_path), plugin_id="judge", version="1.0.0", names=NAMES)
    inside = json.loads(found[0].removeprefix("found "))
    assert [code for code, _, _ in inside] == [finding.code for finding in here.findings]
    assert {"sql_string_interpolation", "forbidden_eval", "syntax_error", "dashboard_manifest_invalid"} <= {code for code, _, _ in inside}
