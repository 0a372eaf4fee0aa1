"""``events.yaml``: a list of events, each a flat list of ``key: value`` lines; PyYAML reads it if it is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

Event = dict[str, Any]

_WORDS: dict[str, Any] = {
    "true": True,
    "yes": True,
    "on": True,
    "false": False,
    "no": False,
    "off": False,
    "null": None,
    "~": None,
    "": None,
    "[]": [],
    "{}": {},
}


class EventsError(ValueError):
    """The file is not a list of events; the text names the line."""


def read_events(path: Path) -> list[Event]:
    """Return the events of the file, none if there is no file."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    try:
        import yaml  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return parse(text)
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise EventsError(f"{path.name}: {error}") from error
    if content is None:
        return []
    if not isinstance(content, list) or not all(isinstance(event, dict) for event in content):
        raise EventsError(f"{path.name}: the file must be a list of events, each of `key: value` lines")
    return content


def parse(text: str) -> list[Event]:
    """Read the part of YAML that event files need."""
    events: list[Event] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#") or content == "---":
            continue
        if content.startswith("- ") or content == "-":
            events.append({})
            content = content[1:].strip()
            if not content:
                continue
        elif not line.startswith(" ") or not events:
            raise EventsError(f"line {number}: an event begins with `- `: {line!r}")
        key, colon, value = content.partition(":")
        if not colon or (value and not value.startswith((" ", "\t"))):
            raise EventsError(f"line {number}: expected `key: value`: {line!r}")
        events[-1][key.strip().strip("'\"")] = scalar(value.strip(), number)
    return events


def scalar(text: str, number: int) -> Any:
    """Return one value: quoted text, a number, a word with a meaning, or the text itself."""
    if text[:1] in ("'", '"'):
        end = re.fullmatch(r"""'((?:[^']|'')*)'\s*(?:#.*)?|"((?:[^"\\]|\\.)*)"\s*(?:#.*)?""", text)
        if end is None:
            raise EventsError(f"line {number}: the quotes do not end: {text!r}")
        if end[1] is not None:
            return end[1].replace("''", "'")
        import json

        return json.loads(f'"{end[2]}"')
    text = re.split(r"\s#", text, maxsplit=1)[0].strip()
    if text.lower() in _WORDS:
        word = _WORDS[text.lower()]
        return type(word)() if isinstance(word, (list, dict)) else word
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    if re.fullmatch(r"[-+]?\d+\.\d*", text):
        return float(text)
    if text[:1] in "[{|>&*!":
        import json

        try:
            return json.loads(text)
        except ValueError:
            raise EventsError(f"line {number}: this value needs PyYAML (pip install pyyaml): {text!r}") from None
    return text
