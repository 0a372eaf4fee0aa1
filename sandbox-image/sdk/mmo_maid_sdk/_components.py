"""Buttons, menus and text inputs, as objects that know the shape Discord wants."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._rpc import Object

_ACTION_ROW, _BUTTON, _SELECT_MENU, _TEXT_INPUT = 1, 2, 3, 4
_BUTTON_STYLES = {"primary": 1, "secondary": 2, "success": 3, "danger": 4, "link": 5}
_TEXT_INPUT_STYLES = {"short": 1, "paragraph": 2}

LABEL_LENGTH = 80
CUSTOM_ID_LENGTH = 100
OPTION_LENGTH = 100
OPTIONS = 25
MENU_PLACEHOLDER_LENGTH = 150
INPUT_LABEL_LENGTH = 45
INPUT_PLACEHOLDER_LENGTH = 100
INPUT_VALUE_LENGTH = 4000
CHILDREN = 5


class Button:
    """A button; a click arrives at ``Plugin.on_component``, unless the style is ``link``."""

    def __init__(
        self,
        label: str,
        custom_id: str = "",
        *,
        style: str = "primary",
        emoji: str | Object | None = None,
        url: str | None = None,
        disabled: bool = False,
    ) -> None:
        self.label = label
        self.custom_id = custom_id
        self.style = style
        self.emoji = emoji
        self.url = url
        self.disabled = disabled

    def to_dict(self) -> Object:
        """Return the button as Discord's JSON."""
        style = _BUTTON_STYLES.get(self.style, 1)
        result: Object = {"type": _BUTTON, "style": style, "label": str(self.label)[:LABEL_LENGTH]}
        if style == _BUTTON_STYLES["link"] and self.url:
            result["url"] = self.url
        elif self.custom_id:
            result["custom_id"] = str(self.custom_id)[:CUSTOM_ID_LENGTH]
        if self.emoji:
            result["emoji"] = _emoji(self.emoji)
        if self.disabled:
            result["disabled"] = True
        return result


class SelectOption:
    """One choice of a ``SelectMenu``."""

    def __init__(
        self,
        label: str,
        value: str,
        *,
        description: str | None = None,
        emoji: str | Object | None = None,
        default: bool = False,
    ) -> None:
        self.label = label
        self.value = value
        self.description = description
        self.emoji = emoji
        self.default = default

    def to_dict(self) -> Object:
        """Return the option as Discord's JSON."""
        result: Object = {"label": str(self.label)[:OPTION_LENGTH], "value": str(self.value)[:OPTION_LENGTH]}
        if self.description:
            result["description"] = str(self.description)[:OPTION_LENGTH]
        if self.emoji:
            result["emoji"] = _emoji(self.emoji)
        if self.default:
            result["default"] = True
        return result


class SelectMenu:
    """A menu; a choice arrives at ``Plugin.on_component``, with the chosen values in ``event["values"]``."""

    def __init__(
        self,
        custom_id: str,
        options: list[SelectOption] | None = None,
        *,
        placeholder: str = "",
        min_values: int = 1,
        max_values: int = 1,
        disabled: bool = False,
    ) -> None:
        self.custom_id = custom_id
        self.options = options or []
        self.placeholder = placeholder
        self.min_values = min_values
        self.max_values = max_values
        self.disabled = disabled

    def to_dict(self) -> Object:
        """Return the menu as Discord's JSON."""
        result: Object = {
            "type": _SELECT_MENU,
            "custom_id": str(self.custom_id)[:CUSTOM_ID_LENGTH],
            "options": [_as_dict(option) for option in self.options[:OPTIONS]],
        }
        if self.placeholder:
            result["placeholder"] = str(self.placeholder)[:MENU_PLACEHOLDER_LENGTH]
        if self.min_values != 1:
            result["min_values"] = self.min_values
        if self.max_values != 1:
            result["max_values"] = self.max_values
        if self.disabled:
            result["disabled"] = True
        return result


class TextInput:
    """One field of a form opened with ``ctx.interaction.send_modal``; *style* is short or paragraph."""

    def __init__(
        self,
        label: str,
        custom_id: str,
        *,
        style: str = "short",
        placeholder: str = "",
        value: str = "",
        required: bool = True,
        min_length: int | None = None,
        max_length: int | None = None,
    ) -> None:
        self.label = label
        self.custom_id = custom_id
        self.style = style
        self.placeholder = placeholder
        self.value = value
        self.required = required
        self.min_length = min_length
        self.max_length = max_length

    def to_dict(self) -> Object:
        """Return the input as Discord's JSON."""
        result: Object = {
            "type": _TEXT_INPUT,
            "custom_id": str(self.custom_id)[:CUSTOM_ID_LENGTH],
            "label": str(self.label)[:INPUT_LABEL_LENGTH],
            "style": _TEXT_INPUT_STYLES.get(self.style, 1),
            "required": bool(self.required),
        }
        if self.placeholder:
            result["placeholder"] = str(self.placeholder)[:INPUT_PLACEHOLDER_LENGTH]
        if self.value:
            result["value"] = str(self.value)[:INPUT_VALUE_LENGTH]
        if self.min_length is not None:
            result["min_length"] = self.min_length
        if self.max_length is not None:
            result["max_length"] = self.max_length
        return result


class ActionRow:
    """A row of up to five buttons, or of one menu or text input; dictionaries may stand among the children."""

    def __init__(self, *children: Any) -> None:
        self.children = children

    def to_dict(self) -> Object:
        """Return the row as Discord's JSON."""
        return {"type": _ACTION_ROW, "components": [_as_dict(child) for child in self.children[:CHILDREN]]}


def _as_dict(part: Any) -> Any:
    return part.to_dict() if hasattr(part, "to_dict") else part


def _emoji(emoji: str | Object) -> Object:
    """Return an emoji as Discord's JSON; ``<:name:id>`` and ``<a:name:id>`` are those of a server."""
    if isinstance(emoji, dict):
        return emoji
    if not emoji.startswith("<"):
        return {"name": emoji}
    import re

    found = re.fullmatch(r"<(a?):(\w+):(\d+)>", emoji)
    if found is None:
        return {"name": emoji}
    custom: Object = {"name": found[2], "id": found[3]}
    if found[1]:
        custom["animated"] = True
    return custom
