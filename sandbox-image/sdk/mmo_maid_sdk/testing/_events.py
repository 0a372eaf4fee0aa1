"""Events as a handler receives them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

Event = dict[str, Any]

# The shape that plugins' tests compare whole dictionaries with: nothing may be added here.
_SHORT: dict[str, Event] = {
    "message_create": {
        "message_id": "100",
        "channel_id": "1",
        "guild_id": "999",
        "author_id": "200",
        "author_username": "testuser",
        "author_bot": False,
        "content": "",
        "timestamp": "2026-01-01T00:00:00Z",
    },
    "message_edit": {"message_id": "100", "channel_id": "1", "guild_id": "999", "content": ""},
    "message_delete": {"message_id": "100", "channel_id": "1", "guild_id": "999"},
    "member_join": {"user_id": "200", "username": "newuser", "guild_id": "999"},
    "member_leave": {"user_id": "200", "username": "leftuser", "guild_id": "999"},
    "member_update": {"user_id": "200", "guild_id": "999", "roles": []},
    "reaction_add": {"message_id": "100", "channel_id": "1", "user_id": "200", "emoji": "👍", "guild_id": "999"},
    "reaction_remove": {"message_id": "100", "channel_id": "1", "user_id": "200", "emoji": "👍", "guild_id": "999"},
    "voice_state_update": {
        "user_id": "200",
        "channel_id": "1",
        "guild_id": "999",
        "self_mute": False,
        "self_deaf": False,
    },
    "interaction_create": {
        "interaction_id": "300",
        "interaction_type": 2,
        "guild_id": "999",
        "channel_id": "1",
        "user_id": "200",
        "command_name": "",
        "custom_id": "",
        "modal_values": {},
    },
    "channel_create": {"id": "1", "name": "new-channel", "type": 0, "guild_id": "999"},
    "channel_delete": {"id": "1", "name": "deleted-channel", "guild_id": "999"},
    "channel_update": {"id": "1", "name": "updated-channel", "guild_id": "999"},
    "role_create": {"id": "1", "name": "new-role", "guild_id": "999"},
    "role_delete": {"id": "1", "name": "deleted-role", "guild_id": "999"},
    "role_update": {"id": "1", "name": "updated-role", "guild_id": "999"},
}

_PERSON: Event = {"username": "testuser", "display_name": "Test User", "bot": False}
_TIME = "2026-01-01T00:00:00+00:00"

# What a host sends beyond that.
_MORE: dict[str, Event] = {
    "message_create": {
        "author_name": "testuser",
        "author_display_name": "Test User",
        "created_at": _TIME,
        "timestamp": _TIME,
        "channel_name": "general",
        "embed_count": 0,
        "attachment_count": 0,
        "mention_count": 0,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "member_roles": [],
        "message_type": 0,
    },
    "message_edit": {
        "author_id": "200",
        "author_bot": False,
        "before_content": None,
        "embed_count": 0,
        "attachment_count": 0,
        "mention_count": 0,
        "edited_timestamp": _TIME,
    },
    "message_delete": {"author_id": "200", "content": None, "bulk": False},
    "member_join": {
        **_PERSON,
        "joined_at": _TIME,
        "roles": [],
        "nick": None,
        "guild_name": "Test Server",
        "member_count": 101,
        "avatar": None,
    },
    "member_leave": {**_PERSON, "joined_at": _TIME, "roles": [], "nick": None, "member_count": 100},
    "member_update": {
        **_PERSON,
        "before_roles": [],
        "nick": None,
        "before_nick": None,
        "timeout_until": None,
        "pending": False,
    },
    "reaction_add": {"emoji_id": None, "emoji_name": "👍", "user_bot": False},
    "reaction_remove": {"emoji_id": None, "emoji_name": "👍", "user_bot": False},
    "voice_state_update": {
        "username": "testuser",
        "bot": False,
        "member_bot": False,
        "before_channel_id": None,
        "before_channel_name": None,
        "after_channel_id": "1",
        "after_channel_name": "Lounge",
        "before_self_stream": False,
        "after_self_stream": False,
        "self_stream": False,
        "self_video": False,
        "server_mute": False,
        "server_deaf": False,
        "suppress": False,
    },
    "interaction_create": {
        "type": 2,
        "user_name": "testuser",
        "user_username": "testuser",
        "username": "testuser",
        "user_display_name": "Test User",
        "display_name": "Test User",
        "user_avatar": None,
        "permissions": "0",
        "app_permissions": "0",
        "member": {
            "permissions": "0",
            "roles": [],
            "nick": None,
            "user": {"id": "200", "username": "testuser", "global_name": "Test User"},
        },
        "locale": "en-US",
        "guild_locale": "en-US",
        "command_id": "",
        "command_type": 1,
        "options": [],
        "command_options": [],
        "resolved": {},
        "component_type": 0,
        "values": [],
        "message_id": None,
        "message": None,
    },
}
_CHANNEL: Event = {
    "channel_id": "1",
    "type": 0,
    "category_id": None,
    "parent_id": None,
    "position": 0,
    "topic": None,
    "nsfw": False,
}
_ROLE: Event = {
    "role_id": "1",
    "color": 0,
    "position": 1,
    "permissions": "0",
    "managed": False,
    "mentionable": False,
}
for _change in ("create", "delete", "update"):
    _MORE[f"channel_{_change}"] = _CHANNEL
    _MORE[f"role_{_change}"] = _ROLE
_MORE["channel_update"] = {**_CHANNEL, "before_name": "old-channel", "before_topic": None, "before_category_id": None}
_MORE["role_update"] = {**_ROLE, "before_name": "old-role"}


def make_event(event_type: str, **overrides: Any) -> Event:
    """Return an event with the keys every host sends; *overrides* replace or add keys.

    An unknown *event_type* has no keys of its own.
    """
    return {**deepcopy(_SHORT.get(event_type, {})), **overrides}


def make_full_event(event_type: str, **overrides: Any) -> Event:
    """Return an event with all keys that Homemaid sends; *overrides* replace or add keys."""
    return {**deepcopy(_MORE.get(event_type, {})), **make_event(event_type), **overrides}
