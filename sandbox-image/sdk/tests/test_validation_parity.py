"""This validator and the published one over generated zips: the same codes in the same order at the same places.

What may differ is written in ``docs/differences.md`` and read from there: a code with the word ``here`` may be found by this
validator alone, with ``there`` by the published one alone, with ``severity`` at another severity. A line of that list that
no generated zip needs is out of date.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host import SDK_DIR, published
from plugin_zips import MAIN, MANIFEST, plugin, validate, zipped
from table import ROWS, Row
from test_validation_codes import CASES, PORTABLE

Found = "list[tuple[str, str, str | None, int | None]]"
ROW = re.compile(r"^\| `(\w+)` \| (here|there|severity) \|", re.MULTILINE)
EXAMPLES = 200
# Codes the published validator gives no path, or another one.
PATH_DIFFERS = re.compile(r"dashboard_|command_handler|artifact")


def intended() -> set[tuple[str, str]]:
    """Return the written differences."""
    text = (SDK_DIR / "docs" / "differences.md").read_text(encoding="utf-8")
    return set(ROW.findall(text))


@pytest.fixture(scope="module")
def theirs() -> Iterator[Any]:
    """A function that returns what the published validator finds."""
    with subprocess.Popen(
        [sys.executable, "-B", "-W", "ignore", str(Path(__file__).with_name("published_validator.py")), str(published("yourbot_sdk-0.10.1"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        stdin, stdout = process.stdin, process.stdout

        def judge(data: bytes) -> Any:
            stdin.write(base64.b64encode(data).decode() + "\n")
            stdin.flush()
            return json.loads(stdout.readline())

        yield judge
        stdin.close()


def optional(**values: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the keys, each with one of its values."""
    keys = {key: st.sampled_from(value) if isinstance(value, list) else value for key, value in values.items()}
    return st.fixed_dictionaries({}, optional=keys)


