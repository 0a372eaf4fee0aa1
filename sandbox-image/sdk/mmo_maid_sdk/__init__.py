"""SDK for Discord plugins that run on Homemaid.

::

    from mmo_maid_sdk import Plugin

    plugin = Plugin()

    @plugin.on_slash_command("hello")
    def hello(ctx, event):
        ctx.interaction.respond(content=f"Hello, {event['user_name']}!")

    plugin.run()
"""

from ._components import ActionRow, Button, SelectMenu, SelectOption, TextInput
from ._context import Context, QueryResult
from ._exceptions import (
    CapabilityError,
    DiscordApiError,
    KvQuotaError,
    PermissionError,
    RateLimitError,
    RpcError,
    RpcTimeoutError,
    SdkError,
    SdkPermissionError,
    TimeoutError,
    ValidationError,
)
from ._plugin import Plugin

__version__ = "0.10.1+homemaid.1"

__all__ = [
    "ActionRow",
    "Button",
    "CapabilityError",
    "Context",
    "DiscordApiError",
    "KvQuotaError",
    "PermissionError",
    "Plugin",
    "QueryResult",
    "RateLimitError",
    "RpcError",
    "RpcTimeoutError",
    "SdkError",
    "SdkPermissionError",
    "SelectMenu",
    "SelectOption",
    "TextInput",
    "TimeoutError",
    "ValidationError",
]
