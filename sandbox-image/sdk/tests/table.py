"""What was compared with what, for the table at the end of a test run."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One comparison: how many things were equal, differ as written, and differ without an explanation."""

    what: str
    with_what: str
    equal: int
    intended: int
    unexplained: int


ROWS: list[Row] = []


def table() -> list[str]:
    """Return the lines of the table."""
    if not ROWS:
        return []
    heads = Row._fields[0].replace("what", "comparison"), "with", "equal", "intended", "unexplained"
    cells = [heads, *[(row.what, row.with_what, *map(str, row[2:])) for row in ROWS]]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return [
        "  ".join(cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths)))
        for line in cells
    ]
