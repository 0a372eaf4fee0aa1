"""The ``mmo`` command, from a new plugin to its zip."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from host import SDK_DIR, published
from mmo_maid_sdk.cli import main
from mmo_maid_sdk.cli._events_file import EventsError, parse
from mmo_maid_sdk.templates import TEMPLATES

FILES = {
    "__main__.py", "manifest.json", "README.md", ".gitignore", "requirements.txt", "events.yaml",
    "tests/test_plugin.py", "tests/conftest.py",
}


def new(folder: Path, template: str = "basic") -> Path:
    assert main(["new", "my_plugin", "--template", template, "--target", str(folder)]) == 0
    return folder


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("template", TEMPLATES)
def test_new_plugin_has_its_files_passes_its_tests_and_validates_clean(template, tmp_path, capsys):
    folder = new(tmp_path / "p", template)
    assert files_of(folder) >= FILES
    assert "{{" not in "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    environment = {**os.environ, "PYTHONPATH": str(SDK_DIR), "PYTHONDONTWRITEBYTECODE": "1"}
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, env=environment, capture_output=True,
        text=True, check=False,
    )
    assert tests.returncode == 0, tests.stdout + tests.stderr
    capsys.readouterr()
    assert main(["validate", "--path", str(folder)]) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings\n"


@pytest.mark.parametrize("template", TEMPLATES)
def test_dev_runs_every_event_on_the_mock(template, tmp_path, capfd):
    folder = new(tmp_path / "p", template)
    assert main(["dev", "--mock", "--path", str(folder)]) == 0
    expected = {
        "basic": "message to 1: 'Pong!'",
        "slash": "reply: 'Hello, alice!'",
        "welcome": "kv set channel 1 0",
        "cron": "kv increment messages  1",
        "dashboard": "message to 1: 'Hello!'",
    }
    assert expected[template] in capfd.readouterr().out


def test_dev_reports_a_failing_handler(tmp_path, capfd):
    folder = new(tmp_path / "p")
    (folder / "__main__.py").write_text(
        "from mmo_maid_sdk import Plugin\nplugin = Plugin()\n"
        "@plugin.on_event('message_create')\ndef f(ctx, event): raise ValueError('on purpose')\nplugin.run()\n"
    )
    assert main(["dev", "--mock", "--path", str(folder)]) == 1
    assert "ValueError: on purpose" in capfd.readouterr().out


def test_dev_runs_the_folder_in_the_lab_when_homemaid_is_there(tmp_path, monkeypatch):
    folder = new(tmp_path / "p")
    called = tmp_path / "called"
    program = tmp_path / "bin" / "homemaid"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {called}\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert main(["dev", "--path", str(folder)]) == 1
    assert called.read_text().strip() == f"try {folder} --grant all --events {folder / 'events.yaml'}"


def test_pack_writes_the_same_bits_every_time_and_leaves_out_what_does_not_belong(tmp_path):
    folder = new(tmp_path / "p")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    (folder / "lib").mkdir()
    (folder / "lib" / "__init__.py").write_text("")
    assert main(["pack", "--path", str(folder), "--output", str(tmp_path / "a.zip")]) == 0
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    assert main(["pack", "--path", str(folder), "--output", str(tmp_path / "b.zip")]) == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "a.zip").namelist()
    assert names == sorted({".gitignore", "README.md", "__main__.py", "events.yaml", "lib/__init__.py", "manifest.json", "requirements.txt"})


def test_pack_writes_no_zip_of_a_broken_plugin(tmp_path, capsys):
    folder = new(tmp_path / "p")
    (folder / "__main__.py").write_text("def (")
    assert main(["pack", "--path", str(folder)]) == 1
    assert "[syntax_error]" in capsys.readouterr().out
    assert list(tmp_path.glob("*.zip")) == []


def test_pack_names_the_zip_after_id_and_version(tmp_path):
    assert main(["pack", "--path", str(new(tmp_path / "p"))]) == 0
    assert (tmp_path / "my_plugin-0.1.0.zip").exists()


@pytest.mark.parametrize(
    "arguments",
    [["new"], ["new", "1bad"], ["new", "ab"], ["new", "x" * 33], ["new", "ok_id", "--template", "none"], [], ["unknown"],
     ["dev", "--path", "/nonexistent"], ["validate", "--path", "/nonexistent"], ["pack", "--path", "/nonexistent"],
     ["doctor", "--path", "/nonexistent"]],
)
def test_wrong_calls_exit_with_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert list(tmp_path.iterdir()) == []


def test_new_refuses_a_folder_with_something_in_it(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "mine.txt").write_text("keep")
    assert main(["new", "my_plugin", "-t", str(tmp_path / "p")]) == 2
    assert files_of(tmp_path / "p") == {"mine.txt"}


def test_list_templates_and_init(tmp_path, monkeypatch, capsys):
    assert main(["new", "--list-templates"]) == 0
    assert all(name in capsys.readouterr().out for name in ["basic"])
    monkeypatch.chdir(tmp_path)
    answers = iter(["My_Plugin", "cron"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    assert main(["init"]) == 0
    assert "daily_summary" in (tmp_path / "my_plugin" / "__main__.py").read_text()


def test_doctor_marks_what_is_wrong(tmp_path, capsys):
    folder = new(tmp_path / "p")
    assert main(["doctor", "--path", str(folder)]) == 0
    assert "[XX]" not in capsys.readouterr().out
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "capabilities_required": []}))
    assert main(["doctor", "--path", str(folder)]) == 1
    assert "[XX] capabilities: the sources use discord:send_message" in capsys.readouterr().out


def test_doctor_reports_every_finding_there_is(tmp_path, capsys):
    """A check that knew fewer codes than the validator would call a broken folder healthy."""
    from test_validation_codes import CASES

    from mmo_maid_sdk._validation import Finding, ValidationResult
    from mmo_maid_sdk.cli import _check

    folder = new(tmp_path / "p")
    for code in CASES:
        result = ValidationResult([Finding("error", code, f"about {code}")])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_check, "findings_of", lambda *_, result=result: (result, b""))
            assert _check.doctor(folder) == 1, code
        assert f"about {code}" in capsys.readouterr().out


def test_validate_exits_with_1_on_errors_and_takes_id_version_and_portable(tmp_path, capsys):
    folder = new(tmp_path / "p")
    assert main(["validate", "-p", str(folder), "--id", "other_id", "--version", "9"]) == 1
    output = capsys.readouterr().out
    assert "[manifest_plugin_id_mismatch]" in output
    assert "[manifest_version_mismatch]" in output
    assert "2 errors, 0 warnings" in output
    (folder / "manifest.json").unlink()
    assert main(["validate", "-p", str(folder)]) == 1
    capsys.readouterr()
    cron = new(tmp_path / "c", "cron")
    manifest = json.loads((cron / "manifest.json").read_text())
    (cron / "manifest.json").write_text(json.dumps({**manifest, "cron": []}))
    assert main(["validate", "-p", str(cron)]) == 0
    assert "cron_task_not_in_manifest" not in capsys.readouterr().out
    assert main(["validate", "-p", str(cron), "--portable"]) == 0
    assert "[cron_task_not_in_manifest]" in capsys.readouterr().out


def test_dev_watches_and_runs_again_when_a_file_changes(tmp_path):
    folder = new(tmp_path / "p")
    command = [sys.executable, "-B", "-u", "-m", "mmo_maid_sdk.cli", "dev", "--mock", "--watch", "--path", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(SDK_DIR), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout

        def lines_until(text: str) -> str:
            seen = []
            for line in process.stdout:
                seen.append(line)
                if text in line:
                    return "".join(seen)
            raise AssertionError(f"the end came before {text!r}: {seen}")

        try:
            lines_until("Pong!")
            source = folder / "__main__.py"
            source.write_text(source.read_text().replace("Pong!", "Changed!"))
            assert "running again" in lines_until("Changed!")
        finally:
            process.kill()


def test_events_file_is_read_without_pyyaml_as_with_it():
    text = (
        "# a comment\n---\n- type: message_create\n  content: \"!ping: \\\"x\\\" # no comment\"\n  author_bot: yes\n"
        "-\n  type: 'it''s'  # a comment\n  number: -5\n  part: 1.5\n  nothing: null\n  empty:\n  list: [1, \"a\"]\n"
        "  map: {\"a\": true}\n  text: plain text # comment\n\n- type: x\n"
    )
    expected = [
        {"type": "message_create", "content": '!ping: "x" # no comment', "author_bot": True},
        {"type": "it's", "number": -5, "part": 1.5, "nothing": None, "empty": None, "list": [1, "a"], "map": {"a": True},
         "text": "plain text"},
        {"type": "x"},
    ]
    import yaml

    assert parse(text) == expected
    assert yaml.safe_load(text) == expected


@pytest.mark.parametrize("text", ["type: x", "- type", "- a: 'open", "- a:b", "- a: [1,", "  - x"])
def test_broken_events_file_names_the_line(text):
    with pytest.raises(EventsError, match="line 1"):
        parse(text)


def test_package_installs_with_its_command_types_and_templates(tmp_path):
    source = tmp_path / "source"
    import shutil

    shutil.copytree(SDK_DIR, source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target",
         str(tmp_path / "site"), str(source)],
        check=True, capture_output=True,
    )
    site = tmp_path / "site"
    assert (site / "mmo_maid_sdk" / "py.typed").exists()
    assert (site / "bin" / "mmo").exists()
    for template in TEMPLATES:
        done = subprocess.run(
            [sys.executable, "-m", "mmo_maid_sdk.cli", "new", "abc", "--template", template, "-t", str(tmp_path / template)],
            env={**os.environ, "PYTHONPATH": str(site)}, check=False, capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert files_of(tmp_path / template) >= FILES
    metadata = next(site.glob("*.dist-info/METADATA")).read_text()
    assert "Requires-Dist" not in metadata


@pytest.mark.timeout(300)
@pytest.mark.parametrize("template", ["basic", "slash", "welcome", "cron"])
@pytest.mark.parametrize("name", ["mmo_maid_sdk-0.5.2", "mmo_maid_sdk-0.5.4", "yourbot_sdk-0.10.1"])
def test_scaffolds_of_the_published_sdks_pass_their_tests_against_this_sdk(name, template, tmp_path):
    package = name.partition("-")[0]
    folder = tmp_path / "scaffold"
    code = f"import sys; from {package}.cli import main; sys.exit(main(sys.argv[1:]))"
    made = subprocess.run(
        [sys.executable, "-B", "-W", "ignore", "-c", code, "new", "my_plugin", "--template", template, "--target", str(folder)],
        env={**os.environ, "PYTHONPATH": str(published(name))}, check=False, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(SDK_DIR)}, check=False,
    )  # fmt: skip
    assert tests.returncode == 0, tests.stdout
    assert " passed" in tests.stdout
