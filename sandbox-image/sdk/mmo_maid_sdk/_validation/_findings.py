"""One finding, and all of them."""

from __future__ import annotations

from typing import Any


class Finding:
    """Something that is wrong (``error``: it cannot be installed) or odd (``warning``) about a zip."""

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
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint

    def __repr__(self) -> str:
        return f"Finding({self.severity!r}, {self.code!r}, {self.message!r}, {self.path!r}, {self.line!r})"

    def to_payload(self) -> dict[str, Any]:
        """Return the finding as JSON; what it does not have is left out."""
        values = {name: getattr(self, name) for name in ("severity", "code", "message", "path", "line", "hint")}
        return {name: value for name, value in values.items() if value is not None}


class ValidationResult:
    """The findings in the order in which they were made."""

    def __init__(self, findings: list[Finding] | None = None) -> None:
        self.findings = findings or []

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
        self.findings.append(Finding(severity, code, message, path, line, hint))

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
        return bool(self.errors)

    def to_payload(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "errors": [finding.to_payload() for finding in self.errors],
            "warnings": [finding.to_payload() for finding in self.warnings],
            "has_errors": self.has_errors,
        }
