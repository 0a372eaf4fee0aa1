"""The build: the same bits every time, nothing executable but Python, a profile that follows from its script."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from conftest import HERE

NOBODY = 65534


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_two_builds_have_the_same_bits_and_the_second_needs_no_root(tar, tmp_path):
    """Run by root, the second build is made by an ordinary user; run by a user, both are."""
    out = tmp_path / "out"
    out.mkdir()
    source = tmp_path / "sandbox-image"
    shutil.copytree(HERE, source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [str(source / "build"), "--force", str(out)]
    if os.getuid() == 0:
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(folder.stat().st_mode | 0o055)
        os.chown(out, NOBODY, NOBODY)
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    subprocess.run([str(HERE / "build"), "--force", str(tar.parent)], check=True, capture_output=True)
    assert sha256(out / "sandbox.tar") == sha256(tar)
    assert (out / "sandbox.tar.sha256").read_text().split() == [sha256(tar), "sandbox.tar"]


def test_unchanged_recipe_is_not_built_again(tar):
    before = tar.stat().st_mtime_ns
    done = subprocess.run([str(HERE / "build"), str(tar.parent)], check=True, capture_output=True, text=True)
    assert (done.stdout, tar.stat().st_mtime_ns) == ("", before)


def test_damaged_image_is_built_again(tar, tmp_path):
    for path in tar.parent.glob("sandbox.tar*"):
        shutil.copy(path, tmp_path)
    with (tmp_path / "sandbox.tar").open("ab") as file:
        file.write(b"x")
    done = subprocess.run([str(HERE / "build"), str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("built ")
    assert sha256(tmp_path / "sandbox.tar") == sha256(tar)


def test_only_python_and_its_loader_can_be_executed_and_all_belongs_to_root(tar):
    with tarfile.open(tar) as archive:
        members = archive.getmembers()
    executable = [member.name for member in members if member.isfile() and member.mode & 0o111]
    assert sorted(name.rpartition("/")[2].partition("-")[0] for name in executable) == ["ld", "python3.11"]
    assert all((member.uid, member.gid) == (0, 0) for member in members)
    assert not any(member.mode & 0o6000 for member in members)
    assert len({member.mtime for member in members}) == 1


def test_check_notices_what_is_wrong(root, python, tmp_path):
    copy = tmp_path / "root"
    shutil.copytree(root, copy, symlinks=True)
    (copy / "usr/bin/sh").write_text("#!")
    (copy / "usr/bin/sh").chmod(0o4755)
    next((copy / "usr/lib/python3.11/__pycache__").glob("abc.*")).unlink()
    (copy / "usr/lib/python3.11/json/decoder.py").write_text("changed = True")
    done = python(str(HERE / "check.py"), str(copy))
    assert done.returncode == 1
    for text in ("usr/bin/sh: is executable", "usr/bin/sh: has a setuid", "abc.py: has no byte code", "decoder.py: byte code is not"):
        assert text in done.stdout


def test_seccomp_profile_is_what_its_script_makes_of_podman_s():
    made = subprocess.run([sys.executable, str(HERE / "make_seccomp.py")], check=True, capture_output=True, text=True)
    assert made.stdout == (HERE / "seccomp.json").read_text()


def test_seccomp_profile_refuses_what_it_is_there_for():
    profile = json.loads((HERE / "seccomp.json").read_text())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    allowed = {name for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" and not rule.get("args") for name in rule["names"]}
    refused = "unshare setns mount ptrace keyctl bpf io_uring_setup userfaultfd perf_event_open clone clone3 socket setuid chroot"
    assert allowed.isdisjoint(refused.split())
    assert {"read", "write", "execve", "futex", "mmap", "openat"} <= allowed
    assert all(entry["subArchitectures"] == [] for entry in profile["archMap"])


def test_every_module_of_the_sdk_is_in_the_image(tar):
    with tarfile.open(tar) as archive:
        names = set(archive.getnames())
    for package in ("mmo_maid_sdk", "yourbot_sdk"):
        for path in (HERE / "sdk" / package).rglob("*.py"):
            assert f"./usr/lib/homemaid/sdk/{path.relative_to(HERE / 'sdk').as_posix()}" in names
    assert not any("/sdk/tests" in name or "/sdk/bench" in name for name in names)
