"""The built image, unpacked, and a way to run its own interpreter without a container."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def tar() -> Path:
    """The image that ``build`` has written."""
    return Path(os.environ["SANDBOX_IMAGE"]) / "sandbox.tar"


@pytest.fixture(scope="session")
def root(tar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's files."""
    folder = tmp_path_factory.mktemp("root")
    with tarfile.open(tar) as archive:
        archive.extractall(folder, filter="tar")
    return folder


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def python(root: Path) -> Run:
    """Run the image's interpreter, with the image's own loader and libraries, on this machine."""
    libraries = next(root.glob("lib/*/libc.so.6")).parent
    command = [
        str(next(libraries.glob("ld-linux*.so*"))), "--inhibit-cache", "--argv0", str(root / "usr/bin/python3.11"),
        "--library-path", f"{libraries}:{root / 'usr/lib' / libraries.name}", str(root / "usr/bin/python3.11"),
        "-I", "-B", "-u", "-X", "utf8",
    ]

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=120, **options)

    return run
