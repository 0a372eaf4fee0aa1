"""The bootstrap and the compiler, run by the image's own interpreter."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from conftest import HERE

BOOT = (
    "import sys; sys.path.insert(0, {image!r}); import boot; del sys.path[0];"
    " boot.PLUGIN_DIR, boot.DEPENDENCIES_DIR, boot.SDK_DIR = {plugin!r}, {deps!r}, {sdk!r}; boot.boot({entry!r})"
)


def boot(python, plugin: Path, *, deps: str = "/nonexistent", entry: str = "__main__.py"):
    code = BOOT.format(image=str(HERE), plugin=str(plugin), deps=deps, sdk=str(HERE / "sdk"), entry=entry)
    return python("-c", code, env={"SECRET": "x", "HOME": "/tmp", "PATH": "/bin"})


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_plugin_gets_its_surroundings_and_nothing_else(python, tmp_path):
    plugin = write(
        tmp_path,
        __main__="import json, os, sys, helper\n"
        "print(json.dumps([sys.path[:3], sys.argv, dict(os.environ), __name__, __file__, sorted(globals()),"
        " helper.VALUE, sys.stdout.encoding, sys.flags.utf8_mode]))",
        helper="VALUE = 'é'",
    )
    path, argv, environment, name, file, names, value, encoding, utf8 = json.loads(boot(python, plugin, deps=str(tmp_path / "d")).stdout)
    assert path[:2] == [str(plugin), str(HERE / "sdk")]
    assert path[2].endswith("lib/python3.11")
    assert (argv, environment, name, file) == ([str(plugin / "__main__.py")], {}, "__main__", str(plugin / "__main__.py"))
    assert {"boot", "import_path", "run_entry", "PLUGIN_DIR"}.isdisjoint(names)
    assert (value, encoding, utf8) == ("é", "utf-8", 1)


def test_dependencies_come_after_the_plugin_and_before_the_sdk(python, tmp_path):
    plugin, deps = tmp_path / "p", tmp_path / "d"
    plugin.mkdir()
    deps.mkdir()
    write(plugin, __main__="import a, b\nprint(a.WHO, b.WHO)", a="WHO = 'plugin'")
    write(deps, a="WHO = 'deps'", b="WHO = 'deps'")
    assert boot(python, plugin, deps=str(deps)).stdout == "plugin deps\n"


def test_traceback_shows_the_plugin_s_own_frames(python, tmp_path):
    done = boot(python, write(tmp_path, __main__="def f(): 1 / 0\nf()"))
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "boot.py" not in done.stderr
    assert f'File "{tmp_path}/__main__.py", line 2' in done.stderr


def test_exit_status_and_syntax_errors_come_through(python, tmp_path):
    assert boot(python, write(tmp_path, __main__="import sys\nsys.exit(7)")).returncode == 7
    done = boot(python, write(tmp_path, __main__="def ("))
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr


def test_other_entry_and_guarded_entry_run_as_main(python, tmp_path):
    write(tmp_path, plugin="if __name__ == '__main__': print('guarded')")
    assert boot(python, tmp_path, entry="plugin.py").stdout == "guarded\n"


def test_byte_code_of_the_host_is_used_even_when_the_source_is_newer(python, tmp_path):
    write(tmp_path, __main__="import module\nprint('old', module.WHO)", module="WHO = 'old'")
    write_byte_code(tmp_path, compiled(python, tmp_path))
    write(tmp_path, __main__="print('new')", module="WHO = 'new'")
    assert boot(python, tmp_path).stdout == "old old\n"


def test_plugin_can_be_found_by_pickle_and_its_own_module_name(python, tmp_path):
    plugin = write(tmp_path, __main__="import pickle, __main__\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is __main__.A)")
    assert boot(python, plugin).stdout == "True\n"


def compiled(python, folder: Path) -> list[dict]:
    done = python(str(HERE / "compile.py"), str(folder))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_byte_code(folder: Path, lines: list[dict]) -> None:
    for line in lines:
        target = folder / line["path"]
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(base64.b64decode(line["data"]))


def test_compiler_names_each_file_and_executes_none(python, tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "__pycache__").mkdir()
    write(tmp_path, __main__="raise SystemExit('executed')", broken="x = (\n")
    write(tmp_path / "pkg", __init__="open('/nonexistent')")
    write(tmp_path / "__pycache__", left="")
    (tmp_path / "nul.py").write_bytes(b"a = '\0'")
    (tmp_path / "latin.py").write_bytes(b"X = '\xe9'")
    (tmp_path / "declared.py").write_bytes(b"# coding: latin-1\nX = '\xe9'")
    (tmp_path / "data.txt").write_text("no python")
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    lines = {line["path"]: line for line in compiled(python, tmp_path)}
    good = {path for path, line in lines.items() if "data" in line}
    assert good == {f"{folder}__pycache__/{name}.cpython-311.pyc" for folder, name in (("", "__main__"), ("pkg/", "__init__"), ("", "declared"))}
    assert lines["broken.py"] == {"path": "broken.py", "error": "'(' was never closed", "line": 1}
    assert set(lines) - good == {"broken.py", "nul.py", "latin.py"}


def test_deeply_nested_source_costs_only_itself(python, tmp_path):
    write(tmp_path, a_deep="x = " + "(" * 5000 + ")" * 5000, b_deep="x = " + "-" * 100_000 + "1", c_fine="x = 1")
    lines = compiled(python, tmp_path)
    assert [("data" in line) for line in lines] == [False, False, True]


def test_byte_code_is_the_same_every_time(python, tmp_path):
    write(tmp_path, a="def f(x=('b', 'a')):\n    return {x: [1, 2], 'k': {3, 4}}\n")
    assert compiled(python, tmp_path) == compiled(python, tmp_path)
