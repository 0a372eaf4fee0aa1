"""From an error object of the host to the exception that a plugin sees."""

from __future__ import annotations

from ._exceptions import (
    CapabilityError,
    DiscordApiError,
    KvQuotaError,
    RateLimitError,
    RpcError,
    RpcTimeoutError,
    SdkError,
    SdkPermissionError,
    ValidationError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any

MANIFEST_HINT = " (add the capability to capabilities_required in your manifest.json)"
UNKNOWN_RETRY_AFTER = 5.0
EXHAUSTED_RETRY_AFTER = 60.0

_KIND_OF_CODE = {
    "CAPABILITY_DENIED": "capability",
    "RATE_LIMITED": "rate",
    "QUOTA_EXCEEDED": "rate",
    "KV_QUOTA_EXCEEDED": "kv",
    "DISCORD_API_ERROR": "discord",
    "BOT_MISSING_PERMISSION": "permission",
    "VALIDATION_ERROR": "validation",
    "RPC_TIMEOUT": "timeout",
    "SQL_ERROR": "other",
    "METHOD_NOT_FOUND": "other",
    "PROXY_ERROR": "other",
    "INTERNAL_ERROR": "other",
}


def exception_for(method: str, error: object) -> SdkError:
    """Return the exception for the *error* member of a response to *method*; any JSON value is tolerated."""
    fields: dict[str, Any] = error if isinstance(error, dict) else {"message": error}
    code = fields.get("code")
    code = code if isinstance(code, str) and code else None
    message = fields.get("message")
    message = message if isinstance(message, str) else "" if message is None else str(message)
    message = message or code or "unknown error"
    kind = (_KIND_OF_CODE.get(code) if code else None) or _kind_of_message(message.lower())
    if kind == "capability":
        hint = "" if "manifest" in message.lower() else MANIFEST_HINT
        return CapabilityError(message + hint, code=code)
    if kind == "rate":
        return RateLimitError(message, _retry_after(fields, message), code=code)
    if kind == "kv":
        return KvQuotaError(message, code=code)
    if kind == "discord":
        return DiscordApiError(message, _status_code(fields, message), code=code)
    if kind == "permission":
        return SdkPermissionError(message, _permission(fields, message), code=code)
    if kind == "validation":
        return ValidationError(message, code=code)
    if kind == "timeout":
        return RpcTimeoutError(message, code=code)
    return RpcError(f"RPC error ({method}): {message}", code=code)


def _kind_of_message(message: str) -> str:
    """Guess from the wording alone, for hosts that send no code."""
    if "capability" in message:
        return "capability"
    if "kv quota" in message:
        return "kv"
    if "quota exceeded" in message or "rate limit" in message or _found(r"retry in \d+(?:\.\d+)?s", message):
        return "rate"
    if "discord api error" in message:
        return "discord"
    if "bot lacks" in message or "missing permission" in message or "lacks permission" in message:
        return "permission"
    if _found(r"lacks \w+ permission", message):
        return "permission"
    if "required" in message and ("must be" in message or "invalid" in message):
        return "validation"
    return "other"


def _found(pattern: str, text: str) -> re.Match[str] | None:
    import re  # not at the top: most workers never see an error, and ``re`` is large

    return re.search(pattern, text, re.IGNORECASE)


def _retry_after(fields: dict[str, Any], message: str) -> float:
    value = fields.get("retry_after")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return float(value)
    if found := _found(r"retry in (\d+(?:\.\d+)?)s", message):
        return float(found[1])
    if found := _found(r"remaining=(-?\d+(?:\.\d+)?)/min", message):
        per_minute = float(found[1])
        return EXHAUSTED_RETRY_AFTER if per_minute <= 0 else float(max(1, int(60 / max(per_minute, 1))))
    return UNKNOWN_RETRY_AFTER


def _status_code(fields: dict[str, Any], message: str) -> int:
    value = fields.get("status_code")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _found(r"error\s+(\d{3})", message)
    return int(found[1]) if found else 0


def _permission(fields: dict[str, Any], message: str) -> str:
    value = fields.get("permission")
    if isinstance(value, str) and value:
        return value
    found = _found(r"lacks (?:the )?(\w+) permission|missing permission:?\s+(\w+)|lacks permission:?\s+(\w+)", message)
    return next((group for group in found.groups() if group), "") if found else ""
