"""Slash commands: one bad definition and Discord refuses all of them (plugin-zip, section 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ._facts import Facts
from ._findings import ValidationResult, shown

NAME = re.compile(r"[-_\w]{1,32}")
RESERVED = frozenset(["homemaid"])
# What the hosted platform keeps for itself; told to portable plugins only.
HOSTED_RESERVED = frozenset(
    "announce appeal ban beacon case giveaway group group-admin group-alerts help history kick leaderboard lockdown"
    " maid-bug-report music note pluginbugreport poll purge quarantine quests raidmode report slowmode stats support"
    " temp-role ticket tickets timeout unban unlockdown unquarantine untimeout warn welcome yourbot".split()
)
COMMANDS = 100
OPTIONS = 25
CHOICES = 25
DESCRIPTION_CHARS = 100
TREE_CHARS = 8000
OPTION_TYPES = range(1, 12)
NESTING = 2
SUB_COMMAND, GROUP = 1, 2
MANIFEST = "manifest.json"


def check_commands(manifest: dict[str, Any], facts: Facts, portability: bool, result: ValidationResult) -> None:
    """Check the definitions in the manifest and the handlers in the sources."""

    def error(code: str, message: str, hint: str | None = None) -> None:
        result.add("error", code, message, path=MANIFEST, hint=hint)

    key = "commands" if manifest.get("slash_commands") is None and not portability else "slash_commands"
    definitions = manifest.get(key)
    if definitions is None:
        definitions = []
    if not isinstance(definitions, list):
        error("command_defs_not_list", f"{key} must be an array, not {shown(definitions)}")
        return
    for name in sorted(name for name in facts.commands if name != name.lower()):
        message = f"@on_slash_command({shown(name)}) never matches: commands are registered in lower case"
        result.add("error", "command_handler_not_lowercase", message, hint=f'Write "{name.lower()}".')
    handlers = {name.lower() for name in facts.commands}
    if len(definitions) > COMMANDS:
        error("command_limits_exceeded", f"{len(definitions)} commands; Discord allows {COMMANDS} a server")
    declared: dict[str, None] = {}
    for definition in definitions[: 10 * COMMANDS]:
        raw = definition.get("name") if isinstance(definition, dict) else None
        if not isinstance(raw, str) or not raw.strip():
            error("command_def_malformed", f"an entry of {key} has no name: {shown(definition)}", 'Add "name".')
            continue
        raw = raw.strip()
        name = raw.lower()
        if name != raw:
            message = f"command {shown(raw)} is registered in lower case"
            result.add("warning", "command_name_not_lowercase", message, path=MANIFEST, hint=f'Write "{name}" everywhere.')
        if not NAME.fullmatch(name):
            error("command_name_invalid", f"command name {shown(raw)} must be 1 to 32 letters, digits, - or _")
        if name in declared:
            error("command_name_duplicate", f"command {shown(name)} is there twice")
        declared[name] = None
        for code, problem in option_problems(definition):
            error(code, f"command {shown(name)}: {problem}", "Discord refuses all commands of a server for one wrong one.")
        if tree_chars(definition) > TREE_CHARS:
            error("command_limits_exceeded", f"command {shown(name)}: more than {TREE_CHARS} characters of text")
    reserved = RESERVED | HOSTED_RESERVED if portability else RESERVED
    for name in sorted((declared.keys() | handlers) & reserved):
        error("command_name_reserved", f"command {shown(name)} belongs to the host", "Choose another name.")
    _compare(list(declared), handlers, reserved, result)


def _compare(declared: list[str], handlers: set[str], reserved: frozenset[str], result: ValidationResult) -> None:
    extra = sorted(handlers - set(declared))
    for name in extra:
        if not NAME.fullmatch(name):
            message = f"command name {shown(name)}, from a decorator, must be 1 to 32 letters, digits, - or _"
            result.add("error", "command_name_invalid", message)
    if handlers:
        for name in declared:
            if name not in handlers:
                message = f"command {shown(name)} has no handler: whoever uses it waits in vain"
                hint = f'Add @plugin.on_slash_command("{name}").'
                result.add("error", "command_missing_handler", message, path=MANIFEST, hint=hint)
    elif declared:
        message = f"no literal @on_slash_command was found to compare {shown(declared[0])} with"
        result.add("warning", "command_handlers_not_found", message, hint="Write the name as text in the decorator.")
    for name in extra:
        if name not in reserved:
            message = f"command {shown(name)} is not in manifest.json; it is registered without description and options"
            hint = "Add it to slash_commands with a description."
            result.add("warning", "command_not_declared", message, path=MANIFEST, hint=hint)


def option_problems(node: dict[str, Any], depth: int = 0, parent: int = 0) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the options below one command or sub-command; *parent* is its type, 0 for a command."""
    if len(_text(node, "description")) > DESCRIPTION_CHARS:
        yield "command_limits_exceeded", f"a description has more than {DESCRIPTION_CHARS} characters"
    options = node.get("options")
    if options is None:
        return
    if not isinstance(options, list):
        yield "command_options_not_list", f"options must be an array, not {shown(options)}"
        return
    if depth > NESTING:
        return
    if len(options) > OPTIONS:
        yield "command_limits_exceeded", f"{len(options)} options; at most {OPTIONS} are allowed"
    optional_before = False
    seen: set[str] = set()
    for option in options[: 10 * OPTIONS]:
        if not isinstance(option, dict):
            yield "command_option_malformed", f"an option is no object: {shown(option)}"
            continue
        name, kind = option.get("name"), option.get("type")
        if not isinstance(name, str) or not name.strip():
            yield "command_option_missing_name", "an option has no name"
        elif name != name.lower() or not NAME.fullmatch(name):
            yield "command_option_name_invalid", f"option name {shown(name)} must be 1 to 32 lower-case letters, digits, - or _"
        elif name in seen:
            yield "command_option_name_duplicate", f"option {shown(name)} is there twice"
        else:
            seen.add(name)
        legal = isinstance(kind, int) and not isinstance(kind, bool) and kind in OPTION_TYPES
        if kind is None:
            yield "command_option_missing_type", f"option {shown(name)} has no type"
        elif not legal:
            yield "command_option_type_invalid", f"option {shown(name)} has the type {shown(kind)}; 1 to 11 exist"
        elif _misplaced(parent, int(kind), option):
            yield "command_option_nesting_invalid", f"option {shown(name)} stands where Discord allows no such option"
        if legal and kind not in (SUB_COMMAND, GROUP):
            required = option.get("required") is True
            if required and optional_before:
                yield "command_option_order", f"required option {shown(name)} stands after an optional one"
            optional_before = optional_before or not required
        choices = option.get("choices")
        if isinstance(choices, list) and len(choices) > CHOICES:
            yield "command_limits_exceeded", f"option {shown(name)}: {len(choices)} choices; at most {CHOICES} are allowed"
        yield from option_problems(option, depth + 1, kind if legal and isinstance(kind, int) else 0)


def _misplaced(parent: int, kind: int, option: dict[str, Any]) -> bool:
    """Whether an option may not stand below *parent*, or has options of its own that it may not have."""
    if parent == GROUP:
        return kind != SUB_COMMAND
    if parent == SUB_COMMAND:
        return kind in (SUB_COMMAND, GROUP) or bool(option.get("options"))
    return parent > GROUP or (kind > GROUP and bool(option.get("options")))


def tree_chars(node: dict[str, Any], depth: int = 0) -> int:
    """Return how many characters of names, descriptions and choices Discord counts."""
    total = len(_text(node, "name")) + len(_text(node, "description"))
    choices = node.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        if isinstance(choice, dict):
            total += len(_text(choice, "name")) + len(_text(choice, "value"))
    options = node.get("options")
    if depth <= NESTING:
        for option in options if isinstance(options, list) else []:
            total += tree_chars(option, depth + 1) if isinstance(option, dict) else 0
    return total


def _text(node: dict[str, Any], key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""