NAMES = ["a", "b_c", "hello", "Hello", "two words", "", " ", "x" * 33, None, "ä-1"]
OPTIONS = st.recursive(
    st.lists(st.one_of(optional(name=NAMES, type=[1, 2, 3, 11, 12, 0, None, "3", 4.5], description=["d", ""], required=[True, False]), st.just("x")), max_size=3),
    lambda inner: st.lists(optional(name=["sub", "grp"], type=[1, 2, 3], options=inner), min_size=1, max_size=2),
    max_leaves=3,
)
COMMANDS = st.one_of(
    st.sampled_from([None, {}, "x", []]),
    st.lists(st.one_of(optional(name=NAMES, description=["d"], options=st.one_of(OPTIONS, st.sampled_from([None, 5]))), st.just(5)), max_size=4),
)
CRON = st.one_of(
    st.sampled_from([None, {}, 5]),
    st.lists(optional(spec=["0 9 * * *", "*/4 * * * *", "*/5 * * * *", "x", "60 * * * *", "1,58 * * * *", " ", "0 0 31 2 *"],
                      name=["daily", "other", "a b", "", " daily "]), max_size=6),
)  # fmt: skip
CAPABILITIES = st.one_of(
    st.sampled_from(["storage:kv", 5, None]),
    st.lists(st.sampled_from(["storage:kv", "discord:send_message", "discord:read", " storage:sql ", "proxy:http", "interaction:respond",
                              "events:message_content", "events:member_join", "kv:read", "bad", 5, "a:b", "storage:secrets"]), max_size=5),
)  # fmt: skip
MANIFESTS = st.one_of(
    st.sampled_from([None, b"\xff", "{", "[]", "\ufeff{}", "5"]),
    st.builds(
        lambda base, more: json.dumps({**base, **more}),
        st.sampled_from([MANIFEST, {**MANIFEST, "id": "other_one"}, {**MANIFEST, "version": " 1.0.0 "}, {"id": "", "name": None}]),
        optional(
            name=["X", ""], version=["1.0.0", "2"], description=["todo", "fine", "x" * 2001],
            capabilities_requested=CAPABILITIES, capabilities_required=CAPABILITIES, slash_commands=COMMANDS, cron=CRON,
            proxy_domains_requested=[[], ["a.example"]], dashboard_manifest=[{}, {"pages": []}, "dashboard_manifest.json"],
        ),
    ),
)  # fmt: skip
STATEMENTS = st.lists(
    st.sampled_from([
        "import json, requests", "from yaml import safe_load", "from .lib import x", "import lib.part", "from google import x", "import socket",
        "import subprocess as s, ctypes", "from multiprocessing.pool import Pool", "eval('1'); exec('2')", "re.compile('x')", "compile('x', '', 'eval')",
        "__import__('os')", "x = 'import ctypes'", "def (", "def f(ctx):\n  ctx.kv.get('k')", "def f(ctx):\n  ctx.kv.decrement('k', 1, 2)",
        "def f(ctx):\n  ctx.discord.send_message('1', 'x')", "def f(ctx):\n  ctx.discord.send_message(channel_id='1', colour=1)",
        "def f(context):\n  context.discord.get_member()", "class A:\n  def f(self):\n    self.ctx.discord.ban_member(1)",
        "def f(ctx):\n  try:\n    ctx.discord.get_member()\n  except TypeError:\n    pass", "def f(ctx):\n  try:\n    ctx.discord.get_member()\n  except Exception:\n    pass",
        "def f(ctx, a):\n  ctx.discord.get_member(*a)\n  ctx.discord.get_member(**a)", "def f(ctx):\n  ctx.discord.nothing(1)",
        "def f(ctx):\n  ctx.sql.execute('SELECT 1; SELECT 2')", "def f(ctx):\n  ctx.sql.query('WITH a AS (SELECT 1) SELECT * FROM a')", "Q = 'PRAGMA x'\ndef f(db):\n  db._sql.scalar(Q)",
        "def f(ctx):\n  ctx.sql.query('SELECT payload FROM t')", "def f(ctx):\n  ctx.sql.query(\"SELECT 'truncate ' FROM t -- ;x\")", "def f(ctx):\n  ctx.sql.query('GRANT ALL')",
        "def f(ctx):\n  ctx.sql.query('  ')", "def f(ctx, t):\n  ctx.sql.query(f'SELECT {t}')", "def f(ctx):\n  ctx.sql.query('SELECT ' + 'PRAGMA')",
        "def f(ctx):\n  ctx.sql.query('create unique index i on t (a)')", "def f(ctx):\n  ctx.sql.query('create temp table t (a int)')",
        "def f(ctx):\n  ctx.sql.query(\"SELECT $x$ ; DROP SCHEMA $x$, ';'\")", "def f(ctx):\n  ctx.sql.query('DO $$ x $$')", "def f(ctx):\n  ctx.sql.query('/* x')",
        "@p.on_slash_command('hello')\ndef hello(ctx, event): pass", "@p.on_slash_command( \"Hello\" )\ndef hello(ctx, event): pass",
        f"@p.on_slash_command('{'y' * 40}')\ndef y(ctx, event): pass", "@p.on_slash_command('help')\ndef y(ctx, event): pass", "p.on_slash_command(name)(f)",
        "@p.cron('0 9 * * *')\ndef daily(ctx): pass", "@p.cron('0 9 * * *')  # why\n@other\ndef other(ctx): pass", "@p.cron('0 9 * * *')\nasync def later(ctx): pass",
        "@p.schedule(60)\ndef often(ctx): pass", "@p.on_dashboard('a')\ndef a(ctx, params): pass", "p.on_dashboard('b')(a)", "p.on_dashboard(name)(a)",
        "def f(event): return event.get('content') or event[\"content\"]", "def f(ctx): ctx.interaction.followup(content='x')", "def f(d): d.pin_message(message_id='1')",
        "def f(ctx): ctx.discord.add_reaction(channel_id='1', message_id='2', emoji='x')", "def f(ctx): ctx.http.get('https://x.example')",
    ]),
    max_size=6,
)  # fmt: skip
METHODS = ["a", "b", "missing", "bad name", "", None, "dashboard.a"]
WIDGET = optional(
    id=["w", "v", "u", "", 5], type=["stat_card", "chart", "table", "form", "text", "markdown", "image", "heading", "divider", "action_button", "pie", None],
    width=["half", "full", "wide"], rpc_method=METHODS, save_rpc_method=METHODS, columns=[[], ["a"], [{"key": "a"}, {"format": "x"}, 5], [{"key": "a", "format": "badge", "format_options": {"colors": {"x": "blue"}}}]],
    source=["s", "t", 5], height=["sm", "xl"], src=["dashboard/a.png", "../a", "/a", ""], text=["t", "x" * 201, ""], level=[1, 4], action_rpc_method=METHODS,
    label=["l", "x" * 81], style=["primary", "odd"], confirm=["c", "x" * 301], success_message=[5], refresh_seconds=[5, 4, 3601, "5", True], permission=["owner", " Owner ", "god", 5],
    visible_when=[5, {}, {"source": "s", "path": "a"}, {"source": "t", "path": "", "equals": []}],
)  # fmt: skip
ENTRY = st.one_of(
    WIDGET, WIDGET, st.just("x"),
    optional(type=["section"], id=["c"], heading=["h", "x" * 121], description=[5], collapsible=[True, 1], widgets=st.lists(st.one_of(WIDGET, st.sampled_from([5, {"type": "tabs"}])), max_size=2), permission=["god"]),
    optional(type=["tabs"], id=["c", ""], tabs=st.one_of(st.just(5), st.lists(st.one_of(st.just(5), optional(id=["t", "t t"], title=["T"], widgets=st.lists(WIDGET, max_size=2))), max_size=2))),
)  # fmt: skip
SOURCES = st.one_of(st.sampled_from([None, 5]), st.lists(st.one_of(st.just(5), optional(id=["s", "t", "s s"], rpc_method=METHODS, rpc_params=[{}, 5], refresh_seconds=[5, 1])), max_size=2))
DASHBOARDS = st.one_of(
    st.sampled_from([None, None, "{", "[]", "null", b"\xff"]),
    st.builds(json.dumps, optional(
        schema=[1, 2, 2, 2, 3, "1"], mode=["manifest", "iframe", "x"], rpc=[{"a": {}}, {"zz": {"writes": True}}, {"bad name": {}}, {"a": 5}, {"a": {"writes": 1}}, 5],
        theme=[{}, 5, {"accent": "#12", "chart_palette": [], "logo": "x", "header": 5, "density": "x"}, {"header": {"title": "x" * 121}}],
        pages=st.one_of(st.sampled_from([None, 5]), st.lists(st.one_of(st.just(5), optional(
            id=["p", ""], title=["P"], src=["index.html", "../x", "/x"], permission=["viewer", "god"], data_sources=SOURCES, widgets=st.lists(ENTRY, max_size=3))), max_size=2)),
    )),
)  # fmt: skip
EXTRA = st.dictionaries(
    st.sampled_from(["lib.py", "tests/test_x.py", "lib/__init__.py", "x.pyc", "__pycache__/x.py", ".git/config", "requirements.txt", "dashboard/index.html", "dashboard/a.png"]),
    st.sampled_from(["", "import nothing_at_all", "pyyaml>=6\n# x\nrequests", "@p.on_slash_command('inner')", "eval('1')"]), max_size=3,
)  # fmt: skip


