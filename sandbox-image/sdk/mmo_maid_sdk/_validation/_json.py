"""JSON of a plugin: whatever it is, reading it ends in a value or in a ``JsonProblem``."""

from __future__ import annotations

import json
from typing import Any

from ._limits import TEXT_BYTES


class JsonProblem(Exception):
    """Why a file is no JSON; *kind* is ``encoding``, ``too_large`` or ``syntax``."""

    def __init__(self, kind: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.line = line


def read_json(data: bytes) -> Any:
    """Return the value."""
    if len(data) > TEXT_BYTES:
        raise JsonProblem("too_large", f"{len(data)} bytes; at most {TEXT_BYTES} are read")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonProblem("encoding", f"byte {error.start} cannot be read") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise JsonProblem("syntax", f"{error.msg} in line {error.lineno}", error.lineno) from None
    except RecursionError:
        raise JsonProblem("syntax", "it is nested too deeply") from None
    except ValueError as error:  # a number with more digits than Python converts
        raise JsonProblem("syntax", str(error)) from None
