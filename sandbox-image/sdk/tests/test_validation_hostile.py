"""Hostile zips end in findings: no exception, no hang, no memory beyond what the limits allow."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from host import SDK_DIR
from mmo_maid_sdk._statements import refusal
from mmo_maid_sdk._validation import validate_tree
from plugin_zips import MANIFEST, codes, plugin, validate

MIB = 1024 * 1024
SOURCES = {
    "nested brackets": b"x = " + b"(" * 150 + b")" * 150,
    "too many brackets": b"x = " + b"[" * 100_000,
    "nested sums": b"x = " + b"1+" * 90_000 + b"1",
    "nested attributes": b"x = a" + b".a" * 90_000,
    "nested calls": b"x = a" + b"()" * 60_000,
    "nested unary": b"x = " + b"-" * 150_000 + b"1",
    "nested not": b"x = " + b"not " * 150_000 + b"1",
    "nested lambdas": b"x = " + b"lambda:" * 60_000 + b"1",
    "nested else": b"x = " + b"1 if 1 else " * 40_000 + b"1",
    "sql sums": b"def f(ctx): ctx.sql.query('a' " + b"+ 'a'" * 2500 + b")",
    "nested f-strings": b"x = f'" + b"{f\"{" * 40 + b"}}" * 40 + b"'",
    "deep blocks": b"".join(b" " * n + b"if 1:\n" for n in range(99)) + b" " * 99 + b"x",
    "too deep blocks": b"".join(b" " * n + b"if 1:\n" for n in range(900)),
    "one long line": b"x = 1;" * 60_000,
    "decorators of cron": b'@x.cron("' * 100_000,
    "decorators of cron, closed": b'@x.cron("a")' * 80_000,
    "lines of cron": b'@x.cron("a")\n' * 70_000,
    "lines of commands": b"@x.on_slash_command(" * 50_000,
    "spaces": b"@x.on_slash_command" + b" " * 900_000,
    "empty lines": b"\n" * 1_000_000,
    "word": b"@" + b"a" * 1_000_000,
    "at signs": b"@" * 1_000_000,
    "dashboards": b".on_dashboard(" * 70_000,
    "NUL": b"x = '\0'",
    "only NUL": b"\0" * 1_000_000,
    "UTF-16": "x = 1".encode("utf-16"),
    "BOM": b"\xef\xbb\xbfx = 1",
    "bad UTF-8": b"x = '\xff\xfe'",
    "punycode": b"# coding: punycode\n" + b"x-" * 400_000,
    "unknown encoding": b"# coding: no-such-thing\nx = 1",
    "UTF-7": b"# coding: utf-7\n+AGUAdgBhAGw-('1')",
    "latin-1": b"# coding: latin-1\nx = '\xff'",
    "hex": b"# -*- coding: hex_codec -*-\n00",
    "long coding line": b"#" + b" coding" * 100_000,
    "carriage returns": b"x = 1\r" * 100_000,
    "form feeds": b"\f" * 1_000_000,
    "many names": b"".join(b"import m%d\n" % n for n in range(40_000)),
    "many handlers": b"".join(b"@p.on_slash_command('c%d')\n" % n for n in range(20_000)),
    "long number": b"x = " + b"9" * 900_000,
    "surrogates": b"x = '\\ud800'",
    "tabs and spaces": b"if 1:\n\tx\n        y\n",
    "unterminated": b"'''" + b"x\n" * 400_000,
    "many guards": b"try:\n  f()\nexcept TypeError: pass\n" * 14_000,
}  # fmt: skip
JSON = {
    "nested lists": "[" * 500_000,
    "nested objects": '{"a":' * 100_000,
    "long number": '{"id": ' + "9" * 900_000 + "}",
    "infinity": json.dumps({**MANIFEST, "cron": float("inf"), "slash_commands": [float("nan")]}),
    "surrogates": json.dumps({**MANIFEST, "name": "\ud800", "description": "\udfff", "cron": [{"spec": "\ud800", "name": "\ud800"}],
                              "slash_commands": [{"name": "\ud800"}], "capabilities": ["\ud800", "\ud800:x"], "proxy_domains": ["\ud800"]}),
    "control characters": json.dumps({**MANIFEST, "name": "a\x1b[2Jb", "capabilities": ["a\nb"], "proxy_domains": ["\x00"]}),
    "many findings": json.dumps({**MANIFEST, "capabilities": list(range(100_000))}),
    "many commands": json.dumps({**MANIFEST, "slash_commands": [5] * 100_000}),
    "many options": json.dumps({**MANIFEST, "slash_commands": [{"name": "a", "options": [{}] * 100_000}]}),
    "many cron": json.dumps({**MANIFEST, "cron": [{"spec": "x" * 10, "name": "a"}] * 10_000}),
    "wide cron": json.dumps({**MANIFEST, "cron": [{"spec": ",".join(["*"] * 100_000) + " * * * *", "name": "a"}] * 3}),
    "wrong types": json.dumps({key: [] for key in ("id", "name", "version", "description", "homepage", "entrypoint")}),
    "wrong lists": json.dumps({**MANIFEST, **{key: {"a": 1} for key in ("capabilities", "proxy_domains", "slash_commands", "cron")}}),
    "booleans": json.dumps({**MANIFEST, "slash_commands": True, "cron": False, "dashboard_manifest": True}),
}  # fmt: skip
DASHBOARDS = {
    "nested": '{"pages":' * 50_000,
    "many pages": json.dumps({"pages": [{}] * 200_000}),
    "many widgets": json.dumps({"schema": 2, "pages": [{"id": 1, "title": 1, "widgets": [{"id": "a", "type": "text"}] * 20_000}]}),
    "unhashable": json.dumps({"schema": 2, "mode": "manifest", "pages": [{"id": [], "title": {}, "widgets": [
        {"type": [], "id": {}, "width": {}, "height": [], "source": {}, "style": [], "visible_when": {"source": []}, "columns": [[], {"format": []}]}]}]}),
    "surrogates": json.dumps({"mode": "iframe", "pages": [{"id": "\ud800", "title": "\ud800", "src": "\ud800"}]}),
    "schema is a list": '{"schema": []}',
    "mode is an object": '{"mode": {}}',
    "pages is null": '{"pages": null}',
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_source_ends_in_findings(name):
    result = validate(plugin(files={"evil.py": SOURCES[name]}))
    json.dumps(result.to_payload()).encode()
    assert len(result.findings) <= 1001


@pytest.mark.parametrize("name", JSON)
def test_manifest_ends_in_findings(name):
    result = validate(plugin(files={"manifest.json": JSON[name]}))
    assert result.has_errors
    json.dumps(result.to_payload(), ensure_ascii=False).encode()
    assert all(len(finding.message) <= 600 and "\x1b" not in finding.message for finding in result.findings)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboard_ends_in_findings(name):
    result = validate(plugin(files={"dashboard_manifest.json": DASHBOARDS[name]}))
    json.dumps(result.to_payload(), ensure_ascii=False).encode()
    assert sum(finding.code == "dashboard_manifest_invalid" for finding in result.findings) <= 10


@pytest.mark.parametrize(
    "sql",
    ["'" * 500_001, '"' * 500_001, "/*" * 400_000, "$a$" * 300_000, "$a" * 400_000, "a$" * 400_000, "--\n" * 300_000, ";" * 200_000,
     "(" * 200_000, "SELECT " * 100_000, "WITH a AS (" * 20_000, "e'\\" * 300_000, "1.1." * 50_000, "\u200b" * 900_000, " " * 900_000],
    ids=lambda sql: repr(sql[:8]),
)  # fmt: skip
def test_sql_of_any_form_is_judged(sql):
    assert isinstance(refusal(sql, several=True), str)


def test_worst_source_stays_within_the_memory_of_the_limits(tmp_path: Path):
    """The densest source of the largest size that is parsed, judged by the module as a worker runs it."""
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "__main__.py").write_text("a\n" * 199_000)
    peak = MIB * 1024

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (peak, peak))

    done = subprocess.run(
        [sys.executable, "-B", "-m", "mmo_maid_sdk._validation", str(tmp_path), "my_plugin", "1.0.0"],
        env={**os.environ, "PYTHONPATH": str(SDK_DIR)}, preexec_fn=limit, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"errors": [], "warnings": [], "has_errors": False}


def test_tree_is_judged_as_its_zip_is(tmp_path: Path):
    files = plugin("import requests\neval('1')\n", {"dashboard/index.html": "x", "lib/a.py": "def (", ".DS_Store": ""})
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    tree = validate_tree(str(tmp_path), plugin_id="my_plugin", version="1.0.0")
    assert codes(tree) == codes(validate(dict(sorted(files.items()))))
    assert codes(tree) == ["import_not_bundled_or_declared", "forbidden_eval", "syntax_error"]
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"")
    names = ["lib/a.py", "__main__.py", "manifest.json", "dashboard/index.html", "gone.py"]
    done = subprocess.run(
        [sys.executable, "-B", "-m", "mmo_maid_sdk._validation", str(tmp_path), "my_plugin", "1.0.0", "--names"],
        env={**os.environ, "PYTHONPATH": str(SDK_DIR)}, input=json.dumps(names), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [finding["code"] for finding in json.loads(done.stdout)["errors"]] == ["syntax_error", "forbidden_eval"], done.stderr


def test_tree_with_links_or_too_much_is_refused(tmp_path: Path):
    (tmp_path / "link").symlink_to("/etc")
    assert codes(validate_tree(str(tmp_path), plugin_id="a", version="1")) == ["zip_unsafe_entry"]
    (tmp_path / "link").unlink()
    for number in range(201):
        (tmp_path / str(number)).write_text("")
    assert codes(validate_tree(str(tmp_path), plugin_id="a", version="1")) == ["zip_too_many_files"]


def test_entries_without_end_are_not_read():
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"folder{number}/", "")
    from mmo_maid_sdk._validation import validate_artifact

    assert codes(validate_artifact(plugin_id="a", version="1", artifact_bytes=buffer.getvalue())) == ["zip_too_many_files"]
