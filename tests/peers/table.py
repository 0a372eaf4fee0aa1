"""Prints what the three libraries showed, area by area, and fails when a step failed or was not taken.

Reads the list of scenarios and the file of results: ``table.py SCENARIOS RESULTS LIBRARY...``.
"""

import json
import pathlib
import sys


def main() -> int:
    """Print the table and return the exit code."""
    scenarios = json.loads(pathlib.Path(sys.argv[1]).read_text())
    lines = pathlib.Path(sys.argv[2]).read_text().splitlines()
    libraries = sys.argv[3:]
    # A library names itself with its version; the table goes by the name.
    results: dict[tuple[str, str, str], bool] = {}
    for entry in map(json.loads, lines):
        key = entry["library"].split()[0], entry["area"], entry["step"]
        results[key] = results.get(key, True) and entry["error"] is None
    print(f"{'area':<14}" + "".join(f"{library:>14}" for library in libraries))
    wrong: list[str] = []
    totals = dict.fromkeys(libraries, 0)
    for area, steps in scenarios.items():
        cells = []
        for library in libraries:
            passed = sum(results.get((library, area, step), False) for step in steps)
            totals[library] += passed
            cells.append(f"{passed}/{len(steps)} {'ok' if passed == len(steps) else 'FAIL'}")
            for step in steps:
                if not results.get((library, area, step), False):
                    state = "failed" if (library, area, step) in results else "not taken"
                    wrong.append(f"{library}: {area}/{step} ({steps[step]}): {state}")
        print(f"{area:<14}" + "".join(f"{cell:>14}" for cell in cells))
    wanted = sum(map(len, scenarios.values()))
    print(f"{'together':<14}" + "".join(f"{f'{totals[library]}/{wanted}':>14}" for library in libraries))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main())
