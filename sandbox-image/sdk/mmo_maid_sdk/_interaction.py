"""``ctx.interaction``: answers to slash commands, buttons, menus and forms."""

from __future__ import annotations

from ._rpc import an_object, as_dicts, cut, with_optional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._rpc import Object, Rpc

CONTENT_LENGTH = 2000
EMBEDS = 10
ROWS = 5
TITLE_LENGTH = 45
CUSTOM_ID_LENGTH = 100
_TEXT_INPUT = 4
_ACTION_ROW = 1


class Interaction:
    """Reached as ``ctx.interaction``; needs the ``interaction:respond`` capability.

    The first answer is due within three seconds; after ``defer`` there are fifteen minutes.
    """

    __slots__ = ("_current_id", "_rpc")

    def __init__(self, transport: Rpc, current_id: Callable[[], str] = str) -> None:
        self._rpc = transport
        self._current_id = current_id

    def respond(
        self,
        *,
        content: str = "",
        embeds: list[Object] | None = None,
        components: list[Any] | None = None,
        ephemeral: bool = False,
        allowed_mentions: Object | None = None,
        update_message: bool = False,
    ) -> None:
        """Answer the interaction; *ephemeral* answers are seen by its user only.

        *update_message* changes the message whose button or menu was used instead of sending a new one.
        """
        params = self._message(content, embeds, components, ephemeral, allowed_mentions)
        if update_message:
            params["update_message"] = True
        self._rpc.call("interaction.respond", params)

    def defer(self, *, ephemeral: bool = False) -> None:
        """Tell Discord that the answer takes longer; the user sees the bot thinking."""
        self._rpc.call("interaction.defer", {"_interaction_id": self._current_id(), "ephemeral": bool(ephemeral)})

    def followup(
        self,
        *,
        content: str = "",
        embeds: list[Object] | None = None,
        components: list[Any] | None = None,
        ephemeral: bool = False,
        allowed_mentions: Object | None = None,
    ) -> Object:
        """Send another message after the first answer (or the answer itself after ``defer``); return its ids."""
        params = self._message(content, embeds, components, ephemeral, allowed_mentions)
        return an_object(self._rpc.call("interaction.followup", params))

    def send_modal(self, *, title: str, custom_id: str, fields: list[Any] | None = None) -> None:
        """Open a form of up to five text inputs; its answers arrive at ``Plugin.on_modal_submit``."""
        params = {
            "_interaction_id": self._current_id(),
            "title": cut(title, TITLE_LENGTH),
            "custom_id": cut(custom_id, CUSTOM_ID_LENGTH),
            "components": [_in_row(part) for part in as_dicts(fields, ROWS)],
        }
        self._rpc.call("interaction.send_modal", params)

    def _message(
        self,
        content: str,
        embeds: list[Object] | None,
        components: list[Any] | None,
        ephemeral: bool,
        allowed_mentions: Object | None,
    ) -> Object:
        params: Object = {
            "_interaction_id": self._current_id(),
            "content": cut(content, CONTENT_LENGTH),
            "embeds": list(embeds or [])[:EMBEDS],
            "components": as_dicts(components, ROWS),
            "ephemeral": bool(ephemeral),
        }
        return with_optional(params, allowed_mentions=allowed_mentions)


def _in_row(component: Any) -> Any:
    """Return a bare text input within the action row that Discord wants around it."""
    if isinstance(component, dict) and component.get("type") == _TEXT_INPUT:
        return {"type": _ACTION_ROW, "components": [component]}
    return component
