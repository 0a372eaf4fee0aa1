"""The validator: each code by the smallest plugin that earns it, and none for a clean one."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from mmo_maid_sdk._validation import ValidationResult, validate_artifact

MANIFEST = {"id": "my_plugin", "name": "Mine", "version": "1.0.0", "capabilities_required": []}
MAIN = "from mmo_maid_sdk import Plugin\nplugin = Plugin()\n"


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def check(source: str = "", manifest: object = None, *, more: dict | None = None, **changes: object) -> ValidationResult:
    content = {**MANIFEST, **changes} if manifest is None else manifest
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    files = {"manifest.json": text, "__main__.py": MAIN + source, **(more or {})}
    return validate_artifact(plugin_id="my_plugin", version="1.0.0", artifact_bytes=zipped(files))


def codes(result: ValidationResult) -> list[str]:
    return [finding.code for finding in result.findings]


def test_clean_plugin_has_no_findings():
    result = check("import json\n@plugin.on_event('x')\ndef f(ctx, event): ctx.log('x')\n")
    assert result.to_payload() == {"errors": [], "warnings": [], "has_errors": False}


HELLO = {"name": "hello", "description": "d"}
HANDLER = "@plugin.on_slash_command('hello')\ndef hello(ctx, event): pass\n"


@pytest.mark.parametrize(
    ("expected", "arguments"),
    [
        (["manifest_invalid_json"], {"manifest": "{"}),
        (["manifest_not_object"], {"manifest": "[]"}),
        (["manifest_encoding"], {"manifest": b"\xff\xfe"}),
        (["manifest_missing_field"], {"name": " "}),
        (["manifest_plugin_id_mismatch"], {"id": "other_id"}),
        (["manifest_plugin_id_mismatch", "manifest_id_invalid"], {"id": "Bad-Id"}),
        (["manifest_version_mismatch"], {"version": "2"}),
        (["description_too_long"], {"description": "x" * 2001}),
        (["description_placeholder"], {"description": "TODO"}),
        (["capabilities_not_list"], {"capabilities_required": "storage:kv"}),
        (["capability_malformed", "capability_malformed"], {"capabilities_required": ["kv", 5]}),
        (["capability_unknown", "capability_declared_not_used"], {"capabilities_required": ["a:b"]}),
        (["capability_used_not_declared"], {"source": "def f(ctx): ctx.kv.get('k')"}),
        (["capability_declared_not_used"], {"capabilities_required": ["discord:read"]}),
        (["capability_legacy_name"], {"capabilities_required": ["kv:read"], "source": "def f(ctx): ctx.kv.get('k')"}),
        (["import_not_bundled_or_declared"], {"source": "import requests"}),
        ([], {"source": "import yaml", "more": {"requirements.txt": "# a comment\nPyYAML>=6"}}),
        ([], {"source": "import helper, lib.part", "more": {"helper.py": "", "lib/__init__.py": "", "lib/part.py": ""}}),
        (["dashboard_handler_without_manifest"], {"source": "plugin.on_dashboard('x')(print)"}),
        (["dashboard_manifest_unparseable"], {"more": {"dashboard_manifest.json": "{"}}),
        (["dashboard_manifest_invalid"], {"more": {"dashboard_manifest.json": "[]"}}),
        (["command_defs_not_list"], {"slash_commands": {"a": 1}}),
        (["command_def_malformed", "command_def_malformed"], {"slash_commands": [5, {"name": ""}]}),
        (["command_handlers_not_found"], {"slash_commands": [HELLO]}),
        ([], {"slash_commands": [HELLO], "source": HANDLER}),
        (["command_missing_handler"], {"slash_commands": [HELLO, {"name": "bye"}], "source": HANDLER}),
        (["command_not_declared"], {"source": HANDLER}),
        (["command_handler_not_lowercase", "command_not_declared"], {"source": "@plugin.on_slash_command('Hello')\ndef f(ctx, event): pass"}),
        (["command_name_not_lowercase"], {"slash_commands": [{"name": "Hello"}], "source": HANDLER}),
        (["command_name_duplicate"], {"slash_commands": [HELLO, HELLO], "source": HANDLER}),
        (["command_name_invalid", "command_handlers_not_found"], {"slash_commands": [{"name": "two words"}]}),
        (["command_name_reserved", "command_handlers_not_found"], {"slash_commands": [{"name": "homemaid"}]}),
        (["cron_not_list"], {"cron": 5}),
        (["cron_entry_malformed"], {"cron": [{"spec": "* * * * *"}]}),
        (["cron_name_invalid", "cron_tasks_not_found"], {"cron": [{"spec": "0 9 * * *", "name": "a b"}]}),
        (["cron_spec_invalid", "cron_tasks_not_found"], {"cron": [{"spec": "x", "name": "a"}]}),
        (["cron_spec_too_frequent", "cron_tasks_not_found"], {"cron": [{"spec": "*/4 * * * *", "name": "a"}]}),
        (["cron_spec_too_frequent", "cron_tasks_not_found"], {"cron": [{"spec": "1,58 * * * *", "name": "a"}]}),
        (["cron_missing_task"], {"cron": [{"spec": "0 9 * * *", "name": "b"}], "source": "@plugin.cron('0 9 * * *')\ndef a(ctx): pass"}),
        ([], {"cron": [{"spec": "0 9 * * *", "name": "a"}], "source": "@plugin.cron('0 9 * * *')\ndef a(ctx): pass"}),
        (["cron_too_many", "cron_tasks_not_found"], {"cron": [{"spec": "0 9 * * *", "name": f"a{n}"} for n in range(6)]}),
        (["syntax_error"], {"source": "def ("}),
        (["forbidden_eval", "forbidden_exec", "forbidden_compile", "forbidden_dunder_import"], {"source": "eval('1'); exec('1'); compile('1', '', 'eval'); __import__('os')"}),
        ([], {"source": "import re\nre.compile('x')\ndef _eval(): pass\n_eval()"}),
        (["forbidden_import_subprocess", "forbidden_import_ctypes", "forbidden_import_socket", "forbidden_import_multiprocessing"],
         {"source": "import subprocess, ctypes.util\nfrom socket import socket\nimport multiprocessing as m"}),
        (["ctx_call_positional_kwonly"], {"source": "def f(ctx): ctx.interaction.respond('x')", "capabilities_required": ["interaction:respond"]}),
        (["ctx_call_unknown_kwarg"], {"source": "def f(ctx): ctx.metrics.record('x', colour=1)"}),
        (["ctx_call_missing_required"], {"source": "class A:\n  def f(self): self.ctx.discord.get_member()", "capabilities_required": ["discord:read"]}),
        ([], {"source": "def f(ctx, a):\n  try: ctx.metrics.record(*a, **a)\n  except TypeError: ctx.metrics.record('x')"}),
        ([], {"source": "def f(ctx):\n  try: ctx.metrics.record('x', bad=1)\n  except (KeyError, TypeError): pass"}),
        (["sql_string_interpolation"] * 4,
         {"source": "def f(ctx, t):\n  ctx.sql.query(f'SELECT {t}')\n  ctx.sql.execute('SELECT ' + t)\n  ctx.sql.scalar('SELECT %s' % t)\n  ctx.sql.query_one('{}'.format(t))",
          "capabilities_required": ["storage:sql"]}),
        ([], {"source": "def f(ctx):\n  ctx.sql.query('SELECT ' + '1')\n  ctx.sql.query(f'SELECT 1')", "capabilities_required": ["storage:sql"]}),
        (["bytecode_in_artifact"], {"more": {"__pycache__/x.pyc": "", ".git/config": ""}}),
        (["git_metadata_in_artifact"], {"more": {".git/config": ""}}),
        (["zip_unsafe_entry"], {"more": {"../escape.py": ""}}),
        (["zip_unsafe_entry"], {"more": {"/absolute.py": ""}}),
        (["zip_unsafe_entry"], {"more": {"a\\b.py": ""}}),
        (["zip_unsafe_entry"], {"more": {"x" * 256: ""}}),
        (["zip_unsafe_entry"], {"more": {"A.txt": "", "a.TXT": ""}}),
        (["zip_too_many_files"], {"more": {f"f{n}": "" for n in range(199)}}),
    ],
    ids=lambda value: "+".join(value)[:60] if isinstance(value, list) else "",
)
def test_each_code_has_its_trigger(expected, arguments):
    assert codes(check(**arguments)) == expected


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("command_options_not_list", "x"),
        ("command_option_malformed", ["x"]),
        ("command_option_missing_name", [{"type": 3}]),
        ("command_option_name_invalid", [{"name": "Big", "type": 3}]),
        ("command_option_missing_type", [{"name": "a"}]),
        ("command_option_type_invalid", [{"name": "a", "type": 12}]),
        ("command_option_type_invalid", [{"name": "a", "type": True}]),
        ("command_option_order", [{"name": "a", "type": 3}, {"name": "b", "type": 3, "required": True}]),
        ("command_limits_exceeded", [{"name": f"a{n}", "type": 3} for n in range(26)]),
        ("command_limits_exceeded", [{"name": "a", "type": 3, "choices": [{}] * 26}]),
        ("command_limits_exceeded", [{"name": "a", "type": 3, "description": "x" * 101}]),
        ("command_option_missing_type", [{"name": "sub", "type": 1, "options": [{"name": "a"}]}]),
    ],
)
def test_options_of_commands(code, options):
    assert codes(check(HANDLER, slash_commands=[{**HELLO, "options": options}])) == [code]


def test_what_is_no_zip_or_too_large_is_looked_into_no_further():
    judge = lambda data: codes(validate_artifact(plugin_id="a", version="1", artifact_bytes=data))  # noqa: E731
    assert judge(b"no zip") == ["artifact_unreadable"]
    assert judge(b"x" * (10 * 1024 * 1024 + 1)) == ["zip_too_large"]
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (41 * 1024 * 1024))
    assert judge(bomb.getvalue()) == ["zip_expands_too_large"]
    assert judge(zipped({"a.txt": "x"})) == ["missing_entry_point", "missing_manifest"]
    data = bytearray(zipped({"manifest.json": "x" * 100}))
    data[50] ^= 1
    assert judge(bytes(data)) == ["artifact_unreadable"]


def test_plugin_py_is_an_entry_with_a_warning():
    files = {"manifest.json": json.dumps(MANIFEST), "plugin.py": MAIN}
    assert codes(validate_artifact(plugin_id="my_plugin", version="1.0.0", artifact_bytes=zipped(files))) == ["entry_point_is_plugin_py"]


def test_findings_name_the_place_and_the_way_out():
    finding = check("\n\nimport socket").findings[0]
    assert (finding.path, finding.line) == ("__main__.py", 5)
    payload = check("def f(ctx): ctx.kv.get('k')").to_payload()
    assert payload["has_errors"]
    assert payload["errors"][0]["hint"] == 'Add "storage:kv" to capabilities_required in manifest.json.'
    assert "line" not in payload["errors"][0]
