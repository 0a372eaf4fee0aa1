"""Slash commands: one bad definition and Discord refuses all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ._findings import ValidationResult

NAME = re.compile(r"[-_\w]{1,32}")
DECORATOR = re.compile(rb"@\w+\.on_slash_command\s*\(\s*[\"']([a-zA-Z0-9_\-]+)[\"']\s*\)")
RESERVED = frozenset(["homemaid"])
OPTIONS = 25
DESCRIPTION_LENGTH = 100
TREE_LENGTH = 8000
OPTION_TYPES = range(1, 12)
NESTING = 2


def check_commands(manifest: dict[str, Any], python: dict[str, bytes], result: ValidationResult) -> None:
    """Check the definitions in the manifest and the handlers in the sources."""

    def error(code: str, message: str) -> None:
        result.add("error", code, message, path="manifest.json")

    definitions = manifest.get("slash_commands", manifest.get("commands", []))
    if not isinstance(definitions, list):
        error("command_defs_not_list", "slash_commands must be an array")
        return
    handlers = {name.decode() for data in python.values() for name in DECORATOR.findall(data)}
    for name in sorted(name for name in handlers if name != name.lower()):
        message = f"@on_slash_command({name!r}) never matches: commands are registered in lower case"
        result.add("error", "command_handler_not_lowercase", message)
    declared: list[str] = []
    for definition in definitions:
        raw = definition.get("name") if isinstance(definition, dict) else None
        if not isinstance(raw, str) or not raw.strip():
            error("command_def_malformed", "an entry of slash_commands has no name")
            continue
        name = raw.lower()
        if name != raw:
            message = f"command {raw!r} is registered in lower case"
            result.add("warning", "command_name_not_lowercase", message, path="manifest.json")
        if not NAME.fullmatch(name):
            error("command_name_invalid", f"command name {raw!r}: 1 to 32 letters, digits, - or _")
        if name in declared:
            error("command_name_duplicate", f"command {name!r} is there twice")
        declared.append(name)
        for code, problem in option_problems(definition):
            error(code, f"command {name!r}: {problem}")
        if len(json.dumps(definition, ensure_ascii=False)) > TREE_LENGTH:
            error("command_limits_exceeded", f"command {name!r}: more than {TREE_LENGTH} characters")
    for name in sorted((set(declared) | handlers) & RESERVED):
        error("command_name_reserved", f"command {name!r} belongs to the host")
    _compare(declared, handlers, result)


def _compare(declared: list[str], handlers: set[str], result: ValidationResult) -> None:
    if handlers:
        for name in declared:
            if name not in handlers:
                message = f"command {name!r} has no handler: whoever uses it waits in vain"
                result.add("error", "command_missing_handler", message, path="manifest.json")
    elif declared:
        result.add("warning", "command_handlers_not_found", "no @on_slash_command was found to compare with")
    for name in sorted(handlers - set(declared) - RESERVED):
        if name == name.lower():
            message = f"command {name!r} is not in manifest.json; it is registered without description and options"
            result.add("warning", "command_not_declared", message, path="manifest.json")


def option_problems(node: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the options below one command or sub-command."""
    if len(str(node.get("description") or "")) > DESCRIPTION_LENGTH:
        yield "command_limits_exceeded", f"a description has more than {DESCRIPTION_LENGTH} characters"
    options = node.get("options")
    if options is None:
        return
    if not isinstance(options, list):
        yield "command_options_not_list", "options must be an array"
        return
    if len(options) > OPTIONS:
        yield "command_limits_exceeded", f"{len(options)} options; at most {OPTIONS} are allowed"
    optional_before = False
    for option in options:
        if not isinstance(option, dict):
            yield "command_option_malformed", "an option is no object"
            continue
        name, kind = option.get("name"), option.get("type")
        if not isinstance(name, str) or not name.strip():
            yield "command_option_missing_name", "an option has no name"
        elif name != name.lower() or not NAME.fullmatch(name):
            yield "command_option_name_invalid", f"option name {name!r}: 1 to 32 letters, digits, - or _, lower case"
        if kind is None:
            yield "command_option_missing_type", f"option {name!r} has no type"
        elif isinstance(kind, bool) or not isinstance(kind, int) or kind not in OPTION_TYPES:
            yield "command_option_type_invalid", f"option {name!r} has the type {kind!r}; 1 to 11 exist"
        if option.get("required") and optional_before:
            yield "command_option_order", f"required option {name!r} stands after an optional one"
        optional_before = optional_before or (not option.get("required") and kind not in (1, 2))
        choices = option.get("choices")
        if isinstance(choices, list) and len(choices) > OPTIONS:
            yield "command_limits_exceeded", f"option {name!r}: {len(choices)} choices; at most {OPTIONS} are allowed"
        if depth < NESTING:
            yield from option_problems(option, depth + 1)
