"""Every error a plugin can see from the SDK.

::

    SdkError
    ├── CapabilityError        the owner has not granted what the call needs
    ├── RateLimitError         too many calls; ``retry_after`` seconds
    ├── DiscordApiError        Discord said no; ``status_code``
    ├── SdkPermissionError     the bot lacks a Discord permission; ``permission``   (alias PermissionError)
    ├── ValidationError        an argument is wrong
    ├── KvQuotaError           too many keys, or too large a value
    ├── RpcError               anything else the host answered; also a RuntimeError
    └── RpcTimeoutError        no answer in time, or the host is gone               (alias TimeoutError)
"""

from __future__ import annotations


class SdkError(Exception):
    """The root of all errors of the SDK; ``code`` is stable, the wording is not."""

    code: str = "SDK_ERROR"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        if code:
            self.code = code


class CapabilityError(SdkError):
    """The call needs a capability that the plugin did not ask for or the owner did not grant."""

    code = "CAPABILITY_DENIED"


class RateLimitError(SdkError):
    """The plugin has made too many calls; another one may succeed after ``retry_after`` seconds."""

    code = "RATE_LIMITED"

    def __init__(
        self, message: str = "Rate limit exceeded", retry_after: float = 0, *, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class DiscordApiError(SdkError):
    """Discord refused the call; ``status_code`` is the HTTP status, 0 when it is unknown."""

    code = "DISCORD_API_ERROR"

    def __init__(self, message: str = "Discord API error", status_code: int = 0, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.status_code = status_code


class SdkPermissionError(SdkError):
    """The bot lacks a Discord permission; ``permission`` names it, for example ``manage_channels``."""

    code = "BOT_MISSING_PERMISSION"

    def __init__(self, message: str = "Missing permission", permission: str = "", *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.permission = permission


class ValidationError(SdkError):
    """An argument of the call is missing or wrong."""

    code = "VALIDATION_ERROR"


class KvQuotaError(SdkError):
    """The write would exceed the number of keys or the size of a value."""

    code = "KV_QUOTA_EXCEEDED"


class RpcError(SdkError, RuntimeError):
    """The host answered with an error of no class of its own; ``code`` is the host's."""

    code = "RPC_ERROR"


class RpcTimeoutError(SdkError):
    """The host did not answer in time, or is gone."""

    code = "RPC_TIMEOUT"


PermissionError = SdkPermissionError
TimeoutError = RpcTimeoutError
