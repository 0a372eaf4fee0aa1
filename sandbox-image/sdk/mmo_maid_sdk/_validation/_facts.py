"""One pass over the Python sources, one file at a time: what the other rules need to know, and what is wrong in each file.

Nothing of a file is kept but names. Regular expressions here see hostile text: none may look from one place at more than
a bounded stretch of it, or a file of ``@x.cron("`` would take hours.
"""

from __future__ import annotations

import ast
import re

from ._files import Files
from ._findings import Finding
from ._limits import SOURCE_BYTES
from ._patterns import PATTERNS
from ._sources import check_source
from ._tree import SourceError, parse

NOT_SCANNED = frozenset(["tests", "test", "__pycache__", ".venv", "venv", "site-packages", ".git"])

COMMAND = re.compile(rb"@\w{1,64}\.on_slash_command\s{0,64}\(\s{0,64}[\"']([a-zA-Z0-9_\-]{1,200})[\"']\s{0,64}\)")
# The decorator, at most 20 more decorators, and the function.
TASK = re.compile(
    rb"@\w{1,64}\.cron\s{0,64}\(\s{0,64}[\"'][^\"'\r\n]{0,200}[\"']\s{0,64}\)[^\r\n]{0,200}\r?\n"
    rb"(?:\s{0,64}@[^\r\n]{0,200}\r?\n){0,20}\s{0,64}(?:async\s{1,8})?def\s{1,8}(\w{1,200})"
)
SCHEDULE = re.compile(rb"@\w{1,64}\.schedule\s{0,64}\(")
DASHBOARD = re.compile(rb"\.on_dashboard\(\s{0,64}[\"'](?:dashboard\.)?([A-Za-z0-9_\-]{1,64})[\"']")
ANY_DASHBOARD = b".on_dashboard("
IMPORT = re.compile(rb"^[ \t]{0,200}(?:import|from)[ \t]{1,64}([A-Za-z_]\w{0,200})", re.MULTILINE)


class Facts:
    """What the sources say: names of commands, tasks, dashboard handlers and imports, needs, and findings."""

    def __init__(self) -> None:
        self.scanned = False
        self.needs: set[tuple[str, ...]] = set()
        self.imports: set[str] = set()
        self.commands: set[str] = set()
        self.tasks: set[str] = set()
        self.schedules = False
        self.dashboard: set[str] = set()
        self.has_dashboard = False
        self.dynamic_dashboard = False
        self.findings: list[Finding] = []

    @classmethod
    def of(cls, files: Files, portability: bool) -> Facts:
        """Return the facts of all sources of a plugin."""
        facts = cls()
        for name in files.names:
            if not name.endswith(".py"):
                continue
            if files.size(name) > SOURCE_BYTES:
                if scanned(name):
                    facts.scanned = True
                    message = f"{name} has {files.size(name)} bytes; at most {SOURCE_BYTES} of a source are checked"
                    hint = "Put data into a file of its own, for example JSON, and read it."
                    facts.findings.append(Finding("error", "source_too_large", message, path=name, hint=hint))
                continue
            data = files.read(name)
            facts._look_at_any(data)
            if scanned(name):
                facts._look_at(name, data, portability)
        return facts

    def _look_at_any(self, data: bytes) -> None:
        """Note what counts in tests too, as the hosted platform counts it."""
        self.commands.update(name.decode("ascii") for name in COMMAND.findall(data))
        self.tasks.update(name.decode("utf-8", "replace") for name in TASK.findall(data))
        self.schedules = self.schedules or SCHEDULE.search(data) is not None

    def _look_at(self, name: str, data: bytes, portability: bool) -> None:
        self.scanned = True
        self.needs.update(needed for pattern, needed in PATTERNS.items() if pattern in data)
        handlers = DASHBOARD.findall(data)
        self.dashboard.update(handler.decode("ascii") for handler in handlers)
        calls = data.count(ANY_DASHBOARD)
        self.has_dashboard = self.has_dashboard or calls > 0
        self.dynamic_dashboard = self.dynamic_dashboard or calls > len(handlers)
        try:
            tree = parse(data)
            self.imports |= import_roots(tree)
            self.findings += check_source(name, tree, portability)
        except SourceError as error:
            self.imports.update(root.decode("utf-8", "replace") for root in IMPORT.findall(data))
            self.findings.append(Finding("error", error.code, str(error), path=name, line=error.line, hint=error.hint))


def scanned(name: str) -> bool:
    """Return whether a file of the zip is part of what runs."""
    return not NOT_SCANNED.intersection(name.split("/"))


def import_roots(tree: ast.AST) -> set[str]:
    """Return the first name of every absolute import."""
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            roots.add(node.module.split(".")[0])
    return roots
