"""Runs a library's steps as the list of scenarios names them, area by area, and writes down what came of them."""

import asyncio
import json
import logging
import os
import pathlib
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib import import_module
from typing import Any

from .sim import Sim, simulator

SCENARIOS = pathlib.Path(__file__).parents[2] / "scenarios.json"
# The longest a step may take, in seconds; a wait inside a step ends with it.
STEP_LIMIT = 60
# The longest a login may take, in seconds.
LOGIN_LIMIT = 40

Step = Callable[[Any], Awaitable[None]]
Connect = Callable[[Sim], AbstractAsyncContextManager[Any]]


class Area:
    """The steps of one area in one library; ``arguments`` are the simulator's."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self.arguments = arguments
        self.steps: dict[str, Step] = {}

    def __call__(self, name: str) -> Callable[[Step], Step]:
        def register(step: Step) -> Step:
            assert name not in self.steps, f"{self.name} has two steps {name}"
            self.steps[name] = step
            return step

        return register


class Report:
    """Prints each step and appends it to the file of results."""

    def __init__(self, library: str) -> None:
        self.library = library
        self.failed = 0
        self._file = pathlib.Path(os.environ["PEERS_RESULTS"])

    def step(self, area: str, name: str, started: float, error: str | None) -> None:
        seconds = round(time.monotonic() - started, 2)
        self.failed += error is not None
        entry = {"library": self.library, "area": area, "step": name, "seconds": seconds, "error": error}
        with self._file.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        print(f"{self.library}: {area}/{name}: {'ok' if error is None else 'FAILED'} ({seconds} s)", flush=True)
        if error:
            print("    " + error.replace("\n", "\n    "), flush=True)


async def _run_step(step: Step, world: Any) -> None:
    async with asyncio.timeout(STEP_LIMIT):
        await step(world)
    for entry in await world.sim.news():
        assert entry["kind"] != "unimplemented", f"the simulator does not implement {entry}"


async def _run_area(area: Area, wanted: list[str], connect: Connect, report: Report) -> None:
    open_steps = list(wanted)
    started = time.monotonic()
    try:
        async with simulator(*area.arguments) as sim, AsyncExitStack() as stack:
            async with asyncio.timeout(LOGIN_LIMIT):
                world = await stack.enter_async_context(connect(sim))
            for name in wanted:
                open_steps.remove(name)
                started, error = time.monotonic(), None
                try:
                    await _run_step(area.steps[name], world)
                except Exception:
                    error = traceback.format_exc(limit=-6)
                report.step(area.name, name, started, error)
                started = time.monotonic()
    except Exception:
        # Neither login nor logout belongs to a step: what did not run has failed.
        report.step(area.name, open_steps[0] if open_steps else wanted[-1], started, traceback.format_exc(limit=-6))


def main(library: str, package: str, connect: Connect) -> int:
    """Run the areas named on the command line, or all; each is a module of the library's package."""
    # What goes wrong is reported by the steps; libraries log a lot of it on purpose.
    logging.basicConfig(level=logging.CRITICAL)
    scenarios = json.loads(SCENARIOS.read_text())
    report = Report(library)

    async def run() -> None:
        for name in sys.argv[1:] or scenarios:
            area: Area = import_module(f"{package}.{name}").area
            strange = area.steps.keys() - scenarios[name].keys()
            assert area.name == name and not strange, f"{name} has steps that are not in the list: {strange}"
            # A step that the library lacks is for the table to find.
            await _run_area(area, [step for step in scenarios[name] if step in area.steps], connect, report)

    asyncio.run(run())
    return 1 if report.failed else 0
