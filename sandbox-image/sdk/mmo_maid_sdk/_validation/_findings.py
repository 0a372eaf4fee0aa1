"""One finding, and all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._limits import FINDINGS, TEXT_CHARS


class Finding:
    """Something that is wrong (``error``: it cannot be installed) or odd (``warning``) about a zip.

    Texts are cut to ``TEXT_CHARS`` and can always be written as UTF-8, whatever the plugin has put into them.
    """

    __slots__ = ("code", "hint", "line", "message", "path", "severity")

    def __init__(
        self,
        severity: str,
        code: str,
        message: str,
        path: str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.severity = severity
        self.code = code
        self.message = printable(message)
        self.path = None if path is None else printable(path)
        self.line = line
        self.hint = None if hint is None else printable(hint)

    def __repr__(self) -> str:
        return f"Finding({self.severity!r}, {self.code!r}, {self.message!r}, {self.path!r}, {self.line!r})"

    def to_payload(self) -> dict[str, Any]:
        """Return the finding as JSON; what it does not have is left out."""
        values = {name: getattr(self, name) for name in ("severity", "code", "message", "path", "line", "hint")}
        return {name: value for name, value in values.items() if value is not None}


def printable(text: str) -> str:
    """Return a text that is short and has neither control characters nor halves of characters."""
    if len(text) > TEXT_CHARS:
        text = text[: TEXT_CHARS - 1] + "…"
    text = "".join(c if c.isprintable() or c == "\n" else " " if c == "\t" else "\ufffd" for c in text)
    return text.encode("utf-8", "replace").decode("utf-8")


def shown(value: object) -> str:
    """Return a value of the plugin as a message quotes it, cut."""
    text = repr(value) if isinstance(value, (str, int, float, type(None))) else f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:79] + "…"


class ValidationResult:
    """The findings in the order in which they were made, ``FINDINGS`` at most; one more says that there are others."""

    def __init__(self, findings: list[Finding] | None = None) -> None:
        self.findings = findings or []
        self._full = False

    def add(
        self,
        severity: str,
        code: str,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        """Note a finding."""
        self.extend([Finding(severity, code, message, path, line, hint)])

    def extend(self, findings: Iterable[Finding]) -> None:
        """Note several."""
        for finding in findings:
            if len(self.findings) < FINDINGS:
                self.findings.append(finding)
            elif not self._full:
                self._full = True
                self.findings.append(Finding("error", "too_many_findings", f"more than {FINDINGS} findings; the rest is left out"))

    @property
    def full(self) -> bool:
        """Whether more is noted in vain."""
        return self._full

    @property
    def errors(self) -> list[Finding]:
        """The findings that stop an installation."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """The findings that do not."""
        return [finding for finding in self.findings if finding.severity == "warning"]

    @property
    def has_errors(self) -> bool:
        """Whether something stops an installation."""
        return any(finding.severity == "error" for finding in self.findings)

    def to_payload(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "errors": [finding.to_payload() for finding in self.errors],
            "warnings": [finding.to_payload() for finding in self.warnings],
            "has_errors": self.has_errors,
        }
