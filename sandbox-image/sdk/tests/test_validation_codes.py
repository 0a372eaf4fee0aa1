"""Every finding code: a plugin that earns it, the nearest plugin that does not, and the order of all of them."""

from __future__ import annotations

import json
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

import mmo_maid_sdk._validation as validation
from mmo_maid_sdk._validation import validate_artifact
from plugin_zips import MAIN, MANIFEST, codes, plugin, validate, zipped

Files = "dict[str, Any]"


def dashboard(content: Any, source: str = "", **files: Any) -> dict[str, Any]:
    return plugin(source, {"dashboard_manifest.json": content if isinstance(content, str) else json.dumps(content), **files})


def page(*widgets: Any, **more: Any) -> dict[str, Any]:
    return {"pages": [{"id": "p", "title": "P", "widgets": list(widgets), **more}]}


CARD = {"id": "w", "type": "stat_card", "rpc_method": "a"}
HELLO = {"name": "hello", "description": "d"}
HANDLER = "@plugin.on_slash_command('hello')\ndef hello(ctx, event): pass\n"
TASK = "@plugin.cron('0 9 * * *')\ndef daily(ctx): pass\n"
DAILY = {"spec": "0 9 * * *", "name": "daily"}
SQL = {"capabilities_required": ["storage:sql"]}


def command(*options: Any, **more: Any) -> dict[str, Any]:
    return plugin(HANDLER, slash_commands=[{**HELLO, "options": list(options), **more}])