@st.composite
def zips(draw: st.DrawFn) -> dict[str, Any]:
    """The files of a plugin."""
    files = {
        "manifest.json": draw(MANIFESTS),
        "__main__.py": draw(st.sampled_from([MAIN, MAIN, MAIN, None])),
        "dashboard_manifest.json": draw(DASHBOARDS),
        **draw(EXTRA),
    }
    statements = "\n".join(draw(STATEMENTS))
    if files["__main__.py"] is None:
        files["app.py"] = statements
    else:
        files["__main__.py"] += statements
    return files


USED: Counter[tuple[str, str]] = Counter()
COMPARED: Counter[str] = Counter()


# Zips that need what is written down, beside every case of the codes.
MORE = [
    plugin(capabilities=["bad"]),
    plugin("def f(event): return event.get('content')"),
    plugin("def f(ctx): ctx.interaction.respond(content='x')", slash_commands=[{"name": "a"}]),
    plugin(capabilities=["events:member_join"]),
    plugin(proxy_domains_requested=["a.example"]),
    plugin("def f(ctx): ctx.sql.scalar('SELECT 1')"),
    plugin("plugin.on_dashboard('a')(print)", dashboard_manifest="dashboard_manifest.json"),
    plugin(files={"dashboard_manifest.json": "null"}),
    plugin("@p.cron('0 9 * * *')\nasync def later(ctx): pass"),
    plugin("def f(ctx): ctx.sql.query('SELECT payload FROM t')", capabilities_requested=["storage:sql"]),
    plugin("def f(ctx): ctx.sql.query('PRAG' + 'MA x')", capabilities_requested=["storage:sql"]),
]
# Here such zips are refused before anything else is looked at, or looked at as if they were wrapped otherwise.
LOOKED_AT_OTHERWISE = re.compile(r"zip_|too_many_findings")


