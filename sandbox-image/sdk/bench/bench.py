#!/usr/bin/env python3
"""Compares this SDK with the published ones, side by side in one run, and prints ratios.

    bench.py PUBLISHED_DIR ...      each a folder with an unpacked wheel

Measured are: the import, the memory of an idle worker, and the time of one call in each direction. Every figure is the
median of several rounds, and in each round all SDKs take their turn, so that a busy machine disturbs all of them alike.
"""

from __future__ import annotations

import argparse
import compileall
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
OURS = "homemaid"
ROUNDS = 7
IMPORTS_PER_ROUND = 5
CALLS = 2000
WORKERS = 10
BOOT = {"discord_srv_id": "1", "plugin_id": "bench", "version": "1.0.0", "capabilities": ["storage:kv"]}
PING = b'{"jsonrpc":"2.0","id":"h:1","method":"dashboard.ping","params":{}}\n'
PYTHON = [sys.executable, "-I", "-B", "-u", "-X", "utf8"]
IMPORT = "import sys, time; sys.path.insert(0, {path!r}); t = time.perf_counter(); import mmo_maid_sdk; print(time.perf_counter() - t)"
# As a worker starts, by the image's own bootstrap, only from other folders.
RUN = (
    "import sys, os; os.environ.clear(); sys.path[:0] = [{tree!r}, {sdk!r}, {image!r}]; import boot; del sys.path[2];"
    " sys.argv[:] = [{tree!r} + '/plugin.py']; boot.run_entry(sys.argv[0])"
)


class Worker:
    """A plugin process, driven as a host would, with as little work as possible on this side."""

    def __init__(self, sdk: Path, tree: Path) -> None:
        code = RUN.format(sdk=str(sdk), tree=str(tree), image=str(HERE.parents[1]))
        self.process = subprocess.Popen(
            [*PYTHON, "-W", "ignore", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env={}
        )
        assert self.process.stdin and self.process.stdout
        self.to, self.lines = self.process.stdin, open(self.process.stdout.fileno(), "rb", closefd=False)
        self.request("host.boot", BOOT)
        self.request("dashboard.ping", {})

    def send(self, message: dict) -> None:
        """Write one line."""
        self.to.write(json.dumps(message).encode() + b"\n")

    def request(self, method: str, params: dict) -> dict:
        """Send one request, answer the plugin's own calls meanwhile, and return the result."""
        self.send({"jsonrpc": "2.0", "id": "h:1", "method": method, "params": params})
        for line in self.lines:
            if line.startswith(b'{"jsonrpc":"2.0","id":"h:1"'):
                return json.loads(line)["result"]
            if b'"method":"kv.get"' in line:
                call_id = line[line.index(b'"id":') + 5 : line.index(b",", line.index(b'"id":'))]
                self.to.write(b'{"jsonrpc":"2.0","id":' + call_id + b',"result":{"value":{"value_json":1}}}\n')
        raise RuntimeError("the worker has ended")

    def ping_seconds(self) -> float:
        """Return how long one request takes, from the first byte written to the last one read."""
        start = time.perf_counter()
        self.to.write(PING)
        self.lines.readline()
        return time.perf_counter() - start

    def proportional_kilobytes(self) -> int:
        """Return the memory of the process, with shared pages counted in part."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))

    def close(self) -> None:
        """End the process."""
        self.to.close()
        self.process.wait(10)
        self.lines.close()


def import_seconds(sdk: Path) -> float:
    """Return how long a fresh interpreter takes to import the SDK."""
    code = IMPORT.format(path=str(sdk))
    runs = [subprocess.check_output([*PYTHON, "-W", "ignore", "-c", code], env={}) for _ in range(IMPORTS_PER_ROUND)]
    return min(float(output) for output in runs)


def round_of(sdk: Path, tree: Path) -> dict[str, float]:
    """Return all figures of one SDK, measured once."""
    # Side by side, as on a host with many plugins: libraries are shared, what a worker costs more is not.
    workers = [Worker(sdk, tree) for _ in range(WORKERS)]
    memory = statistics.median(worker.proportional_kilobytes() for worker in workers) / 1024
    for other in workers[1:]:
        other.close()
    worker = workers[0]
    request_times = [worker.ping_seconds() for _ in range(CALLS)]
    call_times = worker.request("dashboard.calls", {"count": CALLS})["times"]
    worker.close()
    return {
        "import ms": import_seconds(sdk) * 1e3,
        "idle PSS MB": memory,
        "host to plugin us p50": statistics.median(request_times) * 1e6,
        "host to plugin us p99": statistics.quantiles(request_times, n=100)[98] * 1e6,
        "plugin to host us p50": statistics.median(call_times) * 1e6,
        "plugin to host us p99": statistics.quantiles(call_times, n=100)[98] * 1e6,
    }


def prepared(source: Path, folder: Path) -> Path:
    """Return a copy of an SDK with byte code as workers have it."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", "tests", "bench", "build"))
    mode = compileall.py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=1, force=True, invalidation_mode=mode)
    return folder


def main() -> None:
    """Measure and print a table: this SDK's figures, and how many times those of each published one they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("published", nargs="*", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        sources = {OURS: HERE.parent, **{path.name: path for path in arguments.published}}
        tree = Path(temporary) / "plugin"
        tree.mkdir()
        shutil.copy(HERE / "plugin.py", tree)
        compileall.compile_dir(tree, quiet=1)
        sdks = {name: prepared(path, Path(temporary) / name) for name, path in sources.items()}
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in sdks}
        for _ in range(ROUNDS):
            for name, sdk in sdks.items():
                rounds[name].append(round_of(sdk, tree))
    median = {
        name: {figure: statistics.median(one[figure] for one in measured) for figure in measured[0]}
        for name, measured in rounds.items()
    }
    print(f"{'':24}{OURS:>12}" + "".join(f"{name:>24}{'ratio':>8}" for name in sdks if name != OURS))
    for figure, value in median[OURS].items():
        others = (median[name][figure] for name in sdks if name != OURS)
        print(f"{figure:24}{value:12.2f}" + "".join(f"{other:24.2f}{value / other:8.2f}" for other in others))


if __name__ == "__main__":
    main()