def option(name: str = "a", kind: Any = 3, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def sql(call: str) -> dict[str, Any]:
    return plugin(f"def f(ctx, table):\n  ctx.sql.{call}\n", **SQL)


# Code -> a plugin that earns it, and one that does not though it looks alike. In the order of the contract.
CASES: dict[str, tuple[Any, Any]] = {
    "artifact_unreadable": (b"PK no zip", plugin()),
    "zip_too_large": (b"\0" * (10 * 1024 * 1024 + 1), b"\0" * (10 * 1024 * 1024)),
    "zip_expands_too_large": (plugin(files={"a": b"\0" * 21_000_000, "b": b"\0" * 21_000_000}), plugin(files={"a": b"\0" * 1_000_000})),
    "zip_too_many_files": (plugin(files={f"f{n}": "" for n in range(199)}), plugin(files={f"f{n}": "" for n in range(198)})),
    "zip_unsafe_entry": (plugin(files={"../escape.py": ""}), plugin(files={"a..b.txt": ""})),
    "zip_wrapped_in_folder": (
        {f"my_plugin/{name}": content for name, content in plugin().items()},
        plugin(files={"my_plugin/data.txt": ""}),
    ),
    "entry_point_is_plugin_py": (plugin(files={"__main__.py": None, "plugin.py": MAIN}), plugin(files={"plugin.py": MAIN})),
    "missing_entry_point": (plugin(files={"__main__.py": None}), plugin()),
    "missing_manifest": (plugin(files={"manifest.json": None}), plugin()),
    "manifest_too_large": (plugin(more="x" * 1_100_000), plugin(more="x" * 1_000_000)),
    "manifest_encoding": (plugin(files={"manifest.json": b"\xff\xfe"}), plugin(name="Müll")),
    "manifest_not_object": (plugin(files={"manifest.json": "[]"}), plugin()),
    "manifest_invalid_json": (plugin(files={"manifest.json": "\ufeff{}"}), plugin()),
    "manifest_missing_field": (plugin(name=" "), plugin(name="x")),
    "manifest_plugin_id_mismatch": (plugin(id="other_id"), plugin(id=" my_plugin ")),
    "manifest_id_invalid": (plugin(id="My-Plugin"), plugin(id="my_plugin")),
    "manifest_version_mismatch": (plugin(version="1.0.1"), plugin(version="1.0.0 ")),
    "manifest_field_invalid": (plugin(name="x" * 201), plugin(name="x" * 200)),
    "description_too_long": (plugin(description="x" * 2001), plugin(description="x" * 2000)),
    "description_placeholder": (plugin(description=" ToDo "), plugin(description="todo list")),
    "link_invalid": (plugin(icon_url="http://a.example/i.png"), plugin(icon_url="https://a.example/i.png")),
    "entrypoint_ignored": (plugin(entrypoint="run.py"), plugin(entrypoint="__main__.py")),
    "capabilities_not_list": (plugin(capabilities="storage:kv"), plugin(capabilities=[])),
    "capability_malformed": (plugin(capabilities_requested=["kv"]), plugin(capabilities_requested=["storage:kv"])),
    "capability_legacy_name": (plugin(capabilities=["kv:read"]), plugin(capabilities=["storage:kv"])),
    "capability_unknown": (plugin(capabilities=["a:b"]), plugin(capabilities=["events:anything"])),
    "proxy_domains_not_list": (plugin(proxy_domains="a.example"), plugin(proxy_domains_requested=[], proxy_domains="a.example")),
    "proxy_domain_invalid": (plugin(proxy_domains_requested=["https://a.example"]), plugin(proxy_domains_requested=["a.example"])),
    "capability_used_not_declared": (plugin("def f(ctx): ctx.kv.get('k')"), plugin("def f(ctx): ctx.kv.get('k')", capabilities=["storage:kv"])),
    "capability_declared_not_used": (plugin(capabilities=["discord:read"]), plugin(capabilities=["storage:kv", "storage:sql", "interaction:respond"])),
    "import_not_bundled_or_declared": (plugin("import requests"), plugin("import requests, lib", {"lib/__init__.py": "", "requirements.txt": "# x\nRequests[socks] >= 2"})),
    "dashboard_handler_without_manifest": (plugin("plugin.on_dashboard('a')(print)"), plugin("plugin.on_dashboard('a')(print)", {"dashboard/index.html": ""})),
    "dashboard_manifest_unparseable": (dashboard("{"), dashboard("{}")),
    "dashboard_manifest_invalid": (dashboard({"schema": 3}), dashboard({"schema": 2})),
    "dashboard_asset_missing": (dashboard({"mode": "iframe", "pages": [{"id": "p", "title": "P", "src": "play.html?a"}]}),
                                dashboard({"mode": "iframe", "pages": [{"id": "p", "title": "P", "src": "play.html?a"}]}, **{"dashboard/play.html": ""})),
    "dashboard_rpc_method_missing_handler": (dashboard(page(CARD)), dashboard(page({**CARD, "rpc_method": "dashboard.a"}), "plugin.on_dashboard('dashboard.a')(print)")),
    "dashboard_declared_rpc_no_handler": (dashboard({"rpc": {"a": {}}}), dashboard({"rpc": {"a": {}}}, "plugin.on_dashboard('a')(print)")),
    "command_defs_not_list": (plugin(slash_commands={"a": 1}), plugin(slash_commands=None)),
    "command_handler_not_lowercase": (plugin(HANDLER.replace("hello'", "Hello'")), plugin(HANDLER, slash_commands=[HELLO])),
    "command_def_malformed": (plugin(commands=[{"name": " "}]), plugin(HANDLER, commands=[HELLO])),
    "command_name_not_lowercase": (plugin(HANDLER, slash_commands=[{"name": "Hello"}]), plugin(HANDLER, slash_commands=[HELLO])),
    "command_name_invalid": (plugin(slash_commands=[{"name": "two words"}]), plugin(slash_commands=[{"name": "zwei-wörter"}])),
    "command_name_duplicate": (plugin(HANDLER, slash_commands=[HELLO, {"name": "HELLO"}]), plugin(HANDLER, slash_commands=[HELLO])),
    "command_options_not_list": (plugin(HANDLER, slash_commands=[{**HELLO, "options": {}}]), plugin(HANDLER, slash_commands=[{**HELLO, "options": None}])),
    "command_option_malformed": (command("x"), command(option())),
    "command_option_missing_name": (command({"type": 3}), command(option())),
    "command_option_name_invalid": (command(option("Big")), command(option("größe"))),
    "command_option_name_duplicate": (command(option(), option()), command(option(), option("b"))),
    "command_option_missing_type": (command({"name": "a"}), command(option())),
    "command_option_type_invalid": (command(option(kind=12)), command(option(kind=11))),
    "command_option_nesting_invalid": (command(option(options=[option()])), command(option(kind=2, options=[option(kind=1, options=[option()])]))),
    "command_option_order": (command(option(), option("b", required=True)), command(option(required=True), option("b"))),
    "command_limits_exceeded": (command(option(choices=[{}] * 26)), command(option(choices=[{}] * 25))),
    "command_name_reserved": (plugin(slash_commands=[{"name": "homemaid"}]), plugin(slash_commands=[{"name": "help"}])),
    "command_missing_handler": (plugin(HANDLER, slash_commands=[HELLO, {"name": "bye"}]), plugin(HANDLER, slash_commands=[HELLO])),
    "command_handlers_not_found": (plugin(slash_commands=[HELLO]), plugin(HANDLER, slash_commands=[HELLO])),
    "command_not_declared": (plugin(HANDLER), plugin(HANDLER, slash_commands=[HELLO])),
    "cron_not_list": (plugin(cron=5), plugin(cron=None)),
    "cron_too_many": (plugin(cron=[{**DAILY, "name": f"a{n}"} for n in range(6)]), plugin(cron=[{**DAILY, "name": f"a{n}"} for n in range(5)])),
    "cron_entry_malformed": (plugin(cron=[{"spec": "* * * * *"}]), plugin(TASK, cron=[DAILY])),
    "cron_name_invalid": (plugin(cron=[{**DAILY, "name": "a b"}]), plugin(TASK, cron=[DAILY])),
    "cron_name_duplicate": (plugin(TASK, cron=[DAILY, DAILY]), plugin(TASK, cron=[DAILY])),
    "cron_spec_invalid": (plugin(TASK, cron=[{**DAILY, "spec": "0 0 31 2 *"}]), plugin(TASK, cron=[{**DAILY, "spec": "0 0 29 2 *"}])),
    "cron_spec_too_frequent": (plugin(TASK, cron=[{**DAILY, "spec": "1,58 * * * *"}]), plugin(TASK, cron=[{**DAILY, "spec": "*/5 * * * *"}])),
    "cron_missing_task": (plugin(TASK, cron=[{**DAILY, "name": "weekly"}]), plugin(TASK.replace("def", "# why\n@other\ndef").replace("# why\n", ""), cron=[DAILY])),
    "cron_tasks_not_found": (plugin(cron=[DAILY]), plugin(TASK.replace("def", "async def"), cron=[DAILY])),
    "source_too_large": (plugin(files={"data.py": "x = 1\n" * 200_000}), plugin(files={"data.py": "# x\n" * 20_000, "tests/big.py": "x\n" * 900_000})),
    "syntax_error": (plugin("def ("), plugin("def f(): pass")),
    "forbidden_eval": (plugin("eval('1')"), plugin("def f(model): model.eval()")),
    "forbidden_exec": (plugin("exec('1')"), plugin("# exec('1')")),
    "forbidden_compile": (plugin("compile('1', '', 'eval')"), plugin("import re\nre.compile('x')")),
    "forbidden_dunder_import": (plugin("__import__('os')"), plugin("import os")),
    "forbidden_import_subprocess": (plugin("import os, subprocess.x"), plugin("from .subprocess import x", {"subprocess_.py": ""})),
    "forbidden_import_ctypes": (plugin("from ctypes.util import find_library"), plugin("x = 'import ctypes'")),
    "forbidden_import_socket": (plugin("def f():\n  import socket"), plugin("import socketserver")),
    "forbidden_import_multiprocessing": (plugin("import multiprocessing as m"), plugin("import threading", {"tests/test_x.py": "import multiprocessing"})),
    "ctx_call_positional_kwonly": (plugin("def f(ctx): ctx.discord.get_member('1')", capabilities=["discord:read"]), plugin("def f(ctx, a): ctx.discord.get_member(*a)", capabilities=["discord:read"])),
    "ctx_call_unknown_kwarg": (plugin("def f(ctx): ctx.metrics.record('x', colour=1)"), plugin("def f(ctx):\n  try: ctx.metrics.record('x', colour=1)\n  except (KeyError, x.TypeError): pass")),
    "ctx_call_missing_required": (plugin("class A:\n  def f(self): self.ctx.discord.get_member()", capabilities=["discord:read"]), plugin("def f(ctx, a): ctx.discord.get_member(**a)", capabilities=["discord:read"])),
    "plugin_sql_rejected": (sql("query('DELETE FROM a; DELETE FROM b')"), sql("execute('DELETE FROM a; DELETE FROM b')")),
    "sql_string_interpolation": (sql("query(f'SELECT * FROM {table}')"), sql("query(f'SELECT 1')")),
    "bytecode_in_artifact": (plugin(files={"__pycache__/x.pyc": "", ".git/config": ""}), plugin(files={"x.pyx": ""})),
    "git_metadata_in_artifact": (plugin(files={".git/config": ""}), plugin(files={".gitignore": ""})),
    "too_many_findings": (plugin("eval('1')\n" * 1200), plugin("eval('1')\n" * 900)),
}
# Only where a plugin shall also run on pooled hosts.
PORTABLE: dict[str, tuple[Any, Any]] = {
    "missing_entry_point": (plugin(files={"__main__.py": None, "plugin.py": MAIN}), plugin()),
    "command_name_reserved": (plugin(slash_commands=[{"name": "help"}]), plugin(slash_commands=[{"name": "hello"}])),
    "cron_task_not_in_manifest": (plugin(TASK), plugin(TASK, cron=[DAILY])),
    "schedule_task_never_runs": (plugin("@plugin.schedule(60)\ndef f(ctx): pass"), plugin("def schedule(): pass")),
    "plugin_sql_rejected": (sql("query('WITH a AS (SELECT 1) SELECT * FROM a')"), sql("query('SELECT 1')")),
}


def found(files: Any, **options: Any) -> list[str]:
    if isinstance(files, bytes):
        return codes(validate_artifact(plugin_id="my_plugin", version="1.0.0", artifact_bytes=files))
    return codes(validate(files, **options))


@pytest.mark.parametrize("code", CASES)
def test_code_is_earned_and_not_earned(code):
    hit, miss = CASES[code]
    assert code in found(hit)
    assert code not in found(miss)


@pytest.mark.parametrize("code", PORTABLE)
def test_code_of_portable_plugins(code):
    hit, miss = PORTABLE[code]
    assert code not in found(hit), "Homemaid runs it"
    assert code in found(hit, portability=True)
    assert code not in found(miss, portability=True)


def test_every_code_of_the_package_has_its_case():
    text = "\n".join(path.read_text() for path in Path(validation.__file__).parent.glob("*.py"))
    named = set(re.findall(r'"((?:[a-z]+_)+[a-z]+)"', text))
    words = ("artifact", "zip", "missing", "manifest", "description", "capabilit", "proxy", "import_not", "dashboard_", "command_",
             "cron_", "syntax", "source_", "forbidden", "ctx_call", "plugin_sql", "sql_string", "bytecode", "git_", "too_many", "link_", "entrypoint_")
    made = {name for name in named if name.startswith(words)} - {"dashboard_manifest", "capabilities_required", "capabilities_requested", "proxy_domains", "proxy_domains_requested"}
    made |= {f"forbidden_import_{module}" for module in ("subprocess", "ctypes", "socket", "multiprocessing")}
    assert made <= CASES.keys() | PORTABLE.keys()
    assert CASES.keys() | PORTABLE.keys() >= {"entry_point_is_plugin_py"} | made


def test_findings_come_in_the_order_of_the_contract():
    """One plugin with nearly everything wrong; what stops the rest is left out."""
    source = (
        "import requests, subprocess\n@plugin.on_slash_command('Big')\ndef f(ctx): eval('1')\n"
        "def g(ctx, t): ctx.sql.query('PRAGMA x'); ctx.sql.query(f'{t}'); ctx.discord.get_member('1')\n"
        "@plugin.cron('0 9 * * *')\ndef h(ctx): pass\n"
    )
    files = plugin(
        source,
        {"dashboard_manifest.json": json.dumps(page(CARD)), "other.py": "def (", "__pycache__/x.pyc": ""},
        id="Other-Id", version="2", description="todo", entrypoint="x", homepage="x", capabilities=["kv", "kv:read", "z:z"],
        capabilities_requested=5, proxy_domains_requested=["*"], slash_commands=[{"name": "Bye", "options": [{"name": "X"}]}, {"name": "homemaid"}],
        cron=[{"spec": "* * * * *", "name": "x y"}],
    )  # fmt: skip
    earned = found(files)
    positions = {code: number for number, code in enumerate(CASES)}
    per_file = [positions["source_too_large"], positions["sql_string_interpolation"]]
    outside = [positions[code] for code in earned if not per_file[0] <= positions[code] <= per_file[1]]
    assert outside == sorted(outside)
    assert len(set(earned)) >= 25
    inside = [code for code in earned if per_file[0] <= positions[code] <= per_file[1]]
    assert inside == ["forbidden_import_subprocess", "forbidden_eval", "ctx_call_positional_kwonly", "plugin_sql_rejected",
                      "sql_string_interpolation", "syntax_error"]  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_finding_says_how_to_fix_it_or_names_the_value(code):
    hit, _ = CASES[code]
    result = validate_artifact(plugin_id="my_plugin", version="1.0.0", artifact_bytes=hit) if isinstance(hit, bytes) else validate(hit)
    finding = next(finding for finding in result.findings if finding.code == code)
    assert finding.message
    json.dumps(result.to_payload()).encode()


def unsafe(change: Any) -> list[str]:
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", json.dumps(MANIFEST))
        archive.writestr("__main__.py", MAIN)
        change(archive)
    return codes(validate_artifact(plugin_id="my_plugin", version="1.0.0", artifact_bytes=buffer.getvalue()))


def entry(name: str, mode: int = stat.S_IFREG | 0o644, kind: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = kind
    return info


@pytest.mark.parametrize(
    "info",
    [
        entry("link", stat.S_IFLNK | 0o777), entry("device", stat.S_IFCHR), entry("fifo", stat.S_IFIFO), entry("a", kind=zipfile.ZIP_BZIP2),
        entry("/etc/passwd"), entry("C:/x"), entry("a/../b"), entry("a//b"), entry("./a"), entry("x" * 256), entry("__MAIN__.PY"),
        entry("manifest.json/x"),
    ],
    ids=lambda info: info.filename[:20],
)  # fmt: skip
def test_unsafe_entries_are_refused(info):
    assert unsafe(lambda archive: archive.writestr(info, "x")) == ["zip_unsafe_entry"]


def test_encrypted_and_overlapping_entries_are_refused():
    data = zipped(plugin())
    central = data.index(b"PK\x01\x02")
    encrypted = bytearray(data)
    encrypted[central + 8] |= 1
    assert found(bytes(encrypted)) == ["zip_unsafe_entry"]
    overlapping = bytearray(data)
    second = data.index(b"PK\x01\x02", central + 1)
    overlapping[second + 42 : second + 46] = data[central + 42 : central + 46]
    assert found(bytes(overlapping)) == ["zip_unsafe_entry"]


def test_operating_systems_files_do_not_count():
    assert found({"__MACOSX/._manifest.json": "", "my_plugin/.DS_Store": "", **{f"my_plugin/{n}": c for n, c in plugin().items()}}) == ["zip_wrapped_in_folder"]