def compare(judge: Any, files: dict[str, Any]) -> None:
    """Compare what both find."""
    answer = judge(zipped(files))
    if isinstance(answer, str):
        COMPARED["crashes of the published validator"] += 1
        return
    ours = [(f.severity, f.code, f.path, f.line) for f in validate(files, portability=True).findings]
    if any(LOOKED_AT_OTHERWISE.match(code) for _, code, _, _ in ours):
        COMPARED["refused zips"] += 1
        return
    left, right = aligned(ours, [tuple(finding) for finding in answer])
    assert left == right, f"only here {left}, only there {right}, in {files}"


@settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(files=zips())
def compare_generated(judge: Any, files: dict[str, Any]) -> None:
    """Compare a generated zip."""
    compare(judge, files)


def aligned(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """Return both lists without what is equal and what may differ."""
    allowed = intended()
    key = lambda finding: (finding[1], None if PATH_DIFFERS.match(finding[1]) else finding[3])  # noqa: E731
    counts_here, counts_there = Counter(map(key, ours)), Counter(map(key, theirs))
    both = counts_here & counts_there

    def split(found: Any, word: str) -> tuple[Any, Any]:
        left = Counter(both)
        same, extra = [], []
        for finding in found:
            if left[key(finding)] > 0:
                left[key(finding)] -= 1
                same.append(finding)
            elif (finding[1], word) in allowed:
                USED[finding[1], word] += 1
            else:
                extra.append(finding)
        return same, extra

    same_here, extra_here = split(ours, "here")
    same_there, extra_there = split(theirs, "there")
    if extra_here or extra_there:
        return extra_here, extra_there
    for one, other in zip(same_here, same_there):
        COMPARED[one[1]] += 1
        if key(one) == key(other) and one[0] != other[0] and (one[1], "severity") in allowed:
            USED[one[1], "severity"] += 1
        elif (key(one), one[0]) != (key(other), other[0]):
            return [one], [other]
    return [], []


@pytest.mark.timeout(900)
def test_both_find_the_same_but_for_what_is_written(theirs, capsys):
    USED.clear()
    COMPARED.clear()
    cases = [files for pair in [*CASES.values(), *PORTABLE.values()] for files in pair if isinstance(files, dict)]
    for files in cases + MORE:
        compare(theirs, files)
    compare_generated(theirs)
    needless = intended() - USED.keys()
    with capsys.disabled():
        print(f"\nvalidator: {len(cases + MORE) + EXAMPLES} zips, {sum(COMPARED.values())} findings equal to the published validator's, by code:")
        print("  " + ", ".join(f"{code} {count}" for code, count in sorted(COMPARED.items())))
        print("  intended differences: " + ", ".join(f"{code} ({word}) {count}" for (code, word), count in sorted(USED.items())))
    equal = sum(COMPARED.values())
    ROWS.append(Row("findings of the validator", "yourbot_sdk-0.10.1", equal, sum(USED.values()), 0))
    assert needless == set(), "these differences are written down but do not exist"
    assert len(COMPARED) >= 45
